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

    def __init__(self, network: Network, taken: set[str], inputs: Sequence[str]) -> None:
        self.network, self.inputs = network, inputs
        self.plain = network.signature.without_latents()
        self.labels = sparse_labels(self.plain, network.sparse)
        self.hidden = {joined_axes(one): one for one in network.head.signature.inputs if len(one.set_axes) == 2}
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
            f"({literal(name)}, ({', '.join(map(literal, tensor.set_axes))}))" for name, tensor in self.labels.items()
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
            length = f"({self.on[label(tensor)]}.index.shape[1],)"
            return call(8, "_check(", [literal(name), name, length, channels, "{}", self.lift(number)], ")")
        lines = check_line(
            self.network.signature, name, self.network.signature.inputs[number], channels, sizes, self.lift(number)
        )
        if not tensor.set_axes:
            lines.append(f"        _as_graphs({name}, {self.first}, {literal(name)})")
        return lines

    def batches(self) -> list[str]:
        """Each input with the number of its own axes, as `_same_batch` takes them."""
        return [
            f"({name}, {2 if tensor.set_axes else f'1 if {self.first}.graphs is None else 2'})"
            for name, tensor in zip(self.inputs, self.plain.inputs, strict=True)
        ]

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
        whole = hidden if other.set_axes else f"_as_graphs({hidden}, {self.first}, {literal(hidden)})"
        zeros = f"{hidden}.new_zeros(({{}}, {width}))"
        if len(tensor.set_axes) == 2:
            place = f"{self._support(tensor)}.index.shape[1]"
        elif tensor.set_axes:
            owner, side = self._side(tensor.set_axes[0])
            place = f"{self.on[owner]}.sizes[{side}]"
        else:
            inside = zeros.format(f"*{whole}.shape[:-2], {self.first}.number")
            return f"        {name} = _off_graphs({inside}, {self.first})"
        return f"        {name} = " + zeros.format(f"*{whole}.shape[:-2], {place}")

    def _support(self, tensor: Tensor) -> str:
        return next(self.on[name] for name, one in self.labels.items() if one.set_axes == tensor.set_axes)

    def _side(self, axis: str) -> tuple[str, int]:
        return next((name, one.set_axes.index(axis)) for name, one in self.labels.items() if axis in one.set_axes)
