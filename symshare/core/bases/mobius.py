"""The orbit basis and the diagram basis: "exactly these indices equal" against "at least these"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from symshare.core.bases.basis import Basis
from symshare.core.bases.derivation import as_basis
from symshare.core.bases.forms import check_values
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.core.terms.enumeration import coarsenings
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, amount

__all__ = ["diagrams_to_orbits", "orbits_to_diagrams"]

MOST_COARSENINGS = 5_000_000
"""Mergings of the indices of all terms of one order; chosen, not measured."""


def diagrams_to_orbits(
    basis: Basis | Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool | None = None,
) -> csr_array:
    """The diagram basis written in the orbit basis: an integer matrix Z with diagram_i = sum_j Z[i, j] orbit_j.

    Row i counts, for each diagram j, the ways to merge indices of diagram i that give it; rows and columns are the terms
    of one order, as the basis lists them (of a text or a Signature: its basis to that order). Z has ones on its diagonal and
    is triangular when the terms are sorted by their number of indices, most first (Moebius inversion on the partition
    lattice; Rota 1964).

    Raises SymshareError where the basis lacks a term that merging gives, TooLargeError over five million mergings.

    >>> diagrams_to_orbits("a", 1).toarray().tolist()  # the identity; the sum = identity + the others
    [[1, 0], [1, 1]]
    """
    basis = _basis(basis, order, depends=depends, axes=axes, sizes=sizes, ordered=ordered)
    check_values(basis.signature, "a change of basis")
    if basis.signature.groups:
        raise SymshareError(
            "orbits and diagrams of all indices are for set axes\n  symshare.solve gives the orbits of any group"
        )
    terms = basis.of_order(order)
    _check_size(terms)
    numbers = {_key(term): number for number, term in enumerate(terms)}
    rows: list[int] = []
    columns: list[int] = []
    entries: list[int] = []
    for row, term in enumerate(terms):
        found: dict[int, int] = {}
        for coarser in coarsenings(term):
            key = _key(coarser if basis.ordered else coarser.canonical())
            if key not in numbers:
                raise SymshareError(
                    f"the basis lacks {coarser}, which merging indices of {term} gives\n  derive the whole basis"
                )
            found[numbers[key]] = found.get(numbers[key], 0) + 1
        rows += [row] * len(found)
        columns += found.keys()
        entries += found.values()
    return csr_array((np.array(entries, dtype=np.int64), (rows, columns)), shape=(len(terms), len(terms)))


def orbits_to_diagrams(
    basis: Basis | Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool | None = None,
) -> csr_array:
    """The orbit basis written in the diagram basis: the inverse of `diagrams_to_orbits`, an integer matrix.

    >>> orbits_to_diagrams("a", 1).toarray().tolist()
    [[1, 0], [-1, 1]]
    """
    basis = _basis(basis, order, depends=depends, axes=axes, sizes=sizes, ordered=ordered)
    forward = diagrams_to_orbits(basis, order)
    terms = basis.of_order(order)
    fewest_first = sorted(range(len(terms)), key=lambda number: len(terms[number].index_axes))
    rows: dict[int, dict[int, int]] = {}
    for row in fewest_first:
        inverse = {row: 1}
        start, end = forward.indptr[row], forward.indptr[row + 1]
        for column, entry in zip(forward.indices[start:end].tolist(), forward.data[start:end].tolist(), strict=True):
            if column != row:
                for place, value in rows[column].items():
                    inverse[place] = inverse.get(place, 0) - entry * value
        rows[row] = {place: value for place, value in inverse.items() if value}
    triples = [(row, place, value) for row in range(len(terms)) for place, value in sorted(rows[row].items())]
    data = np.array([value for _, _, value in triples], dtype=np.int64)
    return csr_array((data, ([one for one, _, _ in triples], [two for _, two, _ in triples])), shape=forward.shape)


def _basis(given: Basis | Signature | str, order: int, **options: Any) -> Basis:
    """A basis as it is, also of a higher order, or that of a signature to the order."""
    return as_basis(given, None if isinstance(given, Basis) else order, **options)


def _key(term: Term) -> tuple[object, ...]:
    return term.sort_key


def _check_size(terms: tuple[Term, ...]) -> None:
    """Refuse mergings by the millions: for each axis at most the Bell number of its indices."""
    total = 0
    for term in terms:
        letters = term.index_axes
        total += prod(_bell(letters.count(letter)) for letter in set(letters))
    if total > MOST_COARSENINGS:
        raise TooLargeError(
            f"the change of basis goes through {amount(total)} mergings, over {MOST_COARSENINGS:,}\n  lower the order"
        )


def _bell(n: int) -> int:
    """The number of set partitions of n things (Bell's triangle)."""
    row = [1]
    for _ in range(n):
        longer = [row[-1]]
        for entry in row:
            longer.append(longer[-1] + entry)
        row = longer
    return row[0]
