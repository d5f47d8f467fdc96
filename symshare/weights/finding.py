"""The spec of a module: traced, read off, and tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from symshare.errors import SpecError, shown
from symshare.weights.exporting import OVERRIDE, Subject, subject_of
from symshare.weights.found import found
from symshare.weights.repeats import repeats
from symshare.weights.specs import Spec
from symshare.weights.tracing import traced
from symshare.weights.verifying import verify_subject

__all__ = ["spec"]

ELEMENTS = 3
"""Random elements that each spec is tried with before it is given; `Spec.verify` tries more."""


def spec(
    module: torch.nn.Module,
    example_inputs: Any = (),
    *,
    inputs: Literal["fixed", "permuted"] = "fixed",
    outputs: Literal["fixed", "permuted"] = "fixed",
    keywords: Mapping[str, Any] | None = None,
    verify: bool = True,
    seed: int = 0,
) -> Spec:
    """Find the permutation symmetry of a module's weights.

    `example_inputs` is a tensor or a tuple of what the module takes, `keywords` what it takes by name. With `"permuted"`
    inputs or outputs are moved along with the weights. The module is copied, evaluated in float64 and evaluation mode,
    and nothing of it is changed. What is found is tried with random elements on weights drawn around the module's own.
    Raises SpecError.

    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> print(spec(net, torch.randn(7, 3)).order)
    120
    """
    for what, asked in (("inputs", inputs), ("outputs", outputs)):
        if asked not in ("fixed", "permuted"):
            raise SpecError(f"{what}={shown(repr(asked))}\n  write {what}='fixed' or {what}='permuted'")
    given = (example_inputs,) if not isinstance(example_inputs, (tuple, list)) else tuple(example_inputs)
    subject = subject_of(module, given, keywords)
    trace = traced(subject, inputs=inputs == "permuted", outputs=outputs == "permuted")
    axes, tensors = found(trace)
    result = Spec(type(module).__name__, axes, tensors, repeats(axes, tensors), tuple(_notes(module)))
    if verify:
        tried(result, subject, trace.precision, seed)
    return result


def tried(one: Spec, subject: Subject, precision: torch.dtype, seed: int) -> None:
    """Refuse a spec that random elements show to be wrong: nothing wrong is ever given."""
    outcome = verify_subject(
        one, subject, elements=ELEMENTS, seed=seed, precision=precision, fixed=False
    )
    if not outcome.ok:
        what = f"what was found of {one.module} does not hold: its outputs change by {outcome.error:.1e}"
        raise SpecError(f"{what}\n  a rule is wrong, or it is not a function of its inputs alone; {OVERRIDE}")


def _notes(module: torch.nn.Module) -> list[str]:
    kinds = (torch.nn.modules.dropout._DropoutNd, torch.nn.modules.batchnorm._NormBase)
    acting = sorted({type(one).__name__ for one in module.modules() if one.training and isinstance(one, kinds)})
    return [f"evaluated in evaluation mode, {', '.join(acting)} too"] if acting else []


