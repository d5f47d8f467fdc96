"""The equations between coefficients: those of like monomials, or of one layer's weights as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import factorial
from typing import Any

from symshare.errors import NotationError, SymshareError, TooLargeError
from symshare.polynomials.acting import Symmetry, act_on
from symshare.polynomials.expansion import Exponents, expand
from symshare.polynomials.network import PolynomialNetwork
from symshare.polynomials.ring import weight_ring

__all__ = ["COMPARE", "Equation", "compared", "unknown_weights"]

COMPARE = ("functions", "ordered", "additive", "entries")

MOST_EQUATIONS = 20_000
"""Equations that are written out; the 987 of full forms of widths 7,7 by entries take 0.14 s."""

MOST_COMPARED = 200_000
"""Terms of the outputs whose coefficients are compared; the 65,000 of widths 5,5,5,5 take 1 s."""

Equation = tuple[Any, Any]
"""Two polynomials in the weights that are equal."""


def unknown_weights(network: PolynomialNetwork, compare: str) -> tuple[int, ...]:
    """The weights that are there: with ordered indices only those whose inputs are in order."""
    return tuple(
        place
        for place, (_, _, column) in enumerate(network.names())
        if compare != "ordered" or tuple(sorted(column)) == column
    )


def compared(network: PolynomialNetwork, symmetry: Symmetry, compare: str) -> tuple[Equation, ...]:
    """The equations, each once, those between a polynomial and itself left out."""
    if compare not in COMPARE:
        raise NotationError(str(compare), 0, "is no way to compare coefficients", f"write {', '.join(COMPARE)}")
    if compare != "functions" and len(network.layers) > 1:
        raise SymshareError(
            f"coefficients of several layers are compared as functions, not by {compare}\n"
            "  give two widths, or compare='functions'"
        )
    if compare in ("entries", "additive"):
        _check_for_entries(network, symmetry)
        found = _by_entries(network, additive=compare == "additive")
    else:
        found = _by_functions(network, symmetry, ordered=compare == "ordered")
    kept: dict[tuple[str, str], Equation] = {}
    for left, right in found:
        difference = left - right
        if difference:
            scaled = difference / difference.leading_coefficient()
            kept.setdefault((str(scaled), ""), (left, right))
        if len(kept) > MOST_EQUATIONS:
            raise TooLargeError(
                f"over {MOST_EQUATIONS:,} equations\n  give smaller widths, a lower degree or fewer layers"
            )
    return tuple(kept.values())


def _by_functions(network: PolynomialNetwork, symmetry: Symmetry, *, ordered: bool) -> Iterator[Equation]:
    """The coefficient of each monomial of f_k(x), and that of its image in f_gk(gx), for each generator g."""
    if ordered:
        ring = weight_ring(network)
        weights = dict(zip(network.names(), ring.gens(), strict=True))
        outputs: list[dict[Exponents, Any]] = [{} for _ in range(network.widths[-1])]
        for (_, unit, column), weight in weights.items():
            if tuple(sorted(column)) == column:
                outputs[unit - 1][tuple(column.count(one) for one in range(1, network.widths[0] + 1))] = weight
    else:
        outputs = [dict(one) for one in expand(network, max_terms=MOST_COMPARED).outputs]
        ring = weight_ring(network)
    zero = ring.constant(0)
    for inner, outer in symmetry.generators:
        for unit, output in enumerate(outputs):
            image, sign = act_on(outer, unit)
            seen = set()
            for exponents, coefficient in output.items():
                moved = [0] * len(exponents)
                own = sign
                for place, power in enumerate(exponents):
                    to, one = act_on(inner, place)
                    moved[to] = power
                    own *= one**power
                seen.add(tuple(moved))
                yield outputs[image].get(tuple(moved), zero), coefficient if own > 0 else -coefficient
            for exponents, coefficient in outputs[image].items():
                if exponents not in seen:
                    yield coefficient, zero


def _check_for_entries(network: PolynomialNetwork, symmetry: Symmetry) -> None:
    """The note exchanges x_k and x_h, and looks at y_k and y_h alone: all permutations of inputs that are outputs too."""
    width = network.widths[0]
    alike = network.widths == (width, width) and all(inner == outer for inner, outer in symmetry.generators)
    if not alike or symmetry.signed or not _is_symmetric(symmetry):
        raise SymshareError(
            f"entries are compared where all permutations of the inputs permute the outputs alike, not under {symmetry}\n"
            "  take the symmetry a->a and as many outputs as inputs, or compare='functions'"
        )


def _is_symmetric(symmetry: Symmetry) -> bool:
    """Whether the generators, which are permutations, generate all permutations of the inputs.

    They do where exchanges of two values among them, and what other generators make of these, join all values.
    """
    moves = [inner for inner, _ in symmetry.generators]
    moved = [frozenset(place for place, to in enumerate(one) if place != to) for one in moves]
    pairs = dict.fromkeys(one for one in moved if len(one) == 2)
    queue = list(pairs)
    for pair in queue:
        for one in moves:
            image = frozenset(one[place] for place in pair)
            if image not in pairs:
                pairs[image] = None
                queue.append(image)
    joined = set(queue[0]) if queue else set[int]()
    for _ in range(symmetry.inputs):
        joined.update(*(pair for pair in queue if pair & joined))
    return len(joined) == symmetry.inputs or len(symmetry.elements) == factorial(symmetry.inputs)


def _by_entries(network: PolynomialNetwork, *, additive: bool) -> Iterator[Equation]:
    """y_k with x_k and x_h exchanged is y_h, weight by weight; products that the exchange only reorders are set aside, or
    give with `additive` the sum over their orders."""
    weights = dict(
        zip(((unit, column) for _, unit, column in network.names()), weight_ring(network).gens(), strict=True)
    )
    columns = network.layers[0].columns
    for k, h in combinations(range(1, network.widths[0] + 1), 2):
        sums: dict[tuple[int, ...], Equation] = {}
        for column in columns:
            moved = tuple(h if one == k else k if one == h else one for one in column)
            left, right = weights[k, moved], weights[h, column]
            product = tuple(sorted(column))
            if product != tuple(sorted(moved)) or moved == column:
                yield left, right
            elif product in sums:
                sums[product] = sums[product][0] + left, sums[product][1] + right
            else:
                sums[product] = left, right
        if additive:
            yield from sums.values()
