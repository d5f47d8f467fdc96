"""The group of an axis, by generators: permutations, matrices, and elements of a Lie algebra."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symshare.core.algebra.matrices import Matrix, identity
from symshare.core.algebra.numbers import Number, as_float, is_exact
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.errors import NotationError, plural

if TYPE_CHECKING:
    from symshare.core.groups.family import Family

__all__ = ["AxisGroup", "dual", "made"]

TOLERANCE = 1e-9
"""What may be left of a difference of numbers of which some are floats."""

LARGEST_SHOWN = 12
"""Rows of a matrix that is shown entry by entry, unless it permutes; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class AxisGroup(Noun):
    """What acts on one axis: matrices that generate a group, and elements of its Lie algebra.

    `family` and `numbers` name a group that has a row among the families (`"O"`, `(3,)`); any other has `family=""`. What
    is known of a group by its name is asked of its `row`. `of` is the letter that this axis is dual to. Axes with the same
    `tie` are moved by the same elements, in the order of the lists.

    Make one by name (`symshare.core.groups.naming.read_group`) or from a file of generators (`symshare.read_generators`).

    >>> from symshare.core.groups.naming import read_group
    >>> read_group("SO(3)")
    AxisGroup('SO(3)', size=3, elements=2, algebra=1)
    """

    name: str
    size: int
    elements: tuple[Matrix, ...] = ()
    algebra: tuple[Matrix, ...] = ()
    family: str = ""
    numbers: tuple[int, ...] = ()
    of: str = ""
    tie: str = ""

    def __post_init__(self) -> None:
        if len(self.name) > 200 or not all(one.isprintable() and one not in '"\\' for one in self.name):
            cure = "a name is printable, without quotation marks and backslashes, up to 200 characters"
            raise NotationError(self.name[:80], 0, "is no name for a group", cure)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        numbers = {"size": self.size, "elements": len(self.elements), "algebra": len(self.algebra)}
        return brief("AxisGroup", repr(self.name), *(f"{name}={number}" for name, number in numbers.items()))

    def to_dict(self) -> dict[str, Any]:
        """The group as plain values: its generators by their nonzeros `[row, column, entry]`."""
        return {
            "name": self.name,
            "size": self.size,
            "elements": list(map(_nonzeros, self.elements)),
            "algebra": list(map(_nonzeros, self.algebra)),
        }

    def tables(self) -> tuple[Table, ...]:
        """The generators."""
        listed = [("element", one) for one in self.elements] + [("Lie algebra", one) for one in self.algebra]
        return (
            first(
                f"{self.name}, on {plural(self.size, 'value')}",
                ("generator", "matrix"),
                listed,
                lambda pair: (pair[0], _matrix_text(pair[1])),
                notes=() if listed else ("nothing is moved",),
                code=("matrix",),
            ),
        )

    @property
    def row(self) -> Family:
        """What is known of the group by its name."""
        from symshare.core.groups.families import FAMILIES, OWN  # set axes alone need no rows

        return FAMILIES.get(self.family, OWN)

    @property
    def exact(self) -> bool:
        """Whether no generator has a float in it."""
        return all(one.exact for one in (*self.elements, *self.algebra))

    @property
    def permutes(self) -> bool:
        """Whether the group permutes the values of the axis, so that a mean over them makes sense."""
        return not self.algebra and all(
            (moved := one.monomial()) is not None and set(moved[1]) == {1} for one in self.elements
        )

    @property
    def signed(self) -> bool:
        """Whether the group permutes the values of the axis up to signs."""
        return not self.algebra and all(
            (moved := one.monomial()) is not None and set(moved[1]) <= {1, -1} for one in self.elements
        )

    @property
    def orthogonal(self) -> bool:
        """Whether every generator is an orthogonal matrix, so that the axis is its own dual."""
        whole = all(_equal(one @ one.transpose(), identity(self.size)) for one in self.elements)
        return whole and all(_equal(one.transpose(), -one) for one in self.algebra)

    @property
    def keeps_ones(self) -> bool:
        """Whether the group leaves the vector (1, .., 1) as it is; an orthogonal one then commutes with centring the axis."""
        whole = all(_adds_up_to(row, 1) for one in self.elements for row in one.rows)
        return whole and all(_adds_up_to(row, 0) for one in self.algebra for row in one.rows)


def made(row: Family, numbers: tuple[int, ...]) -> AxisGroup:
    """The group of a family with some numbers, which it must allow; generators that move nothing are left out.

    >>> from symshare.core.groups.families import FAMILIES
    >>> made(FAMILIES["Lorentz"], (1, 3))
    AxisGroup('Lorentz', size=4, elements=4, algebra=1)
    """
    size = row.length(*numbers)
    moving = tuple(dict.fromkeys(one for one in row.elements(*numbers) if one != identity(size)))
    return AxisGroup(row.text(numbers), size, moving, tuple(row.algebra(*numbers)), row.name, numbers)


def _nonzeros(one: Matrix) -> list[list[int | float | str]]:
    """The nonzeros of a matrix as plain values; numbers that are no integers and no floats are texts."""
    return [
        [number, column, entry if isinstance(entry, int | float) else str(entry)]
        for number, row in enumerate(one.rows)
        for column, entry in row
    ]


def _matrix_text(one: Matrix) -> str:
    """A matrix as it may be shown: a signed permutation in cycles, another row by row unless it is large."""
    moved = one.monomial()
    if one.size <= LARGEST_SHOWN or (moved is not None and set(moved[1]) <= {1, -1}):
        return str(one)
    return f"{one.size} x {one.size}, {plural(sum(map(len, one.rows)), 'nonzero')}"


def _equal(one: Matrix, other: Matrix) -> bool:
    """Whether two matrices are equal; to a tolerance where one has floats."""
    if one.exact and other.exact:
        return one == other
    pairs = zip(map(dict, one.rows), map(dict, other.rows), strict=True)
    return all(
        abs(as_float(a.get(place, 0)) - as_float(b.get(place, 0))) < TOLERANCE for a, b in pairs for place in a | b
    )


def _adds_up_to(row: tuple[tuple[int, Number], ...], number: int) -> bool:
    """Whether the entries of a row have a sum; to a tolerance where one is a float."""
    entries = [entry for _, entry in row]
    if all(map(is_exact, entries)):
        return bool(sum(entries) == number)
    return abs(sum(map(as_float, entries)) - number) < TOLERANCE


def dual(group: AxisGroup, letter: str) -> AxisGroup:
    """The dual of an axis: where a vector v goes to g v, the dual goes to the transposed inverse of g.

    >>> from symshare.core.groups.families import FAMILIES
    >>> print(dual(made(FAMILIES["GL"], (2,)), "a").algebra[1])
    [0 0; -1 0]
    """
    return replace(
        group,
        name=f"dual({letter})",
        elements=tuple(one.inverse().transpose() for one in group.elements),
        algebra=tuple(-one.transpose() for one in group.algebra),
        of=letter,
    )
