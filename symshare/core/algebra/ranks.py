"""Which rows of a matrix depend on rows before them, modulo a prime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME

__all__ = ["Profile", "product_modulo", "rank_profile", "relations"]


def rank_profile(rows: Sequence[Sequence[int]] | Array, prime: int) -> list[int]:
    """The rows that are no combination of rows before them, modulo a prime.

    >>> rank_profile([[1, 2], [2, 4], [0, 1]], 7)
    [0, 2]
    """
    from flint import nmod_mat

    matrix = np.array(rows, dtype=np.int64)
    if not matrix.size:
        return []
    echelon, rank = nmod_mat(matrix.shape[1], matrix.shape[0], matrix.T.ravel().tolist(), prime).rref()
    return _leads(echelon, rank)


def _leads(echelon: Any, rank: int) -> list[int]:
    """The column of the first entry of each row of an echelon form."""
    found, column = [], 0
    for row in range(rank):
        while int(echelon[row, column]) == 0:
            column += 1
        found.append(column)
        column += 1
    return found


def relations(rows: Array, prime: int) -> Array:
    """A basis of the relations between rows modulo a prime: each gives the rows factors with which they add up to zero.

    >>> relations(np.array([[1, 2], [2, 4], [0, 1]]), 7).tolist()
    [[5, 1, 0]]
    """
    from flint import nmod_mat

    number, width = rows.shape
    echelon, rank = nmod_mat(width, number, rows.T.ravel().tolist(), prime).rref()
    dense = np.array([int(one) for one in echelon.entries()], dtype=np.int64).reshape(width, number)[:rank]
    leads = [int(np.flatnonzero(row)[0]) for row in dense]
    free = np.setdiff1d(np.arange(number), leads)
    found = np.zeros((len(free), number), dtype=np.int64)
    found[np.arange(len(free)), free] = 1
    found[:, leads] = -dense[:, free].T % prime
    return found


@dataclass(slots=True)
class Profile:
    """The rows that are no combination of rows before them, modulo PRIME, of a matrix that more columns are added to.

    What is known is not found again: each other row is held as a combination of chosen rows before it, so that new columns
    are eliminated only for what they leave of the other rows.

    >>> profile = Profile(3)
    >>> profile.widen(np.array([[1], [2], [3]])), profile.chosen
    (None, [0])
    >>> profile.widen(np.array([[1], [2], [4]])), profile.chosen
    (None, [0, 2])
    """

    number: int
    chosen: list[int] = field(default_factory=list)
    _found: Array = field(init=False)
    _others: Array = field(init=False)
    _factors: Array = field(init=False)

    def __post_init__(self) -> None:
        self._found = np.zeros(0, dtype=np.int64)
        self._others = np.arange(self.number)
        self._factors = np.zeros((self.number, 0), dtype=np.int64)

    def widen(self, columns: Array) -> None:
        """Add columns, of shape (number, columns)."""
        left = (columns[self._others] - product_modulo(self._factors, columns[self._found])) % PRIME
        if not left.any():
            return
        leads, free, factors = _combinations(left)
        old = (self._factors[free] - product_modulo(factors, self._factors[leads])) % PRIME
        self._factors = np.hstack([old, factors])
        self._found = np.concatenate([self._found, self._others[leads]])
        self._others = self._others[free]
        self.chosen = sorted(self._found.tolist())


def _combinations(rows: Array) -> tuple[list[int], Array, Array]:
    """The rows that are no combination of those before them, the others, and the factors that make these of those."""
    from flint import nmod_mat

    number, width = rows.shape
    echelon, rank = nmod_mat(width, number, rows.T.ravel().tolist(), PRIME).rref()
    leads = _leads(echelon, rank)
    free = np.setdiff1d(np.arange(number), leads)
    columns = free.tolist()
    factors = [[int(echelon[row, column]) for row in range(rank)] for column in columns]
    return leads, free, np.array(factors, dtype=np.int64).reshape(len(free), rank)


def product_modulo(one: Array, other: Array) -> Array:
    """The product of two matrices modulo PRIME, in floating point: 16 bits at a time, no sum passes 2^53."""
    high, low = (one >> 16).astype(float), (one & 0xFFFF).astype(float)
    other_high, other_low = (other >> 16).astype(float), (other & 0xFFFF).astype(float)
    whole: Array = (high @ other_high).astype(np.int64) % PRIME
    for part in (high @ other_low + low @ other_high, low @ other_low):
        whole = ((whole << 16) + part.astype(np.int64)) % PRIME
    return whole
