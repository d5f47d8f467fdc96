"""Subspaces of vectors modulo a prime, grown vector by vector."""

from __future__ import annotations

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME

__all__ = ["Span", "combination", "times", "unit"]


class Span:
    """A subspace of vectors of one length modulo the prime.

    >>> span = Span(3)
    >>> [span.add(np.array(one)) for one in ([1, 1, 0], [2, 2, 0], [0, 1, 0])], len(span), span.has(np.array([5, 7, 0]))
    ([True, False, True], 2, True)
    """

    __slots__ = ("length", "rows")

    def __init__(self, length: int) -> None:
        self.length = length
        self.rows: list[tuple[int, Array]] = []
        """The first nonzero place of each vector, where it is 1, and the vector."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def full(self) -> bool:
        """Whether it is the whole space."""
        return len(self.rows) == self.length

    def left(self, vector: Array) -> Array:
        """What is left of a vector modulo the subspace: zero where it lies in it."""
        for place, row in self.rows:
            if vector[place]:
                vector = (vector - vector[place] * row) % PRIME
        return vector

    def has(self, vector: Array) -> bool:
        """Whether a vector lies in it."""
        return self.full or not self.left(vector % PRIME).any()

    def add(self, vector: Array) -> bool:
        """Take a vector in; whether it was none of the subspace."""
        if self.full:
            return False
        vector = self.left(vector % PRIME)
        places = np.flatnonzero(vector)
        if not len(places):
            return False
        place = int(places[0])
        self.rows.append((place, vector * pow(int(vector[place]), -1, PRIME) % PRIME))
        return True

    def copy(self) -> Span:
        """The same subspace, to be grown apart."""
        found = Span(self.length)
        found.rows = list(self.rows)
        return found


def combination(rows: Array, target: Array) -> dict[int, int] | None:
    """Factors, by row, with which some rows add up to a vector modulo the prime, the first rows preferred; None where none do.

    >>> combination(np.array([[1, 2], [2, 4], [0, 1]]), np.array([3, 7]))
    {0: 3, 2: 1}
    """
    from flint import nmod_mat

    number, width = rows.shape
    whole = np.concatenate([rows, target[None]]) % PRIME
    echelon, rank = nmod_mat(width, number + 1, whole.T.ravel().tolist(), PRIME).rref()
    found: dict[int, int] = {}
    for row in range(rank):
        lead = next(column for column in range(number + 1) if int(echelon[row, column]))
        if lead == number:
            return None
        if value := int(echelon[row, number]):
            found[lead] = value
    return found


def unit(length: int, place: int) -> Array:
    """The vector with a one at one place.

    >>> unit(3, 1).tolist()
    [0, 1, 0]
    """
    found = np.zeros(length, dtype=np.int64)
    found[place] = 1
    return found


def times(vector: Array, matrix: Array) -> Array:
    """A vector, often with few nonzeros, times a matrix, modulo the prime.

    >>> times(np.array([0, 2]), np.array([[1, 1], [3, 4]])).tolist()
    [6, 8]
    """
    places = np.flatnonzero(vector)
    found: Array = (vector[places, None] * matrix[places] % PRIME).sum(axis=0) % PRIME
    return found
