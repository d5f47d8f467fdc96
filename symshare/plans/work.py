"""The work of one step: multiplications and additions, and the bytes that it reads and writes."""

from __future__ import annotations

from math import ceil, log2, prod
from typing import assert_never

from symshare.core.algebra.polynomial import Polynomial, total
from symshare.plans.measures import NUMBER, Measures
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

__all__ = ["is_view", "moved", "work"]


def work(step: Step, measures: Measures) -> Polynomial:
    """The multiplications and additions of a step."""
    match step:
        case Mix() | Fan():
            return _mixed(step, measures)
        case Reduce() | Sum():
            return measures.entries(step.operands[0])
        case Standardise():
            return measures.entries(step.result) * 6
        case Add():
            return measures.entries(step.result)
        case Cross():
            return measures.entries(step.result) * 3
        case Circulate():
            return _convolved(step, measures)
        case Contract():
            return _contracted(step, measures)
        case Bias() | ConstantTensor() | Diagonal() | Roll() | Part() | Stack() | Place():
            return Polynomial()
        case _:
            assert_never(step)


def moved(step: Step, measures: Measures) -> tuple[Polynomial, Polynomial]:
    """The bytes that a step reads and writes."""
    if isinstance(step, Bias | ConstantTensor) or is_view(step, measures):
        return Polynomial(), Polynomial()
    read = total([measures.weights(step), *map(measures.entries, step.operands)])
    if isinstance(step, Contract) and measures.is_walk(step):  # both factors are read along each path
        read = measures.together(step, _axes(step, measures)) * measures.channels(step.operands[0]) * 2
    written = measures.entries(step.result)
    again = (3, 2) if isinstance(step, Standardise) else (1, 1)
    return read * (again[0] * NUMBER), written * (again[1] * NUMBER)


def is_view(step: Step, measures: Measures) -> bool:
    """Whether a step only views numbers that are there, as an expanded or transposed tensor does."""
    if isinstance(step, Diagonal | Part):
        return True
    if not isinstance(step, Place) or step.spread or len(set(step.after)) < len(step.after):
        return False
    return not any(isinstance(user, Mix | Fan | Stack) for user in measures.users.get(step.result, []))


def _mixed(step: Mix | Fan, measures: Measures) -> Polynomial:
    places = measures.at(step.result)
    if isinstance(step, Mix) and step.along:
        gone = [index.axis for index in step.along if index.name not in step.after]
        return places * measures.places(gone) * total(measures.numbers(one.shape[-2:]) for one in step.matrices) * 2
    if isinstance(step, Mix) and step.chained:
        (into, rank), (_, out) = (one.shape for one in step.matrices)
        return (measures.numbers((into, rank, out)) + places * measures.numbers((into, out))) * 2
    return places * measures.weights(step) * 2


def _contracted(step: Contract, measures: Measures) -> Polynomial:
    """Every combination of indices and channels, multiplied, and added up where some of them go."""
    axes = _axes(step, measures)
    everything = measures.together(step, axes)
    if step.channels:
        known = _channel_letters(step, measures)
        for letter in sorted(known):
            everything = everything * known[letter]
    else:
        everything = everything * measures.channels(step.operands[0])
    gone = bool(step.channels) and not set("".join(step.channels)) <= set(step.channels[-1])
    summed = len(axes) > len(step.after) or gone
    return everything * (max(1, len(step.operands) + len(step.parameters) - 1) + summed)


def _axes(step: Contract, measures: Measures) -> dict[str, str]:
    """The axis of each index."""
    found: dict[str, str] = {}
    for name, own in zip(step.operands, step.before, strict=True):
        for index, axis in zip(own, measures.shapes[name].axes, strict=True):
            if not axis.leg:
                found.setdefault(index, axis.name)
    return {one.name: one.axis for one in (*step.along, *step.legs)} | found


def _channel_letters(step: Contract, measures: Measures) -> dict[str, Polynomial]:
    """How long each channel axis of a contraction is."""
    known: dict[str, Polynomial] = {}
    for letters, name in zip(step.channels, step.operands, strict=False):
        known |= zip(letters, map(measures.width, measures.shapes[name].widths), strict=True)
    if step.array is not None:
        known |= zip(step.channels[-2], map(measures.extent, step.array.shape[len(step.along) :]), strict=True)
    return known


def _convolved(step: Circulate, measures: Measures) -> Polynomial:
    places = measures.places(measures.shapes[step.result].names)
    *around, into, out = step.kernel.shape
    offsets = prod(length for length in around if isinstance(length, int))
    if not step.fft:
        return places * measures.numbers((into, out)) * (2 * offsets)
    transforms = (measures.extent(into) + measures.extent(out)) * (5 * ceil(log2(max(2, offsets))) // 2)
    return places * (transforms + measures.numbers((into, out)) * 4)
