"""The classical groups on real values, and scalings."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symshare.core.algebra.laurent import variables
from symshare.core.algebra.matrices import Matrix, diagonal, from_entries, permutation
from symshare.core.groups.families.permutations import quarter_turns, transpositions
from symshare.core.groups.family import Diagrams, Family, Form, Numbers, no_numbers, nothing, one_number, two_numbers
from symshare.core.groups.spectra import Part, Spectrum, of_weights

__all__ = ["ROWS", "over_linear", "over_special", "rotation", "twice"]

MOST_RANK = 100
"""The rank of a group of which a torus is written out; rank 100 takes 0.4 s (`count -s 'r->r' -k 3 --axis 'r=SO(201)'`)."""

MOST_WEIGHT = 10**9
"""The largest weight of a scaling: sums of fewer than 2^17 fit the bits of an exponent (`laurent`)."""

METRIC = "a size, or two from 1 up for a metric with plus and minus signs: (1,3)"


def _one_or_two(numbers: Numbers) -> bool:
    return one_number(numbers) or two_numbers(numbers)


def _total(*numbers: int) -> int:
    return sum(numbers)


def _reflections(*numbers: int) -> list[Matrix]:
    """Signed permutations of the coordinates, of those with plus and those with minus signs apart."""
    if len(numbers) == 2:
        p, q = numbers
        return [_beside(one, 0, p + q) for one in _reflections(p)] + [_beside(one, p, p + q) for one in _reflections(q)]
    (d,) = numbers
    return [*transpositions(d), diagonal([-1] + [1] * (d - 1))]


def _proper(*numbers: int) -> list[Matrix]:
    """Those of determinant 1: under a metric both its parts may be turned over at once."""
    if len(numbers) == 1:
        return quarter_turns(*numbers)
    p, q = numbers
    return [*_connected(p, q), diagonal([-1 if place in (0, p) else 1 for place in range(p + q)])]


def _connected(p: int, q: int) -> list[Matrix]:
    return [_beside(one, 0, p + q) for one in quarter_turns(p)] + [_beside(one, p, p + q) for one in quarter_turns(q)]


def rotation(*numbers: int) -> list[Matrix]:
    """An infinitesimal rotation of two coordinates, or boost; the others follow by exchanging coordinates."""
    if len(numbers) == 2:
        p, q = numbers
        return [from_entries(p + q, {(0, p): 1, (p, 0): 1})]
    (d,) = numbers
    return [from_entries(d, {(0, 1): -1, (1, 0): 1})] if d > 1 else []


def _beside(one: Matrix, start: int, size: int) -> Matrix:
    """A matrix on some coordinates of more, the others left alone."""
    own = {(start + r, start + c): entry for r, row in enumerate(one.rows) for c, entry in row}
    return from_entries(size, {(k, k): 1 for k in range(size) if not start <= k < start + one.size} | own)


def twice(one: Matrix) -> Matrix:
    """The same matrix on two halves."""
    own = {(r, c): entry for r, row in enumerate(one.rows) for c, entry in row}
    return from_entries(2 * one.size, own | {(r + one.size, c + one.size): entry for (r, c), entry in own.items()})


def _canonical(size: int) -> list[Matrix]:
    """Exchanges of pairs of a position and a momentum, and a quarter turn of the first pair."""
    half = size // 2
    images = [half, *range(1, half), 0, *range(half + 1, size)]
    turn = permutation(images, [1 if place != half else -1 for place in range(size)])
    return [*(twice(one) for one in transpositions(half)), turn]


def _hamiltonian(size: int) -> list[Matrix]:
    half = size // 2
    algebra = [
        from_entries(size, {(0, 0): 1, (half, half): -1}),
        from_entries(size, {(0, half): 1}),
    ]
    return algebra + ([from_entries(size, {(0, 1): 1, (half + 1, half): -1})] if half > 1 else [])


def _metric(*numbers: int) -> Form | None:
    if len(numbers) == 1:
        return None
    p, q = numbers
    return Form(f"g{p}{q}", f"metric with {p} plus and {q} minus signs", diagonal([1] * p + [-1] * q), 1)


def _symplectic_form(size: int) -> Form:
    half = size // 2
    entries = {(k, half + k): 1 for k in range(half)} | {(half + k, k): -1 for k in range(half)}
    return Form(f"J{size}", "symplectic form", from_entries(size, entries), -1)


def _both_ways(exponents: list[int]) -> list[int]:
    return exponents + [-one for one in exponents]


def _rotations(*numbers: int, share: Fraction = Fraction(1)) -> list[Part] | None:
    """SO(d), of type B (d odd) or D (d even); also for SO(p, q), whose polynomial invariants are the same."""
    rank, odd = divmod(sum(numbers), 2)
    if rank > MOST_RANK:
        return None
    weights = _both_ways(variables(rank))
    return [Part(share, of_weights(weights, *[1] * odd), "B" if odd else "D", rank)]


def _orthogonal(*numbers: int) -> list[Part] | None:
    """SO(d) and the coset of reflections: minus SO(d) for odd d; else 1, -1 and a torus with the roots of Sp(d - 2)."""
    half = Fraction(1, 2)
    turning = _rotations(*numbers, share=half)
    rank, odd = divmod(sum(numbers), 2)
    if turning is None:
        return None
    if not odd:
        return [*turning, Part(half, of_weights(_both_ways(variables(rank - 1)), 1, -1), "C", rank - 1)]
    minus = Spectrum(tuple((length, -sign, exponent, 1) for length, sign, exponent, _ in turning[0].spectrum.cycles))
    return [*turning, Part(half, minus, "B", rank)]


def _symplectic(size: int) -> list[Part] | None:
    rank = size // 2
    return [Part(Fraction(1), of_weights(_both_ways(variables(rank))), "C", rank)] if rank <= MOST_RANK else None


def over_linear(d: int) -> list[Part] | None:
    """GL(d), by the unitarian trick the same means as over U(d)."""
    return [Part(Fraction(1), of_weights(variables(d)), "A", d)] if d <= MOST_RANK else None


def over_special(d: int) -> list[Part] | None:
    """SL(d): the last eigenvalue is the inverse product of the others."""
    torus = variables(min(d, MOST_RANK + 2) - 1)
    weights = [*torus, -sum(torus)]
    return [Part(Fraction(1), of_weights(weights), "SL", len(torus))] if len(weights) <= MOST_RANK else None


def _scaling(*weights: int) -> list[Part] | None:
    return [Part(Fraction(1), of_weights(weights), "T", 1)] if max(map(abs, weights)) <= MOST_WEIGHT else None


ORTHOGONAL = Family(
    "O",
    ("d", "p,q"),
    "rotations and reflections of d values; all that keeps a metric with p plus and q minus signs",
    _reflections,
    rotation,
    allowed=_one_or_two,
    meaning=METRIC,
    length=_total,
    classes=_orthogonal,
    diagrams=Diagrams.MATCHINGS,
    form=_metric,
    permuted=lambda slots, *numbers: len(numbers) == 1 and slots <= 2 * numbers[0],
)

ROWS = (
    ORTHOGONAL,
    Family(
        "SO",
        ("d", "p,q"),
        "rotations of d values; the part of O(p,q) of determinant 1",
        _proper,
        rotation,
        allowed=_one_or_two,
        meaning=METRIC,
        length=_total,
        classes=_rotations,
        diagrams=Diagrams.MATCHINGS,
        form=_metric,
        levi_civita=True,
    ),
    Family(
        "SO+",
        ("p,q",),
        "the connected part of O(p,q), without reversals of time or space",
        _connected,
        rotation,
        allowed=two_numbers,
        meaning="two sizes",
        length=_total,
        classes=_rotations,
        diagrams=Diagrams.MATCHINGS,
        form=_metric,
        levi_civita=True,
    ),
    replace(
        ORTHOGONAL,
        name="Lorentz",
        arguments=(),
        acts="O(1,3): boosts and rotations of space-time, reversals of time and space; the first value is time",
        allowed=no_numbers,
        alone=(1, 3),
    ),
    Family(
        "Sp",
        ("2d",),
        "linear maps that keep the symplectic form: d positions first, then d momenta",
        _canonical,
        _hamiltonian,
        allowed=lambda numbers: one_number(numbers) and numbers[0] % 2 == 0,
        meaning="an even dimension",
        classes=_symplectic,
        diagrams=Diagrams.MATCHINGS,
        form=_symplectic_form,
    ),
    Family(
        "SL",
        ("d",),
        "linear maps of d values of determinant 1",
        quarter_turns,
        lambda d: [from_entries(d, {(0, 0): 1, (1, 1): -1}), from_entries(d, {(0, 1): 1})] if d > 1 else [],
        classes=over_special,
        diagrams=Diagrams.DUAL_MATCHINGS,
        levi_civita=True,
    ),
    Family(
        "GL",
        ("d",),
        "all invertible linear maps of d values",
        transpositions,
        lambda d: [from_entries(d, {(0, 0): 1})] + ([from_entries(d, {(0, 1): 1})] if d > 1 else []),
        classes=over_linear,
        diagrams=Diagrams.DUAL_MATCHINGS,
    ),
    Family(
        "Scale",
        ("1,1,2",),
        "scaling: for each weight w one value, all at once multiplied by alpha^w, for every alpha",
        nothing,
        lambda *weights: [diagonal(weights)],
        allowed=lambda numbers: len(numbers) > 0 and min(numbers) >= -99,
        meaning="a weight for each value",
        length=lambda *weights: len(weights),
        of_size=lambda size: (),
        classes=_scaling,
    ),
)
