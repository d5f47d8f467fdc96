"""What reads how networks start, and says of each weight whether it belongs to the ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from symshare.experiments.harness.fleets import State, apart, orders, reordered
from symshare.experiments.harness.plain import Flat
from symshare.experiments.tickets.family import Family, Perceptron, slopes_at
from symshare.weights import Features, Spec, WeightNet, spec

__all__ = ["KINDS", "OTHERS", "Reader", "Scores", "Single", "reader", "spec_of"]

Tensors = tuple[torch.Tensor, ...]


def spec_of() -> Spec:
    """The symmetry of the weights: both hidden layers permuted, pixels and classes fixed."""
    return spec(Perceptron(), (torch.zeros(2, 64),))


@dataclass(frozen=True, slots=True)
class Reader:
    """A network that reads networks, and what it is given: tensors of all networks of a family, in its order."""

    make: Callable[[], nn.Module]
    tensors: Callable[[Family], Tensors]
    """To be called once for all; a batch takes rows of them."""
    wanted: Callable[[State], Tensors]
    """Masks in the form of what the network gives."""
    states: Callable[[Tensors], State]
    """And that as scores of weights (networks, ..)."""
    moved: Callable[[Tensors, Tensors, torch.Generator], tuple[Tensors, Tensors]] = lambda given, wanted, generator: (
        given,
        wanted,
    )
    """Another batch of the same functions, with their masks."""


KINDS: Mapping[str, Mapping[str, Any]] = {
    "HNP": {"width": 24},
    "HNP, products": {"width": 16, "order": 2},
    "HNP, products, slopes": {"width": 16, "order": 2},
}
"""Layers on weights, hidden units alone permuted: linear ones, with products of two tensors too, with the slopes of the loss at
the start given beside the weights."""
OTHERS = ("each weight alone", "MLP, moved")


def reader(name: str, train: Family) -> Reader:
    """The reader of a name, with what it has of the networks that it is trained on: means and deviations."""
    if name == "MLP, moved":
        return _flat(train)
    slopes = "slopes" in name
    features = Features(spec_of(), entries=1 + slopes).measured(_samples(train, slopes))
    one = Features(features.spec)
    sizes = features.channels
    return Reader(
        (lambda: WeightNet(features, depth=3, **KINDS[name])) if name in KINDS else (lambda: Single(sizes)),
        lambda some: tuple(features(_samples(some, slopes)).values()),
        lambda masks: tuple(one.raw(apart(masks)).values()),
        lambda given: _together(one.states(given, apart(train.starts)[:1] * len(given[0]))),
    )


def _samples(some: Family, slopes: bool) -> list[Any]:
    """The starts of networks, each with its slopes if these are given too."""
    found = apart(some.starts)
    return [*zip(found, apart(slopes_at(some.starts)), strict=True)] if slopes else found


def _together(states: list[State]) -> State:
    return {name: torch.stack([one[name] for one in states]) for name in states[0]}


class Single(nn.Module):
    """A score for each weight from its value, its tensor and its pixel or class alone."""

    def __init__(self, channels: tuple[int, ...], width: int = 16) -> None:
        super().__init__()
        self.given = nn.ParameterList(torch.randn(2, size, width) for size in channels)
        self.hidden = nn.ModuleList(nn.Sequential(nn.Linear(width, width), nn.GELU()) for _ in channels)
        self.said = nn.ParameterList(torch.randn(size, width) / width for size in channels)
        self.usual = nn.ParameterList(torch.zeros(size) for size in channels)

    def forward(self, *given: torch.Tensor) -> Tensors:
        """Map tensors (networks, .., channels) to scores of their shapes."""
        found = []
        for place, one in enumerate(given):
            factor, more = self.given[place]
            hidden = self.hidden[place](nn.functional.gelu(one[..., None] * factor + more))
            found.append((hidden * self.said[place]).sum(-1) + self.usual[place])
        return tuple(found)


class Scores(nn.Module):
    """A perceptron from all weights, one behind the other, to a score for each."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.inner = Flat(numbers, out=numbers)

    def forward(self, *given: torch.Tensor) -> Tensors:
        """Map tensors (networks, ..) to scores of their shapes."""
        parts = self.inner(*given).split([one[0].numel() for one in given], -1)
        return tuple(part.reshape(one.shape) for part, one in zip(parts, given, strict=True))


def _flat(train: Family) -> Reader:
    """The perceptron, and batches in which hidden units are in an order drawn anew each time, in networks and masks alike."""
    found, names = spec_of(), list(train.starts)
    deviations = {name: one.std().clamp_min(1e-6) for name, one in train.starts.items()}
    numbers = sum(one[0].numel() for one in train.starts.values())

    def move(given: Tensors, wanted: Tensors, generator: torch.Generator) -> tuple[Tensors, Tensors]:
        chosen = orders(found, len(given[0]), generator)
        both = (reordered(found, dict(zip(names, part, strict=True)), chosen) for part in (given, wanted))
        one, other = (tuple(part[name] for name in names) for part in both)
        return one, other

    return Reader(
        lambda: Scores(numbers),
        lambda some: tuple(one / deviations[name] for name, one in some.starts.items()),
        lambda masks: tuple(masks[name] for name in names),
        lambda given: dict(zip(names, given, strict=True)),
        move,
    )
