"""The parts that a tensor falls into where its dimensions are rows, each as an array over its axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, product
from math import prod

import torch

from symshare.nn.runtime.weights import _cut, _put
from symshare.weights.axes import Axis, Piece, Row, Tensor, length

__all__ = ["Part", "entered", "nested", "nesting", "parts", "taken"]


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

    def chain(self, slot: int) -> list[int]:
        """The slots that one depends on, the root first, and itself."""
        found = [slot]
        while (parent := self.parents[found[0]]) >= 0:
            found.insert(0, parent)
        return found


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


def nesting(part: Part) -> list[int]:
    """The axes of a part in the order in which each stands behind the one that it depends on, before others of that name, as
    in a signature."""
    listed: list[int] = []

    def enter(above: int) -> None:
        for slot in range(len(part.axes)):
            if part.parents[slot] == above:
                listed.append(slot)
                enter(slot)

    enter(-1)
    return listed


def nested(part: Part) -> Part:
    """A part with its axes in this order."""
    starts = list(accumulate((0, *part.joined)))
    listed = nesting(part)
    return replace(
        part,
        order=tuple(place for slot in listed for place in part.order[starts[slot] : starts[slot + 1]]),
        joined=tuple(part.joined[slot] for slot in listed),
        axes=tuple(part.axes[slot] for slot in listed),
        parents=tuple(listed.index(above) if (above := part.parents[slot]) >= 0 else -1 for slot in listed),
    )


def taken(part: Part, entries: torch.Tensor) -> torch.Tensor:
    """A part of tensors (.., *dimensions) as an array (.., *axes)."""
    found: torch.Tensor = _cut(entries, part.places, part.layout, part.order, part.joined)
    return found


def entered(part: Part, array: torch.Tensor, entries: torch.Tensor) -> None:
    """Write an array (.., *axes) into the part of tensors that it is."""
    _put(array, entries, part.places, part.layout, part.order)
