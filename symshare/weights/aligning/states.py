"""What may be brought into another's order: whole states of one module, with numbers that can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from symshare.errors import SpecError, plural, shown
from symshare.weights.specs import Spec

__all__ = ["State", "check_dense", "checked", "comparable", "exact"]

State = Mapping[str, torch.Tensor]


def checked(spec: Spec, state: State, who: str) -> dict[str, torch.Tensor]:
    """A state with each tensor under the first of its names; raises SpecError where it is not whole, or not finite."""
    check_dense(state, who)
    try:
        given = spec.checked(state)
    except SpecError as error:
        what, *cures = str(error).split("\n")
        raise SpecError("\n".join((f"{who}: {what}", *cures))) from None
    known = spec.by_name
    found = {known[name].name: one.detach() for name, one in reversed(list(given.items()))}
    wanted = [tensor.name for tensor in spec.tensors if tensor.kind in ("parameter", "buffer")]
    missing = [name for name in wanted if name not in found]
    if missing:
        more = f" and {plural(len(missing) - 3, 'other')}" if len(missing) > 3 else ""
        listed = ", ".join(shown(name) for name in missing[:3]) + more
        raise SpecError(f"{who}: there is no {listed}\n  give a whole state dict of {spec.module}: module.state_dict()")
    _check_tied(spec, given, who)
    for name, one in exact({name: found[name] for name in wanted}).items():
        if not bool(torch.isfinite(one).all()):
            raise SpecError(f"{who}: {shown(name)} has values that are not finite\n  give weights that are")
    return {name: found[name] for name in wanted}


def comparable(a: State, b: State) -> dict[str, torch.Tensor]:
    """The first of two states in numbers with which the other's can be compared; raises SpecError where those of only one are
    complex."""
    odd = next((name for name, one in a.items() if one.is_complex() != b[name].is_complex()), None)
    if odd is not None:
        what = f"{shown(odd)} is of the type {b[odd].dtype}, and in a of {a[odd].dtype}"
        raise SpecError(f"b: {what}\n  give both real, or both complex")
    return {name: one.double() if b[name].is_floating_point() else one for name, one in a.items()}


def check_dense(state: object, who: str) -> None:
    """Refuse tensors that do not hold each number at its place."""
    for name, one in state.items() if isinstance(state, Mapping) else ():
        if isinstance(one, torch.Tensor) and (kind := _kind(one)):
            raise SpecError(f"{who}: {shown(name)} is {kind}\n  give a tensor that holds all its numbers")


def _kind(one: torch.Tensor) -> str:
    """What a tensor is where it does not hold each number at its place; else nothing."""
    kinds = {"nested": one.is_nested, "quantized": one.is_quantized, "on the meta device": one.is_meta}
    kinds["sparse"] = one.layout != torch.strided
    return next((kind for kind, is_so in kinds.items() if is_so), "")


def _check_tied(spec: Spec, state: State, who: str) -> None:
    """Refuse different values under names of one tensor: a module computes with those that are loaded last."""
    for tensor in spec.tensors:
        names = [name for name in (tensor.name, *tensor.tied) if name in state]
        for other in names[1:]:
            one, two = exact({name: state[name] for name in (names[0], other)}).values()
            if not torch.equal(one.nan_to_num(), two.to(one).nan_to_num()):  # what is not finite is refused by itself
                what = f"{shown(names[0])} and {shown(other)} are one tensor of {spec.module}, and differ"
                raise SpecError(f"{who}: {what}\n  give both the same values, or one of them alone")


def exact(state: State) -> dict[str, torch.Tensor]:
    """The same in double precision where numbers are not whole, on the CPU."""
    return {name: one.to("cpu", _double(one.dtype)) for name, one in state.items()}


def _double(kind: torch.dtype) -> torch.dtype:
    if kind.is_complex:
        return torch.complex128
    return torch.float64 if kind.is_floating_point else kind
