"""What the file of a layer that is written as tables says of its tensors, and how."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.entry import chain
from symshare.codegen.layout import laid_out
from symshare.codegen.names import Names
from symshare.codegen.source import WIDTH, call, literal, sequence
from symshare.codegen.tables.forms import Forms
from symshare.codegen.tables.labels import labels
from symshare.plans.choices import OPTIONS
from symshare.plans.steps import Plan

__all__ = ["Facts", "table"]


def table(title: str, rows: Sequence[tuple[str, Sequence[str]]], indent: int = 0) -> list[str]:
    """A dict of tuples of texts, an entry on each line."""
    space, lines = " " * indent, [f"{' ' * indent}{title} = {{{'' if rows else '}'}"]
    for name, values in rows:
        items = [literal(one) for one in values]
        line = f"{space}    {literal(name)}: ({', '.join(items)}{',' if len(items) == 1 else ''}),"
        if len(line) <= WIDTH:
            lines.append(line)
        else:
            lines += [f"{space}    {literal(name)}: (", *(f"{space}        {one}," for one in items), f"{space}    ),"]
    return [*lines, f"{space}}}"] if rows else lines


class Facts:
    """The tables of one file: the tensors by name with their kinds, and how each kind is read and written."""

    def __init__(self, plan: Plan, forms: Forms, title: str = "Layer") -> None:
        self.title = title
        self.plan, self.signature, self.forms, self.names = plan, plan.signature, forms, Names(plan)
        self.read, self.written = forms.named(forms.inputs), forms.named(forms.outputs)
        self.ins, self.outs = labels(plan.signature)
        self.sum = plan.choices.reduce == "sum"
        """Whether indices that go are summed over, not averaged."""
        self.inputs, self.outputs = ({name: tuple(row) for name, row in self.rows(side)} for side in (0, 1))
        self.reads = {name: [str(form) for form in kind.forms] for kind, name in self.read.items()}
        self.writes = {name: [form.written for form in kind.forms] for kind, name in self.written.items()}

    def at(self, name: str) -> str:
        """What a table of this layer is called: of one that is not the file's Layer with its name before it."""
        return name if self.title == "Layer" else f"{self.title.upper()}_{name}"

    def lines(self) -> list[str]:
        """The tables as statements."""
        signature = self.signature
        inputs, outputs = [*self.inputs.items()], [*self.outputs.items()]
        same = inputs == outputs and [*self.read] == [*self.written]
        sizes = ", ".join(f"{literal(axis)}: {size}" for axis, size in signature.sizes)
        lines = [
            *laid_out(
                [
                    f"{self.at('SIGNATURE')} = {literal(str(signature))}",
                    *sequence(f"{self.at('DEPENDS')} = ", [literal(one) for one in signature.dependencies]),
                    f"{self.at('SIZES')} = {{{sizes}}}",
                ]
            ),
            "# the kind of each tensor, and its axes",
            *table(self.at("INPUTS"), inputs),
            *([f"{self.at('OUTPUTS')} = {self.at('INPUTS')}"] if same else table(self.at("OUTPUTS"), outputs)),
            "# for each kind how it is read and written, by the indices of the tensor and of the value:",
            "# those that one lacks are summed over, or repeated along",
            *table(self.at("READ"), [*self.reads.items()]),
            *table(self.at("WRITTEN"), [*self.writes.items()]),
        ]
        above = [(axis, chain(signature, axis)) for axis in self.names.measures]
        if not self.plain:
            whole = [[(name, axes) for name, axes in side.items()] for side in self.channels if isinstance(side, dict)]
            lines += ["# all axes of each, latent ones being channels", *table(self.at("WHOLE_INPUTS"), whole[0])]
            if whole[0] == whole[1]:
                lines.append(f"{self.at('WHOLE_OUTPUTS')} = {self.at('WHOLE_INPUTS')}")
            else:
                lines += table(self.at("WHOLE_OUTPUTS"), whole[1])
        lines += [
            "# the axes that may have weights, each after those that it depends on",
            *table(self.at("MEASURED"), above),
        ]
        lines += [
            f"{self.at(one.name.upper())} = True"
            for one in OPTIONS
            if one.told and getattr(self.plan.choices, one.name)
        ]
        return lines

    def listing(self) -> list[str]:
        """The statements that list the terms."""
        last = [literal(one) for one in self.channels if isinstance(one, str)]
        channels = (
            f"({', '.join(last)}{',' if len(last) == 1 else ''})"
            if self.plain
            else f"({self.at('WHOLE_INPUTS')}, {self.at('WHOLE_OUTPUTS')})"
        )
        words, tables = str(self.signature.words), ("INPUTS", "OUTPUTS", "READ", "WRITTEN")
        return [
            *call(0, f"{self.at('LISTED')} = _terms(", [*map(self.at, tables), words, channels], ")"),
            f"{self.at('TERMS')} = tuple(text for text, *_ in {self.at('LISTED')})",
        ]

    @property
    def plain(self) -> bool:
        """Whether all tensors have the same axes of channels, and have them last."""
        tensors = [*self.signature]
        return all(one.latent_axes == tensors[0].latent_axes == one.axes[len(one.set_axes) :] for one in tensors)

    @property
    def channels(self) -> tuple[str, ...] | tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        """The axes of channels that all tensors have last, or else all axes of each input and of each output."""
        if self.plain:
            return next(iter(self.signature)).latent_axes
        ins, outs = self.signature.inputs, self.signature.outputs
        return (
            {label: one.axes for label, one in zip(self.ins, ins, strict=True)},
            {label: one.axes for label, one in zip(self.outs, outs, strict=True)},
        )

    def rows(self, side: int) -> list[tuple[str, list[str]]]:
        """The inputs (side 0) or the outputs, each with its kind and its axes."""
        tensors, labels = (self.signature.inputs, self.signature.outputs)[side], (self.ins, self.outs)[side]
        kinds, named = ((self.forms.inputs, self.read), (self.forms.outputs, self.written))[side]
        return [
            (label, [named[kind], *tensor.set_axes]) for label, kind, tensor in zip(labels, kinds, tensors, strict=True)
        ]
