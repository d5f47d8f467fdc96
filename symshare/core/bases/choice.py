"""From candidates to a basis: which terms are kept, so that they are independent and none is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import relations
from symshare.core.bases.independence import independent, valued
from symshare.core.bases.spanned import Spans
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.exchanges import exchanges, many_exchanges
from symshare.core.terms.term import Term

__all__ = ["chosen", "generating"]


def chosen(listed: list[Term], signature: Signature, order: int, ordered: bool) -> list[Term]:
    """The candidates that are linearly independent of those before them; with channels, of all exchanges of equal factors
    of those before them."""
    if not ordered and signature.has_channels:
        return generating(listed, signature, order)[0]
    return _independent(listed, signature, order, ordered)


def generating(listed: Sequence[Term], signature: Signature, order: int) -> tuple[list[Term], int]:
    """The terms that are no sum of exchanges of those before them, and how many dimensions all exchanges span.

    Values are taken at a point of its own for each factor, as channels allow. Terms that are sums of exchanges of later ones
    are left out too, the last first.
    """
    sizes = witness_sizes(signature, order)
    exact = all(constant.exact for term in listed for constant, _ in term.constants)
    if not listed:
        return [], 0
    if not exact or any(map(many_exchanges, listed)):
        return _generating_again(listed, signature, sizes, exact)
    orbits = [exchanges(term) for term in listed]
    owners = np.repeat(np.arange(len(listed)), [len(orbit) for orbit in orbits])
    every = [one for orbit in orbits for one in orbit]
    rows, chosen = valued(every, signature, sizes, ordered=True, random=np.random.default_rng(0))
    kept = sorted(set(owners[chosen].tolist()))
    if np.isin(owners, kept).sum() > len(chosen):
        places = np.flatnonzero(np.isin(owners, kept))
        left = relations(rows[places], PRIME)
        for number in reversed(kept):
            fewer = _without(left, np.flatnonzero(owners[places] == number))
            if fewer is not None and len(kept) > 1:
                left, kept = fewer, [one for one in kept if one != number]
    return [listed[number] for number in kept], len(chosen)


def _without(every: Array, rows: Array) -> Array | None:
    """The relations in which some rows have no part; None where the other rows do not span these."""
    left = every
    for row in rows:
        holders = np.flatnonzero(left[:, row])
        if not len(holders):
            return None
        pivot = left[holders[0]] * pow(int(left[holders[0], row]), -1, PRIME) % PRIME
        left = left.copy() if left is every else left
        left[holders] = (left[holders] - left[holders, row][:, None] * pivot) % PRIME
        left = np.delete(left, holders[0], axis=0)
    return left


def _generating_again(
    listed: Sequence[Term], signature: Signature, sizes: dict[str, int], exact: bool
) -> tuple[list[Term], int]:
    """The same by trying anew without each term: for floats, and for terms whose exchanges are too many to list."""
    spans = Spans(signature, sizes, max(term.order for term in listed))

    def spanning(numbers: Sequence[int], wanted: int | None = None) -> list[int]:
        """The owners of independent exchanges of some terms."""
        if exact:
            return [numbers[place] for place in spans.owners([listed[one] for one in numbers], wanted)]
        owners = [number for number in numbers for _ in exchanges(listed[number])]
        every = [one for number in numbers for one in exchanges(listed[number])]
        chosen = independent(every, signature, sizes, ordered=True, random=np.random.default_rng(0), wanted=wanted)
        return [owners[place] for place in chosen]

    found = spanning(range(len(listed)))
    kept = sorted(set(found))
    for number in reversed(kept):
        rest = [one for one in kept if one != number]
        if rest and len(spanning(rest, wanted=len(found))) == len(found):
            kept = rest
    return [listed[number] for number in kept], len(found)


def _independent(listed: list[Term], signature: Signature, order: int, ordered: bool) -> list[Term]:
    """The terms that are independent of those before them, at the least sizes at which all exist."""
    sizes = witness_sizes(signature, order)
    random = np.random.default_rng(0)
    chosen = independent(listed, signature, sizes, ordered=ordered, random=random)
    return [listed[place] for place in chosen]
