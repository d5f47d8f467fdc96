"""Values and gradients of a network modulo a prime, at many points at once, and the ranks of what they span."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME
from symshare.errors import TooLargeError
from symshare.polynomials.network import PolynomialNetwork

__all__ = ["MOST_UNKNOWNS", "PRIMES", "check_unknowns", "drawn", "gradients", "rank", "values"]

PRIMES = (PRIME, 2**31 - 1)
"""Two primes below 2^31: a product of two residues fits 64 bits."""

MOST_UNKNOWNS = 1_200
"""Weights whose gradients' rank is taken; 1,200 take 2 s for both primes (`variety --widths 20,30,20 --degree 2`)."""


def check_unknowns(number: int) -> None:
    """Raise TooLargeError for more weights than ranks are taken of."""
    if number > MOST_UNKNOWNS:
        raise TooLargeError(
            f"a dimension of {number:,} weights, over {MOST_UNKNOWNS:,}\n  give smaller widths, a lower degree or fewer layers"
        )


def drawn(prime: int, *shape: int, seed: int = 0) -> Array:
    """Residues drawn at random, the same for the same seed."""
    found: Array = np.random.default_rng([prime, seed]).integers(1, prime, size=shape, dtype=np.int64)
    return found


def rank(rows: Array, prime: int) -> int:
    """The rank of a matrix of residues."""
    from flint import nmod_mat

    if not rows.size:
        return 0
    return int(nmod_mat(rows.shape[0], rows.shape[1], rows.ravel().tolist(), prime).rank())


def values(network: PolynomialNetwork, weights: Array, points: Array, prime: int) -> Array:
    """The outputs at points, an array (points, inputs), as an array (points, outputs)."""
    return _forward(network, weights, points, prime)[-1]


def gradients(network: PolynomialNetwork, weights: Array, points: Array, covectors: Array, prime: int) -> Array:
    """For each point the gradient, by the weights, of the sum of the outputs times a covector: (points, weights).

    At random points and with random covectors as many of them as there are weights span what the gradients of all
    coefficients of all outputs span, as each new one raises the rank unless they span it already.
    """
    layers = network.layers
    states = _forward(network, weights, points, prime)
    found = np.empty((len(points), len(weights)), dtype=np.int64)
    end = len(weights)
    back = covectors % prime
    for place in range(len(layers) - 1, -1, -1):
        layer = layers[place]
        matrix, end = weights[end - layer.units * len(layer.columns) : end], end - layer.units * len(layer.columns)
        matrix = matrix.reshape(layer.units, len(layer.columns))
        inputs, columns, before = states[3 * place : 3 * place + 3]
        own = found[:, end : end + matrix.size].reshape(len(points), *matrix.shape)
        for unit in range(layer.units):
            own[:, unit] = back[:, unit, None] * columns % prime
        if place:
            below = _back_to_inputs(network, layer.columns, _product(back, matrix, prime), inputs, prime)
            back = below * _slope(network, before, prime) % prime
    return found


def _forward(network: PolynomialNetwork, weights: Array, points: Array, prime: int) -> list[Array]:
    """Of each layer its inputs (the constant one first), its columns, and what its inputs were before activation; at the
    end the outputs."""
    states: list[Array] = []
    raw, start = points % prime, 0
    for place, layer in enumerate(network.layers):
        inputs = _activated(network, raw, prime) if place else raw
        if network.constant:
            inputs = np.hstack([np.ones((len(points), 1), dtype=np.int64), inputs])
        columns = _columns(network, layer.columns, inputs, prime)
        states += [inputs, columns, raw]
        size = layer.units * len(layer.columns)
        matrix = weights[start : start + size].reshape(layer.units, len(layer.columns))
        raw, start = _product(columns, matrix.T, prime), start + size
    return [*states, raw]


def _product(one: Array, other: Array, prime: int) -> Array:
    """A product of matrices: sums of two products fit 64 bits, so each is reduced when it comes."""
    found = np.zeros((len(one), other.shape[1]), dtype=np.int64)
    for middle in range(other.shape[0]):
        found = (found + one[:, middle, None] * other[middle] % prime) % prime
    return found


def _columns(network: PolynomialNetwork, columns: Sequence[tuple[int, ...]], inputs: Array, prime: int) -> Array:
    first = 0 if network.constant else 1
    places = np.array(columns) - first
    found = inputs[:, places[:, 0]]
    for more in places.T[1:]:
        found = found * inputs[:, more] % prime
    return found


def _back_to_inputs(
    network: PolynomialNetwork, columns: Sequence[tuple[int, ...]], back: Array, inputs: Array, prime: int
) -> Array:
    """Gradients by the columns as gradients by the units below."""
    first = 0 if network.constant else 1
    found = np.zeros_like(inputs)
    for number, column in enumerate(columns):
        for place, unit in enumerate(column):
            piece = back[:, number]
            for other in column[:place] + column[place + 1 :]:
                piece = piece * inputs[:, other - first] % prime
            found[:, unit - first] = (found[:, unit - first] + piece) % prime
    return found[:, 1 - first :]


def _residues(network: PolynomialNetwork, prime: int) -> list[int]:
    return [int(one.numerator * pow(one.denominator, -1, prime)) % prime for one in network.activation]


def _activated(network: PolynomialNetwork, raw: Array, prime: int) -> Array:
    if network.form == "full":
        return raw
    return _polynomial(_residues(network, prime), raw, prime)


def _slope(network: PolynomialNetwork, raw: Array, prime: int) -> Array:
    """The derivative of the activation."""
    if network.form == "full":
        return np.ones_like(raw)
    factors = [power * factor % prime for power, factor in enumerate(_residues(network, prime))][1:]
    return _polynomial(factors, raw, prime)


def _polynomial(factors: Sequence[int], at: Array, prime: int) -> Array:
    found = np.zeros_like(at)
    for factor in reversed(factors):
        found = (found * at + factor) % prime
    return found
