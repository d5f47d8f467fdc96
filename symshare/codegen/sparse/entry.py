"""The first lines of a forward method on supports: supports and inputs, checked and brought to one batch and scale."""

from __future__ import annotations

from symshare.codegen.entry import check_line
from symshare.codegen.names import Names
from symshare.codegen.source import call, literal
from symshare.codegen.sparse.beside import GRAPHS, ordered, slots
from symshare.codegen.sparse.steps import Expressions
from symshare.core.notation.tensor import Tensor
from symshare.plans.homes import Home
from symshare.plans.sparse import label
from symshare.plans.steps import Plan

__all__ = ["Entry"]

INDENT = "        "


class Entry:
    """The statements of a forward method that come before the steps of its plan."""

    def __init__(self, plan: Plan, names: Names, made: Expressions) -> None:
        self.plan, self.signature, self.names = plan, plan.signature, names
        self.made, self.homes = made, made.homes

    def weight(self) -> str:
        """The layer's last parameter, whose device and type stand for the layer's."""
        one = self.plan.parameters[-1]
        return f"self.{one.group}[{literal(one.key)}]"

    def given(self) -> list[str]:
        """The variables for the supports."""
        return [self.made.on[name] for name in self.homes.labels]

    def lines(self) -> list[str]:
        """Supports and inputs, checked and brought to one batch."""
        sizes, device = self.names.lengths, f"{self.weight()}.device"
        tensors = [
            f"({literal(name)}, ({', '.join(map(literal, tensor.set_axes[:2]))}))"
            for name, tensor in self.homes.labels.items()
        ]
        left = ", ".join(self.given()) if len(tensors) > 1 else f"({self.given()[0]},)"
        lines = [f"{INDENT}{sizes} = {{}}"]
        lines += call(8, f"{left} = _supports(", ["support", device, sizes, *tensors], ")")
        lines += self.single()
        for number, (name, tensor) in enumerate(zip(self.plan.inputs, self.signature.inputs, strict=True)):
            lines += self.checked(number, name, tensor)
        pairs = [f"({name}, {len(dims) + 1})" for name, dims in self.input_dims()]
        if len(pairs) > 1:
            lines += call(8, f"{', '.join(self.plan.inputs)} = _same_batch(", pairs, ")")
        return lines

    def input_dims(self) -> list[tuple[str, list[str]]]:
        """The inputs, and what the axes of each are."""
        both = zip(self.plan.inputs, self.signature.inputs, strict=True)
        return [(name, self.made.dims(name, slots(tensor))) for name, tensor in both]

    def checked(self, number: int, name: str, tensor: Tensor) -> list[str]:
        """The lines that refuse an input of another shape, and bring it to the order of axes that values have here."""
        sizes, channels, first = self.names.lengths, f"self.{self.names.channels('in', number)}", self.given()[0]
        own = slots(tensor)
        dims = self.made.dims(name, own)
        if label(tensor) in self.homes.labels:
            lengths = [self.made.length((), Home(label(tensor))), *map(literal, tensor.set_axes[2:])]
            known = sizes if len(dims) > 1 else "{}"
            inside = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
            return call(8, "_check(", [literal(name), name, inside, channels, known, self.weight()], ")")
        if tensor.set_axes and dims[0] != GRAPHS:
            lines = check_line(self.signature, name, tensor, channels, sizes, self.weight())
            turned = ordered(name, own, dims)
            return lines if turned == name else [*lines, f"{INDENT}{name} = {turned}"]
        if tensor.set_axes:
            lines = check_line(self.signature, name, tensor, channels, sizes, self.weight())
            return [*lines, f"{INDENT}{name} = _as_graphs_beside({name}, {first}, {literal(name)}, {len(dims) - 1})"]
        lines = call(8, "_check(", [literal(name), name, "()", channels, "{}", self.weight()], ")")
        return [*lines, f"{INDENT}{name} = _as_graphs({name}, {first}, {literal(name)})"]

    def single(self) -> list[str]:
        """The statements that refuse several graphs where a tensor is dense along an axis of a support, and along another."""
        given, lines = [*zip(self.plan.inputs, self.signature.inputs, strict=True)], []
        for name, one in [*given, *zip(self.names.results, self.signature.outputs, strict=True)]:
            dense = one.set_axes[2:] if label(one) in self.homes.labels else one.set_axes
            if sum(axis in self.homes.sides for axis in dense) > (label(one) not in self.homes.labels):
                lines.append(f"{INDENT}_one_graph({self.given()[0]}, {literal(name)})")
        return lines[:1]

    def scaled(self) -> list[str]:
        """The statement that divides inputs by their size in each graph, where that is asked for."""
        if not self.plan.choices.normalise_scale:
            return []
        given, wide = [], False
        for (name, dims), tensor in zip(self.input_dims(), self.signature.inputs, strict=True):
            home = Home(label(tensor)) if label(tensor) in self.homes.labels else None
            axis = dict(zip(slots(tensor), tensor.set_axes, strict=True))
            given.append([name, self.made.beside.graph(dims, axis, home), str(len(dims) - 1)])
            wide = wide or len(dims) > 1
        left = ", ".join(self.plan.inputs) if len(given) > 1 else f"({self.plan.inputs[0]},)"
        texts = [f"({', '.join(one if wide else one[:2])})" for one in given]
        head = "_one_scale_beside" if wide else "_one_scale_on"
        return call(8, f"{left} = {head}(", [self.made.length((), None), *texts], ")")
