"""Values of terms modulo a prime, at random points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.residues import modulo
from symshare.core.notation.names import is_latent
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.constant import Constant
from symshare.core.terms.evaluation import embed, rolled
from symshare.core.terms.offsets import untied
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError, amount

__all__ = ["MOST_ENTRIES", "points", "products", "values"]

MOST_ENTRIES = 50_000_000
"""Numbers of an array of values, eight bytes each (0.4 GiB); a rank that comes to so many takes 26 s and 1.1 GiB (`derive
-s ab -k 6 --certify`)."""

FEW = 8
"""A constant tensor has few nonzeros if at most one place in so many holds one; chosen, not measured."""
NONZERO = -1
"""The name of the index that runs over the nonzeros of a constant tensor; true indices are numbered from 0."""

EVERY: Any = slice(None)

Part = tuple[tuple[int, ...], Array]
"""An array (point, ..) and the index of each of its axes after the first."""


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


def values(term: Term, at: list[list[Array]], sizes: dict[str, int], monomials: Array | None = None) -> Array:
    """The values of a term modulo the prime, of shape (point, *axes); its indices are summed one by one, the cheapest first.

    The indices of one constant tensor with few nonzeros are one index: the number of the nonzero. `monomials` has the
    products of an entry for each factor, where they are at hand.
    """
    signature = term.signature
    if term.offsets():
        return _untied_values(term, at, sizes)
    sparse = _sparse(term)
    column: dict[int, Array] = {}
    weights: list[Part] = []
    if sparse is not None:
        nonzeros, entries = _nonzeros(term.constants[sparse][0])
        column = dict(zip(term.constants[sparse][1], nonzeros.T, strict=True))
        weights = [((NONZERO,), entries[None])]
    inside = all(index in column for own in term.factor_indices for index in own)
    if monomials is not None and sparse is not None and inside:
        parts: list[Part] = [((NONZERO,), monomials[:, _entries(term, at, column)])]
    else:
        parts = [_gathered(part, column) for part in _factors(term, at)]
    parts += weights
    parts += [(own, _dense_modulo(one)[None]) for place, (one, own) in enumerate(term.constants) if place != sparse]
    left = set(term.summed_indices) - set(column)
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
    if sparse is not None:
        nodes, array = _scattered(
            nodes, array, {one: column[one] for one in term.output_indices if one in column}, term
        )
    output = signature.without_channels(term.output_tensor)
    kept = [index for index in dict.fromkeys(term.output_indices) if index in nodes]
    array = array.transpose(0, *(1 + nodes.index(index) for index in kept))
    latent_places = [place for place, axis in enumerate(output.axes) if is_latent(axis)]
    latent_values = dict(zip(latent_places, term.output_latents, strict=True))
    return embed(array, kept, term.output_indices, [sizes[letter] for letter in output.axes], latent_values)


def products(term: Term, at: list[list[Array]]) -> Array:
    """All products of one entry from each factor of a term, of shape (point, products), as `values` takes them."""
    found: Array | None = None
    for place, number in enumerate(term.factors):
        own = at[place % len(at)][number].reshape(len(at[0][0]), -1)
        found = own if found is None else (found[:, :, None] * own[:, None, :] % PRIME).reshape(len(own), -1)
    return np.ones((1, 1), dtype=np.int64) if found is None else found


def _entries(term: Term, at: list[list[Array]], column: Mapping[int, Array]) -> Array:
    """Which of these products stands at each nonzero of a constant tensor on all indices of the factors."""
    found = np.zeros(1, dtype=np.int64)
    for place, (number, indices, latents) in enumerate(
        zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
    ):
        tensor = term.signature.without_channels(term.signature.inputs[number])
        rest, picked = iter(indices), iter(latents)
        for axis, size in zip(tensor.axes, at[place % len(at)][number].shape[1:], strict=True):
            found = found * size + (next(picked) if is_latent(axis) else column[next(rest)])
    return found


def _factors(term: Term, at: list[list[Array]]) -> list[Part]:
    """The factors on their indices."""
    signature = term.signature
    return [
        _on_indices(at[place % len(at)][number], signature.without_channels(signature.inputs[number]), indices, picked)
        for place, (number, indices, picked) in enumerate(
            zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
        )
    ]


def _sparse(term: Term) -> int | None:
    """The constant tensor of a term whose nonzeros are worth listing: that of the most places, if few of them hold one or
    the term has no other indices."""
    if not term.constants:
        return None
    number = max(range(len(term.constants)), key=lambda one: prod(term.constants[one][0].shape))
    constant, legs = term.constants[number]
    if len(set(legs)) < len(legs):
        return None
    few = FEW * len(constant.nonzeros) <= prod(constant.shape)
    alone = len(term.constants) == 1 and len(legs) == len(term.index_axes)
    return number if few or alone else None


def _gathered(part: Part, column: Mapping[int, Array]) -> Part:
    """A factor on the nonzeros of a constant tensor in place of the indices that both have."""
    nodes, array = part
    own = [node for node in nodes if node in column]
    if not own:
        return part
    rest = [node for node in nodes if node not in column]
    array = array.transpose(0, *(1 + nodes.index(node) for node in (*own, *rest)))
    return (NONZERO, *rest), array[(EVERY, *(column[node] for node in own))]


def _scattered(nodes: tuple[int, ...], array: Array, column: Mapping[int, Array], term: Term) -> Part:
    """Nonzeros of a constant tensor added up to its indices on the output."""
    constant, legs = next((one, own) for one, own in term.constants if set(column) <= set(own))
    rest = [node for node in nodes if node != NONZERO]
    array = array.transpose(0, 1 + nodes.index(NONZERO), *(1 + nodes.index(node) for node in rest))
    if not column:
        return tuple(rest), array.sum(axis=1) % PRIME
    shape = [constant.shape[legs.index(one)] for one in column]
    flat = np.ravel_multi_index(tuple(column.values()), shape)
    order = np.argsort(flat, kind="stable")
    places, starts = np.unique(flat[order], return_index=True)
    found = np.zeros((len(array), prod(shape), *array.shape[2:]), dtype=np.int64)
    if len(places):
        found[:, places] = np.add.reduceat(array[:, order], starts, axis=1) % PRIME
    return (*column, *rest), found.reshape(len(array), *shape, *array.shape[2:])


def _on_indices(array: Array, tensor: Tensor, indices: Sequence[int], values: Sequence[int]) -> Part:
    """An input with its latent values picked and its diagonals taken: the indices of its axes, and the array."""
    rest = iter(values)
    places: list[Any] = [next(rest) if is_latent(axis) else slice(None) for axis in tensor.axes]
    unique = tuple(dict.fromkeys(indices))
    return unique, np.einsum(array[(slice(None), *places)], [Ellipsis, *indices], [Ellipsis, *unique])


def _product(parts: Sequence[Part]) -> Part:
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
