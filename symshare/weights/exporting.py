"""A module as a graph of ATen operations, or three lines that say why there is none."""

from __future__ import annotations

import io
import logging
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_leaves, tree_map

from symshare.errors import SpecError, shown
from symshare.nn.checking.copying import copied, doubled
from symshare.nn.checking.subject import place_of as raised_at
from symshare.nn.checking.subject import quiet, reason

__all__ = ["Subject", "exported", "own_name", "place_of", "quietly", "subject_of"]

KEPT = (
    *("linear", "layer_norm", "group_norm", "instance_norm", "rms_norm", "scaled_dot_product_attention", "embedding"),
    *("softmax", "log_softmax", "bilinear", "diag_embed"),
)
"""Operations that are looked at whole, not taken apart."""

OVERRIDE = 'say what the axes are, overrides={"0.weight": "(hidden in)", ..}'


@dataclass(frozen=True, slots=True)
class Subject:
    """A copy of a module in evaluation mode, in float64 where it runs so, with its inputs."""

    module: torch.nn.Module
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]

    def __call__(self, state: Mapping[str, torch.Tensor], inputs: Sequence[Any] | None = None) -> Any:
        """What the module gives with other weights."""
        given = self.inputs if inputs is None else tuple(inputs)
        return torch.func.functional_call(self.module, dict(state), given, dict(self.keywords), tie_weights=True)


def subject_of(module: torch.nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any] | None) -> Subject:
    """A module that can be run, with its inputs; raises SpecError."""
    if isinstance(module, torch.jit.ScriptModule):
        raise SpecError(
            f"{type(module).__name__} is scripted, its operations are not seen\n  give the module it was made of"
        )
    if isinstance(module, torch.nn.Module):
        _check_weights(module)
    plain = copied(module, double=False, failure=SpecError)
    given = (tuple(inputs), dict(keywords or {}))
    with quietly():
        exact = tree_map(lambda one: doubled(one) if isinstance(one, torch.Tensor) else one, given)
        try:
            double = copied(plain)
            double(*exact[0], **exact[1])
        except Exception:
            try:
                plain(*given[0], **given[1])
            except Exception as error:
                raise SpecError(_refused(module, given, error)) from None
            return Subject(plain, *given)
    return Subject(double, *exact)


def _refused(module: torch.nn.Module, given: Any, error: Exception) -> str:
    tensors = [one for one in tree_leaves(given) if isinstance(one, torch.Tensor)]
    if not tensors:
        what = f"{type(module).__name__} does not run without an example of its inputs: {reason(error)}"
        return f"{what}\n  give one: spec(module, torch.randn(2, 3)), on the command line --example 2,3"
    shapes = " ".join(",".join(map(str, one.shape)) or "()" for one in tensors)
    what = f"{type(module).__name__} does not take inputs of the shapes {shapes}: {reason(error)}"
    place = raised_at(error)
    return f"{what}\n  {place}{': ' if place else ''}give inputs that it takes, or mend it"


def _check_weights(module: torch.nn.Module) -> None:
    """Refuse weights that have no values to move, or whose values are not theirs alone."""
    for name, one in [*module.named_parameters(), *module.named_buffers()]:
        if is_lazy(one):
            continue  # what copies says so
        if one.device.type == "meta":
            cure = "module.to_empty(device='cpu'), then load weights"
            raise SpecError(f"{shown(name)} is on the device meta, without values\n  give it some: {cure}")
        if one.is_quantized or one.layout != torch.strided:
            kind = "is quantised" if one.is_quantized else f"has the layout {one.layout}"
            raise SpecError(f"{shown(name)} {kind}\n  give the module before that, with plain weights")
    for name, part in module.named_modules():
        if isinstance(part, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel):
            raise SpecError(
                f"{shown(name or 'the module')} is a {type(part).__name__}\n  give the module inside: .module"
            )
        if "quantized" in type(part).__module__.split("."):
            what = f"{shown(name or 'the module')} is quantised ({type(part).__name__})"
            raise SpecError(f"{what}\n  give the module before that, with plain weights")


class _Held(torch.nn.Module):
    """A module inside another one: graphs have attributes of their own (`graph`, `code`), which no weight's name may be."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.held = module

    def forward(self, *inputs: Any, **keywords: Any) -> Any:
        """What the module does."""
        return self.held(*inputs, **keywords)


def own_name(target: str) -> str:
    """The name that a weight or a submodule in a graph has in the module.

    >>> own_name("held.0.weight")
    '0.weight'
    """
    return target.removeprefix("held").removeprefix(".")


def exported(subject: Subject) -> torch.export.ExportedProgram:
    """The graph of a module; raises SpecError."""
    said = io.StringIO()  # torch prints graphs that it gives up
    with quietly(), redirect_stdout(said), redirect_stderr(said):
        try:
            program = torch.export.export(_Held(subject.module), subject.inputs, dict(subject.keywords), strict=False)
            table = _decompositions.__wrapped__() if _has_foreign_operations(program) else _decompositions()
            lowered: torch.export.ExportedProgram = program.run_decompositions(table)
        except Exception as error:
            raise SpecError(_not_exported(subject.module, error)) from None
    return lowered


@cache
def _decompositions() -> dict[Any, Any]:
    """How torch takes operations apart. It goes through all that are registered, which takes as long as a small graph."""
    return {
        operation: way
        for operation, way in dict(torch.export.default_decompositions()).items()
        if str(operation).removeprefix("aten.").partition(".")[0] not in KEPT
    }


def _has_foreign_operations(program: torch.export.ExportedProgram) -> bool:
    """Whether there are operations that are not ATen's, which may have been registered since the table was made."""
    graphs = (part.graph for part in program.graph_module.modules() if isinstance(part, torch.fx.GraphModule))
    return any(getattr(node.target, "namespace", "aten") != "aten" for graph in graphs for node in graph.nodes)


def _not_exported(module: torch.nn.Module, error: Exception) -> str:
    kind, text = type(error).__name__, str(error)
    own = (str(torch.__path__[0]), str(Path(__file__).parent))
    lines = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith((*own, "<"))]
    where = f'\n  File "{lines[-1].filename}", line {lines[-1].lineno}: {lines[-1].line}' if lines else ""
    if "DataDependent" in kind or "data-dependent" in text or "Dynamic control flow" in text:
        what = f"{type(module).__name__} decides by the values of tensors what it does"
        return f"{what}{where}\n  give the part that does not, or {OVERRIDE}"
    return f"torch.export does not take {type(module).__name__}: {reason(error)}{where}\n  mend it, or {OVERRIDE}"


def place_of(node: torch.fx.Node) -> str:
    """Where an operation stands in the user's code: the last line outside torch, else the submodule."""
    lines = str(node.meta.get("stack_trace") or "").splitlines()
    foreign = (str(torch.__path__[0]), __file__)
    heads = [(place, line) for place, line in enumerate(lines) if line.strip().startswith("File ")]
    found = [place for place, line in heads if not any(one in line for one in foreign)]
    if found:
        head = lines[found[-1]].strip()
        code = lines[found[-1] + 1].strip() if found[-1] + 1 < len(lines) else ""
        return f"{head}: {code}"
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    return f"in the submodule {own_name(stack[-1][0]) or 'itself'}" if stack else "at a place that is not known"


@contextmanager
def quietly(seed: int = 0) -> Iterator[None]:
    """Without warnings and derivatives, without the short cuts of attention (which no rule sees into); what is drawn follows
    from a seed, and leaves all generators of random numbers as they were."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), quiet(seed), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        torch.backends.mha.set_fastpath_enabled(fast)
