"""The elements of a signature's group that a module is tried with, and what they do to torch tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import linalg

from symshare.core.actions.blocks import Block, Element, SetAxis, act, blocks
from symshare.core.actions.random import WORDS, random_element
from symshare.core.actions.relabelling import Relabelling
from symshare.core.algebra.arrays import Array
from symshare.core.algebra.matrices import from_rows
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor

__all__ = ["Tried", "moved", "tried_elements"]


@dataclass(frozen=True, slots=True)
class Tried:
    """An element with its place among those of its block, which stays the same at other sizes; -1 for random ones."""

    element: Element
    place: int


def tried_elements(signature: Signature, sizes: Mapping[str, int], random: np.random.Generator) -> Iterator[Tried]:
    """Every generator, those of the Lie algebra exponentiated, then random elements: one of a set axis, three of any other.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ar", axes={"r": "SO(2)"})
    >>> [each.element.label for each in tried_elements(one, {"a": 2, "r": 2}, np.random.default_rng(0))][:4]
    ['a: (0 1)', 'a: random', 'r: (0 1-)', 'Lie r: [0 -1; 1 0]']
    """
    for block in blocks(signature):
        if isinstance(block, SetAxis) and (sizes[block.axis] < 2 or not all(sizes[one] for one in block.above)):
            continue
        for place, element in enumerate(block.generators(sizes)):
            yield Tried(_exponential(element) if element.lie else element, place)
        for _ in range(1 if isinstance(block, SetAxis) else WORDS):
            yield Tried(replace(_drawn(block, sizes, random), label=f"{', '.join(block.axes)}: random"), -1)


def _drawn(block: Block, sizes: Mapping[str, int], random: np.random.Generator) -> Element:
    """A random element that moves something, if there is one; of a few values many are the identity."""
    found = random_element(block, sizes, random)
    for _ in range(20):
        still = isinstance(block, SetAxis) and np.array_equal(
            found.own.images[block.axis],  # type: ignore[union-attr]  # a set axis is relabelled
            block.identity(sizes),
        )
        if not still:
            break
        found = random_element(block, sizes, random)
    return found


def _exponential(element: Element) -> Element:
    """What half of an element of the Lie algebra, brought to size one, generates."""
    own: dict[str, Array] = {letter: matrix.floats() for letter, matrix in element.own.items()}  # type: ignore[union-attr]  # an element of the Lie algebra has matrices
    size = max(float(np.abs(matrix).max(initial=0.0)) for matrix in own.values()) or 1.0
    grown = {letter: from_rows(linalg.expm(matrix / (2 * size)).tolist()) for letter, matrix in own.items()}
    return Element(element.label, element.axes, grown)


def moved(element: Element, tensor: Tensor, x: torch.Tensor) -> torch.Tensor:
    """What an element does to a tensor (batch.., *axes) of any type; whole numbers stay whole.

    >>> from symshare.core.algebra.matrices import permutation
    >>> moved(Element("", ("r",), {"r": permutation([1, 2, 0])}), Tensor(("r",)), torch.tensor([10, 20, 30])).tolist()
    [30, 10, 20]
    """
    if not set(element.axes) & set(tensor.axes):
        return x
    given = x.detach().cpu().resolve_conj().resolve_neg()
    if x.is_complex():
        real, imaginary = (_acted(element, tensor, part) for part in torch.view_as_real(given).unbind(-1))
        return torch.complex(torch.from_numpy(real), torch.from_numpy(imaginary)).to(x)
    return torch.from_numpy(np.ascontiguousarray(_acted(element, tensor, given))).to(x)


def _acted(element: Element, tensor: Tensor, x: torch.Tensor) -> Array:
    """What an element does, in double precision; whole numbers, which that has not all, stay as they are where they can."""
    whole = not x.is_floating_point()
    if whole and isinstance(element.own, Relabelling):
        return act(element, tensor, x.numpy())
    found = act(element, tensor, x.to(torch.float64).numpy())
    return np.rint(found) if whole else found
