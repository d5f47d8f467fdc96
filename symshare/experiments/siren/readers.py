"""What says which digit a network of sines shows: layers on its weights, sets of them, plain perceptrons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import nn

from symshare.experiments.harness.fleets import State, apart, orders, reordered
from symshare.experiments.siren.fits import Fits, Siren, points, shown_by
from symshare.weights import Features, Spec, Statistics, WeightNet, spec

__all__ = [
    "CLASSES",
    "KINDS",
    "OTHERS",
    "SEEN",
    "Flat",
    "Reader",
    "Sets",
    "Tensors",
    "features_of",
    "inputs_of",
    "mover",
    "plain_inputs",
    "reader",
    "spec_of",
]

Tensors = tuple[torch.Tensor, ...]
CLASSES = 10
SHARPNESS = 2.0
"""By what first weights and phases are multiplied before a reader sees them: they are angles, whose size says something."""


@cache
def spec_of() -> Spec:
    """The symmetry of the weights: both hidden layers permuted."""
    return spec(Siren(), (torch.zeros(3, 2),))


@dataclass(frozen=True, slots=True)
class Reader:
    """A network that reads networks, and what it is given: tensors of all networks, in their order."""

    make: Callable[[], nn.Module]
    tensors: Callable[[Fits], Tensors]
    """To be called once for all; a batch takes rows of them."""
    moved: Callable[[Tensors, torch.Generator], Tensors] = lambda given, generator: given
    """Another batch of the same functions."""


KINDS: Mapping[str, Mapping[str, Any]] = {
    "messages": {"messages": True, "width": 64, "pool_width": 64, "depth": 2, "activation": "sin", "normalise": False},
    "HNP, products": {"order": 2, "width": 16, "rank": 16, "depth": 3},
    "HNP": {"width": 24, "depth": 3},
}
"""Layers on weights, hidden units alone permuted: values move along the weights, products of two tensors, linear ones alone."""
SEEN = "what it shows, MLP"
OTHERS = ("sets of weights", "MLP", "MLP, moved", SEEN)
"""The last one runs the network at the pixels: what is to be had from the image that it shows."""


def reader(name: str, train: Fits, start: State | None) -> Reader:
    """The reader of a name, with what it has of the networks that it is trained on: means and deviations.

    Where networks have a common start it is known to all readers: they see the start and the way from it.
    """
    if name == SEEN:
        return Reader(lambda: Flat(len(points())), lambda some: (shown_by(some.states, points()),))
    if name in KINDS:
        features = features_of(train, start)
        options = {**KINDS[name], "residual": "messages" not in name}
        return Reader(lambda: WeightNet(features, CLASSES, **options), lambda some: inputs_of(features, some, start))
    tensors = plain_inputs(train, start)
    if name == "sets of weights":
        return Reader(lambda: Sets(len(train.states)), tensors)
    numbers = sum(one[0].numel() for one in train.states.values())
    if name == "MLP":
        return Reader(lambda: Flat(numbers), tensors)
    move = mover(list(train.states))
    return Reader(lambda: Flat(numbers), tensors, lambda given, generator: move(given, {}, generator)[0])


def features_of(train: Fits, start: State | None) -> Features:
    """How networks become tensors, by the means and deviations of those that are trained on; first weights and phases stay
    angles."""
    features = Features(spec_of(), entries=1 if start is None else 2).measured(_samples(train, start))
    return features if start is not None else replace(features, statistics=_with_angles(features.statistics))


def inputs_of(features: Features, some: Fits, start: State | None) -> Tensors:
    """The tensors of networks."""
    return tuple(features(_samples(some, start)).values())


def _with_angles(found: Statistics | None) -> Statistics | None:
    """Means and deviations, but those of the first weights and phases, which are angles."""
    if found is None:
        return None
    angles = [name for name in found.means if name.startswith("first")]
    means = {name: torch.zeros_like(found.means[name]) for name in angles}
    deviations = {name: torch.full_like(found.means[name], 1 / SHARPNESS) for name in angles}
    return Statistics({**found.means, **means}, {**found.deviations, **deviations})


def _samples(some: Fits, start: State | None) -> list[Any]:
    """The states of networks, each with the start taken from it beside where there is one."""
    if start is None:
        return apart(some.states)
    own = {name: one[0] for name, one in start.items()}
    return [(own, {name: one - own[name] for name, one in state.items()}) for state in apart(some.states)]


def plain_inputs(train: Fits, start: State | None) -> Callable[[Fits], Tensors]:
    """Each tensor less its mean over its deviation, of all its weights, or of each where there is a common start."""
    way = start or {key: torch.zeros_like(one[:1]) for key, one in train.states.items()}
    means = {key: (one - way[key]).mean(0, keepdim=True) for key, one in train.states.items()}
    if start is None:
        means = {key: one.mean().expand_as(one) for key, one in means.items()}
    sizes = {key: (one - way[key]).std() for key, one in train.states.items()}
    return lambda some: tuple((one - way[key] - means[key]) / sizes[key] for key, one in some.states.items())


def mover(names: list[str]) -> Callable[[Tensors, State, torch.Generator], tuple[Tensors, State]]:
    """What brings hidden units of each network into an order of its own, in tensors (networks, ..) and in states alike."""

    def move(given: Tensors, states: State, generator: torch.Generator) -> tuple[Tensors, State]:
        chosen = orders(spec_of(), len(given[0]), generator)
        other = reordered(spec_of(), dict(zip(names, given, strict=True)), chosen)
        return tuple(other[key] for key in names), reordered(spec_of(), states, chosen) if states else states

    return move


class Sets(nn.Module):
    """All weights of a tensor are a set: what is learned of each, averaged; a perceptron on the sets of all tensors."""

    def __init__(self, tensors: int, width: int = 64) -> None:
        super().__init__()
        self.own = nn.ModuleList(
            nn.Sequential(nn.Linear(1, width), nn.GELU(), nn.Linear(width, width), nn.GELU()) for _ in range(tensors)
        )
        self.rest = nn.Sequential(nn.Linear(width * tensors, 128), nn.GELU(), nn.Linear(128, CLASSES))

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        """Map weights (networks, ..) to scores (networks, classes)."""
        sets = [own(one.flatten(1)[..., None]).mean(1) for own, one in zip(self.own, given, strict=True)]
        found: torch.Tensor = self.rest(torch.cat(sets, -1))
        return found


class Flat(nn.Module):
    """A perceptron on all weights, one behind the other."""

    def __init__(self, numbers: int, width: int = 256, out: int = CLASSES) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(numbers, width),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, out),
        )

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        """Map weights (networks, ..) to numbers (networks, out)."""
        found: torch.Tensor = self.layers(torch.cat([one.flatten(1) for one in given], -1))
        return found
