"""The source text of a network on weights: how states become its tensors, its layers and their stack, in one file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from symshare.codegen.classes import LayerClass, layer_class
from symshare.codegen.layer import symmetry_lines
from symshare.codegen.layout import laid_out
from symshare.codegen.preamble import opening
from symshare.codegen.runtime import brought
from symshare.codegen.source import WIDTH, literal, sequence, wrapped
from symshare.codegen.weight_stack import stack_lines
from symshare.errors import shown
from symshare.plans.messages import alike_texts
from symshare.plans.weight_network import WeightNetwork

__all__ = ["weight_network_source"]


def weight_network_source(network: WeightNetwork) -> str:
    """The text of a file with `PARTS`, `features`, `measured`, the classes of its layers and `class WeightNet`; with weights at
    its end also `edited`."""
    return "\n".join(_Writer(network).lines()) + "\n"


def _value(one: Any) -> str:
    """A plain value as Python writes it, texts in double quotes."""
    if isinstance(one, str):
        # a weight may have any name
        escaped = one.encode("unicode_escape").decode().replace('"', '\\"')
        return literal(one) if one.isprintable() else f'"{escaped}"'
    if isinstance(one, Mapping):
        return "{" + ", ".join(f"{_value(key)}: {_value(each)}" for key, each in one.items()) + "}"
    if isinstance(one, tuple):
        return "(" + ", ".join(map(_value, one)) + ("," if len(one) == 1 else "") + ")"
    return repr(one)


class _Writer:
    """The parts of the file."""

    def __init__(self, network: WeightNetwork) -> None:
        self.network = network
        nothing = LayerClass((), (), ())
        self.layer = nothing if network.messages else layer_class(network.layer, "Layer")
        self.head = layer_class(network.head, "Head") if network.head is not None else nothing
        products = network.products
        self.products = layer_class(products, "Products") if products is not None else nothing

    def lines(self) -> list[str]:
        classes = [one for one in (self.layer, self.head, self.products) if one.lines]
        own = [line for one in classes for line in ("", "", *one.lines)]
        last = laid_out([*self.functions(), "", "", *stack_lines(self.network)])
        after = [line for one in classes if one.after for line in ("", "", *one.after)]
        return [
            *self.preamble(),
            "",
            "import torch",
            "",
            *self.tables(),
            *(line for one in classes for line in one.before),
            *brought([*after, *own, *last]),
            *after,
            *own,
            "",
            "",
            *last,
        ]

    def preamble(self) -> list[str]:
        network = self.network
        end = "weights" if network.out is None else "numbers that no permutation of its units changes"
        lines = [f'"""A network from the weights of {_plain(network.module)} to {end}.', ""]
        lines += opening(network.layer)[2:]
        terms = f"the {network.terms:,} terms that commute with these"
        terms += " and mix tensors entry by entry" if network.messages else ""
        lines += ["", *wrapped(f"Each layer has {terms}.")]
        if network.messages:
            texts = list(dict.fromkeys(one.text for one in network.messages))
            lines += ["", "and adds the messages", *(f"  {text}" for text in texts)]
        if network.products is not None:
            texts = [term.to_einsum() for term in network.products.terms if term.order > 1]
            lines += ["", "and adds the products", *(f"  {text}" for text in texts)]
        use = ["net = WeightNet()", "net(**features(states))"]
        if network.out is None:
            use = ["net = WeightNet()", "edited(net(**features(states)), states)"]
        lines += [
            "",
            f"{network.parameters:,} parameters. For a list of state dicts:",
            "",
            *(f"    {one}" for one in use),
        ]
        return [*lines, "", "Made by:", f"  {shlex.join(network.command)}", '"""']

    def tables(self) -> list[str]:
        network = self.network
        whole = network.signature if network.head is None else network.head.signature
        lines = [f"NETWORK = {literal(str(whole))}"]
        lines += ["# the tensors: of which weights, which axes are moved, which are channels", "PARTS = {"]
        lines += [line for name, part in network.parts.items() for line in _row(name, part)] + ["}"]
        lines += sequence("CHANNELS = ", [str(one) for one in network.given])
        if network.positions:
            axes = dict.fromkeys(axis for own in network.places for axis, *_ in own)
            lines += sequence("POSITIONS = ", [literal(axis) for axis in axes])
        if network.wide != network.given:
            lines += sequence("WIDE = ", [str(one) for one in network.wide])
        if network.out is None:
            lines += sequence("ENDS = ", [str(one) for one in network.ends])
        if network.scales:
            lines += ["# what scales units: by what comes into them, and what is multiplied"]
            lines += sequence("SCALES = ", [_value(one) for one in network.scales])
            lines += sequence("SEEDS = ", [repr(one) for one in network.seeds])
        if network.products is not None:
            lines += sequence("TYPES = ", [str(one) for one in network.types])
        if network.messages:
            own = [tensor.axes[:-1] for tensor in network.signature.inputs]
            terms = [*alike_texts(own), *(one.text for one in (*network.between, *network.endings))]
            lines += symmetry_lines(network.signature, terms)
            lines += ["# the numbers of the tensors with the same axes"]
            lines += sequence("KINDS = ", [_value(one) for one in network.kinds])
            lines += ["# along weights: their number, the values that meet them, for which, how, how many are added"]
            lines += sequence("MESSAGES = ", [_value(one.row(network.first)) for one in network.between])
            lines += (
                sequence("ENDINGS = ", [_value(one.row(network.first)) for one in network.endings])
                if network.endings
                else []
            )
        return laid_out(lines)

    def functions(self) -> list[str]:
        """How states become tensors, and back."""
        network = self.network
        scales, seeds = ("SCALES", "SEEDS") if network.scales else ("()", "()")
        several = network.entries > 1
        each = f"samples are tuples of {network.entries} state dicts" if several else "samples are state dicts"
        given = "[one for sample in samples for one in sample]" if several else "samples"
        waves = network.fourier
        end = f"{{name: _waves(one, {waves}) for name, one in found.items()}}" if waves else "found"
        lines = [
            "def features(samples: list, statistics: dict | None = None) -> dict:",
            f'    """The tensors (samples, *axes, channels) of the net; {each}."""',
            f"    states = {given}",
            f"    found = _features(states, PARTS, {scales}, {seeds}, {network.entries})",
            "    if statistics is not None:",
            "        found = _normalised(found, statistics)",
            f"    return {end}",
            "",
            "",
            "def measured(samples: list) -> dict:",
            '    """Means and deviations of samples, for `features`."""',
            f"    states = {given}",
            f"    return _statistics(_features(states, PARTS, {scales}, {seeds}, {network.entries}))",
        ]
        if network.out is not None or network.each > 1:
            return lines
        several_tensors = len(network.parts) > 1
        given_tensors = "dict(zip(PARTS, tensors))" if several_tensors else "{name: tensors for name in PARTS}"
        return [
            *lines,
            "",
            "",
            f"def edited(tensors: {'tuple' if several_tensors else 'torch.Tensor'}, states: list) -> list:",
            '    """The states that what the net gives stands for."""',
            f"    return _edited({given_tensors}, states, PARTS, {scales}, {seeds})",
        ]


def _plain(name: str) -> str:
    """The name of a module, inside a docstring."""
    return shown(name, 60).replace("\\", "\\\\").replace('"', "'")


def _row(name: str, part: Mapping[str, Any]) -> list[str]:
    """A row of a table, an entry on each line where they do not fit one."""
    whole = f"    {_value(name)}: {_value(part)},"
    if len(whole) <= WIDTH:
        return [whole]
    return [
        f"    {_value(name)}: {{",
        *(f"        {_value(key)}: {_value(one)}," for key, one in part.items()),
        "    },",
    ]
