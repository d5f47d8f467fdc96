"""The nouns of a spec: an axis, and a tensor whose dimensions are axes, several laid out as one, or rows of such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

__all__ = [
    *("Axis", "Layout", "Piece", "Row", "Tensor"),
    *("above", "length", "lengths", "pieces_of", "renamed"),
]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a module's weights: permuted, or fixed, with the reason.

    `parent` is the axis for whose every value it has a list of its own, `members` are the lengths of the dimensions that
    it is made of where these are several, which every tensor has together.
    """

    name: str
    size: int
    parent: str = ""
    fixed: str = ""
    members: tuple[int, ...] = ()

    @property
    def pieces(self) -> tuple[int, ...]:
        """The lengths of the dimensions that it is made of."""
        return self.members or (self.size,)


@dataclass(frozen=True, slots=True)
class Piece:
    """An axis along a dimension, or that one of its members."""

    axis: str
    member: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Segments one after the other; each of them is several things laid out as one, the last one fastest."""

    segments: tuple[tuple[Piece | Row, ...], ...]


Layout = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A parameter, buffer, input or output: what is laid out along each of its dimensions, and the other names it has.

    `labels` is the axis whose values the whole numbers in it are, such as tokens.
    """

    name: str
    shape: tuple[int, ...]
    dims: Layout
    kind: str = "parameter"
    tied: tuple[str, ...] = ()
    labels: str = ""


def pieces_of(dims: Layout) -> Iterator[Piece]:
    """All pieces of a layout, from left to right."""
    for row in dims:
        for segment in row.segments:
            for one in segment:
                yield from (one,) if isinstance(one, Piece) else pieces_of((one,))


def renamed(dims: Layout, names: Mapping[str, str]) -> Layout:
    """A layout whose axes have other names."""

    def changed(one: Piece | Row) -> Piece | Row:
        if isinstance(one, Row):
            return renamed((one,), names)[0]
        return Piece(names.get(one.axis, one.axis), one.member)

    return tuple(Row(tuple(tuple(map(changed, segment)) for segment in row.segments)) for row in dims)


def length(one: Piece | Row, axes: Mapping[str, Axis]) -> int:
    """How long a piece or a row is."""
    if isinstance(one, Piece):
        return axes[one.axis].pieces[one.member]
    return sum(prod(length(inner, axes) for inner in segment) for segment in one.segments)


def lengths(tensor: Tensor, axes: Mapping[str, Axis]) -> tuple[int, ...]:
    """The lengths of a tensor's dimensions as its axes have them."""
    return tuple(length(row, axes) for row in tensor.dims)


def above(axis: Axis, axes: Mapping[str, Axis]) -> tuple[Axis, ...]:
    """All that an axis depends on, the root first."""
    if not axis.parent:
        return ()
    parent = axes[axis.parent]
    return (*above(parent, axes), parent)
