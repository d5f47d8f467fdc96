"""Seven ways to make a network blind to the order of the items of a set, with one interface: items (batch, n) to outputs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from torch import nn

from symshare.nn import compile as compile_layer

__all__ = ["COMPARATORS", "ITEMS", "MOST_EXACT", "MOST_ITEMS", "Averaged", "evaluations"]

ITEMS = 10
"""Kinds of items: 0, .., 9."""

MOST_ITEMS = 12
"""Items of a set that networks with places for them have room for."""

MOST_EXACT = 6
"""Items of a set that are averaged over all their orders: 720; of larger sets so many orders are drawn."""

DRAWN = 720
FREQUENCIES = ITEMS // 2 + 1


def encoded(items: torch.Tensor) -> torch.Tensor:
    """Each item as its kind, one-hot, and its value over the largest."""
    kinds = nn.functional.one_hot(items, ITEMS).float()
    return torch.cat([kinds, items[..., None] / (ITEMS - 1)], -1)


def _dense(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for one, other in itertools.pairwise(widths):
        layers += [nn.Linear(one, other), nn.GELU()]
    return nn.Sequential(*layers[:-1])


def _placed(items: torch.Tensor) -> torch.Tensor:
    """The items one after another, in as many places as there are, empty ones zero."""
    found = encoded(items).flatten(-2)
    return nn.functional.pad(found, (0, MOST_ITEMS * (ITEMS + 1) - found.shape[-1]))


def evaluations(size: int) -> int:
    """How often averaging evaluates its network for a set of a size.

    >>> evaluations(4), evaluations(6), evaluations(8)
    (24, 720, 720)
    """
    return math.factorial(size) if size <= MOST_EXACT else DRAWN


class Averaged(nn.Module):
    """A free network on the items in their places, averaged over the group (Reynolds operator)."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.net = _dense(MOST_ITEMS * (ITEMS + 1), width, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """The mean over all orders of the items; of many items over some orders, the same ones each time."""
        size = items.shape[-1]
        if size <= MOST_EXACT:
            orders = torch.tensor(list(itertools.permutations(range(size))))
        else:
            generator = torch.Generator().manual_seed(size)
            orders = torch.stack([torch.randperm(size, generator=generator) for _ in range(DRAWN)])
        found: torch.Tensor = self.net(_placed(items[:, orders.to(items.device)])).mean(1)
        return found


class Sorted(nn.Module):
    """A free network on the items in ascending order."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.net = _dense(MOST_ITEMS * (ITEMS + 1), width, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """The network on sorted items."""
        found: torch.Tensor = self.net(_placed(items.sort(-1).values))
        return found


class Pooled(nn.Module):
    """Deep Sets, PointNet: g(pool h(x)), the sum, the mean and the maximum as pools."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.inner = _dense(ITEMS + 1, width, width)
        self.outer = _dense(3 * width, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """Pool what is made of each item."""
        x = self.inner(encoded(items))
        found: torch.Tensor = self.outer(torch.cat([x.sum(-2) / MOST_ITEMS, x.mean(-2), x.amax(-2)], -1))
        return found


class Counted(nn.Module):
    """A network on how often each kind is there: the set as an element of the free commutative group on the kinds."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.net = _dense(ITEMS, width, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """The network on counts."""
        found: torch.Tensor = self.net(nn.functional.one_hot(items, ITEMS).sum(-2).float())
        return found


class Spectral(nn.Module):
    """A network on Fourier coefficients of the density of items, which depend on neither order nor number."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.net = _dense(2 * FREQUENCIES, width, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """The network on the means of cosines and sines."""
        angles = items[..., None] * torch.arange(FREQUENCIES, device=items.device) * (2 * math.pi / ITEMS)
        found: torch.Tensor = self.net(torch.cat([angles.cos().mean(-2), angles.sin().mean(-2)], -1))
        return found


class Polynomial(nn.Module):
    """Derived polynomial layers: all equivariant terms of order 2 of a set with channels, then the invariant ones."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        inner = width // 4
        self.first = compile_layer("aH", ITEMS + 1, inner, order=2)
        self.last = compile_layer("aH->H", inner, inner, order=2)
        self.norm = nn.LayerNorm(inner)
        self.outer = _dense(inner, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """Two layers on sets, one on what is left."""
        found: torch.Tensor = self.outer(self.last(self.norm(self.first(encoded(items)))))
        return found


class Attentive(nn.Module):
    """A small transformer without positions, its outputs averaged over the items."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.inner = nn.Linear(ITEMS + 1, width)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.outer = _dense(width, width, outputs)

    def forward(self, items: torch.Tensor) -> torch.Tensor:
        """Items attend to items."""
        found: torch.Tensor = self.outer(self.layers(self.inner(encoded(items))).mean(-2))
        return found


COMPARATORS: dict[str, Callable[[int, int], nn.Module]] = {
    "group averaging": Averaged,
    "polynomial layers": Polynomial,
    "Deep Sets": Pooled,
    "count vectors": Counted,
    "Fourier features": Spectral,
    "sorting": Sorted,
    "transformer": Attentive,
}
