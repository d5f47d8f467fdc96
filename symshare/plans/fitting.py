"""Whether the operands of a step have the axes that it names, and the axes of what it makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from symshare.core.notation.names import beside
from symshare.core.notation.signature import Signature
from symshare.errors import plural
from symshare.plans.indices import Index, Indices
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
from symshare.plans.shapes import Axis, Shape, misfit

__all__ = ["Axes"]

Known = dict[str, Axis]


class Axes:
    """The rules of a signature's axes: which names mean one axis, how long they are, whose values may be averaged."""

    def __init__(self, signature: Signature) -> None:
        self.bases = {axis: signature.base(axis) for axis in signature.set_axes}
        self.lengths = {axis: size for axis, size in signature.sizes if axis in self.bases}
        self.above = {axis: set(signature.ancestors(axis)) for axis in signature.set_axes}
        self.indexed = set(signature.indexed)
        self.mixing = {axis for axis, group in signature.groups if not group.permutes}

    def after(self, step: Step, operands: Sequence[Shape]) -> tuple[Axis, ...]:
        """The axes of a step's result; raises PlanError where those of its operands do not fit."""
        known = self._known(step, operands)
        if isinstance(step, Bias | Mix | Contract) and step.along:
            self._along(step, known)
        match step:
            case Bias() if step.along:
                _once(step, step.after)
            case Mix() if step.along:
                self._mixed(step)
            case Bias() | ConstantTensor():
                return self._source(step)
            case Diagonal() | Reduce() | Sum():
                self._read(step, known)
            case Mix() | Fan() | Part() | Stack() | Standardise() | Circulate() | Roll():
                self._kept(step, known)
            case Contract():
                self._contracted(step, known)
            case Cross():
                return self._crossed(step, known)
            case Place():
                return self._placed(step, known)
            case Add():
                _expect(step, set(step.after) == set(known), "the sum of two values has the indices of both")
                _once(step, step.after)
                ordered = all(own == tuple([i for i in step.after if i in own]) for own in step.before)
                _expect(step, ordered, "each value has its indices in the order of the sum")
            case _:
                assert_never(step)
        return tuple(known[index] for index in step.after)

    def _known(self, step: Step, operands: Sequence[Shape]) -> Known:
        """The axis of each index of the operands."""
        found: Known = {}
        for name, own, shape in zip(step.operands, step.before, operands, strict=True):
            if len(own) != len(shape.axes):
                has = f"{plural(len(shape.axes), 'axis', 'axes')} ({beside(shape.names) or 'none'})"
                raise misfit(
                    step, f"{name} has {has}, and {beside(own)!r} names {len(own)}", "name each axis of an operand once"
                )
            if isinstance(step, Reduce | Sum | Contract | Cross | Place | Add):
                _once(step, own)
            for index, axis in zip(own, shape.axes, strict=True):
                here = self._leg(step, name, index, axis.leg) if axis.leg else axis
                found[index] = self._met(step, index, found.get(index, here), here)
        return found

    def agree(self, one: Axis, two: Axis) -> bool:
        """Whether two axes may share an index: an axis and itself or its dual may."""
        return self.bases[one.name] == self.bases[two.name]

    def _met(self, step: Step, index: str, one: Axis, two: Axis) -> Axis:
        """One axis of two that have the same index."""
        if not self.agree(one, two):
            problem = f"index {index} is of axis {one.name} in one place and of axis {two.name} in another"
            raise misfit(step, problem, "an index stands for one axis")
        return Axis(one.name, short=one.short and two.short)

    def _leg(self, step: Step, name: str, index: str, leg: int) -> Axis:
        """The axis that a leg of a constant tensor lies along."""
        legs = {one.name: one for one in step.legs} if isinstance(step, Contract) else {}
        if index not in legs:
            raise misfit(step, f"index {index} of {name} has no axis", "a product names the axis of each leg it takes")
        axis = self._axis(step, legs[index])
        if self.lengths.get(axis.name) != leg:
            problem = f"index {index} of {name} is {leg} long, and axis {axis.name} is not"
            raise misfit(step, problem, "a leg lies along an axis of its length")
        return axis

    def _along(self, step: Bias | Mix | Contract, known: Known) -> None:
        """The indices that parameters lie along: on latent axes, as long as these."""
        for place, index in enumerate(step.along):
            axis = self._axis(step, index)
            known[index.name] = self._met(step, index.name, known.get(index.name, axis), axis)
            _expect(
                step, index.axis in self.indexed, f"index {index.name}, which weights lie along, is of a latent axis"
            )
            sizes = {one.shape[place] for one in step.parameters}
            _expect(step, sizes == {self.lengths[index.axis]}, f"weights are as long as axis {index.axis}")

    def _mixed(self, step: Mix) -> None:
        """A mix along latent axes: what comes or goes are indices of the matrices."""
        along = {index.name for index in step.along}
        _once(step, step.before[0])
        _once(step, step.after)
        _expect(step, set(step.before[0]) ^ set(step.after) <= along, "what comes or goes, matrices lie along")
        _expect(step, along <= set(step.before[0] + step.after), "matrices lie along indices of a value")

    def _source(self, step: Bias | ConstantTensor) -> tuple[Axis, ...]:
        if isinstance(step, Bias):
            _expect(step, not step.after, "a bias has no axes but those that it lies along")
            return ()
        shape = step.tensor.shape
        _expect(step, len(set(step.after)) == len(step.after) == len(shape), f"an index for each of {len(shape)} legs")
        return tuple(Axis("", leg=size) for size in shape)

    def _read(self, step: Diagonal | Reduce | Sum, known: Known) -> None:
        before, gone = step.before[0], [index for index in step.before[0] if index not in step.after]
        if isinstance(step, Diagonal):
            fits = step.after == tuple(dict.fromkeys(before)) != before
            _expect(step, fits, "a diagonal keeps each index once, and has one that stands twice")
            return
        kept = tuple([index for index in before if index not in gone])
        _expect(step, step.after == kept != before, "a sum keeps some indices of its operand, in their order")
        if isinstance(step, Reduce):
            self._named(step, step.gone, known)
            _expect(step, [one.name for one in step.gone] == gone, f"what goes is {', '.join(gone)}, and is named")
            self._averages(step, step.gone, [before])

    def _named(self, step: Step, indices: Iterable[Index], known: Known) -> None:
        """Indices that a step names with their axes."""
        for index in indices:
            _expect(step, index.name in known, f"index {index.name} is of an operand")
            self._met(step, index.name, known[index.name], self._axis(step, index))

    def _axis(self, step: Step, index: Index) -> Axis:
        _expect(step, index.axis in self.bases, f"index {index.name} is of an axis of the signature")
        return Axis(index.axis)

    def _averages(self, step: Step, indices: Sequence[Index], held: Sequence[Indices]) -> None:
        """Indices that a sum may be an average over: their axis has values that are permuted."""
        for index in indices:
            rule = f"index {index.name} is averaged over, so its axis has values that are permuted"
            _expect(step, self.bases[index.axis] not in self.mixing, rule)
        self._weighed(step, indices, held)

    def _weighed(self, step: Step, indices: Sequence[Index], held: Sequence[Indices]) -> None:
        """Indices with weights: these lie along them and what they depend on, which one operand has."""
        for index in indices:
            said = f"index {index.name} is averaged over"
            _expect(step, index.own[-1:] == (index.name,), f"{said}, the last of those its weights have")
            _expect(
                step,
                any(set(index.own) <= set(own) for own in held),
                f"{said}, with {beside(index.own)} in one operand",
            )
            _expect(
                step,
                len(index.own) <= 1 + len(self.above[index.axis]),
                f"{said}, and depends on no more than it does",
            )

    def _kept(self, step: Mix | Fan | Part | Stack | Standardise | Circulate | Roll, known: Known) -> None:
        """Steps that leave the axes as they are."""
        _expect(step, all(own == step.after for own in step.before), "the result has the indices of the operand")
        match step:
            case Mix() | Fan() | Part() | Stack():
                return
            case Standardise():
                self._named(step, step.over, known)
                every = {index for index in step.after if known[index].name not in self.indexed}
                _expect(step, {one.name for one in step.over} == every, "the norm is over every index")
                self._weighed(step, step.over, step.before)
                _expect(step, set(step.centred) <= set(step.after), "what is centred are indices of the value")
            case Circulate():
                self._named(step, step.around, known)
                for index, size in zip(step.around, step.kernel.shape[:-2], strict=False):
                    _expect(step, self.lengths.get(index.axis) == size, f"the kernel is as long as axis {index.axis}")
            case Roll():
                moved = [place for place, _ in step.shifts]
                fits = bool(moved) and len(set(moved)) == len(moved) and set(moved) <= set(range(len(step.after)))
                _expect(step, fits, "a roll moves axes of its operand, each once")
                for place in moved:
                    axis = known[step.after[place]].name
                    _expect(step, axis in self.lengths, f"axis {axis} goes around")
            case _:
                assert_never(step)

    def _contracted(self, step: Contract, known: Known) -> None:
        missing = [index for index in step.after if index not in known]
        _expect(step, not missing, f"index {', '.join(missing)} is of an operand")
        _once(step, step.after)
        self._named(step, (*step.averaged, *step.legs), known)
        both = [one.name for one in step.averaged if one.name in step.after]
        _expect(step, not both, f"index {', '.join(both)} is summed over, so the result has it not")
        self._averages(step, step.averaged, step.before)

    def _crossed(self, step: Cross, known: Known) -> tuple[Axis, ...]:
        _expect(step, len(set(step.legs)) == len(step.legs) == 3, "a vector product has three legs")
        one, two, free = step.legs
        for leg, own in zip(step.legs, step.before, strict=False):
            _expect(step, leg in own, f"leg {leg} is an index of {beside(own) or 'a value'}")
            _expect(step, self.lengths.get(known[leg].name) == 3, f"leg {leg} is three long")
        _expect(step, self.lengths.get(step.axis) == 3, f"leg {free} is three long")
        _expect(step, free not in known and step.after[-1:] == (free,), f"leg {free} is the last of the result alone")
        _expect(step, set(step.after) == {*known, free} - {one, two}, "the result has all other indices")
        _once(step, step.after)
        return tuple(known[index] for index in step.after[:-1]) + (Axis(step.axis),)

    def _placed(self, step: Place, known: Known) -> tuple[Axis, ...]:
        _expect(step, set(known) <= set(step.after), "a value keeps its indices where it is placed")
        new = [index for index in dict.fromkeys(step.after) if index not in known]
        _expect(
            step, [one.name for one in step.new] == new, f"what is new is {', '.join(new) or 'nothing'}, and is named"
        )
        _expect(step, set(step.spread) <= set(new), "what is spread is new")
        for one in step.new:
            known[one.name] = replace(self._axis(step, one), short=one.name not in step.spread)
        for index in known:
            twice = step.after.count(index) > 1
            _expect(step, not (twice and known[index].short), f"index {index} has its full length on a diagonal")
        return tuple(known[index] for index in step.after)


def _once(step: Step, indices: Indices) -> None:
    _expect(step, len(set(indices)) == len(indices), f"{beside(indices)} has each index once")


def _expect(step: Step, fits: bool, rule: str) -> None:
    if not fits:
        raise misfit(step, "its indices do not fit", rule)
