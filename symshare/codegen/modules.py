"""The text of one `torch.nn.Module`: its parameters, their first values, its forward method."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from symshare.codegen.body import body
from symshare.codegen.names import Names
from symshare.codegen.preamble import complete
from symshare.codegen.source import WIDTH, call, condition, docstring, literal, sequence, wrapped
from symshare.codegen.statements import proportions
from symshare.core.exact import as_float
from symshare.core.signature import Tensor, without_latents
from symshare.plan.initial import Share, is_steady, shares
from symshare.plan.literal import local_names
from symshare.plan.steps import Plan

__all__ = ["constant_lines", "measure_type", "module_lines", "spec_hash"]

TYPICAL = 16
"""The length of an axis that first values are drawn for where sums are not means and no size is given."""


def module_lines(plan: Plan, names: Names, title: str) -> list[str]:
    """The lines of `class {title}(torch.nn.Module)`."""
    writer = _Writer(plan, names, title)
    parts = [writer.head(), writer.reset(), writer.loading(), writer.forward(), writer.extra_repr()]
    return [line for number, part in enumerate(parts) for line in ([""] if number else []) + part]


def constant_lines(plan: Plan) -> list[str]:
    """The constant tensors, each as rows of a place and the value there."""
    lines = []
    for step in plan.steps:
        if step.constant is not None:
            rows = [
                f"({', '.join([*map(str, place), repr(value)])})"
                for place, value in ((p, v if isinstance(v, int) else as_float(v)) for p, v in step.constant.entries)
            ]
            lines += ["", f"# {step.constant}", *sequence(f"{step.result.upper()} = ", rows)]
    return lines


def spec_hash(plan: Plan) -> int:
    """A number that tells what a layer computes: its symmetry, its terms and how they are put together. It is below 2^23, so
    that single precision holds it."""
    free = {letter for tensor in plan.signature for letter in plan.signature.free_latents(tensor)}
    signature = without_latents(plan.signature, free)
    texts = ["".join(letter for letter in text if letter not in free) for _, text in plan.lines()]
    said = [
        *(str(signature), signature.depends, [(letter, str(group)) for letter, group in signature.groups]),
        *(sorted(texts), plan.kind, plan.reduce, plan.normalise_scale),
        *((plan.coefficients, plan.normalise_factors) if plan.order > 1 else ()),
    ]
    return int.from_bytes(hashlib.sha256(repr(said).encode()).digest()[:4], "big") >> 9


def measure_type(plan: Plan, names: Names) -> str:
    """The type of the argument `measure`: a mapping, or the weights themselves where one axis has some."""
    return (
        "torch.Tensor | dict[str, torch.Tensor] | None"
        if len(names.measures) == 1
        else "dict[str, torch.Tensor] | None"
    )


class _Writer:
    """The parts of one class."""

    def __init__(self, plan: Plan, names: Names, title: str) -> None:
        self.plan, self.signature, self.names, self.title = plan, plan.signature, names, title

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
            f"    SPEC = {spec_hash(self.plan)}",
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
        if self.plan.kind == "pooling":
            return f"Poolings of {orders}"
        which = "All" if complete(self.plan, range(self.plan.order + 1)) else "Chosen"
        return f"{which} equivariant terms of {orders}"

    def assign_channels(self, side: str, number: int) -> str:
        value = f"_per_tensor({side}_channels, {number})" if number > 1 else f"{side}_channels"
        return f"        self.{side}_channels = {value}"

    def extent(self, name: str) -> str:
        if name == "rank" or name.isdigit():
            return name
        side, number = name.rstrip("0123456789"), name.lstrip("inout")
        return f"self.{self.names.channels(side, int(number))}"

    def reset(self) -> list[str]:
        """First values in closed form: for each term the variance that it adds to an output."""
        found = shares(self.plan)
        letters = sorted({letter for share in found.values() for letter in share.summed})
        typical = [f"n_{letter}: int = {self.signature.size(letter) or TYPICAL}" for letter in letters]
        lines = call(4, "def reset_parameters(", ["self", *typical], ") -> None:")
        note = f", at sums of {', '.join(f'n_{letter}' for letter in letters)} values" if letters else ""
        lines += docstring(f"Draw new weights: each order adds the same to an output's variance{note}.", 8)
        grouped: dict[tuple[Share, int], list[str]] = {}
        steady = [one for one in self.plan.parameters if one.group == "mix" and len(one.shape) == 2]
        alone = next(
            (
                one.key
                for one in steady
                if self.plan.terms[one.term].order == 1 and is_steady(self.plan.terms[one.term])
            ),
            "",
        )
        factors: dict[int, int] = {}
        for one in self.plan.parameters:
            if one.group == "factor":
                factors[one.term] = factors.get(one.term, 0) + 1
        for one in self.plan.parameters:
            if one.group == "mix":
                grouped.setdefault((found[one.term], factors.get(one.term, 0)), []).append(literal(one.key))
        for (share, number), keys in grouped.items():
            divisor = [f"n_{letter}" + (f"**{power}" if power > 1 else "") for letter, power in _powers(share.summed)]
            if share.rest:
                divisor.append(f"(1 + {share.rest} / {self.least_channels()})")
            variance = " / ".join([str(share.variance).replace("/", " / "), *divisor])
            alike = [f"entries={share.entries}"] if share.entries and number else []
            if share.entries and number and max(map(share.entries.count, share.entries)) > 2 and alone:
                alike.append(f"like=self.mix[{literal(alone)}]")
            key, indent = (keys[0], 8) if len(keys) == 1 else ("key", 12)
            lines += sequence("for key in ", keys, 8, ":") if len(keys) > 1 else []
            lines += self.fill(key, variance, number, alike, indent)
        if any(one.group == "bias" for one in self.plan.parameters):
            lines += ["        for weight in self.bias.values():", "            torch.nn.init.zeros_(weight)"]
        for _, _, _, filled in self.buffers():
            lines += filled
        return [*lines, "        self.spec.fill_(self.SPEC)"]

    def least_channels(self) -> str:
        return "min(self.in_channels)" if self.names.several_in else "self.in_channels"

    def fill(self, key: str, variance: str, number: int, alike: list[str], indent: int) -> list[str]:
        inner = "{key}" if key == "key" else key.strip('"')
        text = "f" if key == "key" else ""
        factors = [f'self.factor[{text}"{inner}__{place}"]' for place in range(number)]
        return call(indent, "_fill(", [f"self.mix[{key}]", variance, *factors, *alike], ")")

    def loading(self) -> list[str]:
        """What tells a state dict of another layer apart."""
        return [
            "    def _load_from_state_dict(self, state_dict, prefix, *rest) -> None:",
            '        """Refuse the weights of another layer, which may have the same shapes."""',
            '        given = state_dict.setdefault(prefix + "spec", torch.tensor(self.SPEC))',
            "        if given != torch.tensor(self.SPEC).to(given):",
            "            own = self.state_dict(prefix=prefix, keep_vars=True)",
            "            for key in [key for key in state_dict if key.startswith(prefix)]:",
            "                del state_dict[key]",
            "            state_dict.update(own)",
            "            rest[-1].append(",
            '                f"these are the weights of another symmetry or of other terms (spec {int(given)}); "',
            *call(16, "", [self.expected()]),
            "            )",
            "            return",
            "        super()._load_from_state_dict(state_dict, prefix, *rest)",
        ]

    def expected(self) -> str:
        """What a state dict must be of, as the rest of a message."""
        text = literal(f"this layer is {self.plan.kind}, {self.signature} (spec ")
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
        returns = f"tuple[{', '.join(['torch.Tensor'] * len(names.results))}]" if names.several_out else "torch.Tensor"
        lines = [*self.normalised(), *body(plan, names)]
        measures = self.read_measures(lines)
        return [
            *call(4, "def forward(", arguments, f") -> {returns}:"),
            *self.forward_text(),
            *self.checks(),
            *self.same_batch(),
            *self.read_sizes([*measures, *lines]),
            *measures,
            *lines,
            f"        return {', '.join(names.results)}",
        ]

    def read_measures(self, body_lines: Sequence[str]) -> list[str]:
        """The weights of each axis that a statement below needs."""
        text = "\n".join(body_lines)
        lines = []
        for letter, variable in self.names.measures.items():
            if _mentions(text, variable):
                lengths = [self.names.sizes[one] for one in self.chain(letter)]
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
        shapes = [f"{letter}: (..., {', '.join(self.chain(letter))})" for letter in names.measures]
        first, *rest = docstring(text, 8)
        opened = [first, *rest[:-1]] if rest else [first.removesuffix('"""')]
        told = wrapped(f"measure: weights of the values of an axis, {'; '.join(shapes)}.", WIDTH - 8)
        return [*opened, "", *(f"        {line}" for line in told), '        """']

    def chain(self, letter: str) -> list[str]:
        """An axis after those it depends on."""
        found = [letter]
        while (above := self.signature.parent(found[0])) is not None:
            found.insert(0, above)
        return found

    def read_sizes(self, lines: Sequence[str]) -> list[str]:
        """The lengths of axes that a statement below needs."""
        text = "\n".join(lines)
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
        if not self.names.several_in:
            return []
        pairs = [
            f"({name}, {len(tensor.set_axes) + 1})"
            for name, tensor in zip(self.plan.inputs, self.signature.inputs, strict=True)
        ]
        return call(8, f"{', '.join(self.plan.inputs)} = _same_batch(", pairs, ")")

    def extra_repr(self) -> list[str]:
        shown = "{self.in_channels}, {self.out_channels}" + (", rank={self.rank}" if self.names.ranked else "")
        return ["    def extra_repr(self) -> str:", f'        return f"{shown}"']


def _powers(letters: Sequence[str]) -> list[tuple[str, int]]:
    return [(letter, letters.count(letter)) for letter in dict.fromkeys(letters)]


def _mentions(text: str, name: str) -> bool:
    separated = "".join(character if character.isalnum() or character == "_" else " " for character in text)
    return name in separated.split()
