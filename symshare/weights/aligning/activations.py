"""The values that units of two networks have on the same inputs, and whether a network's outputs are as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from symshare.errors import SpecError, shown
from symshare.weights.acting import Element
from symshare.weights.aligning.pairing import Compared, real
from symshare.weights.aligning.states import State
from symshare.weights.axes import above
from symshare.weights.exporting import Subject, quietly, subject_of
from symshare.weights.found import found
from symshare.weights.parts import Part, taken
from symshare.weights.scales import Scale
from symshare.weights.scaling.places import Places
from symshare.weights.scaling.running import ran
from symshare.weights.specs import Spec
from symshare.weights.tracing import CARRIES, names_of, traced
from symshare.weights.values import Value

__all__ = ["activations", "changed", "subject_for"]

CURE = "give the module that the spec is of"
CHANGE = 1e-5
"""By how much outputs may change, relative to them, where weights are in single precision or better."""


def subject_for(spec: Spec, module: torch.nn.Module, inputs: Any, keywords: Mapping[str, Any] | None = None) -> Subject:
    """A module to be run on its inputs; raises SpecError where it is not of the spec."""
    if not isinstance(module, torch.nn.Module):
        raise SpecError(f"{shown(repr(module))} is no module\n  give data=(module, inputs)")
    subject = subject_of(module, tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,), keywords)
    shapes = {name: tuple(one.shape) for name, one in subject.module.state_dict().items()}
    own = {name: shapes[name] for name in names_of(subject.module)}
    wanted = {one.name: one.shape for one in spec.tensors if one.kind in ("parameter", "buffer")}
    odd = next((name for name in (*wanted, *own) if own.get(name) != wanted.get(name)), None)
    if odd is not None:
        raise SpecError(f"the module and the spec differ in {shown(odd)}\n  {CURE}")
    return subject


def changed(subject: Subject, one: State, two: State) -> float:
    """By how much outputs differ under two states, relative to the largest; raises SpecError where that is too much."""
    with quietly():
        plain, moved = ([_wide(out) for out in tree_leaves(subject(_typed(subject, each)))] for each in (one, two))
    if not all(bool(out.isfinite().all()) for out in (*plain, *moved)):
        raise SpecError("the outputs of the module are not finite\n  give inputs, and weights, for which they are")
    largest = max((float(out.abs().max()) for out in plain if out.numel()), default=0.0)
    error = max((float((x - y).abs().max()) for x, y in zip(plain, moved, strict=True) if x.numel()), default=0.0)
    error = error / largest if largest else error
    coarse = max((torch.finfo(x.dtype).eps for x in two.values() if x.is_floating_point()), default=0.0)
    if not error <= max(CHANGE, 8 * coarse):
        raise SpecError(
            f"the outputs of the module change by {error:.1e}, relative to the largest\n  the spec is not its own: find it anew"
        )
    return error


def _wide(out: Any) -> torch.Tensor:
    if not isinstance(out, torch.Tensor):
        return torch.zeros(0)
    return out.to(torch.complex128 if out.is_complex() else torch.float64)


def _typed(subject: Subject, state: State) -> dict[str, torch.Tensor]:
    """A state in the types of a module that can be run."""
    own = subject.module.state_dict()
    return {name: one.to(own[name]) for name, one in state.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A tensor that a module makes on its way: its node, and the parts that axes of a spec move."""

    node: Any
    parts: tuple[Part, ...]


def activations(spec: Spec, subject: Subject, a: State, b: State) -> Iterator[Compared]:
    """The values of all that two states make on the same inputs and that is permuted, each divided by its length."""
    kinds = {one.kind for one in spec.tensors}
    with quietly():
        trace = traced(subject, inputs="input" in kinds, outputs="output" in kinds)
        found(trace)
        places = Places(trace, spec.axes, spec.tensors)
        free = {axis.name for axis in spec.permuted}
        seen = [
            _Seen(node, own)
            for node, value in trace.nodes.items()
            if _made(node, value) and (own := tuple(part for part in places.parts(value) if free & {*part.axes}))
        ]
        one, two = (ran(trace, subject, _typed(subject, state)) for state in (a, b))
        flipped = [(scale, ran(trace, subject, _typed(subject, _flipped(spec, a, scale)))) for scale in _signs(spec)]
        for each in seen:
            for part in each.parts:
                arrays = [taken(part, run[each.node]) for run in (one, two)]
                lengths = [float(array.abs().square().sum().sqrt()) for array in arrays]
                signs = [(scale, _odd(arrays[0], taken(part, run[each.node]))) for scale, run in flipped]
                odd = _odds(spec, part, signs)
                if odd is None or not all(0 < size < float("inf") for size in lengths):
                    continue
                halves = zip(*(real(array / size) for array, size in zip(arrays, lengths, strict=True)), strict=True)
                yield from (Compared(part, x, y, odd) for x, y in halves)


def _made(node: Any, value: object) -> bool:
    """Whether a node makes values, and does not only lay out those of another."""
    if node.op != "call_function" or not isinstance(value, Value) or value.constant is not None:
        return False
    kind = value.dtype
    name = getattr(getattr(node.target, "overloadpacket", node.target), "__name__", "")
    return name not in CARRIES and kind is not None and (kind.is_floating_point or kind.is_complex)


def _signs(spec: Spec) -> list[Scale]:
    return [scale for scale in spec.scales if scale.kind == "sign"]


def _flipped(spec: Spec, state: State, scale: Scale) -> dict[str, torch.Tensor]:
    """A state with all signs of one axis changed."""
    named = spec.named
    sizes = [axis.size for axis in (*above(named[scale.axis], named), named[scale.axis])]
    return spec.act(state, Element({}, ((scale, -torch.ones(sizes, dtype=torch.float64)),)))


def _odd(plain: torch.Tensor, flipped: torch.Tensor) -> bool | None:
    """Whether values have become their opposites; None where some have and others have not."""
    least = 1e-6 * float(plain.abs().max()) if plain.numel() else 0.0
    if not plain.numel() or float((plain - flipped).abs().max()) <= least:
        return False
    return True if float((plain + flipped).abs().max()) <= least else None


def _odds(spec: Spec, part: Part, signs: Sequence[tuple[Scale, bool | None]]) -> tuple[frozenset[int], ...] | None:
    """With which signs of each of its axes a part changes; None where that is not known, as it is of units beside units."""
    numbers = {id(scale): _same_axis(spec, scale).index(scale) for scale, _ in signs}
    found: list[set[int]] = [set() for _ in part.axes]
    for scale, odd in signs:
        many = part.axes.count(scale.axis)
        if odd is None or many > 1 or (odd and not many):
            return None
        if odd:
            found[part.axes.index(scale.axis)].add(numbers[id(scale)])
    return tuple(map(frozenset, found))


def _same_axis(spec: Spec, scale: Scale) -> list[Scale]:
    return [one for one in _signs(spec) if one.axis == scale.axis]
