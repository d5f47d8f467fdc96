"""The process in which `symshare spec` runs a file; its answer goes into another file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from symshare.core.faces.noun import Noun
from symshare.errors import SpecError
from symshare.nn.checking.process import told
from symshare.nn.checking.program import inputs_for, module_in
from symshare.weights.aligning.data import bound
from symshare.weights.finding import spec
from symshare.weights.specs import Spec

__all__ = ["answer", "given"]


def answer(folder: str, held: str) -> None:
    """Find the spec that the file `request` in a folder asks for."""
    told(folder, held, _found)


def _found(asked: dict[str, Any]) -> tuple[Noun, bool]:
    path, name, seed = Path(asked["file"]), asked["name"], asked["options"]["seed"]
    module = module_in(path, name, seed)
    failure = None
    for inputs, keywords in given(module, asked, seed):
        try:
            found = _spec(module, inputs, keywords, asked)
        except SpecError as error:
            failure = failure or error
        else:
            return replace(found, module=f"{path.name}:{name}"), True
    raise failure or SpecError(f"{name} has no spec")


def given(
    module: torch.nn.Module, asked: Mapping[str, Any], seed: int
) -> Iterator[tuple[list[torch.Tensor], dict[str, Any]]]:
    """The inputs of a module, and what it takes by name, as a request has them, by examples or in a file: once for each guess
    of what whole numbers are below."""
    wanted = {key: one["example"] for key, one in asked["keywords"].items() if _is_tensor(one)}
    plain = {key: one for key, one in asked["keywords"].items() if key not in wanted}
    if asked.get("data"):
        inputs, named = bound(module, torch.load(asked["data"], weights_only=True))
        for tensors in inputs_for(module, [*wanted.values()], seed):
            yield inputs, {**plain, **named, **dict(zip(wanted, tensors, strict=True))}
        return
    many = len(asked["examples"])
    for tensors in inputs_for(module, [*asked["examples"], *wanted.values()], seed):
        yield tensors[:many], {**plain, **dict(zip(wanted, tensors[many:], strict=True))}


def _is_tensor(one: object) -> bool:
    return isinstance(one, dict) and set(one) == {"example"}


def _spec(module: torch.nn.Module, inputs: list[torch.Tensor], keywords: dict[str, Any], asked: dict[str, Any]) -> Spec:
    overrides = Path(asked["overrides"]) if asked["overrides"] else None
    return spec(module, tuple(inputs), keywords=keywords, overrides=overrides, **asked["options"])
