"""Whether the operands of a step have the channels that it takes, and the channels of what it makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

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
from symshare.plans.shapes import Shape, Width, misfit

__all__ = ["widths_after"]


def widths_after(step: Step, operands: Sequence[Shape]) -> tuple[Width, ...]:
    """The widths of the channel axes of a step's result; raises PlanError where those of its operands do not fit."""
    _layout(step, operands)
    match step:
        case ConstantTensor():
            return ()
        case Bias():
            _expect(step, len(step.vector.shape) == len(step.along) + 1, "a bias is a vector of channels")
            return (step.vector.shape[-1:],)
        case Mix() | Fan() | Part():
            return (_mixed(step, _one(step, operands[0])),)
        case Stack():
            return (tuple(name for place in range(len(operands)) for name in _one(step, operands[place], place)),)
        case Circulate():
            number = len(step.around)
            _expect(step, len(step.kernel.shape) == number + 2, f"a kernel with {number} axes around, and channels")
            into, out = step.kernel.shape[-2:]
            _expect(step, _one(step, operands[0]) == (into,), f"{step.kernel.name} takes {into} channels")
            return ((out,),)
        case Contract() if step.channels:
            return _spelled(step, operands)
        case Contract() | Add() | Cross() | Diagonal() | Reduce() | Sum() | Roll() | Standardise() | Place():
            first, *others = (_one(step, shape, place) for place, shape in enumerate(operands))
            _expect(step, all(own == first for own in others), "its operands have the same channels")
            _expect(step, not step.parameters, "an array needs names for channel axes")
            return (first,)
        case _:
            assert_never(step)


def _layout(step: Step, operands: Sequence[Shape]) -> None:
    """Channels that stand where the step looks for them."""
    movable = isinstance(step, Mix | Fan | Part | Reduce | Sum | Standardise) or (
        isinstance(step, Contract) and not step.channels
    )
    _expect(step, not step.first or movable, "its result has its channels last")
    back = isinstance(step, Mix | Place) and step.back
    _expect(step, not (back and step.first), "channels that go back are last")
    wanted = back or (step.first and not isinstance(step, Mix | Fan))
    for name, shape in zip(step.operands, operands, strict=True):
        if shape.first != wanted:
            where = "first" if shape.first else "last"
            raise misfit(
                step, f"{name} has its channels {where}", f"take a value with channels {'first' if wanted else 'last'}"
            )


def _one(step: Step, shape: Shape, place: int = 0) -> Width:
    """The one channel axis of an operand."""
    if len(shape.widths) != 1:
        has = f"{len(shape.widths)} channel axes" if shape.widths else "no channels"
        raise misfit(step, f"{step.operands[place]} has {has}", "take a value with one channel axis")
    return shape.widths[0]


def _mixed(step: Mix | Fan | Part, width: Width) -> Width:
    if isinstance(step, Part):
        each = len(width) // max(1, step.parts)
        parts = {width[at : at + each] for at in range(0, len(width), max(1, each))}
        _expect(step, len(parts) == 1 and each * step.parts == len(width), f"channels of {step.parts} equal parts")
        _expect(step, 0 <= step.place < step.parts, f"part {step.place} is one of {step.parts}")
        return parts.pop()
    axes = 2 + (len(step.along) if isinstance(step, Mix) else 0)
    _expect(step, bool(step.matrices) and all(len(one.shape) == axes for one in step.matrices), "matrices of channels")
    into = tuple(one.shape[-2] for one in step.matrices)
    out = tuple(one.shape[-1] for one in step.matrices)
    if isinstance(step, Fan):
        _takes(step, width, into[:1])
        _expect(step, len(set(into)) == 1, "matrices side by side take the same channels")
        return out
    if step.chained:
        _takes(step, width, into[:1])
        _expect(step, len(into) == 2 and into[1] == out[0], "the second matrix takes what the first makes")
        return out[1:]
    _takes(step, width, into)
    _expect(step, len(set(out)) == 1, "matrices one below the other make the same channels")
    return out[:1]


def _takes(step: Step, width: Width, into: Width) -> None:
    if width != into:
        problem = f"{step.operands[0]} has {' + '.join(map(str, width))} channels"
        raise misfit(step, problem, f"{step.parameters[0].name} takes {' + '.join(map(str, into))}")


def _spelled(step: Contract, operands: Sequence[Shape]) -> tuple[Width, ...]:
    """The channels of a product whose operands have channel axes with letters of their own."""
    given = [shape.widths for shape in operands]
    given += [tuple((name,) for name in step.array.shape[len(step.along) :])] if step.array is not None else []
    _expect(step, len(step.channels) == len(given) + 1, "channel axes are named for operands, array and result")
    known: dict[str, Width] = {}
    for letters, widths in zip(step.channels, given, strict=False):
        _expect(step, len(letters) == len(widths), f"{letters or 'nothing'} names {len(widths)} channel axes")
        for letter, width in zip(letters, widths, strict=True):
            _expect(step, known.setdefault(letter, width) == width, f"channel axis {letter} has one length")
    after = step.channels[-1]
    _expect(
        step, len(set(after)) == len(after) and set(after) <= set(known), "channels of the result are of an operand"
    )
    indices = {index for own in (*step.before, step.after) for index in own}
    _expect(step, known.keys().isdisjoint(indices), "letters of channels are no indices")
    return tuple(known[letter] for letter in after)


def _expect(step: Step, fits: bool, rule: str) -> None:
    if not fits:
        raise misfit(step, "its channels do not fit", rule)
