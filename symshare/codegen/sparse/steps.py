"""The steps of a plan as statements on supports: sums over pairs, values taken to pairs, products along paths."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.statements import parameters
from symshare.plans.homes import Home, Homes, refused
from symshare.plans.indices import Indices
from symshare.plans.operations import Contract, Diagonal, Fan, Mix, Part, Place, Reduce, Standardise, Step
from symshare.plans.steps import Plan

__all__ = ["Expressions"]


class Expressions:
    """Expressions for values: `text` has one for each that is there, `counts` the key of the number of entries that a value
    is the mean of, in layers that take means.

    The same expressions count: with ones in place of inputs, without weights.
    """

    def __init__(self, plan: Plan, names: Names, homes: Homes) -> None:
        self.plan, self.homes = plan, homes
        self.on = {name: names.fresh("on" if len(homes.labels) == 1 else f"on_{name}") for name in homes.labels}
        self.graphs = {axis: names.fresh(f"graph_{axis}") for axis in homes.sides}
        self.pairs = {name: names.fresh(f"graph_of_{name}") for name in homes.labels}
        self.number = names.fresh("n")
        self.mean = plan.choices.reduce == "mean"
        self.counts: dict[str, str] = {}
        for step in plan.steps:
            self._count(step)

    def _count(self, step: Step) -> None:
        match step:
            case Diagonal() | Reduce() | Contract():
                self.counts[step.result] = step.result
            case Mix() | Fan() | Part() | Standardise():
                if step.operands[0] in self.counts:
                    self.counts[step.result] = self.counts[step.operands[0]]
            case Place() if len(step.before[0]) == len(step.after) and step.operands[0] in self.counts:
                self.counts[step.result] = self.counts[step.operands[0]]
            case _:
                pass

    def entries(self, name: str) -> str:
        """The expression for the number of entries of a value, empty where it is one each."""
        return self.counted(name) if self.mean else ""

    def counted(self, name: str) -> str:
        """The same, whether means are taken or sums."""
        key = self.counts.get(name)
        return "" if key is None else f'{self.number}["{key}"]'

    def standardised(self, step: Standardise, text: str) -> str:
        """A value less its mean in each graph, over its root mean square there, each entry as often as it stands for one."""
        home, axes = self.homes.found.get(step.result), self.homes.axes[step.result]
        given = [text, self.graph(axes, home), self.length((), None), self.counted(step.operands[0])]
        return f"_standard_on({', '.join(filter(None, given))})"

    def length(self, axes: Sequence[str], home: Home | None) -> str:
        """The expression for how many places values on some axes have."""
        if home is not None:
            return f"{self.on[home.label]}.index.shape[1]"
        if not axes:
            return f"{next(iter(self.on.values()))}.number"
        name, side = self.homes.sides[axes[0]]
        return f"{self.on[name]}.sizes[{side}]"

    def graph(self, axes: Sequence[str], home: Home | None) -> str:
        """The variable for the graph of each place."""
        return self.pairs[home.label] if home is not None else self.graphs[axes[0]]

    def taken(
        self, text: str, name: str, before: Indices, after: Indices, home: Home | None, axes: Sequence[str]
    ) -> str:
        """A value at all places of some indices, of which it has some: on a home where these are two."""
        if home is not None and len(before) == 2:
            own = self.homes.found[name].along(before, after)
            if own == home:
                return text
            return f"_onto({text}, {self.on[own.label]}, {self.on[home.label]}, {own.turned != home.turned})"
        if not before:
            return f"_at({text}, {self.graph(axes, home)})" if after else text
        if home is not None:
            return f"_on_pairs({text}, {self.on[home.label]}, {home.side(after, before[0])})"
        return text

    def summed(
        self, text: str, before: Indices, after: Indices, home: Home | None, axes: Sequence[str], more: Sequence[str]
    ) -> str:
        """The sum over the indices that go; `more` are a weight and a number to divide by, where there are such."""
        if len(before) == 2 and len(after) == 1 and home is not None:
            given = [text, self.on[home.label], str(home.side(before, after[0]))]
            return f"_to_nodes({', '.join([*given, *more])})"
        given = [text, self.graph(axes, home), self.length((), None)]
        return f"_to_graphs({', '.join([*given, *more])})"

    def reading(self, step: Diagonal | Reduce | Contract, texts: Sequence[str], *, counting: bool) -> str:
        """What a diagonal, a sum or a product is, given expressions for its operands (numbers of entries when `counting`)."""
        name = step.operands[0]
        if isinstance(step, Diagonal):
            return f"_loops({texts[0]}, {self.on[self.homes.found[name].label]})"
        if isinstance(step, Contract) and len(step.operands) > 1:
            return self.product(step, texts, counting=counting)
        more = self.divided(step, [] if counting else [self.entries(name)], counting=counting)
        return self.summed(
            texts[0], step.before[0], step.after, self.homes.found.get(name), self.homes.axes[name], more
        )

    def divided(self, step: Step, weights: Sequence[str], *, counting: bool) -> list[str]:
        """The weight of a sum, and the number to divide it by."""
        if counting or not self.mean:
            return []
        given = [one for one in weights if one]
        return [" * ".join(given) or "None", self.entries(step.result)]

    def product(self, step: Contract, texts: Sequence[str], *, counting: bool) -> str:
        """Two values multiplied where both are, and summed over what goes."""
        if len(step.operands) > 2:
            raise ValueError(f"a sparse layer multiplies two values at a time, not {step.spec}")
        present = tuple(dict.fromkeys(index for own in step.before for index in own))
        weights = ["" if counting else self.entries(name) for name in step.operands]
        if len(present) > 2:
            return self.paths(step, texts, weights, counting=counting)
        home, indices = self.base(step, present)
        axes = self._axes(step, indices)
        given = [*zip(step.operands, step.before, strict=True)]
        left, right = (
            self.taken(text, name, own, indices, home, axes) for text, (name, own) in zip(texts, given, strict=True)
        )
        if set(step.after) == set(present):
            return f"{left} * {right}"
        weighed = [
            self.taken(text, name, own, indices, home, axes)
            for text, (name, own) in zip(weights, given, strict=True)
            if text
        ]
        more = self.divided(step, weighed, counting=counting)
        return self.summed(f"{left} * {right}", indices, step.after, home, axes, more)

    def base(self, step: Contract, present: Indices) -> tuple[Home | None, Indices]:
        """Where two values meet: on the pairs of one of them, else of the result."""
        if len(present) < 2:
            return None, present
        for name, own in zip(step.operands, step.before, strict=True):
            if len(own) == 2:
                return self.homes.found[name], own
        if len(step.after) < 2:
            raise refused(self.plan.terms[step.term], self._axes(step, present))
        return self.homes.found[step.result], step.after

    def paths(self, step: Contract, texts: Sequence[str], weights: Sequence[str], *, counting: bool) -> str:
        """The product along paths of two pairs, where these are the ends of one."""
        order = (0, 1) if step.after and step.after[0] in step.before[0] else (1, 0)
        one, two = (step.before[place] for place in order)
        between = [index for index in one if index in two]
        if (len(one), len(two), len(step.after), len(between)) != (2, 2, 2, 1) or between[0] in step.after:
            raise refused(self.plan.terms[step.term], self._axes(step, step.after))
        middle = between[0]
        given = [texts[place] for place in order]
        for place, wanted in zip(order, ((step.after[0], middle), (middle, step.after[1])), strict=True):
            given.append(self.at(self.homes.found[step.operands[place]].along(step.before[place], wanted)))
        given.append(self.at(self.homes.found[step.result]))
        if self.mean and not counting:
            given.append(f"({', '.join(weights[place] or 'None' for place in order)})")
            given.append(self.entries(step.result))
        return f"_through({', '.join(given)})"

    def at(self, home: Home) -> str:
        """A support, and whether its pairs are turned around."""
        return f"({self.on[home.label]}, {home.turned})"

    def _axes(self, step: Step, indices: Indices) -> tuple[str, ...]:
        """The axes that some indices of a step are on."""
        known = {
            index: axis
            for name, own in zip(step.operands, step.before, strict=True)
            for index, axis in zip(own, self.homes.axes[name], strict=True)
        }
        return tuple([known[index] for index in indices])

    def mixed(self, step: Mix | Fan, text: str) -> str:
        """Channels times a matrix, or several below or beside each other."""
        own = parameters(step)
        if isinstance(step, Mix) and step.chained:
            return f"{text} @ ({own[0]} @ {own[1]})"
        if len(own) == 1:
            return f"{text} @ {own[0]}"
        function = "_columns" if isinstance(step, Fan) else "_rows"
        group = step.parameters[0].group
        keys = ", ".join(f'"{one.key}"' for one in step.parameters)
        return f"{text} @ {function}(self.{group}, {keys})"
