"""On which support each value of a plan with two axes has its entries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.plans.check import shapes
from symshare.plans.indices import Indices
from symshare.plans.operations import Add, Contract, Diagonal, Fan, Mix, Part, Place, Reduce, Stack, Step
from symshare.plans.sparse import label, sparse_labels
from symshare.plans.steps import Plan

__all__ = ["Home", "Homes"]


@dataclass(frozen=True, slots=True)
class Home:
    """The sparse tensor whose support a value is on, and which of the value's indices are the rows and the columns of the
    support's pairs. The other indices are dense."""

    label: str
    row: int = 0
    column: int = 1

    @property
    def turned(self) -> bool:
        """Whether the value has the columns before the rows."""
        return self.row > self.column

    def pair(self, indices: Indices) -> tuple[str, str]:
        """The indices that are the rows and the columns."""
        return indices[self.row], indices[self.column]

    def beside(self, indices: Indices) -> Indices:
        """The other indices."""
        return tuple([index for place, index in enumerate(indices) if place not in (self.row, self.column)])

    def along(self, before: Indices, after: Indices) -> Home:
        """The same entries with the indices in another order."""
        row, column = self.pair(before)
        return Home(self.label, after.index(row), after.index(column))

    def side(self, indices: Indices, index: str) -> int:
        """The row of the support's pairs that an index is."""
        return self.pair(indices).index(index)


class Homes:
    """The axes of each value, and the home of those on the pairs of a support.

    What is read from a sparse input stays on its pairs; what is put together from less (an outer product, a product along
    paths, a value repeated) is computed on the pairs of what it is added to or multiplied with, and nowhere else. A value has
    two axes of supports without being on one, or a third, only where a tensor has those too.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.labels = sparse_labels(plan.signature, plan.choices.sparse)
        self.axes = {name: shape.names for name, shape in shapes(plan).items()}
        self.sides: dict[str, tuple[str, int]] = {}
        for name, tensor in self.labels.items():
            for side, axis in enumerate(tensor.set_axes[:2]):
                self.sides.setdefault(axis, (name, side))
        self.found: dict[str, Home] = {
            name: Home(label(tensor))
            for name, tensor in zip(plan.inputs, plan.signature.inputs, strict=True)
            if label(tensor) in self.labels
        }
        self.wanted: dict[str, set[Home | None]] = {}
        for step in plan.steps:
            home = self._kept(step)
            if home is not None:
                self.found[step.result] = home
        for addend in plan.addends:
            tensor = plan.signature.outputs[addend.output]
            if len(self.axes[addend.value]) == len(tensor.set_axes):
                self._want(addend.value, Home(label(tensor)) if label(tensor) in self.labels else None)
        for step in reversed(plan.steps):
            self._settle(step)
            self._pass_on(step)
        for step in plan.steps:
            if not self.has_room(self.axes[step.result], self.found.get(step.result)) or self._swaps(step):
                raise self.refused(plan.terms[step.term], self.axes[step.result])

    def refused(self, term: Term, axes: tuple[str, ...]) -> SymshareError:
        """The error for a term with an intermediate value on all pairs."""
        both = (*self.plan.signature.inputs, *self.plan.signature.outputs)
        beside = {label(one): sum(axis in self.sides for axis in one.set_axes) for one in both}
        dense = [name for name, number in beside.items() if number > 1 and name not in self.labels]
        cure = (
            f"make {dense[0]} sparse too (--sparse {dense[0]}), or leave the term out"
            if dense
            else "leave the term out"
        )
        more = "" if dense else ", or take a lower order"
        pairs = f"{term.to_einsum()} needs values for all pairs ({', '.join(axes)})"
        return SymshareError(
            f"{pairs}, and sparse layers have them on a support only\n  {cure}: name those to keep (only=, --only){more}"
        )

    def has_room(self, axes: tuple[str, ...], home: Home | None) -> bool:
        """Whether values on some axes are no more than those of a tensor, as far as the axes of supports go."""
        dense = Counter(axis for axis in (axes if home is None else home.beside(axes)) if axis in self.sides)
        if dense.total() <= (home is None):
            return True
        for one in (*self.plan.signature.inputs, *self.plan.signature.outputs):
            own, sparse = one.set_axes, label(one) in self.labels
            if home is not None and sparse and home.label == label(one) and dense <= Counter(own[2:]):
                return True
            if home is None and (dense <= Counter(own) if not sparse else _nearly(dense, own)):
                return True
        return False

    def walk(self, step: Step) -> frozenset[str]:
        """The indices of the two pairs that a product runs along: those of supports that share one index, where neither value
        has room for the pairs of the other. Nothing for other steps."""
        given = [*zip(step.operands, step.before, strict=True)]
        both = [(name, own) for name, own in given if name in self.found and isinstance(step, Contract)]
        pairs = [{*self.found[name].pair(own)} for name, own in both]
        if len(pairs) != 2 or pairs[0] == pairs[1]:
            return frozenset()
        for (name, own), other in ((both[0], pairs[1]), (both[1], pairs[0])):
            beside = [one for one in both if one != (name, own)]
            if other <= {*own} and all(self.has_room(self.axes[one], None) for one, _ in beside):
                return frozenset()
        return frozenset(pairs[0] | pairs[1])

    def _kept(self, step: Step) -> Home | None:
        """Where a value stays that is made of one on pairs, or added up from some on the same."""
        if isinstance(step, Add | Stack):
            both = zip(step.operands, step.before, strict=True)
            homes = {
                self.found[one].along(own, step.after) if one in self.found and {*own} == {*step.after} else None
                for one, own in both
            }
            return homes.pop() if len(homes) == 1 else None
        for name, before in self.on_pairs(step):
            pair = self.found[name].pair(before)
            if len({*pair}) == 2 and {*pair} <= {*step.after}:
                return self.found[name].along(before, step.after)
        return None

    def on_pairs(self, step: Step) -> list[tuple[str, Indices]]:
        """The operands on pairs, those with most other axes first: they have room for the others."""
        both = zip(step.operands, step.before, strict=True)
        return sorted([one for one in both if one[0] in self.found], key=lambda one: -len(one[1]))

    def _swaps(self, step: Step) -> bool:
        """Whether a value on the pairs of two of its indices is wanted on those of two others."""
        if step.result not in self.found or isinstance(step, Contract):
            return False
        pair = {*self.found[step.result].pair(step.after)}
        both = zip(step.operands, step.before, strict=True)
        return any(name in self.found and {*self.found[name].pair(own)} != pair for name, own in both)

    def _want(self, name: str, home: Home | None) -> None:
        self.wanted.setdefault(name, set()).add(home)

    def _settle(self, step: Step) -> None:
        """Let a value that is on no pairs yet be on those where it is wanted, if it is wanted nowhere else."""
        wanted = self.wanted.get(step.result, set())
        for home in wanted if step.result not in self.found and len(wanted) == 1 else ():
            if home is not None and self._is_on(step, home):
                self.found[step.result] = home

    def _is_on(self, step: Step, home: Home) -> bool:
        """Whether a step makes values of some pairs alone: sums do not, but for those along paths of two supports, and those
        of products that have room on the pairs."""
        if isinstance(step, Reduce | Diagonal):
            return False
        if not isinstance(step, Contract) or self.walk(step):
            return True
        given = [*zip(step.operands, step.before, strict=True)]
        axes = {i: a for name, own in given for i, a in zip(own, self.axes[name], strict=True)}
        gone = tuple([index for index in axes if index not in step.after])
        if any(name in self.found for name in step.operands):
            return not any(axes[index] in self.sides for index in gone)
        return self.has_room(tuple([axes[index] for index in step.after + gone]), home)

    def _pass_on(self, step: Step) -> None:
        """Want operands where the result is, or the other operand of a product."""
        given = [*zip(step.operands, step.before, strict=True)]
        held = [(self.found[name], own) for name, own in given if name in self.found and isinstance(step, Contract)]
        if step.result in self.found and isinstance(step, Add | Stack | Mix | Fan | Part | Place | Contract):
            held.append((self.found[step.result], step.after))
        for name, own in given:
            homes = [home.along(indices, own) for home, indices in held if _fits(home.pair(indices), own)]
            self._want(name, homes[0] if homes else None)


def _fits(pair: tuple[str, str], own: Indices) -> bool:
    return len({*pair}) == 2 and {*pair} <= {*own}


def _nearly(dense: Counter[str], own: tuple[str, ...]) -> bool:
    """Whether a sparse tensor has some axes among its dense ones, and one of its pairs."""
    left = dense - Counter(own[2:])
    return left.total() <= 1 and left <= Counter({*own[:2]})
