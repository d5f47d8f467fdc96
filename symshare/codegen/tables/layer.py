"""The source text of a linear layer of many tensors: tables of them, and loops over these."""

from __future__ import annotations

from symshare.codegen.layout import laid_out
from symshare.codegen.modules import assigned_channels, measure_type, output_type, spec_hash
from symshare.codegen.runtime import brought
from symshare.codegen.source import call, literal
from symshare.codegen.tables.entry import entry, handed_on
from symshare.codegen.tables.facts import Facts
from symshare.codegen.tables.forms import Forms
from symshare.codegen.tables.passages import reading, writing
from symshare.codegen.tables.preamble import Listed, preamble
from symshare.codegen.tables.travelling.terms import _terms
from symshare.plans.steps import Plan

__all__ = ["tables_class", "tables_source"]

TYPICAL = 16
"""The length of an axis that first values are drawn for where sums are not means and no size is given."""


def tables_source(plan: Plan, forms: Forms) -> str:
    """The text of a file with the same names as `layer_source`, for a plan of all linear terms that has no steps."""
    facts, listed, module = tables_class(plan, forms, "Layer")
    lines = [*preamble(facts, listed), "", "import torch", "", *facts.lines(), *brought([*facts.listing(), *module])]
    # the terms are listed by functions of the file, and so after them
    return "\n".join([*lines, "", "", *laid_out(facts.listing()), "", "", *module]) + "\n"


def tables_class(plan: Plan, forms: Forms, title: str) -> tuple[Facts, list[Listed], list[str]]:
    """The tables of a layer, its terms as these list them, and the lines of its class."""
    facts = Facts(plan, forms, title)
    listed = _terms(facts.inputs, facts.outputs, facts.reads, facts.writes, plan.signature.words, facts.channels)
    if [text for text, *_ in listed] != [text for _, text in facts.names.texts]:
        raise ValueError(f"the tables of {plan.signature} do not list its terms")
    return facts, listed, laid_out(_Layer(facts).lines())


class _Layer:
    """The parts of the class."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.at = facts, facts.at
        self.plan, self.signature, self.names, self.forms = facts.plan, facts.signature, facts.names, facts.forms

    def lines(self) -> list[str]:
        parts = [self.head(), self.reset(), self.blocks(), self.states(), self.loading(), self.forward(), self.mapped()]
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
        ins = "self.in_channels" if self.names.several_in else "(self.in_channels,)"
        outs = "self.out_channels" if self.names.several_out else "(self.out_channels,)"
        return [
            f"class {self.facts.title}(torch.nn.Module):",
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
            f"        self.sources = _meetings({self.at('INPUTS')}, {self.at('READ')}, 0)",
            f"        self.targets = _meetings({self.at('OUTPUTS')}, {self.at('WRITTEN')}, 1)",
            f"        widths = dict(zip({self.at('INPUTS')}, {ins}))",
            f"        self.rows = _widths(self.sources, {self.at('INPUTS')}, widths, {self.at('SIZES')})",
            f"        widths = dict(zip({self.at('OUTPUTS')}, {outs}))",
            f"        self.columns = _widths(self.targets, {self.at('OUTPUTS')}, widths, {self.at('SIZES')})",
            "        self.matrices = _matrix_names(self.sources)",
            "        for met, name in self.matrices.items():",
            *call(12, "shape = _shape(", ["met", "self.rows[met]", "self.columns[met]", self.at("SIZES")], ")"),
            "            weight = torch.empty(shape, device=device, dtype=dtype)",
            "            self.register_parameter(name, torch.nn.Parameter(weight))",
            "        weight = torch.empty(_total(self.columns[()]), device=device, dtype=dtype)",
            "        self.bias = torch.nn.Parameter(weight)",
            '        self.register_buffer("spec", torch.tensor(self.SPEC, device=device))',
            "        self.reset_parameters()",
        ]

    def reset(self) -> list[str]:
        least = "min(self.in_channels)" if self.names.several_in else "self.in_channels"
        axes = list(self.names.measures) if self.facts.sum else []
        typical = [f"n_{axis}: int = {self.signature.size(axis) or TYPICAL}" for axis in axes]
        lengths = [f"        lengths[{literal(axis)}] = n_{axis}" for axis in axes]
        given = [self.at("LISTED"), "self.sources", "self.targets", self.at("INPUTS"), "lengths", least]
        return [
            "    @torch.no_grad()",
            *call(4, "def reset_parameters(", ["self", *typical], ") -> None:"),
            '        """Draw new weights: each order adds the same to an output\'s variance."""',
            f"        lengths = _latent({self.at('SIZES')})",
            *lengths,
            *call(8, "shares = _shares(", given, ")"),
            "        for key, weight in self.blocks():",
            "            if key in shares:",
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
            f"        for _, key, met, row, column in {self.at('LISTED')}:",
            "            after = self.columns[met][column]",
            "            if row < 0:",
            "                found.append((key, _constants(self.bias, after)))",
            "                continue",
            "            matrix = getattr(self, self.matrices[met])",
            "            part = _block(matrix, self.rows[met][row], after)",
            f"            source = {self.at('INPUTS')}[self.sources[met][row][0]]",
            f"            target = {self.at('OUTPUTS')}[self.targets[met][column][0]]",
            "            found.append((key, _in_order(part, met, source, target)))",
            "        return found",
        ]

    def states(self) -> list[str]:
        return [
            "    def _save_to_state_dict(self, destination, prefix, keep_vars) -> None:",
            '        """The weights of each term by its key."""',
            "        shown = _shown(self, self.blocks())",
            "        shown._save_to_state_dict(destination, prefix, keep_vars)",
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
            "            given = {key: state_dict.get(prefix + key) for key in self.state_dict()}",
            "            _like(self, [given[key] for key, _ in self.blocks()], given)",
            '            metadata = {**metadata, "assign_to_params_buffers": False}',
            "        own, others = self.blocks(), []",
            "        _shown(self, own)._load_from_state_dict(",
            "            state_dict, prefix, metadata, strict, missing, others, errors",
            "        )",
            "        known = {prefix + key for key, _ in own}",
            "        unexpected.extend(key for key in others if key not in known)",
        ]

    def forward(self) -> list[str]:
        plan, names = self.plan, self.names
        arguments = ["self", *(f"{name}: torch.Tensor" for name in plan.inputs)]
        arguments += [f"measure: {measure_type(plan, names)} = None"] if names.measures else []
        arguments += ["*"] if names.given else []
        for axis in names.given:
            size = self.signature.size(axis)
            arguments.append(f"{names.sizes[axis]}: int" + (f" = {size}" if size else ""))
        text = f"Map tensors with the axes of {self.at('INPUTS')}, channels last, to those of {self.at('OUTPUTS')}."
        more = [
            "",
            f"        measure: weights of the values of an axis, (..., *{self.at('MEASURED')}[axis]).",
            '        """',
        ]
        return [
            *call(4, "def forward(", arguments, f") -> {output_type(len(names.results))}:"),
            *([f'        """{text}', *more] if names.measures else [f'        """{text}"""']),
            *handed_on(self.facts),
        ]

    def mapped(self) -> list[str]:
        measure = ["measure"] if self.names.measures else []
        returns = output_type(len(self.names.results))
        return [
            *call(4, "def mapped(", ["self", "given: dict", "sizes: dict", *measure], f") -> {returns}:"),
            '        """Map inputs by name, with the lengths of axes that none of them has."""',
            *entry(self.facts),
            *self.body(),
        ]

    def body(self) -> list[str]:
        lines = ["        met = {axes: [] for axes in self.matrices}"]
        for kind, name in self.facts.read.items():
            tensors = [label for label, one in zip(self.facts.ins, self.forms.inputs, strict=True) if one == kind]
            lines += reading(kind, name, tensors, self.plan.choices.reduce, self.at("INPUTS"))
        lines += [
            "        parts = {}",
            "        for axes, values in met.items():",
            "            weight = getattr(self, self.matrices[axes])",
            "            bias, widths = None if axes else self.bias, self.columns[axes]",
            "            parts[axes] = _products(values, weight, axes, widths, bias)",
            "        found = {}",
        ]
        for kind, name in self.facts.written.items():
            tensors = [label for label, one in zip(self.facts.outs, self.forms.outputs, strict=True) if one == kind]
            lines += writing(kind, name, tensors, self.at("OUTPUTS"))
        if len(self.facts.outs) == 1:
            return [*lines, f"        return found[{literal(self.facts.outs[0])}]"]
        return [*lines, f"        return tuple(found[name] for name in {self.at('OUTPUTS')})"]
