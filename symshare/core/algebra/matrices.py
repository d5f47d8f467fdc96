"""Exact sparse matrices: what a group element does to one axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from symshare.core.algebra.arithmetic import read_number
from symshare.core.algebra.numbers import Number, as_float, is_exact, simplest, square_roots
from symshare.core.algebra.rational import inverted, of_full_rank
from symshare.errors import SymshareError

if TYPE_CHECKING:
    from symshare.core.algebra.arrays import Array

__all__ = ["Matrix", "diagonal", "from_entries", "from_rows", "identity", "permutation"]

MOST_SPREAD = 1e13
"""The largest condition number of a float matrix that is inverted: of 16 digits 3 are left."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square matrix by its rows, each a tuple of `(column, entry)` without zeros.

    >>> print(permutation([1, 2, 0]) @ permutation([1, 2, 0]))
    (0 2 1)
    """

    size: int
    rows: tuple[tuple[tuple[int, Number], ...], ...]

    def __matmul__(self, other: Matrix) -> Matrix:
        rows = []
        for row in self.rows:
            found: dict[int, Number] = {}
            for middle, factor in row:
                for column, entry in other.rows[middle]:
                    found[column] = found.get(column, 0) + factor * entry
            rows.append(_row(found))
        return Matrix(self.size, tuple(rows))

    def __neg__(self) -> Matrix:
        return Matrix(self.size, tuple(tuple((column, -entry) for column, entry in row) for row in self.rows))

    def __str__(self) -> str:
        moved = self.monomial()
        if moved is not None and set(moved[1]) <= {1, -1}:
            return _cycles(*moved)
        return self.text()

    def text(self) -> str:
        """The matrix row by row, also where it is a permutation.

        >>> identity(2).text()
        '[1 0; 0 1]'
        """
        dense = [["0"] * self.size for _ in range(self.size)]
        for number, row in enumerate(self.rows):
            for column, entry in row:
                dense[number][column] = str(entry)
        return "[" + "; ".join(" ".join(row) for row in dense) + "]"

    @property
    def exact(self) -> bool:
        """Whether no entry is a float."""
        return all(is_exact(entry) for row in self.rows for _, entry in row)

    @property
    def radicands(self) -> frozenset[int]:
        """The square roots that the entries need."""
        return frozenset(one for row in self.rows for _, entry in row if is_exact(entry) for one in square_roots(entry))

    def floats(self) -> Array:
        """The matrix as an array of floats.

        >>> from_rows([["1/2", 0], [0, 1]]).floats().tolist()
        [[0.5, 0.0], [0.0, 1.0]]
        """
        import numpy as np

        array = np.zeros((self.size, self.size))
        for number, row in enumerate(self.rows):
            for column, entry in row:
                array[number, column] = as_float(entry)
        return array

    def transpose(self) -> Matrix:
        """Rows and columns exchanged."""
        return from_entries(self.size, {(c, r): entry for r, row in enumerate(self.rows) for c, entry in row})

    def monomial(self) -> tuple[tuple[int, ...], tuple[Number, ...]] | None:
        """For a matrix with one entry in each row and column: the row of each column's entry, and the entries.

        Basis vector j goes to `entries[j]` times basis vector `rows[j]`. None for any other matrix.

        >>> from_rows([[0, -1], [1, 0]]).monomial()
        ((1, 0), (1, -1))
        """
        images: dict[int, tuple[int, Number]] = {}
        for number, row in enumerate(self.rows):
            if len(row) != 1 or row[0][0] in images:
                return None
            images[row[0][0]] = (number, row[0][1])
        return tuple(images[j][0] for j in range(self.size)), tuple(images[j][1] for j in range(self.size))

    @property
    def singular(self) -> bool:
        """Whether the matrix has no inverse: of exact matrices by their rank modulo two primes, of floats by their rounding.

        Raises TooLargeError for over ten independent square roots, for which primes are rare.

        >>> from_rows([["sqrt(2)", 2], [1, "sqrt(2)"]]).singular
        True
        """
        if self.monomial() is not None:
            return False
        return not of_full_rank(self.rows) if self.exact else _float_inverse(self) is None

    def inverse(self) -> Matrix:
        """The inverse; SymshareError for a singular matrix, TooLargeError for an exact one of over 256 rows.

        >>> print(from_rows([[1, 1], [0, 1]]).inverse())
        [1 -1; 0 1]
        """
        moved = self.monomial()
        if moved is not None:
            images, entries = moved
            return from_entries(self.size, {(j, image): _reciprocal(entries[j]) for j, image in enumerate(images)})
        found = inverted(self.rows) if self.exact else _float_inverse(self)
        if found is None:
            raise SymshareError(f"the matrix {self} is singular\n  a group's matrices can be inverted")
        return from_rows(found)


def _float_inverse(matrix: Matrix) -> list[list[float]] | None:
    """The inverse in floating point, or None where what is left of a pivot is rounding."""
    import numpy as np

    dense = matrix.floats()
    try:
        found = np.linalg.inv(dense)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(found).all() or np.linalg.norm(dense, 1) * np.linalg.norm(found, 1) > MOST_SPREAD:
        return None
    return [[float(entry) for entry in row] for row in found]


def identity(size: int) -> Matrix:
    """The matrix that moves nothing."""
    return permutation(range(size))


def permutation(images: Iterable[int], signs: Sequence[int] | None = None) -> Matrix:
    """The matrix that sends basis vector j to basis vector `images[j]`, times `signs[j]`."""
    listed = list(images)
    return from_entries(len(listed), {(image, j): 1 if signs is None else signs[j] for j, image in enumerate(listed)})


def diagonal(entries: Sequence[Number]) -> Matrix:
    """A diagonal matrix."""
    return from_entries(len(entries), {(place, place): entry for place, entry in enumerate(entries)})


def from_entries(size: int, entries: Mapping[tuple[int, int], Number]) -> Matrix:
    """A matrix from `{(row, column): entry}`."""
    rows: list[dict[int, Number]] = [{} for _ in range(size)]
    for (row, column), entry in entries.items():
        rows[row][column] = entry
    return Matrix(size, tuple(map(_row, rows)))


def from_rows(rows: Sequence[Sequence[object]]) -> Matrix:
    """A matrix from its rows, numbers or texts as `symshare.core.algebra.arithmetic.read_number` takes them.

    >>> print(from_rows([["1/2", "sqrt(3)/2"], ["-sqrt(3)/2", "1/2"]]))
    [1/2 1/2*sqrt(3); -1/2*sqrt(3) 1/2]
    """
    return Matrix(len(rows), tuple(_row({at: read_number(entry) for at, entry in enumerate(row)}) for row in rows))


def _row(entries: Mapping[int, Number]) -> tuple[tuple[int, Number], ...]:
    return tuple(sorted((column, simplest(entry)) for column, entry in entries.items() if entry))


def _reciprocal(entry: Number) -> Number:
    return simplest(1 / Fraction(entry)) if isinstance(entry, int | Fraction) else 1 / entry


def _cycles(images: Sequence[int], signs: Sequence[Number]) -> str:
    """A signed permutation in cycles; a minus sign follows a value whose basis vector changes sign."""
    texts, seen = [], set()
    for start in range(len(images)):
        if start in seen or (images[start] == start and signs[start] == 1):
            continue
        cycle, place = [], start
        while place not in seen:
            seen.add(place)
            cycle.append(f"{place}{'-' if signs[place] == -1 else ''}")
            place = images[place]
        texts.append("(" + " ".join(cycle) + ")")
    return "".join(texts) or "()"
