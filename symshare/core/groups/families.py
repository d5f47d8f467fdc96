"""The groups that have a name: how each is generated, and how its name is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from symshare.core.algebra.arithmetic import read_number
from symshare.core.algebra.matrices import Matrix, diagonal, from_entries, from_rows, identity, permutation
from symshare.core.groups.group import AxisGroup

__all__ = ["FAMILIES", "Family", "PlaneC", "PlaneD", "Scale"]


def S(size: int) -> AxisGroup:  # noqa: N802
    """The symmetric group on so many values."""
    return _group("S", (size,), size, _symmetric(size))


def C(size: int) -> AxisGroup:  # noqa: N802
    """The cyclic group that shifts so many values around."""
    return _group("C", (size,), size, [permutation(_shift(size))])


def D(size: int) -> AxisGroup:  # noqa: N802
    """The dihedral group of a polygon's corners: shifts and the reversal."""
    return _group("D", (size,), size, [permutation(_shift(size)), permutation(range(size - 1, -1, -1))])


def B(size: int) -> AxisGroup:  # noqa: N802
    """Signed permutations: the symmetry group of a cube in so many dimensions."""
    flip = diagonal([-1] + [1] * (size - 1))
    return _group("B", (size,), size, [*_symmetric(size), flip])


def O(*numbers: int) -> AxisGroup:  # noqa: E743, N802
    """Rotations and reflections of R^d; with two numbers p, q those that keep a form with p plus and q minus signs."""
    if len(numbers) == 2:
        p, q = numbers
        own = [_beside(one, 0, p + q) for one in O(p).elements] + [_beside(one, p, p + q) for one in O(q).elements]
        return _group("O", numbers, p + q, own, [_boost(p, q)])
    (size,) = numbers
    return _group("O", numbers, size, B(size).elements, _turns(size))


def SO(*numbers: int) -> AxisGroup:  # noqa: N802
    """Rotations of R^d; with two numbers p, q the part of determinant 1 of O(p, q)."""
    if len(numbers) == 2:
        p, q = numbers
        flip = diagonal([-1 if place in (0, p) else 1 for place in range(p + q)])
        return _group("SO", numbers, p + q, [*_connected(p, q), flip], [_boost(p, q)])
    (size,) = numbers
    return _group("SO", numbers, size, _signed(size), _turns(size))


def SOplus(*numbers: int) -> AxisGroup:  # noqa: N802
    """The connected part of O(p, q): without reversals of time or space."""
    p, q = numbers
    return _group("SO+", numbers, p + q, _connected(p, q), [_boost(p, q)])


def Lorentz() -> AxisGroup:  # noqa: N802
    """O(1, 3): boosts and rotations of space-time, with reversals of time and space; the first axis value is time."""
    return replace(O(1, 3), name="Lorentz")


def Sp(size: int) -> AxisGroup:  # noqa: N802
    """Linear maps of R^(2d) that keep the symplectic form; positions first, then momenta."""
    half = size // 2
    swaps = [_twice(one) for one in _symmetric(half)]
    turn = permutation(
        [half, *range(1, half), 0, *range(half + 1, size)], [1 if place != half else -1 for place in range(size)]
    )
    algebra = [
        from_entries(size, {(0, 0): 1, (half, half): -1}),
        from_entries(size, {(0, half): 1}),
    ]
    if half > 1:
        algebra.append(from_entries(size, {(0, 1): 1, (half + 1, half): -1}))
    return _group("Sp", (size,), size, [*swaps, turn], algebra)


def GL(size: int) -> AxisGroup:  # noqa: N802
    """All invertible linear maps of R^d."""
    algebra = [from_entries(size, {(0, 0): 1})] + ([from_entries(size, {(0, 1): 1})] if size > 1 else [])
    return _group("GL", (size,), size, _symmetric(size), algebra)


def SL(size: int) -> AxisGroup:  # noqa: N802
    """Linear maps of R^d of determinant 1."""
    algebra = [from_entries(size, {(0, 0): 1, (1, 1): -1}), from_entries(size, {(0, 1): 1})] if size > 1 else []
    return _group("SL", (size,), size, _signed(size), algebra)


def U(size: int) -> AxisGroup:  # noqa: N802
    """Unitary maps of C^d as real matrices on R^(2d): real parts first, then imaginary parts."""
    i_first = {(0, size): -1, (size, 0): 1}
    phase = from_entries(2 * size, i_first | {(k, k): 1 for k in range(2 * size) if k not in (0, size)})
    algebra = [from_entries(2 * size, i_first)] + [_twice(one) for one in _turns(size)]
    return _group("U", (size,), 2 * size, [*(_twice(one) for one in _symmetric(size)), phase], algebra)


def SU(size: int) -> AxisGroup:  # noqa: N802
    """Unitary maps of C^d of determinant 1 as real matrices on R^(2d)."""
    algebra = [_twice(one) for one in _turns(size)]
    elements = [_twice(one) for one in _signed(size)]
    if size > 1:
        phases = {(0, size): -1, (size, 0): 1, (1, size + 1): 1, (size + 1, 1): -1}
        algebra.append(from_entries(2 * size, phases))
        rest = {(k, k): 1 for k in range(2 * size) if k % size > 1}
        elements.append(from_entries(2 * size, phases | rest))
    return _group("SU", (size,), 2 * size, elements, algebra)


def Trivial(size: int) -> AxisGroup:  # noqa: N802
    """Nothing acts: every value of the axis stands for itself."""
    return _group("Trivial", (size,), size, [])


def Scale(*weights: int) -> AxisGroup:  # noqa: N802
    """Scaling: one value for each weight w, all multiplied at once by alpha^w, for every alpha."""
    return _group("Scale", weights, len(weights), [], [diagonal(weights)])


def Cube() -> AxisGroup:  # noqa: N802
    """The 24 rotations of a cube, as matrices on R^3."""
    return _group("Cube", (), 3, [permutation([1, 0, 2], [1, -1, 1]), permutation([1, 2, 0])])


def Rubik() -> AxisGroup:  # noqa: N802
    """The group of Rubik's cube on its 48 movable facelets, generated by the quarter turns of its six faces.

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
    return _group("Rubik", (), len(faces), elements)


def PlaneC(order: int) -> AxisGroup:  # noqa: N802
    """Rotations of the plane by multiples of a whole turn over `order`, as 2 x 2 matrices."""
    return _group("PlaneC", (order,), 2, [_plane_turn(order)])


def PlaneD(order: int) -> AxisGroup:  # noqa: N802
    """Rotations of a regular polygon in the plane and the reflection of its second coordinate, as 2 x 2 matrices."""
    return _group("PlaneD", (order,), 2, [_plane_turn(order), diagonal([1, -1])])


def Grid(size: int, turns: int) -> AxisGroup:  # noqa: N802
    """A square grid with periodic edges, its size^2 places in rows: translations, and turns by 1/`turns` (1, 2 or 4)."""
    places = list(product(range(size), repeat=2))

    def moved(map_: Callable[[int, int], tuple[int, int]]) -> Matrix:
        return permutation([(row % size) * size + column % size for row, column in (map_(*one) for one in places)])

    elements = [moved(lambda row, column: (row + 1, column)), moved(lambda row, column: (row, column + 1))]
    if turns > 1:
        quarter: Callable[[int, int], tuple[int, int]] = lambda row, column: (-column, row)  # noqa: E731
        half: Callable[[int, int], tuple[int, int]] = lambda row, column: (-row, -column)  # noqa: E731
        elements.append(moved(quarter if turns == 4 else half))
    return _group("Grid", (size, turns), size * size, elements)


@dataclass(frozen=True, slots=True)
class Family:
    """How a group is made, how its arguments are written, and which values they may have."""

    make: Callable[..., AxisGroup]
    arguments: str
    least: int = 1
    allowed: Callable[[tuple[int, ...]], bool] = lambda numbers: len(numbers) == 1
    length: Callable[[tuple[int, ...]], int] = lambda numbers: numbers[0]
    meaning: str = "a size"


def _one_or_two(numbers: tuple[int, ...]) -> bool:
    return len(numbers) in (1, 2)


METRIC = "a size, or two from 1 up for a metric with plus and minus signs: (1,3)"

FAMILIES: dict[str, Family] = {
    "S": Family(S, "n"),
    "C": Family(C, "n"),
    "Z": Family(C, "n"),
    "D": Family(D, "n"),
    "B": Family(B, "n"),
    "O": Family(O, "d", allowed=_one_or_two, length=sum, meaning=METRIC),
    "SO": Family(SO, "d", allowed=_one_or_two, length=sum, meaning=METRIC),
    "SO+": Family(SOplus, "p,q", allowed=lambda numbers: len(numbers) == 2, length=sum, meaning="two sizes"),
    "Lorentz": Family(Lorentz, "", allowed=lambda numbers: not numbers, length=lambda numbers: 4),
    "Sp": Family(Sp, "2d", 2, lambda numbers: len(numbers) == 1 and numbers[0] % 2 == 0, meaning="an even dimension"),
    "SL": Family(SL, "d"),
    "GL": Family(GL, "d"),
    "U": Family(U, "d", length=lambda numbers: 2 * numbers[0]),
    "SU": Family(SU, "d", length=lambda numbers: 2 * numbers[0]),
    "Trivial": Family(Trivial, "n"),
    "Scale": Family(Scale, "1,1,2", -99, allowed=bool, length=len, meaning="a weight for each value"),
    "Cube": Family(Cube, "", allowed=lambda numbers: not numbers, length=lambda numbers: 3),
    "Rubik": Family(Rubik, "", allowed=lambda numbers: not numbers, length=lambda numbers: 48),
    "PlaneC": Family(PlaneC, "k", length=lambda numbers: 2, meaning="the number of turns"),
    "PlaneD": Family(PlaneD, "k", length=lambda numbers: 2, meaning="the number of turns"),
    "Grid": Family(
        Grid,
        "n,turns",
        allowed=lambda numbers: len(numbers) == 2 and numbers[1] in (1, 2, 4),
        length=lambda numbers: numbers[0] ** 2,
        meaning="a size, and 1, 2 or 4 turns",
    ),
}
"""The groups by name, as they are written in `--axis r=O(3)`."""


def _group(family: str, numbers: tuple[int, ...], size: int, elements: Any, algebra: Any = ()) -> AxisGroup:
    name = f"{family}({','.join(map(str, numbers))})" if numbers else family
    moving = tuple(dict.fromkeys(one for one in elements if one != identity(size)))
    return AxisGroup(name, size, moving, tuple(algebra), family, tuple(numbers))


def _shift(size: int) -> list[int]:
    return [*range(1, size), 0]


def _symmetric(size: int) -> list[Matrix]:
    """A transposition and the full cycle."""
    if size < 2:
        return []
    return [permutation([1, 0, *range(2, size)])] + ([permutation(_shift(size))] if size > 2 else [])


def _signed(size: int) -> list[Matrix]:
    """Generators of the signed permutations of determinant 1: a quarter turn, and the cycle with a sign if need be."""
    if size < 2:
        return []
    quarter = permutation([1, 0, *range(2, size)], [1, -1] + [1] * (size - 2))
    sign = 1 if size % 2 else -1
    return [quarter] + ([permutation(_shift(size), [1] * (size - 1) + [sign])] if size > 2 else [])


def _turns(size: int) -> list[Matrix]:
    """The infinitesimal rotation of the first two coordinates; the others follow by exchanging coordinates."""
    return [from_entries(size, {(0, 1): -1, (1, 0): 1})] if size > 1 else []


def _connected(p: int, q: int) -> list[Matrix]:
    return [_beside(one, 0, p + q) for one in _signed(p)] + [_beside(one, p, p + q) for one in _signed(q)]


def _boost(p: int, q: int) -> Matrix:
    return from_entries(p + q, {(0, p): 1, (p, 0): 1})


def _beside(one: Matrix, start: int, size: int) -> Matrix:
    """A matrix on some coordinates of more, the others left alone."""
    own = {(start + r, start + c): entry for r, row in enumerate(one.rows) for c, entry in row}
    return from_entries(size, {(k, k): 1 for k in range(size) if not start <= k < start + one.size} | own)


def _twice(one: Matrix) -> Matrix:
    """The same matrix on two halves."""
    own = {(r, c): entry for r, row in enumerate(one.rows) for c, entry in row}
    return from_entries(2 * one.size, own | {(r + one.size, c + one.size): entry for (r, c), entry in own.items()})


def _plane_turn(order: int) -> Matrix:
    angle = f"2*pi/{order}"
    return from_rows(
        [[f"cos({angle})", f"-sin({angle})"], [read_number(f"sin({angle})"), read_number(f"cos({angle})")]]
    )
