"""What a layer of a network sees of each hidden type: its values, and the inputs where these are injected."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.source import call
from symshare.plans.network import Network

__all__ = ["seeing", "seen_channels"]


def _injected(network: Network, kind: int) -> list[int]:
    """The inputs of a type."""
    return [at for at, one in enumerate(network.lifted) if one == kind]


def seen_channels(network: Network, channels: Sequence[str], widths: Sequence[str]) -> str:
    """The channel numbers of what a layer sees, given those of the inputs and of the hidden types."""
    found = [
        " + ".join([width, *(channels[at] for at in _injected(network, kind))]) for kind, width in enumerate(widths)
    ]
    return found[0] if len(found) == 1 else f"({', '.join(found)})"


def seeing(
    network: Network, active: Sequence[str], values: Sequence[str], inputs: Sequence[str], indent: int
) -> list[str]:
    """The statements that make what a layer sees: hidden values past the nonlinearity, with the inputs beside them."""
    lines = []
    for kind, (z, value) in enumerate(zip(active, values, strict=True)):
        seen = [value, *(inputs[at] for at in _injected(network, kind))] if network.inject else [value]
        lines += call(indent, f"{z} = _stack(" if len(seen) > 1 else f"{z} = ", seen, ")" * (len(seen) > 1))
    return lines
