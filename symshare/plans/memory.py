"""The memory that is held while a plan runs."""

from __future__ import annotations

from collections.abc import Iterator

from symshare.core.algebra.polynomial import Polynomial, total
from symshare.plans.measures import NUMBER, Measures
from symshare.plans.operations import Add, Bias, ConstantTensor, Step
from symshare.plans.steps import Plan
from symshare.plans.work import is_view

__all__ = ["held"]


def held(plan: Plan, measures: Measures) -> list[Polynomial]:
    """The bytes of all values that are held while each step runs: those that a later step needs, and its result.

    A view is held where its operand is; a sum is written over its first value where nothing else needs that.
    """
    return list(_Memory(plan, measures).run())


class _Memory:
    """The place of every value so far, and until when each place is needed."""

    def __init__(self, plan: Plan, measures: Measures) -> None:
        self.plan, self.measures = plan, measures
        self.last = {name: number for number, step in enumerate(plan.steps) for name in step.operands}
        self.last |= {addend.value: len(plan.steps) for addend in plan.addends}
        self.home = {name: name for name in plan.inputs}
        self.bytes = {name: measures.entries(name) * NUMBER for name in plan.inputs}
        self.until = {name: self.last.get(name, -1) for name in plan.inputs}
        """The last step that needs what is held at each place."""
        self.alive = set(plan.inputs)

    def run(self) -> Iterator[Polynomial]:
        now = total(self.bytes.values())
        for number, step in enumerate(self.plan.steps):
            own = self.put(number, step)
            self.until[own] = max(self.until.get(own, -1), self.last.get(step.result, -1))
            if own not in self.alive:
                self.alive.add(own)
                now = now + self.bytes[own]
            yield now
            for home in {own, *(self.home[name] for name in step.operands)} & self.alive:
                if self.until[home] <= number and home not in self.plan.inputs:
                    self.alive.remove(home)
                    now = now + self.bytes[home] * -1

    def put(self, number: int, step: Step) -> str:
        """Where the result of a step is held."""
        self.home[step.result] = step.result
        if isinstance(step, Bias | ConstantTensor):
            self.bytes[step.result] = Polynomial()
        elif is_view(step, self.measures) or self.is_over(number, step):
            self.home[step.result] = self.home[step.operands[0]]
        else:
            self.bytes[step.result] = self.measures.entries(step.result) * NUMBER
        return self.home[step.result]

    def is_over(self, number: int, step: Step) -> bool:
        """Whether a sum is written over its first value."""
        if not isinstance(step, Add) or self.last.get(step.operands[0]) != number:
            return False
        shapes = self.measures.shapes
        return shapes[step.operands[0]].names == shapes[step.result].names
