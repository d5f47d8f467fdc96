"""Checking layer files that symshare wrote: the layers that a file makes, tried with all that they take."""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from symshare.core.groups.files import generators_from
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.poolings.types import read_types
from symshare.errors import CheckError, LayerFileError, plural, shown
from symshare.nn.checking.check import TOLERANCE, examined
from symshare.nn.checking.files import load_file
from symshare.nn.checking.layers import Made, compared, refusal, trials_of
from symshare.nn.checking.measuring import Trial, outputs
from symshare.nn.checking.on_supports import OnSupports, with_masks
from symshare.nn.checking.report import Report
from symshare.nn.checking.subject import quiet, reason
from symshare.nn.checking.tensors import small_sizes, with_channels
from symshare.plans.hidden import positions

__all__ = ["CHANNELS", "verify_file"]

CHANNELS = (1, 2, 3, 5)
"""The numbers of channels that inputs, outputs and rank have in turn."""
LARGE, HALVINGS = 1e6, 20
"""Outputs at which parameters are taken for too large, and how often they are halved."""
GIVE = "give a file that 'symshare emit' wrote"

Numbers = tuple[int, ...]


def verify_file(path: Path, *, seed: int = 0) -> Report:
    """Load a layer file, draw every parameter at random in float64, and check the symmetry that the file says.

    Inputs, outputs and rank have unequal numbers of channels, other ones in each of four layers. They are tried with and
    without weights of values, at lengths 1 and 0, without a batch and with an empty one; values that are masked must be as
    left out, values with half the weight twice as once, entries of a batch as alone. Layers on supports have random ones,
    which move along, with their pairs in any order; a batch is one of graphs. The file is run; call it in a process of its own.
    Raises LayerFileError where it is not a layer file, does not run, or gives other outputs than it says.
    """
    _check_text(path)
    module = load_file(path, LayerFileError, "emit it anew")
    _check_whole(module)
    try:
        with quiet(seed):
            return _measure(module, path, seed)
    except BaseException as error:
        raise LayerFileError(f"{shown(path)} fails: {reason(error)}\n  emit it anew") from error


def _measure(module: ModuleType, path: Path, seed: int) -> Report:
    axes: dict[str, str | AxisGroup] = dict(getattr(module, "AXES", {}))
    if hasattr(module, "GENERATORS"):
        axes |= generators_from(json.loads(module.GENERATORS))
    whole = hasattr(module, "WeightNet")
    text = module.NETWORK if whole else module.SIGNATURE
    signature = as_signature(text, depends=module.DEPENDS, axes=axes, sizes=module.SIZES)
    if whole:
        made = [_of_weights(module, signature)]
    else:
        types = tuple([tensor for text in getattr(module, "TYPES", ()) for tensor in read_types(text)])
        made = [replace(_made(module, signature, turn), types=types) for turn in range(len(CHANNELS))]
    usual, others = [one.trial(small_sizes(one.signature)) for one in made], trials_of(made)
    for trial in usual:
        outputs(trial, trial.inputs)
    _tame(made, [*usual, *(trial for trial in others if _runs(trial))])
    refused = {trial.words: why for trial in others if (why := refusal(trial))}
    trials = [*usual, *(trial for trial in others if trial.words not in refused)]
    parameters = max(sum(one.numel() for one in each.layer.parameters()) for each in made)
    channels = list(module.CHANNELS) if whole else list(CHANNELS)
    facts = (("terms", len(module.TERMS)), ("parameters", parameters), ("channels", channels))
    report = Report(path.name, signature, (), (), TOLERANCE, facts=facts)
    scale = bool(getattr(module, "NORMALISE_SCALE", False))
    centred = positions(signature, module.CENTRED) if hasattr(module, "CENTRED") else ((), ())
    return compared(examined(report, trials, seed, []), made, refused, scale=scale, centred=centred)


def _made(module: ModuleType, signature: Signature, turn: int) -> Made:
    ins, outs, rank = _channels(signature, turn)
    words = f"{', '.join(map(str, ins)) or 'no'} to {', '.join(map(str, outs))} channels"
    layer = _layer(getattr(module, "EinNet", None) or module.Layer, ins, outs, rank)
    layer.register_forward_hook(partial(_held, signature))
    whole, sparse = with_channels(signature, ins, outs), getattr(module, "SPARSE", ())
    if not sparse:
        return Made(layer, whole, words)
    return Made(OnSupports(layer, module.Support, whole, sparse), with_masks(whole, sparse), words, weighs=False)


def _of_weights(module: ModuleType, signature: Signature) -> Made:
    """The network on weights of a file, every parameter drawn at random."""
    net = module.WeightNet(dtype=torch.float64)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_()
    outs = module.ENDS if hasattr(module, "ENDS") else (net.readout.out_features,)
    net.register_forward_hook(partial(_held, signature))
    return Made(net.eval(), with_channels(signature, tuple(module.CHANNELS), tuple(outs)), "its channels", weighs=False)


def _check_whole(module: ModuleType) -> None:
    """Refuse a network whose symmetry is another than that of its layers."""
    if hasattr(module, "POSITIONS"):
        told = (
            f"the values of {', '.join(module.POSITIONS)} are told apart, which the symmetry of its layers does not say"
        )
        raise LayerFileError(f"{told}\n  verify one without --positions")
    if len(getattr(module, "SEEDS", ())) > 1:
        raise LayerFileError("it gives means over samples that go together\n  verify one without --ensemble")


def _channels(signature: Signature, turn: int) -> tuple[Numbers, Numbers, int]:
    """Channels of the inputs, of the outputs, and the rank: neighbours differ, and in four turns each has every number.

    >>> _channels(as_signature("ab,b->ab"), 0), _channels(as_signature("ab,b->ab"), 3)
    (((1, 2), (3,), 5), ((5, 1), (2,), 3))
    """
    ins, outs = len(signature.inputs), len(signature.outputs)
    numbers = tuple(CHANNELS[(turn + place) % len(CHANNELS)] for place in range(ins + outs + 1))
    return numbers[:ins], numbers[ins:-1], numbers[-1]


def _layer(maker: Any, ins: Numbers, outs: Numbers, rank: int) -> torch.nn.Module:
    """A layer or network with these channels, every parameter drawn at random."""
    takes = inspect.signature(maker).parameters
    ranks = {name: rank for name in ("rank", "pool_width") if name in takes}
    layer: torch.nn.Module = maker(
        *(one if len(one) > 1 else one[0] for one in (ins, outs)), **ranks, dtype=torch.float64
    )
    for name, wanted in (("in_channels", ins), ("out_channels", outs)):
        found = getattr(layer, name)
        if (found if isinstance(found, tuple) else (found,) * len(wanted)) != wanted:
            raise LayerFileError(f"{name} are {found}, where {wanted} were asked for")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    return layer.eval()


def _runs(trial: Trial) -> bool:
    """Whether a layer gives anything in a trial that it may refuse; CheckError where it gives other than it says."""
    try:
        outputs(trial, trial.inputs)
    except CheckError:
        raise
    except Exception:
        return False
    return True


@torch.no_grad()
def _tame(made: list[Made], trials: list[Trial]) -> None:
    """Make parameters smaller where outputs overflow at those of size one, as those of a polynomial of high degree do, until
    outputs are far from that; parameters that never give numbers stay as they are."""

    def large(trial: Trial) -> bool:
        return any(not (one.abs() < LARGE).all() for one in outputs(trial, trial.inputs)[0])

    parameters = [parameter for each in made for parameter in each.layer.parameters()]
    before = [parameter.clone() for parameter in parameters]
    for _ in range(HALVINGS):
        if not any(map(large, trials)):
            return
        for parameter in parameters:
            parameter.mul_(0.5)
    for parameter, one in zip(parameters, before, strict=True):
        parameter.copy_(one)


def _held(signature: Signature, _layer: torch.nn.Module, _inputs: object, result: Any) -> Any:
    """What a layer returns: tensors of its own type; values that are not finite become NaN, which is no rounding."""
    listed = result if isinstance(result, tuple) else (result,)
    if len(listed) != len(signature.outputs):
        given = plural(len(listed), "output")
        raise CheckError(f"it returns {given}, where {str(signature)!r} has {len(signature.outputs)}\n  mend it")
    if not isinstance(result, torch.Tensor | tuple):
        raise CheckError(f"its output is of type {shown(type(result).__name__)}\n  mend it")
    for place, one in enumerate(listed):
        if isinstance(one, torch.Tensor) and one.dtype != torch.float64:
            which = f"output {place}" if len(listed) > 1 else "its output"
            raise CheckError(f"{which} is of type {one.dtype}, not torch.float64\n  mend it")
    finite = tuple(
        torch.where(one.isfinite(), one, torch.nan) if isinstance(one, torch.Tensor) else one for one in listed
    )
    return finite if isinstance(result, tuple) else finite[0]


def _check_text(path: Path) -> None:
    """Refuse, without running it, what cannot be a layer file."""
    try:
        tree = ast.parse(path.read_bytes(), filename=path.name)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
        raise LayerFileError(f"{shown(path)} is not Python: {reason(error)}\n  {GIVE}") from error
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    kind = next((one for one in ("EinNet", "WeightNet") if one in names), "Layer")
    missing = [name for name in ("SIGNATURE", "DEPENDS", "SIZES", "TERMS", kind) if name not in names]
    if missing:
        raise LayerFileError(f"{shown(path)} has no {', '.join(missing)}\n  {GIVE}")
