"""A module in a file of a person's own, and inputs for it by their shapes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from symshare.core.notation.signature import Signature
from symshare.errors import CheckError, shown
from symshare.nn.checking.check import check
from symshare.nn.checking.files import load_file
from symshare.nn.checking.report import Report
from symshare.nn.checking.subject import quiet, reason

__all__ = ["check_program", "inputs_for", "module_in"]

MEND = "mend it; what it imports must be installed, as neither its folder nor this one is on the path"
VALUES = (10, 2)
"""Whole numbers are drawn below the first of these that a module takes, where no embedding says how many there are."""


def check_program(
    path: Path, name: str, signature: Signature, examples: Sequence[dict[str, Any]], **options: Any
) -> Report:
    """Check the module that a name in a file stands for: a module, a class of modules or a function that makes one.

    Each example has the `shape` and the `dtype` of an input, and `below`, what whole numbers in it are below, or None. The
    file is run; call it in a process of its own. `options` are those of `check`. Raises CheckError.
    """
    seed = int(options.get("seed", 0))
    module = module_in(path, name, seed)
    failure = None
    for inputs in inputs_for(module, examples, seed):
        try:
            found = check(module, signature, *inputs, **options)
        except CheckError as error:
            failure = failure or error
        else:
            return replace(found, subject=f"{path.name}:{name}")
    raise failure or CheckError(f"{shown(name)} takes no inputs")


CURE = "mend it so that 'python -P FILE' runs: what lies beside it is found where FILE puts the folder on sys.path"


def module_in(path: Path, name: str, seed: int) -> torch.nn.Module:
    """The module that a name in a file stands for, made with random numbers that follow from a seed; the file is run."""
    with quiet(seed):
        return _made(
            path,
            name,
            _named(
                load_file(
                    path,
                    CheckError,
                    CURE,
                ),
                path,
                name,
            ),
        )


def inputs_for(module: torch.nn.Module, examples: Sequence[dict[str, Any]], seed: int) -> Iterator[list[torch.Tensor]]:
    """Inputs by their examples, once for each guess of what whole numbers in them are below."""
    sizes = [one.num_embeddings for one in module.modules() if isinstance(one, torch.nn.Embedding)]
    for below in (min(sizes),) if sizes else VALUES:
        with quiet(seed):
            yield [_drawn(**one | {"below": one["below"] or below}) for one in examples]


def _drawn(shape: Sequence[int], dtype: str, below: int) -> torch.Tensor:
    kind: torch.dtype = getattr(torch, dtype)
    if kind.is_floating_point or kind.is_complex:
        return torch.randn(tuple(shape), dtype=torch.complex128 if kind.is_complex else torch.float64).to(kind)
    return torch.randint(2 if kind is torch.bool else below, tuple(shape)).to(kind)


def _named(file: ModuleType, path: Path, name: str) -> Any:
    """What a name in a file stands for, with dots for what is in it."""
    found: Any = file
    for piece in name.split("."):
        try:
            found = getattr(found, piece)
        except AttributeError:
            cure = (
                ", ".join(map(shown, sorted(_modules_in(found)))) or "a class of modules, or a function that makes one"
            )
            raise CheckError(f"{shown(path)} has no {shown(name)}\n  name what it has: {shown(cure, 200)}") from None
    return found


def _modules_in(holder: Any) -> list[str]:
    """The names of modules, classes of modules and functions that a file defines itself."""
    here = getattr(holder, "__name__", "")
    public = {name: value for name, value in vars(holder).items() if not name.startswith("_")}
    return [
        name
        for name, value in public.items()
        if isinstance(value, torch.nn.Module)
        or (
            ((isinstance(value, type) and issubclass(value, torch.nn.Module)) or inspect.isfunction(value))
            and value.__module__ == here
        )
    ]


def _made(path: Path, name: str, found: Any) -> torch.nn.Module:
    """The module that something is or makes."""
    what = f"{shown(path)}:{shown(name)}"
    if not isinstance(found, torch.nn.Module):
        cure = f"write a function that makes a module: def make(): return {shown(name)}(..), and check FILE:make"
        if not callable(found):
            raise CheckError(f"{what} is of type {shown(type(found).__name__)}\n  {cure}")
        try:
            inspect.signature(found).bind()
        except TypeError as error:
            raise CheckError(f"{what} needs arguments: {reason(error)}\n  {cure}") from None
        except ValueError:
            pass
        try:
            found = found()
        except Exception as error:
            raise CheckError(f"{what} makes no module: {reason(error)}\n  mend it, or give another name") from error
    if not isinstance(found, torch.nn.Module):
        raise CheckError(f"{what} makes something of type {shown(type(found).__name__)}\n  return a torch.nn.Module")
    return found
