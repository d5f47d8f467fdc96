"""The steps of a plan as statements on supports: sums over pairs, values taken to pairs, products along paths."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.sparse.beside import Beside
from symshare.codegen.statements import parameters
from symshare.plans.homes import Home, Homes
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
        self.beside = Beside(homes, self.on, self.graphs, self.pairs, names.lengths)
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
        if key is None:
            return ""
        text, axes = f'{self.number}["{key}"]', self.homes.axes[name]
        own, home = self.homes.found.get(key), self.homes.found.get(name)
        if (own is None) == (home is None):
            return text
        slots: Indices = tuple(map(str, range(len(axes))))  # channels mixed or cut where they are wanted
        return self.beside.taken(text, own, slots, slots, home, axes)

    def dims(self, name: str, indices: Indices) -> list[str]:
        """What the axes of a value's tensor are, for some names of its indices."""
        return self.beside.dims(indices, self.homes.axes[name], self.homes.found.get(name))

    def plain(self, *values: tuple[str, Indices]) -> bool:
        """Whether values have one axis: pairs, nodes or graphs."""
        return all(len(self.dims(name, indices)) == 1 for name, indices in values)

    def standardised(self, step: Standardise, text: str) -> str:
        """A value less its mean in each graph, over its root mean square there, each entry as often as it stands for one."""
        home, axes = self.homes.found.get(step.result), self.homes.axes[step.result]
        number = self.counted(step.operands[0])
        if not self.plain((step.result, step.after)):
            dims = self.dims(step.result, step.after)
            graph = self.beside.graph(dims, dict(zip(step.after, axes, strict=True)), home)
            given = [text, graph, self.length((), None), str(len(dims) - 1), number]
            return f"_standard_beside({', '.join(filter(None, given))})"
        given = [text, self.graph(axes, home), self.length((), None), number]
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
        if not self.plain((name, before)) or len(self.beside.dims(after, axes, home)) > 1:
            return self.beside.taken(text, self.homes.found.get(name), before, after, home, axes)
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
        if len(self.beside.dims(before, axes, home)) > 1:
            return self.beside.summed(text, before, after, home, axes, more)
        if len(before) == 2 and len(after) == 1 and home is not None:
            given = [text, self.on[home.label], str(home.side(before, after[0]))]
            return f"_to_nodes({', '.join([*given, *more])})"
        given = [text, self.graph(axes, home), self.length((), None)]
        return f"_to_graphs({', '.join([*given, *more])})"

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
