"""Equations of one or two unknowns, taken out of a sparse system before elimination."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.orbits import merged
from symshare.core.algebra.radicals import Parts

__all__ = ["presolved"]


def presolved(blocks: Sequence[Parts], unknowns: int) -> tuple[Array, list[Parts]]:
    """Orbit labels of the unknowns that two-term equations merge, and the equations left between the orbits."""
    labels = np.arange(1, unknowns + 1, dtype=np.int64)
    rest = list(blocks)
    number = unknowns
    while True:
        equalities, vanishing, kept = [], [], []
        for parts in rest:
            matrix = _whole(parts)
            lengths = np.diff(matrix.indptr)
            alone = np.flatnonzero(lengths == 1)
            vanishing.append(matrix.indices[matrix.indptr[alone]])
            rows, left, right, signs = _pairs(parts, matrix, lengths)
            equalities.append((left, right, signs))
            keep = lengths > 1
            keep[rows] = False
            kept.append({one: sparse.csr_array(piece[np.flatnonzero(keep)]) for one, piece in parts.items()})
        if not any(len(one) for one in vanishing) and not any(len(left) for left, _, _ in equalities):
            return labels, [parts for parts in kept if _whole(parts).nnz]
        step = merged(number, equalities, np.concatenate(vanishing) if vanishing else None)
        labels = np.where(labels == 0, 0, np.sign(labels) * np.concatenate([[0], step])[np.abs(labels)])
        smaller = int(np.abs(step).max(initial=0))
        alive = np.flatnonzero(step)
        fold = sparse.csr_array(
            (np.sign(step[alive]), (alive, np.abs(step[alive]) - 1)), shape=(number, smaller), dtype=np.int64
        )
        rest = [_reduced({one: sparse.csr_array(piece @ fold) for one, piece in parts.items()}) for parts in kept]
        number = smaller


def _whole(parts: Parts) -> Any:
    """The pattern of all parts together; the values where there is one part only."""
    pieces = list(parts.values())
    if len(pieces) == 1:
        return pieces[0]
    return sparse.csr_array(reduce(lambda a, b: a + b, (abs(one) for one in pieces)))


def _pairs(parts: Parts, matrix: Any, lengths: Array) -> tuple[Array, Array, Array, Array]:
    """Rows that make two unknowns equal up to sign: their numbers, the two unknowns, and the sign."""
    rows = np.flatnonzero(lengths == 2)
    if len(parts) > 1:
        rooted = reduce(lambda a, b: a + b, (np.diff(piece.indptr) for one, piece in parts.items() if one != 1))
        rows = rows[rooted[rows] == 0]
        matrix = parts.get(1, matrix)
    first = matrix.indptr[rows]
    a, b = matrix.data[first], matrix.data[first + 1]
    like = np.abs(a) == np.abs(b)
    first = first[like]
    return rows[like], matrix.indices[first], matrix.indices[first + 1], np.where(a[like] == b[like], -1, 1)


def _reduced(parts: Parts) -> Parts:
    """Rows without zeros, each once."""
    for piece in parts.values():
        piece.eliminate_zeros()
        piece.sort_indices()
    if len(parts) > 1:
        return parts
    ((radicand, matrix),) = parts.items()
    seen: dict[tuple[bytes, bytes], int] = {}
    for row in np.flatnonzero(np.diff(matrix.indptr)).tolist():
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        values = matrix.data[span]
        values = values // np.gcd.reduce(values) * np.sign(values[0])
        seen.setdefault((matrix.indices[span].tobytes(), values.tobytes()), row)
    return {radicand: sparse.csr_array(matrix[list(seen.values())])}
