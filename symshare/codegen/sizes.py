"""The statements of a network that divide its inputs by their size, and give it back to the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symshare.codegen.entry import Entry
from symshare.codegen.names import Names
from symshare.codegen.source import call, literal
from symshare.plans.network import Network

__all__ = ["at_size", "divided"]


def divided(network: Network, inputs: Sequence[str], size: str) -> list[str]:
    """The statements that find the size of the inputs and divide by it."""
    signature, reduce = network.signature.without_latents(), network.pooling.choices.reduce
    outline = replace(network.pooling, signature=signature, inputs=tuple(inputs), terms=(), steps=())
    entry, given = Entry(outline, Names(outline)), []
    for name, tensor in zip(inputs, signature.inputs, strict=True):
        axes, measured = entry.measured(tensor, reduce=reduce)
        given.append(f"({', '.join([name, literal(axes), *measured])})")
    lines = call(8, f"{size} = _norm(", [*given, f"mean={reduce == 'mean'}"], ")")
    lines += [f"        {name} = _scaled({name}, {size}, -1)" for name in inputs]
    known = [literal(one) for one in entry.names.measures]
    named = call(8, "measure = _measures(", ["measure", *known], ")") if known else []
    read = entry.read_measures(lines)
    return [*named, *entry.read_sizes([*read, *lines]), *read, *lines]


def at_size(network: Network, outputs: str, size: str, indent: int, before: str, after: str) -> list[str]:
    """The statement that does something with outputs, at the size of the inputs."""
    scaled = "_scaled" if len(network.signature.outputs) == 1 else "_all_scaled"
    return call(indent, f"{before}{scaled}(", [outputs, size, str(network.scaled)], f"){after}")
