"""How many nested set partitions of some slots an exchange of them leaves as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from math import comb, prod
from operator import mul

from symshare.core.algebra.work import charge
from symshare.core.groups.monomial import balanced
from symshare.core.notation.forest import Bundle

__all__ = ["Cycles", "Partitions"]

Cycles = tuple[tuple[tuple[Bundle, int], int], ...]
"""Cycles of slots of one letter: ((what hangs on the slot, length of the cycle), how many)."""


PARTED = "slots with weights would be parted in {} steps"


class Partitions:
    """Numbers of (nested) set partitions fixed by a permutation of the slots, for given sizes.

    Of axes with `moduli` those whose every block weighs 0 modulo that (`symshare.core.groups.monomial`).
    """

    def __init__(self, sizes: Mapping[str, int | None], moduli: Mapping[str, int]) -> None:
        self.sizes, self.moduli = sizes, moduli
        self.known: dict[tuple[int | None, int, Cycles], int] = {}
        self.known_rounds: dict[tuple[int, int, int], dict[Cycles, Counter[int]]] = {}

    def number(self, letter: str, cycles: Mapping[tuple[Bundle, int], int]) -> int:
        """Partitions of slots of one letter, given by their cycles, into at most as many blocks as the axis is long."""
        limit, modulus = self.sizes[letter], self.moduli.get(letter, 1)
        if modulus != 1 and not _balance(1, modulus, cycles.items()):
            return 0
        key = (limit, modulus, tuple(sorted(cycles.items())))
        if key not in self.known:
            self.known[key] = sum(self._by_blocks(*key).values())
        return self.known[key]

    def _by_blocks(self, limit: int | None, modulus: int, cycles: Cycles) -> Counter[int]:
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
                    chosen = tuple((kind, many) for kind, many in zip(kinds, take, strict=True) if many)
                    rounds = self._rounds(d, modulus, chosen, numbered=limit is not None)
                    rest = tuple(many - taken for many, taken in zip(left, take, strict=True))
                    target = following.setdefault(rest, Counter())
                    for blocks, number in numbers.items():
                        for more, factor in rounds.items():
                            if limit is None or blocks + more <= limit:
                                target[blocks + more] += number * ways * factor
            states = following
        return states[(0,) * len(kinds)]

    def _rounds(self, d: int, modulus: int, cycles: Cycles, *, numbered: bool) -> Counter[int]:
        """The partitions of the given cycles into rounds of d blocks each, by number of blocks, or all as one."""
        if modulus != 1 and not _balance(d, modulus, cycles):
            return Counter()
        step = d if numbered else 0
        if not any(bundle[1] for (bundle, _), _ in cycles):
            if modulus == 1:
                return self._plain_rounds(d, step, sum(many for _, many in cycles))
            cycles = _alike(d, modulus, cycles)
        known = self.known_rounds.setdefault((d, step, modulus), {(): Counter({0: 1})})
        waiting = [(cycles, self._first_rounds(d, modulus, cycles))] if cycles else []
        while cycles not in known:
            # those of fewer cycles first, one by one: they may be more than calls may be nested
            one, rounds = waiting[-1]
            missing = next((rest for _, rest in rounds if rest not in known), None)
            if missing is not None:
                waiting.append((missing, self._first_rounds(d, modulus, missing)))
                continue
            found: Counter[int] = Counter()
            for ways, rest in rounds:
                for blocks, further in known[rest].items():
                    found[blocks + step] += ways * further
            known[one] = found
            waiting.pop()
        return known[cycles]

    def _plain_rounds(self, d: int, step: int, number: int) -> Counter[int]:
        """The same of cycles on which nothing hangs and that weigh nothing."""
        found: Counter[int] = Counter()
        for m, ways in enumerate(_stirling(number)):
            found[step * m] += d ** (number - m) * ways
        return +found

    def _first_rounds(self, d: int, modulus: int, cycles: Cycles) -> list[tuple[int, Cycles]]:
        """Every round that the first cycle may be in, up to cycles of one kind: in how many ways, and what cycles it leaves."""
        kinds = [kind for kind, _ in cycles]
        left = [many for _, many in cycles]
        rest_of_first = [left[0] - 1, *left[1:]]
        weights = [bundle[0] * (length // d) for bundle, length in kinds]
        found: list[tuple[int, Cycles]] = []
        for others in _balanced_choices(rest_of_first, weights, modulus):
            group = (others[0] + 1, *others[1:])
            ways = prod(map(comb, rest_of_first, others)) * d ** (sum(group) - 1) * self._inside(d, kinds, group)
            found.append((ways, tuple((kind, a - b) for kind, a, b in zip(kinds, left, group, strict=True) if a > b)))
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
            for letter, hanging in bundle[1]:
                below.setdefault(letter, Counter())[hanging, length] += many
        return prod(self.number(letter, +own) for letter, own in below.items())


def _balance(d: int, modulus: int, cycles: Iterable[tuple[tuple[Bundle, int], int]]) -> bool:
    """Whether the weights of some cycles in each of d blocks balance."""
    return balanced([sum(bundle[0] * (length // d) * many for (bundle, length), many in cycles)], modulus)


def _alike(d: int, modulus: int, cycles: Cycles) -> Cycles:
    """Cycles on which nothing hangs by what they weigh in each of d blocks: the same numbers of partitions, of fewer kinds.

    >>> _alike(1, 2, ((((1, ()), 3), 2), (((-1, ()), 1), 1)))
    ((((1, ()), 1), 3),)
    """
    found: Counter[tuple[Bundle, int]] = Counter()
    for (bundle, length), many in cycles:
        weight = bundle[0] * (length // d)
        found[(weight % modulus if modulus else weight, ()), d] += many
    return tuple(sorted(found.items()))


def _balanced_choices(most: list[int], weights: list[int], modulus: int) -> Iterator[tuple[int, ...]]:
    """Every choice of numbers of cycles, up to some, that balance with one more of the first kind.

    >>> list(_balanced_choices([1, 2], [1, -1], 0)), list(_balanced_choices([2], [1], 2))
    ([(0, 1), (1, 2)], [(1,)])
    """
    if modulus == 1:
        yield from product(*(range(many + 1) for many in most))
        return
    solved = next((place for place, weight in enumerate(weights) if not balanced([weight], modulus)), 0)
    ranges = [range(many + 1) if place != solved else range(1) for place, many in enumerate(most)]
    own = weights[solved]
    for others in product(*ranges):
        total = weights[0] + sum(map(mul, weights, others))
        if modulus or not own:
            fitting: Iterable[int] = (
                many for many in range(most[solved] + 1) if balanced([total + many * own], modulus)
            )
        else:
            fitting = [-total // own] if total % own == 0 and 0 <= -total // own <= most[solved] else []
        charge(2 + 8 * len(most), PARTED)
        for many in fitting:
            charge(8, PARTED)
            yield (*others[:solved], many, *others[solved + 1 :])


@lru_cache(maxsize=256)
def _stirling(n: int) -> tuple[int, ...]:
    """Stirling's numbers of the second kind: partitions of n things into 0, 1, .., n blocks."""
    row = [1]
    for _ in range(n):
        row = [0, *(m * one + before for m, (one, before) in enumerate(zip([*row[1:], 0], row, strict=True), 1))]
    return tuple(row)
