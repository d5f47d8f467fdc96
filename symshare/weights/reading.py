"""Specs from JSON: nothing in it is run, and what does not fit together is refused."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

from symshare.core.faces.noun import JSON_SCHEMA
from symshare.errors import SpecError, SymshareError, shown
from symshare.weights.axes import Axis, Tensor, lengths, pieces_of
from symshare.weights.notation import read_layout
from symshare.weights.parts import parts
from symshare.weights.repeats import Repeat
from symshare.weights.scales import KINDS, Scale
from symshare.weights.specs import Spec

__all__ = ["check_spec", "read_spec"]


def read_spec(text: str | Path) -> Spec:
    """The spec that `to_json` has written, or that in a file; raises SpecError."""
    written = _text_of(text) if isinstance(text, Path) else text
    try:
        given = json.loads(written)
        schema = given["schema"]
        if schema == JSON_SCHEMA:
            spec = _spec(given)
    except SymshareError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        what = shown(f"{type(error).__name__}: {error}")
        raise SpecError(f"this is no spec in JSON: {what}\n  write one: spec.to_json()") from None
    if schema != JSON_SCHEMA:
        raise SpecError(f"the spec is of the form {shown(schema)}, not {JSON_SCHEMA}\n  make it anew")
    check_spec(spec)
    return spec


def _text_of(path: Path) -> str:
    write = "write one: symshare spec net.py:Net --example 2,3 -o spec.json"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(f"there is no file {shown(path)}\n  {write}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{shown(path)} is no text\n  {write}") from None
    except OSError as error:
        raise SpecError(f"{shown(path)} cannot be read: {error.strerror}\n  {write}") from None


def _spec(given: dict[str, Any]) -> Spec:
    axes = tuple(
        Axis(str(one["name"]), int(one["size"]), str(one["parent"]), str(one["fixed"]), tuple(map(int, one["members"])))
        for one in given["axes"]
    )
    tensors = tuple(
        Tensor(
            str(one["name"]),
            tuple(map(int, one["shape"])),
            read_layout(one["axes"]),
            str(one["kind"]),
            tuple(map(str, one["tied"])),
            str(one["labels"]),
        )
        for one in given["tensors"]
    )
    repeats = tuple(
        Repeat(
            str(one["name"]),
            str(one["prefix"]),
            tuple(map(str, one["children"])),
            tuple((str(name), tuple(map(str, own))) for name, own in one["axes"].items()),
        )
        for one in given["repeats"]
    )
    scales = tuple(
        Scale(
            str(one["axis"]),
            str(one["kind"]),
            tuple(
                (str(name), tuple(tuple(map(int, part)) for part in powers)) for name, powers in one["powers"].items()
            ),
        )
        for one in given["scales"]
    )
    return Spec(str(given["module"]), axes, tensors, repeats, tuple(map(str, given["notes"])), scales)


def check_spec(spec: Spec) -> None:
    """Refuse a spec whose axes, tensors and blocks do not fit each other."""
    named = spec.named
    if len(named) < len(spec.axes):
        raise SpecError("two axes have one name\n  give each its own")
    for axis in spec.axes:
        _check_axis(axis, spec)
    for tensor in spec.tensors:
        _check_tensor(tensor, spec)
    for scale in spec.scales:
        _check_scale(scale, spec)
    for repeat in spec.repeats:
        listed = [one for _, own in repeat.axes for one in own]
        if any(one not in named for one in listed) or any(len(own) != len(repeat.children) for _, own in repeat.axes):
            raise SpecError(f"the blocks {shown(repeat.prefix)}* do not have an axis each\n  list those of every block")


def _check_scale(scale: Scale, spec: Spec) -> None:
    axis, kinds = spec.named.get(scale.axis), " or ".join(KINDS)
    if axis is None or axis.fixed or scale.kind not in KINDS:
        what = f"{shown(scale.kind)} numbers scale {shown(scale.axis)}"
        raise SpecError(f"{what}\n  name a permuted axis, and what scales it: {kinds}")
    for name, powers in scale.powers:
        tensor = spec.by_name.get(name)
        own = [] if tensor is None else [part.axes for part in parts(tensor, spec.named)]
        wide = [len(axes) for axes in own] == [len(part) for part in powers]
        if not wide or any(
            power and other != scale.axis
            for axes, part in zip(own, powers, strict=True)
            for other, power in zip(axes, part, strict=True)
        ):
            cure = f"give a power for each axis of each of its parts, 0 for all but {scale.axis}"
            raise SpecError(f"the powers of {shown(name)} do not fit its axes\n  {cure}")


def _check_axis(axis: Axis, spec: Spec) -> None:
    named = spec.named
    seen = [axis.name]
    while parent := named[seen[-1]].parent:
        if parent not in named or parent in seen:
            cure = "let it depend on an axis, without a circle"
            raise SpecError(f"the axis {shown(axis.name)} depends on {shown(parent)}\n  {cure}")
        seen.append(parent)
    if axis.size < 0 or (axis.members and prod(axis.members) != axis.size):
        raise SpecError(f"{shown(axis.name)} has {axis.size} values, its members {axis.members}\n  let them agree")


def _check_tensor(tensor: Tensor, spec: Spec) -> None:
    named = spec.named
    if tensor.labels and (tensor.labels not in named or named[tensor.labels].parent):
        raise SpecError(
            f"{shown(tensor.name)} has labels of {shown(tensor.labels)}\n  name an axis that depends on none"
        )
    for piece in pieces_of(tensor.dims):
        if piece.axis not in named or piece.member >= len(named[piece.axis].pieces):
            raise SpecError(f"{shown(tensor.name)} has an axis {shown(piece.axis)} that is not listed\n  list it")
    if lengths(tensor, named) != tensor.shape:
        what = f"{shown(tensor.name)} has the shape {tensor.shape}, its axes make {lengths(tensor, named)}"
        raise SpecError(f"{what}\n  let them agree")
    whole = {piece.axis for piece in pieces_of(tensor.dims)}
    for name in sorted(whole):
        parent = named[name].parent
        if parent and parent not in whole:
            raise SpecError(f"{shown(tensor.name)} has {name} without {parent}, on which it depends\n  name both")
