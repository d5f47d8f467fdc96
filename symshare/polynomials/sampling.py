"""Points on the variety of symmetric weights, in floating point: steps of Gauss and Newton onto the equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.errors import SymshareError, TooLargeError
from symshare.polynomials.equations import WeightEquations

__all__ = ["System", "numeric", "retract", "sample"]

MOST_CELLS = 4_000_000
"""Terms times weights; chosen, not measured."""

STEPS = 100
"""Steps after which a start is given up; those that succeed take about ten."""


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Polynomial equations in floating point: the powers of each term, its factor, and the equation it is in."""

    powers: Array
    factors: Array
    rows: Array
    equations: int

    def values(self, weights: Array) -> Array:
        """By how much each equation is missed."""
        return np.bincount(self.rows, self.factors * (weights**self.powers).prod(axis=1), minlength=self.equations)

    def jacobian(self, weights: Array) -> Array:
        """The gradients of the equations by the weights, (equations, weights)."""
        found = np.zeros((self.equations, len(weights)))
        for place in range(len(weights)):
            terms = np.flatnonzero(self.powers[:, place])
            powers = self.powers[terms].copy()
            times = powers[:, place] * self.factors[terms]
            powers[:, place] -= 1
            np.add.at(found[:, place], self.rows[terms], times * (weights**powers).prod(axis=1))
        return found


def numeric(equations: WeightEquations) -> System:
    """The equations in floating point."""
    powers, factors, rows = [], [], []
    for row, (left, right) in enumerate(equations.equations):
        for exponents, factor in (left - right).to_dict().items():
            powers.append(tuple(map(int, exponents)))
            factors.append(int(factor.p) / int(factor.q))
            rows.append(row)
    weights = equations.network.weights
    if len(rows) * weights > MOST_CELLS:
        raise TooLargeError(
            f"equations of {len(rows):,} terms in {weights:,} weights are too long\n  give smaller widths or a lower degree"
        )
    shape = (len(rows), weights)
    return System(
        np.array(powers, dtype=np.int64).reshape(shape),
        np.array(factors, dtype=float),
        np.array(rows, dtype=np.int64),
        len(equations.equations),
    )


def retract(system: System, weights: Array, *, steps: int = STEPS, tolerance: float = 1e-12) -> Array | None:
    """Weights near the given ones that solve the equations, by steps of Gauss and Newton.

    A step is the shortest that solves them to first order, damped by the square of what they are missed by (Levenberg 1944,
    Marquardt 1963): where the gradients are nearly dependent it would lead far away. None where they are not solved to the
    tolerance after so many steps.
    """
    found = weights
    for _ in range(steps):
        missed = system.values(found)
        size = float(missed @ missed)
        if not np.isfinite(size):
            return None
        if np.abs(missed).max(initial=0.0) < tolerance:
            return found
        slope = system.jacobian(found)
        damped = slope.T @ slope + size * np.eye(len(found))
        found = found - np.linalg.lstsq(damped, slope.T @ missed, rcond=1e-14)[0]
    return None


def sample(equations: WeightEquations, number: int, *, seed: int = 0) -> Array:
    """Weights that solve the equations, an array (number, weights), each found from a Gaussian start.

    Which component a start leads to depends on the start: all are found in time, none with a known probability. Raises
    SymshareError where starts do not lead to solutions.

    >>> from symshare.polynomials.equations import constraints
    >>> from symshare.polynomials.network import PolynomialNetwork
    >>> sample(constraints(PolynomialNetwork((2, 2, 2), 2), "a->a"), 3).shape
    (3, 8)
    """
    system = numeric(equations)
    random = np.random.default_rng(seed)
    found: list[Array] = []
    for _ in range(20 * number + 20):
        if len(found) == number:
            break
        one = retract(system, random.normal(size=equations.network.weights))
        if one is not None:
            found.append(one)
    if len(found) < number:
        raise SymshareError(
            f"of {20 * number + 20} starts {len(found)} led to weights that solve the equations, {number} are asked for\n"
            "  ask for fewer, or give another seed"
        )
    return np.array(found).reshape(number, equations.network.weights)
