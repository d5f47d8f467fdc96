"""Sums and products of a layer whose pairs may have weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symshare.codegen.names import Names
from symshare.codegen.source import call, literal
from symshare.codegen.statements import Statements, aligned, proportions
from symshare.plans.einsum import in_letters
from symshare.plans.indices import Indices
from symshare.plans.operations import Contract, Diagonal, Fan, Mix, Part, Place, Reduce, Standardise, Step
from symshare.plans.sparse import label
from symshare.plans.steps import Plan

__all__ = ["Paired"]


@dataclass(frozen=True, slots=True)
class _Weight:
    """The expression for the weights (.., *axes, 1) of a value. Of an input's own entries also whose they are, and at which
    of the value's axes each of the two axes of its pairs is."""

    text: str
    own: tuple[str, int, int] | None = None

    def pair(self, indices: Indices) -> tuple[str, str, str] | None:
        """The pair of indices that the weights are of."""
        return None if self.own is None else (self.own[0], indices[self.own[1]], indices[self.own[2]])


class Paired:
    """What each value of a plan weighs, and the statements of steps that need it.

    A term weighs as much as all pairs that its factors carry, whether their indices are summed or not; a pair weighs once,
    however many factors carry it. For sums the inputs are multiplied by their weights, and of factors of one pair all but one
    are divided by them again. A mean is a weighted mean of what it is over, and itself weighs as much as that has together. So
    means may be taken step by step, and the result is divided by all the weight of its term.
    """

    def __init__(self, plan: Plan, names: Names, statements: Statements) -> None:
        self.plan, self.names, self.statements = plan, names, statements
        self.totals: list[str] = []
        self.mean = plan.choices.reduce == "mean"
        self.weights = {
            name: _Weight(names.pairs[label(tensor)], (label(tensor), 0, 1))
            for name, tensor in zip(plan.inputs, plan.signature.inputs, strict=True)
            if label(tensor) in names.pairs
        }

    def masked(self) -> list[str]:
        """Inputs with zero where their pairs weigh nothing, and times their weights where sums are taken."""
        kept = {name: f"_kept({name}, {one.text})" for name, one in self.weights.items()}
        if not self.mean:
            kept = {name: f"_by({text}, {self.weights[name].text})" for name, text in kept.items()}
        return [f"        {name} = {text}" for name, text in kept.items()]

    def finished(self) -> list[str]:
        """Outputs with zero where their pairs weigh nothing."""
        both = zip(self.names.results, self.plan.signature.outputs, strict=True)
        return [
            f"        {name} = _kept({name}, {self.names.pairs[label(tensor)]})"
            for name, tensor in both
            if label(tensor) in self.names.pairs
        ]

    def needed(self, lines: list[str]) -> list[str]:
        """Lines without those for weights that nothing uses."""
        for total in reversed(self.totals):
            if sum(total in line for line in lines) == 1:
                lines = [line for line in lines if total not in line]
        return lines

    def passes(self, step: Step) -> None:
        """Let a value that is made entry by entry weigh what its operand does."""
        if not step.operands or step.operands[0] not in self.weights:
            return
        one, step = self.weights[step.operands[0]], in_letters(step)
        if isinstance(step, Mix | Fan | Part | Standardise):
            self.weights[step.result] = one
        elif isinstance(step, Place) and sorted(step.before[0]) == sorted(step.after):
            before, after = step.before[0], step.after
            own = one.own and (one.own[0], after.index(before[one.own[1]]), after.index(before[one.own[2]]))
            self.weights[step.result] = _Weight(aligned(one.text, before, after), own)

    def weighs(self, step: Step) -> bool:
        """Whether a step takes sums or diagonals of values with weights, multiplies or standardises them."""
        return isinstance(step, Diagonal | Reduce | Contract | Standardise) and not self.weights.keys().isdisjoint(
            step.operands
        )

    def lines(self, step: Step, result: str, operands: Sequence[str], indent: int) -> list[str]:
        """The statements of such a step, and those for the weights of what it makes."""
        if isinstance(step, Standardise):
            return self.standardised(step, result, operands[0], indent)
        given = [self.weights.get(name) for name in step.operands]
        present = {index for own in step.before for index in own}
        summed = not isinstance(step, Diagonal) and present != set(step.after)
        met: set[tuple[str, str, str]] = set()
        values, totals = [], []
        kind = next(iter(self.names.pairs.values()))
        for text, one, indices in zip(operands, given, step.before, strict=True):
            pair = one.pair(indices) if one is not None else None
            counts = one is not None and pair not in met
            met |= {pair} if pair is not None else set()
            values.append(self.weighed(text, one, again=not counts, summed=summed))
            totals.append(
                one.text if one is not None and counts else f"torch.ones_like({text}[..., :1], dtype={kind}.dtype)"
            )
        lines = self.statements.lines(step, result, values, indent)
        total = self.names.fresh(f"{result}_w")
        self.totals.append(total)
        lines += self.statements.lines(step, total, totals, indent)
        own = None
        if isinstance(step, Diagonal) and given[0] is not None and given[0].own is not None:
            own = (given[0].own[0], 0, 0)
        self.weights[step.result] = _Weight(total, own)
        divided = summed and self.mean
        return [*lines, f"{' ' * indent}{result} = _over({result}, {total})"] if divided else lines

    def standardised(self, step: Standardise, result: str, operand: str, indent: int) -> list[str]:
        """A factor less its mean, over its root mean square, with its weights: those of sums are in it, and stay so."""
        one, step = self.weights[step.operands[0]], in_letters(step)
        inside = not self.mean and one.own is not None
        text = f"_over({operand}, {one.text})" if inside else operand
        axes = [
            f"({proportions(self.plan.choices.reduce, self.names.measures, index.axis)}, {literal(index.name)})"
            for index in step.over
        ]
        given = [text, one.text, literal(self.statements.axes(step, 0)), *axes]
        lines = call(indent, f"{result} = _standard_by(", given, ")")
        return [*lines, f"{' ' * indent}{result} = _by({result}, {one.text})"] if inside else lines

    def weighed(self, text: str, one: _Weight | None, *, again: bool, summed: bool) -> str:
        """A factor with its weight in it, but for weights that another factor has in it already."""
        if one is None:
            return text
        if self.mean:
            return f"_by({text}, {one.text})" if summed and not again else text
        return f"_over({text}, {one.text})" if again else text
