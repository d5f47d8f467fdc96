"""Which terms are independent of those before them, by their values at random points modulo a prime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.numbers import as_float
from symshare.core.algebra.ranks import Profile
from symshare.core.bases.values import MOST_ENTRIES, points, products, values
from symshare.core.notation.signature import Signature
from symshare.core.terms.evaluation import evaluate
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError

__all__ = ["independent", "valued"]

MOST_SHARED = 5_000_000
"""Products of entries that are kept for several terms, eight bytes each (40 MiB); chosen, not measured."""

NUMERIC = 1e-9
"""What is left of a term's values, as a share of them, where it depends on terms before it: rounding leaves about 1e-15;
chosen, not measured."""


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
    tensors = {output: signature.without_channels(signature.outputs[output]) for output in {t.output for t in terms}}
    shapes = {output: tuple(sizes[letter] for letter in tensor.axes) for output, tensor in sorted(tensors.items())}
    width = sum(map(prod, shapes.values()))
    rows = np.zeros((len(terms), 0), dtype=np.int64)
    profile = Profile(len(terms))
    goal = len(terms) if wanted is None else wanted
    number = max(2, -(-(goal + 8) // max(width, 1)))
    while True:
        if (rows.shape[1] + number * width) * len(terms) > MOST_ENTRIES:
            raise TooLargeError(
                f"the rank of {len(terms):,} terms needs a matrix of over {MOST_ENTRIES:,} entries\n  lower the order"
            )
        at = points(signature, sizes, copies, number, random)
        fresh = np.zeros((len(terms), number * width), dtype=np.int64)
        shared = _shared_products(terms, signature, sizes, at)
        for row, term in zip(fresh, terms, strict=True):
            start = number * sum(prod(shape) for output, shape in shapes.items() if output < term.output)
            own = np.broadcast_to(values(term, at, sizes, shared.get(term.factors)), (number, *shapes[term.output]))
            row[start : start + own.size] = own.ravel()
        rows = np.hstack([rows, fresh])
        before = len(profile.chosen)
        profile.widen(fresh)
        chosen = profile.chosen
        # a new point brings a new dimension unless there is none left
        if len(chosen) in (goal, before):
            return rows, chosen
        # some terms have one value at all places, so that a point may bring one dimension only: half as many points again
        room = (MOST_ENTRIES // len(terms) - rows.shape[1]) // max(width, 1)
        more = max((goal - len(chosen)) // max(2 * width, 1), rows.shape[1] // max(2 * width, 1))
        number = max(1, min(more, room))


def _shared_products(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], at: list[list[Array]]
) -> dict[tuple[int, ...], Array]:
    """The products of entries of the same factors, where several terms take more of them than there are."""
    entries = [prod(sizes[axis] for axis in signature.without_channels(one).axes) for one in signature.inputs]
    taken: Counter[tuple[int, ...]] = Counter()
    for term in terms:
        if term.order > 1 and term.constants and not term.offsets():
            taken[term.factors] += max(len(constant.nonzeros) for constant, _ in term.constants)
    first = {term.factors: term for term in terms}
    found: dict[tuple[int, ...], Array] = {}
    room = MOST_SHARED
    for factors, number in taken.items():
        every = prod(entries[one] for one in factors)
        size = every * len(at[0][0])
        if every <= number and size <= room:
            found[factors] = products(first[factors], at)
            room -= size
    return found


def _numerically_independent(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], *, ordered: bool, random: np.random.Generator
) -> list[int]:
    """The same in floating point, for constant tensors that no exact arithmetic holds: a term is dependent where less than
    1e-9 of its values is left after those of the terms before it are taken out."""
    copies = max(term.order for term in terms) if ordered else 1
    kinds = [signature.without_channels(tensor) for tensor in signature.inputs]
    plain = signature.without_latents(signature.channels)
    at = [
        [random.normal(size=(len(terms) + 8, *(sizes[letter] for letter in one.axes))) for one in kinds]
        for _ in range(max(1, copies))
    ]
    outputs = [signature.without_channels(tensor) for tensor in signature.outputs]
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
