"""Permutation groups of larger things: Rubik's cube and square grids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import comb, factorial, gcd, lcm, prod

from symshare.core.algebra.matrices import Matrix, permutation
from symshare.core.groups.cycles import centraliser, cycle_types
from symshare.core.groups.family import Family, no_numbers, two_numbers
from symshare.core.groups.spectra import Part, of_points

__all__ = ["ROWS"]


def _quarter_turns() -> list[Matrix]:
    """The quarter turns of the six faces of Rubik's cube, on its 48 movable facelets.

    A facelet is a place (x, y, z) of a small cube, each -1, 0 or 1, with the direction it faces; they are numbered in
    order of (direction, place), the directions being -x, +x, -y, +y, -z, +z.
    """
    faces = [
        (axis, side, place)
        for axis, side in product(range(3), (-1, 1))
        for place in product((-1, 0, 1), repeat=3)
        if place[axis] == side and sum(map(abs, place)) > 1
    ]
    number = {face: at for at, face in enumerate(faces)}
    elements = []
    for axis, side in product(range(3), (-1, 1)):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        images = []
        for facing, outward, place in faces:
            if place[axis] != side:
                images.append(number[facing, outward, place])
                continue
            turned = list(place)
            turned[one], turned[two] = -place[two], place[one]
            normal = [0, 0, 0]
            normal[facing] = outward
            normal[one], normal[two] = -normal[two], normal[one]
            at = next(k for k in range(3) if normal[k])
            images.append(number[at, normal[at], tuple(turned)])
        elements.append(permutation(images))
    return elements


def _cube_moves() -> list[Part]:
    """Corners turn by thirds that add up to none, edges flip evenly often, and both permutations have the same sign.

    That this is the whole group is the law of the cube (Bandelow, Einfuehrung in die Cubologie, 1981).
    """
    shares: dict[tuple[tuple[int, int], ...], Fraction] = {}
    corners, edges = _turning(8, 3), _turning(12, 2)
    for ((sign, one), share), ((other, two), more) in product(corners.items(), edges.items()):
        if sign == other:
            cycles = tuple(sorted((Counter(dict(one)) + Counter(dict(two))).items()))
            shares[cycles] = shares.get(cycles, Fraction(0)) + 2 * share * more
    return [of_points(share, cycles) for cycles, share in shares.items()]


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
            share = Fraction(ways * zero_sums * turns, turns**number * centraliser(cycles, 1))
            key = (-1) ** (n - number), tuple(sorted((+facelets).items()))
            found[key] = found.get(key, Fraction(0)) + share
    return found


def _moves(size: int, turns: int) -> list[Matrix]:
    """Translations of a grid with periodic edges, its places in rows, and a turn about the first place."""
    places = list(product(range(size), repeat=2))

    def moved(map_: Callable[[int, int], tuple[int, int]]) -> Matrix:
        return permutation([(row % size) * size + column % size for row, column in (map_(*one) for one in places)])

    elements = [moved(lambda row, column: (row + 1, column)), moved(lambda row, column: (row, column + 1))]
    if turns > 1:
        quarter: Callable[[int, int], tuple[int, int]] = lambda row, column: (-column, row)  # noqa: E731
        half: Callable[[int, int], tuple[int, int]] = lambda row, column: (-row, -column)  # noqa: E731
        elements.append(moved(quarter if turns == 4 else half))
    return elements


def _grid(n: int, turns: int) -> list[Part]:
    """Translations by v; half turns x -> v - x; quarter turns, whose squares are half turns about the same centre.

    On an odd grid every turn leaves one place. On an even one a half turn leaves four, if both entries of v are even, or
    none; a quarter turn leaves two, and its square four, if the sum of the entries of v is even, or none.
    """
    places = n * n
    share = Fraction(1, turns)
    orders = Counter(lcm(n // gcd(one, n), n // gcd(two, n)) for one, two in product(range(n), repeat=2))
    found = [of_points(share * many / places, [(order, places // order)]) for order, many in sorted(orders.items())]
    halves = [(Fraction(1), 1)] if n % 2 else [(Fraction(1, 4), 4), (Fraction(3, 4), 0)]
    quarters = [(Fraction(1), 1, 1)] if n % 2 else [(Fraction(1, 2), 2, 4), (Fraction(1, 2), 0, 0)]
    if turns > 1:
        found += [of_points(share * part, [(1, fixed), (2, (places - fixed) // 2)]) for part, fixed in halves]
    if turns == 4:
        found += [
            of_points(2 * share * part, [(1, fixed), (2, (square - fixed) // 2), (4, (places - square) // 4)])
            for part, fixed, square in quarters
        ]
    return found


ROWS = (
    Family(
        "Rubik",
        (),
        "Rubik's cube: quarter turns of its faces on 48 facelets",
        _quarter_turns,
        allowed=no_numbers,
        length=lambda: 48,
        alone=(),
        order=lambda: factorial(8) * 3**7 * factorial(12) * 2**10,
        classes=_cube_moves,
    ),
    Family(
        "Grid",
        ("n,turns",),
        "an n x n grid with periodic edges: translations, and turns by a whole turn over 1, 2 or 4",
        _moves,
        allowed=lambda numbers: two_numbers(numbers) and numbers[1] in (1, 2, 4),
        meaning="a size, and 1, 2 or 4 turns",
        length=lambda n, turns: n**2,
        classes=_grid,
    ),
)
