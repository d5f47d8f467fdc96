"""How many nested set partitions of some slots an exchange of them leaves as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from math import comb, prod

from symshare.core.notation.forest import Bundle

__all__ = ["Cycles", "Partitions"]

Cycles = tuple[tuple[tuple[Bundle, int], int], ...]
"""Cycles of slots of one letter: ((what hangs on the slot, length of the cycle), how many)."""


class Partitions:
    """Numbers of (nested) set partitions fixed by a permutation of the slots, for given sizes."""

    def __init__(self, sizes: Mapping[str, int | None]) -> None:
        self.sizes = sizes
        self.known: dict[tuple[int | None, Cycles], int] = {}
        self.known_rounds: dict[tuple[int, Cycles], Counter[int]] = {}

    def number(self, letter: str, cycles: Mapping[tuple[Bundle, int], int]) -> int:
        """Partitions of slots of one letter, given by their cycles, into at most as many blocks as the axis is long."""
        limit = self.sizes[letter]
        key = (limit, tuple(sorted(cycles.items())))
        if key not in self.known:
            self.known[key] = sum(self._by_blocks(limit, key[1]).values())
        return self.known[key]

    def _by_blocks(self, limit: int | None, cycles: Cycles) -> Counter[int]:
        """The fixed partitions by number of blocks, up to the limit (all as one where there is none).

        For each d, some of the cycles form blocks in rounds of d.
        """
        kinds = [kind for kind, _ in cycles]
        states: dict[tuple[int, ...], Counter[int]] = {tuple(many for _, many in cycles): Counter({0: 1})}
        divisors = sorted({d for _, length in kinds for d in range(1, length + 1) if length % d == 0}, reverse=True)
        for d in divisors:
            following: dict[tuple[int, ...], Counter[int]] = {}
            for left, numbers in states.items():
                takes = [
                    range(many + 1) if length % d == 0 else (0,) for many, (_, length) in zip(left, kinds, strict=True)
                ]
                for take in product(*takes) if d > 1 else [left]:
                    ways = prod(map(comb, left, take))
                    rounds = self._rounds(
                        d, tuple((kind, many) for kind, many in zip(kinds, take, strict=True) if many)
                    )
                    if limit is None:
                        rounds = Counter({0: sum(rounds.values())})
                    rest = tuple(many - taken for many, taken in zip(left, take, strict=True))
                    target = following.setdefault(rest, Counter())
                    for blocks, number in numbers.items():
                        for more, factor in rounds.items():
                            if limit is None or blocks + more <= limit:
                                target[blocks + more] += number * ways * factor
            states = following
        return states[(0,) * len(kinds)]

    def _rounds(self, d: int, cycles: Cycles) -> Counter[int]:
        """The partitions of the given cycles into rounds of d blocks each, by number of blocks."""
        if (d, cycles) not in self.known_rounds:
            self.known_rounds[d, cycles] = self._count_rounds(d, cycles)
        return self.known_rounds[d, cycles]

    def _count_rounds(self, d: int, cycles: Cycles) -> Counter[int]:
        number = sum(many for _, many in cycles)
        if all(not bundle for (bundle, _), _ in cycles):
            return Counter({d * m: d ** (number - m) * ways for m, ways in enumerate(_stirling(number)) if ways})
        found: Counter[int] = Counter()
        kinds = [kind for kind, _ in cycles]
        left = [many for _, many in cycles]
        rest_of_first = [left[0] - 1, *left[1:]]
        for others in product(*(range(many + 1) for many in rest_of_first)):
            group = (others[0] + 1, *others[1:])
            ways = prod(map(comb, rest_of_first, others)) * d ** (sum(group) - 1) * self._inside(d, kinds, group)
            rest = tuple((kind, a - b) for kind, a, b in zip(kinds, left, group, strict=True) if a > b)
            for blocks, further in (self._rounds(d, rest) if rest else Counter({0: 1})).items():
                found[blocks + d] += ways * further
        return found

    def _inside(self, d: int, kinds: list[tuple[Bundle, int]], group: tuple[int, ...]) -> int:
        """The partitions, below one block of a round of d, of what hangs on its slots; they move by the d-th power."""
        return self.inside(
            tuple(((bundle, length // d), many) for (bundle, length), many in zip(kinds, group, strict=True))
        )

    def inside(self, cycles: Cycles) -> int:
        """The partitions of what hangs on some cycles of slots that all have one index."""
        below: dict[str, Counter[tuple[Bundle, int]]] = {}
        for (bundle, length), many in cycles:
            for letter, hanging in bundle:
                below.setdefault(letter, Counter())[hanging, length] += many
        return prod(self.number(letter, +own) for letter, own in below.items())


@lru_cache(maxsize=256)
def _stirling(n: int) -> tuple[int, ...]:
    """Stirling's numbers of the second kind: partitions of n things into 0, 1, .., n blocks."""
    row = [1]
    for _ in range(n):
        row = [0, *(m * one + before for m, (one, before) in enumerate(zip([*row[1:], 0], row, strict=True), 1))]
    return tuple(row)
