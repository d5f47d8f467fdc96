"""The parts of a group, conjugacy classes or tori, with the eigenvalues on one axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from symshare.core.algebra.laurent import Laurent
from symshare.core.algebra.numbers import Number, Surd

__all__ = ["MOST_COMPONENTS", "Part", "Spectrum", "of_points", "of_weights"]

MOST_COMPONENTS = 60_000
"""Conjugacy classes of permutations or signed permutations; the 35,002 of B(21) take 1.5 s (`molien_count("r->r", 2,
axes={"r": "B(21)"})`)."""


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


def of_weights(exponents: Iterable[int], *signs: int) -> Spectrum:
    """A diagonal matrix: monomials of the torus, and numbers 1 and -1."""
    return Spectrum(tuple((1, 1, exponent, 1) for exponent in exponents) + tuple((1, sign, 0, 1) for sign in signs))
