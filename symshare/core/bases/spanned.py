"""The span of all exchanges of equal factors of some terms, found without listing every exchange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME
from symshare.core.bases.values import points, products, values
from symshare.core.notation.signature import Signature
from symshare.core.terms.exchanges import exchanged, swaps
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError

__all__ = ["Spans"]

MOST_SPUN = 400
"""Dimensions that exchanges of the terms of one order span; chosen, not measured."""

MOST_PRODUCTS = 4_000_000
"""Products of entries that are kept for all exchanges: 32 MB."""


@dataclass(slots=True)
class Spans:
    """The span of all exchanges of equal factors of some terms: only exchanges that add a dimension are exchanged further.

    Values are taken modulo the prime at points of their own for each factor, and kept: they are asked for again and again.
    """

    signature: Signature
    sizes: dict[str, int]
    order: int
    columns: int = 64
    _at: list[list[Array]] = field(default_factory=list)
    _rows: dict[Term, Array] = field(default_factory=dict)
    _products: dict[tuple[int, ...], Array] = field(default_factory=dict)
    _next: dict[Term, list[Term]] = field(default_factory=dict)

    def owners(self, terms: Sequence[Term], wanted: int | None) -> list[int]:
        """For each dimension that exchanges of the terms span, the number of the term whose exchange added it;
        TooLargeError above four hundred."""
        while True:
            found = self._owners(terms, wanted)
            if len(found) + 8 <= self.columns:
                return found
            self.columns *= 2
            self._at = []

    def _owners(self, terms: Sequence[Term], wanted: int | None) -> list[int]:
        rows: list[tuple[int, Array]] = []
        owners: list[int] = []
        seen: set[Term] = set()
        for owner, term in enumerate(terms):
            listed = [term] if term not in seen else []
            seen.update(listed)
            for one in listed:
                if len(owners) in (wanted, self.columns):
                    return owners
                row = _reduced(self._row(one), rows)
                if row is None:
                    continue
                if len(owners) >= MOST_SPUN:
                    raise TooLargeError(
                        f"the exchanges of the terms of order {self.order} span over {MOST_SPUN} dimensions\n"
                        "  lower the order"
                    )
                rows.append(row)
                owners.append(owner)
                for other in self._neighbours(one):
                    if other not in seen:
                        seen.add(other)
                        listed.append(other)
        return owners

    def _neighbours(self, term: Term) -> list[Term]:
        if term not in self._next:
            self._next[term] = [exchanged(term, place)[0] for place in swaps(term)]
        return self._next[term]

    def _row(self, term: Term) -> Array:
        """The values of a term at all points."""
        if not self._at:
            self._at = points(self.signature, self.sizes, self.order, self.columns, np.random.default_rng(0))
            self._rows, self._products = {}, {}
        if term not in self._rows:
            found = values(term, self._at, self.sizes, self._monomials(term))
            self._rows[term] = _row(term, found, self._at, self.signature, self.sizes)
        return self._rows[term]

    def _monomials(self, term: Term) -> Array | None:
        """The products of an entry for each factor, alike for all exchanges, where they are few enough to keep."""
        if prod(self._at[0][number][0].size for number in term.factors) * self.columns > MOST_PRODUCTS:
            return None
        if term.factors not in self._products:
            self._products[term.factors] = products(term, self._at)
        return self._products[term.factors]


def _row(term: Term, found: Array, at: list[list[Array]], signature: Signature, sizes: dict[str, int]) -> Array:
    """The values of a term at all points, beside zeros for the other outputs."""
    number = at[0][0].shape[0] if at[0] else 1
    pieces = []
    for output in range(len(signature.outputs)):
        shape = [sizes[letter] for letter in signature.outputs[output].axes if letter in sizes]
        own = (
            np.broadcast_to(found, (number, *shape))
            if output == term.output
            else np.zeros((number, *shape), dtype=np.int64)
        )
        pieces.append(own.reshape(-1))
    return np.concatenate(pieces)


def _reduced(row: Array, rows: Sequence[tuple[int, Array]]) -> tuple[int, Array] | None:
    """What is left of a row without those before it, with the place of its first entry, which is 1; None for nothing."""
    for place, other in rows:
        if row[place]:
            row = (row - row[place] * other) % PRIME
    places = np.flatnonzero(row)
    if not len(places):
        return None
    place = int(places[0])
    return place, row * pow(int(row[place]), -1, PRIME) % PRIME
