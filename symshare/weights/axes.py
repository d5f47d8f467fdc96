"""The nouns of a spec: an axis, and a tensor whose dimensions are axes, several laid out as one, or rows of such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

import torch

__all__ = [
    *("Axis", "Layout", "Part", "Piece", "Row", "Tensor"),
    *("above", "lengths", "parts", "pieces_of", "renamed"),
]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a module's weights: permuted, or fixed, with the reason.

    `parent` is the axis for whose every value it has a list of its own, `members` are the lengths of the dimensions that
    it is made of where these are several, which every tensor has together, and `scale` is "positive" or "sign" where each
    of its values may be scaled.
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


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of a tensor without rows: where it lies along each dimension, and the axes that it has.

    `layout` has the lengths that its dimensions fall into, `order` brings those that make an axis together, and `axes`
    names the axes of the result, each so many of the lengths as `joined` says. `parents` has for each the number of that
    one that it depends on, -1 where there is none.
    """

    places: tuple[torch.Tensor, ...]
    layout: tuple[int, ...]
    order: tuple[int, ...]
    joined: tuple[int, ...]
    axes: tuple[str, ...]
    parents: tuple[int, ...]


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


def parts(tensor: Tensor, axes: Mapping[str, Axis]) -> Iterator[Part]:
    """The parts that a tensor falls into where its dimensions are rows."""
    for choice in product(*(list(_choices(row, axes)) for row in tensor.dims)):
        flat = [(dim, piece) for dim, (_, pieces) in enumerate(choice) for piece in pieces]
        slots, names = _slots(flat, axes)
        homes = [{flat[place][0] for place in members} for members in slots]
        yield Part(
            tuple(places for places, _ in choice),
            tuple(length(piece, axes) for _, piece in flat),
            tuple(place for members in slots for place in members),
            tuple(map(len, slots)),
            tuple(names),
            tuple(_parent(slot, names, homes, axes) for slot in range(len(slots))),
        )


def _choices(row: Row, axes: Mapping[str, Axis]) -> Iterator[tuple[torch.Tensor, tuple[Piece, ...]]]:
    """For each way to choose a segment in every row: the places along the dimension, and the pieces laid out there."""
    start = 0
    for segment in row.segments:
        sizes = [length(one, axes) for one in segment]
        inner = [
            [(torch.arange(size), (one,))] if isinstance(one, Piece) else list(_choices(one, axes))
            for one, size in zip(segment, sizes, strict=True)
        ]
        for choice in product(*inner):
            places = torch.tensor([start])
            for size, (own, _) in zip(sizes, choice, strict=True):
                places = ((places - start)[:, None] * size + own + start).flatten()
            yield places, tuple(piece for _, pieces in choice for piece in pieces)
        start += prod(sizes)


def _slots(flat: list[tuple[int, Piece]], axes: Mapping[str, Axis]) -> tuple[list[list[int]], list[str]]:
    """The places that make an axis together: those in one dimension first."""
    slots: list[list[int]] = []
    names: list[str] = []
    left = dict(enumerate(flat))
    while left:
        dim, piece = next(iter(left.values()))
        members = []
        for number in range(len(axes[piece.axis].pieces)):
            wanted = Piece(piece.axis, number)
            found = [at for at, (_, one) in left.items() if one == wanted]
            members.append(next((at for at in found if left[at][0] == dim), found[0]))
        for at in members:
            del left[at]
        slots.append(members)
        names.append(piece.axis)
    return slots, names


def _parent(slot: int, names: list[str], homes: list[set[int]], axes: Mapping[str, Axis]) -> int:
    parent = axes[names[slot]].parent
    holders = [place for place, name in enumerate(names) if name == parent]
    near = [place for place in holders if homes[place] & homes[slot]]
    return (near or holders or [-1])[0]
