"""Running a plan step by step in numpy: what a generated layer must compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symshare.core.constant import levi_civita
from symshare.core.evaluation import dense, embed
from symshare.plan.steps import Plan, Step, with_channels

__all__ = ["interpret"]

Array = np.ndarray[Any, Any]


def interpret(
    plan: Plan, parameters: Mapping[str, Array], inputs: Sequence[Array], *, sizes: Mapping[str, int] | None = None
) -> tuple[Array, ...]:
    """The outputs of a plan for inputs of shape (batch.., *set axes, channels) and parameters by name (`mix.ab__ab`).

    `sizes` gives the length of axes that no input has.

    >>> from symshare.pipeline import derive
    >>> from symshare.plan.planning import plan
    >>> one = plan(derive("a", 1), reduce="sum")
    >>> weights = {"bias.__a": np.array([0.5]), "mix.a__a": np.array([[2.0]]), "mix.a__b": np.array([[1.0]])}
    >>> interpret(one, weights, [np.array([[1.0], [2.0]])])[0].ravel().tolist()
    [5.5, 7.5]
    """
    lengths = dict(plan.signature.sizes) | dict(sizes or {})
    for tensor, array in zip(plan.signature.inputs, inputs, strict=True):
        axes = tensor.set_axes
        lengths |= dict(zip(axes, array.shape[array.ndim - 1 - len(axes) : -1], strict=True))
    if plan.normalise_scale:
        inputs = _normalised(plan, inputs)
    values: dict[str, Array] = dict(zip(plan.inputs, inputs, strict=True))
    for step in plan.steps:
        values[step.result] = _run(step, [values[name] for name in step.operands], parameters, lengths, plan.reduce)
    outputs = []
    for number, tensor in enumerate(plan.signature.outputs):
        total = sum(values[addend.value] for addend in plan.addends if addend.output == number)
        shape = tuple(lengths[letter] for letter in tensor.set_axes)
        full = np.asarray(total)
        batch = full.shape[: max(0, full.ndim - 1 - len(shape))]
        outputs.append(np.broadcast_to(full, (*batch, *shape, full.shape[-1])))
    return tuple(outputs)


def _run(
    step: Step, operands: Sequence[Array], parameters: Mapping[str, Array], lengths: Mapping[str, int], reduce: str
) -> Array:
    sizes = {index: lengths[letter] for index, letter in step.sizes}
    if step.constant is not None:
        return dense(step.constant)
    weights = [] if step.parameter is None else [parameters[step.parameter.name]]
    if step.op == "bias":
        return weights[0]
    if step.op == "mix":
        return operands[0] @ weights[0]
    if step.op == "roll":
        return _rolled(operands[0], len(step.after), step.shifts)
    if step.op == "circulate":
        return _circulated(step, operands[0], weights[0])
    if step.op == "cross":
        one, two, free = tuple(step.around)
        spec = f"...{step.before[0]}Z,...{step.before[1]}Z,{free}{one}{two}->...{step.after}Z"
        return np.asarray(np.einsum(spec, *operands, dense(levi_civita(3))))
    if step.op == "broadcast":
        return _broadcast(step, operands[0], sizes)
    if step.op == "embed":
        labels = [step.before[0].index(index) for index in step.after]
        kept = range(len(step.before[0]))
        channels_first = np.moveaxis(operands[0], -1, -1 - len(kept))
        here = dict(zip(kept, channels_first.shape[channels_first.ndim - len(kept) :], strict=True))
        return np.moveaxis(
            embed(channels_first, kept, labels, [here[label] for label in labels], {}), -1 - len(labels), -1
        )
    result = np.einsum(with_channels(step), *operands, *weights)
    if step.op in ("reduce", "contract") and reduce == "mean":
        result = result / np.prod([size for index, size in sizes.items() if index not in step.after], dtype=np.int64)
    return np.asarray(result)


def _broadcast(step: Step, array: Array, sizes: Mapping[str, int]) -> Array:
    """New axes of length one where the result has new indices, at full length where they are written out."""
    present = step.before[0]
    for place, index in enumerate(step.after):
        if index not in present:
            axis = array.ndim - 1 - len(present) + place
            array = np.expand_dims(array, axis)
            present = present[:place] + index + present[place:]
            if index in step.spread:
                array = np.repeat(array, sizes[index], axis=axis)
    return array


def _normalised(plan: Plan, inputs: Sequence[Array]) -> list[Array]:
    """Every input over the root of the mean squares of all inputs, added up."""
    ranks = [len(tensor.set_axes) + 1 for tensor in plan.signature.inputs]
    total: Any = sum(np.square(array).mean(tuple(range(-rank, 0))) for array, rank in zip(inputs, ranks, strict=True))
    root = np.sqrt(np.where(total > 0, total, 1))
    return [array / root[(..., *(None,) * rank)] for array, rank in zip(inputs, ranks, strict=True)]


def _rolled(array: Array, axes: int, shifts: Sequence[tuple[int, int]]) -> Array:
    places = [array.ndim - 1 - axes + place for place, _ in shifts]
    return np.roll(array, [distance for _, distance in shifts], places)


def _circulated(step: Step, array: Array, kernel: Array) -> Array:
    """y[s] = sum over offsets o of x[s - o] @ kernel[o]."""
    places = [step.after.index(index) for index in step.around]
    total: Any = 0
    for offset in np.ndindex(*kernel.shape[: len(places)]):
        total = total + _rolled(array, len(step.after), list(zip(places, offset, strict=True))) @ kernel[offset]
    return np.asarray(total)
