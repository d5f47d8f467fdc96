"""The text of one `torch.nn.Module`: its parameters, their first values, its forward method."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from symshare.codegen.axes import axes_lines
from symshare.codegen.body import body
from symshare.codegen.entry import Entry, chain
from symshare.codegen.first_values import reset_lines
from symshare.codegen.names import Names
from symshare.codegen.preamble import complete
from symshare.codegen.source import WIDTH, call, docstring, literal, sequence, wrapped
from symshare.core.algebra.numbers import as_float
from symshare.core.terms.pieces import without
from symshare.plans.operations import Circulate, ConstantTensor
from symshare.plans.parameters import RANK, Channels
from symshare.plans.steps import Plan

__all__ = ["assigned_channels", "constant_lines", "measure_type", "module_lines", "output_type", "spec_hash"]


def module_lines(
    plan: Plan, names: Names, title: str, form: Sequence[object] = (), *, forward: list[str] | None = None
) -> list[str]:
    """The lines of `class {title}(torch.nn.Module)`, with the lines `forward` in place of its usual forward method; weights
    tell of the `form` of what it is part of, too."""
    writer = _Writer(plan, names, title, form)
    parts = [
        writer.head(),
        reset_lines(plan, names, [line for *_, own in writer.buffers() for line in own]),
        writer.loading(),
        writer.forward() if forward is None else forward,
        writer.extra_repr(),
    ]
    return [line for number, part in enumerate(parts) for line in ([""] if number else []) + part]


def constant_lines(plan: Plan, title: str = "Layer") -> list[str]:
    """The constant tensors of a class, each as rows of a place and the value there."""
    lines = []
    for step in plan.steps:
        if isinstance(step, ConstantTensor):
            rows = [
                f"({', '.join([*map(str, place), repr(value)])})"
                for place, value in ((p, v if isinstance(v, int) else as_float(v)) for p, v in step.tensor.entries)
            ]
            lines += ["", f"# {step.tensor}", *sequence(f"{_constant_name(step, title)} = ", rows)]
    return lines


def _constant_name(step: ConstantTensor, title: str) -> str:
    """What the rows of a constant are called in the file: classes beside each other have constants of their own."""
    return step.result.upper() if title == "Layer" else f"{title}_{step.result}".upper()


def spec_hash(plan: Plan, names: Names, form: Sequence[object] = ()) -> tuple[int, ...]:
    """A hash of what a layer computes (its symmetry, its terms and how they are put together, the form of its network):
    three numbers below 256, which every float type holds."""
    free = plan.signature.channels
    signature = plan.signature.without_latents(free)
    texts = [without(text, free) for _, text in names.texts]
    said = [
        *([str(tensor) for tensor in side] for side in (signature.inputs, signature.outputs)),
        *(signature.depends, axes_lines(signature)),
        *(sorted(texts), *plan.choices.computed(plan.order), *form),
    ]
    return tuple(hashlib.sha256(repr(said).encode()).digest()[:3])


def measure_type(plan: Plan, names: Names) -> str:
    """The type of the argument `measure`: a mapping, or the weights themselves where one axis has some."""
    return (
        "torch.Tensor | dict[str, torch.Tensor] | None"
        if len(names.measures) == 1 and not names.pairs
        else "dict[str, torch.Tensor] | None"
    )


def output_type(number: int) -> str:
    """The return type of a forward method: a tensor, or a tuple of as many tensors as there are outputs.

    >>> output_type(2)
    'tuple[torch.Tensor, torch.Tensor]'
    """
    if number == 1:
        return "torch.Tensor"
    return f"tuple[{', '.join(['torch.Tensor'] * number)}]" if number < 4 else "tuple[torch.Tensor, ...]"


def assigned_channels(side: str, number: int) -> str:
    """The line that checks and keeps the channel numbers of the inputs (side `in`) or the outputs."""
    name = f"{side}_channels"
    value = f"_per_tensor({literal(name)}, {name}, {number})" if number > 1 else f"_number({literal(name)}, {name})"
    return f"        self.{name} = {value}"


class _Writer:
    """The parts of one class."""

    def __init__(self, plan: Plan, names: Names, title: str, form: Sequence[object] = ()) -> None:
        self.plan, self.signature, self.names, self.title, self.form = plan, plan.signature, names, title, form

    def buffers(self) -> list[tuple[str, str, str, list[str]]]:
        """What a layer holds besides parameters, constant tensors and the offsets of circulant matrices: the name, the shape,
        the type, and the lines that fill it."""
        found = []
        for step in self.plan.steps:
            if isinstance(step, ConstantTensor):
                shape = f"({', '.join(map(str, step.tensor.shape))}{',' if len(step.tensor.shape) == 1 else ''})"
                value = f"_constant({shape}, {_constant_name(step, self.title)})"
                found.append((step.result, shape, "dtype", call(8, f"self.{step.result}.copy_(", [value], ")")))
        for step in self.plan.steps:
            if isinstance(step, Circulate) and not step.fft:
                size = self.signature.size(step.around[0].axis) or 1
                lines = [f"        place = torch.arange({size})"]
                lines += call(8, f"self.around_{size}.copy_(", [f"(place[:, None] - place) % {size}"], ")")
                found.append((f"around_{size}", f"({size}, {size})", "torch.int64", lines))
        return list({one[0]: one for one in found}.values())

    def head(self) -> list[str]:
        in_type = "int | tuple[int, ...]" if self.names.several_in else "int"
        out_type = "int | tuple[int, ...]" if self.names.several_out else "int"
        arguments = ["self", f"in_channels: {in_type}", f"out_channels: {out_type}", "*"]
        arguments += ["rank: int = 8"] if self.names.ranked else []
        arguments += ["device: torch.device | str | None = None", "dtype: torch.dtype | None = None"]
        lines = [
            f"class {self.title}(torch.nn.Module):",
            *self.class_text(),
            "",
            f"    SPEC = {spec_hash(self.plan, self.names, self.form)}",
            "",
            *call(4, "def __init__(", arguments, ") -> None:"),
            "        super().__init__()",
            assigned_channels("in", len(self.signature.inputs)),
            assigned_channels("out", len(self.signature.outputs)),
        ]
        lines += ['        self.rank = _number("rank", rank)'] if self.names.ranked else []
        lines += [
            "",
            "        def weight(*shape: int) -> torch.nn.Parameter:",
            "            return torch.nn.Parameter(torch.empty(shape, device=device, dtype=dtype))",
            "",
        ]
        for group in dict.fromkeys(one.group for one in self.plan.parameters):
            lines.append(f"        self.{group} = torch.nn.ParameterDict()")
            shapes: dict[tuple[Channels | int, ...], list[str]] = {}
            for one in self.plan.parameters:
                if one.group == group:
                    shapes.setdefault(one.shape, []).append(literal(one.key))
            for shape, keys in shapes.items():
                extents = [self.extent(one) for one in shape]
                if len(keys) == 1:
                    lines += call(8, f"self.{group}[{keys[0]}] = weight(", extents, ")")
                    continue
                lines += sequence("for key in ", keys, 8, ":")
                lines += call(12, f"self.{group}[key] = weight(", extents, ")")
        lines.append('        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))')
        for name, extent, kind, _ in self.buffers():
            made = f"torch.empty({extent}, device=device, dtype={kind})"
            lines += call(8, "self.register_buffer(", [literal(name), made, "persistent=False"], ")")
        return [*lines, "        self.reset_parameters()"]

    def class_text(self) -> list[str]:
        each = " (one for all, or one each)" if self.names.several_in or self.names.several_out else ""
        lines = [
            f'    """{self.title_text()}, each with coefficients of its own.',
            "",
            f"    in_channels, out_channels: the length of the last axis{each}.",
        ]
        if self.names.ranked:
            lines.append("    rank: channels in which the factors of a product meet.")
        return [*lines, '    """']

    def title_text(self) -> str:
        orders = f"order {self.plan.order}" if self.plan.order < 2 else f"orders up to {self.plan.order}"
        if self.plan.choices.kind == "pooling":
            return f"Poolings of {orders}"
        which = "All" if complete(self.plan, range(self.plan.order + 1)) else "Chosen"
        return f"{which} equivariant terms of {orders}"

    def extent(self, extent: Channels | int) -> str:
        if isinstance(extent, int):
            return str(extent)
        return "self.rank" if extent == RANK else f"self.{self.names.channels(extent.side, extent.number)}"

    def loading(self) -> list[str]:
        """What tells a state dict of another layer apart."""
        return [
            "    def _load_from_state_dict(self, state_dict, prefix, *rest) -> None:",
            '        """Refuse the weights of another layer, which may have the same shapes."""',
            '        given = state_dict.get(prefix + "spec", torch.tensor(self.SPEC))',
            "        if not _is_spec(given, self.SPEC):",
            "            own = self.state_dict(prefix=prefix, keep_vars=True)",
            "            for key in [key for key in state_dict if key.startswith(prefix)]:",
            "                del state_dict[key]",
            "            state_dict.update(own)",
            *call(12, "rest[-1].append(", [f"_foreign(given, {self.said()})"], ")"),
            "            return",
            "        super()._load_from_state_dict(state_dict, prefix, *rest)",
        ]

    def said(self) -> str:
        """What the layer is, in a message."""
        text = literal(f"{self.plan.choices.kind}, {self.signature} (spec ")
        return f'f{text[:-1]}{{self.SPEC}})"'

    def forward(self) -> list[str]:
        plan, names = self.plan, self.names
        arguments = ["self", *(f"{name}: torch.Tensor" for name in plan.inputs)]
        arguments += [f"measure: {measure_type(plan, names)} = None"] if names.measures else []
        if names.given:
            arguments.append("*")
        for letter in names.given:
            size = self.signature.size(letter)
            arguments.append(f"{names.sizes[letter]}: int" + (f" = {size}" if size else ""))
        returns = output_type(len(names.results))
        entry = Entry(plan, names)
        lines = [*entry.normalised(), *body(plan, names)]
        measures = entry.read_measures(lines)
        return [
            *call(4, "def forward(", arguments, f") -> {returns}:"),
            *self.forward_text(),
            *entry.checks(),
            *entry.same_batch(),
            *entry.read_sizes([*measures, *lines]),
            *measures,
            *lines,
            f"        return {', '.join(names.results)}",
        ]

    def forward_text(self) -> list[str]:
        signature, names = self.signature, self.names
        ins = [
            f"{name} {names.shape(tensor, names.channels('in', number))}"
            for number, (name, tensor) in enumerate(zip(self.plan.inputs, signature.inputs, strict=True))
        ]
        outs = [names.shape(tensor, names.channels("out", number)) for number, tensor in enumerate(signature.outputs)]
        text = f"Map {' and '.join(ins)} to {' and '.join(outs)}."
        if not names.measures:
            return docstring(text, 8)
        shapes = [f"{letter}: (..., {', '.join(chain(self.signature, letter))})" for letter in names.measures]
        first, *rest = docstring(text, 8)
        opened = [first, *rest[:-1]] if rest else [first.removesuffix('"""')]
        text = f"measure: weights of the values of an axis, {'; '.join(shapes)}."
        if names.pairs:
            text = f"{text[:-1]}, and of the pairs of {', '.join(names.pairs)}, (..., *axes)."
        told = wrapped(text, WIDTH - 8)
        return [*opened, "", *(f"        {line}" for line in told), '        """']

    def extra_repr(self) -> list[str]:
        shown = "{self.in_channels}, {self.out_channels}" + (", rank={self.rank}" if self.names.ranked else "")
        return ["    def extra_repr(self) -> str:", f'        return f"{shown}"']
