"""The first lines of a forward method: checks, batches, lengths and weights of axes, the scale of inputs."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.names import Names
from symshare.codegen.source import call, condition, literal, sequence
from symshare.codegen.statements import proportions
from symshare.core.signature import Signature, Tensor
from symshare.plan.literal import local_names
from symshare.plan.steps import Plan

__all__ = ["Entry", "chain"]


class Entry:
    """What comes before the steps of a plan."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.signature, self.names = plan, plan.signature, names

    def checks(self) -> list[str]:
        """Errors for shapes, sizes and measures that do not fit."""
        lines = []
        for number, (name, tensor) in enumerate(zip(self.plan.inputs, self.signature.inputs, strict=True)):
            axes = tensor.set_axes
            channels = f"self.{self.names.channels('in', number)}"
            parts = [f"{name}.dim() < {len(axes) + 1}"]
            for place, letter in enumerate(axes, -len(axes) - 1):
                owner, first = self.names.owners[letter]
                group = self.signature.group(letter)
                if group is not None:
                    parts.append(f"{name}.shape[{place}] != {group.size}")
                elif (owner, first) != (name, place):
                    parts.append(f"{name}.shape[{place}] != {owner}.shape[{first}]")
            parts.append(f"{name}.shape[-1] != {channels}")
            lengths = [self.names.sizes[letter] if self.signature.group(letter) else letter for letter in axes]
            shown = f"(..., {', '.join([*lengths, f'{{{channels}}}'])})"
            message = f'f"{name} needs shape {shown}, not {{shape}}"'
            lines += condition(8, parts)
            lines.append(f"            shape = tuple({name}.shape)")
            lines += call(12, "raise ValueError(", [message], ")")
        for letter in self.names.given:
            size = self.names.sizes[letter]
            lines += [f"        if {size} < 1:", f'            raise ValueError(f"{size}={{{size}}} is not a size")']
        if len(self.names.measures) == 1:
            (letter,) = self.names.measures
            lines += [
                "        if isinstance(measure, torch.Tensor):",
                f"            measure = {{{literal(letter)}: measure}}",
            ]
        if self.names.measures:
            known = ", ".join(self.names.measures)
            lines += [
                "        for key in measure or ():",
                *sequence("if key not in ", [literal(one) for one in self.names.measures], 12, ":"),
                f'                raise ValueError(f"measure has {{key!r}}; an axis is one of {known}")',
            ]
        return lines

    def same_batch(self) -> list[str]:
        """The leading axes of several inputs made the same."""
        if not self.names.several_in:
            return []
        pairs = [
            f"({name}, {len(tensor.set_axes) + 1})"
            for name, tensor in zip(self.plan.inputs, self.signature.inputs, strict=True)
        ]
        return call(8, f"{', '.join(self.plan.inputs)} = _same_batch(", pairs, ")")

    def read_sizes(self, lines: Sequence[str]) -> list[str]:
        """The lengths of axes that a statement below needs."""
        text = "\n".join(lines)
        return [
            f"        {self.names.sizes[letter]} = {argument}.shape[{place}]"
            for letter, (argument, place) in self.names.owners.items()
            if self.signature.group(letter) is None and _mentions(text, self.names.sizes[letter])
        ]

    def read_measures(self, body_lines: Sequence[str]) -> list[str]:
        """The weights of each axis that a statement below needs."""
        text = "\n".join(body_lines)
        lines = []
        for letter, variable in self.names.measures.items():
            if _mentions(text, variable):
                lengths = [self.names.sizes[one] for one in chain(self.signature, letter)]
                own = len(self.signature.inputs[0].set_axes) + 1
                batch = f"{self.plan.inputs[0]}.shape[:-{own}]"
                arguments = ["measure", literal(letter), self.plan.inputs[0], batch, *lengths]
                lines += call(8, f"{variable} = _weights(", arguments, ")")
                lines += [f"        {variable} = _proportions({variable})"] if self.plan.reduce == "mean" else []
        return lines

    def normalised(self) -> list[str]:
        """Inputs over the root of their mean square, so that their scale does not matter."""
        if not self.plan.normalise_scale:
            return []
        inputs = list(zip(self.plan.inputs, self.signature.inputs, strict=True))
        lines = ["        # over the root of the mean square (by way of the largest entry, which may be far from one)"]
        ranks = [len(tensor.set_axes) + 1 for _, tensor in inputs]
        for number, ((name, tensor), rank) in enumerate(zip(inputs, ranks, strict=True)):
            axes, measured = self.measured(tensor)
            masked = f"_masked({', '.join([name, literal(axes + 'C'), *measured])})" if measured else name
            dims = f"({', '.join(map(str, range(-rank, 0)))}{',' if rank == 1 else ''})"
            lines += call(8, f"seen = {masked}", [])
            largest = f"seen.abs().amax({dims})"
            lines.append(f"        peak = {largest if not number else f'torch.maximum(peak, {largest})'}")
        lines.append("        peak = torch.where(peak > 0, peak, 1)")
        new = [f"[{', '.join(['...', *['None'] * rank])}]" for rank in ranks]
        lines += [f"        {name} = {name} / peak{extend}" for (name, _), extend in zip(inputs, new, strict=True)]
        for number, (name, tensor) in enumerate(inputs):
            axes, measured = self.measured(tensor)
            given = ", ".join([literal(axes + "C"), *measured])
            lines.append(f"        mean = {f'_masked({name}, {given})' if measured else name}.square()")
            lines += [f"        mean = _mean_over(mean, {given})"] if measured else []
            last = f"[{', '.join(['...', *['0'] * (len(axes) + 1)])}]"
            lines.append(f"        square = {'square + ' if number else ''}mean.mean(-1, keepdim=True){last}")
        lines.append("        square = torch.where(square > 0, square, 1)")
        return lines + [
            f"        {name} = {name} * square.rsqrt(){extend}" for (name, _), extend in zip(inputs, new, strict=True)
        ]

    def measured(self, tensor: Tensor) -> tuple[str, list[str]]:
        """The axes of an input under names of their own, and for each its weights and those it depends on."""
        slots = self.signature.slots(tensor)
        names = list(local_names("".join(slot.letter for slot in slots), range(len(slots))).values())
        found = []
        for place, slot in enumerate(slots):
            chain, at = names[place], slot.parent
            while at >= 0:
                chain, at = names[at] + chain, slots[at].parent
            found.append(f"({proportions(self.plan.reduce, self.names.measures, slot.letter)}, {literal(chain)})")
        return "".join(names), found


def chain(signature: Signature, letter: str) -> list[str]:
    """An axis after those it depends on."""
    found = [letter]
    while (above := signature.parent(found[0])) is not None:
        found.insert(0, above)
    return found


def _mentions(text: str, name: str) -> bool:
    separated = "".join(character if character.isalnum() or character == "_" else " " for character in text)
    return name in separated.split()
