"""The monomials of one degree in the entries of the inputs: how they are numbered, and where a permutation moves them."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from symshare.core.actions.operators import Operator
from symshare.core.algebra.arrays import Array
from symshare.errors import TooLargeError

__all__ = ["Monomials"]

CHUNK = 1 << 20
"""Monomials that are renumbered at once: eight bytes for each factor, so 32 MiB at order 4."""


@dataclass(frozen=True, slots=True)
class Monomials:
    """The monomials of one degree, or of one range of powers, in so many variables.

    `kind` is `"commuting"` (products of `degree` variables), `"ordered"` (the same, with their order kept) or `"laurent"`
    (each variable to a power from `least` to `most`). They are numbered: commuting ones in colexicographic order of their
    sorted variables, the others in C order of their variables or powers.
    """

    kind: str
    variables: int
    degree: int = 0
    least: int = 0
    most: int = 0

    def __len__(self) -> int:
        return self.number

    @property
    def number(self) -> int:
        """How many there are, also where they are too many to list."""
        if self.kind == "laurent":
            return int((self.most - self.least + 1) ** self.variables)
        if self.kind == "ordered":
            return int(self.variables**self.degree)
        return comb(self.variables + self.degree - 1, self.degree) if self.variables or not self.degree else 0

    def table(self) -> Array:
        """All monomials, one a row: the variables of each factor, or for Laurent monomials the power of each variable.

        >>> Monomials("commuting", 2, 2).table().tolist()
        [[0, 0], [0, 1], [1, 1]]
        """
        if self.kind == "laurent":
            powers = np.indices((self.most - self.least + 1,) * self.variables, dtype=np.int8)
            return powers.reshape(self.variables, -1).T + np.int8(self.least)
        if self.kind == "ordered" and self.degree:
            return np.indices((self.variables,) * self.degree, dtype=np.int32).reshape(self.degree, -1).T
        kind = np.int8 if self.variables < 2**7 else np.int16 if self.variables < 2**15 else np.int32
        rows = np.zeros((1, 0), dtype=kind)
        if self.degree:
            rows = np.arange(self.variables, dtype=kind)[:, None]
        for degree in range(2, self.degree + 1):
            # colexicographic: the last variable grows slowest, the others run over all smaller monomials
            lengths = [comb(last + degree - 1, degree - 1) for last in range(self.variables)]
            longer, start = np.empty((sum(lengths), degree), dtype=kind), 0
            for last, length in enumerate(lengths):
                longer[start : start + length, :-1] = rows[:length]
                longer[start : start + length, -1] = last
                start += length
            rows = longer
        return rows

    def numbers(self, table: Array) -> Array:
        """The number of each row of a table; the variables of commuting monomials may come in any order."""
        if self.kind == "laurent":
            base, digits = self.most - self.least + 1, table.astype(np.int64) - self.least
        elif self.kind == "ordered":
            base, digits = self.variables, table.astype(np.int64)
        else:
            ordered = np.sort(table, axis=1)
            total = np.zeros(len(table), dtype=np.int64)
            for place in range(self.degree):
                below = np.array([comb(v + place, place + 1) for v in range(self.variables)], dtype=np.int64)
                total += below[ordered[:, place]]
            return total
        total = np.zeros(len(table), dtype=np.int64)
        for place in range(table.shape[1]):
            total = total * base + digits[:, place]
        return total

    def moved(self, operator: Operator) -> tuple[Array, Array | None]:
        """Where a signed permutation of the variables takes each monomial, and the sign it gets (None: all plus)."""
        if operator.images is None:
            raise TooLargeError("only signed permutations move monomials to monomials")
        signs: Array | None = None
        if self.kind == "ordered":
            images = np.zeros(1, dtype=np.int64)
            for _ in range(self.degree):
                images = (images[:, None] * self.variables + operator.images[None, :]).ravel()
                if operator.signs is not None:
                    so_far = np.ones(1, dtype=np.int8) if signs is None else signs
                    signs = (so_far[:, None] * operator.signs[None, :]).ravel()
            return images, signs
        table = self.table()
        if self.kind == "laurent":
            moved = np.empty_like(table)
            moved[:, operator.images] = table
            odd = (table % 2).astype(bool)
            if operator.signs is not None:
                signs = np.where(odd, operator.signs, np.int8(1)).prod(axis=1)
            return self.numbers(moved), signs
        to = operator.images.astype(np.int32)
        some = [table[start : start + CHUNK] for start in range(0, len(table), CHUNK)]
        own = operator.signs
        images = np.concatenate([self.numbers(to[rows]) for rows in some] or [np.zeros(0, dtype=np.int64)])
        if own is None:
            return images, None
        return images, np.concatenate([own[rows].prod(axis=1, dtype=np.int8) for rows in some] or [own[:0]])
