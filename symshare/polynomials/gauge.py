"""How weights can be changed without changing the function: hidden units scaled or mixed, factors exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.polynomials.activations import shifted_power
from symshare.polynomials.network import PolynomialNetwork

__all__ = ["unchanging"]


def unchanging(network: PolynomialNetwork, weights: Array, prime: int) -> Array:
    """Directions of the weights that leave the function as it is to first order, a row for each, modulo a prime.

    Hidden units scaled against the next layer, where the activation is a power, or one up to shifts that a constant input
    makes good; units mixed, where it is of degree 1; of full forms any mixing of a layer's units, and what exchanges factors.
    """
    if network.form == "full":
        rows = [*_mixings(network, weights, prime), *_exchanges(network)]
    elif network.degree == 1:
        rows = list(_linear_mixings(network, weights, prime))
    else:
        rows = list(_scalings(network, weights, prime))
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
    """c (x - t)^r + d: a unit moves away from t, its row and -t in its constant; the column that takes it up goes back as
    often as the degree says, and d times that into the next layer's constant."""
    found = shifted_power(network.activation)
    if found is None or (any(found) and not network.constant):
        return
    shift, offset = (_residue(one, prime) for one in found)
    own = _matrices(network, weights)
    for place, layer in enumerate(network.layers[:-1]):
        for unit in range(layer.units):
            row = np.zeros(len(weights), dtype=np.int64)
            moved = _matrices(network, row)
            moved[place][unit] = own[place][unit]
            taken = own[place + 1][:, unit + network.constant] * network.degree % prime
            moved[place + 1][:, unit + network.constant] = -taken
            if network.constant:
                moved[place][unit, 0] -= shift
                moved[place + 1][:, 0] = taken * offset
            yield row % prime


def _linear_mixings(network: PolynomialNetwork, weights: Array, prime: int) -> Iterator[Array]:
    """a x + b: unit i with a little of unit j added (or of the constant input), which the next layer takes off again, b times
    from its constant. Without one b must not change: then unit i itself goes as far as unit j comes."""
    slope, offset = (_residue(one, prime) for one in reversed(network.activation))
    own = _matrices(network, weights)
    first = int(network.constant)
    for place, layer in enumerate(network.layers[:-1]):
        for i, j in product(range(layer.units), range(-first, layer.units)):
            if offset and not first and i == j:
                continue
            row = np.zeros(len(weights), dtype=np.int64)
            moved = _matrices(network, row)
            taken = own[place + 1][:, i + first]
            if j < 0:
                moved[place][i, 0] = 1
                moved[place + 1][:, 0] = -taken * slope
            else:
                moved[place][i] = own[place][j]
                moved[place + 1][:, j + first] = -taken
                if first:
                    moved[place + 1][:, 0] += taken * offset
                elif offset:
                    moved[place][i] -= own[place][i]
                    moved[place + 1][:, i] += taken
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


def _residue(one: Fraction, prime: int) -> int:
    return one.numerator * pow(one.denominator, -1, prime) % prime


def _sorted(column: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(column))
