"""Networks that read networks: layers on all weights of a module, with numbers or weights at their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.names import is_moved
from symshare.core.notation.signature import Signature
from symshare.errors import plural
from symshare.plans.messages import Message, kinds_of, matrices
from symshare.plans.parameters import RANK, Channels
from symshare.plans.steps import Plan

__all__ = ["WeightNetwork", "layer_size"]


@dataclass(frozen=True, slots=True)
class WeightNetwork(Noun):
    """A network on the weights of `module`: `depth` layers of `width` channels that commute with the permutations of its axes,
    then `out` numbers that do not change under them, or (`out` None) as many values for each weight as its `ends` say.

    `layer` is the plan of one layer, `head` that of the invariants, `products` that of the products that are added
    (`types` numbers the type of each tensor there). With `messages` layers mix tensors of the same axes entry by entry
    instead, and these are added to what they give. `parts` says where tensors are in states, `scales` which scales are taken
    away first; `given` are the channels of the tensors, `places` the axes of each that have learned positions.
    """

    module: str
    layer: Plan
    head: Plan | None
    products: Plan | None
    types: tuple[int, ...]
    messages: tuple[Message, ...]
    given: tuple[int, ...]
    ends: tuple[int, ...]
    places: tuple[tuple[tuple[str, int, int], ...], ...]
    """For each tensor the name, the place and the length of each axis with positions."""
    parts: dict[str, dict[str, Any]]
    scales: tuple[dict[str, Any], ...]
    seeds: tuple[int | None, ...]
    seed: int
    permute: tuple[str, ...]
    """Fixed axes that are permuted too, as they were asked for."""
    entries: int
    """States that a sample has."""
    each: int
    """Values for each weight that the net gives where it gives weights."""
    fourier: int
    out: int | None
    width: int
    depth: int
    rank: int | None
    pool_width: int
    positions: int
    activation: str
    normalise: str
    """What is done with the channels of each entry before: `layer` (LayerNorm), `rms` (RMSNorm, an odd map), or nothing."""
    residual: bool
    dropout: float

    @property
    def signature(self) -> Signature:
        """The symmetry of a layer, one axis for the channels of all tensors."""
        return self.layer.signature

    @property
    def first(self) -> tuple[int, ...]:
        """The channels of each tensor before the first layer."""
        if self.rank is not None:
            return (self.rank,) * len(self.given)
        return self.wide

    @property
    def wide(self) -> tuple[int, ...]:
        """The channels of each tensor with its positions."""
        return tuple(one + self.positions * len(own) for one, own in zip(self.given, self.places, strict=True))

    @property
    def parameters(self) -> int:
        """The number of parameters."""
        return sum(number for _, number in self.counts())

    @property
    def terms(self) -> int:
        """The number of linear terms of a layer between layers, its constants among them."""
        if self.messages:
            return sum(len(kind) ** 2 + len(kind) for kind in self.kinds)
        return len(self.layer.terms)

    @property
    def kinds(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the tensors that a layer with messages mixes entry by entry: those of the same axes."""
        return kinds_of([tensor.axes[:-1] for tensor in self.signature.inputs])

    @property
    def between(self) -> tuple[Message, ...]:
        """The messages between layers: to values of tensors."""
        return tuple(one for one in self.messages if one.targets)

    @property
    def endings(self) -> tuple[Message, ...]:
        """The messages before the numbers at the end, which are their only target."""
        if self.out is None:
            return ()
        return tuple(replace(one, targets=(0,)) for one in self.messages if one.invariant)

    @property
    def exact(self) -> bool:
        """Whether it commutes with the scales and signs of the spec."""
        return self.layer.choices.kind == "polynomial"

    @property
    def command(self) -> list[str]:
        """The words of the command that writes it, from a spec in `spec.json`."""
        found = ["symshare", "weightnet", "spec.json", "--width", str(self.width), "--depth", str(self.depth)]
        valued = {
            "--out": self.out,
            "--each": None if self.out is not None or self.each == 1 else self.each,
            "--rank": self.rank,
            "--order": 2 if self.products is not None else None,
            "--pool-width": self.pool_width if self.products is not None or self.exact or self.messages else None,
            "--positions": self.positions or None,
            "--entries": self.entries if self.entries > 1 else None,
            "--fourier": self.fourier or None,
            "--ensemble": len(self.seeds) if len(self.seeds) > 1 else None,
            "--seed": self.seed if len(self.seeds) > 1 else None,
            "--activation": self.activation,
            "--dropout": self.dropout or None,
        }
        found += [word for name, value in valued.items() if value is not None for word in (name, str(value))]
        found += [word for name in self.permute for word in ("--permute", name)]
        flags = {
            "--messages": bool(self.messages),
            "--canonical": bool(self.scales),
            "--exact": self.exact,
            "--no-normalise": not self.normalise,
            "--no-residual": not self.residual,
        }
        return found + [name for name, given in flags.items() if given]

    def counts(self) -> list[tuple[str, int]]:
        """The numbers of parameters by where they are."""
        own, even, depth = len(self.given), (self.width,) * len(self.given), self.depth
        bias = 0 if self.exact else 1  # a bias does not commute with scales
        lengths = {axis: length for places in self.places for axis, _, length in places}
        several = self.width > 1  # a single channel has no norm
        norms = several * {"layer": 2 * self.width, "rms": self.width}.get(self.normalise, 0)
        found = [
            ("positions", self.positions * sum(lengths.values())),
            (
                "mixing down",
                sum(one * self.rank + bias * self.rank for one in self.wide) if self.rank is not None else 0,
            ),
            ("layers", self._layer(self.first, even) + (depth - 1) * self._layer(even, even)),
            ("norms", depth * norms),
        ]
        if self.messages:
            sides = self.first, self.width, self.pool_width
            found.append(("messages", (depth - 1) * matrices(self.between, *sides) + matrices(self.endings, *sides)))
        if self.products is not None:
            kinds = (self.pool_width,) * (max(self.types) + 1)
            ends = own * (2 * self.width * self.pool_width + self.pool_width + self.width)
            found.append(("products", depth * (ends + self._size(self.products, kinds, kinds))))
        if self.head is not None and self.out is not None:
            end = several * 2 * self.width + self.width * self.out + self.out
            return [*found, ("head", self._size(self.head, even, (self.width,)) + end)]
        last = self.ends if self.rank is None else (self.rank,) * own
        up = 0 if self.rank is None else sum(self.rank * one + bias * one for one in self.ends)
        return [*found, ("last layer", self._layer(even, last)), ("mixing up", up)]

    def _layer(self, ins: Sequence[int], outs: Sequence[int]) -> int:
        """The parameters of a layer: of all its terms, or of what mixes tensors entry by entry."""
        if not self.messages:
            return self._size(self.layer, ins, outs)
        return sum((sum(ins[one] for one in kind) + 1) * sum(outs[one] for one in kind) for kind in self.kinds)

    def _size(self, plan: Plan, ins: Sequence[int], outs: Sequence[int]) -> int:
        return layer_size(plan, ins, outs, self.pool_width)

    def __repr__(self) -> str:
        what = "weights" if self.out is None else plural(self.out, "number")
        numbers = f"width={self.width}", f"depth={self.depth}", f"parameters={self.parameters:,}"
        return brief("WeightNetwork", f"{self.module}", what, *numbers)

    def to_dict(self) -> dict[str, Any]:
        """The network as plain values."""
        return {
            **self.signature.to_dict(),
            "module": self.module,
            "out": self.out,
            "width": self.width,
            "depth": self.depth,
            "rank": self.rank,
            "pool_width": self.pool_width,
            "positions": self.positions,
            "activation": self.activation,
            "normalise": self.normalise,
            "residual": self.residual,
            "dropout": self.dropout,
            "channels": list(self.given),
            "terms": self.terms,
            "messages": [one.text for one in self.messages],
            "parameters": dict(self.counts()) | {"all": self.parameters},
        }

    def tables(self) -> tuple[Table, ...]:
        """Its numbers, then where its parameters are."""
        end = "weights" if self.out is None else plural(self.out, "number")
        products = () if self.products is None else tuple(t.to_einsum() for t in self.products.terms if t.order > 1)
        rows = [
            ("end", end),
            ("width", str(self.width)),
            ("depth", str(self.depth)),
            ("terms of a layer", f"{self.terms:,}"),
            *([("products", "  ".join(products))] if products else []),
            *([("messages", "  ".join(dict.fromkeys(one.text for one in self.messages)))] if self.messages else []),
            *((f"parameters in {name}", f"{number:,}") for name, number in self.counts() if number),
            ("parameters in all", f"{self.parameters:,}"),
        ]
        return (Table(f"network on the weights of {self.module}", rows=tuple(rows)),)


def layer_size(plan: Plan, ins: Sequence[int], outs: Sequence[int], rank: int) -> int:
    """The parameters of a layer with so many channels: those of its steps, or where it is written as tables a matrix, or a
    bias, for each term, for every value of latent axes.

    >>> from symshare.plans.planning import plan
    >>> layer_size(plan("abH"), (3,), (5,), 8)
    65
    """
    if plan.parameters:
        sides = {"in": ins, "out": outs}

        def length(one: Channels | int) -> int:
            return one if isinstance(one, int) else rank if one == RANK else sides[one.side][one.number]

        return sum(prod(map(length, one.shape)) for one in plan.parameters)
    total, signature = 0, plan.signature
    for term in plan.terms:
        listed = [axis for axis in term.index_axes if not is_moved(axis)]
        values = prod(signature.size(axis) or 1 for axis in listed)
        total += values * outs[term.output] * (ins[term.factors[0]] if term.order else 1)
    return total
