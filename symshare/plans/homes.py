"""On which support each value of a plan with two axes has its entries."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.plans.check import shapes
from symshare.plans.indices import Indices
from symshare.plans.operations import Add, Contract, Fan, Mix, Part, Place, Stack, Step
from symshare.plans.sparse import label, sparse_labels
from symshare.plans.steps import Plan

__all__ = ["Home", "Homes", "refused"]


@dataclass(frozen=True, slots=True)
class Home:
    """The sparse tensor whose support a value is on, and whether the value's axes are those of the support turned around."""

    label: str
    turned: bool = False

    def along(self, before: Indices, after: Indices) -> Home:
        """The same entries with the two indices in another order."""
        return self if before == after else Home(self.label, not self.turned)

    def side(self, indices: Indices, index: str) -> int:
        """The row of the support's pairs that an index is."""
        return indices.index(index) ^ self.turned


def refused(term: Term, axes: tuple[str, ...]) -> SymshareError:
    """The error for a term with an intermediate value on all pairs."""
    return SymshareError(
        f"{term.to_einsum()} needs values for all pairs ({', '.join(axes)}), and sparse layers have them on a support only\n"
        "  leave the term out: name those to keep (only=, --only), or take a lower order"
    )


class Homes:
    """The axes of each value, and the home of those with two.

    What is read from a sparse input stays on its pairs; what is put together from less (an outer product, a product along
    paths, a value repeated) is computed on the pairs of what it is added to or multiplied with, and nowhere else.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.labels = sparse_labels(plan.signature, plan.choices.sparse)
        self.axes = {name: shape.names for name, shape in shapes(plan).items()}
        self.sides: dict[str, tuple[str, int]] = {}
        for name, tensor in self.labels.items():
            for side, axis in enumerate(tensor.set_axes):
                self.sides.setdefault(axis, (name, side))
        self.found: dict[str, Home] = {
            name: Home(label(tensor))
            for name, tensor in zip(plan.inputs, plan.signature.inputs, strict=True)
            if label(tensor) in self.labels
        }
        for step in plan.steps:
            home = self._kept(step)
            if home is not None:
                self.found[step.result] = home
        for addend in plan.addends:
            tensor = plan.signature.outputs[addend.output]
            if len(self.axes[addend.value]) == 2:
                self.found.setdefault(addend.value, Home(label(tensor)))
        for step in reversed(plan.steps):
            self._wanted(step)
        for step in plan.steps:
            if len(step.after) == 2 and step.result not in self.found:
                raise refused(plan.terms[step.term], self.axes[step.result])

    def _kept(self, step: Step) -> Home | None:
        """Where a value stays that is made of one on pairs."""
        if len(step.after) != 2 or isinstance(step, Add | Stack):
            return None
        for name, before in zip(step.operands, step.before, strict=True):
            if name in self.found and set(before) == set(step.after):
                return self.found[name].along(before, step.after)
        return None

    def _wanted(self, step: Step) -> None:
        """Let operands be computed where the result is, or the other operand of a product."""
        given = [*zip(step.operands, step.before, strict=True)]
        wanted = [(name, own) for name, own in given if len(own) == 2 and len(set(own)) == 2 and name not in self.found]
        if isinstance(step, Contract):
            held = [(self.found[name], own) for name, own in given if name in self.found]
        elif step.result in self.found and isinstance(step, Add | Stack | Mix | Fan | Part | Place):
            held = [(self.found[step.result], step.after)]
        else:
            return
        for name, own in wanted:
            for home, indices in held:
                if set(indices) == set(own):
                    self.found.setdefault(name, home.along(indices, own))
