"""Values brought to all places of an output, on supports: repeated along axes, or written on diagonals."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.sparse.adding import Adding
from symshare.codegen.sparse.beside import GRAPHS, PAIRS, ordered, slots
from symshare.plans.homes import Home
from symshare.plans.operations import Place
from symshare.plans.sparse import label
from symshare.plans.steps import Plan

__all__ = ["Placing"]

INDENT = "        "


class Placing:
    """Expressions for placed values, and the lines that make outputs of them."""

    def __init__(self, plan: Plan, names: Names, adding: Adding) -> None:
        self.plan, self.signature, self.names = plan, plan.signature, names
        self.made, self.homes = adding.made, adding.homes
        self.text, self.vectors = adding.text, adding.vectors

    def same(self, step: Place) -> bool:
        """Whether a value is as its operand is, with other names for its axes."""
        before, after = self.made.dims(step.operands[0], step.before[0]), self.made.dims(step.result, step.after)
        return len(step.before[0]) == len(step.after) and before == after

    def looped(self, step: Place) -> bool:
        """Whether a value without other axes is written on the pairs of a node with itself."""
        return step.result in self.homes.found and len(set(step.after)) == 1

    def placed(self, step: Place, text: str) -> str:
        """A value repeated along new axes, or written on the diagonal."""
        name, home = step.operands[0], self.homes.found.get(step.result)
        axes, before = self.homes.axes[step.result], step.before[0]
        if not self.made.plain((step.result, step.after)):
            return self.placed_beside(step, text, axes, home)
        if home is not None and self.looped(step):
            return f"_on_loops({self.diagonal(step, text)}, {self.made.on[home.label]})"
        if before:
            return self.made.taken(text, name, before, step.after, home, axes)
        return self.filled(text, name, axes, home)

    def placed_beside(self, step: Place, text: str, axes: tuple[str, ...], home: Home | None) -> str:
        """The same where there are other axes; only what is written on diagonals is repeated in full."""
        name, before = step.operands[0], step.before[0]
        if len(set(step.after)) == len(step.after):
            return text if name in self.vectors else self.made.taken(text, name, before, step.after, home, axes)
        axis = dict(zip(step.after, axes, strict=True))
        inner, looped = tuple(axis), home is not None and len({*home.pair(step.after)}) == 1
        there = None if looped or home is None else home.along(step.after, inner)
        have = self.made.beside.dims(inner, tuple(axis.values()), there)
        if name not in self.vectors:
            text = self.made.taken(text, name, before, inner, there, tuple(axis.values()))
        if name in self.vectors or {*before} != {*inner}:
            text = self.spread(text, self.made.beside.lengths(have, axis, there))
        if home is not None and looped:
            node = home.pair(step.after)[0]
            rest = [one for one in have if one != node]
            on = self.made.on[home.label]
            text, have = f"_on_loops_beside({ordered(text, have, [node, *rest])}, {on}, {len(rest)})", [PAIRS, *rest]
        return self.made.beside.written(text, have, step.after, axes, home)

    def spread(self, text: str, lengths: Sequence[str]) -> str:
        """A value repeated to all batches and all of some places."""
        first = self.made.dims(self.plan.inputs[0], slots(self.signature.inputs[0]))
        batch = f"{self.plan.inputs[0]}.shape[:{-1 - len(first)}]"
        return f"_filled_all({text}, {batch}, {', '.join(lengths)})"

    def diagonal(self, step: Place, text: str) -> str:
        """What is written on the diagonal, for each value of the axis."""
        return text if step.before[0] else self.filled(text, step.operands[0], self.homes.axes[step.result][:1], None)

    def filled(self, text: str, name: str, axes: tuple[str, ...], home: Home | None) -> str:
        """A value without axes at all places of some."""
        inner = text if name in self.vectors else self.made.taken(text, name, (), axes, home, axes)
        if len(self.made.dims(self.plan.inputs[0], slots(self.signature.inputs[0]))) > 1:
            return self.spread(inner, [self.made.length(axes, home)])
        return f"_filled({inner}, {self.plan.inputs[0]}.shape[:-2], {self.made.length(axes, home)})"

    def output(self, output: int) -> list[str]:
        """The line that brings a value to all places of its output."""
        tensor, name = self.signature.outputs[output], self.names.results[output]
        (addend,) = [one for one in self.plan.addends if one.output == output]
        text, axes = self.text[addend.value], self.homes.axes[addend.value]
        home = Home(label(tensor)) if label(tensor) in self.homes.labels else None
        own = slots(tensor)
        dims = self.made.beside.dims(own, tensor.set_axes, home)
        if len(dims) > 1:
            if addend.value not in self.vectors:
                text = self.made.taken(text, addend.value, own, own, home, tensor.set_axes)
            axis = dict(zip(own, tensor.set_axes, strict=True))
            value = self.spread(text, self.made.beside.lengths(dims, axis, home))
            value = ordered(value, dims, own) if home is None and dims[0] != GRAPHS else value
        elif len(axes) == len(tensor.set_axes) and addend.value not in self.vectors:
            value = self.made.taken(text, addend.value, own, own, home, axes)
        elif len(axes) == 1:
            raise ValueError(f"one axis of {tensor} is left")
        else:
            value = self.filled(text, addend.value, tensor.set_axes, home)
        if not any(axis in self.homes.sides for axis in tensor.set_axes):
            on = next(iter(self.made.on.values()))
            value = (
                f"_off_graphs_beside({value}, {on}, {len(dims) - 1})"
                if len(dims) > 1
                else f"_off_graphs({value}, {on})"
            )
        return [f"{INDENT}{name} = {value}"]
