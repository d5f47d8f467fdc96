"""What the exchanges of equal factors of terms span together, found without listing all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.numbers import PRIME
from symshare.core.bases.values import points, values
from symshare.core.notation.signature import Signature
from symshare.core.terms.exchanges import exchanged, swaps
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError

__all__ = ["spun"]

MOST_SPUN = 400


def spun(terms: Sequence[Term], signature: Signature, sizes: dict[str, int], wanted: int | None) -> list[int]:
    """The owners of independent exchanges of some terms, found without listing all: what is new is exchanged with the next.

    Values are taken modulo the prime at points of their own for each factor. TooLargeError above four hundred.
    """
    columns = 64
    while True:
        owners = _spun(terms, signature, sizes, wanted, columns)
        if len(owners) + 8 <= columns:
            return owners
        columns *= 2


def _spun(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], wanted: int | None, columns: int
) -> list[int]:
    at = points(signature, sizes, max(term.order for term in terms), columns, np.random.default_rng(0))
    rows: list[tuple[int, Array]] = []
    owners: list[int] = []
    seen: set[Term] = set()
    for owner, term in enumerate(terms):
        listed = [term] if term not in seen else []
        seen.update(listed)
        for one in listed:
            if len(owners) in (wanted, columns):
                return owners
            row = _reduced(_row(one, at, signature, sizes), rows)
            if row is None:
                continue
            if len(owners) >= MOST_SPUN:
                raise TooLargeError(
                    f"the exchanges of the terms of order {term.order} span over {MOST_SPUN} dimensions\n  lower the order"
                )
            rows.append(row)
            owners.append(owner)
            for place in swaps(one):
                swapped = exchanged(one, place)[0]
                if swapped not in seen:
                    seen.add(swapped)
                    listed.append(swapped)
    return owners


def _row(term: Term, at: list[list[Array]], signature: Signature, sizes: dict[str, int]) -> Array:
    """The values of a term at all points, beside zeros for the other outputs."""
    found = values(term, at, sizes)
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
