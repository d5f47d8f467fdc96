"""Cycle types of permutations, and how many permutations have each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import factorial, prod

__all__ = ["centraliser", "cycle_types", "number_of_types"]


@lru_cache(maxsize=256)
def cycle_types(total: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The cycle types of S_total, each as ((length, how many), ..).

    >>> cycle_types(3)
    (((3, 1),), ((1, 1), (2, 1)), ((1, 3),))
    """

    def parts(left: int, longest: int) -> Iterator[tuple[int, ...]]:
        if left == 0:
            yield ()
        for length in range(min(left, longest), 0, -1):
            for rest in parts(left - length, length):
                yield (length, *rest)

    return tuple(tuple(sorted(Counter(one).items())) for one in parts(total, total))


MOST_TYPED = 1_000
"""From here on there are so many types that nobody counts them: over 10^30."""


def number_of_types(n: int, colours: int) -> int:
    """How many cycle types of S_n there are, each cycle having one of so many colours.

    >>> number_of_types(3, 1), number_of_types(2, 2)
    (3, 5)
    """
    if n > MOST_TYPED:
        return 10**12
    ways = [1] + [0] * n
    for length in [length for length in range(1, n + 1) for _ in range(colours)]:
        for total in range(length, n + 1):
            ways[total] += ways[total - length]
    return ways[n]


def centraliser(cycles: Iterable[tuple[int, int]], signs: int) -> int:
    """How many permutations commute with one of a cycle type, with so many choices of a sign on each cycle.

    >>> centraliser([(1, 1), (2, 1)], 1)
    2
    """
    return prod((signs * length) ** many * factorial(many) for length, many in cycles)
