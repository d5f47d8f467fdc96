"""Whether a network that is equivariant as a whole is equivariant layer by layer: quadratic networks of one hidden layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.signature import Signature
from symshare.errors import NotationError, SymshareError
from symshare.polynomials.acting import Symmetry, act_on, find_symmetry
from symshare.polynomials.dimensions import tangent_dimension
from symshare.polynomials.modular import PRIMES
from symshare.polynomials.network import PolynomialNetwork, check_network

__all__ = ["Verdict", "Witness", "is_equivariant", "is_layerwise", "is_proved", "verdict"]

Rows = tuple[tuple[int, ...], ...]

DIFFERENCES: Rows = ((1, -1, 0), (1, 1, -2))
"""Two forms whose squares, three times and once, add up to four times that of the distance to the mean of three numbers,
each by three."""

_SQUARES = (
    "f_k is sum_i (x_i - mean)^2, a quadratic form on the plane x1 + x2 + x3 = 0 without two lines that S_3 permutes"
)
_REASONS = {
    (
        2,
        2,
    ): "yes: A_1 and A_2 are diagonal in one basis. If they are independent it is unique up to order and scale, so "
    "exchanging x1 and x2 permutes it; else A_2 is A_1, a sum of (x1 + x2)^2 and (x1 - x2)^2, or -A_1, a multiple of "
    "x1^2 - x2^2",
    (2, 3): "yes: a pair (p, q), (q, p) gives all a x1^2 + b x2^2 + c x1 x2 with |c| < |a + b| or c = a + b = 0, and a "
    "multiple of (x1 + x2)^2 or (x1 - x2)^2 beside it brings any other there",
    (2, 4): "yes: three hidden units are enough",
    (
        3,
        2,
    ): f"no: {_SQUARES}, while layer by layer two units give multiples of (x1 + x2 + x3)^2 only; not over the complex "
    "numbers, and not in the limit",
    (
        3,
        3,
    ): "no: f_k is a form of signature (2, 1), the same for each k; three lines that S_3 permutes and that span the "
    "space are one orbit, whose squares have one sign. Over the complex numbers it is",
    (
        3,
        4,
    ): "no: f_k has a term S (x_k - mean), S = x1 + x2 + x3, and none in the squares (x_k - mean)^2; an orbit of lines "
    "p x_k + q S gives the first only with the second. In the limit it is",
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Weights of a network of one hidden layer whose function is equivariant: first layer row by row, then second."""

    network: PolynomialNetwork
    first: Rows
    second: Rows
    tangent: int
    """The dimension of all solutions near it, to first order."""

    @property
    def weights(self) -> tuple[int, ...]:
        """All weights, layer by layer."""
        return tuple(one for matrix in (self.first, self.second) for row in matrix for one in row)


@dataclass(frozen=True, slots=True)
class Verdict(Noun):
    """Whether equivariance as a whole forces equivariance layer by layer, for the weights, and for the function.

    For the weights: whether all weights with an equivariant function are permuted by the group, up to scaling hidden units:
    they never are, as `weights` shows. For the function: whether some weights of the same width with that function are;
    `functions` is a counterexample over the reals, or None where they always are; `reason` proves it.
    """

    weights: Witness
    functions: Witness | None
    reason: str

    def __repr__(self) -> str:
        return brief("Verdict", self.weights.network.described, "no" if self.functions else "yes")

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain values."""
        return {
            "weights_forced": False,
            "weights_witness": [list(map(list, part)) for part in (self.weights.first, self.weights.second)],
            "weights_solutions": self.weights.tangent,
            "functions_forced": self.functions is None,
            "functions_witness": None
            if self.functions is None
            else [list(map(list, part)) for part in (self.functions.first, self.functions.second)],
            "reason": self.reason,
        }

    def tables(self) -> tuple[Table, ...]:
        """What is forced, why, and the witness."""
        title = "Does equivariance as a whole force it layer by layer?"
        found = self.weights
        rows = (
            (
                "of the weights",
                f"no: these are on no family above, with {found.tangent} dimensions of solutions near them",
            ),
            ("", f"first layer {_written(found.first)}, second {_written(found.second)}"),
            ("of the function", self.reason),
        )
        return (Table(title, (), rows),)


def _written(rows: Rows) -> str:
    return "; ".join(" ".join(map(str, row)) for row in rows)


def verdict(network: PolynomialNetwork) -> Verdict:
    """The answer for quadratic networks from 2 or 3 inputs to as many outputs, under permutations, with 2 to 4 hidden units.

    Raises SymshareError for other networks: the proofs are for these.

    >>> found = verdict(PolynomialNetwork((3, 2, 3), 2))
    >>> found.functions.first, found.functions.second[0]
    (((1, -1, 0), (1, 1, -2)), (3, 1))
    """
    check_network(network)
    if not is_proved(network, "a->a"):
        raise SymshareError(
            f"for {network.described} it is not known whether layers must be equivariant\n"
            "  it is proved for widths 2,h,2 and 3,h,3 with h = 2, 3, 4, degree 2, without a constant input"
        )
    inputs, hidden, _ = network.widths
    first, second = _two(hidden) if inputs == 2 else _three(hidden)
    symmetry = find_symmetry(network, "a->a")
    weights = np.array([one for matrix in (first, second) for row in matrix for one in row])
    tangent = min(tangent_dimension(network, symmetry, weights % prime, prime) for prime in PRIMES)
    witness = Witness(network, first, second, tangent)
    return Verdict(witness, witness if inputs == 3 else None, _REASONS[inputs, hidden])


def is_proved(network: PolynomialNetwork, symmetry: Signature | str) -> bool:
    """Whether `verdict` has the answer for a network: under all permutations of its inputs and outputs alike."""
    plain = network.form == "linear" and not network.constant and network.exponents == (2,)
    shape = len(network.widths) == 3 and network.widths[0] == network.widths[-1]
    return plain and shape and str(symmetry) == "a->a" and not _grouped(symmetry) and network.widths[:2] in _REASONS


def _grouped(symmetry: Signature | str) -> bool:
    return not isinstance(symmetry, str) and bool(symmetry.named_groups)


def _two(hidden: int) -> tuple[Rows, Rows]:
    """For two hidden units 3 x1^2 + (x1 + 2 x2)^2 = 4 (x1^2 + x1 x2 + x2^2); for more, squares that span all forms."""
    if hidden == 2:
        return ((1, 0), (1, 2)), ((3, 1), (3, 1))
    more = ((1, 1),) * (hidden - 3)
    return ((1, 0), (0, 1), (1, 2), *more), ((1, -1, 1) + (1,) * len(more), (2, -2, 1) + (1,) * len(more))


def _three(hidden: int) -> tuple[Rows, Rows]:
    """The functions of `_REASONS`: with S the sum and y1, y2 the differences, for four units the squares of S + y, S - y."""
    if hidden == 2:
        return DIFFERENCES, ((3, 1),) * 3
    if hidden == 3:
        return (*DIFFERENCES, (1, 1, 1)), ((3, 1, -1),) * 3
    return ((2, 0, 1), (0, 2, 1), (2, 2, -1), (0, 0, 3)), ((6, 0, 2, 0), (0, 6, 2, 0), (3, 3, -1, 3))


def is_equivariant(network: PolynomialNetwork, symmetry: Symmetry, weights: Sequence[int | Fraction]) -> bool:
    """Whether the function of exact weights is equivariant, coefficient by coefficient."""
    from flint import fmpq

    from symshare.polynomials.comparing import compared

    at = [fmpq(Fraction(one).numerator, Fraction(one).denominator) for one in weights]
    return all(left(*at) == right(*at) for left, right in compared(network, symmetry, "functions"))


def is_layerwise(
    network: PolynomialNetwork, symmetry: Symmetry, first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]
) -> bool:
    """Whether each generator permutes the hidden units of exact weights, up to scaling each by any factor.

    For one hidden layer without a constant input and with a power as activation. A unit that is scaled by t is seen by the
    next layer t^degree times.
    """
    if len(network.widths) != 3 or network.constant or network.form == "full" or not network.homogeneous:
        raise NotationError(network.described, 0, "is no network of one hidden layer with a power", "give widths 3,4,3")
    power = network.exponents[0]
    return all(
        any(_matches(first, second, inner, outer, images, power) for images in permutations(range(len(first))))
        for inner, outer in symmetry.generators
    )


def _matches(
    first: Sequence[Sequence[int]],
    second: Sequence[Sequence[int]],
    inner: tuple[int, ...],
    outer: tuple[int, ...],
    images: Sequence[int],
    power: int,
) -> bool:
    """Whether a generator takes unit j to unit images[j], up to a factor."""
    for unit, image in enumerate(images):
        row = _moved(first[unit], inner)
        column = _moved([line[unit] for line in second], outer)
        other = [line[image] for line in second]
        times = next(_ratios(row, first[image]), None)
        if times is None or any(one != times**power * more for one, more in zip(other, column, strict=True)):
            return False
    return True


def _ratios(row: Sequence[int], other: Sequence[int]) -> Iterator[Fraction]:
    """The factor by which one row is another, if there is one; zero rows are alike."""
    pivot = next((place for place, one in enumerate(other) if one), None)
    if pivot is None:
        if not any(row):
            yield Fraction(1)
        return
    times = Fraction(row[pivot], other[pivot])
    if times and all(one == times * more for one, more in zip(row, other, strict=True)):
        yield times


def _moved(row: Sequence[int], moves: tuple[int, ...]) -> list[int]:
    """A row of values, each gone to where a signed permutation takes it."""
    found = [0] * len(row)
    for place, value in enumerate(row):
        image, sign = act_on(moves, place)
        found[image] = sign * value
    return found
