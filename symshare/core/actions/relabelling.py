"""The group of the set axes as relabellings: generators, random elements, and how they move an array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.notation.signature import Signature, Tensor

__all__ = ["Relabelling", "generators", "random_relabelling", "relabel"]

Relabelling = Mapping[str, Array]
"""For each letter an int array of shape (sizes of its ancestors.., size): the new value of each index value."""


def identity(signature: Signature, sizes: Mapping[str, int]) -> dict[str, Array]:
    """The relabelling that moves nothing on any set axis."""
    found = {}
    for letter in signature.set_letters:
        shape = tuple(sizes[above] for above in signature.ancestors(letter)) + (sizes[letter],)
        found[letter] = np.broadcast_to(np.arange(sizes[letter]), shape).copy()
    return found


def generators(signature: Signature, sizes: Mapping[str, int]) -> Iterator[tuple[str, Relabelling]]:
    """Generators of the group, each with the letter it moves: a transposition and the full cycle of every axis.

    A dependent axis is moved below the first value of each ancestor only; the ancestors carry that to the others.

    >>> from symshare.core.notation.reading import signature
    >>> [(letter, moved[letter].tolist()) for letter, moved in generators(signature("a"), {"a": 3})]
    [('a', [1, 0, 2]), ('a', [1, 2, 0])]
    """
    for letter in signature.set_letters:
        size = sizes[letter]
        transposition = [1, 0, *range(2, size)]
        cycle = [*range(1, size), 0]
        for permutation in ([transposition] if size > 1 else []) + ([cycle] if size > 2 else []):
            moved = identity(signature, sizes)
            moved[letter][(0,) * (moved[letter].ndim - 1)] = permutation
            yield letter, moved


def random_relabelling(
    signature: Signature, sizes: Mapping[str, int], random: np.random.Generator, letters: str | None = None
) -> Relabelling:
    """A uniformly random element of the group, or of the part of it that moves only the given letters."""
    found = identity(signature, sizes)
    for letter in signature.set_letters if letters is None else letters:
        found[letter] = random.permuted(found[letter], axis=-1)
    return found


def relabel(signature: Signature, tensor: Tensor, array: Array, relabelling: Relabelling) -> Array:
    """Move the entries of an array of shape (batch.., *axes) to their relabelled places.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("a")
    >>> relabel(one, one.inputs[0], np.array([10, 20, 30]), {"a": np.array([1, 2, 0])}).tolist()
    [30, 10, 20]
    """
    places = [axis for axis, letter in enumerate(tensor.axes) if letter.islower()]
    slots = signature.slots(tensor)
    shape = array.shape[array.ndim - len(tensor.axes) :]
    old = np.indices(shape, sparse=True)
    new = list(old)
    for slot, place in zip(slots, places, strict=True):
        if slot.letter not in relabelling:
            continue
        path = [place]
        above = slot.parent
        while above >= 0:
            path.append(places[above])
            above = slots[above].parent
        new[place] = relabelling[slot.letter][tuple(old[axis] for axis in reversed(path))]
    moved = np.empty_like(array)
    moved[(..., *new)] = array
    return moved
