"""Finite groups of rotations and reflections of the plane and of space."""

from __future__ import annotations

from fractions import Fraction

from symshare.core.algebra.arithmetic import read_number
from symshare.core.algebra.matrices import Matrix, diagonal, from_rows, permutation
from symshare.core.algebra.numbers import Number
from symshare.core.groups.family import Diagrams, Family, no_numbers
from symshare.core.groups.spectra import Part, Spectrum, of_weights

__all__ = ["ROWS"]


def _turn(order: int) -> Matrix:
    angle = f"2*pi/{order}"
    return from_rows(
        [[f"cos({angle})", f"-sin({angle})"], [read_number(f"sin({angle})"), read_number(f"cos({angle})")]]
    )


def _turns(order: int, share: Fraction = Fraction(1)) -> list[Part]:
    """Rotations of the plane by z, z^k = 1: the constant term is read from exponents modulo k."""
    return [Part(share, of_weights([1, -1]), "C_k", order)]


def _polygon(order: int) -> list[Part]:
    return [*_turns(order, Fraction(1, 2)), Part(Fraction(1, 2), of_weights([], 1, -1))]


def _icosahedron() -> list[Matrix]:
    """A third of a turn and half turns, which permute coordinates up to signs, and a fifth of a turn."""
    half, less = "(1 + sqrt(5))/4", "(sqrt(5) - 1)/4"
    fifth = from_rows([[less, f"-{half}", "1/2"], [half, "1/2", less], ["-1/2", less, half]])
    return [permutation([1, 2, 0]), diagonal([-1, -1, 1]), fifth]


def _icosahedral() -> list[Part]:
    """The identity, and turns by a half, a third, a fifth and two fifths: the trace is 1 + 2 cos of the angle."""
    golden, other = read_number("(1 + sqrt(5))/2"), read_number("(1 - sqrt(5))/2")
    classes: list[tuple[int, tuple[Number, ...]]] = [
        (1, (3,)),
        (15, (3, -1)),
        (20, (3, 0, 0)),
        (12, (3, golden, other, other, golden)),
        (12, (3, other, golden, golden, other)),
    ]
    return [Part(Fraction(many, 60), Spectrum(traces=traces)) for many, traces in classes]


ROWS = (
    Family(
        "PlaneC",
        ("k",),
        "rotations of the plane by multiples of a whole turn over k, as 2 x 2 matrices",
        lambda order: [_turn(order)],
        meaning="the number of turns",
        length=lambda order: 2,
        of_size=lambda size: (),
        order=lambda order: order,
        classes=_turns,
        diagrams=Diagrams.POWERS,
        whole_turn=lambda order: order,
    ),
    Family(
        "PlaneD",
        ("k",),
        "rotations of a regular k-gon in the plane and the reflection of its second coordinate",
        lambda order: [_turn(order), diagonal([1, -1])],
        meaning="the number of turns",
        length=lambda order: 2,
        of_size=lambda size: (),
        order=lambda order: 2 * order,
        classes=_polygon,
        diagrams=Diagrams.REAL_POWERS,
        whole_turn=lambda order: order,
    ),
    Family(
        "Cube",
        (),
        "the 24 rotations of a cube in space",
        lambda: [permutation([1, 0, 2], [1, -1, 1]), permutation([1, 2, 0])],
        allowed=no_numbers,
        length=lambda: 3,
        alone=(),
    ),
    Family(
        "Icosahedral",
        (),
        "the 60 rotations of an icosahedron in space, exact over sqrt(5); (0, 1, (1 + sqrt(5))/2) is a vertex",
        _icosahedron,
        allowed=no_numbers,
        length=lambda: 3,
        alone=(),
        order=lambda: 60,
        classes=_icosahedral,
        # up to five slots nothing else is invariant than under all rotations (Klein 1884): the first more has degree 6
        diagrams=Diagrams.MATCHINGS,
        enough=lambda slots: slots < 6,
        levi_civita=True,
    ),
)
