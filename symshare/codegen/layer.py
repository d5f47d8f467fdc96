"""The source text of a layer: one module that imports torch and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.axes import axes_lines
from symshare.codegen.names import Names
from symshare.codegen.preamble import complete, preamble, term_words
from symshare.codegen.source import WIDTH, call, condition, docstring, literal, sequence, wrapped
from symshare.codegen.statements import parameter, statements
from symshare.core.exact import as_float
from symshare.plan.steps import Plan

__all__ = ["layer_source"]


def layer_source(plan: Plan) -> str:
    """The text of a file with `SIGNATURE`, `DEPENDS`, `SIZES`, `TERMS` and `class Layer(torch.nn.Module)`.

    The same plan gives the same text, to the byte.

    >>> from symshare.pipeline import derive
    >>> from symshare.plan.planning import plan
    >>> [line for line in layer_source(plan(derive("a", 1))).splitlines() if "@" in line]
    ['        t1 = x @ self.mix["a__a"]', '        t2 = x_mean @ self.mix["a__b"]']
    """
    return "\n".join(_Writer(plan).lines()) + "\n"


class _Writer:
    """The parts of one file's text."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.signature, self.names = plan, plan.signature, Names(plan)

    def lines(self) -> list[str]:
        signature = self.signature
        depends = [literal(f"{parent}->{child}") for parent, child in signature.depends]
        sizes = ", ".join(f"{literal(letter)}: {size}" for letter, size in signature.sizes)
        return [
            *preamble(self.plan, self.names),
            "",
            "import torch",
            "",
            f"SIGNATURE = {literal(str(signature))}",
            *sequence("DEPENDS = ", depends),
            f"SIZES = {{{sizes}}}",
            *axes_lines(signature),
            *sequence("TERMS = ", [literal(text) for _, text in self.plan.lines()]),
            *(["NORMALISE_SCALE = True"] if self.plan.normalise_scale else []),
            *self.constants(),
            "",
            "",
            *self.constant_function(),
            *self.channel_function(),
            *self.head(),
            "",
            *self.reset(),
            "",
            *self.forward(),
            "",
            *self.extra_repr(),
        ]

    def constants(self) -> list[str]:
        """The constant tensors, each as rows of a place and the value there."""
        lines = []
        for step in self.plan.steps:
            if step.constant is not None:
                rows = [
                    f"({', '.join([*map(str, place), repr(value)])})"
                    for place, value in (
                        (p, v if isinstance(v, int) else as_float(v)) for p, v in step.constant.entries
                    )
                ]
                lines += ["", f"# {step.constant}", *sequence(f"{step.result.upper()} = ", rows)]
        return lines

    def buffers(self) -> list[tuple[str, str, str, list[str]]]:
        """What a layer holds besides parameters, constant tensors and the offsets of circulant matrices: the name, the shape,
        the type, and the lines that fill it."""
        found = []
        for step in self.plan.steps:
            if step.constant is not None:
                shape = f"({', '.join(map(str, step.constant.shape))}{',' if len(step.constant.shape) == 1 else ''})"
                value = f"_constant({shape}, {step.result.upper()})"
                found.append((step.result, shape, "dtype", call(8, f"self.{step.result}.copy_(", [value], ")")))
        for step in self.plan.steps:
            if step.op == "circulate" and step.method == "direct":
                size = self.signature.size(dict(step.sizes)[step.around]) or 1
                lines = [f"        place = torch.arange({size})"]
                lines += call(8, f"self.around_{size}.copy_(", [f"(place[:, None] - place) % {size}"], ")")
                found.append((f"around_{size}", f"({size}, {size})", "torch.int64", lines))
        return list({one[0]: one for one in found}.values())

    def constant_function(self) -> list[str]:
        if not any(step.constant is not None for step in self.plan.steps):
            return []
        return [
            *call(
                0,
                "def _constant(",
                ["shape: tuple[int, ...]", "entries: tuple[tuple[float, ...], ...]"],
                ") -> torch.Tensor:",
            ),
            '    """A tensor from rows of a place and the value there."""',
            "    rows = torch.tensor(entries, dtype=torch.float64)",
            "    full = torch.zeros(shape, dtype=torch.float64)",
            "    full[tuple(rows[:, :-1].long().T)] = rows[:, -1]",
            "    return full",
            "",
            "",
        ]

    def channel_function(self) -> list[str]:
        if not (self.names.several_in or self.names.several_out):
            return []
        return [
            "def _per_tensor(channels: int | tuple[int, ...], number: int) -> tuple[int, ...]:",
            '    """One channel number for each tensor; a single int is meant for all."""',
            "    found = (channels,) * number if isinstance(channels, int) else tuple(channels)",
            "    if len(found) != number:",
            '        raise ValueError(f"{number} channel numbers are needed, not {len(found)}")',
            "    return found",
            "",
            "",
        ]

    def head(self) -> list[str]:
        in_type = "int | tuple[int, ...]" if self.names.several_in else "int"
        out_type = "int | tuple[int, ...]" if self.names.several_out else "int"
        arguments = ["self", f"in_channels: {in_type}", f"out_channels: {out_type}", "*"]
        arguments += ["rank: int = 8"] if self.names.ranked else []
        arguments += ["device: torch.device | str | None = None", "dtype: torch.dtype | None = None"]
        lines = [
            "class Layer(torch.nn.Module):",
            *self.class_text(),
            "",
            *call(4, "def __init__(", arguments, ") -> None:"),
            "        super().__init__()",
            self.assign_channels("in", len(self.signature.inputs)),
            self.assign_channels("out", len(self.signature.outputs)),
        ]
        lines += ["        self.rank = rank"] if self.names.ranked else []
        lines += [
            "",
            "        def weight(*shape: int) -> torch.nn.Parameter:",
            "            if min(shape) < 1:",
            '                raise ValueError(f"a weight of shape {shape}: channels start at 1")',
            "            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))",
            "",
        ]
        for group in dict.fromkeys(one.group for one in self.plan.parameters):
            lines.append(f"        self.{group} = torch.nn.ParameterDict()")
            own = [one for one in self.plan.parameters if one.group == group]
            for shape in dict.fromkeys(one.shape for one in own):
                keys = [literal(one.key) for one in own if one.shape == shape]
                extents = [self.extent(name) for name in shape]
                if len(keys) == 1:
                    lines += call(8, f"self.{group}[{keys[0]}] = weight(", extents, ")")
                    continue
                lines += sequence("for key in ", keys, 8, ":")
                lines += call(12, f"self.{group}[key] = weight(", extents, ")")
        for name, extent, kind, _ in self.buffers():
            made = f"torch.empty({extent}, device=device, dtype={kind})"
            lines += call(8, "self.register_buffer(", [literal(name), made, "persistent=False"], ")")
        return [*lines, "        self.reset_parameters()"]

    def class_text(self) -> list[str]:
        orders = f"order {self.plan.order}" if self.plan.order < 2 else f"orders up to {self.plan.order}"
        which = "All" if complete(self.plan, range(self.plan.order + 1)) else "Chosen"
        each = " (one for all, or one each)" if self.names.several_in or self.names.several_out else ""
        lines = [
            f'    """{which} equivariant terms of {orders}, each with coefficients of its own.',
            "",
            f"    in_channels, out_channels: the length of the last axis{each}.",
        ]
        if self.names.ranked:
            lines.append("    rank: channels in which the factors of a product meet.")
        return [*lines, '    """']

    def assign_channels(self, side: str, number: int) -> str:
        value = f"_per_tensor({side}_channels, {number})" if number > 1 else f"{side}_channels"
        return f"        self.{side}_channels = {value}"

    def extent(self, name: str) -> str:
        if name == "rank" or name.isdigit():
            return name
        side, number = name.rstrip("0123456789"), name.lstrip("inout")
        return f"self.{self.names.channels(side, int(number))}"

    def reset(self) -> list[str]:
        groups = {one.group for one in self.plan.parameters}
        summands = max(
            sum(1 for addend in self.plan.addends if addend.output == output and self.plan.terms[addend.term].order)
            for output in range(len(self.names.results))
        )
        lines = [
            "    def reset_parameters(self) -> None:",
            '        """Draw new weights, small enough that the terms add up to the scale of one."""',
            "        for weight in self.mix.values():",
            "            fan_in = weight.numel() // weight.shape[-1]",
            f"            torch.nn.init.normal_(weight, std=({summands} * fan_in) ** -0.5)",
        ]
        if "factor" in groups:
            lines += ["        for weight in self.factor.values():"]
            lines += ["            torch.nn.init.normal_(weight, std=weight.shape[0] ** -0.5)"]
        if "bias" in groups:
            lines += ["        for weight in self.bias.values():", "            torch.nn.init.zeros_(weight)"]
        for _, _, _, filled in self.buffers():
            lines += filled
        return lines

    def forward(self) -> list[str]:
        plan = self.plan
        arguments = ["self", *(f"{name}: torch.Tensor" for name in plan.inputs)]
        if self.names.given:
            arguments.append("*")
        for letter in self.names.given:
            size = self.signature.size(letter)
            arguments.append(f"{self.names.sizes[letter]}: int" + (f" = {size}" if size else ""))
        returns = (
            f"tuple[{', '.join(['torch.Tensor'] * len(self.names.results))}]"
            if self.names.several_out
            else "torch.Tensor"
        )
        body = self.steps()
        return [
            *call(4, "def forward(", arguments, f") -> {returns}:"),
            *self.forward_text(),
            *self.checks(),
            *self.normalised(),
            *self.read_sizes(body),
            *body,
            f"        return {', '.join(self.names.results)}",
        ]

    def normalised(self) -> list[str]:
        """Inputs over the root of their mean square, so that their scale does not matter."""
        if not self.plan.normalise_scale:
            return []
        ranks = [len(tensor.set_axes) + 1 for tensor in self.signature.inputs]
        axes = [f"({', '.join(map(str, range(-rank, 0)))}{',' if rank == 1 else ''})" for rank in ranks]
        new = [f"[{', '.join(['...', *['None'] * rank])}]" for rank in ranks]
        inputs = list(zip(self.plan.inputs, axes, new, strict=True))
        lines = ["        # over the root of the mean square (by way of the largest entry, which may be far from one)"]
        for number, (name, dims, _) in enumerate(inputs):
            largest = f"{name}.abs().amax({dims})"
            lines.append(f"        peak = {largest if not number else f'torch.maximum(peak, {largest})'}")
        lines.append("        peak = torch.where(peak > 0, peak, 1)")
        lines += [f"        {name} = {name} / peak{extend}" for name, _, extend in inputs]
        for number, (name, dims, _) in enumerate(inputs):
            lines.append(f"        square = {'square + ' if number else ''}{name}.square().mean({dims})")
        lines.append("        square = torch.where(square > 0, square, 1)")
        return lines + [f"        {name} = {name} * square.rsqrt(){extend}" for name, _, extend in inputs]

    def forward_text(self) -> list[str]:
        signature = self.signature
        ins = [
            f"{name} {self.names.shape(tensor, self.names.channels('in', number))}"
            for number, (name, tensor) in enumerate(zip(self.plan.inputs, signature.inputs, strict=True))
        ]
        outs = [
            self.names.shape(tensor, self.names.channels("out", number))
            for number, tensor in enumerate(signature.outputs)
        ]
        return docstring(f"Map {' and '.join(ins)} to {' and '.join(outs)}.", 8)

    def read_sizes(self, body: Sequence[str]) -> list[str]:
        """The lengths of axes that a statement below needs."""
        text = "\n".join(body)
        return [
            f"        {self.names.sizes[letter]} = {argument}.shape[{place}]"
            for letter, (argument, place) in self.names.owners.items()
            if self.signature.group(letter) is None and _mentions(text, self.names.sizes[letter])
        ]

    def checks(self) -> list[str]:
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
        return lines

    def steps(self) -> list[str]:
        plan = self.plan
        expressions = {name: name for name in plan.inputs}
        started: set[int] = set()
        lines: list[str] = []
        by_term: dict[int, list[str]] = {}
        for step in plan.steps:
            own = by_term.setdefault(step.term, [])
            if step.op == "bias":
                expressions[step.result] = parameter(step)
                continue
            if step.op == "constant":
                expressions[step.result] = f"self.{step.result}"
                continue
            operands = [expressions[operand] for operand in step.operands]
            own += statements(step, operands, self.names.sizes, plan.reduce, 8)
            expressions[step.result] = step.result
        shown = dict(plan.lines())
        for addend in sorted(plan.addends, key=lambda one: one.term):
            meaning = term_words(plan, addend.term)
            comment = wrapped(shown[addend.term] + (f": {meaning}" if meaning else ""), WIDTH - 12)
            lines += [f"        # {comment[0]}", *(f"        #   {line}" for line in comment[1:])]
            lines += by_term.get(addend.term, [])
            total, value = self.names.results[addend.output], expressions[addend.value]
            lines.append(
                f"        {total} = {value}" if addend.output not in started else f"        {total} = {total} + {value}"
            )
            started.add(addend.output)
        for output, tensor in enumerate(self.signature.outputs):
            full = any(one.full and plan.terms[one.term].order for one in plan.addends if one.output == output)
            if not full:
                name = self.names.results[output]
                lengths = [self.names.sizes[letter] for letter in tensor.set_axes]
                arguments = [f"*{name}.shape[:-{len(lengths) + 1}]", *lengths, "-1"]
                lines += call(8, f"{name} = {name}.expand(", arguments, ")")
        return lines

    def extra_repr(self) -> list[str]:
        shown = "{self.in_channels}, {self.out_channels}" + (", rank={self.rank}" if self.names.ranked else "")
        return ["    def extra_repr(self) -> str:", f'        return f"{shown}"']


def _mentions(text: str, name: str) -> bool:
    separated = "".join(character if character.isalnum() or character == "_" else " " for character in text)
    return name in separated.split()
