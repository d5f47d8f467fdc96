"""Means over connected groups by their roots: Weyl's integration formula, and the rule of Brauer and Klimyk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import add

from symshare.core.algebra.laurent import Laurent, unpacked, variables
from symshare.core.algebra.numbers import Number
from symshare.core.algebra.work import charge

__all__ = ["density", "invariants"]


@lru_cache(maxsize=256)
def density(roots: str, rank: int, degree: int) -> Laurent:
    """What a class function f is multiplied with before the constant term is read, f having weights of so many factors.

    Weyl's integration formula (The classical groups, 1939) has the product of 1 - z^a over all roots a, over the order of
    the Weyl group W; as f is W-invariant, the product over the positive roots gives the same, and that is, by Weyl's
    denominator formula, the sum over w in W of det(w) z^(rho - w rho). Terms that no weight of f can cancel are left out.
    """
    if roots == "T":
        return Laurent({0: 1})
    if roots == "C_k":
        return Laurent({rank * turns: 1 for turns in range(-(degree // rank), degree // rank + 1)})
    torus = variables(rank)
    rho, scale = _rho(roots, rank)
    if roots == "SL":
        # a weight may differ from zero by multiples of (1, .., 1): at most as far again
        return _alternating([*rho, 0], [*torus, -sum(torus)], 2 * degree, scale, roots)
    return _alternating(list(rho), torus, degree, scale, roots)


def _alternating(rho: list[int], torus: list[int], budget: int, scale: int, roots: str) -> Laurent:
    """The sum of det(w) z^((rho - w rho) / scale) over permutations w, with signs or without; long exponents left out."""
    found: dict[int, Number] = {}

    def place(left: list[int], exponent: int, sign: int, budget: int) -> None:
        if not left:
            found[exponent] = found.get(exponent, 0) + sign
            charge(len(rho))
            return
        at = len(rho) - len(left)
        for number, value in enumerate(left):
            for factor in (1, -1) if value and roots in ("B", "C", "D") else (1,):
                difference = (rho[at] - factor * value) // scale
                if abs(difference) <= budget:
                    parity = -1 if (number % 2 == 1) != (factor < 0 and roots != "D") else 1
                    rest = left[:number] + left[number + 1 :]
                    place(rest, exponent + difference * torus[at], sign * parity, budget - abs(difference))

    place(rho, 0, 1, budget)
    return Laurent(found)


def invariants(roots: str, rank: int, traces: Sequence[Laurent]) -> Number:
    """The mean of a product of torus polynomials that the Weyl group leaves alone, with the Haar measure of its roots.

    Irreducible characters are orthonormal: half of the factors and the conjugates of the others are decomposed, which
    takes far fewer weights than all factors in a row.
    """
    conjugates = [Laurent({-exponent: factor for exponent, factor in trace.terms.items()}) for trace in traces[1::2]]
    one, other = _decomposed(roots, rank, traces[::2]), _decomposed(roots, rank, conjugates)
    return sum((many * other[weight] for weight, many in one.items() if weight in other), start=0)


def _decomposed(roots: str, rank: int, traces: Iterable[Laurent]) -> dict[tuple[int, ...], Number]:
    """How often each irreducible character is in a product, by its highest weight plus rho.

    The product times the alternating sum of rho is a sum of alternating sums of dominant weights, and the factors are
    multiplied to it one by one (Brauer 1937, Klimyk 1968).
    """
    rho, scale = _rho(roots, rank)
    found: dict[tuple[int, ...], Number] = {rho: 1}
    for trace in traces:
        steps = [(unpacked(exponent, rank, scale), factor) for exponent, factor in trace.terms.items()]
        charge(len(found) * len(steps) * (rank + 10) // 4)  # in products of polynomials, which take less
        following: dict[tuple[int, ...], Number] = {}
        for weight, many in found.items():
            for step, factor in steps:
                sign, dominant = _dominant(roots, tuple(map(add, weight, step)))
                if sign:
                    following[dominant] = following.get(dominant, 0) + sign * many * factor
        found = {weight: many for weight, many in following.items() if many}
    return found


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
