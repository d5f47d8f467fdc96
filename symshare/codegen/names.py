"""The names that one layer file uses, all different: arguments, results, and variables for axis lengths."""

from __future__ import annotations

import builtins
from collections.abc import Collection
from keyword import iskeyword

from symshare.codegen.runtime import functions
from symshare.core.notation.tensor import Tensor
from symshare.plans.naming import RESERVED
from symshare.plans.sparse import label, sparse_labels
from symshare.plans.steps import Plan

__all__ = ["Names", "is_pythons", "shape_text"]


class Names:
    """The names of one file.

    `owners` gives for each axis the argument and the place its length is read at, `given` the axes that no input has,
    `sizes` the variable that holds each length (the number itself where a group fixes it, or weights do), `results` a
    name for each output.
    """

    def __init__(self, plan: Plan) -> None:
        signature = plan.signature
        self.taken = {*RESERVED, *functions(), *plan.inputs, *(step.result for step in plan.steps)}
        owners: dict[str, tuple[str, int]] = {}
        for argument, tensor in zip(plan.inputs, signature.inputs, strict=True):
            for place, letter in enumerate(tensor.set_axes):
                if letter not in signature.indexed:
                    owners.setdefault(letter, (argument, place - len(tensor.set_axes) - 1))
        self.owners = owners
        self.sparse = sparse_labels(signature, plan.choices.sparse)
        """The tensors with values on a support, by what they are called there."""
        groups = dict(signature.groups)
        fixed = {letter: group.size for letter, group in groups.items()}
        fixed |= {letter: size for letter, size in signature.sizes if letter in signature.indexed}
        self.given = [letter for letter in signature.symmetric_axes if letter not in owners and not self.sparse]
        self.sizes = {
            letter: str(fixed[letter])
            if letter in fixed
            else self.fresh(letter)
            if letter in self.given and letter not in self.taken and not is_pythons(letter)
            else self.fresh(f"n_{letter}")
            for letter in signature.set_axes
        }
        outputs = signature.outputs
        self.results = [
            self.fresh("y" if len(outputs) == 1 else f"y_{tensor.name or number}")
            for number, tensor in enumerate(outputs)
        ]
        weighed = [] if self.sparse else [letter for letter in signature.symmetric_axes if letter in owners]
        self.measures = {letter: self.fresh(f"w_{letter}") for letter in weighed}
        """The variable for the weights of each axis that may have a measure."""
        measured = sparse_labels(signature, plan.choices.measured)
        self.pairs = {name: self.fresh(f"w_{name}") for name in measured}
        """The variable for the weights of the pairs of each tensor that may have some."""
        self.lengths, self.placed = self.fresh("sizes"), self.fresh("placed")
        """The variables for the lengths that inputs have had so far, and for a value on its way to its place."""
        self.several_in, self.several_out = len(signature.inputs) > 1, len(outputs) > 1
        self.ranked = plan.ranked
        self.texts = plan.lines()
        """The terms as texts, with their numbers."""

    def fresh(self, wanted: str) -> str:
        """A name that nothing in the file has yet."""
        name = wanted
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def weights(self, tensor: Tensor) -> str:
        """The expression for the weights of a tensor's pairs, along all its axes."""
        more = [self.sizes[axis] for axis in tensor.set_axes[2:]]
        own = self.pairs[label(tensor)]
        return f"_repeated({', '.join([own, *more])})" if more else own

    def shape(self, tensor: Tensor, channels: str) -> str:
        """The shape of a tensor as text, such as `(..., a, b, in)`."""
        return shape_text(tensor, channels, self.sparse)

    def channels(self, side: str, number: int) -> str:
        """The expression for the channel number of one tensor on the `in` or the `out` side."""
        several = self.several_in if side == "in" else self.several_out
        return f"{side}_channels[{number}]" if several else f"{side}_channels"


def shape_text(tensor: Tensor, channels: str, sparse: Collection[str] = ()) -> str:
    """The shape of a tensor as text; on a support, where `sparse` has what it is called, the pairs are one axis.

    >>> one = Tensor(("a", "b", "H"), "edges")
    >>> shape_text(one, "in"), shape_text(one, "in", ["edges"])
    ('(..., a, b, in)', '(..., pairs of edges, in)')
    """
    if label(tensor) in sparse:
        return f"({', '.join(['...', f'pairs of {label(tensor)}', *tensor.set_axes[2:], channels])})"
    return f"({', '.join(['...', *tensor.set_axes, channels])})"


def is_pythons(name: str) -> bool:
    """Whether a name means something to Python itself."""
    return iskeyword(name) or hasattr(builtins, name)
