"""How weights can be changed without changing the function: hidden units scaled or mixed, factors exchanged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.polynomials.network import PolynomialNetwork

__all__ = ["continuous", "unchanging"]


def unchanging(network: PolynomialNetwork, weights: Array, prime: int) -> Array:
    """Directions of the weights that leave the function as it is to first order, a row for each, modulo a prime.

    Hidden units scaled against the next layer, where the activation is a power; of full forms any mixing of a layer's units,
    and what exchanges factors.
    """
    if network.form == "full":
        rows = [*_mixings(network, weights, prime), *_exchanges(network)]
    else:
        rows = list(_scalings(network, weights, prime)) if network.homogeneous else []
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(weights))


def _matrices(network: PolynomialNetwork, row: Array) -> list[Array]:
    """The matrices of the layers in a row of all weights: parts of it, not copies."""
    found, start = [], 0
    for layer in network.layers:
        size = layer.units * len(layer.columns)
        found.append(row[start : start + size].reshape(layer.units, len(layer.columns)))
        start += size
    return found


def _scalings(network: PolynomialNetwork, weights: Array, prime: int) -> Iterator[Array]:
    """The row of a unit goes along, the column that takes it up goes back, as often as the degree says."""
    power = network.exponents[0]
    own = _matrices(network, weights)
    for place, layer in enumerate(network.layers[:-1]):
        for unit in range(1, layer.units + 1):
            row = np.zeros(len(weights), dtype=np.int64)
            moved = _matrices(network, row)
            moved[place][unit - 1] = own[place][unit - 1]
            times = np.array([-power * column.count(unit) for column in network.layers[place + 1].columns])
            moved[place + 1][:] = own[place + 1] * times % prime
            yield row % prime


def _mixings(network: PolynomialNetwork, weights: Array, prime: int) -> Iterator[Array]:
    """Unit i with a little of unit j (or of the constant input, 0) added, which the next layer takes off again."""
    own = _matrices(network, weights)
    for place, layer in enumerate(network.layers[:-1]):
        following = network.layers[place + 1].columns
        at = {column: number for number, column in enumerate(following)}
        for i in range(1, layer.units + 1):
            for j in range(0 if network.constant else 1, layer.units + 1):
                row = np.zeros(len(weights), dtype=np.int64)
                moved = _matrices(network, row)
                if j:
                    moved[place][i - 1] += own[place][j - 1]
                else:
                    moved[place][i - 1, layer.columns.index((0,) * network.degree)] += 1
                for number, column in enumerate(following):
                    for factor in (factor for factor, unit in enumerate(column) if unit == i):
                        other = at[column[:factor] + (j,) + column[factor + 1 :]]
                        moved[place + 1][:, other] = (moved[place + 1][:, other] - own[place + 1][:, number]) % prime
                yield row % prime


def _exchanges(network: PolynomialNetwork) -> Iterator[Array]:
    """A weight up, and that of the same product in ascending order down."""
    for place, layer in enumerate(network.layers):
        for number, column in enumerate(layer.columns):
            ordered = layer.columns.index(_sorted(column))
            for unit in range(layer.units if ordered != number else 0):
                row = np.zeros(network.weights, dtype=np.int64)
                moved = _matrices(network, row)[place]
                moved[unit, number], moved[unit, ordered] = 1, -1
                yield row


def continuous(network: PolynomialNetwork) -> int:
    """In how many directions weights can always be changed without changing the function, for general weights.

    Of linear layers with a power between them: one for each hidden unit, as in Kileel, Trager, Bruna (2019). Of full forms:
    those that only exchange factors, and an affine (without the constant input: linear) map of each hidden layer.

    >>> continuous(PolynomialNetwork((3, 4, 3), 2)), continuous(PolynomialNetwork((3, 3), 2, form="full"))
    (4, 9)
    """
    if network.form == "full":
        exchanges = sum(
            layer.units * (len(layer.columns) - len(set(map(_sorted, layer.columns)))) for layer in network.layers
        )
        return exchanges + sum(width * (width + network.constant) for width in network.widths[1:-1])
    return sum(network.widths[1:-1]) if network.homogeneous else 0


def _sorted(column: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(column))
