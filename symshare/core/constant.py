"""Constant tensors: what a term multiplies besides its factors, exact and sparse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from symshare.core.exact import Number
from symshare.core.matrices import Matrix

__all__ = ["Constant", "levi_civita", "of_matrix", "offsets"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant tensor: its name, its shape, and its nonzero entries `(place, value)` in order of place.

    `offsets` marks the tensor that ties indices of a cyclic axis to fixed distances: 1 where each index is the first one
    plus its offset, around the axis. `symmetry` is 1 or -1 where any exchange of indices gives the tensor or its negative.

    >>> levi_civita(2).entries
    (((0, 1), 1), ((1, 0), -1))
    """

    name: str
    meaning: str
    shape: tuple[int, ...]
    entries: tuple[tuple[tuple[int, ...], Number], ...]
    offsets: tuple[int, ...] = ()
    symmetry: int = 0

    def __str__(self) -> str:
        count = "1 nonzero" if len(self.entries) == 1 else f"{len(self.entries):,} nonzeros"
        return f"{self.name}: {self.meaning}, {' x '.join(map(str, self.shape))}, {count}"

    def to_dict(self) -> dict[str, object]:
        """The tensor as plain values: numbers that are no integers are texts."""
        values = [[*place, value if isinstance(value, int) else str(value)] for place, value in self.entries]
        return {"name": self.name, "meaning": self.meaning, "shape": list(self.shape), "entries": values}


def levi_civita(size: int) -> Constant:
    """The Levi-Civita symbol: the sign of the permutation that its indices are."""
    entries = []
    for images in permutations(range(size)):
        inversions = sum(images[a] > images[b] for a in range(size) for b in range(a + 1, size))
        entries.append((images, -1 if inversions % 2 else 1))
    return Constant(f"e{size}", "Levi-Civita symbol", (size,) * size, tuple(entries), symmetry=-1)


def of_matrix(name: str, meaning: str, matrix: Matrix, symmetry: int) -> Constant:
    """A matrix as a constant with two indices."""
    entries = tuple(((r, c), entry) for r, row in enumerate(matrix.rows) for c, entry in row)
    return Constant(name, meaning, (matrix.size, matrix.size), entries, symmetry=symmetry)


def offsets(size: int, distances: tuple[int, ...]) -> Constant:
    """The tensor that holds indices of a cyclic axis at fixed distances from the first.

    >>> offsets(3, (0, 2)).entries
    (((0, 2), 1), ((1, 0), 1), ((2, 1), 1))
    """
    first = distances[0]
    moved = tuple((distance - first) % size for distance in distances)
    entries = tuple((tuple((start + distance) % size for distance in moved), 1) for start in range(size))
    return Constant(f"shift{moved}", "offsets around the axis", (size,) * len(moved), entries, offsets=moved)


def made(name: str, meaning: str, shape: tuple[int, ...], cells: Mapping[tuple[int, ...], Number]) -> Constant:
    """A constant from `{place: value}`."""
    return Constant(name, meaning, shape, tuple(sorted((place, value) for place, value in cells.items() if value)))
