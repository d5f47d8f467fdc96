"""What layers of one file are tried with beside group elements: weights, masks, lengths 1 and 0, batches."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from math import inf
from typing import Any

import torch

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import CheckError
from symshare.nn.checking.measuring import Trial, difference, outputs
from symshare.nn.checking.report import Report, Row
from symshare.nn.checking.subject import Subject, reason
from symshare.nn.checking.tensors import small_sizes

__all__ = ["Made", "Positions", "compared", "random_inputs", "refusal", "trials_of"]


Positions = tuple[tuple[int, ...], tuple[int, ...]]
"""The inputs and the outputs that are positions of points."""

SCALES = ("scale", "scale of the inputs")
"""What a change of scale moves, and what it is called where an axis has that name."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A layer, its signature with the numbers of its channels, these in words, whether values have weights there, and the types
    that it carries beside those of the signature."""

    layer: torch.nn.Module
    signature: Signature
    words: str
    weighs: bool = True
    types: tuple[Tensor, ...] = ()

    def trial(self, sizes: Mapping[str, int], what: str = "", batch: tuple[int, ...] = (2,)) -> Trial:
        """The layer with random inputs of some lengths."""
        inputs = random_inputs(self.signature, sizes, batch)
        subject = Subject(self.layer, type(self.layer).__name__)
        words = ", ".join(filter(None, [self.words, what]))
        known = dict(self.signature.sizes) | dict(sizes)
        return Trial(subject, self.signature, inputs).called(words, known)

    def weighed(self, trial: Trial, axes: Sequence[str], weights: Sequence[torch.Tensor]) -> Trial:
        """A trial with weights of some axes, which move along with their values."""
        tensors = [Tensor(self.chain(axis), plain=True) for axis in axes]
        signature = replace(trial.signature, inputs=(*trial.signature.inputs, *tensors))
        subject = replace(trial.subject, module=_Weighed(self.layer, axes))
        return replace(trial, subject=subject, signature=signature, inputs=(*trial.inputs, *weights))

    def weights(self, axis: str, sizes: Mapping[str, int]) -> torch.Tensor:
        """A weight of 1 for each value of an axis."""
        return torch.ones([sizes[one] for one in self.chain(axis)], dtype=torch.float64)

    @property
    def free(self) -> tuple[str, ...]:
        """The axes of the inputs that may have any length."""
        present = {axis for tensor in self.signature.inputs for axis in tensor.axes}
        return tuple([axis for axis in self.signature.symmetric_axes if axis in present])

    def chain(self, axis: str) -> tuple[str, ...]:
        """The axes of the weights of an axis: those that it depends on, and itself."""
        return (*self.signature.ancestors(axis), axis)


def random_inputs(
    signature: Signature, sizes: Mapping[str, int], batch: tuple[int, ...] = (2,)
) -> tuple[torch.Tensor, ...]:
    """Standard normal inputs in double precision."""
    known = {**dict(signature.sizes), **sizes}
    shapes = [(*batch, *(known[axis] for axis in tensor.axes)) for tensor in signature.inputs]
    return tuple(torch.randn(shape, dtype=torch.float64) for shape in shapes)


class _Weighed(torch.nn.Module):
    """A layer whose last inputs are the weights of some axes."""

    def __init__(self, layer: torch.nn.Module, axes: Sequence[str]) -> None:
        super().__init__()
        self.layer = layer

        def forward(*given: torch.Tensor, **lengths: int) -> Any:
            number = len(given) - len(axes)
            return layer(*given[:number], measure=dict(zip(axes, given[number:], strict=True)), **lengths)

        forward.__signature__ = inspect.signature(layer.forward)  # type: ignore[attr-defined]  # for `inspect`
        self.forward = forward


def trials_of(made: Sequence[Made]) -> list[Trial]:
    """One layer after the other without a batch, with an empty one, with weights, and at lengths 1 and 0."""
    small, free = small_sizes(made[0].signature), made[0].free
    layers = cycle(made)
    trials = [next(layers).trial(small, what, batch) for what, batch in (("no batch", ()), ("empty batch", (0,)))]
    if free and made[0].weighs:
        one = next(layers)
        drawn = [0.1 + torch.rand(2, *(small[each] for each in one.chain(axis))).double() for axis in free]
        trials.append(one.weighed(one.trial(small, "weighed"), free, drawn))
    for axes in filter(None, dict.fromkeys([*((axis,) for axis in free), free])):
        trials += [next(layers).trial(small | dict.fromkeys(axes, length)) for length in (1, 0)]
    return trials


def refusal(trial: Trial) -> str:
    """What stops a layer for the inputs of a trial, or what is wrong with its values; empty where nothing is.

    Raises CheckError where it gives other outputs than its signature says.
    """
    try:
        found, _ = outputs(trial, trial.inputs)
    except CheckError:
        raise
    except Exception as error:
        return reason(error)
    return "" if all(bool(one.isfinite().all()) for one in found) else "some values are not finite"


def compared(
    report: Report,
    made: Sequence[Made],
    refused: Mapping[str, str],
    *,
    scale: bool,
    centred: Positions = ((), ()),
) -> Report:
    """The report with a row for each thing that must give what another one gives, masked values and left out ones, say, one
    for inputs that a layer must take and does not, and one for translations of the inputs that are positions."""
    rows: dict[str, Row] = {}
    trials, notes = list(report.trials), list(report.notes)
    for words, why in refused.items():
        trials.append(words)
        notes.append(f"trial {len(trials)}: {why}")
        rows[words] = Row(f"runs in trial {len(trials)}", "", inf, report.tolerance, len(trials))
    for one in made:
        trial = one.trial(small_sizes(one.signature), "compared")
        trials.append(trial.words)
        found: list[tuple[str, str, Callable[[], float]]] = [
            ("entries of a batch as alone", "", partial(_alone, trial))
        ]
        found += (
            [("three times the input", SCALES["scale" in one.signature.set_axes], partial(_scale, trial))]
            if scale
            else []
        )
        found += [("translation", "", partial(_translated, trial, centred))] if centred[0] else []
        for axis in one.free if one.weighs else ():
            found += [(f"{axis}: {what}", axis, partial(way, one, axis)) for what, way in MEASURES.items()]
        for what, axes, measure in found:
            try:
                error = measure()
            except Exception as stopped:
                error = inf
                notes.append(f"{what}: {reason(stopped)}")
            row = Row(what, axes, error, report.tolerance, len(trials))
            kept = rows.setdefault(what, row)
            rows[what] = kept if not row.error > kept.error and row.error == row.error else row
    return replace(report, rows=(*report.rows, *rows.values()), trials=tuple(trials), notes=tuple(dict.fromkeys(notes)))


def _alone(trial: Trial) -> float:
    """How far the second entry of a batch is from what it is alone."""
    together, _ = outputs(trial, trial.inputs)
    alone, _ = outputs(trial, [x[1] for x in trial.inputs])
    return _furthest([one[1] for one in together] if trial.inputs else together, alone)


def _translated(trial: Trial, centred: Positions) -> float:
    """How far outputs are from moving along with positions, those that are positions, or from staying, all others."""
    signature = trial.signature
    moves = {axis: torch.randn(group.size, dtype=torch.float64) for axis, group in signature.groups}

    def moved(tensor: Tensor, x: torch.Tensor) -> torch.Tensor:
        for place, axis in enumerate(tensor.axes):
            if axis in moves:
                x = x + moves[axis].reshape([-1 if one == place else 1 for one in range(len(tensor.axes))])
        return x

    pairs = list(zip(signature.inputs, trial.inputs, strict=True))
    there = [moved(*pair) if number in centred[0] else pair[1] for number, pair in enumerate(pairs)]
    here, found = outputs(trial, trial.inputs)[0], outputs(trial, there)[0]
    both = zip(signature.outputs, here, strict=True)
    wanted = [moved(*pair) if number in centred[1] else pair[1] for number, pair in enumerate(both)]
    return _furthest(wanted, found)


def _scale(trial: Trial) -> float:
    (one, _), (three, _) = outputs(trial, trial.inputs), outputs(trial, [3 * x for x in trial.inputs])
    return _furthest(one, three)


def _masked(made: Made, axis: str) -> float:
    """How far values are from what they are where others are left out, when these are masked: all but some, all but one."""
    small, signature = small_sizes(made.signature), made.signature
    length, errors = small[axis], []
    larger = made.trial(small | {axis: length + 2})
    for number in (length, 1):
        kept = torch.randperm(length + 2)[:number].sort().values
        mask = made.weights(axis, small | {axis: length + 2}) * 0
        mask[..., kept] = 1
        masked = _picked(signature.outputs, _weighed(made, larger, axis, mask), axis, kept)
        cut = _picked(signature.inputs, larger.inputs, axis, kept)
        errors.append(_furthest(outputs(larger, cut)[0], masked))
    return max(errors, key=lambda error: (error != error, error))


def _twice(made: Made, axis: str) -> float:
    """How far values are from what they are, where each stands there twice and counts half; 0 where diagonals would not."""
    signature, usual = made.signature, made.trial(small_sizes(made.signature))
    if any(tensor.axes.count(axis) > 1 for tensor in (*signature, *made.types)):  # copies of a diagonal are no diagonal
        return 0.0
    length = small_sizes(signature)[axis]
    twice = _picked(signature.inputs, usual.inputs, axis, torch.arange(length).repeat_interleave(2))
    weights = made.weights(axis, small_sizes(signature) | {axis: 2 * length}) / 2
    half = _weighed(made, replace(usual, inputs=tuple(twice)), axis, weights)
    once = _picked(signature.outputs, half, axis, torch.arange(0, 2 * length, 2))
    return _furthest(outputs(usual, usual.inputs)[0], once)


def _none(made: Made, axis: str) -> float:
    """How far what no value of an axis gives is from what values give that are all masked, in outputs without the axis."""
    usual, signature = made.trial(small_sizes(made.signature)), made.signature
    others = [place for place, tensor in enumerate(signature.outputs) if axis not in tensor.axes]
    none, _ = outputs(usual, _picked(signature.inputs, usual.inputs, axis, torch.arange(0)))
    masked = _weighed(made, usual, axis, made.weights(axis, small_sizes(signature)) * 0)
    return _furthest([none[at] for at in others], [masked[at] for at in others])


MEASURES: Mapping[str, Callable[[Made, str], float]] = {
    "masked as left out": _masked,
    "twice, at half the weight": _twice,
    "none as all masked": _none,
}


def _weighed(made: Made, trial: Trial, axis: str, weights: torch.Tensor) -> list[torch.Tensor]:
    found = made.weighed(trial, (axis,), [weights])
    return outputs(found, found.inputs)[0]


def _picked(
    tensors: Sequence[Tensor], arrays: Sequence[torch.Tensor], axis: str, chosen: torch.Tensor
) -> list[torch.Tensor]:
    """Some values of an axis, of all tensors that have it."""
    found = []
    for tensor, array in zip(tensors, arrays, strict=True):
        x = array
        for dim, own in enumerate(tensor.axes, -len(tensor.axes)):
            x = x.index_select(dim, chosen) if own == axis else x
        found.append(x)
    return found


def _furthest(ones: Sequence[torch.Tensor], others: Sequence[torch.Tensor]) -> float:
    """The largest difference of some tensors from others; NaN where one is no number."""
    errors = [difference(*one) for one in zip(ones, others, strict=True)]
    return max(errors, key=lambda error: (error != error, error), default=0.0)
