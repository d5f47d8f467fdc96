"""What may be brought into another's order: whole states of one module, with numbers that can be compared."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from symshare.errors import SpecError, plural, shown
from symshare.weights.specs import Spec

__all__ = ["State", "checked", "exact"]

State = Mapping[str, torch.Tensor]


def checked(spec: Spec, state: State, who: str) -> dict[str, torch.Tensor]:
    """A state with each tensor under the first of its names; raises SpecError where it is not whole, or not finite."""
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
