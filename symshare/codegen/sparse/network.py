"""What a network needs besides where its hidden types have values on a support: the argument, its checks, its first zeros."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.entry import check_line
from symshare.codegen.names import Names
from symshare.codegen.source import call, literal, wrapped
from symshare.codegen.sparse.forward import Forward
from symshare.codegen.sparse.layer import MEANING, MEANS, looped_lines
from symshare.core.notation.tensor import Tensor
from symshare.plans.naming import fresh
from symshare.plans.network import Network
from symshare.plans.sparse import joined_axes, label, sparse_labels
from symshare.plans.steps import Plan

__all__ = ["OnSupports", "forward_lines", "support_notes"]


def forward_lines(plan: Plan, names: Names) -> list[str] | None:
    """The forward method of a layer of a network, where it is on supports."""
    return Forward(plan, names).lines() if plan.choices.sparse else None


def support_notes(network: Network, pooling: Names) -> list[str]:
    """What a support means for the network, which poolings need pairs of a value with itself, and what is not reached."""
    if not network.sparse:
        return []
    lines = ["", *wrapped(f"{MEANING} {MEANS if network.pooling.choices.reduce == 'mean' else ''}".strip())]
    lines += looped_lines(network.pooling, pooling)
    left = network.unreached()
    if left:
        text = f"Dense hidden types also reach {', '.join(left)}, its pairs in any direction. These do not, nor what goes on"
        lines += ["", *wrapped(f"{text} from there, such as cycles of four pairs.")]
    return lines


class OnSupports:
    """The lines of the forward method of a network for its argument `support`."""

    def __init__(self, network: Network, taken: set[str], inputs: Sequence[str], sizes: str) -> None:
        self.network, self.inputs, self.sizes = network, inputs, sizes
        self.plain = network.signature.without_latents()
        self.labels = sparse_labels(self.plain, network.sparse)
        names = network.pooling.choices.sparse
        self.hidden = {joined_axes(one): one for one in network.head.signature.inputs if joined_axes(one) in names}
        for one in self.hidden.values():  # types that no input or output has
            if one.set_axes not in [tensor.set_axes for tensor in self.labels.values()]:
                self.labels[joined_axes(one)] = one
        outs = [one for one in self.labels.values() if joined_axes(one) not in self.hidden]
        self.hidden |= {joined_axes(one): one for one in outs}
        self.on = {name: fresh("on" if len(self.labels) == 1 else f"on_{name}", taken) for name in self.labels}

    @property
    def first(self) -> str:
        """The variable of one support, whose graphs are those of all."""
        return next(iter(self.on.values()))

    def found(self, sizes: str) -> list[str]:
        """The supports, by what they are called; inputs checked against them."""
        tensors = [
            f"({literal(name)}, ({', '.join(map(literal, tensor.set_axes[:2]))}))"
            for name, tensor in self.labels.items()
        ]
        left = ", ".join(self.on.values()) if len(tensors) > 1 else f"({self.first},)"
        return call(8, f"{left} = _supports(", ["support", f"{self.lift(0)}.device", sizes, *tensors], ")")

    def lift(self, number: int) -> str:
        """The weight that the type and device of an input are held against."""
        return f"self.lift[{number}].weight" if len(self.inputs) > 1 else "self.lift.weight"

    def checked(self, number: int, channels: str, sizes: str) -> list[str]:
        """The lines that refuse an input of another shape."""
        name, tensor = self.inputs[number], self.plain.inputs[number]
        if label(tensor) in self.on:
            lengths = [f"{self.on[label(tensor)]}.index.shape[1]", *map(literal, tensor.set_axes[2:])]
            inside = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
            known = sizes if len(lengths) > 1 else "{}"
            return call(8, "_check(", [literal(name), name, inside, channels, known, self.lift(number)], ")")
        lines = check_line(
            self.network.signature, name, self.network.signature.inputs[number], channels, sizes, self.lift(number)
        )
        if self._is_apart(tensor):
            others = len(tensor.set_axes)
            head, more = ("_as_graphs_beside", [str(others)]) if others else ("_as_graphs", [])
            lines += call(8, f"{head}(", [name, self.first, literal(name), *more], ")")
        return lines

    def _is_apart(self, tensor: Tensor) -> bool:
        """Whether a tensor has no axis of a support, and so values for each graph."""
        return not any(axis in one.set_axes[:2] for one in self.labels.values() for axis in tensor.set_axes)

    def batches(self) -> list[str]:
        """Each input with the number of its own axes, as `_same_batch` takes them."""
        found = []
        for name, tensor in zip(self.inputs, self.plain.inputs, strict=True):
            own = 1 + len(tensor.set_axes) - (label(tensor) in self.on)
            one = f"{own} if {self.first}.graphs is None else {own + 1}" if self._is_apart(tensor) else str(own)
            found.append(f"({name}, {one})")
        return found

    def given(self) -> list[str]:
        """The line that makes `support` what the layers take: one for all, or one for each type."""
        if len(self.labels) == 1:
            return [f"        support = {self.first}"]
        pairs = []
        for kind, one in self.hidden.items():
            own = [name for name, tensor in self.labels.items() if tensor.set_axes == one.set_axes]
            listed = [f"({literal(name)}, {self.on[name]})" for name in own]
            pairs.append(
                f"{literal(kind)}: " + (self.on[own[0]] if len(own) == 1 else f"_one_support({', '.join(listed)})")
            )
        return call(8, "support = {", pairs, "}")

    def zeros(self, number: int, name: str, like: tuple[str, Tensor]) -> str:
        """The line for a type that no input has: nothing yet, at as many places as there are."""
        types = self.network.pooling.signature.inputs
        tensor, width = types[number], f"self.width[{number}]" if len(types) > 1 else "self.width"
        hidden, other = like
        own = len(other.set_axes) - (label(other) in self.on or joined_axes(other) in self.hidden)
        whole, apart = hidden, self._is_apart(other)
        if apart:
            head, more = ("_as_graphs_beside", f", {own}") if own else ("_as_graphs", "")
            whole = f"{head}({hidden}, {self.first}, {literal(hidden)}{more})"
        batch = f"*{whole}.shape[:{-1 - own - apart}]"
        inside, beside = [], tensor.set_axes
        if joined_axes(tensor) in self.hidden:
            inside, beside = [f"{self._support(tensor)}.index.shape[1]"], tensor.set_axes[2:]
        inside += [self._length(axis) for axis in beside]
        if not self._is_apart(tensor):
            return f"        {name} = {hidden}.new_zeros(({', '.join([batch, *inside, width])}))"
        zeros = f"{hidden}.new_zeros(({', '.join([batch, f'{self.first}.number', *inside, width])}))"
        if inside:
            return f"        {name} = _off_graphs_beside({zeros}, {self.first}, {len(inside)})"
        return f"        {name} = _off_graphs({zeros}, {self.first})"

    def _length(self, axis: str) -> str:
        """The expression for the length of an axis."""
        for name, one in self.labels.items():
            if axis in one.set_axes[:2]:
                return f"{self.on[name]}.sizes[{one.set_axes.index(axis)}]"
        return f"{self.sizes}[{literal(axis)}]"

    def _support(self, tensor: Tensor) -> str:
        return next(self.on[name] for name, one in self.labels.items() if one.set_axes == tensor.set_axes)
