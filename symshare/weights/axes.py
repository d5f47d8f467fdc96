"""The nouns of a spec: an axis, and a tensor whose dimensions are axes, several laid out as one, or rows of such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

__all__ = ["Axis", "Dim", "Layout", "Part", "Piece", "Tensor", "above", "lengths", "parts", "segment_size"]


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


Segment = tuple[Piece, ...]
Dim = tuple[Segment, ...]
Layout = tuple[Dim, ...]


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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a tensor without rows: where it lies, and the axes that it has.

    `layout` has the lengths that its dimensions fall into, `order` brings those that make an axis together, and `axes`
    names the axes of the result, each so many of the lengths as `joined` says. `parents` has for each the number of that
    one that it depends on, -1 where there is none.
    """

    places: tuple[slice, ...]
    dims: tuple[Segment, ...]
    layout: tuple[int, ...]
    order: tuple[int, ...]
    joined: tuple[int, ...]
    axes: tuple[str, ...]
    parents: tuple[int, ...]


def segment_size(segment: Segment, axes: Mapping[str, Axis]) -> int:
    """How long a segment of a dimension is."""
    return prod(axes[piece.axis].pieces[piece.member] for piece in segment)


def lengths(tensor: Tensor, axes: Mapping[str, Axis]) -> tuple[int, ...]:
    """The lengths of a tensor's dimensions as its axes have them."""
    return tuple(sum(segment_size(segment, axes) for segment in dim) for dim in tensor.dims)


def above(axis: Axis, axes: Mapping[str, Axis]) -> tuple[Axis, ...]:
    """All that an axis depends on, the root first."""
    if not axis.parent:
        return ()
    parent = axes[axis.parent]
    return (*above(parent, axes), parent)


def parts(tensor: Tensor, axes: Mapping[str, Axis]) -> Iterator[Part]:
    """The parts that a tensor falls into where its dimensions are rows."""
    rows = []
    for dim in tensor.dims:
        start, row = 0, []
        for segment in dim:
            size = segment_size(segment, axes)
            row.append((slice(start, start + size), segment))
            start += size
        rows.append(row)
    for choice in product(*rows):
        yield _part(tuple(place for place, _ in choice), tuple(segment for _, segment in choice), axes)


def _part(places: tuple[slice, ...], dims: tuple[Segment, ...], axes: Mapping[str, Axis]) -> Part:
    flat = [(dim, piece) for dim, segment in enumerate(dims) for piece in segment]
    slots, names = _slots(flat, axes)
    homes = [{flat[place][0] for place in members} for members in slots]
    return Part(
        places,
        dims,
        tuple(axes[piece.axis].pieces[piece.member] for _, piece in flat),
        tuple(place for members in slots for place in members),
        tuple(map(len, slots)),
        tuple(names),
        tuple(_parent(slot, names, homes, axes) for slot in range(len(slots))),
    )


def _slots(flat: list[tuple[int, Piece]], axes: Mapping[str, Axis]) -> tuple[list[list[int]], list[str]]:
    """The places that make an axis together: those in one dimension first."""
    slots: list[list[int]] = []
    names: list[str] = []
    left = dict(enumerate(flat))
    while left:
        place, (dim, piece) = next(iter(left.items()))
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
