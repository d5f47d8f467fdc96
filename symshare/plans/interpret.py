"""Running a plan step by step in numpy: what a generated layer must compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.notation.forest import Slot
from symshare.core.terms.constant import levi_civita
from symshare.core.terms.evaluation import dense, embed
from symshare.plans.einsum import in_letters, with_channels
from symshare.plans.indices import Index, Indices, inner_first
from symshare.plans.naming import local_names
from symshare.plans.operations import (
    Add,
    Bias,
    Circulate,
    ConstantTensor,
    Contract,
    Cross,
    Diagonal,
    Fan,
    Mix,
    Part,
    Place,
    Reduce,
    Roll,
    Stack,
    Standardise,
    Step,
    Sum,
)
from symshare.plans.steps import Plan

__all__ = ["interpret"]

TINY = 1e-5
"""Added to a mean square before its root is taken, as emitted layers and torch's normalisations do."""


def interpret(
    plan: Plan,
    parameters: Mapping[str, Array],
    inputs: Sequence[Array],
    *,
    sizes: Mapping[str, int] | None = None,
    measure: Mapping[str, Array] | None = None,
) -> tuple[Array, ...]:
    """The outputs of a plan for inputs of shape (batch.., *set axes, channels) and parameters by name (`mix.ab__ab`).

    `sizes` gives the length of axes that no input has, `measure` weights of shape (batch.., n) for an axis, after the axes
    it depends on.

    >>> from symshare.core.bases.derivation import derive
    >>> from symshare.plans.planning import plan
    >>> one = plan(derive("a", 1), reduce="sum")
    >>> weights = {"bias.__a": np.array([0.5]), "mix.a__a": np.array([[2.0]]), "mix.a__b": np.array([[1.0]])}
    >>> interpret(one, weights, [np.array([[1.0], [2.0]])])[0].ravel().tolist()
    [5.5, 7.5]
    """
    lengths = dict(plan.signature.sizes) | dict(sizes or {})
    for tensor, array in zip(plan.signature.inputs, inputs, strict=True):
        axes = tensor.set_axes
        lengths |= dict(zip(axes, array.shape[array.ndim - 1 - len(axes) : -1], strict=True))
    run = _Run(plan, parameters, lengths, dict(measure or {}))
    if plan.choices.normalise_scale:
        inputs = _normalised(run, plan, inputs)
    values: dict[str, Array] = dict(zip(plan.inputs, inputs, strict=True))
    for step in plan.steps:
        values[step.result] = run.step(step, [values[name] for name in step.operands])
    outputs = []
    for number, tensor in enumerate(plan.signature.outputs):
        total = sum(values[addend.value] for addend in plan.addends if addend.output == number)
        shape = tuple(lengths[letter] for letter in tensor.set_axes)
        full = np.asarray(total)
        batch = full.shape[: max(0, full.ndim - 1 - len(shape))]
        outputs.append(np.broadcast_to(full, (*batch, *shape, full.shape[-1])))
    return tuple(outputs)


class _Run:
    """One run: the parameters, the length and the measure of each axis."""

    def __init__(
        self, plan: Plan, parameters: Mapping[str, Array], lengths: Mapping[str, int], measure: Mapping[str, Array]
    ) -> None:
        self.mean, self.parameters, self.lengths = plan.choices.reduce == "mean", parameters, lengths
        self.measure = {letter: np.asarray(weights, float) for letter, weights in measure.items()}

    def weights(self, name: str, mean: bool) -> Array:
        """The weight of each value of an axis in a sum."""
        found = self.measure.get(name, np.ones(self.lengths[name]))
        if not mean:
            return found
        total = found.sum(-1, keepdims=True)
        return np.asarray(found / np.where(total == 0, 1, total))

    def weighed(self, index: Index, array: Array, axes: Indices, mean: bool) -> Array:
        """A value (batch.., *axes, channels) times the weights of an index."""
        weights = self.weights(index.axis, mean)
        own = index.own[-min(weights.ndim, len(index.own)) :]
        order = [own.index(axis) - len(own) for axis in axes if axis in own]
        weights = np.moveaxis(weights, order, range(-len(own), 0))
        places = tuple(slice(None) if axis in own else None for axis in axes)
        return array * weights[(..., *places, None)]

    def total(self, index: Index, array: Array, axes: Indices, mean: bool) -> Array:
        """A weighted sum over an index."""
        return np.asarray(self.weighed(index, array, axes, mean).sum(axes.index(index.name) - len(axes) - 1))

    def along(self, indices: Sequence[Index], array: Array, axes: Indices) -> Array:
        """The mean over some indices, of length one along each."""
        for index in inner_first(indices):
            array = np.expand_dims(self.total(index, array, axes, True), axes.index(index.name) - len(axes) - 1)
        return array

    def step(self, step: Step, operands: Sequence[Array]) -> Array:
        """The value of a step, whose operands and result may have their channels first."""
        weights = [self.parameters[parameter.name] for parameter in step.parameters]
        back = isinstance(step, Mix | Place) and step.back
        if back or (step.first and not isinstance(step, Mix | Fan)):
            operands = [np.moveaxis(one, 0, -1) for one in operands]
        result = self.result(step, operands, weights)
        return np.moveaxis(result, -1, 0) if step.first else result

    def result(self, step: Step, operands: Sequence[Array], weights: Sequence[Array]) -> Array:
        """The value of a step, all channels last."""
        match step:
            case Bias():
                return weights[0]
            case ConstantTensor():
                return dense(step.tensor)
            case Mix() | Fan() | Part() | Stack():
                return _channelled(step, operands, weights)
            case Diagonal() | Reduce() | Sum() | Roll():
                return self.read(step, operands[0])
            case Standardise():
                return self.standardised(step, operands[0])
            case Circulate():
                return _circulated(step, operands[0], weights[0])
            case Contract():
                return self.contracted(step, operands, weights)
            case Cross():
                step = in_letters(step)
                one, two, free = step.legs
                first, second, after = map("".join, (*step.before, step.after))
                spec = f"...{first}Z,...{second}Z,{free}{one}{two}->...{after}Z"
                return np.asarray(np.einsum(spec, *operands, dense(levi_civita(3))))
            case Place():
                return self.placed(step, operands[0])
            case Add():
                left, right = (_aligned(one, own, step.after) for one, own in zip(operands, step.before, strict=True))
                return np.asarray(left + right)
            case _:
                assert_never(step)

    def read(self, step: Diagonal | Reduce | Sum | Roll, value: Array) -> Array:
        axes = step.before[0]
        match step:
            case Diagonal():
                return np.asarray(np.einsum(with_channels(step), value))
            case Reduce():
                for index in inner_first(step.gone):
                    value = self.total(index, value, axes, self.mean)
                    axes = tuple([one for one in axes if one != index.name])
                return value
            case Sum():
                return np.asarray(
                    value.sum(tuple(at - len(axes) - 1 for at, one in enumerate(axes) if one not in step.after))
                )
            case Roll():
                return _rolled(value, len(axes), step.shifts)
            case _:
                assert_never(step)

    def contracted(self, step: Contract, operands: Sequence[Array], weights: Sequence[Array]) -> Array:
        factors = list(operands)
        for index in step.averaged:
            if index.axis in self.measure:
                place = next(
                    at for at, own in enumerate(step.before) if set(index.own) <= set(own) or index.name in own
                )
                factors[place] = self.weighed(index, factors[place], step.before[place], self.mean)
            elif self.mean:
                factors[0] = factors[0] / self.lengths[index.axis]
        return np.asarray(np.einsum(with_channels(replace(step, first=False)), *factors, *weights, optimize=True))

    def standardised(self, step: Standardise, array: Array) -> Array:
        axes = step.before[0]
        around = [index for index in step.over if index.name in step.centred]
        centred = array - self.along(around, array, axes) if around else array
        return centred / np.sqrt(self.along(step.over, np.square(centred), axes) + TINY)

    def placed(self, step: Place, array: Array) -> Array:
        before = step.before[0]
        unique = tuple(dict.fromkeys(step.after))
        array = _aligned(array, before, unique)
        if len(unique) == len(step.after):
            return array
        sizes = {index.name: self.lengths[index.axis] for index in step.new}
        for place, name in enumerate(unique):
            if name in step.spread:
                array = np.repeat(array, sizes[name], axis=place - len(unique) - 1)
        channels_first = np.moveaxis(array, -1, -1 - len(unique))
        labels = [unique.index(index) for index in step.after]
        here = list(channels_first.shape[channels_first.ndim - len(unique) :])
        spread = embed(channels_first, range(len(unique)), labels, [here[label] for label in labels], {})
        return np.moveaxis(spread, -1 - len(labels), -1)


def _channelled(step: Mix | Fan | Part | Stack, operands: Sequence[Array], weights: Sequence[Array]) -> Array:
    match step:
        case Mix() if step.along:
            return np.asarray(np.einsum(with_channels(step), operands[0], np.concatenate(weights, -2), optimize=True))
        case Mix():
            return np.asarray(operands[0] @ (weights[0] @ weights[1] if step.chained else np.concatenate(weights)))
        case Fan():
            return np.asarray(operands[0] @ np.concatenate(weights, -1))
        case Part():
            return np.split(operands[0], step.parts, -1)[step.place]
        case Stack():
            return np.concatenate(operands, -1)
        case _:
            assert_never(step)


def _aligned(array: Array, before: Indices, after: Indices) -> Array:
    """The axes in another order, with axes of length one where there are new ones."""
    wanted = [index for index in after if index in before]
    places = [before.index(index) - len(before) - 1 for index in wanted]
    if places:
        array = np.moveaxis(array, places, range(-len(wanted) - 1, -1))
    for place, index in enumerate(after):
        if index not in wanted:
            array = np.expand_dims(array, array.ndim - 1 - len(wanted) + place)
            wanted.insert(place, index)
    return array


def _normalised(run: _Run, plan: Plan, inputs: Sequence[Array]) -> list[Array]:
    """Every input over the root of the mean squares of all inputs, added up."""
    total: Any = 0
    for tensor, array in zip(plan.signature.inputs, inputs, strict=True):
        axes = tensor.set_axes
        own = tuple(local_names(axes, range(len(axes))).values())
        slots = plan.signature.slots(tensor)
        square = np.square(array)
        indices = [Index(own[k], axes[k], tuple([own[j] for j in _chain(slots, k)])) for k in range(len(own))]
        square = run.along(indices, square, own)
        total = total + square.mean(tuple(range(-len(axes) - 1, 0)))
    root = np.sqrt(np.where(total > 0, total, 1))
    ranks = [len(tensor.set_axes) + 1 for tensor in plan.signature.inputs]
    return [array / root[(..., *(None,) * rank)] for array, rank in zip(inputs, ranks, strict=True)]


def _chain(slots: Sequence[Slot], place: int) -> list[int]:
    """A slot after the slots it hangs on."""
    found = [place]
    while slots[found[0]].parent >= 0:
        found.insert(0, slots[found[0]].parent)
    return found


def _rolled(array: Array, axes: int, shifts: Sequence[tuple[int, int]]) -> Array:
    places = [array.ndim - 1 - axes + place for place, _ in shifts]
    return np.roll(array, [distance for _, distance in shifts], places)


def _circulated(step: Circulate, array: Array, kernel: Array) -> Array:
    """y[s] = sum over offsets o of x[s - o] @ kernel[o]."""
    places = [step.after.index(index.name) for index in step.around]
    total: Any = 0
    for offset in np.ndindex(*kernel.shape[: len(places)]):
        total = total + _rolled(array, len(step.after), list(zip(places, offset, strict=True))) @ kernel[offset]
    return np.asarray(total)
