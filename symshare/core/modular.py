"""Values of terms modulo a prime at random points, and what generators do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from symshare.core.constant import Constant
from symshare.core.elimination import rank_profile
from symshare.core.evaluation import Array, embed, evaluate, rolled
from symshare.core.exact import PRIME, as_float, modulo, prime_factors, root
from symshare.core.groups import AxisGroup
from symshare.core.matrices import Matrix, from_rows
from symshare.core.offsets import untied
from symshare.core.signature import Signature, Tensor, without_latents
from symshare.core.term import Term
from symshare.errors import SymshareError, TooLargeError, amount

__all__ = ["acted", "independent", "inputs", "modular_elements", "points", "valued", "values", "without_channels"]

MOST_ENTRIES = 50_000_000
NUMERIC = 1e-9
FEW = 8
"""A constant tensor has few nonzeros if at most one place in so many holds one."""
NONZERO = -1


def without_channels(signature: Signature, tensor: Tensor) -> Tensor:
    """A tensor without its latent axes of no fixed size: a term treats every value of those alike."""
    free = signature.free_latents(tensor)
    return Tensor("".join(letter for letter in tensor.axes if letter not in free))


def inputs(signature: Signature) -> list[Tensor]:
    """The input tensors without channels."""
    return [without_channels(signature, tensor) for tensor in signature.inputs]


def points(
    signature: Signature, sizes: dict[str, int], copies: int, number: int, random: np.random.Generator
) -> list[list[Array]]:
    """Random points modulo the prime, one array (point, *axes) per input, for each copy of the inputs."""
    return [
        [
            random.integers(0, PRIME, size=(number, *(sizes[letter] for letter in tensor.axes)), dtype=np.int64)
            for tensor in inputs(signature)
        ]
        for _ in range(max(1, copies))
    ]


def values(term: Term, at: list[list[Array]], sizes: dict[str, int]) -> Array:
    """The term's values modulo the prime, of shape (point, *axes); summed indices go one by one, the cheapest first.

    The indices of one constant tensor with few nonzeros are one index: the number of the nonzero.
    """
    signature = term.signature
    if term.offsets():
        return _untied_values(term, at, sizes)
    parts: list[tuple[tuple[int, ...], Array]] = []
    for place, (number, indices, values) in enumerate(
        zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
    ):
        array = at[place % len(at)][number]
        parts.append(_on_indices(array, without_channels(signature, signature.inputs[number]), indices, values))
    sparse = _sparse(term)
    if sparse is None:
        column = {}
    else:
        legs, (nonzeros, weights) = term.constants[sparse][1], _nonzeros(term.constants[sparse][0])
        column = dict(zip(legs, nonzeros.T, strict=True))
        parts = [_gathered(part, column) for part in parts] + [((NONZERO,), weights[None])]
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
    if column:
        nodes, array = _scattered(nodes, array, {one: column[one] for one in term.output_indices if one in column}, term)
    output = without_channels(signature, term.output_tensor)
    kept = [index for index in dict.fromkeys(term.output_indices) if index in nodes]
    array = array.transpose(0, *(1 + nodes.index(index) for index in kept))
    latent_places = [place for place, letter in enumerate(output.axes) if letter.isupper()]
    picks = dict(zip(latent_places, term.output_latents, strict=True))
    return embed(array, kept, term.output_indices, [sizes[letter] for letter in output.axes], picks)


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
    alone = len(term.constants) == 1 and len(legs) == len(term.index_letters)
    return number if few or alone else None


def _gathered(part: tuple[tuple[int, ...], Array], column: Mapping[int, Array]) -> tuple[tuple[int, ...], Array]:
    """A factor on the nonzeros of a constant tensor in place of the indices that both have."""
    nodes, array = part
    own = [node for node in nodes if node in column]
    if not own:
        return part
    rest = [node for node in nodes if node not in column]
    array = array.transpose(0, *(1 + nodes.index(node) for node in (*own, *rest)))
    return (NONZERO, *rest), array[(slice(None), *(column[node] for node in own))]


def _scattered(
    nodes: tuple[int, ...], array: Array, column: Mapping[int, Array], term: Term
) -> tuple[tuple[int, ...], Array]:
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


def independent(
    terms: Sequence[Term],
    signature: Signature,
    sizes: dict[str, int],
    *,
    ordered: bool,
    random: np.random.Generator,
    wanted: int | None = None,
) -> list[int]:
    """Which terms are no combination of terms before them, by their values at random points modulo the prime.

    Points are added until there are as many as `wanted` (by default all), or until more bring no more. A dependent term
    never counts as independent; an independent one is overlooked with probability below 1e-6 (Schwartz 1980, Zippel 1979).
    Constant tensors with floats are ranked numerically, to 1e-9.

    Raises TooLargeError where the matrix of values would have over fifty million entries.
    """
    if not terms:
        return []
    if not all(constant.exact for term in terms for constant, _ in term.constants):
        return _numerically_independent(terms, signature, sizes, ordered=ordered, random=random)
    outputs = {term.output for term in terms}
    if wanted is not None or len(outputs) == 1:
        return valued(terms, signature, sizes, ordered=ordered, random=random, wanted=wanted)[1]
    found: list[int] = []
    for output in outputs:  # terms of different outputs are independent of each other
        places = [place for place, term in enumerate(terms) if term.output == output]
        own = [terms[place] for place in places]
        found += [places[one] for one in valued(own, signature, sizes, ordered=ordered, random=random)[1]]
    return sorted(found)


def valued(
    terms: Sequence[Term],
    signature: Signature,
    sizes: dict[str, int],
    *,
    ordered: bool,
    random: np.random.Generator,
    wanted: int | None = None,
) -> tuple[Array, list[int]]:
    """The values of terms modulo the prime, one row each, at as many points as `independent` needs, and what it finds."""
    copies = max(term.order for term in terms) if ordered else 1
    tensors = {output: without_channels(signature, signature.outputs[output]) for output in {t.output for t in terms}}
    shapes = {output: tuple(sizes[letter] for letter in tensor.axes) for output, tensor in sorted(tensors.items())}
    width = sum(map(prod, shapes.values()))
    rows = np.zeros((len(terms), 0), dtype=np.int64)
    chosen: list[int] = []
    goal = len(terms) if wanted is None else wanted
    number = max(2, -(-(goal + 8) // max(width, 1)))
    while True:
        if (rows.shape[1] + number * width) * len(terms) > MOST_ENTRIES:
            raise TooLargeError(f"the rank of {len(terms):,} terms needs a matrix of over {MOST_ENTRIES:,} entries")
        at = points(signature, sizes, copies, number, random)
        fresh = np.zeros((len(terms), number * width), dtype=np.int64)
        for row, term in zip(fresh, terms, strict=True):
            start = number * sum(prod(shape) for output, shape in shapes.items() if output < term.output)
            own = np.broadcast_to(values(term, at, sizes), (number, *shapes[term.output]))
            row[start : start + own.size] = own.ravel()
        rows = np.hstack([rows, fresh])
        before, chosen = len(chosen), rank_profile(rows, PRIME)
        # a new point brings a new dimension unless there is none left
        if len(chosen) in (goal, before):
            return rows, chosen
        # some terms have one value at all places, so that a point may bring one dimension only: half as many points again
        room = (MOST_ENTRIES // len(terms) - rows.shape[1]) // max(width, 1)
        more = max((goal - len(chosen)) // max(2 * width, 1), rows.shape[1] // max(2 * width, 1))
        number = max(1, min(more, room))


def _numerically_independent(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], *, ordered: bool, random: np.random.Generator
) -> list[int]:
    """The same in floating point, for constant tensors that no exact arithmetic holds: a term is dependent where less than
    1e-9 of its values is left after those of the terms before it are taken out."""
    copies = max(term.order for term in terms) if ordered else 1
    kinds = [without_channels(signature, tensor) for tensor in signature.inputs]
    plain = without_latents(signature, signature_channels(signature))
    at = [
        [random.normal(size=(len(terms) + 8, *(sizes[letter] for letter in one.axes))) for one in kinds]
        for _ in range(max(1, copies))
    ]
    outputs = [without_channels(signature, tensor) for tensor in signature.outputs]
    chosen: list[int] = []
    basis: list[Array] = []
    for number, term in enumerate(terms):
        operands = [at[place % len(at)][factor] for place, factor in enumerate(term.factors)]
        found = evaluate(replace(term, signature=plain), *operands, sizes=sizes)
        own = [np.zeros((len(terms) + 8, *(sizes[letter] for letter in one.axes))) for one in outputs]
        own[term.output] = np.broadcast_to(found, own[term.output].shape)
        row = np.concatenate([one.ravel() for one in own])
        # what the values would be if nothing cancelled: a term that is zero up to rounding is small beside it
        bound = evaluate(_positive(term, plain), *map(np.abs, operands), sizes=sizes)
        size = float(np.linalg.norm(bound)) * np.sqrt(row.size / max(bound.size, 1))
        for _ in range(2):
            for other in basis:
                row = row - (other @ row) * other
        left = float(np.linalg.norm(row))
        if size and left > NUMERIC * size:
            chosen.append(number)
            basis.append(row / left)
    return chosen


def _positive(term: Term, plain: Signature) -> Term:
    """A term with the absolute values of its constant tensors."""
    constants = tuple(
        (
            replace(one, entries=tuple((place, abs(as_float(value))) for place, value in one.nonzeros), offsets=()),
            indices,
        )
        for one, indices in term.constants
    )
    return replace(term, signature=plain, constants=constants)


def signature_channels(signature: Signature) -> list[str]:
    """The latent letters of no fixed size."""
    return [letter for letter in signature.latents if signature.size(letter) is None]


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
            own[number], without_channels(signature, signature.inputs[number]), [-distance for distance in distances]
        )
        copies.append(own)
    found = values(loose.term, copies or at, sizes)
    return rolled(found, without_channels(signature, term.output_tensor), list(loose.outer))


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


def acted(matrices: Mapping[str, Matrix], lie: bool, tensor: Tensor, array: Array) -> Array:
    """What a generator does to an array of shape (point, *axes), modulo the prime; a Lie element acts as a derivation.

    >>> from symshare.core.matrices import permutation
    >>> acted({"t": permutation([1, 2, 0])}, False, Tensor("t"), np.array([[5, 6, 7]])).tolist()
    [[7, 5, 6]]
    """
    places = [axis for axis, letter in enumerate(tensor.axes, 1) if letter in matrices]
    if lie:
        total = np.zeros_like(array)
        for axis in places:
            total = (total + _times(matrices[tensor.axes[axis - 1]], array, axis)) % PRIME
        return total
    for axis in places:
        array = _times(matrices[tensor.axes[axis - 1]], array, axis)
    return array


def modular_elements(group: AxisGroup) -> tuple[Matrix, ...]:
    """The generators of a group with entries that have images modulo the prime.

    Turns of the plane by parts of a whole turn, whose sines and cosines may be no square roots, are written with a root of
    unity modulo the prime. Raises SymshareError where the prime has none, and for other floats.

    >>> from symshare.core.families import PlaneC
    >>> (turn,) = modular_elements(PlaneC(5))
    >>> array = np.array([[1, 0]])
    >>> for _ in range(5):
    ...     array = acted({"r": turn}, False, Tensor("r"), array)
    >>> array.tolist()
    [[1, 0]]
    """
    if group.exact:
        return group.elements
    order = group.numbers[0] if group.family in ("PlaneC", "PlaneD") else 0
    if not order or (PRIME - 1) % order:
        raise SymshareError(
            f"{group} has generators with floats, so that nothing can be checked exactly\n"
            "  write them exactly ('1/2', 'sqrt(3)/2'), or leave out the certificate"
        )
    candidates = (pow(base, (PRIME - 1) // order, PRIME) for base in range(2, PRIME))
    root_of_one = next(
        one for one in candidates if all(pow(one, order // prime, PRIME) != 1 for prime in set(prime_factors(order)))
    )
    inverse, half = pow(root_of_one, -1, PRIME), pow(2, -1, PRIME)
    cosine = (root_of_one + inverse) * half % PRIME
    sine = (root_of_one - inverse) * half * pow(modulo(root(-1)), -1, PRIME) % PRIME
    turn = from_rows([[cosine, PRIME - sine], [sine, cosine]])
    return (turn, *group.elements[1:])


def _times(matrix: Matrix, array: Array, axis: int) -> Array:
    moved = np.moveaxis(array, axis, 0)
    result = np.zeros_like(moved)
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            result[number] = (result[number] + modulo(entry) * moved[column]) % PRIME
    return np.moveaxis(result, 0, axis)
