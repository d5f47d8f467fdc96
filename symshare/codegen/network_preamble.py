"""The docstring at the top of a network's file, and the command that makes it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from symshare.codegen.axes import written_axes
from symshare.codegen.hidden import Hidden
from symshare.codegen.names import Names, shape_text
from symshare.codegen.preamble import axis_lines, term_words
from symshare.codegen.source import wrapped
from symshare.codegen.sparse.network import support_notes
from symshare.plans.arguments import arguments
from symshare.plans.choices import OPTIONS
from symshare.plans.network import Network
from symshare.plans.sparse import sparse_labels

__all__ = ["channels", "network_preamble"]


def channels(side: str, number: int, several: bool) -> str:
    """The attribute with the channel number of a tensor.

    >>> channels("in", 1, True), channels("out", 0, False)
    ('in_channels[1]', 'out_channels')
    """
    return f"{side}_channels[{number}]" if several else f"{side}_channels"


def network_preamble(network: Network, pooling: Names, inputs: Sequence[str], general: Hidden | None) -> list[str]:
    """The lines of the docstring at the top of a file: symmetry, shapes, poolings, and the command that makes it."""
    signature, plan = network.signature, network.pooling
    several = len(signature.inputs) > 1, len(signature.outputs) > 1
    lines = [f'"""EinNet for {signature}: equivariant, from poolings of orders up to {network.order}.', ""]
    lines += axis_lines(signature)
    lines.append("")
    sparse = sparse_labels(signature, network.sparse)
    for number, (name, tensor) in enumerate(zip(inputs, signature.inputs, strict=True)):
        lines.append(f"  input {name}: {shape_text(tensor, channels('in', number, several[0]), sparse)}")
    for number, tensor in enumerate(signature.outputs):
        lines.append(
            f"  output {number if several[1] else 'y'}: {shape_text(tensor, channels('out', number, several[1]), sparse)}"
        )
    which = "sizes of permuted axes" if general else "axis sizes"
    lines += [
        "",
        *wrapped(f"Works at any {which}. The poolings of a layer, between two mixings of its channels:"),
        "",
    ]
    texts = [(number, text) for number, text in plan.lines() if plan.terms[number].order]
    widest = max(len(text) for _, text in texts)
    lines += [f"    {text:{widest}}  {term_words(plan, number)}".rstrip() for number, text in texts]
    still = general.polynomial() if general else []
    if still:
        told = f"No nonlinearity is possible on {', '.join(still)}: no invariant is at hand. There it is a polynomial."
        lines += ["", *wrapped(told)]
    lines += support_notes(network, pooling)
    return [*lines, "", "Made by:", f"  {_command(network)}", '"""']


def _command(network: Network) -> str:
    """The command that makes the file."""
    signature = network.signature
    parts = ["symshare", "emit", "--symmetry", str(signature), "--order", str(network.order), "--network", "einnet"]
    parts += [*_widths(network), "--pool-width", str(network.pool_width), "--depth", str(network.depth)]
    for one in signature.dependencies:
        parts += ["--depends", one]
    for letter, size in signature.sizes:
        parts += ["--size", f"{letter}={size}"] if letter in signature.symmetric_axes else []
    named, custom = written_axes(signature)
    parts += [word for axis, name in named.items() for word in ("--axis", f"{axis}={name}")]
    parts += [word for one in dict.fromkeys(own.name for own in custom.values()) for word in ("--generators", one)]
    parts += [word for one in network.types for word in ("--types", one)]
    parts += [word for one in network.centred for word in ("--centre", one)]
    for text in network.chosen:
        parts += ["--only", text]
    parts += [] if network.rounds is None else ["--rounds", str(network.rounds)]
    parts += [] if network.nonlinearity else ["--nonlinearity", "none"]
    parts += ["--inject"] if network.inject else []
    parts += [] if network.scaled is None else [f"--scaled={network.scaled}"]
    chosen = network.pooling.choices.options()
    said = {option.name: chosen[option.name] for option in OPTIONS if option.networks} | {"sparse": network.sparse}
    return shlex.join(parts + arguments(said, usual={"normalise_factors": True}))


def _widths(network: Network) -> list[str]:
    """The words of the command line for the widths."""
    if len(set(network.widths)) < 2:
        return ["--width", str(network.width)]
    types = [str(tensor) or "()" for tensor in network.pooling.signature.inputs]
    pairs = zip(types, network.widths, strict=True)
    return [word for text, number in pairs for word in ("--width", f"{text}={number}")]
