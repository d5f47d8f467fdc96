"""The certificate of a basis: its terms commute with the group, are independent, and none is missing. All exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from symshare.core.basis import Basis, Certificate, OrderCertificate
from symshare.core.counting import count, witness_sizes
from symshare.core.evaluation import Array, embed
from symshare.core.relabelling import generators, relabel
from symshare.core.signature import Signature, Tensor
from symshare.core.term import Term
from symshare.errors import SymshareError, TooLargeError

__all__ = ["certify", "check_certifiable"]

PRIME = 2**31 - 1
MOST_TERMS = 4_000
MOST_ENTRIES = 50_000_000


def certify(basis: Basis, *, seed: int = 0) -> Certificate:
    """Check a basis exactly, order by order, at random integer points modulo a prime.

    (a) Each term commutes with each generator of the group; (b) the values of the terms have rank equal to their number;
    (c) their number is `count`. Points are taken at the least sizes at which every term exists, or at the signature's where
    those are smaller (what holds there holds at every larger size, since the terms are the same). A wrong term passes
    (a), or an independent set fails (b), with probability below 1e-6 (Schwartz 1980, Zippel 1979); the points follow from
    `seed`.

    Raises TooLargeError above 4,000 terms in one order, or where one term needs over 50 million numbers.

    >>> from symshare.core.enumeration import terms
    >>> from symshare.core.notation import signature
    >>> print(certify(Basis(signature("a"), 1, terms("a", 0) + terms("a", 1))))
    certificate holds (exact mod 2147483647, at a=2)
      order 0: 1 of 1 terms commute; rank 1 of 1; 1 listed of 1 counted
      order 1: 2 of 2 terms commute; rank 2 of 2; 2 listed of 2 counted
    """
    if not isinstance(basis, Basis):
        raise SymshareError(f"a certificate is of a Basis, not of {basis!r}\n  derive one: symshare.derive('abH', 1)")
    signature = basis.signature
    check_certifiable(basis.counts)
    random = np.random.default_rng(seed)
    orders = []
    for order in range(basis.order + 1):
        sizes = _sizes(signature, order)
        terms = basis.of_order(order)
        broken = tuple(_broken(terms, signature, sizes, basis.ordered, random))
        rank = _rank(terms, signature, sizes, basis.ordered, random) if terms else 0
        expected = count(signature, order, ordered=basis.ordered)
        orders.append(OrderCertificate(order, len(terms), rank, expected, broken))
    shown = {letter: size for letter, size in _sizes(signature, basis.order).items() if letter in signature.letters}
    return Certificate(tuple(orders), tuple(sorted(shown.items())), PRIME)


def check_certifiable(counts: Sequence[int]) -> None:
    """Raise TooLargeError where an order has more terms than `certify` can rank."""
    largest = max(counts, default=0)
    if largest > MOST_TERMS:
        raise TooLargeError(
            f"a certificate of {largest:,} terms of one order is over the {MOST_TERMS:,} it can rank\n  lower the order"
        )


def _sizes(signature: Signature, order: int) -> dict[str, int]:
    """The sizes to check an order at."""
    free = replace(signature, sizes=tuple((letter, size) for letter, size in signature.sizes if letter.isupper()))
    least = witness_sizes(free, order)
    return {letter: min(size, dict(signature.sizes).get(letter, size)) for letter, size in least.items()}


def _broken(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], ordered: bool, random: np.random.Generator
) -> Iterator[tuple[str, str]]:
    """The terms that do not commute with some generator, with the letter it moves."""
    if not terms:
        return
    points = _points(signature, sizes, terms[0].order if ordered else 1, 2, random)
    moves = list(generators(signature, sizes))
    moved = [
        [
            [relabel(signature, tensor, array, move) for tensor, array in zip(_inputs(signature), copy, strict=True)]
            for copy in points
        ]
        for _, move in moves
    ]
    for term in terms:
        if not _fits(term, signature):
            yield from ((term.to_einsum(), letter) for letter in signature.letters)
            continue
        output = _without_channels(signature, term.output_tensor)
        here = _values(term, points, sizes)
        found = dict.fromkeys(
            letter
            for (letter, move), there in zip(moves, moved, strict=True)
            if not np.array_equal(_values(term, there, sizes), relabel(signature, output, here, move))
        )
        yield from ((term.to_einsum(), letter) for letter in found)


def _rank(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], ordered: bool, random: np.random.Generator
) -> int:
    """The rank of the terms' values; points are added until it is full, or as many as there are terms."""
    from flint import nmod_mat

    terms = [term for term in terms if _fits(term, signature)]
    copies = max((term.order for term in terms), default=0) if ordered else 1
    if not terms:
        return 0
    width = sum(prod(sizes[letter] for letter in _without_channels(signature, one).axes) for one in signature.outputs)
    rows: list[list[int]] = [[] for _ in terms]
    number = 2
    while True:
        if (len(rows[0]) + number * width) * len(rows) > MOST_ENTRIES:
            raise TooLargeError(f"the rank of {len(rows):,} terms needs a matrix of over {MOST_ENTRIES:,} entries")
        points = _points(signature, sizes, copies, number, random)
        for row, term in zip(rows, terms, strict=True):
            values = _values(term, points, sizes)
            for output, tensor in enumerate(signature.outputs):
                entries = number * prod(sizes[letter] for letter in _without_channels(signature, tensor).axes)
                row += values.ravel().tolist() if output == term.output else [0] * entries
        rank = int(nmod_mat(len(rows), len(rows[0]), [entry for row in rows for entry in row], PRIME).rank())
        if rank == len(terms) or number > len(terms):
            return rank
        number *= 2


def _fits(term: Term, signature: Signature) -> bool:
    """Whether a term's slots carry indices of their own letters, so that it can be evaluated at all."""
    if [t.axes for t in term.signature] != [t.axes for t in signature] or term.signature.latents != signature.latents:
        return False
    letters = [
        (index, letter)
        for tensor, indices in (
            *zip(term.factor_tensors, term.factor_indices, strict=True),
            (term.output_tensor, term.output_indices),
        )
        for index, letter in zip(indices, tensor.set_axes, strict=True)
    ]
    return len(set(letters)) == len({index for index, _ in letters})


def _without_channels(signature: Signature, tensor: Tensor) -> Tensor:
    """A tensor without its latent axes of no fixed size: a term treats every value of those alike."""
    free = signature.free_latents(tensor)
    return Tensor("".join(letter for letter in tensor.axes if letter not in free))


def _inputs(signature: Signature) -> list[Tensor]:
    return [_without_channels(signature, tensor) for tensor in signature.inputs]


def _points(
    signature: Signature, sizes: dict[str, int], copies: int, number: int, random: np.random.Generator
) -> list[list[Array]]:
    """Random points modulo the prime, one array (point, *axes) per input, for each copy of the inputs."""
    return [
        [
            random.integers(0, PRIME, size=(number, *(sizes[letter] for letter in tensor.axes)), dtype=np.int64)
            for tensor in _inputs(signature)
        ]
        for _ in range(max(1, copies))
    ]


def _values(term: Term, points: list[list[Array]], sizes: dict[str, int]) -> Array:
    """The term's values modulo the prime, of shape (point, *axes); summed indices go one by one, the cheapest first."""
    signature = term.signature
    parts: list[tuple[tuple[int, ...], Array]] = []
    for place, (number, indices, values) in enumerate(
        zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
    ):
        array = points[place % len(points)][number]
        parts.append(_on_indices(array, _without_channels(signature, signature.inputs[number]), indices, values))
    left = set(term.summed_indices)
    while left:
        index = min(sorted(left), key=lambda one: len({node for nodes, _ in parts if one in nodes for node in nodes}))
        joined = _product([part for part in parts if index in part[0]])
        parts = [part for part in parts if index not in part[0]]
        nodes = tuple(node for node in joined[0] if node != index)
        parts.append((nodes, joined[1].sum(axis=1 + joined[0].index(index)) % PRIME))
        left.remove(index)
    number_of_points = points[0][0].shape[0] if points[0] else 1
    parts.append(((), np.ones(number_of_points, dtype=np.int64)))
    nodes, array = _product(parts)
    output = _without_channels(signature, term.output_tensor)
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
    if parts and parts[0][1].shape[0] * prod(lengths.values()) > MOST_ENTRIES:
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
