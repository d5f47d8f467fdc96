"""How weights can be changed without changing the function: by scaling hidden units against the next layer."""

from __future__ import annotations

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.polynomials.network import PolynomialNetwork

__all__ = ["continuous", "scalings"]


def scalings(network: PolynomialNetwork, weights: Array, prime: int) -> Array:
    """The directions in which scaling one hidden unit moves the weights, a row for each; none where the activation is no power.

    The row of the unit goes along, the column that takes it up goes back, as often as the degree says.
    """
    rows: list[Array] = []
    if not network.homogeneous:
        return np.zeros((0, len(weights)), dtype=np.int64)
    starts = np.cumsum([0, *(layer.units * len(layer.columns) for layer in network.layers)])
    power = network.exponents[0]
    for place, layer in enumerate(network.layers[:-1]):
        following = network.layers[place + 1]
        for unit in range(1, layer.units + 1):
            row = np.zeros(len(weights), dtype=np.int64)
            first = starts[place] + (unit - 1) * len(layer.columns)
            row[first : first + len(layer.columns)] = weights[first : first + len(layer.columns)]
            times = np.array([-power * column.count(unit) for column in following.columns] * following.units)
            row[starts[place + 1] : starts[place + 2]] = weights[starts[place + 1] : starts[place + 2]] * times % prime
            rows.append(row % prime)
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(weights))


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
