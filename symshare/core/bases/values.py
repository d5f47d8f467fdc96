"""Values of terms modulo a prime, at random points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.numbers import PRIME, modulo
from symshare.core.notation.signature import Signature, Tensor
from symshare.core.terms.constant import Constant
from symshare.core.terms.evaluation import embed, rolled
from symshare.core.terms.offsets import untied
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError, amount

__all__ = ["MOST_ENTRIES", "points", "values"]

MOST_ENTRIES = 50_000_000


def points(
    signature: Signature, sizes: dict[str, int], copies: int, number: int, random: np.random.Generator
) -> list[list[Array]]:
    """Random points modulo the prime, one array (point, *axes) per input, for each copy of the inputs."""
    return [
        [
            random.integers(0, PRIME, size=(number, *(sizes[letter] for letter in tensor.axes)), dtype=np.int64)
            for tensor in map(signature.without_channels, signature.inputs)
        ]
        for _ in range(max(1, copies))
    ]


def values(term: Term, at: list[list[Array]], sizes: dict[str, int]) -> Array:
    """The term's values modulo the prime, of shape (point, *axes); summed indices go one by one, the cheapest first."""
    signature = term.signature
    if term.offsets():
        return _untied_values(term, at, sizes)
    if len(term.constants) == 1 and len(set(term.constants[0][1])) == len(term.index_letters):
        return _sparse_values(term, at, sizes)
    parts: list[tuple[tuple[int, ...], Array]] = []
    for place, (number, indices, values) in enumerate(
        zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
    ):
        array = at[place % len(at)][number]
        parts.append(_on_indices(array, signature.without_channels(signature.inputs[number]), indices, values))
    parts += [(indices, _dense_modulo(constant)[None]) for constant, indices in term.constants]
    left = set(term.summed_indices)
    while left:
        index = min(sorted(left), key=lambda one: len({node for nodes, _ in parts if one in nodes for node in nodes}))
        joined = _product([part for part in parts if index in part[0]])
        parts = [part for part in parts if index not in part[0]]
        nodes = tuple(node for node in joined[0] if node != index)
        parts.append((nodes, joined[1].sum(axis=1 + joined[0].index(index)) % PRIME))
        left.remove(index)
    number_of_points = at[0][0].shape[0] if at[0] else 1
    parts.append(((), np.ones(number_of_points, dtype=np.int64)))
    nodes, array = _product(parts)
    output = signature.without_channels(term.output_tensor)
    kept = [index for index in dict.fromkeys(term.output_indices) if index in nodes]
    array = array.transpose(0, *(1 + nodes.index(index) for index in kept))
    latent_places = [place for place, letter in enumerate(output.axes) if letter.isupper()]
    picks = dict(zip(latent_places, term.output_latents, strict=True))
    return embed(array, kept, term.output_indices, [sizes[letter] for letter in output.axes], picks)


def _on_indices(
    array: Array, tensor: Tensor, indices: Sequence[int], values: Sequence[int]
) -> tuple[tuple[int, ...], Array]:
    """An input with its latent values picked and its diagonals taken: the indices of its axes, and the array."""
    rest = iter(values)
    picks: list[Any] = [slice(None) if letter.islower() else next(rest) for letter in tensor.axes]
    unique = tuple(dict.fromkeys(indices))
    return unique, np.einsum(array[(slice(None), *picks)], [Ellipsis, *indices], [Ellipsis, *unique])


def _product(parts: Sequence[tuple[tuple[int, ...], Array]]) -> tuple[tuple[int, ...], Array]:
    """The product of arrays over the union of their indices, modulo the prime."""
    nodes = tuple(dict.fromkeys(node for names, _ in parts for node in names))
    lengths = {node: array.shape[1 + at] for names, array in parts for at, node in enumerate(names)}
    if parts and max(array.shape[0] for _, array in parts) * prod(lengths.values()) > MOST_ENTRIES:
        raise TooLargeError(
            f"a term needs over {MOST_ENTRIES:,} numbers at once\n  give smaller sizes or a lower order"
        )
    result: Array | None = None
    for names, array in parts:
        order = sorted(names, key=nodes.index)
        array = array.transpose(0, *(1 + names.index(node) for node in order))
        array = array[(slice(None),) + tuple(slice(None) if node in names else None for node in nodes)]
        result = array if result is None else result * array % PRIME
    if result is None:
        return (), np.ones(1, dtype=np.int64)
    return nodes, result


def _sparse_values(term: Term, at: list[list[Array]], sizes: dict[str, int]) -> Array:
    """The same for a term with a constant tensor on all its indices: one product for each nonzero."""
    constant, legs = term.constants[0]
    places, weights = _nonzeros(constant)
    column = {index: places[:, place] for place, index in enumerate(legs)}
    signature = term.signature

    def gathered(tensor: Tensor, indices: Sequence[int], latents: Sequence[int]) -> list[Any]:
        rest, picked = iter(indices), iter(latents)
        return [column[next(rest)] if letter.islower() else next(picked) for letter in tensor.axes]

    total = weights[None, :]
    for place, (number, indices, latents) in enumerate(
        zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
    ):
        tensor = signature.without_channels(signature.inputs[number])
        own = at[place % len(at)][number]
        entries = own[(slice(None), *gathered(tensor, indices, latents))]
        total = total * entries.reshape(len(own), -1) % PRIME  # one entry for all where a factor has no indices
    output = signature.without_channels(term.output_tensor)
    shape = [sizes[letter] for letter in output.axes]
    found = np.zeros((total.shape[0], prod(shape)), dtype=np.int64)
    flat = np.zeros(len(weights), dtype=np.int64)
    for size, index in zip(shape, gathered(output, term.output_indices, term.output_latents), strict=True):
        flat = flat * size + index
    for row, values_of_point in zip(found, total, strict=True):
        np.add.at(row, flat, values_of_point)
    return (found % PRIME).reshape(-1, *shape)


@lru_cache(maxsize=4096)
def _nonzeros(constant: Constant) -> tuple[Array, Array]:
    """The places of a constant's nonzeros, one a row, and their values modulo the prime."""
    places = np.array([place for place, _ in constant.nonzeros], dtype=np.int64).reshape(-1, len(constant.shape))
    return places, np.array([modulo(value) for _, value in constant.nonzeros], dtype=np.int64)


def _untied_values(term: Term, at: list[list[Array]], sizes: dict[str, int]) -> Array:
    """The same for a term with offsets: factors rolled one by one, each with a copy of the points of its own."""
    loose = untied(term)
    signature = term.signature
    copies = []
    for place, (number, distances) in enumerate(zip(term.factors, loose.inner, strict=True)):
        own = list(at[place % len(at)])
        own[number] = rolled(
            own[number], signature.without_channels(signature.inputs[number]), [-distance for distance in distances]
        )
        copies.append(own)
    found = values(loose.term, copies or at, sizes)
    return rolled(found, signature.without_channels(term.output_tensor), list(loose.outer))


def _dense_modulo(constant: Constant) -> Array:
    if prod(constant.shape) > MOST_ENTRIES:
        raise TooLargeError(
            f"the constant tensor {constant.name} has {amount(prod(constant.shape))} places, over {MOST_ENTRIES:,}\n"
            "  lower the order or the sizes"
        )
    array = np.zeros(constant.shape, dtype=np.int64)
    for place, value in constant.nonzeros:
        array[place] = modulo(value)
    return array
