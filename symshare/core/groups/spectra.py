"""The parts of a group, conjugacy classes or tori, with the eigenvalues on one axis; cycle types of permutations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial, prod

from symshare.core.algebra.laurent import Laurent
from symshare.core.algebra.numbers import Number, Surd

__all__ = [
    "MOST_COMPONENTS",
    "Part",
    "Spectrum",
    "centraliser",
    "cycle_types",
    "number_of_types",
    "of_points",
    "of_weights",
]

MOST_COMPONENTS = 60_000
"""Conjugacy classes of permutations or signed permutations; the 35,002 of B(21) take 1.5 s (`count -s 'r->r' -k 2 --axis
'r=B(21)'`)."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What is known of a matrix g: the traces of all its powers.

    `cycles` has `(length, sign, exponent, how many)`: a cycle of basis vectors whose length'th power multiplies each of
    them by `sign` times a monomial of the torus. A matrix that is not monomial has instead its `traces`: those of
    g^0, g^1, .., up to its order.

    >>> Spectrum(((2, 1, 0, 1), (1, 1, 0, 1))).trace(2)
    3
    """

    cycles: tuple[tuple[int, int, int, int], ...] = ()
    traces: tuple[Number, ...] = ()

    def trace(self, power: int) -> Laurent | Number:
        """The trace of a power of the matrix, a rational number where no torus variable and no root is in it."""
        if self.traces:
            trace = self.traces[power % len(self.traces)]
            return Laurent({0: trace}) if isinstance(trace, Surd) else trace
        found: Counter[int] = Counter()
        for length, sign, exponent, many in self.cycles:
            if power % length == 0:
                turns = power // length
                found[exponent * turns] += many * length * (sign if turns % 2 else 1)
        return Laurent(found) if any(found) else found[0]

    def inverse(self) -> Spectrum:
        """That of the inverse matrix, and so of its transpose: what acts on the dual axis."""
        return Spectrum(
            tuple((length, sign, -exponent, many) for length, sign, exponent, many in self.cycles),
            self.traces[:1] + self.traces[:0:-1],
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a named group, before it is known which letters its axes have; see `Component` of characters."""

    share: Fraction
    spectrum: Spectrum
    roots: str = "T"
    rank: int = 0


def of_points(share: Fraction, cycles: Iterable[tuple[int, int]]) -> Part:
    """A class of permutations: `(length, how many)` of its cycles."""
    return Part(share, Spectrum(tuple((length, 1, 0, many) for length, many in cycles if many)))


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


def of_weights(exponents: Iterable[int], *signs: int) -> Spectrum:
    """A diagonal matrix: monomials of the torus, and numbers 1 and -1."""
    return Spectrum(tuple((1, 1, exponent, 1) for exponent in exponents) + tuple((1, sign, 0, 1) for sign in signs))
