"""The spec of a module: traced, read off, and tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch

from symshare.errors import SpecError, shown
from symshare.weights.axes import Axis, Tensor
from symshare.weights.exporting import OVERRIDE, Subject, subject_of
from symshare.weights.found import found
from symshare.weights.overrides import Overrides, overrides_of, said, said_of_trace, with_words
from symshare.weights.reading import check_spec
from symshare.weights.repeats import repeats
from symshare.weights.scales import Scale
from symshare.weights.specs import Spec
from symshare.weights.tracing import names_of, traced
from symshare.weights.values import Trace
from symshare.weights.verifying import Weights, changes_by_axis, verify_subject

__all__ = ["spec"]

ELEMENTS = 3
"""Random elements that each spec is tried with before it is given; `Spec.verify` tries more."""

Found = tuple[tuple[Axis, ...], tuple[Tensor, ...]]


def spec(
    module: torch.nn.Module,
    example_inputs: Any = (),
    *,
    inputs: Literal["fixed", "permuted"] = "fixed",
    outputs: Literal["fixed", "permuted"] = "fixed",
    keywords: Mapping[str, Any] | None = None,
    overrides: Mapping[str, str] | Path | None = None,
    depends: Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    scales: bool = False,
    verify: bool = True,
    seed: int = 0,
) -> Spec:
    """Find the permutation symmetry of a module's weights.

    `example_inputs` is a tensor or a tuple of what the module takes, `keywords` what it takes by name. With `"permuted"`
    inputs or outputs are moved along with the weights. `overrides` say what the axes of weights are (a TOML file's path, or
    texts, with `depends` and `sizes` beside them); then an operation without a rule is passed over, and where they name
    every weight, they alone make a spec. With `scales` it is also found by which positive numbers, and with which signs, the
    values of an axis may be multiplied (units before a ReLU, a tanh): `Spec.scales`. The module is copied and run in float64
    and evaluation mode, nothing of it is changed. What is found is tried with random elements on weights drawn around the
    module's own. Raises SpecError.

    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> print(spec(net, torch.randn(7, 3)).order)
    120
    """
    for what, asked in (("inputs", inputs), ("outputs", outputs)):
        if asked not in ("fixed", "permuted"):
            raise SpecError(f"{what}={shown(repr(asked))}\n  write {what}='fixed' or {what}='permuted'")
    given = tuple(example_inputs) if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    own = overrides_of(overrides, depends, sizes)
    if own.layouts and isinstance(module, torch.nn.Module) and not given and not keywords:
        if scales:
            raise SpecError(
                "without an example it is not seen what may be scaled\n  give an example, or leave out scales=True"
            )
        return _spec(module, _said(own, module))
    subject = subject_of(module, given, keywords)
    precision = torch.float64
    trace: Trace | None = None
    try:
        trace = traced(subject, inputs=inputs == "permuted", outputs=outputs == "permuted", lenient=bool(own.layouts))
    except SpecError:
        if not own.layouts or set(names_of(module)) - set(own.layouts):
            raise
        result = _spec(module, _said(own, module))
    else:
        said_of_trace(own, trace)
        precision = trace.precision
        result = _spec(module, with_words(own, *found(trace)))
    if scales:
        result = replace(result, scales=_scales(result, trace, subject, seed))
    if verify:
        _try(result, subject, precision, seed)
    return result


def _spec(module: torch.nn.Module, parts: Found) -> Spec:
    axes, tensors = parts
    result = Spec(type(module).__name__, axes, tensors, repeats(axes, tensors), tuple(_notes(module)))
    check_spec(result)
    return result


def _scales(one: Spec, trace: Trace | None, subject: Subject, seed: int) -> tuple[Scale, ...]:
    from symshare.weights.scaling.finding import scales

    if trace is None:
        raise SpecError("overrides alone do not tell what may be scaled\n  leave out scales=True")
    own = subject.module.state_dict()
    return scales(trace, one.axes, one.tensors, subject, {name: own[name].detach() for name in trace.parameters}, seed)


def _said(own: Overrides, module: torch.nn.Module) -> Found:
    """Axes and tensors as overrides alone have them."""
    names = names_of(module)
    state = module.state_dict()
    layouts = dict(own.layouts)
    for first, others in names.items():
        for other in others:
            if other in layouts:
                layouts.setdefault(first, layouts[other])
        if first not in layouts and state[first].dim() == 0:
            layouts[first] = ()
    missing = [name for name in names if name not in layouts]
    if missing:
        what = f"overrides without an example of inputs say nothing of {shown(missing[0])}"
        raise SpecError(f"{what}\n  name every weight, or give an example")
    known = {name for first, others in names.items() for name in (first, *others)}
    unknown = [name for name in layouts if name not in known]
    if unknown:
        raise SpecError(f"the module has no weight {shown(unknown[0])}\n  name weights as its state dict does")
    shapes = {name: tuple(state[name].shape) for name in names}
    kept = replace(own, layouts={name: layouts[name] for name in names})
    return said(kept, shapes, names, {name for name, _ in module.named_buffers(remove_duplicate=False)})


def _try(one: Spec, subject: Subject, precision: torch.dtype, seed: int) -> None:
    """Refuse a spec that random elements show to be wrong: nothing wrong is ever given."""
    weights = Weights(one.named, one.tensors, one.scales)
    outcome = verify_subject(weights, subject, elements=ELEMENTS, seed=seed, precision=precision, fixed=False)
    if not outcome.ok:
        broken = changes_by_axis(weights, subject, seed, outcome.tolerance)
        which = f", by permutations of {', '.join(broken[:4])}" if broken else ""
        what = f"what was found of {one.module} does not hold: its outputs change by {outcome.error:.1e}{which}"
        cure = f"a rule or an override is wrong, or it is no function of its inputs alone; {OVERRIDE}, fixed axes as In, Out"
        raise SpecError(f"{what}\n  {cure}")


def _notes(module: torch.nn.Module) -> list[str]:
    kinds = (torch.nn.modules.dropout._DropoutNd, torch.nn.modules.batchnorm._NormBase)
    acting = sorted({type(one).__name__ for one in module.modules() if one.training and isinstance(one, kinds)})
    return [f"evaluated in evaluation mode, {', '.join(acting)} too"] if acting else []
