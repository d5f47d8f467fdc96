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
    for name, one in exact({name: found[name] for name in wanted}).items():
        if not bool(torch.isfinite(one).all()):
            raise SpecError(f"{who}: {shown(name)} has values that are not finite\n  give weights that are")
    return {name: found[name] for name in wanted}


def exact(state: State) -> dict[str, torch.Tensor]:
    """The same in double precision where numbers are not whole, on the CPU."""
    return {name: one.to("cpu", _double(one.dtype)) for name, one in state.items()}


def _double(kind: torch.dtype) -> torch.dtype:
    if kind.is_complex:
        return torch.complex128
    return torch.float64 if kind.is_floating_point else kind
