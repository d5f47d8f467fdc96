"""Invariant tensors that pair slots, as diagrams: the same for every length of the axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.notation.signature import Signature
from symshare.core.poolings.shapes import Kinds
from symshare.core.poolings.tied import Invariance, Only, Pair, TiedSlots, moved_slots
from symshare.core.terms.constant import Constant

__all__ = ["Matchings"]


class Matchings(TiedSlots):
    """Diagrams that pair the slots, for every length of the axes at once (Brauer 1937): a composition is a diagram."""

    exact_rank = False

    def __init__(self, signature: Signature) -> None:
        super().__init__(signature)
        self._numbers: dict[Kinds, dict[tuple[int, ...], int]] = {}

    def chosen(self, kinds: Kinds) -> list[Invariance]:
        """All of them."""
        return self.spanning(kinds)

    def numbers(self, kinds: Kinds) -> dict[tuple[int, ...], int]:
        """The number of each diagram, written as the partner of each slot."""
        if kinds not in self._numbers:
            own = [_partners(*self.indices(kinds, one)) for one in self.spanning(kinds)]
            self._numbers[kinds] = {one: number for number, one in enumerate(own)}
        return self._numbers[kinds]

    def plugged(self, outer: Kinds, inner: Kinds, place: int, only: Only = (None, None)) -> Array:
        """A one for the diagram that two make; a circle counts as a factor that is not zero."""
        kinds = (*outer[: 1 + place], *inner[1:], *outer[2 + place :])
        ours, theirs = (
            list(numbers) if one is None else [list(numbers)[one]]
            for numbers, one in zip((self.numbers(outer), self.numbers(inner)), only, strict=True)
        )
        whole = self.numbers(kinds)
        found = np.zeros((len(ours), len(theirs), len(whole)), dtype=np.int64)
        first, last = self.starts(outer)[1 + place : 3 + place]
        width, more = last - first, self.starts(inner)[-1] - (last - first)
        new_of_outer = {slot: slot if slot < first else slot - width + more for slot in range(self.starts(outer)[-1])}
        for number, one in enumerate(ours):
            for at, other in enumerate(theirs):
                partner = [0] * (len(one) + len(other) - 2 * width)
                for slot in range(len(one)):
                    if not first <= slot < last:
                        partner[new_of_outer[slot]] = _end(True, slot, (one, other), (first, last), new_of_outer)
                for slot in range(width, len(other)):
                    partner[first + slot - width] = _end(False, slot, (one, other), (first, last), new_of_outer)
                found[number, at, whole[tuple(partner)]] = 1
        return found

    def exchanged(self, kinds: Kinds, order: Sequence[int]) -> Array:
        """A one for the diagram that each becomes."""
        new = (kinds[0], *(kinds[1 + one] for one in order))
        moved = moved_slots(self.starts(kinds), order)
        place_of = {old: at for at, old in enumerate(moved)}
        own, whole = self.numbers(kinds), self.numbers(new)
        found = np.zeros((len(own), len(whole)), dtype=np.int64)
        for one, number in own.items():
            found[number, whole[tuple([place_of[one[old]] for old in moved])]] = 1
        return found

    def coefficients(
        self, kinds: Kinds, constants: Sequence[tuple[Constant, Sequence[int]]], slots: Sequence[int]
    ) -> Array:
        """A one for the diagram that pairs the slots so."""
        pairs = [(0, index) for index in slots]
        legs = [(constant, tuple([(0, index) for index in own])) for constant, own in constants]
        found = np.zeros(len(self.numbers(kinds)), dtype=np.int64)
        found[self.numbers(kinds)[_partners(pairs, legs)]] = 1
        return found


def _partners(slots: Sequence[Pair], constants: Sequence[tuple[Constant, tuple[Pair, ...]]]) -> tuple[int, ...]:
    """The partner of each slot: the other one with its index, or with the index that a form ties to it."""
    tie: dict[Pair, Pair] = {}
    for _, (one, other) in constants:
        tie[one], tie[other] = other, one
    found = []
    for slot, index in enumerate(slots):
        wanted = tie.get(index, index)
        found.append(next(at for at, other in enumerate(slots) if at != slot and other == wanted))
    return tuple(found)


def _end(
    outside: bool,
    slot: int,
    partners: tuple[tuple[int, ...], tuple[int, ...]],
    glued: tuple[int, int],
    new_of_outer: dict[int, int],
) -> int:
    """The free slot that a slot is paired with once slots `glued` of the outer diagram are the inner one's first."""
    first, last = glued
    width = last - first
    while True:
        slot = partners[0 if outside else 1][slot]
        if outside:
            if not first <= slot < last:
                return new_of_outer[slot]
            slot, outside = slot - first, False
        else:
            if slot >= width:
                return first + slot - width
            slot, outside = slot + first, True
