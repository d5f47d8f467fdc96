"""What a spec prints: the weights with their axes, the axes with what moves them, and what may be scaled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from symshare.core.faces.table import Table, first
from symshare.errors import amount, plural
from symshare.weights.axes import Axis
from symshare.weights.notation import written_layout
from symshare.weights.repeats import stacked

if TYPE_CHECKING:
    from symshare.weights.specs import Spec

__all__ = ["tables_of"]

NUMBERS = {"positive": "positive numbers", "sign": "1 and -1"}


def tables_of(spec: Spec) -> tuple[Table, ...]:
    """The tables of a spec; of blocks that repeat the first stands for all."""
    many = f"{amount(spec.order)} permutations" if spec.order != 1 else "nothing to permute"
    weights = [(tensor, one) for tensor in spec.tensors if (one := stacked(tensor, spec.repeats)) is not None]
    tables = [
        first(
            f"{spec.module}: {many}",
            ("tensor", "axes", "tied to"),
            weights,
            lambda one: (one[1][0], written_layout(one[1][1]), ", ".join(one[0].tied)),
            notes=spec.notes,
            code=("axes",),
        ),
        first("", ("axis", "size", "moved by", "why"), [*_of_blocks(spec), *_of_axes(spec)], lambda one: one),
    ]
    scaled = list(_of_scales(spec))
    if scaled:
        tables.append(first("", ("axis", "multiplied by", "to the powers"), scaled, lambda one: one))
    return tuple(tables)


Row = tuple[str, str, str, str]


def _of_blocks(spec: Spec) -> Iterator[Row]:
    for repeat in spec.repeats:
        blocks = plural(len(repeat.children), "block")
        yield repeat.name, str(len(repeat.children)), "latent", f"{blocks} {repeat.prefix}*"
        names = {own[0]: name for name, own in repeat.axes}
        for name, own in repeat.axes:
            axis = spec.named[own[0]]
            parent = names.get(axis.parent, axis.parent)
            above = " and ".join(one for one in (repeat.name, parent) if one and not axis.fixed)
            yield name, str(axis.size), _mover(axis), axis.fixed or f"a list for each {above}"


def _of_axes(spec: Spec) -> Iterator[Row]:
    stacks = {name for repeat in spec.repeats for _, own in repeat.axes for name in own}
    for axis in spec.axes:
        if axis.name not in stacks:
            why = axis.fixed or (f"a list for each {axis.parent}" if axis.parent else "")
            yield axis.name, str(axis.size), _mover(axis), why


def _mover(axis: Axis) -> str:
    return "nothing" if axis.fixed else f"S_{axis.size}"


def _of_scales(spec: Spec) -> Iterator[tuple[str, str, str]]:
    common = {own[0]: name for repeat in spec.repeats for name, own in repeat.axes}
    others = {name for repeat in spec.repeats for _, own in repeat.axes for name in own[1:]}
    for scale in spec.scales:
        if scale.axis not in others:
            starred = scale.axis in common
            texts = []
            for name, powers in scale.powers:
                row = stacked(spec.by_name[name], spec.repeats) if starred else None
                written = " | ".join(" ".join(map(str, part)) for part in powers)
                texts.append(f"{row[0] if row else name} ({written})")
            yield common.get(scale.axis, scale.axis), NUMBERS[scale.kind], ", ".join(texts)
