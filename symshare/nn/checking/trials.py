"""What a module is tried with: as it is, with other parameters, at other lengths of axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import torch

from symshare.core.notation.signature import Signature
from symshare.errors import CheckError, shown
from symshare.nn.checking.copying import copied, doubled, with_digits
from symshare.nn.checking.lengths import free_axes, other_lengths, resized
from symshare.nn.checking.measuring import Trial, again, asked, continuous, difference, lacking, outputs
from symshare.nn.checking.subject import Subject, draw_anew, drawn, place_of, reason
from symshare.nn.checking.tensors import sizes_of
from symshare.nn.checking.tracing import traced

__all__ = ["first_trial", "idle", "other_trials", "repeats", "written"]


def first_trial(
    module: torch.nn.Module, signature: Signature, inputs: Sequence[torch.Tensor]
) -> tuple[Trial, list[str]]:
    """A module as it is, in double precision if it runs so, and with derivatives only where it needs them; and what is to be
    said of that.

    Raises CheckError where it does not run.
    """
    sizes_of(signature, inputs)
    own = next((one.dtype for one in inputs if one.is_floating_point()), torch.float32)
    errors = []
    for dtype, derivatives in product(dict.fromkeys((torch.float64, own)), (False, True)):
        double = dtype == torch.float64
        given = tuple(_precise(x) if double else x for x in inputs)
        subject = Subject(copied(module, double=double), type(module).__name__, dtype, derivatives)
        trial = Trial(subject, signature, given)
        try:
            _, sizes = outputs(trial, given)
        except CheckError:
            raise
        except Exception as error:
            errors.append(error)
        else:
            return trial.called("as given", sizes), [] if double else [_single(errors[0])]
    shapes = ", ".join(str(tuple(one.shape)) for one in inputs)
    cure = f"give inputs that it takes; these have the shapes {shapes}"
    raise CheckError(f"{shown(type(module).__name__)} does not run: {reason(errors[-1])}\n  {_at(errors[-1])}{cure}")


def _precise(x: torch.Tensor) -> torch.Tensor:
    return with_digits(x) if continuous(x) else doubled(x)


def _at(error: Exception) -> str:
    place = place_of(error)
    return f"{place}: " if place else ""


def _single(error: Exception) -> str:
    why = f"it does not run in double precision ({_at(error)}{reason(error)})"
    return f"{why}, so it runs in its own: small errors are taken for rounding"


def repeats(trial: Trial, tolerance: float) -> Callable[[], bool]:
    """A function that says whether a module gives again for the same input what it gives now."""
    before, _ = again(trial)

    def same() -> bool:
        now, _ = again(trial)
        return all(not difference(one, two) > tolerance for one, two in zip(before, now, strict=True))

    return same


def written(trial: Trial) -> bool:
    """Whether a module writes into its inputs."""
    given = [one.detach().clone() for one in trial.inputs]
    again(replace(trial, inputs=tuple(given)), copies=False)
    return not all(torch.equal(one, two) for one, two in zip(given, trial.inputs, strict=True))


def other_trials(first: Trial, seed: int, *, resize: bool, redraw: bool) -> tuple[list[Trial], list[str]]:
    """The trials beside the first one, and what is to be said of those that there are not."""
    trials, notes, base, what = [], [], first, "as given"
    sizes, _ = sizes_of(first.signature, first.inputs)
    if redraw and any(True for _ in drawn(first.subject.module)):
        base, what = replace(first, subject=_redrawn(first.subject), moved=True), "parameters moved"
        try:
            found, own = outputs(base, base.inputs)
            if lacking(found):
                raise ArithmeticError("some outputs are no numbers")
        except Exception as error:
            notes.append(f"only the parameters as given were tried; moved ones: {reason(error)}")
            base, what = first, "as given"
        else:
            trials.append(base.called(what, own))
    if resize:
        refused: dict[str, dict[int, str]] = {}
        for more in (False, True):
            made, said = _at_other_lengths(base, what, sizes, np.random.default_rng(seed + 2), more=more)
            trials += made
            for axis, (length, why) in said.items():
                refused.setdefault(axis, {})[length] = why
        notes += [_fixed(axis, sizes[axis], why) for axis, why in refused.items()]
    return trials, notes


def _fixed(axis: str, size: int, refused: dict[int, str]) -> str:
    """What is to be said of an axis that does not take some lengths."""
    length, why = next(iter(refused.items()))
    which = "fixed size" if len(refused) > 1 or size <= 2 else "not of any size"
    return f"{axis} = {size}: {which}; {length} {why}"


def _redrawn(subject: Subject) -> Subject:
    module = copied(subject.module, double=False)
    with torch.no_grad():
        draw_anew(module)
    return replace(subject, module=module)


def _at_other_lengths(
    base: Trial, what: str, sizes: dict[str, int], random: np.random.Generator, *, more: bool
) -> tuple[list[Trial], dict[str, tuple[int, str]]]:
    """A trial with other lengths of all axes that may have some, and for each axis that may not, which, and why."""
    axes = [one for one in free_axes(base.signature, base.inputs) if sizes[one] > (0 if more else 2)]
    if not axes:
        return [], {}
    wanted = other_lengths(sizes, axes, {length for x in base.inputs for length in x.shape}, more=more)
    found = _tried(base, what, wanted, random)
    if isinstance(found, Trial):
        return [found], {}
    refused: dict[str, tuple[int, str]] = {}
    for axis, length in wanted.items():
        alone = found if len(wanted) == 1 else _tried(base, what, {axis: length}, random)
        if isinstance(alone, str):
            refused[axis] = length, alone
    wanted = {axis: length for axis, length in wanted.items() if axis not in refused}
    found = _tried(base, what, wanted, random) if wanted and refused else found
    return ([found] if isinstance(found, Trial) else []), refused


def _tried(base: Trial, what: str, lengths: dict[str, int], random: np.random.Generator) -> Trial | str:
    """A trial at other lengths, or why the module does not take them."""
    inputs = resized(base.signature, base.inputs, lengths, random)
    trial = replace(base, inputs=inputs)
    try:
        found, sizes = outputs(trial, inputs)
    except Exception as error:
        _, _, named = asked(trial, inputs)
        call = traced(trial.subject, inputs, named).last
        where = f"{shown(call.name)} ({shown(call.kind)})" if call and call.name else shown(base.subject.name)
        return f"stops {where}: {reason(error)}"
    if lacking(found) and not lacking(again(base)[0]):
        return "gives some values that are no numbers"
    return trial.called(what, sizes)


def idle(trial: Trial) -> list[str]:
    """What is to be said of outputs that nothing can be seen in, or that do not depend on the inputs at all."""
    order = np.random.default_rng(0)
    others = [
        x.ravel()[torch.from_numpy(order.permutation(x.numel())).to(x.device)].view(x.shape) for x in trial.inputs
    ]
    others = [x * (1 + 0.5 * torch.randn_like(x)) if continuous(x) else x for x in others]
    here, _ = again(trial)
    try:
        there, _ = outputs(trial, others)
    except Exception:
        there = []
    found: dict[str, list[int]] = {}
    for number, one in enumerate(here):
        if not one.numel():
            found.setdefault("has no values", []).append(number)
        elif not bool(torch.isfinite(one).any()):
            found.setdefault("has no finite values", []).append(number)
        elif trial.inputs and there and torch.equal(one, there[number]):
            found.setdefault("was the same for another input", []).append(number)
    which = {why: "the output" if len(here) == 1 else f"output {', '.join(map(str, at))}" for why, at in found.items()}
    return [f"{which[why]} {why}: of it this says nothing" for why in found]
