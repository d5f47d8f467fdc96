"""Exact sparse matrices: what a group element does to one axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symshare.core.arithmetic import read_number
from symshare.core.exact import Number, is_exact, simplest, square_roots
from symshare.errors import SymshareError

__all__ = ["Matrix", "diagonal", "from_entries", "from_rows", "identity", "permutation"]


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

    def inverse(self) -> Matrix:
        """The inverse, by elimination; SymshareError for a singular matrix.

        >>> print(from_rows([[1, 1], [0, 1]]).inverse())
        [1 -1; 0 1]
        """
        moved = self.monomial()
        if moved is not None:
            images, entries = moved
            return from_entries(
                self.size, {(j, image): _reciprocal(entries[j]) for j, image in enumerate(images) if entries[j]}
            )
        left = [dict(row) for row in self.rows]
        right: list[dict[int, Number]] = [{number: 1} for number in range(self.size)]
        # what is below this is rounding
        least = 1e-12 * max((abs(e) for row in self.rows for _, e in row if isinstance(e, float)), default=0.0)
        for column in range(self.size):
            candidates = [
                number
                for number in range(column, self.size)
                if (entry := left[number].get(column)) and not (isinstance(entry, float) and abs(entry) < least)
            ]
            if not candidates:
                raise SymshareError(f"the matrix {self} is singular\n  a group's matrices can be inverted")
            pivot = max(candidates, key=lambda number: abs(_size(left[number][column])))
            left[column], left[pivot] = left[pivot], left[column]
            right[column], right[pivot] = right[pivot], right[column]
            factor = _reciprocal(left[column][column])
            for side in (left, right):
                side[column] = {place: simplest(entry * factor) for place, entry in side[column].items()}
            for number in range(self.size):
                factor = left[number].get(column, 0)
                if number == column or not factor:
                    continue
                for side in (left, right):
                    for place, entry in side[column].items():
                        side[number][place] = simplest(side[number].get(place, 0) - factor * entry)
                left[number].pop(column, None)
        return Matrix(self.size, tuple(_row(row) for row in right))


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
    """A matrix from its rows, numbers or texts as `symshare.core.exact.read_number` takes them.

    >>> print(from_rows([["1/2", "sqrt(3)/2"], ["-sqrt(3)/2", "1/2"]]))
    [1/2 1/2*sqrt(3); -1/2*sqrt(3) 1/2]
    """
    read = [[read_number(entry) for entry in row] for row in rows]
    return Matrix(len(read), tuple(_row(dict(enumerate(row))) for row in read))


def _row(entries: Mapping[int, Number]) -> tuple[tuple[int, Number], ...]:
    return tuple(sorted((column, simplest(entry)) for column, entry in entries.items() if entry))


def _reciprocal(entry: Number) -> Number:
    return simplest(1 / Fraction(entry)) if isinstance(entry, int | Fraction) else 1 / entry


def _size(entry: Number) -> float:
    """A measure to choose a pivot by: floats by size, exact numbers alike."""
    return abs(entry) if isinstance(entry, float) else 1.0


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
