"""Groups that permute the values of an axis, with signs or without."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from math import factorial, gcd, prod

from symshare.core.algebra.laurent import variables
from symshare.core.algebra.matrices import Matrix, diagonal, permutation
from symshare.core.groups.cycles import centraliser, cycle_types, number_of_types
from symshare.core.groups.family import Diagrams, Family
from symshare.core.groups.spectra import MOST_COMPONENTS, Part, Spectrum, of_points

__all__ = ["ROWS", "quarter_turns", "shift", "transpositions"]


def shift(size: int) -> list[int]:
    """The images of the full cycle."""
    return [*range(1, size), 0]


def transpositions(size: int) -> list[Matrix]:
    """Generators of the symmetric group: a transposition and the full cycle."""
    if size < 2:
        return []
    return [permutation([1, 0, *range(2, size)])] + ([permutation(shift(size))] if size > 2 else [])


def quarter_turns(size: int) -> list[Matrix]:
    """Generators of the signed permutations of determinant 1: a quarter turn, and the cycle with a sign if need be."""
    if size < 2:
        return []
    quarter = permutation([1, 0, *range(2, size)], [1, -1] + [1] * (size - 2))
    sign = 1 if size % 2 else -1
    return [quarter] + ([permutation(shift(size), [1] * (size - 1) + [sign])] if size > 2 else [])


def _symmetric(n: int) -> list[Part] | None:
    if number_of_types(n, 1) > MOST_COMPONENTS:
        return None
    return [of_points(Fraction(1, centraliser(cycles, 1)), cycles) for cycles in cycle_types(n)]


def _three_cycles(n: int) -> list[Matrix]:
    """A cycle of three values, and one of all or all but the first, whichever is even."""
    if n < 3:
        return []
    return [permutation([1, 2, 0, *range(3, n)])] + (
        [permutation(shift(n) if n % 2 else [0, *range(2, n), 1])] if n > 3 else []
    )


def _even(n: int) -> list[Part] | None:
    """A class of S(n) without sign is one of A(n), or falls in two that have the same cycles."""
    parts = _symmetric(n)
    if parts is None or n < 2:
        return parts
    signs = [prod((-1) ** ((length - 1) * many) for length, _, _, many in part.spectrum.cycles) for part in parts]
    return [Part(2 * part.share, part.spectrum) for part, sign in zip(parts, signs, strict=True) if sign > 0]


def _shifts(n: int, share: Fraction = Fraction(1)) -> list[Part]:
    """A shift by s has gcd(s, n) cycles of equal length."""
    lengths = Counter(n // gcd(shift, n) for shift in range(n))
    return [of_points(share * many / n, [(length, n // length)]) for length, many in sorted(lengths.items())]


def _polygon(n: int) -> list[Part]:
    """The shifts, and the reflections i -> c - i, which leave one point (n odd), or two or none (n even)."""
    left = [1, 1] if n % 2 else [2, 0]
    mirrored = [of_points(Fraction(1, 4), [(1, fixed), (2, (n - fixed) // 2)]) for fixed in left]
    return [*_shifts(n, Fraction(1, 2)), *mirrored]


def _signed(n: int) -> list[Part] | None:
    """A class of signed permutations is a pair of cycle types: of the cycles with an even and an odd number of signs."""
    if number_of_types(n, 2) > MOST_COMPONENTS:
        return None
    return [
        Part(
            Fraction(1, centraliser(even, 2) * centraliser(odd, 2)),
            Spectrum(
                tuple((length, sign, 0, many) for sign, cycles in ((1, even), (-1, odd)) for length, many in cycles)
            ),
        )
        for half in range(n + 1)
        for even, odd in product(cycle_types(half), cycle_types(n - half))
    ]


def _scales(n: int) -> list[Part] | None:
    """A class of permutations with a free product of the scales on each cycle; over positive numbers polynomials have the same
    invariants as over numbers of modulus 1."""
    if number_of_types(n, 1) > MOST_COMPONENTS:
        return None
    found = []
    for cycles in cycle_types(n):
        lengths = [length for length, many in cycles for _ in range(many)]
        spectrum = Spectrum(
            tuple((length, 1, scale, 1) for length, scale in zip(lengths, variables(len(lengths)), strict=True))
        )
        found.append(Part(Fraction(1, centraliser(cycles, 1)), spectrum, "T", len(lengths)))
    return found


def _quaternions(size: int) -> list[Matrix]:
    """Multiplication from the left by i and j: on 1, i, j, k with their real coefficients, or on these and their negatives."""
    products = (([1, 0, 3, 2], [1, -1, 1, -1]), ([2, 3, 0, 1], [1, -1, -1, 1]))
    if size == 4:
        return [permutation(*one) for one in products]
    return [
        permutation(
            [image + (0 if sign == own else 4) for own in (1, -1) for image, sign in zip(images, signs, strict=True)]
        )
        for images, signs in products
    ]


def _units(size: int) -> list[Part]:
    """1, -1, and the six elements of order 4, whose squares are -1."""
    if size == 4:
        cycles = [(1, 1, 0, 4)], [(1, -1, 0, 4)], [(2, -1, 0, 2)]
    else:
        cycles = [(1, 1, 0, 8)], [(2, 1, 0, 4)], [(4, 1, 0, 2)]
    return [Part(Fraction(many, 8), Spectrum(tuple(own))) for many, own in zip((1, 1, 6), cycles, strict=True)]


ROWS = (
    Family(
        "S",
        ("n",),
        "permutations of n values; what acts on an axis without a group",
        transpositions,
        order=factorial,
        classes=_symmetric,
        diagrams=Diagrams.PARTITIONS,
        permuted=lambda slots, n: True,
        sets=True,
    ),
    Family(
        "A",
        ("n",),
        "even permutations of n values",
        _three_cycles,
        order=lambda n: (factorial(n) + 1) // 2,
        classes=_even,
        diagrams=Diagrams.PARTITIONS,
        enough=lambda slots, n: slots + 1 < n,
        permuted=lambda slots, n: slots + 1 < n,
    ),
    Family(
        "C",
        ("n",),
        "shifts of n values around a circle",
        lambda n: [permutation(shift(n))],
        also=("Z",),
        order=lambda n: n,
        classes=_shifts,
        diagrams=Diagrams.OFFSETS,
        permuted=lambda slots, n: True,
    ),
    Family(
        "D",
        ("n",),
        "shifts of n values around a circle, and their reversal",
        lambda n: [permutation(shift(n)), permutation(range(n - 1, -1, -1))],
        order=lambda n: n * (2 if n > 2 else 1),
        classes=_polygon,
    ),
    Family(
        "B",
        ("n",),
        "signed permutations of n values: the symmetries of a cube in n dimensions",
        lambda n: [*transpositions(n), diagonal([-1] + [1] * (n - 1))],
        order=lambda n: factorial(n) << n,
        classes=_signed,
        diagrams=Diagrams.PARTITIONS,
        modulus=2,
        permuted=lambda slots, n: True,
        any_length=True,
    ),
    Family(
        "Scaled",
        ("n",),
        "permutations of n values, each with a positive scale of its own",
        transpositions,
        lambda n: [diagonal([1] + [0] * (n - 1))],
        classes=_scales,
        diagrams=Diagrams.PARTITIONS,
        modulus=0,
        permuted=lambda slots, n: True,
        any_length=True,
    ),
    Family(
        "Trivial",
        ("n",),
        "nothing: each of n values stands for itself",
        order=lambda n: 1,
        classes=lambda n: [of_points(Fraction(1), [(1, n)])],
        diagrams=Diagrams.PLACES,
    ),
    Family(
        "Q8",
        ("4",),
        "the quaternion group: on its 8 elements by multiplication, or on the 4 real coefficients of a quaternion",
        _quaternions,
        allowed=lambda numbers: numbers in ((4,), (8,)),
        meaning="4, the coefficients of a quaternion, or 8",
        alone=(8,),
        order=lambda size: 8,
        classes=_units,
    ),
)
