"""What terms do on axes under groups: invariant tensors on the slots of types, by coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Protocol

from symshare.core.algebra.arrays import Array
from symshare.core.bases.invariants import spanning_invariants
from symshare.core.bases.spanning import Invariant
from symshare.core.notation.signature import Signature
from symshare.core.poolings.shapes import Kinds
from symshare.core.terms.constant import Constant

__all__ = ["Invariance", "Only", "Pair", "Tied", "TiedSlots", "moved_slots"]

Invariance = tuple[Invariant, ...]
"""An invariant tensor on the slots of some types, block by block of axes."""

Pair = tuple[int, int]

Only = tuple[int | None, int | None]
"""The number of a single outer and of a single inner one, or None for all."""


class Tied(Protocol):
    """The invariant tensors on the slots of some types, output first, by coefficients of chosen ones, the unit vectors."""

    exact_rank: bool
    letters: list[tuple[str, ...]]
    """The axes under groups of each type."""

    def indices(self, kinds: Kinds, one: Invariance) -> tuple[list[Pair], list[tuple[Constant, tuple[Pair, ...]]]]:
        """The index on each slot, as its block and its number there, and the constants on indices."""

    def chosen(self, kinds: Kinds) -> list[Invariance]:
        """The chosen ones."""

    def plugged(self, outer: Kinds, inner: Kinds, place: int, only: Only = (None, None)) -> Array:
        """The coefficients of each chosen outer one with each inner one in the place of a factor: (outer, inner, coefficients).
        `only` names a single outer or inner one."""

    def exchanged(self, kinds: Kinds, order: Sequence[int]) -> Array:
        """The coefficients of each chosen one with its factors in another order: factor i is the one that was `order[i]`."""

    def coefficients(
        self, kinds: Kinds, constants: Sequence[tuple[Constant, Sequence[int]]], slots: Sequence[int]
    ) -> Array:
        """The coefficients of constant tensors on indices, of which each slot has one."""


class TiedSlots:
    """The slots under groups of the tensors of a signature."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.blocks = [tuple(pair for pair in signature.groups if pair[0] in block) for block in signature.blocks]
        tied = {letter for letter, _ in signature.groups}
        self.letters = [tuple([axis for axis in one.set_axes if axis in tied]) for one in signature.inputs]
        self._invariants: dict[Kinds, list[Invariance]] = {}

    def starts(self, kinds: Kinds) -> list[int]:
        """The number of the first slot of each tensor, and that of all slots."""
        found = [0]
        for kind in kinds:
            found.append(found[-1] + len(self.letters[kind]))
        return found

    def flat(self, kinds: Kinds) -> list[tuple[str, bool]]:
        """Each slot: its axis, and whether it is on the output."""
        return [(letter, not place) for place, kind in enumerate(kinds) for letter in self.letters[kind]]

    def spanning(self, kinds: Kinds) -> list[Invariance]:
        """Invariant tensors that span all, each a product over the blocks."""
        if kinds not in self._invariants:
            flat = self.flat(kinds)
            own = [
                spanning_invariants(block, tuple([slot for slot in flat if slot[0] in dict(block)])).listed
                for block in self.blocks
            ]
            self._invariants[kinds] = list(product(*own))
        return self._invariants[kinds]

    def indices(self, kinds: Kinds, one: Invariance) -> tuple[list[Pair], list[tuple[Constant, tuple[Pair, ...]]]]:
        """The index on each slot, as its block and its number there, and the constants on indices."""
        counters = [0] * len(self.blocks)
        found: list[Pair] = []
        for letter, _ in self.flat(kinds):
            block = next(at for at, own in enumerate(self.blocks) if letter in dict(own))
            found.append((block, one[block].indices[counters[block]]))
            counters[block] += 1
        constants = [
            (constant, tuple([(block, index) for index in legs]))
            for block, own in enumerate(one)
            for constant, legs in own.constants
        ]
        return found, constants


def moved_slots(starts: Sequence[int], order: Sequence[int]) -> list[int]:
    """The old slot at each place once the factors are in another order."""
    found = list(range(starts[1]))
    for one in order:
        found += range(starts[1 + one], starts[2 + one])
    return found
