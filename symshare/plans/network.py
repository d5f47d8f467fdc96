"""The noun of a network: pooling layers one after the other, and a linear layer to the outputs."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.core.notation.signature import Signature
from symshare.plans.steps import Plan

__all__ = ["Network"]


@dataclass(frozen=True, slots=True)
class Network:
    """An EinNet: inputs are lifted to `width` channels, `depth` pooling layers add to them, a linear layer reads the outputs.
    The layers may be applied several times over (recurrent).

    `pooling` is the plan of one layer, from the types of the inputs to themselves, `head` that of the linear layer from
    these types to the outputs, and `lifted` numbers the type of each input.
    """

    signature: Signature
    pooling: Plan
    head: Plan
    lifted: tuple[int, ...]
    order: int
    width: int
    pool_width: int
    depth: int
    chosen: tuple[str, ...] = ()
    """The poolings, where they were asked for by name."""
    rounds: int | None = None
    """How often the same layers are applied one after the other; None for once, without bounding values in between."""

    def __repr__(self) -> str:
        return f"Network({str(self.signature)!r}, order={self.order}, width={self.width}, depth={self.depth})"
