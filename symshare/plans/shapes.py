"""The axes and the channels of a value, and the error for a step that they do not fit."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.errors import PlanError
from symshare.plans.operations import Step
from symshare.plans.parameters import Channels

__all__ = ["Axis", "Shape", "Width", "misfit", "written"]

Width = tuple[Channels | int, ...]
"""How long a channel axis is: numbers of channels side by side."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a value: its name.

    A leg of a constant tensor has a length instead, and gets its name where it is contracted. `short` tells that the axis
    is of length one and waits to be repeated along.
    """

    name: str
    leg: int = 0
    short: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The axes of a value, the width of each of its channel axes (constant tensors have none), and whether these stand
    first."""

    axes: tuple[Axis, ...]
    widths: tuple[Width, ...]
    first: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes, but for legs of constant tensors."""
        return tuple([axis.name for axis in self.axes if not axis.leg])


def misfit(step: Step, problem: str, cure: str) -> PlanError:
    """The error for a step: what is wrong, the step, and what it should be.

    >>> from symshare.plans.operations import Add
    >>> print(misfit(Add("t3", ("t1", "t2"), (("a",), ()), ("a",), 0), "t2 is missing", "make t2 first"))
    t3: t2 is missing
      t3 = add of t1, t2, a,->a
      make t2 first
    """
    return PlanError(f"{step.result}: {problem}\n  {written(step)}\n  {cure}")


def written(step: Step) -> str:
    """A step on one line."""
    taken = f" of {', '.join(step.operands)}" if step.operands else ""
    learned = f" with {', '.join(one.name for one in step.parameters)}" if step.parameters else ""
    return f"{step.result} = {step.op}{taken}{learned}, {step.spec}"
