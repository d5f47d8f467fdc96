"""The named groups part by part: their conjugacy classes, or their tori, with the eigenvalues on one axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb, factorial, gcd, lcm, prod

from symshare.core.algebra.laurent import Laurent, variables
from symshare.core.algebra.numbers import Number, Surd

__all__ = ["SPECTRA", "Part", "Spectrum", "cycle_types"]

MOST_COMPONENTS = 60_000
MOST_RANK = 100
MOST_WEIGHT = 10**9


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
    """A component of a named group, before it is known which letters its axes have."""

    share: Fraction
    spectrum: Spectrum
    roots: str = "T"
    rank: int = 0


def _points(share: Fraction, cycles: Iterable[tuple[int, int]]) -> Part:
    """A class of permutations: `(length, how many)` of its cycles."""
    return Part(share, Spectrum(tuple((length, 1, 0, many) for length, many in cycles if many)))


def _shifts(numbers: tuple[int, ...], share: Fraction = Fraction(1)) -> list[Part]:
    """A shift by s has gcd(s, n) cycles of equal length."""
    (n,) = numbers
    lengths = Counter(n // gcd(shift, n) for shift in range(n))
    return [_points(share * many / n, [(length, n // length)]) for length, many in sorted(lengths.items())]


def _dihedral(numbers: tuple[int, ...]) -> list[Part]:
    """The shifts, and the reflections i -> c - i, which leave one point (n odd), or two or none (n even)."""
    (n,) = numbers
    left = [1, 1] if n % 2 else [2, 0]
    mirrored = [_points(Fraction(1, 4), [(1, fixed), (2, (n - fixed) // 2)]) for fixed in left]
    return [*_shifts(numbers, Fraction(1, 2)), *mirrored]


def _symmetric(numbers: tuple[int, ...]) -> list[Part] | None:
    (n,) = numbers
    if _number_of_types(n, 1) > MOST_COMPONENTS:
        return None
    return [_points(Fraction(1, _centraliser(cycles, 1)), cycles) for cycles in cycle_types(n)]


def _signed(numbers: tuple[int, ...]) -> list[Part] | None:
    """A class of signed permutations is a pair of cycle types: of the cycles with an even and an odd number of signs."""
    (n,) = numbers
    if _number_of_types(n, 2) > MOST_COMPONENTS:
        return None
    return [
        Part(
            Fraction(1, _centraliser(even, 2) * _centraliser(odd, 2)),
            Spectrum(
                tuple((length, sign, 0, many) for sign, cycles in ((1, even), (-1, odd)) for length, many in cycles)
            ),
        )
        for half in range(n + 1)
        for even, odd in product(cycle_types(half), cycle_types(n - half))
    ]


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


def _number_of_types(n: int, colours: int) -> int:
    if n > MOST_TYPED:
        return 10**12
    ways = [1] + [0] * n
    for length in [length for length in range(1, n + 1) for _ in range(colours)]:
        for total in range(length, n + 1):
            ways[total] += ways[total - length]
    return ways[n]


def _centraliser(cycles: Iterable[tuple[int, int]], signs: int) -> int:
    return prod((signs * length) ** many * factorial(many) for length, many in cycles)


def _rubik(numbers: tuple[int, ...]) -> list[Part]:
    """Corners turn by thirds that add up to none, edges flip evenly often, and both permutations have the same sign.

    That this is the whole group is the law of the cube (Bandelow, Einfuehrung in die Cubologie, 1981).
    """
    shares: dict[tuple[tuple[int, int], ...], Fraction] = {}
    corners, edges = _turning(8, 3), _turning(12, 2)
    for ((sign, one), share), ((other, two), more) in product(corners.items(), edges.items()):
        if sign == other:
            cycles = tuple(sorted((Counter(dict(one)) + Counter(dict(two))).items()))
            shares[cycles] = shares.get(cycles, Fraction(0)) + 2 * share * more
    return [_points(share, cycles) for cycles, share in shares.items()]


def _turning(n: int, turns: int) -> dict[tuple[int, tuple[tuple[int, int], ...]], Fraction]:
    """How n pieces with so many facelets move if their turns add up to none: shares by sign and cycles of facelets.

    A cycle of pieces that comes back turned is one long cycle of facelets, any other as many cycles as facelets.
    """
    found: dict[tuple[int, tuple[tuple[int, int], ...]], Fraction] = {}
    for cycles in cycle_types(n):
        number = sum(many for _, many in cycles)
        for turned in product(*(range(many + 1) for _, many in cycles)):
            facelets: Counter[int] = Counter()
            for (length, many), own in zip(cycles, turned, strict=True):
                facelets[length] += turns * (many - own)
                facelets[turns * length] += own
            ways = prod(comb(many, own) for (_, many), own in zip(cycles, turned, strict=True))
            # of the cycles' turns, those not zero add up to zero in so many ways
            zero_sums = ((turns - 1) ** sum(turned) + (turns - 1) * (-1) ** sum(turned)) // turns
            share = Fraction(ways * zero_sums * turns, turns**number * _centraliser(cycles, 1))
            key = (-1) ** (n - number), tuple(sorted((+facelets).items()))
            found[key] = found.get(key, Fraction(0)) + share
    return found


def _grid(numbers: tuple[int, ...]) -> list[Part]:
    """Translations by v; half turns x -> v - x; quarter turns, whose squares are half turns about the same centre.

    On an odd grid every turn leaves one place. On an even one a half turn leaves four, if both entries of v are even, or
    none; a quarter turn leaves two, and its square four, if the sum of the entries of v is even, or none.
    """
    n, turns = numbers
    places = n * n
    share = Fraction(1, turns)
    orders = Counter(lcm(n // gcd(one, n), n // gcd(two, n)) for one, two in product(range(n), repeat=2))
    found = [_points(share * many / places, [(order, places // order)]) for order, many in sorted(orders.items())]
    halves = [(Fraction(1), 1)] if n % 2 else [(Fraction(1, 4), 4), (Fraction(3, 4), 0)]
    quarters = [(Fraction(1), 1, 1)] if n % 2 else [(Fraction(1, 2), 2, 4), (Fraction(1, 2), 0, 0)]
    if turns > 1:
        found += [_points(share * part, [(1, fixed), (2, (places - fixed) // 2)]) for part, fixed in halves]
    if turns == 4:
        found += [
            _points(2 * share * part, [(1, fixed), (2, (square - fixed) // 2), (4, (places - square) // 4)])
            for part, fixed, square in quarters
        ]
    return found


def _plane_turns(numbers: tuple[int, ...], share: Fraction = Fraction(1)) -> list[Part]:
    """Rotations of the plane by z, z^k = 1: the constant term is read from exponents modulo k."""
    return [Part(share, _weights([1, -1]), "C_k", numbers[0])]


def _plane_polygon(numbers: tuple[int, ...]) -> list[Part]:
    return [*_plane_turns(numbers, Fraction(1, 2)), Part(Fraction(1, 2), _weights([], 1, -1))]


def _weights(exponents: Iterable[int], *signs: int) -> Spectrum:
    """A diagonal matrix: monomials of the torus, and numbers 1 and -1."""
    return Spectrum(tuple((1, 1, exponent, 1) for exponent in exponents) + tuple((1, sign, 0, 1) for sign in signs))


def _both_ways(exponents: list[int]) -> list[int]:
    return exponents + [-one for one in exponents]


def _rotations(numbers: tuple[int, ...], share: Fraction = Fraction(1)) -> list[Part] | None:
    """SO(d), of type B (d odd) or D (d even); also for SO(p, q), whose polynomial invariants are the same."""
    rank, odd = divmod(sum(numbers), 2)
    if rank > MOST_RANK:
        return None
    weights = _both_ways(variables(rank))
    return [Part(share, _weights(weights, *[1] * odd), "B" if odd else "D", rank)]


def _orthogonal(numbers: tuple[int, ...]) -> list[Part] | None:
    """SO(d) and the coset of reflections: minus SO(d) for odd d; else 1, -1 and a torus with the roots of Sp(d - 2)."""
    half = Fraction(1, 2)
    turning = _rotations(numbers, half)
    rank, odd = divmod(sum(numbers), 2)
    if turning is None:
        return None
    if not odd:
        return [*turning, Part(half, _weights(_both_ways(variables(rank - 1)), 1, -1), "C", rank - 1)]
    minus = Spectrum(tuple((length, -sign, exponent, 1) for length, sign, exponent, _ in turning[0].spectrum.cycles))
    return [*turning, Part(half, minus, "B", rank)]


def _symplectic(numbers: tuple[int, ...]) -> list[Part] | None:
    rank = numbers[0] // 2
    return [Part(Fraction(1), _weights(_both_ways(variables(rank))), "C", rank)] if rank <= MOST_RANK else None


def _linear(numbers: tuple[int, ...]) -> list[Part] | None:
    """GL(d), by the unitarian trick the same means as over U(d)."""
    (d,) = numbers
    return [Part(Fraction(1), _weights(variables(d)), "A", d)] if d <= MOST_RANK else None


def _special(numbers: tuple[int, ...]) -> list[Part] | None:
    """SL(d): the last eigenvalue is the inverse product of the others."""
    torus = variables(min(numbers[0], MOST_RANK + 2) - 1)
    weights = [*torus, -sum(torus)]
    return [Part(Fraction(1), _weights(weights), "SL", len(torus))] if len(weights) <= MOST_RANK else None


def _realified(make: Callable[[tuple[int, ...]], list[Part] | None], numbers: tuple[int, ...]) -> list[Part] | None:
    """C^d as R^(2d): over the complex numbers the sum of C^d and its dual."""
    return [
        Part(part.share, Spectrum(part.spectrum.cycles + part.spectrum.inverse().cycles), part.roots, part.rank)
        for part in make(numbers) or []
    ] or None


def _scaling(numbers: tuple[int, ...]) -> list[Part] | None:
    return [Part(Fraction(1), _weights(numbers), "T", 1)] if max(map(abs, numbers)) <= MOST_WEIGHT else None


SPECTRA: dict[str, Callable[[tuple[int, ...]], list[Part] | None]] = {
    "S": _symmetric,
    "C": _shifts,
    "D": _dihedral,
    "B": _signed,
    "Trivial": lambda numbers: [_points(Fraction(1), [(1, numbers[0])])],
    "Grid": _grid,
    "Rubik": _rubik,
    "PlaneC": _plane_turns,
    "PlaneD": _plane_polygon,
    "O": _orthogonal,
    "SO": _rotations,
    "SO+": _rotations,
    "Sp": _symplectic,
    "GL": _linear,
    "SL": _special,
    "U": lambda numbers: _realified(_linear, numbers),
    "SU": lambda numbers: _realified(_special, numbers),
    "Scale": _scaling,
}
"""The parts of each named group by its numbers, or None where they are too many."""
