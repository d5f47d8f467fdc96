"""The process in which `symshare verify` checks a layer file; its answer goes into a file."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import math
import os
import signal
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from symshare.core.groups.files import generators_from
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import LayerFileError, shown
from symshare.nn.equivariance import equivariance_errors, random_inputs, scale_error, small_sizes

__all__ = ["CHANNELS", "SCALES", "answer", "verify_file"]

CHANNELS = (1, 2, 3, 5)
"""The numbers of channels that inputs, outputs and rank have in turn."""

SCALES = ("scale", "scale of the inputs")
"""What the error under a change of scale is called, and what where an axis has that name."""

Numbers = tuple[int, ...]


def answer(file: str, seed: str, found: str, held: str) -> None:
    """Verify a file, write what is found, or the fault, to the file `found` as JSON, and end the process.

    `held` is the number of a pipe that the asking process holds: when that one is gone, this one ends.
    """
    threading.Thread(target=_end_with, args=(int(held),), daemon=True).start()
    try:
        told: dict[str, Any] = verify_file(Path(file), seed=int(seed))
    except LayerFileError as fault:
        told = {"fault": str(fault)}
    Path(found).write_text(json.dumps(told), encoding="utf-8")
    os._exit(0)  # at once, whatever the file wants to be done at the end


def _end_with(held: int) -> None:
    """Wait for the end of a pipe, then end this process and all that it has started."""
    os.read(held, 1)
    os.killpg(0, signal.SIGKILL)


def verify_file(path: Path, *, seed: int = 0) -> dict[str, Any]:
    """Load a layer file, draw every parameter at random in float64, and measure the equivariance error of each axis.

    Inputs, outputs and rank have unequal numbers of channels, other ones in each of four layers; the error is that of the
    worst. The file is run; call it in a process of its own. Raises LayerFileError where it is not a layer file, does not
    run, or gives other outputs than its signature says.
    """
    _check_text(path)
    module = _load(path)
    try:
        return _measure(module, seed)
    except BaseException as error:
        raise LayerFileError(f"{shown(path)} fails: {_reason(error)}\n  emit it anew") from error


def _measure(module: ModuleType, seed: int) -> dict[str, Any]:
    axes: dict[str, str | AxisGroup] = dict(getattr(module, "AXES", {}))
    if hasattr(module, "GENERATORS"):
        axes |= generators_from(json.loads(module.GENERATORS))
    signature = as_signature(module.SIGNATURE, depends=module.DEPENDS, axes=axes, sizes=module.SIZES)
    torch.manual_seed(seed)
    made = getattr(module, "EinNet", None) or module.Layer
    sizes = small_sizes(signature)
    errors: dict[str, float] = {}
    parameters = 0
    for turn in range(len(CHANNELS)):
        layer = _layer(made, *_channels(signature, turn))
        parameters = max(parameters, sum(parameter.numel() for parameter in layer.parameters()))
        inputs = random_inputs(layer, signature, sizes, seed=seed)
        found = equivariance_errors(layer, signature, inputs, seed=seed)
        if getattr(module, "NORMALISE_SCALE", False):
            found[SCALES[SCALES[0] in found]] = scale_error(layer, signature, inputs)
        for letter, error in found.items():
            worst = errors.get(letter, 0.0)
            errors[letter] = error if math.isnan(error) or error > worst else worst
    return {
        "signature": str(signature),
        "depends": list(module.DEPENDS),
        "axes": {letter: str(group) for letter, group in signature.groups},
        "terms": len(module.TERMS),
        "parameters": parameters,
        "channels": list(CHANNELS),
        "sizes": sizes,
        "errors": errors,
    }


def _channels(signature: Signature, turn: int) -> tuple[Numbers, Numbers, int]:
    """Channels of the inputs, of the outputs, and the rank: neighbours differ, and in four turns each has every number.

    >>> _channels(as_signature("ab,b->ab"), 0), _channels(as_signature("ab,b->ab"), 3)
    (((1, 2), (3,), 5), ((5, 1), (2,), 3))
    """
    ins, outs = len(signature.inputs), len(signature.outputs)
    numbers = tuple(CHANNELS[(turn + place) % len(CHANNELS)] for place in range(ins + outs + 1))
    return numbers[:ins], numbers[ins:-1], numbers[-1]


def _layer(made: Any, ins: Numbers, outs: Numbers, rank: int) -> torch.nn.Module:
    """A layer or network with these channels, every parameter drawn at random."""
    takes = inspect.signature(made).parameters
    ranks = {name: rank for name in ("rank", "pool_width") if name in takes}
    layer: torch.nn.Module = made(
        *(one if len(one) > 1 else one[0] for one in (ins, outs)), **ranks, dtype=torch.float64
    )
    for name, wanted in (("in_channels", ins), ("out_channels", outs)):
        found = getattr(layer, name)
        if (found if isinstance(found, tuple) else (found,) * len(wanted)) != wanted:
            raise LayerFileError(f"{name} are {found}, where {wanted} were asked for")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    return layer


def _check_text(path: Path) -> None:
    """Refuse, without running it, what cannot be a layer file."""
    cure = "give a file that 'symshare emit' wrote"
    try:
        tree = ast.parse(path.read_bytes(), filename=path.name)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
        raise LayerFileError(f"{shown(path)} is not Python: {_reason(error)}\n  {cure}") from error
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    kind = "EinNet" if "EinNet" in names else "Layer"
    missing = [name for name in ("SIGNATURE", "DEPENDS", "SIZES", "TERMS", kind) if name not in names]
    if missing:
        raise LayerFileError(f"{shown(path)} has no {', '.join(missing)}\n  {cure}")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("verified_layer", path)
    if spec is None or spec.loader is None:
        raise LayerFileError(f"{shown(path)} is not a Python file\n  give a file that 'symshare emit' wrote")
    module = importlib.util.module_from_spec(spec)
    sys.modules["verified_layer"] = module
    try:
        spec.loader.exec_module(module)
    except SystemExit as error:
        raise LayerFileError(
            f"{shown(path)} stops the process that runs it: {_reason(error)}\n  emit it anew"
        ) from error
    except BaseException as error:
        raise LayerFileError(f"{shown(path)} does not run: {_reason(error)}\n  emit it anew") from error
    return module


def _reason(error: BaseException) -> str:
    """An error in one line."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # the file's own error may fail at that too
        lines = []
    text = shown(lines[0], 160) if lines else ""
    if isinstance(error, LayerFileError) and text:
        return text
    return f"{shown(type(error).__name__)}{': ' if text else ''}{text}"
