"""What a spec prints: the weights with their axes, the axes with what moves them, and what may be scaled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from symshare.core.faces.table import Table, first
from symshare.errors import plural
from symshare.weights.axes import Axis, Tensor
from symshare.weights.notation import written_layout
from symshare.weights.repeats import Repeat, stacked
from symshare.weights.scales import Factors, Scale

__all__ = ["tables_of"]

NUMBERS = {"positive": "positive numbers", "sign": "1 and -1"}


def tables_of(
    title: str,
    axes: Sequence[Axis],
    tensors: Sequence[Tensor],
    repeats: Sequence[Repeat],
    scales: Sequence[Scale],
    factors: Mapping[str, Factors],
    notes: Sequence[str],
) -> tuple[Table, ...]:
    """The tables of a spec; of blocks that repeat the first stands for all."""
    weights = [(tensor, one) for tensor in tensors if (one := stacked(tensor, repeats)) is not None]
    tables = [
        first(
            title,
            ("tensor", "axes", "tied to"),
            weights,
            lambda one: (one[1][0], written_layout(one[1][1]), ", ".join(one[0].tied)),
            notes=tuple(notes),
            code=("axes",),
        ),
        first(
            "",
            ("axis", "size", "moved by", "why"),
            [*_of_blocks(axes, repeats), *_of_axes(axes, repeats)],
            lambda one: one,
        ),
    ]
    scaled = [(*one, _in_signature(factors, one[0])) for one in _of_scales(scales, tensors, repeats)]
    if scaled:
        header = ("axis", "multiplied by", "to the powers", "in the signature")
        tables.append(first("", header, scaled, lambda one: one))
    return tuple(tables)


Row = tuple[str, str, str, str]


def _of_blocks(axes: Sequence[Axis], repeats: Sequence[Repeat]) -> Iterator[Row]:
    named = {axis.name: axis for axis in axes}
    for repeat in repeats:
        blocks = plural(len(repeat.children), "block")
        yield repeat.name, str(len(repeat.children)), "latent", f"{blocks} {repeat.prefix}*"
        names = {own[0]: name for name, own in repeat.axes}
        for name, own in repeat.axes:
            axis = named[own[0]]
            parent = names.get(axis.parent, axis.parent)
            above = " and ".join(one for one in (repeat.name, parent) if one and not axis.fixed)
            yield name, str(axis.size), _mover(axis), axis.fixed or f"a list for each {above}"


def _of_axes(axes: Sequence[Axis], repeats: Sequence[Repeat]) -> Iterator[Row]:
    stacks = {name for repeat in repeats for _, own in repeat.axes for name in own}
    for axis in axes:
        if axis.name not in stacks:
            why = axis.fixed or (f"a list for each {axis.parent}" if axis.parent else "")
            yield axis.name, str(axis.size), _mover(axis), why


def _mover(axis: Axis) -> str:
    return "nothing" if axis.fixed else f"S_{axis.size}"


def _in_signature(factors: Mapping[str, Factors], axis: str) -> str:
    one = factors.get(axis)
    return "" if one is None else one.name or f"permuted only: {one.why}"


def _of_scales(
    scales: Sequence[Scale], tensors: Sequence[Tensor], repeats: Sequence[Repeat]
) -> Iterator[tuple[str, str, str]]:
    by_name = {tensor.name: tensor for tensor in tensors}
    common = {own[0]: name for repeat in repeats for name, own in repeat.axes}
    others = {name for repeat in repeats for _, own in repeat.axes for name in own[1:]}
    for scale in scales:
        if scale.axis not in others:
            texts = []
            for name, powers in scale.powers:
                row = stacked(by_name[name], repeats) if scale.axis in common else None
                written = " | ".join(" ".join(map(str, part)) for part in powers)
                texts.append(f"{row[0] if row else name} ({written})")
            yield common.get(scale.axis, scale.axis), NUMBERS[scale.kind], ", ".join(texts)
