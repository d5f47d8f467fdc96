"""How many terms a network has, written out, without writing it out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import comb

from symshare.errors import TooLargeError, amount
from symshare.polynomials.network import Layer, PolynomialNetwork

__all__ = ["MOST_STATES", "count_terms"]

MOST_STATES = 100_000
"""Exponents of the units of one layer that are looked at; as many take 4 s (`count_terms` of widths 6,6,6,6)."""

MOST_PRODUCTS = 100
"""Products of terms of two sums for each state that is looked at; chosen, not measured."""


def count_terms(network: PolynomialNetwork) -> int:
    """The terms of one output as a polynomial in the inputs and the weights, like terms collected.

    A term is a choice of weights of the last layer, which says how often each unit below is a factor, times a term of that
    product. Different choices give different terms and, as each layer's own weights are independent, none cancels: so the
    number is a sum over exponents, and nothing is multiplied out.

    Raises TooLargeError where there are too many exponents to look at: there are at least as many terms.

    >>> count_terms(PolynomialNetwork((3, 3, 3), 2))  # 3 squares of forms in 3 variables
    18
    """

    @lru_cache(maxsize=None)
    def terms(place: int, exponents: tuple[int, ...]) -> int:
        """Terms of a product of powers of the units of a layer, before its activation."""
        if place < 0:
            return 1
        layer = network.layers[place]
        total = 0
        for below, ways in _margins(network, layer, place, exponents).items():
            total += ways * _activated(place - 1, below)
        return total

    @lru_cache(maxsize=None)
    def _activated(place: int, exponents: tuple[int, ...]) -> int:
        """Terms of a product of powers of the outputs of a layer, after its activation."""
        if place < 0 or network.form == "full":
            return terms(place, exponents)
        choices: list[tuple[int, ...]] = [()]
        for exponent in exponents:
            choices = [(*one, power) for one in choices for power in _powers(network, exponent)]
            _check(len(choices))
        return sum(terms(place, choice) for choice in choices)

    last = network.layers[-1]
    first = (1,) + (0,) * (last.units - 1)
    return terms(len(network.layers) - 1, first)


def _margins(
    network: PolynomialNetwork, layer: Layer, place: int, exponents: Iterable[int]
) -> dict[tuple[int, ...], int]:
    """How often the units below are factors, and in how many ways: a complete homogeneous polynomial for each unit."""
    width = network.widths[place]
    total = {(0,) * width: 1}
    for exponent in exponents:
        if exponent:
            _check(comb(exponent + width - 1, width - 1) if not network.constant else comb(exponent + width, width))
            total = _multiplied(total, _complete(layer.columns, width, exponent))
    return total


def _complete(columns: tuple[tuple[int, ...], ...], width: int, exponent: int) -> dict[tuple[int, ...], int]:
    """The complete homogeneous polynomial of a degree in the columns, as `{how often each input: ways}`."""
    rows: list[dict[tuple[int, ...], int]] = [{(0,) * width: 1}] + [{} for _ in range(exponent)]
    for column in columns:
        step = tuple(column.count(number) for number in range(1, width + 1))
        for degree in range(1, exponent + 1):
            target = rows[degree]
            for one, ways in rows[degree - 1].items():
                moved = tuple(map(sum, zip(one, step, strict=True)))
                target[moved] = target.get(moved, 0) + ways
            _check(len(target))
    return rows[exponent]


def _multiplied(one: dict[tuple[int, ...], int], other: dict[tuple[int, ...], int]) -> dict[tuple[int, ...], int]:
    found: dict[tuple[int, ...], int] = {}
    _check(len(one) * len(other) // MOST_PRODUCTS)
    for left, ways in one.items():
        for right, more in other.items():
            both = tuple(map(sum, zip(left, right, strict=True)))
            found[both] = found.get(both, 0) + ways * more
        _check(len(found))
    return found


def _powers(network: PolynomialNetwork, exponent: int) -> tuple[int, ...]:
    """The powers of a unit in a power of its activation."""
    row = [1]
    for _ in range(exponent):
        longer = [type(network.activation[0])(0)] * (len(row) + network.degree)
        for place, one in enumerate(row):
            for power, factor in enumerate(network.activation):
                longer[place + power] += one * factor
        row = longer
    return tuple(power for power, factor in enumerate(row) if factor)


def _check(number: int) -> None:
    if number > MOST_STATES:
        raise TooLargeError(
            f"each output would have {amount(number)} terms or more, over {MOST_STATES:,}\n"
            "  give smaller widths, a lower degree or fewer layers"
        )
