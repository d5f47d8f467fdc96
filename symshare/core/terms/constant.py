"""Constant tensors: what a term multiplies besides its factors, exact and sparse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any

from symshare.core.algebra.matrices import Matrix
from symshare.core.algebra.numbers import Number, is_exact
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.errors import TooLargeError, amount, plural

__all__ = ["Constant", "levi_civita", "of_matrix", "offsets", "written_out"]

LARGEST_SYMBOL = 8
"""Values of an axis whose Levi-Civita symbol is written out; 8, with 40,320 nonzeros, take 0.2 s."""

LARGEST_MATRIX = 6
"""Rows and columns of a matrix that is written with its zeros; chosen, not measured."""

MOST_ENTRIES = 60
"""Nonzeros of a constant that are written out; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Constant(Noun):
    """A constant tensor: its name, its shape, and its nonzero entries `(place, value)` in order of place.

    `offsets` marks the tensor that ties indices of a cyclic axis to fixed distances: 1 where each index is the first one
    plus its offset, around the axis; its entries are not written out (see `nonzeros`). `symmetry` is 1 or -1 where any
    exchange of indices gives the tensor or its negative. `unit` marks a tensor with a single 1. `named` marks one that a term
    has to name, since its indices alone do not tell it from others that the group has.

    >>> levi_civita(2).entries
    (((0, 1), 1), ((1, 0), -1))
    """

    name: str
    meaning: str
    shape: tuple[int, ...]
    entries: tuple[tuple[tuple[int, ...], Number], ...]
    offsets: tuple[int, ...] = ()
    symmetry: int = 0
    unit: bool = False
    named: bool = False

    def __hash__(self) -> int:
        # a name and a few numbers tell nearly all apart; the entries may be very many
        return hash((self.name, self.shape, self.offsets, len(self.entries), self.entries[:1]))

    @property
    def exact(self) -> bool:
        """Whether no entry is a float."""
        return all(is_exact(value) for _, value in self.entries)

    @property
    def nonzeros(self) -> tuple[tuple[tuple[int, ...], Number], ...]:
        """The entries, those of an offset tensor written out.

        >>> offsets(3, (0, 2)).nonzeros
        (((0, 2), 1), ((1, 0), 1), ((2, 1), 1))
        """
        if not self.offsets:
            return self.entries
        size = self.shape[0]
        return tuple((tuple((start + one) % size for one in self.offsets), 1) for start in range(size))

    @property
    def number(self) -> int:
        """The number of nonzeros."""
        return self.shape[0] if self.offsets else len(self.entries)

    def __str__(self) -> str:
        return f"{self.name}: {self.meaning}, {' x '.join(map(str, self.shape))}, {plural(self.number, 'nonzero')}"

    def __repr__(self) -> str:
        return brief("Constant", repr(self.name), f"shape={self.shape}", plural(self.number, "nonzero"))

    def to_dict(self) -> dict[str, Any]:
        """The tensor as plain values: its nonzeros `[*place, value]`; values that are no integers are texts."""
        values = [[*place, value if isinstance(value, int) else str(value)] for place, value in self.nonzeros]
        return {"name": self.name, "meaning": self.meaning, "shape": list(self.shape), "entries": values}

    def tables(self) -> tuple[Table, ...]:
        """The entries."""
        return (written_out([self]),)


def written_out(constants: Sequence[Constant]) -> Table:
    """Constant tensors entry by entry: a small matrix with its zeros, of others the nonzeros by value, of very many the first.

    A place is written by its digits where no axis is longer than ten values; those of offsets are given by their rule.

    >>> print(written_out([levi_civita(2), levi_civita(3)]))
    constant  meaning             shape  entries
    e2        Levi-Civita symbol  2x2    [0, 1; -1, 0]
    e3        Levi-Civita symbol  3x3x3  1 at 012 120 201; -1 at
                                         021 102 210
    """

    def row(one: Constant) -> tuple[str, ...]:
        return one.name, one.meaning, "x".join(map(str, one.shape)) or "1", _entries(one)

    return first("", ("constant", "meaning", "shape", "entries"), constants, row, code=("constant", "entries"))


def _entries(one: Constant) -> str:
    if one.offsets:
        places = ",".join(f"i+{move}" if move else "i" for move in one.offsets)
        return f"1 at {places} modulo {one.shape[0]}"
    if len(one.shape) in (1, 2) and max(one.shape) <= LARGEST_MATRIX:
        cells = dict(one.entries)
        rows = [()] if len(one.shape) == 1 else [(number,) for number in range(one.shape[0])]
        dense = [", ".join(_value(cells.get((*row, column), 0)) for column in range(one.shape[-1])) for row in rows]
        return f"[{'; '.join(dense)}]"
    between = "" if max(one.shape, default=0) <= 10 else ","
    by_value: dict[str, list[str]] = {}
    for place, value in one.entries[:MOST_ENTRIES]:
        by_value.setdefault(_value(value), []).append(between.join(map(str, place)) or "()")
    parts = [f"{value} at {' '.join(places)}" for value, places in by_value.items()]
    more = [f".. {one.number - MOST_ENTRIES:,} more"] if one.number > MOST_ENTRIES else []
    return "; ".join([*parts, *more])


def _value(value: Number) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def levi_civita(size: int) -> Constant:
    """The Levi-Civita symbol: the sign of the permutation that its indices are."""
    if size > LARGEST_SYMBOL:
        raise TooLargeError(
            f"the Levi-Civita symbol of {size} values has {amount(factorial(size))} nonzeros in {amount(size**size)} places\n"
            f"  it is written out up to {LARGEST_SYMBOL}: lower the order, or use the group with reflections"
        )
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

    >>> offsets(3, (1, 0)).offsets
    (0, 2)
    """
    first = distances[0]
    moved = tuple((distance - first) % size for distance in distances)
    return Constant(f"shift{moved}", "offsets around the axis", (size,) * len(moved), (), offsets=moved)


def unit(place: tuple[int, ...], shape: tuple[int, ...]) -> Constant:
    """The tensor with a 1 at one place.

    >>> unit((0, 2), (3, 3)).name
    'at0_2'
    """
    name = "at" + "_".join(map(str, place))
    return Constant(name, f"the place {', '.join(map(str, place))}", shape, ((place, 1),), unit=True, named=True)


def made(name: str, meaning: str, shape: tuple[int, ...], cells: Mapping[tuple[int, ...], Number]) -> Constant:
    """A constant from `{place: value}`, one of several of its kind."""
    entries = tuple(sorted((place, value) for place, value in cells.items() if value))
    return Constant(name, meaning, shape, entries, named=True)
