"""How far a module is from commuting with each element of a group, relative to what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
import torch

from symshare.core.notation.names import is_latent
from symshare.core.notation.signature import Signature
from symshare.errors import CheckError, shown
from symshare.nn.checking.constants import nudged
from symshare.nn.checking.elements import Tried, moved, tried_elements
from symshare.nn.checking.filling import unfilled
from symshare.nn.checking.subject import Subject, reason
from symshare.nn.checking.tensors import axes_by_keyword, outputs_of, sizes_of, small_sizes

__all__ = ["Measured", "Trial", "again", "asked", "continuous", "difference", "lacking", "measured", "outputs"]

ROUNDINGS = 100
"""What a group may move the output by is so many times what the rounding of the inputs moves it by."""
FEWEST, VISIBLE = 10, 0.1
"""Where that is more than a tenth of the output, as with numbers of few digits, it is only ten times that, or the tenth."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A module and inputs for it, in words what is special about them, whether lengths alone tell the axes apart, and whether
    the module's parameters have been moved."""

    subject: Subject
    signature: Signature
    inputs: tuple[torch.Tensor, ...]
    words: str = ""
    distinct: bool = False
    moved: bool = False

    def called(self, what: str, sizes: Mapping[str, int]) -> Trial:
        """The same trial with its words."""
        axes = self.signature.set_axes
        own = [sizes[axis] for axis in axes]
        distinct = len(set(own)) == len(own) and not set(own) & _others(self.signature, self.inputs)
        lengths = ", ".join(f"{axis} = {sizes[axis]}" for axis in axes)
        return replace(self, words=f"{what}: {lengths}" if lengths else what, distinct=distinct)


def _others(signature: Signature, inputs: Sequence[torch.Tensor]) -> set[int]:
    """The lengths of dimensions of the inputs that nothing acts on: batches and channels."""
    return {
        length
        for tensor, x in zip(signature.inputs, inputs, strict=True)
        for place, length in enumerate(x.shape, len(tensor.axes) - x.dim())
        if place < 0 or is_latent(tensor.axes[place])
    }


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The error of one element in one trial, up to where it counts as rounding, and what stopped the module, if it did."""

    tried: Tried
    error: float
    limit: float
    stopped: str = ""

    @property
    def ok(self) -> bool:
        """Whether the error is rounding; one that is no number is not."""
        return self.error <= self.limit


def outputs(
    trial: Trial, inputs: Sequence[torch.Tensor], *, copies: bool = True
) -> tuple[list[torch.Tensor], dict[str, int]]:
    """What the module of a trial gives for copies of some inputs, or for these very ones, and the lengths of all axes."""
    sizes, batch, lengths = asked(trial, inputs)
    given = [one.detach().clone() for one in inputs] if copies else inputs
    found = outputs_of(trial.subject(given, lengths), trial.signature, sizes, batch)
    return [one.detach().clone() for one in found], sizes  # a module may write over what it gave


def again(trial: Trial, *, copies: bool = True) -> tuple[list[torch.Tensor], dict[str, int]]:
    """What the module gives for the inputs of a trial, which it has taken before, and the lengths of all axes.

    Raises CheckError where it does not this time.
    """
    try:
        return outputs(trial, trial.inputs, copies=copies)
    except CheckError:
        raise
    except Exception as error:
        cure = "make it run as often as it is called"
        raise CheckError(f"{shown(trial.subject.name)} stops when it runs again: {reason(error)}\n  {cure}") from error


def asked(trial: Trial, inputs: Sequence[torch.Tensor]) -> tuple[dict[str, int], tuple[int, ...], dict[str, int]]:
    """The lengths of axes, the batch, and the lengths that are given to the module by name: none that channels have."""
    sizes, batch = sizes_of(trial.signature, inputs)
    names = axes_by_keyword(trial.subject.module, trial.signature)
    small, taken = small_sizes(trial.signature), _others(trial.signature, inputs)
    for axis in names.values():
        sizes[axis] = small[axis]
        while sizes[axis] in taken and trial.signature.size(axis) is None:
            sizes[axis] += len(small)
    return sizes, batch, {name: sizes[axis] for name, axis in names.items()}


def measured(trial: Trial, random: np.random.Generator, tolerance: float) -> list[Measured]:
    """The relative error of every element: the largest abs(f(g x) - g f(x)) of an output over its largest value, of either.

    Where the rounding of the inputs alone moves the output by more than a hundredth of the tolerance, or that of constants in
    single precision by more than a tenth, so much more is allowed.
    """
    here, sizes = again(trial)
    errors: list[tuple[Tried, list[float], str]] = []
    for tried in tried_elements(trial.signature, sizes, random):
        there = [moved(tried.element, *one) for one in zip(trial.signature.inputs, trial.inputs, strict=True)]
        expected = [moved(tried.element, *one) for one in zip(trial.signature.outputs, here, strict=True)]
        try:
            found, _ = outputs(trial, there)
        except CheckError:
            raise
        except Exception as error:
            errors.append((tried, [inf] * len(here), reason(error)))
        else:
            errors.append((tried, [difference(*one) for one in zip(found, expected, strict=True)], ""))
    limits = [tolerance] * len(here)
    if any(not one <= tolerance for _, each, _ in errors for one in each):
        moves = zip(_rounding(trial, here, random), _of_constants(trial, here, random), strict=True)
        limits = [max(tolerance, FEWEST * max(own, kept), min(ROUNDINGS * own, VISIBLE)) for own, kept in moves]
    return [_worst(tried, each, limits, stopped) for tried, each, stopped in errors]


def _worst(tried: Tried, errors: list[float], limits: list[float], stopped: str) -> Measured:
    """The output with the largest error over its limit; one whose error is no number comes first."""
    pairs = sorted(zip(errors, limits, strict=True), key=lambda one: inf if one[0] != one[0] else one[0] / one[1])
    return Measured(tried, *(pairs[-1] if pairs else (0.0, 0.0)), stopped)


def _rounding(trial: Trial, here: list[torch.Tensor], random: np.random.Generator) -> list[float]:
    """What each output moves by, relatively, where continuous inputs move by their rounding."""
    worst = [0.0] * len(here)
    for _ in range(2):
        near = []
        for x in trial.inputs:
            signs = torch.from_numpy(random.choice([-1.0, 1.0], size=tuple(x.shape))).to(x.device)
            near.append((x * (1 + trial.subject.eps * signs)).to(x.dtype) if continuous(x) else x)
        worst = _larger(worst, outputs(trial, near)[0], here)
    return worst


def _of_constants(trial: Trial, here: list[torch.Tensor], random: np.random.Generator) -> list[float]:
    """What each output moves by, relatively, where constants of the module that are in single precision move by theirs."""
    worst = [0.0] * len(here)
    for _ in range(2):
        with nudged(trial.subject.module, random) as some:
            worst = _larger(worst, outputs(trial, trial.inputs)[0], here) if some else worst
    return worst


def _larger(worst: list[float], found: list[torch.Tensor], here: list[torch.Tensor]) -> list[float]:
    errors = [difference(*one) for one in zip(found, here, strict=True)]
    return [max(one, two if two == two else 0.0) for one, two in zip(worst, errors, strict=True)]


def continuous(x: torch.Tensor) -> bool:
    """Whether a tensor holds measurements rather than a few values again and again."""
    return bool(x.is_floating_point() and x.numel() and len(torch.unique(x)) > x.numel() / 2)


def lacking(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether some values are no numbers."""
    return any(bool(torch.isnan(one).any()) for one in tensors)


def difference(one: torch.Tensor, two: torch.Tensor) -> float:
    """The largest difference of two tensors over their largest finite value; equal infinities do not differ.

    Values that stand for infinite ones are held against themselves, all others against the largest of the others.

    >>> difference(torch.tensor([1.0, -torch.inf]), torch.tensor([2.0, -torch.inf]))
    0.5
    >>> difference(torch.tensor([1.0, -1e30]), torch.tensor([2.0, -1e30]))
    0.5
    """
    wide = torch.complex128 if one.is_complex() or two.is_complex() else torch.float64
    one, two = one.to(wide), two.to(wide)
    gaps = torch.where(one == two, 0.0, (one - two).abs())
    if not bool((gaps != 0).any()):
        return 0.0
    sizes = torch.maximum(one.abs(), two.abs())
    finite = sizes[torch.isfinite(sizes)]
    scale = float(unfilled(finite.cpu().numpy()).max()) if finite.numel() else 1.0
    return float((gaps / torch.where(torch.isfinite(sizes), sizes, 0.0).clamp(min=scale)).max())
