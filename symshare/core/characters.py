"""Means of characters over the groups of axes: class formulas for finite groups, Weyl's integration formula for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import factorial, gcd, lcm, prod
from operator import add

from symshare.core.closure import Closed, Vector, close
from symshare.core.exact import Number, Surd, simplest
from symshare.core.groups import AxisGroup, dual
from symshare.core.signature import Signature
from symshare.errors import SymshareError, TooLargeError, UnknownCharactersError

__all__ = [
    "Component",
    "Laurent",
    "Spectrum",
    "block_components",
    "components",
    "constant_term",
    "cycle_types",
    "group_order",
    "mean",
    "whole",
]

MOST_TERMS = 20_000_000
MOST_COMPONENTS = 60_000
MOST_RANK = 100
MOST_WEIGHT = 10**9

_BITS = 48
"""How many bits of an exponent belong to one variable."""


@dataclass(frozen=True, slots=True)
class Laurent:
    """A Laurent polynomial in the variables of a torus: `{exponent: coefficient}`.

    The exponents of all variables are packed into one integer, 48 bits each, so that monomials multiply by an addition.

    >>> z = Laurent({1: 1, -1: 1})
    >>> z * z + 1
    Laurent(terms={2: 1, 0: 3, -2: 1})
    """

    terms: Mapping[int, Number]

    def __add__(self, other: Laurent | Number) -> Laurent:
        found = dict(self.terms)
        for exponent, factor in (other.terms if isinstance(other, Laurent) else {0: other}).items():
            found[exponent] = found.get(exponent, 0) + factor
        return Laurent(found)

    def __mul__(self, other: Laurent | Number) -> Laurent:
        if not isinstance(other, Laurent):
            return Laurent({exponent: factor * other for exponent, factor in self.terms.items()} if other else {})
        found: dict[int, Number] = {}
        few, many = sorted((self.terms, other.terms), key=len)
        if len(few) * len(many) > MOST_TERMS:
            raise TooLargeError(_too_many(len(few) * len(many)))
        for one, a in few.items():
            for two, b in many.items():
                exponent = one + two
                found[exponent] = found.get(exponent, 0) + a * b
        return Laurent(found)

    def __pow__(self, power: int) -> Laurent:
        return prod([self] * power, start=Laurent({0: 1}))

    __radd__ = __add__
    __rmul__ = __mul__

    def moved(self, variables: int) -> Laurent:
        """The same polynomial in later variables."""
        return Laurent({exponent << (_BITS * variables): factor for exponent, factor in self.terms.items()})


def constant_term(one: Laurent | Number, other: Laurent | Number) -> Number:
    """The constant term of a product, without the product.

    >>> constant_term(Laurent({1: 2, 0: 1}), Laurent({-1: 3, 0: 1}))
    7
    """
    few, many = sorted((_terms(one), _terms(other)), key=len)
    return sum((factor * many[-exponent] for exponent, factor in few.items() if -exponent in many), start=0)


def _too_many(number: int) -> str:
    return (
        f"characters of {number:,} weights would be multiplied, over {MOST_TERMS:,}: ask for a lower order or use count"
    )


def _terms(value: Laurent | Number) -> Mapping[int, Number]:
    return value.terms if isinstance(value, Laurent) else {0: value}


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
class Component:
    """A part of a group with its share of the Haar measure: a conjugacy class, or the cosets of a torus that fill it.

    The mean of a class function over it is the constant term of the function times `density`. `roots` names the roots in
    it (A, B, C or D; SL for A with determinant 1; C_k for the k-th roots of unity, T for a torus alone) and `rank` counts
    the torus variables, or is k for C_k. `spectra` has for each letter what the part does to that axis.
    """

    share: Fraction
    spectra: tuple[tuple[str, Spectrum], ...]
    roots: str = "T"
    rank: int = 0

    @property
    def variables(self) -> int:
        """The number of torus variables in the spectra."""
        return 1 if self.roots == "C_k" else self.rank

    def density(self, degree: int) -> Laurent:
        """A polynomial to multiply with before the constant term is read, right for products of so many weights."""
        return _density(self.roots, self.rank, degree)


@lru_cache(maxsize=64)
def components(groups: tuple[tuple[str, AxisGroup], ...]) -> tuple[Component, ...] | None:
    """The parts of the group of axes that move together: for each letter its AxisGroup.

    None where they are not known: for a group with a Lie algebra that has no name here, and for a finite one that is too
    large or has floats in its matrices.

    >>> from symshare.core.groups import C
    >>> [(str(one.share), dict(one.spectra)["t"].cycles) for one in components((("t", C(4)),))]
    [('1/4', ((1, 1, 0, 4),)), ('1/4', ((2, 1, 0, 2),)), ('1/2', ((4, 1, 0, 1),))]
    """
    first = next((group for _, group in groups if not group.of), groups[0][1])
    if first.family in _FAMILIES and all(_same(group, first) for _, group in groups):
        parts = _FAMILIES[first.family](first.numbers)
        if parts is not None:
            return tuple(
                Component(
                    part.share,
                    tuple((letter, part.spectrum.inverse() if group.of else part.spectrum) for letter, group in groups),
                    part.roots,
                    part.rank,
                )
                for part in parts
            )
    if any(group.algebra for _, group in groups):
        return None
    different = list(dict.fromkeys(group.elements for _, group in groups))
    sizes = [next(group.size for _, group in groups if group.elements == one) for one in different]
    closed = close(different, sizes)
    if closed is None:
        return None
    shares: Counter[tuple[Spectrum, ...]] = Counter()
    for element, many in closed.classes:
        shares[_spectra(closed, sizes, element)] += many
    return tuple(
        Component(
            Fraction(many, closed.order),
            tuple((letter, spectra[different.index(group.elements)]) for letter, group in groups),
        )
        for spectra, many in shares.items()
    )


def block_components(signature: Signature) -> dict[str, tuple[Component, ...]]:
    """For each block of a signature the parts of its group; UnknownCharactersError where they are not known."""
    groups = dict(signature.groups)
    found = {}
    for block in signature.blocks:
        parts = components(tuple((letter, groups[letter]) for letter in block))
        if parts is None:
            named = ", ".join(f"{letter}={groups[letter]}" for letter in block)
            raise UnknownCharactersError(
                f"the count of {signature} is not known from characters, for the group of {named}\n"
                "  the dimension comes from the null space: derive it there"
            )
        found[block] = parts
    return found


def mean(parts: Iterable[Component], factors: Mapping[tuple[str, int], int]) -> int:
    """The Haar mean of a product of traces: `factors` says how often the trace of g^j on an axis occurs, by (letter, j),
    where j may be negative.

    >>> from symshare.core.groups import SO
    >>> [mean(components((("r", SO(3)),)), {("r", 1): n}) for n in range(9)]
    [1, 0, 1, 1, 3, 6, 15, 36, 91]
    """
    degree = sum(abs(power) * many for (_, power), many in factors.items())
    total: Number = 0
    for one in parts:
        spectra = dict(one.spectra)
        factor: Number = one.share
        traces: list[Laurent] = []
        for (letter, power), many in sorted(factors.items(), key=lambda item: -abs(item[0][1])):
            trace = spectra[letter].trace(power)
            if isinstance(trace, Laurent):
                traces += [trace] * many
            else:
                factor = factor * prod([trace] * many)
        if not factor:
            continue
        if one.roots in ("T", "C_k"):
            halves = prod(traces[::2], start=one.density(degree)), prod(traces[1::2], start=Laurent({0: 1}))
            total = total + factor * constant_term(*halves)
        else:
            total = total + factor * _invariants(one, traces)
    return whole(total)


def _invariants(part: Component, traces: Iterable[Laurent]) -> Number:
    """The mean of a product of torus polynomials that the Weyl group leaves alone, with the Haar measure of its roots.

    The product times the alternating sum of rho is a sum of alternating sums of dominant weights, and the factors are
    multiplied to it one by one (Brauer 1937, Klimyk 1968); the mean is the coefficient of rho's.
    """
    rho, scale = _rho(part.roots, part.rank)
    found: dict[tuple[int, ...], Number] = {rho: 1}
    for trace in traces:
        steps = [(_unpacked(exponent, part.rank, scale), factor) for exponent, factor in trace.terms.items()]
        following: dict[tuple[int, ...], Number] = {}
        if len(found) * len(steps) * part.rank > MOST_TERMS:
            raise TooLargeError(_too_many(len(found) * len(steps)))
        for weight, many in found.items():
            for step, factor in steps:
                sign, dominant = _dominant(part.roots, tuple(map(add, weight, step)))
                if sign:
                    following[dominant] = following.get(dominant, 0) + sign * many * factor
        found = {weight: many for weight, many in following.items() if many}
    return found.get(rho, 0)


def _dominant(roots: str, weight: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """The dominant weight in the orbit of the Weyl group, and the determinant of what brings it there.

    The determinant is 0 where a reflection leaves the weight alone.

    >>> _dominant("C", (1, -3)), _dominant("A", (2, 2)), _dominant("SL", (1, 3))
    ((1, (3, 1)), (0, (2, 2)), (-1, (3, 1)))
    """
    values = [*weight, 0] if roots == "SL" else list(weight)
    signed = roots in ("B", "C", "D")
    sizes = list(map(abs, values)) if signed else values
    if len(set(sizes)) < len(sizes) or (roots in ("B", "C") and 0 in sizes):
        return 0, weight
    sign = 1
    for place in range(1, len(sizes)):
        # all but few neighbours are in order: insertion
        at = place
        while at and sizes[at - 1] < sizes[at]:
            sizes[at - 1], sizes[at] = sizes[at], sizes[at - 1]
            sign, at = -sign, at - 1
    if roots == "SL":
        return sign, tuple(value - sizes[-1] for value in sizes[:-1])
    negative = signed and sum(value < 0 for value in values) % 2 == 1
    if roots == "D":
        return sign, (*sizes[:-1], -sizes[-1] if negative else sizes[-1])
    return -sign if negative else sign, tuple(sizes)


def _rho(roots: str, rank: int) -> tuple[tuple[int, ...], int]:
    """Half the sum of the positive roots, times a scale that makes it whole, and the scale."""
    if roots == "B":
        return tuple(range(2 * rank - 1, 0, -2)), 2
    first = rank if roots in ("C", "SL") else rank - 1
    return tuple(range(first, first - rank, -1)), 1


def _unpacked(exponent: int, variables: int, scale: int) -> tuple[int, ...]:
    """The exponents of single variables, times a scale."""
    found = []
    for _ in range(variables):
        one = (exponent + (1 << (_BITS - 1))) % (1 << _BITS) - (1 << (_BITS - 1))
        found.append(scale * one)
        exponent = (exponent - one) >> _BITS
    return tuple(found)


def whole(number: Number) -> int:
    """A mean as the whole number that it must be."""
    found = simplest(number)
    if not isinstance(found, int):
        raise SymshareError(f"a mean of characters came out as {found}, which is no whole number\n  report this")
    return found


def group_order(group: AxisGroup) -> int | None:
    """The number of elements of a group; None for an infinite one, and where it is not known.

    >>> from symshare.core.groups import B, Cube, O
    >>> group_order(B(3)), group_order(Cube()), group_order(O(3))
    (48, 24, None)
    """
    if group.algebra:
        return None
    if group.family in _ORDERS:
        return _ORDERS[group.family](group.numbers)
    closed = close([group.elements], [group.size])
    return None if closed is None else closed.order


_ORDERS: dict[str, Callable[[tuple[int, ...]], int]] = {
    "S": lambda numbers: factorial(numbers[0]),
    "C": lambda numbers: numbers[0],
    "D": lambda numbers: numbers[0] * (2 if numbers[0] > 2 else 1),
    "B": lambda numbers: factorial(numbers[0]) << numbers[0],
    "Trivial": lambda numbers: 1,
    "PlaneC": lambda numbers: numbers[0],
    "PlaneD": lambda numbers: 2 * numbers[0],
    "Rubik": lambda numbers: factorial(8) * 3**7 * factorial(12) * 2**10,
}


def _same(group: AxisGroup, first: AxisGroup) -> bool:
    """Whether an axis is moved as the first one is, or as its dual."""
    if (group.family, group.numbers) != (first.family, first.numbers):
        return False
    other = dual(first, group.of) if group.of else first
    return not group.exact or (group.elements, group.algebra) == (other.elements, other.algebra)


def _spectra(closed: Closed, sizes: Sequence[int], element: Sequence[int]) -> tuple[Spectrum, ...]:
    """What an element of a finite group does to each axis."""
    found, start = [], 0
    for points, size in zip(closed.points, sizes, strict=True):
        images = [image - start for image in element[start : start + len(points)]]
        monomial = all(len(vector) == 1 and vector[0][1] in (1, -1) for vector in points)
        found.append(_signed_cycles(points, images, size) if monomial else _power_traces(points, images, size))
        start += len(points)
    return tuple(found)


def _signed_cycles(points: Sequence[Vector], images: Sequence[int], size: int) -> Spectrum:
    moved = [points[image][0] for image in images[:size]]
    seen: set[int] = set()
    found: Counter[tuple[int, int, int]] = Counter()
    for start in range(size):
        if start in seen:
            continue
        length, sign, place = 0, 1, start
        while place not in seen:
            seen.add(place)
            length, sign = length + 1, sign if moved[place][1] == 1 else -sign
            place = moved[place][0]
        found[length, sign, 0] += 1
    return Spectrum(tuple((*cycle, many) for cycle, many in sorted(found.items())))


def _power_traces(points: Sequence[Vector], images: Sequence[int], size: int) -> Spectrum:
    at = list(range(len(points)))
    traces: list[Number] = []
    while not traces or at[:size] != list(range(size)):
        traces.append(simplest(sum((dict(points[at[place]]).get(place, 0) for place in range(size)), start=0)))
        at = [images[one] for one in at]
    return Spectrum(traces=tuple(traces))


@dataclass(frozen=True, slots=True)
class _Part:
    """A component of a named group, before it is known which letters its axes have."""

    share: Fraction
    spectrum: Spectrum
    roots: str = "T"
    rank: int = 0


def _points(share: Fraction, cycles: Iterable[tuple[int, int]]) -> _Part:
    """A class of permutations: `(length, how many)` of its cycles."""
    return _Part(share, Spectrum(tuple((length, 1, 0, many) for length, many in cycles if many)))


def _shifts(numbers: tuple[int, ...], share: Fraction = Fraction(1)) -> list[_Part]:
    """A shift by s has gcd(s, n) cycles of equal length."""
    (n,) = numbers
    lengths = Counter(n // gcd(shift, n) for shift in range(n))
    return [_points(share * many / n, [(length, n // length)]) for length, many in sorted(lengths.items())]


def _dihedral(numbers: tuple[int, ...]) -> list[_Part]:
    """The shifts, and the reflections i -> c - i, which leave one point (n odd), or two or none (n even)."""
    (n,) = numbers
    left = [1, 1] if n % 2 else [2, 0]
    mirrored = [_points(Fraction(1, 4), [(1, fixed), (2, (n - fixed) // 2)]) for fixed in left]
    return [*_shifts(numbers, Fraction(1, 2)), *mirrored]


def _symmetric(numbers: tuple[int, ...]) -> list[_Part] | None:
    (n,) = numbers
    if _number_of_types(n, 1) > MOST_COMPONENTS:
        return None
    return [_points(Fraction(1, _centraliser(cycles, 1)), cycles) for cycles in cycle_types(n)]


def _signed(numbers: tuple[int, ...]) -> list[_Part] | None:
    """A class of signed permutations is a pair of cycle types: of the cycles with an even and an odd number of signs."""
    (n,) = numbers
    if _number_of_types(n, 2) > MOST_COMPONENTS:
        return None
    return [
        _Part(
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


def _number_of_types(n: int, colours: int) -> int:
    ways = [1] + [0] * n
    for length in [length for length in range(1, n + 1) for _ in range(colours)]:
        for total in range(length, n + 1):
            ways[total] += ways[total - length]
    return ways[n]


def _centraliser(cycles: Iterable[tuple[int, int]], signs: int) -> int:
    return prod((signs * length) ** many * factorial(many) for length, many in cycles)


def _grid(numbers: tuple[int, ...]) -> list[_Part]:
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


def _plane_turns(numbers: tuple[int, ...], share: Fraction = Fraction(1)) -> list[_Part]:
    """Rotations of the plane by z, z^k = 1: the constant term is read from exponents modulo k."""
    return [_Part(share, _weights([1, -1]), "C_k", numbers[0])]


def _plane_polygon(numbers: tuple[int, ...]) -> list[_Part]:
    return [*_plane_turns(numbers, Fraction(1, 2)), _Part(Fraction(1, 2), _weights([], 1, -1))]


def _weights(exponents: Iterable[int], *signs: int) -> Spectrum:
    """A diagonal matrix: monomials of the torus, and numbers 1 and -1."""
    return Spectrum(tuple((1, 1, exponent, 1) for exponent in exponents) + tuple((1, sign, 0, 1) for sign in signs))


def _variables(rank: int) -> list[int]:
    return [1 << (_BITS * place) for place in range(rank)]


def _both_ways(exponents: list[int]) -> list[int]:
    return exponents + [-one for one in exponents]


def _rotations(numbers: tuple[int, ...], share: Fraction = Fraction(1)) -> list[_Part] | None:
    """SO(d), of type B (d odd) or D (d even); also for SO(p, q), whose polynomial invariants are the same."""
    rank, odd = divmod(sum(numbers), 2)
    if rank > MOST_RANK:
        return None
    weights = _both_ways(_variables(rank))
    return [_Part(share, _weights(weights, *[1] * odd), "B" if odd else "D", rank)]


def _orthogonal(numbers: tuple[int, ...]) -> list[_Part] | None:
    """SO(d) and the coset of reflections: minus SO(d) for odd d; else 1, -1 and a torus with the roots of Sp(d - 2)."""
    half = Fraction(1, 2)
    turning = _rotations(numbers, half)
    rank, odd = divmod(sum(numbers), 2)
    if turning is None:
        return None
    if not odd:
        return [*turning, _Part(half, _weights(_both_ways(_variables(rank - 1)), 1, -1), "C", rank - 1)]
    minus = Spectrum(tuple((length, -sign, exponent, 1) for length, sign, exponent, _ in turning[0].spectrum.cycles))
    return [*turning, _Part(half, minus, "B", rank)]


def _symplectic(numbers: tuple[int, ...]) -> list[_Part] | None:
    rank = numbers[0] // 2
    return [_Part(Fraction(1), _weights(_both_ways(_variables(rank))), "C", rank)] if rank <= MOST_RANK else None


def _linear(numbers: tuple[int, ...]) -> list[_Part] | None:
    """GL(d), by the unitarian trick the same means as over U(d)."""
    (d,) = numbers
    return [_Part(Fraction(1), _weights(_variables(d)), "A", d)] if d <= MOST_RANK else None


def _special(numbers: tuple[int, ...]) -> list[_Part] | None:
    """SL(d): the last eigenvalue is the inverse product of the others."""
    variables = _variables(min(numbers[0], MOST_RANK + 2) - 1)
    weights = [*variables, -sum(variables)]
    return [_Part(Fraction(1), _weights(weights), "SL", len(variables))] if len(weights) <= MOST_RANK else None


def _realified(make: Callable[[tuple[int, ...]], list[_Part] | None], numbers: tuple[int, ...]) -> list[_Part] | None:
    """C^d as R^(2d): over the complex numbers the sum of C^d and its dual."""
    return [
        _Part(part.share, Spectrum(part.spectrum.cycles + part.spectrum.inverse().cycles), part.roots, part.rank)
        for part in make(numbers) or []
    ] or None


def _scaling(numbers: tuple[int, ...]) -> list[_Part] | None:
    return [_Part(Fraction(1), _weights(numbers), "T", 1)] if max(map(abs, numbers)) <= MOST_WEIGHT else None


_FAMILIES: dict[str, Callable[[tuple[int, ...]], list[_Part] | None]] = {
    "S": _symmetric,
    "C": _shifts,
    "D": _dihedral,
    "B": _signed,
    "Trivial": lambda numbers: [_points(Fraction(1), [(1, numbers[0])])],
    "Grid": _grid,
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


@lru_cache(maxsize=256)
def _density(roots: str, rank: int, degree: int) -> Laurent:
    """What a class function f is multiplied with before the constant term is read, f having weights of so many factors.

    Weyl's integration formula (The classical groups, 1939) has the product of 1 - z^a over all roots a, over the order of
    the Weyl group W; as f is W-invariant, the product over the positive roots gives the same, and that is, by Weyl's
    denominator formula, the sum over w in W of det(w) z^(rho - w rho). Terms that no weight of f can cancel are left out.
    """
    if roots == "T":
        return Laurent({0: 1})
    if roots == "C_k":
        return Laurent({rank * turns: 1 for turns in range(-(degree // rank), degree // rank + 1)})
    variables = _variables(rank)
    rho, scale = _rho(roots, rank)
    if roots == "SL":
        # a weight may differ from zero by multiples of (1, .., 1): at most as far again
        return _alternating([*rho, 0], [*variables, -sum(variables)], 2 * degree, scale, roots)
    return _alternating(list(rho), variables, degree, scale, roots)


def _alternating(rho: list[int], variables: list[int], budget: int, scale: int, roots: str) -> Laurent:
    """The sum of det(w) z^((rho - w rho) / scale) over permutations w, with signs or without; long exponents left out."""
    found: dict[int, Number] = {}

    def place(left: list[int], exponent: int, sign: int, budget: int) -> None:
        if not left:
            found[exponent] = found.get(exponent, 0) + sign
            if len(found) * len(rho) > MOST_TERMS:
                raise TooLargeError(_too_many(len(found) * len(rho)))
            return
        at = len(rho) - len(left)
        for number, value in enumerate(left):
            for factor in (1, -1) if value and roots in ("B", "C", "D") else (1,):
                difference = (rho[at] - factor * value) // scale
                if abs(difference) <= budget:
                    parity = -1 if (number % 2 == 1) != (factor < 0 and roots != "D") else 1
                    rest = left[:number] + left[number + 1 :]
                    place(rest, exponent + difference * variables[at], sign * parity, budget - abs(difference))

    place(rho, 0, 1, budget)
    return Laurent(found)
