"""Where in a module something goes wrong: a symmetry breaks, chance comes in, an input is written into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from symshare.core.actions.blocks import Element
from symshare.core.actions.relabelling import Relabelling
from symshare.errors import shown
from symshare.nn.checking.blaming import blamed, described
from symshare.nn.checking.elements import moved
from symshare.nn.checking.measuring import Measured, Trial, again, asked, difference, outputs
from symshare.nn.checking.report import Fault
from symshare.nn.checking.subject import place_of, reason
from symshare.nn.checking.tensors import outputs_of
from symshare.nn.checking.tracing import Trace, traced

__all__ = ["place_of_break", "place_of_chance", "place_of_writing"]


def place_of_break(trial: Trial, found: Measured) -> Fault:
    """Where a module first does not move along with an element."""
    element = found.tried.element
    there = [moved(element, *one) for one in zip(trial.signature.inputs, trial.inputs, strict=True)]
    if found.stopped:
        return _stopped(_trace(trial, there), found.stopped)
    (first, sizes), (second, _) = outputs(trial, trial.inputs), outputs(trial, there)
    expected = [moved(element, *one) for one in zip(trial.signature.outputs, first, strict=True)]
    errors = [difference(*one) for one in zip(second, expected, strict=True)]
    broken = [place for place, error in enumerate(errors) if not error <= found.limit]
    return _compared(trial, there, element, sizes, broken, found.error)


def _stopped(trace: Trace, why: str) -> Fault:
    """The submodule that does not take an input that is moved."""
    call = trace.last
    name, kind = (call.name, call.kind) if call else ("", trace.kind)
    line = place_of(trace.stopped) if trace.stopped is not None else ""
    return Fault(module=shown(name, 200), kind=shown(kind), line=line, words=f"which stops for the moved input: {why}")


def place_of_chance(trial: Trial) -> Fault:
    """Where a module first does something else although its input is the same."""
    (first, sizes), (second, _) = again(trial), again(trial)
    errors = [difference(*one) for one in zip(first, second, strict=True)]
    broken = [place for place, error in enumerate(errors) if error != 0]
    return _compared(trial, list(trial.inputs), Element("", (), Relabelling({})), sizes, broken, max(errors))


def place_of_writing(trial: Trial) -> str:
    """Which submodule writes into an input first, and at which line."""
    trace = _trace(trial, trial.inputs)
    if not trace.spoilt:
        return "where cannot be told"
    fault = described(trace, trace.spoilt[0])
    return ", ".join(filter(None, [fault.place, fault.source]))


def _compared(
    trial: Trial,
    there: Sequence[torch.Tensor],
    element: Element,
    sizes: Mapping[str, int],
    broken: Sequence[int],
    error: float,
) -> Fault:
    """The fault that two runs show."""
    one, two = _trace(trial, trial.inputs), _trace(trial, there)
    stopped = one.stopped or two.stopped
    if stopped is not None:
        return Fault(known=False, words=f"it does not run while it is followed: {reason(stopped)}")
    fault = blamed(one, two, element, sizes, broken, error)
    if trial.distinct or not element.axes:
        return fault
    return replace(
        fault, words="; ".join([*filter(None, [fault.words]), "some axes are equally long and may be mistaken"])
    )


def _trace(trial: Trial, inputs: Sequence[torch.Tensor]) -> Trace:
    sizes, batch, lengths = asked(trial, inputs)
    return traced(
        trial.subject, inputs, lengths, lambda result: outputs_of(result, trial.signature, dict(sizes), batch)
    )
