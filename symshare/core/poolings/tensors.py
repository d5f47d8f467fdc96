"""Invariant tensors by their entries modulo a prime: for any group, at the lengths that its axes have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import prod

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import product_modulo, rank_profile
from symshare.core.algebra.residues import modulo
from symshare.core.bases.invariants import diagrams_of
from symshare.core.groups.family import Diagrams
from symshare.core.notation.signature import Signature
from symshare.core.poolings.matchings import Matchings
from symshare.core.poolings.shapes import Kinds
from symshare.core.poolings.tied import Invariance, Only, Tied, TiedSlots, moved_slots
from symshare.core.terms.constant import Constant
from symshare.core.terms.exchanges import standard
from symshare.errors import SymshareError, TooLargeError

__all__ = ["Tensors", "tied_of"]

MOST_CELLS = 20_000
"""Entries of a coefficient tensor whose rank is asked for; `pools -s r,rr -k 2 --axis r=Icosahedral` has 729."""

EXACT = 2**53
"""Whole numbers below are exact in floating point."""

MOST_ENTRIES = 40_000_000
"""Entries of all invariant tensors of some slots together; chosen, not measured."""


class Tensors(TiedSlots):
    """Coefficient tensors modulo the prime: any group, at the lengths that its axes have."""

    exact_rank = True

    def __init__(self, signature: Signature) -> None:
        super().__init__(signature)
        self._bases: dict[Kinds, tuple[list[Invariance], Array, Array, Array]] = {}

    @cached_property
    def lengths(self) -> dict[str, int]:
        """The length of each axis under a group."""
        return {letter: group.size for letter, group in self.signature.groups}

    def shape(self, kinds: Kinds) -> tuple[int, ...]:
        """The shape of a coefficient tensor."""
        return tuple([self.lengths[letter] for letter, _ in self.flat(kinds)])

    def chosen(self, kinds: Kinds) -> list[Invariance]:
        """Those that are independent of the ones before them."""
        return self.basis(kinds)[0]

    def basis(self, kinds: Kinds) -> tuple[list[Invariance], Array, Array, Array]:
        """The chosen ones, their entries, places whose entries tell them apart, and the matrix from those to coefficients."""
        if kinds not in self._bases:
            cells, listed = prod(self.shape(kinds)), self.spanning(kinds)
            if cells > MOST_CELLS or cells * len(listed) > MOST_ENTRIES:
                raise TooLargeError(
                    f"poolings under {self.blocks[0][0][1]} are told apart by {len(listed):,} tensors of {cells:,} entries\n"
                    "  lower the order, or list all terms: rule='none' (--rule none)"
                )
            if not all(constant.exact for own in listed for one in own for constant, _ in one.constants):
                raise SymshareError(
                    f"the invariants of {self.blocks[0][0][1]} have floats, so that no rank is exact\n"
                    "  write the generators exactly ('1/2', 'sqrt(3)/2'), or list all terms: rule='none' (--rule none)"
                )
            rows = np.array([self._entries(kinds, one) for one in listed], dtype=np.int64).reshape(len(listed), cells)
            kept = rank_profile(rows, PRIME)
            rows = rows[kept]
            places = np.array(rank_profile(rows.T, PRIME), dtype=np.int64)
            self._bases[kinds] = [listed[one] for one in kept], rows, places, _inverse(rows[:, places])
        return self._bases[kinds]

    def _entries(self, kinds: Kinds, one: Invariance) -> Array:
        """The entries of an invariant tensor as a term has it, whose symmetric constants have their indices in order."""
        slots, constants = self.indices(kinds, one)
        outer = self.starts(kinds)[1]
        numbers = {index: number for number, index in enumerate(dict.fromkeys([*slots[outer:], *slots[:outer]]))}
        ordered = [standard(constant, tuple([numbers[index] for index in own])) for constant, own in constants]
        return self._cells(kinds, ordered, [numbers[index] for index in slots])

    def _cells(
        self, kinds: Kinds, constants: Sequence[tuple[Constant, Sequence[object]]], slots: Sequence[object]
    ) -> Array:
        """The entries of constants on the slots, one after the other; equal indices are diagonals, tied ones sums."""
        shape = self.shape(kinds)
        size_of = dict(zip(slots, shape, strict=True))
        names = {index: number for number, index in enumerate(size_of)}
        legs: list[object] = [index for _, own in constants for index in own]
        names |= {index: number for number, index in enumerate(dict.fromkeys([*size_of, *legs]))}
        whole = np.ones([size_of[index] for index in size_of], dtype=np.int64)
        for constant, own in constants:
            dense = np.zeros(constant.shape, dtype=np.int64)
            for at, value in constant.nonzeros:
                dense[at] = modulo(value)
            # a leg that no slot has does not occur: every index of a term stands on a slot
            order = sorted(range(len(own)), key=lambda leg: names[own[leg]])
            dense = dense.transpose(order)
            spread = [own[leg] for leg in order]
            index = tuple([slice(None) if one in spread else None for one in size_of])
            whole = whole * dense[index] % PRIME
        full = np.zeros(shape, dtype=np.int64)
        view = np.einsum(full, [names[one] for one in slots], [names[one] for one in size_of]) if shape else full
        view[...] = whole
        return full.ravel()

    def _coefficients(self, kinds: Kinds, cells: Array) -> Array:
        _, _, places, inverse = self.basis(kinds)
        if not len(places):
            return np.zeros((*cells.shape[:-1], 0), dtype=np.int64)
        flat = cells[..., places].reshape(-1, len(places))
        return _product(flat, inverse).reshape(*cells.shape[:-1], len(places))

    def plugged(self, outer: Kinds, inner: Kinds, place: int, only: Only = (None, None)) -> Array:
        """Their coefficient tensors, contracted."""
        kinds = (*outer[: 1 + place], *inner[1:], *outer[2 + place :])
        ours, theirs = (
            rows if one is None else rows[one : one + 1]
            for rows, one in zip((self.basis(outer)[1], self.basis(inner)[1]), only, strict=True)
        )
        first, last = self.starts(outer)[1 + place : 3 + place]
        shape, own = self.shape(outer), self.shape(inner)
        before, between, after = prod(shape[:first]), prod(shape[first:last]), prod(shape[last:])
        one = ours.reshape(len(ours), before, between, after).transpose(0, 1, 3, 2).reshape(-1, between)
        other = theirs.reshape(len(theirs), between, prod(own[last - first :])).transpose(1, 0, 2).reshape(between, -1)
        more = prod(own[last - first :])
        whole = _product(one, other).reshape(len(ours), before, after, len(theirs), more)
        cells = whole.transpose(0, 3, 1, 4, 2).reshape(len(ours), len(theirs), before * more * after)
        return self._coefficients(kinds, cells)

    def exchanged(self, kinds: Kinds, order: Sequence[int]) -> Array:
        """Their coefficient tensors, transposed."""
        new = (kinds[0], *(kinds[1 + one] for one in order))
        moved = moved_slots(self.starts(kinds), order)
        rows = self.basis(kinds)[1]
        turned = rows.reshape(len(rows), *self.shape(kinds)).transpose(0, *(1 + slot for slot in moved))
        return self._coefficients(new, turned.reshape(rows.shape))

    def coefficients(
        self, kinds: Kinds, constants: Sequence[tuple[Constant, Sequence[int]]], slots: Sequence[int]
    ) -> Array:
        """Those of the tensor that the constants are."""
        return self._coefficients(kinds, self._cells(kinds, constants, slots))


def _product(one: Array, other: Array) -> Array:
    """The product of two matrices modulo the prime; their entries are mostly 0, 1 and -1, and where rows of the second have
    one nonzero each it moves columns."""
    places, columns = np.nonzero(other)
    if len(places) == len(other) == other.shape[1] == len(set(columns.tolist())):
        found = np.empty_like(one)
        found[:, columns] = one[:, places] * other[places, columns] % PRIME
        return found
    small = [np.where(matrix > PRIME // 2, matrix - PRIME, matrix) for matrix in (one, other)]
    most = [int(np.abs(matrix).max(initial=0)) for matrix in small]
    if most[0] * most[1] * max(len(other), 1) < EXACT:
        exact: Array = (small[0].astype(float) @ small[1].astype(float)).astype(np.int64) % PRIME
        return exact
    return product_modulo(one, other)


def _inverse(matrix: Array) -> Array:
    """The inverse of a matrix modulo the prime."""
    from flint import nmod_mat

    if not len(matrix):
        return matrix
    found = nmod_mat(len(matrix), len(matrix), matrix.ravel().tolist(), PRIME).inv()
    return np.array([int(one) for one in found.entries()], dtype=np.int64).reshape(matrix.shape)


def tied_of(signature: Signature, order: int) -> Tied:
    """Diagrams where pairs of slots are all that there is to order `order`, for any length of the axes; else tensors."""
    most = (order + 1) * max(len(tensor.set_axes) for tensor in signature.inputs)
    paired = (Diagrams.MATCHINGS, Diagrams.DUAL_MATCHINGS)
    slots = TiedSlots(signature)
    if all(
        diagrams_of(block, most) in paired and not (block[0][1].row.levi_civita and most >= block[0][1].size)
        for block in slots.blocks
    ):
        return Matchings(signature)
    return Tensors(signature)
