"""Fixed axes of a spec permuted too, for layers that share more than the function asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from symshare.errors import SpecError, shown
from symshare.weights.axes import Axis, Tensor, renamed
from symshare.weights.naming import fresh
from symshare.weights.repeats import Repeat

__all__ = ["ENDS", "unfixed"]

ENDS = ("an input", "an output")
"""Why axes are fixed that networks on weights may permute beside the hidden ones."""

Parts = tuple[tuple[Axis, ...], tuple[Tensor, ...], tuple[Repeat, ...]]
"""Axes, tensors, and blocks that repeat, of one spec."""


def unfixed(module: str, spec: Parts, names: Collection[str] = ()) -> Parts:
    """What a spec consists of with some fixed axes, by default those of inputs and outputs, permuted, under names in lower
    case."""
    axes, _, repeats = spec
    named = {axis.name: axis for axis in axes}
    words = {name: own for repeat in repeats for name, own in repeat.axes}
    inner = {one for own in words.values() for one in own}
    fixed: dict[str, tuple[str, ...]] = {
        axis.name: (axis.name,) for axis in axes if axis.fixed and axis.name not in inner
    }
    fixed |= {name: own for name, own in words.items() if named[own[0]].fixed}
    told = f"name fixed ones: {', '.join(fixed) or 'there are none'}"
    ends = [name for name, own in fixed.items() if any(named[one].fixed.startswith(ENDS) for one in own)]
    if "ends" in (names or ("ends",)) and not ends:
        raise SpecError(f"{module} has no axis of its inputs or outputs\n  {told}")
    wanted = [one for name in names or ("ends",) for one in (ends if name == "ends" else (name,))]
    chosen = tuple(dict.fromkeys(wanted))
    for name in chosen:
        if name not in fixed:
            raise SpecError(f"{_unknown(name, named, words)}\n  {told}")
    taken = {axis.name.lower() for axis in axes if axis.name not in chosen} | {one.lower() for one in words}
    taken |= {repeat.name.lower() for repeat in repeats}
    changed: dict[str, str] = {}
    for name in chosen:
        for one in dict.fromkeys((name, *fixed[name])):
            if one in words:
                taken.discard(one.lower())
            changed[one] = fresh(one[:1].lower() + one[1:], taken)
    return _renamed(spec, changed)


def _unknown(name: str, axes: Mapping[str, Axis], words: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with a name."""
    block = next((word for word, own in words.items() if name in own and name != word), "")
    if block:
        return f"{name} is an axis of one block, of all of them it is {block}"
    return f"{'it is permuted already, ' if name in axes or name in words else 'there is no axis '}{shown(name)}"


def _renamed(spec: Parts, names: Mapping[str, str]) -> Parts:
    """What a spec consists of with other names for some axes, which are not fixed then."""

    def new(name: str) -> str:
        return names.get(name, name)

    def moved(axis: Axis) -> Axis:
        fixed = "" if axis.name in names else axis.fixed
        return replace(axis, name=new(axis.name), parent=new(axis.parent), fixed=fixed)

    def of(repeat: Repeat) -> Repeat:
        return replace(repeat, axes=tuple((new(name), _all(names, own)) for name, own in repeat.axes))

    axes, tensors, repeats = spec
    return (
        tuple(map(moved, axes)),
        tuple(replace(one, dims=renamed(one.dims, names), labels=new(one.labels)) for one in tensors),
        tuple(map(of, repeats)),
    )


def _all(names: Mapping[str, str], own: Sequence[str]) -> tuple[str, ...]:
    return tuple(names.get(one, one) for one in own)
