"""Points on the variety of symmetric weights, in floating point: steps of Gauss and Newton onto the equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.errors import NotationError, SymshareError, TooLargeError
from symshare.polynomials.equations import WeightEquations, check_equations
from symshare.polynomials.expansion import expand
from symshare.polynomials.network import PolynomialNetwork, is_whole

__all__ = ["System", "coefficients", "numeric", "retract", "sample"]

MOST_CELLS = 4_000_000
"""Terms times weights; chosen, not measured."""

MOST_SAMPLES = 100_000
"""Weights that are asked for at once; chosen, not measured."""

STEPS = 100
"""Steps after which a start is given up; those that succeed take about ten."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Polynomials in floating point: of each term the weights in it and their powers (filled up with powers 0), the factor, and
    the polynomial it is in."""

    places: Array
    powers: Array
    factors: Array
    rows: Array
    equations: int
    weights: int

    def values(self, weights: Array) -> Array:
        """The value of each: by how much an equation is missed."""
        terms = self.factors * (weights[self.places] ** self.powers).prod(axis=1)
        return np.bincount(self.rows, terms, minlength=self.equations)

    def jacobian(self, weights: Array) -> Array:
        """Their gradients by the weights, (equations, weights)."""
        own = weights[self.places]
        parts = own**self.powers
        ones = np.ones((len(parts), 1))
        before = np.hstack([ones, parts[:, :-1]]).cumprod(axis=1)
        after = np.hstack([parts[:, 1:], ones])[:, ::-1].cumprod(axis=1)[:, ::-1]
        slopes = self.factors[:, None] * self.powers * own ** np.maximum(self.powers - 1, 0) * before * after
        cells = self.rows[:, None] * self.weights + self.places
        found = np.bincount(cells.ravel(), slopes.ravel(), minlength=self.equations * self.weights)
        return found.reshape(self.equations, self.weights)


def numeric(equations: WeightEquations) -> System:
    """The equations in floating point: the differences of their sides."""
    return _system([left - right for left, right in equations.equations], equations.network.weights)


def coefficients(network: PolynomialNetwork) -> System:
    """All coefficients of the outputs in floating point."""
    outputs = expand(network, max_terms=MOST_CELLS).outputs
    return _system([one for output in outputs for one in output.values()], network.weights)


def _system(polynomials: Sequence[Any], weights: int) -> System:
    powers, factors, rows = [], [], []
    number = sum(map(len, polynomials))
    if number * weights > MOST_CELLS:
        raise TooLargeError(
            f"polynomials of {number:,} terms in {weights:,} weights are too long\n  give smaller widths or a lower degree"
        )
    for row, polynomial in enumerate(polynomials):
        for exponents, factor in polynomial.to_dict().items():
            powers.append({place: int(power) for place, power in enumerate(exponents) if power})
            factors.append(int(factor.p) / int(factor.q))
            rows.append(row)
    longest = max(map(len, powers), default=0)
    filled = [[*one.items(), *[(0, 0)] * (longest - len(one))] for one in powers]
    pairs = np.array(filled, dtype=np.int64).reshape(number, longest, 2)
    return System(
        pairs[..., 0],
        pairs[..., 1],
        np.array(factors, dtype=float),
        np.array(rows, dtype=np.int64),
        len(polynomials),
        weights,
    )


def retract(
    system: System,
    function: System,
    weights: Array,
    *,
    steps: int = STEPS,
    tolerance: float = 1e-12,
    keep: bool = False,
) -> Array | None:
    """Weights near the given ones that solve the equations, by steps of Gauss and Newton.

    A step is the shortest that solves them to first order, damped by the square of what they are missed by (Levenberg 1944,
    Marquardt 1963): where the gradients are nearly dependent it would lead far away. With `keep` the length of the
    coefficients of the function stays what it is. None where after so many steps an equation is missed by more than the
    tolerance times the largest coefficient: a small function misses them by little, whatever it is.
    """
    found = weights
    wanted = function.values(weights) if keep else np.zeros(0)
    for _ in range(steps):
        values, own = system.values(found), function.values(found)
        missed = np.append(values, own @ own - wanted @ wanted) if keep else values
        size = float(missed @ missed)
        if not np.isfinite(size):
            return None
        if np.abs(values).max(initial=0.0) <= tolerance * np.abs(own).max(initial=0.0):
            return found
        slope = system.jacobian(found)
        if keep:
            slope = np.vstack([slope, 2 * own @ function.jacobian(found)])
        damped = slope.T @ slope + size * np.eye(len(found))
        found = found - np.linalg.lstsq(damped, slope.T @ missed, rcond=1e-14)[0]
    return None


def sample(equations: WeightEquations, number: int, *, seed: int = 0) -> Array:
    """Weights that solve the equations, an array (number, weights), each found from a Gaussian start.

    Which component a start leads to depends on the start: all are found in time, none with a known probability. Weights whose
    function is zero solve the equations too, often in more dimensions than others: they are left out, as the coefficients
    keep the length that they have at the start.

    Raises NotationError for a number or a seed that is no whole number, TooLargeError for over 100,000 and for too long
    equations, SymshareError where starts do not lead to solutions.

    >>> from symshare.polynomials.equations import constraints
    >>> from symshare.polynomials.network import PolynomialNetwork, is_whole
    >>> sample(constraints(PolynomialNetwork((2, 2, 2), 2), "a->a"), 3).shape
    (3, 8)
    """
    check_equations(equations)
    for what, value in (("number", number), ("seed", seed)):
        if not is_whole(value) or value < 0:
            raise NotationError(str(value), 0, f"is no {what}", "give a whole number, 0 or more")
    if number > MOST_SAMPLES:
        raise TooLargeError(f"{number:,} samples, over {MOST_SAMPLES:,}\n  ask for fewer at once, with several seeds")
    network = equations.network
    system, function = numeric(equations), coefficients(network)
    random = np.random.default_rng(seed)
    found: list[Array] = []
    for _ in range(20 * number + 20):
        if len(found) == number:
            break
        one = retract(system, function, random.normal(size=network.weights), keep=True)
        if one is not None:
            found.append(one)
    if len(found) < number:
        raise SymshareError(
            f"of {20 * number + 20} starts {len(found)} led to weights that solve the equations, with a function that is "
            f"not zero; {number} are asked for\n  ask for fewer, or give another seed"
        )
    return np.array(found).reshape(number, network.weights)
