"""Checking that a module keeps a symmetry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from symshare.core.groups.group import AxisGroup
from symshare.core.notation.names import beside
from symshare.core.notation.reading import signature
from symshare.core.notation.signature import Signature
from symshare.nn.checking.measuring import Measured, Trial, measured
from symshare.nn.checking.places import place_of_break, place_of_chance, place_of_writing
from symshare.nn.checking.report import Fault, Report, Row
from symshare.nn.checking.subject import quiet, said_of_mode
from symshare.nn.checking.tensors import refuse_mixtures
from symshare.nn.checking.trials import first_trial, idle, other_trials, repeats, written

__all__ = ["TOLERANCE", "assert_equivariant", "check", "examined"]

TOLERANCE = 1e-10
"""The largest relative error, in double precision, that counts as rounding; chosen, not measured."""
ROUNDINGS = 1000
"""Where a module does not run in double precision, the error of so many roundings of its own type counts as rounding."""
VISIBLE = 0.02
"""Whatever the type, no larger one does before it is measured what rounding does."""
SMALL = 1e-6
"""Errors below this may come from numbers in single precision that the module takes from elsewhere."""
UNTOLD = 1e-3
"""Where rounding alone moves the output by more than this, nothing can be said."""


def check(
    module: torch.nn.Module,
    symmetry: str | Signature,
    *inputs: torch.Tensor,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    tolerance: float = TOLERANCE,
    resize: bool = True,
    redraw: bool = True,
    seed: int = 0,
) -> Report:
    """Whether a module keeps a symmetry, measured, and where it breaks first.

    Each input has shape (batch.., *axes), with all axes as the symmetry writes them: lower-case ones are acted on, upper-case
    ones are any others, such as channels. A copy of the module runs in double precision and evaluation mode; the module, the
    inputs and random numbers elsewhere stay as they are. It is tried as it is, then with its parameters moved as training
    would (`redraw`: much of what breaks a symmetry begins as zeros), then with fewer and with more values on set axes
    (`resize`), with every generator of the group and with random elements. The error is relative to the output.

    Raises CheckError where the module does not run, or gives other outputs than the symmetry says, and NotationError.

    >>> class Total(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.cumsum(-3).mean(-2)
    >>> report = check(Total(), "abH->aH", torch.randn(2, 7, 5, 3))
    >>> report.ok, sorted(report.errors), report.fault.operation
    (False, ['a', 'b'], 'cumsum')
    """
    one = signature(symmetry, depends=depends, axes=axes, sizes=sizes)
    with quiet(seed):
        refuse_mixtures(one, inputs)
        first, notes = first_trial(module, one, inputs)
        notes = [mode, *notes] if (mode := said_of_mode(module)) else notes
        double = first.subject.dtype == torch.float64
        allowed = tolerance if double else max(tolerance, min(ROUNDINGS * first.subject.eps, VISIBLE))
        report = Report(first.subject.name, one, (), (first.words,), allowed)
        if written(first):
            notes.append(f"it writes into its inputs: {place_of_writing(first)}")
        same = repeats(first, report.tolerance)
        if same():
            trials, said = other_trials(first, seed, resize=resize, redraw=redraw)
            found = examined(report, [first, *trials], seed, [*notes, *said, *idle(trials[0] if trials else first)])
            if same():
                return found
        return replace(report, fault=place_of_chance(first), notes=tuple(notes), deterministic=False)


def examined(report: Report, trials: list[Trial], seed: int, notes: list[str]) -> Report:
    """The report with what is measured in some trials, and where it breaks."""
    random = np.random.default_rng(seed + 1)
    found = [measured(trial, random, report.tolerance) for trial in trials]
    rows = rows_of(found)
    double = all(trial.subject.dtype == torch.float64 for trial in trials)
    notes = [*notes, *_of_rounding(found, report.tolerance, double=double)]
    notes = [*notes, *_as_given(trials, found)]
    done = replace(report, rows=rows, trials=tuple(trial.words for trial in trials))
    return replace(done, fault=_fault(trials, found), notes=tuple(notes))


def _of_rounding(found: list[list[Measured]], tolerance: float, *, double: bool) -> list[str]:
    """What is to be said where rounding may be all that is seen, or hide what is to be seen."""
    every = [one for each in found for one in each]
    limit, notes = max((one.limit for one in every), default=0.0), []
    if limit > tolerance:
        notes.append(f"rounding alone moves the output: errors up to {limit:.0e} count as rounding")
    if limit > max(UNTOLD, tolerance):
        notes.append("so much rounding hides what breaks a symmetry: this says little")
    if double and 0 < max((one.error for one in every if not one.ok), default=0.0) < SMALL:
        cure = f"a tolerance of {SMALL:.0e} lets it pass"
        notes.append(f"so small an error may be that of constants in single precision: {cure}")
    return notes


def _as_given(trials: list[Trial], found: list[list[Measured]]) -> list[str]:
    """What is to be said where a module breaks a symmetry with other parameters only."""
    held = [all(one.ok for one in each) for each in found]
    if all(held) or not all(one or trial.moved for one, trial in zip(held, trials, strict=True)):
        return []
    return ["as given it holds; with its parameters moved, as training moves them, it does not"]


def _fault(trials: list[Trial], found: list[list[Measured]]) -> Fault | None:
    """Where it breaks, followed in the trial that tells axes apart best, under the random element that breaks most."""
    broken = [(trial, one) for trial, each in zip(trials, found, strict=True) for one in each if not one.ok]
    if not broken:
        return None

    def told(pair: tuple[Trial, Measured]) -> tuple[bool, bool, float]:
        trial, one = pair
        return trial.distinct, one.tried.place < 0, one.error if one.error == one.error else 0.0

    trial, one = max(broken, key=told)
    return place_of_break(trial, one)


def rows_of(found: list[list[Measured]]) -> tuple[Row, ...]:
    """For each element the worst of all trials."""
    rows: dict[object, Row] = {}
    for number, each in enumerate(found, 1):
        for one in each:
            element, key = one.tried.element, (one.tried.element.axes, one.tried.place)
            row = Row(element.label, beside(element.axes), one.error, one.limit, number)
            kept = rows.setdefault(key, row)
            if _worse(row, kept):
                rows[key] = replace(row, what=kept.what)
    return tuple(rows.values())


def _worse(one: Row, other: Row) -> bool:
    """Whether one error is larger than another, where no number is larger than any."""
    first, second = ((row.error != row.error, row.error / row.limit) for row in (one, other))
    return first[0] > second[0] or (first[0] == second[0] and first[1] > second[1])


def assert_equivariant(
    module: torch.nn.Module, symmetry: str | Signature, *inputs: torch.Tensor, **options: Any
) -> None:
    """Raise AssertionError, with the table of `check`, where a module does not keep a symmetry; for tests.

    `options` are those of `check`.

    >>> assert_equivariant(torch.nn.Linear(3, 4), "aH->aH", torch.randn(5, 3))
    >>> assert_equivariant(torch.nn.Linear(5, 5), "a->a", torch.randn(5), resize=False)
    Traceback (most recent call last):
    ...
    AssertionError: Linear: a->a, BREAKS under a
    ...
    """
    report = check(module, symmetry, *inputs, **options)
    if not report.ok:
        raise AssertionError(str(report))
