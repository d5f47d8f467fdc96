"""Whether a spec holds: random elements leave a module's outputs unchanged, exchanges along fixed axes change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.errors import SpecError, shown
from symshare.weights.acting import Element, acted, drawn, exchange
from symshare.weights.axes import Axis, Tensor, pieces_of
from symshare.weights.exporting import Subject, quietly, subject_of
from symshare.weights.parts import parts
from symshare.weights.scales import Scale, drawn_scale
from symshare.weights.tracing import UNUSED, names_of

__all__ = ["Verification", "Weights", "changes_by_axis", "redrawn", "verified", "verify_subject"]

State = Mapping[str, torch.Tensor]
PAIRS = 4
"""Pairs of values that are exchanged along a fixed axis before it is said that this changes nothing."""

LOOSEST = 1e-2
"""The largest tolerance, where numbers are coarse; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The axes of a module by their names, its tensors with what lies along their dimensions, and what may be scaled."""

    axes: Mapping[str, Axis]
    tensors: tuple[Tensor, ...]
    scales: tuple[Scale, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification(Noun):
    """What was found of a spec.

    `error` is the largest change of an output under an element of the group, relative to the output. `missed` are axes that
    are fixed though the exchange of two values, in all tensors at once, changes nothing; `redundant` are tensors, or parts
    of them, whose exchanges along an axis change nothing although no other tensor is moved.
    """

    error: float
    elements: int
    tolerance: float
    missed: tuple[str, ...] = ()
    redundant: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the group leaves the outputs unchanged."""
        return self.error <= self.tolerance

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return brief(
            "Verification", "holds" if self.ok else "FAILS", f"error={self.error:.1e}", f"missed={len(self.missed)}"
        )

    def tables(self) -> tuple[Table, ...]:
        """The error, and what is fixed or removed."""
        said = "holds" if self.ok else "FAILS"
        title = f"the spec {said}: {self.elements} elements change outputs by {self.error:.1e} (tolerance {self.tolerance:.0e})"
        notes = [f"fixed, though an exchange changes nothing: {one}" for one in self.missed]
        notes += [f"redundant, exchanges of it alone change nothing: {one}" for one in self.redundant]
        return (Table(title, notes=tuple(notes)),)

    def to_dict(self) -> dict[str, Any]:
        """The findings as plain values."""
        return {
            "ok": self.ok,
            "error": self.error,
            "elements": self.elements,
            "tolerance": self.tolerance,
            "missed": list(self.missed),
            "redundant": list(self.redundant),
        }


def verified(
    net: Weights,
    module: torch.nn.Module,
    inputs: Any,
    *,
    keywords: Mapping[str, Any] | None = None,
    elements: int = 10,
    seed: int = 0,
    redraw: bool = False,
) -> Verification:
    """Try a spec on a module, with its own weights or (`redraw`) with weights around them; raises SpecError."""
    given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    return verify_subject(net, subject_of(module, given, keywords), elements=elements, seed=seed, redraw=redraw)


def verify_subject(
    net: Weights,
    subject: Subject,
    *,
    elements: int = 10,
    seed: int = 0,
    redraw: bool = True,
    precision: torch.dtype | None = None,
    fixed: bool = True,
) -> Verification:
    """Try a spec on a module that can be run."""
    with quietly(seed):
        state = _state(net, subject)
        if redraw:
            state = redrawn(state)
        plain = _outputs(subject(state))
        if not all(bool(torch.isfinite(one).all()) for one in plain):
            raise SpecError("the outputs are not finite\n  give weights and inputs for which they are")
        kinds = [one.dtype for one in [*state.values(), *plain] if one.is_floating_point()]
        eps = max((torch.finfo(one).eps for one in [*kinds, *([precision] if precision else [])]), default=0.0)
        tolerance = max(1e-10, min(LOOSEST, 1_000 * eps if eps > 1e-12 else 0.0))
        error = max(
            (
                _change(net, subject, state, plain, drawn(net.axes, seed + number, net.scales))
                for number in range(elements)
            ),
            default=0.0,
        )
        missed: tuple[str, ...] = ()
        redundant: tuple[str, ...] = ()
        if fixed:
            missed = tuple(_missed(net, subject, state, plain, tolerance))
            redundant = tuple(_redundant(net, subject, state, plain, tolerance))
    return Verification(error, elements, tolerance, missed, redundant)


def changes_by_axis(net: Weights, subject: Subject, seed: int, tolerance: float) -> list[str]:
    """The axes whose permutations alone change outputs."""
    with quietly(seed):
        state = redrawn(_state(net, subject))
        plain = _outputs(subject(state))
        whole = drawn(net.axes, seed).permutations
        random = torch.Generator().manual_seed(seed)
        alone = {name: Element({name: table}) for name, table in whole.items()} | {
            f"{one.axis} ({one.kind} scales)": Element({}, ((one, drawn_scale(one, net.axes, random)),))
            for one in net.scales
        }
        return [name for name, element in alone.items() if _change(net, subject, state, plain, element) > tolerance]


def _state(net: Weights, subject: Subject) -> dict[str, torch.Tensor]:
    own = subject.module.state_dict()
    known = {tensor.name for tensor in net.tensors if tensor.kind in ("parameter", "buffer")}
    names = names_of(subject.module)
    if set(names) != known:
        odd = sorted(set(names) ^ known)[0]
        raise SpecError(f"the module and the spec differ in {shown(odd)}\n  give the module that the spec is of")
    return {name: own[name].detach() for name in names}


def redrawn(state: State) -> dict[str, torch.Tensor]:
    """Weights around some others, as the zeros and ones of a beginning hide much; what is positive stays so."""
    found = {}
    for name, one in state.items():
        if not (one.is_floating_point() or one.is_complex()) or not one.numel():
            found[name] = one
            continue
        spread = float(one.abs().pow(2).mean().sqrt())
        if not 0 < spread < float("inf"):
            one, spread = torch.zeros_like(one), max(1, one.shape[-1] if one.dim() else 1) ** -0.5
        noise = 0.5 * torch.randn_like(one)
        positive = not one.is_complex() and bool((one > 0).all())
        found[name] = one * noise.exp() if positive else one + spread * noise
    return found


def _outputs(result: Any) -> list[torch.Tensor]:
    return [
        one.to(torch.complex128 if one.is_complex() else torch.float64)
        for one in tree_leaves(result)
        if isinstance(one, torch.Tensor)
    ]


def _change(net: Weights, subject: Subject, state: State, plain: Sequence[torch.Tensor], element: Element) -> float:
    """How far outputs are from what they should be when weights (and inputs) are moved."""
    axes = net.axes
    moved = {
        tensor.name: acted(tensor, axes, element, state[tensor.name]) for tensor in net.tensors if tensor.name in state
    }
    others = {tensor.name: tensor for tensor in net.tensors if tensor.kind in ("input", "output")}
    leaves, form = tree_flatten(subject.inputs)
    places = [place for place, one in enumerate(leaves) if isinstance(one, torch.Tensor)]
    for number, place in enumerate(places):
        if (given := others.get(f"input {number}")) is not None:
            leaves[place] = acted(given, axes, element, leaves[place])
    found = _outputs(subject(moved, tree_unflatten(leaves, form)))
    wanted = [
        one if (given := others.get(f"output {number}")) is None else acted(given, axes, element, one)
        for number, one in enumerate(plain)
    ]
    return max((_distance(one, two) for one, two in zip(found, wanted, strict=True)), default=0.0)


def _distance(one: torch.Tensor, two: torch.Tensor) -> float:
    if one.shape != two.shape:
        return float("inf")
    if not one.numel():
        return 0.0
    found = float((one - two).abs().max() / max(float(two.abs().max()), 1e-300))
    return found if found == found else float("inf")


def _missed(net: Weights, subject: Subject, state: State, plain: Sequence[torch.Tensor], tolerance: float) -> list[str]:
    """Fixed axes of weights along which exchanges change nothing, though it has values that differ."""
    found = []
    used = {
        piece.axis
        for tensor in net.tensors
        if tensor.kind in ("parameter", "buffer")
        for piece in pieces_of(tensor.dims)
    }
    for axis in net.axes.values():
        if axis.fixed and axis.fixed != UNUSED and axis.size > 1 and axis.name in used:
            pairs = [torch.randperm(axis.size)[:2].tolist() for _ in range(PAIRS)]
            swaps = (exchange(axis, net.axes, one, two) for one, two in pairs)
            if all(_change(net, subject, state, plain, swap) <= tolerance for swap in swaps):
                found.append(f"{axis.name} ({axis.fixed})")
    return found


def _redundant(
    net: Weights, subject: Subject, state: State, plain: Sequence[torch.Tensor], tolerance: float
) -> list[str]:
    """Parts of weights whose exchanges along an axis change nothing; those without influence are found by derivatives."""
    weights = {tensor.name for tensor in net.tensors if tensor.kind == "parameter"}
    leaves = {
        name: one.clone().requires_grad_(one.is_floating_point() and name in weights) for name, one in state.items()
    }
    with torch.enable_grad():
        outputs = [one for one in _outputs(subject(leaves)) if one.requires_grad]
        if not outputs:
            return []
        total = torch.stack([(one * torch.randn_like(one.real)).sum().real for one in outputs]).sum()
        wanted = [one for one in leaves.values() if one.requires_grad]
        slopes = torch.autograd.grad(total, wanted, allow_unused=True)
    by_name = dict(zip([name for name, one in leaves.items() if one.requires_grad], slopes, strict=True))
    sizes = {name: float(slope.abs().max()) for name, slope in by_name.items() if slope is not None and slope.numel()}
    largest = max(sizes.values(), default=0.0)
    found = []
    axes = net.axes
    for tensor in net.tensors:
        slope = by_name.get(tensor.name)
        if tensor.name not in by_name or (slope is not None and not slope.numel()):
            continue
        own = list(parts(tensor, axes))
        for number, part in enumerate(own):
            places = torch.meshgrid(*part.places, indexing="ij")
            if slope is not None and float(slope[places].abs().max()) > 1e-12 * largest:
                continue
            along = [
                name
                for name in dict.fromkeys(part.axes)
                if axes[name].size > 1 and _alone(net, subject, state, plain, tensor, places, name) <= tolerance
            ]
            label = f"{tensor.name}[{number}]" if len(own) > 1 else tensor.name
            found += [f"{label} along {', '.join(along)}"] if along else []
    return found


def _alone(
    net: Weights,
    subject: Subject,
    state: State,
    plain: Sequence[torch.Tensor],
    tensor: Tensor,
    places: tuple[torch.Tensor, ...],
    axis: str,
) -> float:
    """How far outputs change when two values of an axis are exchanged in one part of one tensor only."""
    one, two = torch.randperm(net.axes[axis].size)[:2].tolist()
    changed = state[tensor.name].clone()
    changed[places] = acted(tensor, net.axes, exchange(net.axes[axis], net.axes, one, two), changed)[places]
    found = _outputs(subject({**state, tensor.name: changed}))
    return max((_distance(one, two) for one, two in zip(found, plain, strict=True)), default=0.0)
