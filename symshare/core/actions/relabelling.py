"""Permutations of the values of axes, with factors: what they do to the places and the entries of a tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.residues import modulo
from symshare.core.notation.forest import Depends, slots
from symshare.core.notation.names import is_moved
from symshare.core.notation.tensor import Tensor

__all__ = ["Relabelling", "places", "relabel"]


@dataclass(frozen=True, slots=True, eq=False)
class Relabelling:
    """Where each value of some axes goes, and with which factor.

    `images` has for each axis an int array of shape (sizes of all that it depends on.., size): the new value of each
    value; `factors`, of the same shape, is left out where all are 1: signs as integers, else fractions or floats. On a dual
    axis they divide. `depends` says what the axes depend on.
    """

    images: Mapping[str, Array]
    factors: Mapping[str, Array] = field(default_factory=dict)
    depends: Depends = ()

    @property
    def signed(self) -> bool:
        """Whether all factors are signs."""
        return all(one.dtype.kind == "i" for one in self.factors.values())


def places(relabelling: Relabelling, tensor: Tensor, shape: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """For each axis of a tensor the new value at each place, and for each axis that has factors these, to be broadcast.

    >>> new, factors = places(Relabelling({"a": np.array([1, 2, 0])}), Tensor(("a", "H")), (3, 2))
    >>> [one.tolist() for one in new], factors
    ([[[1], [2], [0]], [[0, 1]]], [])
    """
    positions = [place for place, axis in enumerate(tensor.axes) if is_moved(axis)]
    layout = slots(tuple([tensor.axes[place] for place in positions]), relabelling.depends)
    parent_of = {child: above for above, child in relabelling.depends}
    old = np.indices(tuple(shape), sparse=True)
    new, factors = list(old), []
    for slot, position in zip(layout, positions, strict=True):
        if slot.axis not in relabelling.images:
            continue
        path, highest = [position], slot
        while highest.parent >= 0:
            path.append(positions[highest.parent])
            highest = layout[highest.parent]
        if highest.axis in parent_of:  # a latent axis, which has no slot
            path.append(tensor.axes.index(parent_of[highest.axis]))
        here = tuple(old[axis] for axis in reversed(path))
        new[position] = relabelling.images[slot.axis][here]
        if slot.axis in relabelling.factors and not tensor.plain:
            own = relabelling.factors[slot.axis][here]
            factors.append(1 / own if tensor.dual[position] and own.dtype.kind != "i" else own)
    return new, factors


def relabel(relabelling: Relabelling, tensor: Tensor, array: Array, modulus: int = 0) -> Array:
    """Move the entries of an array of shape (batch.., *axes), residues of a modulus if there is one, to their new places.

    >>> relabel(Relabelling({"a": np.array([1, 2, 0])}), Tensor(("a",)), np.array([10, 20, 30])).tolist()
    [30, 10, 20]
    """
    new, factors = places(relabelling, tensor, array.shape[array.ndim - len(tensor.axes) :])
    for factor in factors:
        array = array * _fitting(factor, array, modulus)
        array = array % modulus if modulus else array
    moved = np.empty_like(array)
    index: Any = (..., *new)
    moved[index] = array
    return moved


def _fitting(factor: Array, array: Array, modulus: int) -> Array:
    """Factors as the numbers of an array: residues, floats, or as they are."""
    if factor.dtype.kind != "O":
        return factor
    if modulus:
        return np.array([modulo(one, modulus) for one in factor.ravel()], dtype=np.int64).reshape(factor.shape)
    return factor.astype(np.float64) if array.dtype.kind == "f" else factor
