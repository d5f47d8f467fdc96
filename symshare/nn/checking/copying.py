"""A copy of a module, in double precision and evaluation mode, that has nothing in common with the module itself."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from contextlib import suppress
from types import CellType, FunctionType
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from symshare.errors import CheckError, SymshareError, shown
from symshare.nn.checking.subject import reason

__all__ = ["copied", "doubled", "with_digits"]

HELD = (torch.nn.Module, torch.Tensor, FunctionType, functools.partial, list, dict, set, tuple)
"""What a function refers to and is copied with it, beside what is copied already; anything else it shares."""


def copied(module: object, *, double: bool = True, failure: type[SymshareError] = CheckError) -> torch.nn.Module:
    """A copy in evaluation mode, in double precision unless that is not wanted; raises the failure."""
    if not isinstance(module, torch.nn.Module):
        cure = "give a torch.nn.Module, or wrap what it does in the forward method of one"
        raise failure(f"{shown(module)} is of type {shown(type(module).__name__)}, no module\n  {cure}")
    if any(is_lazy(one) for one in (*module.parameters(), *module.buffers())):
        cure = "run it once on an input, then ask again"
        raise failure(f"{shown(type(module).__name__)} has lazy parameters, without a shape yet\n  {cure}")
    try:
        made = _copied(module)
    except Exception as error:
        cure = "make it anew, without what cannot be copied, such as open files and locks"
        raise failure(f"{shown(type(module).__name__)} cannot be copied: {reason(error)}\n  {cure}") from error
    if double:
        _double(made)
    return made.eval()


def _copied(module: torch.nn.Module) -> torch.nn.Module:
    """A deep copy with two things that `copy.deepcopy` leaves alone or refuses: functions that refer to the module, which
    would read the parameters of the original, and tensors that an earlier run has made."""
    memo: dict[int, Any] = {}
    cells: dict[int, CellType] = {}  # functions may share some
    functions: list[tuple[FunctionType, FunctionType]] = []
    for one in _held(module):
        if isinstance(one, FunctionType):
            empty = tuple([cells.setdefault(id(cell), CellType()) for cell in one.__closure__ or ()])
            made = FunctionType(one.__code__, one.__globals__, one.__name__, None, empty or None)
            functools.update_wrapper(made, one, updated=())
            functions.append((one, made))
            memo[id(one)] = made
        elif isinstance(one, torch.Tensor):
            memo[id(one)] = one.detach().clone()
    result = copy.deepcopy(module, memo)
    for one, made in functions:
        _refer(one, made, memo)
    return result


def _refer(function: FunctionType, made: FunctionType, memo: dict[int, Any]) -> None:
    """Let a copy of a function refer to copies of what the function refers to."""

    def other(value: Any) -> Any:
        if id(value) in memo:
            return memo[id(value)]
        try:
            return copy.deepcopy(value, memo) if isinstance(value, HELD) else value
        except Exception:  # what cannot be copied is shared
            return value

    for cell, new in zip(function.__closure__ or (), made.__closure__ or (), strict=True):
        with suppress(ValueError):  # an empty cell stays empty
            new.cell_contents = other(cell.cell_contents)
    made.__defaults__ = tuple(map(other, function.__defaults__)) if function.__defaults__ else None
    made.__kwdefaults__ = {key: other(value) for key, value in (function.__kwdefaults__ or {}).items()}
    made.__dict__.update({key: other(value) for key, value in vars(function).items()})


def _held(module: torch.nn.Module) -> Iterator[FunctionType | torch.Tensor]:
    """The functions of its own that a module holds, also in hooks, lists and other functions, and the tensors that follow
    from parameters."""
    left: list[Any] = [module]
    seen: dict[int, Any] = {}
    while left:
        one = left.pop()
        if id(one) in seen or not isinstance(one, HELD):
            continue
        seen[id(one)] = one
        if isinstance(one, torch.Tensor):
            if not one.is_leaf:
                yield one
        elif isinstance(one, FunctionType):
            cells = one.__closure__ or ()
            if cells or one.__defaults__ or one.__kwdefaults__:
                yield one
            for cell in cells:
                with suppress(ValueError):
                    left.append(cell.cell_contents)
            left += (*(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values(), *vars(one).values())
        elif isinstance(one, functools.partial):
            left += (one.func, *one.args, *one.keywords.values())
        elif isinstance(one, dict):
            left += one.values()
        else:
            left += vars(one).values() if isinstance(one, torch.nn.Module) else one


def doubled(x: torch.Tensor) -> torch.Tensor:
    """A tensor of floats or complex numbers in double precision; of any other type as it is."""
    return x.to(torch.complex128) if x.is_complex() else x.double() if x.is_floating_point() else x


def with_digits(x: torch.Tensor) -> torch.Tensor:
    """A tensor in double precision, where numbers of a smaller type get digits behind their own: sums of rounded numbers
    are exact, and would hide much. Equal numbers stay equal."""
    wide = doubled(x)
    if not x.is_floating_point() or x.dtype == torch.float64:
        return wide
    return wide * (1 + torch.finfo(x.dtype).eps / 4 * torch.cos(wide * 1e5))


def _double(module: torch.nn.Module) -> None:
    """Bring parameters, buffers, and tensors that are neither, to double precision."""
    module._apply(doubled)  # type: ignore[no-untyped-call]  # torch gives no types
    for one in module.modules():
        for name, value in list(vars(one).items()):
            if not name.startswith("_") or isinstance(value, torch.Tensor):
                changed = _doubled(value)
                if changed is not value:
                    setattr(one, name, changed)


def _doubled(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return doubled(value)
    if type(value) in (list, tuple) and any(isinstance(one, torch.Tensor) for one in value):
        return type(value)(_doubled(one) for one in value)
    if type(value) is dict and any(isinstance(one, torch.Tensor) for one in value.values()):
        return {key: _doubled(one) for key, one in value.items()}
    return value
