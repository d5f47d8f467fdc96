"""Blocks that repeat: numbered children of equal structure, whose tensors lie along one latent axis."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symshare.weights.axes import Axis, Layout, Tensor, pieces_of, renamed
from symshare.weights.naming import fresh, word

__all__ = ["Repeat", "members", "repeats", "stacked"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Numbered children `prefix0.`, `prefix1.`, .. that are alike, and the latent axis that they lie along.

    `axes` has for each axis of their own its name, and its names in each child.
    """

    name: str
    prefix: str
    children: tuple[str, ...]
    axes: tuple[tuple[str, tuple[str, ...]], ...]

    def child(self, name: str) -> str:
        """The number of the child that a tensor belongs to; empty where it belongs to none."""
        if not name.startswith(self.prefix):
            return ""
        number = name[len(self.prefix) :].partition(".")[0]
        return number if number in self.children else ""


def repeats(axes: Sequence[Axis], tensors: Sequence[Tensor]) -> tuple[Repeat, ...]:
    """All blocks that repeat, the outermost of those that are in each other."""
    named = {axis.name: axis for axis in axes}
    taken: set[str] = set()
    words = {axis.name.lower() for axis in axes}
    found = []
    for prefix, children in sorted(_families(tensors).items(), key=lambda one: one[0].count(".")):
        free = {child: own for child, own in children.items() if not taken & {one.name for one in own}}
        forms: dict[Any, list[tuple[str, list[str]]]] = {}
        for child, own in free.items():
            form, private = _form(prefix + child, own, tensors, named)
            if all(_may_be_stacked(named[name], private, named) for name in private):
                forms.setdefault(form, []).append((child, private))
        for alike in forms.values():
            if len(alike) > 1:
                found.append(_repeat(prefix, alike, words))
                taken |= {tensor.name for child, _ in alike for tensor in free[child]}
    return tuple(found)


def _families(tensors: Sequence[Tensor]) -> dict[str, dict[str, list[Tensor]]]:
    families: dict[str, dict[str, list[Tensor]]] = {}
    for tensor in tensors:
        pieces = tensor.name.split(".")
        for place, piece in enumerate(pieces[:-1]):
            if piece.isdigit():
                prefix = "".join(f"{one}." for one in pieces[:place])
                families.setdefault(prefix, {}).setdefault(piece, []).append(tensor)
    return families


def _form(
    start: str, own: Sequence[Tensor], tensors: Sequence[Tensor], axes: Mapping[str, Axis]
) -> tuple[Any, list[str]]:
    """What a child's tensors are but for the names of axes that nothing else has, and these names in order."""
    mine = {tensor.name for tensor in own}
    outside = {one.axis for tensor in tensors if tensor.name not in mine for one in pieces_of(tensor.dims)}
    private = list(
        dict.fromkeys(one.axis for tensor in own for one in pieces_of(tensor.dims) if one.axis not in outside)
    )
    place = {name: str(number) for number, name in enumerate(private)}
    tensor_forms = tuple(
        (
            tensor.name.removeprefix(start),
            tensor.kind,
            tuple(one.removeprefix(start) for one in tensor.tied),
            renamed(tensor.dims, place),
        )
        for tensor in own
    )
    axis_forms = tuple(
        replace(axes[name], name=place[name], parent=place.get(axes[name].parent, axes[name].parent))
        for name in private
    )
    return (tensor_forms, axis_forms), private


def _may_be_stacked(axis: Axis, private: Sequence[str], axes: Mapping[str, Axis]) -> bool:
    """Whether an axis of a block depends on one of the block's that is permuted, or on none: an axis has one parent, which is
    then not needed for the blocks."""
    return not axis.parent or bool(axis.fixed) or (axis.parent in private and not axes[axis.parent].fixed)


def _repeat(prefix: str, alike: Sequence[tuple[str, list[str]]], words: set[str]) -> Repeat:
    latent = word(next((one for one in reversed(prefix.split(".")) if one and not one.isdigit()), "blocks"))
    number = alike[0][0]
    name = fresh(latent[:1].upper() + latent[1:], words)
    axes = []
    for names in zip(*(private for _, private in alike), strict=True):
        first = re.sub(rf"(?<=[A-Za-z_]){number}(?=_|$)", "", names[0], count=1)
        words.discard(names[0].lower())
        axes.append((fresh(first, words), names))
    return Repeat(name, prefix, tuple(child for child, _ in alike), tuple(axes))


def stacked(tensor: Tensor, found: Sequence[Repeat]) -> tuple[str, Layout, Repeat | None] | None:
    """A tensor with its name and layout as those of all its like, and the blocks that it repeats with; None for all but the
    first of them."""
    for one in found:
        child = one.child(tensor.name)
        if not child:
            continue
        if child != one.children[0]:
            return None
        names = {all_names[0]: name for name, all_names in one.axes}
        several = sum(other.prefix == one.prefix for other in found) > 1
        which = f"[{','.join(one.children)}]" if several else "*"
        return f"{one.prefix}{which}{tensor.name[len(one.prefix) + len(child) :]}", renamed(tensor.dims, names), one
    return tensor.name, tensor.dims, None


def members(tensor: Tensor, repeat: Repeat | None) -> tuple[str, ...]:
    """The names of a tensor of the first of some blocks, and of its like in the others; its own where it is in no block."""
    if repeat is None:
        return (tensor.name,)
    rest = tensor.name[len(repeat.prefix) + len(repeat.children[0]) :]
    return tuple(f"{repeat.prefix}{child}{rest}" for child in repeat.children)
