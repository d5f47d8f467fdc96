"""Sums and products of a layer whose pairs may have weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
class _Pair:
    """The weights of a tensor's pairs that are in those of a value: which tensor's, at which of the value's axes the rows and
    the columns are, and the expression for them (.., rows, columns, 1), or (.., rows, 1) where these are one axis."""

    name: str
    row: int
    column: int
    text: str

    def key(self, indices: Indices) -> tuple[str, str, str]:
        """The tensor, and the two indices."""
        return self.name, indices[self.row], indices[self.column]

    def moved(self, before: Indices, after: Indices) -> _Pair:
        """The same pairs in a value with other axes."""
        one, two = before[self.row], before[self.column]
        merged = one == two and self.row != self.column
        return _Pair(self.name, after.index(one), after.index(two), f"_own_pairs({self.text})" if merged else self.text)

    def aligned(self, indices: Indices) -> str:
        """The weights along the axes of the value."""
        one, two = indices[self.row], indices[self.column]
        return aligned(self.text, (one,) if self.row == self.column else (one, two), indices)


@dataclass(frozen=True, slots=True)
class _Weight:
    """The expression for the weights (.., *axes, 1) of a value, and the pairs in them whose two axes the value has. `bare`
    tells that they are the weights of one pair and nothing else."""

    text: str
    pairs: tuple[_Pair, ...] = ()
    bare: bool = False

    def moved(self, text: str, before: Indices, after: Indices, *, bare: bool) -> _Weight:
        """The weights of a value that is made of one with these."""
        kept = [one for one in self.pairs if {before[one.row], before[one.column]} <= {*after}]
        return _Weight(text, tuple([one.moved(before, after) for one in kept]), bare)


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
            name: _Weight(names.weights(tensor), (_Pair(label(tensor), 0, 1, names.pairs[label(tensor)]),), bare=True)
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
            f"        {name} = _kept({name}, {self.names.weights(tensor)})"
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
            self.weights[step.result] = one.moved(aligned(one.text, before, after), before, after, bare=one.bare)

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
        for place, (text, one, indices) in enumerate(zip(operands, given, step.before, strict=True)):
            axes = _channel_axes(step, place)
            ones = f"torch.ones_like({text}[..., {'0, ' * (axes - 1)}:1], dtype={kind}.dtype)"
            again = [pair for pair in one.pairs if pair.key(indices) in met] if one is not None else []
            met |= {pair.key(indices) for pair in one.pairs} if one is not None else set()
            letters = in_letters(step).before[place]
            value, total = self.weighed(text, one, [pair.aligned(letters) for pair in again], axes, summed=summed)
            values.append(value)
            totals.append(total or ones)
        lines = self.statements.lines(step, result, values, indent)
        total = self.names.fresh(f"{result}_w")
        self.totals.append(total)
        lines += self.statements.lines(_of_weights(step), total, totals, indent)
        self.weights[step.result] = self.left(step, given, total)
        divided = summed and self.mean
        whole = _widened(total, _channel_axes(step, len(operands)))
        return [*lines, f"{' ' * indent}{result} = _over({result}, {whole})"] if divided else lines

    def left(self, step: Step, given: Sequence[_Weight | None], total: str) -> _Weight:
        """The weights of a result, with each pair once."""
        found: dict[tuple[str, int, int], _Pair] = {}
        for one, before in zip(given, step.before, strict=True):
            pairs = one.moved("", before, step.after, bare=False).pairs if one is not None else ()
            for pair in pairs:
                found.setdefault((pair.name, pair.row, pair.column), pair)
        bare = isinstance(step, Diagonal) and len(found) == 1 and given[0] is not None and given[0].bare
        return _Weight(total, tuple(found.values()), bare)

    def standardised(self, step: Standardise, result: str, operand: str, indent: int) -> list[str]:
        """A factor less its mean, over its root mean square, with its weights: those of sums are in it, and stay so."""
        one, step = self.weights[step.operands[0]], in_letters(step)
        inside = not self.mean and one.bare
        text = f"_over({operand}, {one.text})" if inside else operand
        axes = [
            f"({proportions(self.plan.choices.reduce, self.names.measures, index.axis)}, {literal(index.name)})"
            for index in step.over
        ]
        given = [text, one.text, literal(self.statements.axes(step, 0)), *axes]
        lines = call(indent, f"{result} = _standard_by(", given, ")")
        return [*lines, f"{' ' * indent}{result} = _by({result}, {one.text})"] if inside else lines

    def weighed(
        self, text: str, one: _Weight | None, again: Sequence[str], axes: int, *, summed: bool
    ) -> tuple[str, str]:
        """A factor with its weights in it, and these (empty: ones), but for weights that another factor has already; the
        factor has some number of axes of channels."""
        if one is None:
            return text, ""
        if one.bare and again:
            return text if self.mean else f"_over({text}, {_widened(one.text, axes)})", ""
        total, value = one.text, text
        for pair in again:
            total = f"_over({total}, {pair})"
            value = value if self.mean else f"_over({value}, {_widened(pair, axes)})"
        return f"_by({value}, {_widened(total, axes)})" if summed and self.mean else value, total


def _of_weights(step: Step) -> Step:
    """The same for weights, which have one channel."""
    return replace(step, array=None, channels=()) if isinstance(step, Contract) else step


def _channel_axes(step: Step, place: int) -> int:
    """How many axes of channels an operand has, or (after the last) the result."""
    if not isinstance(step, Contract) or not step.channels:
        return 1
    return len(step.channels[place if place < len(step.operands) else -1])


def _widened(weight: str, axes: int) -> str:
    """Weights for a value with several axes of channels.

    >>> _widened("w", 1), _widened("w", 3)
    ('w', 'w[..., None, None]')
    """
    return f"{weight}[..., {', '.join(['None'] * (axes - 1))}]" if axes > 1 else weight
