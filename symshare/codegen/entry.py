"""The first lines of a forward method: checks, batches, lengths and weights of axes, the scale of inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.source import call, literal
from symshare.codegen.statements import proportions
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.plans.einsum import channel_letters, letters_of
from symshare.plans.naming import local_names
from symshare.plans.sparse import label, sparse_labels
from symshare.plans.steps import Plan

__all__ = ["Entry", "batches", "chain", "check_line"]


class Entry:
    """The statements of a forward method that come before the steps of its plan."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.signature, self.names = plan, plan.signature, names

    def checks(self) -> list[str]:
        """Errors for shapes, sizes and measures that do not fit."""
        several = len(self.plan.inputs) > 1
        lengths = self.names.lengths if several else "{}"
        lines = [f"        {lengths} = {{}}"] if several else []
        for number, (name, tensor) in enumerate(zip(self.plan.inputs, self.signature.inputs, strict=True)):
            channels = f"self.{self.names.channels('in', number)}"
            lines += check_line(self.signature, name, tensor, channels, lengths, self.weight())
        for letter in self.names.given:
            size = self.names.sizes[letter]
            lines.append(f"        {size} = _number({literal(size)}, {size})")
        if self.names.measures:
            known = [literal(one) for one in (*self.names.measures, *self.names.pairs)]
            lines += call(8, "measure = _measures(", ["measure", *known], ")")
        return lines

    def weight(self) -> str:
        """The expression that reads the layer's last parameter, whose device and type stand for the layer's."""
        one = self.plan.parameters[-1]
        return f"self.{one.group}[{literal(one.key)}]"

    def same_batch(self) -> list[str]:
        """The statement that gives several inputs the same leading (batch) axes."""
        if not self.names.several_in:
            return []
        pairs = batches(self.signature, self.plan.inputs)
        return call(8, f"{', '.join(self.plan.inputs)} = _same_batch(", pairs, ")")

    def read_sizes(self, lines: Sequence[str]) -> list[str]:
        """The statements that read the lengths of axes off the inputs, of those that the lines below need."""
        text = "\n".join(lines)
        return [
            f"        {self.names.sizes[letter]} = {argument}.shape[{place}]"
            for letter, (argument, place) in self.names.owners.items()
            if self.signature.group(letter) is None and _mentions(text, self.names.sizes[letter])
        ]

    def read_measures(self, body_lines: Sequence[str]) -> list[str]:
        """The statements that read the weights of axes, of those that the lines below need."""
        text = "\n".join(body_lines)
        lines = []
        for letter, variable in self.names.measures.items():
            if _mentions(text, variable):
                lengths = [self.names.sizes[one] for one in chain(self.signature, letter)]
                own = len(self.signature.inputs[0].set_axes) + 1
                batch = f"{self.plan.inputs[0]}.shape[:-{own}]"
                arguments = ["measure", literal(letter), self.plan.inputs[0], batch, *lengths]
                lines += call(8, f"{variable} = _weights(", arguments, ")")
                lines += (
                    [f"        {variable} = _proportions({variable})"] if self.plan.choices.reduce == "mean" else []
                )
        labels = sparse_labels(self.signature, self.plan.choices.measured)
        for name, variable in self.names.pairs.items():
            lengths = [self.names.sizes[one] for one in labels[name].set_axes[:2]]
            own = len(self.signature.inputs[0].set_axes) + 1
            batch = f"{self.plan.inputs[0]}.shape[:-{own}]"
            arguments = ["measure", literal(name), self.plan.inputs[0], batch, *lengths]
            lines += call(8, f"{variable} = _pair_weights(", arguments, ")")
        return lines

    def normalised(self) -> list[str]:
        """The statements that divide inputs by their root mean square, so that their scale does not matter."""
        if not self.plan.choices.normalise_scale:
            return []
        given = []
        for name, tensor in zip(self.plan.inputs, self.signature.inputs, strict=True):
            axes, measured = self.measured(tensor)
            weighed = label(tensor) in self.names.pairs
            pairs = [self.names.weights(tensor) if weighed else "None"] if self.names.pairs else []
            given.append(f"({', '.join([name, *pairs, literal(axes), *measured])})")
        names = ", ".join(self.plan.inputs) + ("," if len(given) == 1 else "")
        head = f"({names})" if len(given) == 1 else names
        return call(8, f"{head} = {'_one_scale_by' if self.names.pairs else '_one_scale'}(", given, ")")

    def measured(self, tensor: Tensor, *, reduce: str = "") -> tuple[str, list[str]]:
        """A letter of its own for each axis of an input and for its channels, and for each axis an expression with its
        weights and the letters of its ancestors and itself; axes come after those they depend on. The weights add up to one,
        unless `reduce` is "sum"."""
        slots = self.signature.slots(tensor)
        names = list(letters_of(list(local_names(tensor.set_axes, range(len(slots))).values())).values())
        found = []
        for place, slot in enumerate(slots):
            chain, at = names[place], slot.parent
            while at >= 0:
                chain, at = names[at] + chain, slots[at].parent
            weights = proportions(self.plan.choices.reduce, self.names.measures, slot.axis)
            found.append((chain, self.names.measures.get(slot.axis, "None") if reduce == "sum" else weights))
        found.sort(key=lambda one: len(one[0]))
        return "".join(names) + channel_letters(names, 1), [
            f"({weights}, {literal(chain)})" for chain, weights in found
        ]


def check_line(signature: Signature, name: str, tensor: Tensor, channels: str, sizes: str, weight: str) -> list[str]:
    """The call that refuses a tensor of another shape, or of another type than a weight, by name."""
    fixed = {one: signature.size(one) for one in (*signature.indexed, *dict(signature.groups))}
    axes = [str(fixed[one]) if one in fixed else literal(one) for one in tensor.set_axes]
    inside = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
    return call(8, "_check(", [literal(name), name, inside, channels, sizes, weight], ")")


def batches(signature: Signature, inputs: Sequence[str]) -> list[str]:
    """What `_same_batch` takes: each input with the number of its own axes."""
    return [f"({name}, {len(tensor.set_axes) + 1})" for name, tensor in zip(inputs, signature.inputs, strict=True)]


def chain(signature: Signature, letter: str) -> list[str]:
    """The axes that an axis depends on, the outermost first, and the axis itself."""
    return [*signature.ancestors(letter), letter]


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
