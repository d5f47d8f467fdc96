"""The source text of a linear layer of many tensors: tables of them, and loops over these."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.entry import chain
from symshare.codegen.layout import laid_out
from symshare.codegen.modules import assigned_channels, measure_type, output_type, spec_hash
from symshare.codegen.names import Names
from symshare.codegen.runtime import brought
from symshare.codegen.source import WIDTH, call, docstring, literal, sequence
from symshare.codegen.tables.forms import Forms, Kind
from symshare.codegen.tables.labels import labels
from symshare.codegen.tables.passages import reading, writing
from symshare.codegen.tables.preamble import preamble
from symshare.codegen.tables.terms import _terms
from symshare.plans.choices import OPTIONS
from symshare.plans.einsum import channel_letters
from symshare.plans.steps import Plan

__all__ = ["table", "tables_source"]

TYPICAL = 16
"""The length of an axis that first values are drawn for where sums are not means and no size is given."""


def tables_source(plan: Plan, forms: Forms) -> str:
    """The text of a file with the same names as `layer_source`, for a plan of all linear terms that has no steps."""
    return _File(plan, forms).text()


def table(title: str, rows: Sequence[tuple[str, Sequence[str]]], indent: int = 0) -> list[str]:
    """A dict of tuples of texts, an entry on each line."""
    space, lines = " " * indent, [f"{' ' * indent}{title} = {{"]
    for name, values in rows:
        items = [literal(one) for one in values]
        line = f"{space}    {literal(name)}: ({', '.join(items)}{',' if len(items) == 1 else ''}),"
        if len(line) <= WIDTH:
            lines.append(line)
        else:
            lines += [f"{space}    {literal(name)}: (", *(f"{space}        {one}," for one in items), f"{space}    ),"]
    return [*lines, f"{space}}}"]


class _File:
    """The parts of one file."""

    def __init__(self, plan: Plan, forms: Forms) -> None:
        self.plan, self.signature, self.forms, self.names = plan, plan.signature, forms, Names(plan)
        self.read, self.written = forms.named(forms.inputs), forms.named(forms.outputs)
        self.ins, self.outs = labels(plan.signature)
        self.measured = set(self.names.measures)
        self.sum = plan.choices.reduce == "sum"

    def text(self) -> str:
        module, tables = laid_out(self.layer()), self.tables()
        inputs, outputs = ({name: tuple(row) for name, row in self.rows(n)} for n in (0, 1))
        read = {name: [str(form) for form in kind.forms] for kind, name in self.read.items()}
        written = {name: [form.written for form in kind.forms] for kind, name in self.written.items()}
        listed = _terms(inputs, outputs, read, written, self.signature.words, self.last)
        if [text for text, *_ in listed] != [text for _, text in self.names.texts]:
            raise ValueError(f"the tables of {self.signature} do not list its terms")
        lines = preamble(self.plan, (inputs, outputs, read, written), listed)
        lines += ["", "import torch", "", *tables, *brought([*self.listing(), *module])]
        # the terms are listed by functions of the file, and so after them
        return "\n".join([*lines, "", "", *laid_out(self.listing()), "", "", *module]) + "\n"

    def tables(self) -> list[str]:
        signature = self.signature
        inputs, outputs = self.rows(0), self.rows(1)
        same = inputs == outputs and self.read.keys() == self.written.keys()
        sizes = ", ".join(f"{literal(axis)}: {size}" for axis, size in signature.sizes)
        lines = [
            f"SIGNATURE = {literal(str(signature))}",
            *laid_out(sequence("DEPENDS = ", [literal(one) for one in signature.dependencies])),
            f"SIZES = {{{sizes}}}",
            "# the kind of each tensor, and its axes",
            *table("INPUTS", inputs),
            *(["OUTPUTS = INPUTS"] if same else table("OUTPUTS", outputs)),
            "# for each kind how it is read and written, by the indices of the tensor and of the value:",
            "# those that one lacks are summed over, or repeated along",
            *table("READ", [(name, [str(form) for form in kind.forms]) for kind, name in self.read.items()]),
            *table("WRITTEN", [(name, [one.written for one in kind.forms]) for kind, name in self.written.items()]),
        ]
        above = [(axis, chain(signature, axis)) for axis in self.names.measures]
        lines += ["# the axes that may have weights, each after those that it depends on", *table("AXES", above)]
        lines += [f"{one.name.upper()} = True" for one in OPTIONS if one.told and getattr(self.plan.choices, one.name)]
        return lines

    def listing(self) -> list[str]:
        """The statements that list the terms."""
        words = str(self.signature.words)
        last = [literal(one) for one in self.last]
        channels = f"({', '.join(last)}{',' if len(last) == 1 else ''})"
        return [
            *call(0, "LISTED = _terms(", ["INPUTS", "OUTPUTS", "READ", "WRITTEN", words, channels], ")"),
            "TERMS = tuple(text for text, *_ in LISTED)",
        ]

    @property
    def last(self) -> tuple[str, ...]:
        """The axes of channels, which every tensor has last."""
        return next(iter(self.signature)).latent_axes

    def rows(self, side: int) -> list[tuple[str, list[str]]]:
        """The inputs (side 0) or the outputs, each with its kind and its axes."""
        tensors, labels = (self.signature.inputs, self.signature.outputs)[side], (self.ins, self.outs)[side]
        kinds, named = ((self.forms.inputs, self.read), (self.forms.outputs, self.written))[side]
        return [
            (label, [named[kind], *tensor.set_axes]) for label, kind, tensor in zip(labels, kinds, tensors, strict=True)
        ]

    def layer(self) -> list[str]:
        parts = [self.head(), self.reset(), self.blocks(), self.states(), self.loading(), self.forward()]
        parts.append(
            ["    def extra_repr(self) -> str:", '        return f"{self.in_channels}, {self.out_channels}"'],
        )
        return [line for number, part in enumerate(parts) for line in ([""] if number else []) + part]

    def head(self) -> list[str]:
        several = self.names.several_in or self.names.several_out
        types = [
            f"{side}_channels: {'int | tuple[int, ...]' if many else 'int'}"
            for side, many in (("in", self.names.several_in), ("out", self.names.several_out))
        ]
        arguments = [
            "self",
            *types,
            "*",
            "device: torch.device | str | None = None",
            "dtype: torch.dtype | None = None",
        ]
        one = ["(self.in_channels,)", "(self.out_channels,)"]
        ins = "self.in_channels" if self.names.several_in else one[0]
        outs = "self.out_channels" if self.names.several_out else one[1]
        return [
            "class Layer(torch.nn.Module):",
            '    """All equivariant terms of order 1, each with coefficients of its own.',
            "",
            f"    in_channels, out_channels: the length of the last axis{' (one for all, or one each)' * several}.",
            "    What is read from the inputs meets on some axes, and one matrix there mixes its channels",
            "    to those of all that is written; state dicts have the part of each term by itself.",
            '    """',
            "",
            f"    SPEC = {spec_hash(self.plan, self.names)}",
            "",
            *call(4, "def __init__(", arguments, ") -> None:"),
            "        super().__init__()",
            assigned_channels("in", len(self.signature.inputs)),
            assigned_channels("out", len(self.signature.outputs)),
            "        self.sources = _meetings(INPUTS, READ, 0)",
            "        self.targets = _meetings(OUTPUTS, WRITTEN, 1)",
            f"        widths = dict(zip(INPUTS, {ins}))",
            "        self.rows = _widths(self.sources, INPUTS, widths, SIZES)",
            f"        widths = dict(zip(OUTPUTS, {outs}))",
            "        self.columns = _widths(self.targets, OUTPUTS, widths, SIZES)",
            "        self.matrices = _matrix_names(self.sources)",
            "        for met, name in self.matrices.items():",
            *call(12, "shape = _shape(", ["met", "self.rows[met]", "self.columns[met]", "SIZES"], ")"),
            "            weight = torch.empty(shape, device=device, dtype=dtype)",
            "            self.register_parameter(name, torch.nn.Parameter(weight))",
            "        weight = torch.empty(_total(self.columns[()]), device=device, dtype=dtype)",
            "        self.bias = torch.nn.Parameter(weight)",
            '        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))',
            "        self.reset_parameters()",
        ]

    def reset(self) -> list[str]:
        least = "min(self.in_channels)" if self.names.several_in else "self.in_channels"
        arguments, lines = ["self"], list[str]()
        lengths = "SIZES"
        if self.sum:
            axes = list(self.names.measures)
            arguments += [f"n_{axis}: int = {self.signature.size(axis) or TYPICAL}" for axis in axes]
            pairs = [f"{literal(axis)}: n_{axis}" for axis in axes]
            lines = [
                "        lengths = {",
                "            **SIZES,",
                *(f"            {one}," for one in pairs),
                "        }",
            ]
            lengths = "lengths"
        given = ["LISTED", "self.sources", "self.targets", "INPUTS", lengths, least]
        if not self.sum:
            given[4] = "_latent(SIZES)"
        else:
            lines = [line.replace("**SIZES", "**_latent(SIZES)") for line in lines]
        return [
            "    @torch.no_grad()",
            *call(4, "def reset_parameters(", arguments, ") -> None:"),
            '        """Draw new weights: each order adds the same to an output\'s variance."""',
            *lines,
            *call(8, "shares = _shares(", given, ")"),
            "        for key, weight in self.blocks():",
            '            if key.startswith("mix."):',
            "                drawn = torch.empty_like(weight, memory_format=torch.contiguous_format)",
            "                _fill_each(drawn, shares[key])",
            "                weight.copy_(drawn)",
            "        torch.nn.init.zeros_(self.bias)",
            "        self.spec.copy_(torch.tensor(self.SPEC))",
        ]

    def blocks(self) -> list[str]:
        return [
            "    def blocks(self) -> list:",
            '        """The key and the weights of each term, which are parts of the matrices."""',
            "        found = []",
            "        for _, key, met, row, column in LISTED:",
            "            after = self.columns[met][column]",
            "            if row < 0:",
            "                found.append((key, _constants(self.bias, after)))",
            "                continue",
            "            matrix = getattr(self, self.matrices[met])",
            "            part = _block(matrix, self.rows[met][row], after)",
            "            ends = self.sources[met][row], self.targets[met][column]",
            "            found.append((key, _in_order(part, met, INPUTS[ends[0][0]], OUTPUTS[ends[1][0]])))",
            "        return found",
        ]

    def states(self) -> list[str]:
        return [
            "    def _save_to_state_dict(self, destination, prefix, keep_vars) -> None:",
            '        """The weights of each term by its key."""',
            "        for key, weight in self.blocks():",
            "            destination[prefix + key] = weight if keep_vars else weight.detach()",
            '        destination[prefix + "spec"] = self.spec',
        ]

    def loading(self) -> list[str]:
        text = literal(f"{self.plan.choices.kind}, {self.signature} (spec ")
        said = f'f{text[:-1]}{{self.SPEC}})"'
        return [
            "    def _load_from_state_dict(",
            "        self, state_dict, prefix, metadata, strict, missing, unexpected, errors",
            "    ) -> None:",
            '        """Refuse the weights of another layer, which may have the same shapes."""',
            '        given = state_dict.get(prefix + "spec", torch.tensor(self.SPEC))',
            "        if not _is_spec(given, self.SPEC):",
            *call(12, "errors.append(", [f"_foreign(given, {said})"], ")"),
            "            return",
            '        if metadata.get("assign_to_params_buffers", False):',
            "            _like(self, state_dict, prefix)",
            "        own = self.blocks()",
            "        _load_blocks(own, state_dict, prefix, strict, missing, errors)",
            '        known = {prefix + key for key, _ in own} | {prefix + "spec"}',
            "        if strict:",
            "            unexpected.extend(",
            "                key for key in state_dict if key.startswith(prefix) and key not in known",
            "            )",
        ]

    def forward(self) -> list[str]:
        plan, names = self.plan, self.names
        arguments = ["self", *(f"{name}: torch.Tensor" for name in plan.inputs)]
        arguments += [f"measure: {measure_type(plan, names)} = None"] if names.measures else []
        arguments += ["*"] if names.given else []
        for axis in names.given:
            size = self.signature.size(axis)
            arguments.append(f"{names.sizes[axis]}: int" + (f" = {size}" if size else ""))
        lines = [
            *call(4, "def forward(", arguments, f") -> {output_type(len(names.results))}:"),
            *docstring("Map tensors with the axes of INPUTS, channels last, to tensors with those of OUTPUTS.", 8)[:-1],
        ]
        return [*self.opened(lines), *self.entry(), *self.body()]

    def opened(self, lines: list[str]) -> list[str]:
        """The first line and the docstring."""
        text = "Map tensors with the axes of INPUTS, channels last, to those of OUTPUTS."
        more = ["", "        measure: weights of the values of an axis, (..., *AXES[axis]).", '        """']
        shown = [f'        """{text}', *more] if self.names.measures else [f'        """{text}"""']
        return [one for one in lines if one.lstrip().startswith("def ")] + shown

    def entry(self) -> list[str]:
        """The statements before anything is computed: checks, batches, lengths, weights."""
        plan, names = self.plan, self.names
        lines = ["        given = {"]
        lines += [
            f"            {literal(one)}: {argument}," for one, argument in zip(self.ins, plan.inputs, strict=True)
        ]
        lines += ["        }"]
        new = [f"{literal(axis)}: _number({literal(names.sizes[axis])}, {names.sizes[axis]})" for axis in names.given]
        widths = "self.in_channels" if names.several_in else "(self.in_channels,)"
        lines += [
            f"        widths, sizes = dict(zip(given, {widths})), {{{', '.join(new)}}}",
            "        for name, (_, *axes) in INPUTS.items():",
            "            axes = tuple(_latent(SIZES).get(axis, axis) for axis in axes)",
            "            _check(name, given[name], axes, widths[name], sizes, self.bias)",
            "        own = [(x, len(INPUTS[name])) for name, x in given.items()]",
            "        given = dict(zip(given, _same_batch(*own)))",
        ]
        if names.measures:
            first = self.ins[0]
            lines += [
                "        measure = _measures(measure, *AXES)",
                f"        x, weights = given[{literal(first)}], {{}}",
                f"        batch = x.shape[: -{len(self.signature.inputs[0].set_axes) + 1}]",
                "        sizes.update(_latent(SIZES))",
                "        for axis, above in AXES.items():",
                "            lengths = [sizes[one] for one in above]",
                "            weight = _weights(measure, axis, x, batch, *lengths)",
                f"            weights[axis] = {'weight' if self.sum else '_proportions(weight)'}",
            ]
        return lines + self.scaled()

    def scaled(self) -> list[str]:
        """The statements that divide inputs by their root mean square, so that their scale does not matter."""
        if not self.plan.choices.normalise_scale:
            return []
        lines = ["        scaled = []"]
        for kind, name in self.read.items():
            axes, measured = self.own(kind)
            targets = ", ".join(kind.letters)
            targets = f"({targets}{',' if len(kind.letters) == 1 else ''})" if kind.letters else "_"
            lines.append(f"        for name, {targets} in _of(INPUTS, {literal(name)}):")
            lines += call(
                12, "scaled.append((", ["name", f"({', '.join(['given[name]', literal(axes), *measured])})"], "))"
            )
        return [
            *lines,
            "        found = _one_scale(*(one for _, one in scaled))",
            "        given = dict(zip([name for name, _ in scaled], found))",
        ]

    def own(self, kind: Kind) -> tuple[str, list[str]]:
        """Letters for the axes of a kind and its channels, and the weights of each axis with letters of those it depends on."""
        letters = ["IJKLMNOP"[n] if one.isupper() else "ijklmnop"[n] for n, one in enumerate(kind.letters)]
        found = []
        for place, letter in enumerate(kind.letters):
            text, at = letters[place], kind.parents[place]
            while at >= 0:
                text, at = letters[at] + text, kind.parents[at]
            weight = (
                "None"
                if letter.isupper()
                else f"weights[{letter}]"
                if not self.sum
                else f"_proportions(weights[{letter}])"
            )
            found.append((text, weight))
        found.sort(key=lambda one: len(one[0]))
        return "".join(letters) + channel_letters(letters, 1), [
            f"({weight}, {literal(text)})" for text, weight in found
        ]

    def body(self) -> list[str]:
        lines = ["        met = {axes: [] for axes in self.matrices}"]
        for kind, name in self.read.items():
            tensors = [label for label, one in zip(self.ins, self.forms.inputs, strict=True) if one == kind]
            lines += reading(
                kind, name, tensors, self.plan.choices.reduce, [one for one in kind.letters if one.islower()]
            )
        lines += [
            "        parts = {}",
            "        for axes, values in met.items():",
            "            # one product for all values that have these axes",
            "            mixed = _mixed(values, getattr(self, self.matrices[axes]), axes)",
            "            mixed = mixed if axes else mixed + self.bias",
            "            parts[axes] = _apart(mixed, self.columns[axes])",
            "        found = {}",
        ]
        for kind, name in self.written.items():
            tensors = [label for label, one in zip(self.outs, self.forms.outputs, strict=True) if one == kind]
            lines += writing(kind, name, tensors)
        if len(self.outs) == 1:
            return [*lines, f"        return found[{literal(self.outs[0])}]"]
        return [*lines, "        return tuple(found[name] for name in OUTPUTS)"]
