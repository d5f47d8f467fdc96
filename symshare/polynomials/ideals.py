"""A Groebner basis of the equations on the weights, where one is found in the time given, and the dimension it tells."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, lcm
from pathlib import Path
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.errors import NotationError, TooLargeError, plural
from symshare.polynomials.equations import WeightEquations, check_equations
from symshare.polynomials.network import PolynomialNetwork
from symshare.polynomials.ring import reduced, weight_ring
from symshare.polynomials.written import polynomial_text

__all__ = ["GroebnerBasis", "groebner", "largest_free"]

MOST_UNKNOWNS = 40
"""Weights of a Groebner basis; with 18 (`variety --symmetry 'a->a' --widths 3,3,3`) none is found in 40 s already."""


@dataclass(frozen=True, slots=True, eq=False)
class GroebnerBasis(Noun):
    """A reduced Groebner basis of the equations on the weights (graded reverse lexicographic), as flint polynomials.

    `dimension` is that of all complex solutions, -1 where there are none: the largest number of weights of which no
    leading monomial is a product.
    """

    network: PolynomialNetwork
    polynomials: tuple[Any, ...]
    dimension: int

    __reduce__ = reduced

    def __repr__(self) -> str:
        return brief("GroebnerBasis", plural(len(self.polynomials), "polynomial"), f"dimension={self.dimension}")

    def to_dict(self) -> dict[str, Any]:
        """The polynomials as texts, and the dimension."""
        names = self.network.names()
        return {"dimension": self.dimension, "basis": [polynomial_text(one, names) for one in self.polynomials]}

    def tables(self) -> tuple[Table, ...]:
        """One row for each polynomial, long ones cut."""
        names = self.network.names()
        title = f"Groebner basis: {plural(len(self.polynomials), 'polynomial')}; dimension {self.dimension}"
        return (first(title, (), self.polynomials, lambda one: (polynomial_text(one, names, 200),)),)


def groebner(equations: WeightEquations, *, seconds: float = 60.0) -> GroebnerBasis:
    """A Groebner basis of the equations, over the rationals, found by Buchberger's algorithm in a process of its own.

    Raises NotationError where `seconds` is no number from 0 to a million; TooLargeError where no basis is found in that
    time or in 2 GiB, and for over 40 weights.

    >>> from symshare.polynomials.equations import constraints
    >>> groebner(constraints(PolynomialNetwork((2, 2, 2), 2), "a->a"))
    GroebnerBasis(10 polynomials, dimension=5)
    """
    check_equations(equations)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds < 1e6:
        raise NotationError(str(seconds), 0, "is no time", "give seconds, more than 0: 60")
    until = time.monotonic() + seconds
    network = equations.network
    if network.weights > MOST_UNKNOWNS:
        raise TooLargeError(
            f"a Groebner basis in {network.weights:,} weights, over {MOST_UNKNOWNS}\n  give smaller widths or fewer layers"
        )
    asked = {
        "variables": network.weights,
        "polynomials": [_whole((left - right).to_dict()) for left, right in equations.equations],
    }
    program = Path(__file__).with_name("buchberger.py")
    try:
        done = subprocess.run(  # the command is Python itself and a file of this package
            [sys.executable, "-P", str(program)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise _unfinished(f"{seconds:g} seconds", f"give it more than {seconds:g} seconds, or smaller widths") from None
    found = json.loads(done.stdout) if done.returncode == 0 else None
    if found is None:
        raise _unfinished("2 GiB of memory", "give smaller widths")
    ring = weight_ring(network)
    polynomials = tuple(ring.from_dict({tuple(key): int(value) for key, value in one}) for one in found)
    supports = [frozenset(place for place, power in enumerate(_leading(one)) if power) for one in polynomials]
    free = largest_free(supports, network.weights, until=until)
    if free is None:
        said = f"the dimension by a Groebner basis of {plural(len(polynomials), 'polynomial')} is not found"
        raise TooLargeError(
            f"{said} in {seconds:g} seconds\n  give it more than {seconds:g} seconds, or smaller widths"
        )
    return GroebnerBasis(network, polynomials, free)


def _unfinished(what: str, cure: str) -> TooLargeError:
    return TooLargeError(f"no Groebner basis is found in {what}\n  {cure}; dimensions by rank need none")


def _whole(terms: dict[tuple[int, ...], Any]) -> list[tuple[list[int], str]]:
    """The terms of a polynomial times what makes their factors whole."""
    below = lcm(*(int(factor.q) for factor in terms.values()))
    return [
        (list(map(int, exponents)), str(int(factor.p) * below // int(factor.q))) for exponents, factor in terms.items()
    ]


def _leading(polynomial: Any) -> tuple[int, ...]:
    return tuple(map(int, polynomial.monomial(0)))


def largest_free(supports: Sequence[frozenset[int]], number: int, *, until: float = inf) -> int | None:
    """The most of `number` variables of which no support is a part (Cox, Little, O'Shea, Ideals, varieties, and algorithms).

    None where it is not found before the clock, `time.monotonic()`, says `until`.

    >>> largest_free([frozenset({0, 1}), frozenset({1, 2})], 3)  # 0 and 2
    2
    """
    if frozenset() in supports:
        return -1
    best = number

    def removed(left: list[frozenset[int]], gone: int) -> None:
        nonlocal best
        # Supports that share nothing need a variable each.
        if gone + _apart(left) >= best or time.monotonic() > until:
            return
        if not left:
            best = gone
            return
        for variable in min(left, key=len):
            removed([one for one in left if variable not in one], gone + 1)

    minimal = [one for one in set(supports) if not any(other < one for other in supports)]
    removed(sorted(minimal, key=lambda one: (len(one), sorted(one))), 0)
    return number - best if time.monotonic() <= until else None


def _apart(supports: Sequence[frozenset[int]]) -> int:
    """How many supports without a common variable are met one after another."""
    seen: set[int] = set()
    found = 0
    for one in supports:
        if not one & seen:
            seen |= one
            found += 1
    return found
