"""What reads networks: layers on their weights, sets of their weights, plain perceptrons, and statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from symshare.experiments.harness.fleets import moved
from symshare.experiments.harness.plain import Flat, Sets
from symshare.experiments.zoo.fleets import FAMILIES, Fleet
from symshare.weights import Features, Spec, WeightNet, spec

__all__ = ["Reader", "reader", "spec_of", "statistics"]

Tensors = tuple[torch.Tensor, ...]


def spec_of(family: str, *, scales: bool = False) -> Spec:
    """The symmetry of a family's weights."""
    example = torch.zeros(2, 64) if family == "MLP" else torch.zeros(2, 8, 8)
    return spec(FAMILIES[family][0](), (example,), scales=scales)


@dataclass(frozen=True, slots=True)
class Reader:
    """A network that reads networks, and what it is given: tensors of all networks of a fleet, in its order."""

    make: Callable[[], nn.Module]
    tensors: Callable[[Fleet], Tensors]
    """To be called once for all; a batch takes rows of them."""
    moved: Callable[[Tensors, torch.Generator], Tensors] = lambda given, generator: given
    """Another batch of the same functions."""


KINDS: Mapping[str, Mapping[str, Any]] = {
    "HNP": {},
    "HNP, scales": {"canonical": True},
    "HNP, products": {},
    "NP": {"permute": "ends"},
    "NP, scales": {"permute": "ends", "canonical": True},
    "NP + IO": {"permute": "ends"},
    "NP + IO, scales": {"permute": "ends", "canonical": True},
}
"""How networks become tensors: hidden units alone permuted (HNP), inputs and outputs too (NP), told apart by what is learned
of each (NP + IO); with positive scales taken away; with products of two tensors in the layers."""


def reader(name: str, family: str, train: Fleet) -> Reader:
    """The reader of a name, with what it has of the networks that it is trained on: means and deviations."""
    if name == "sets of weights":
        return Reader(lambda: Sets(len(train.states)), lambda fleet: _apart(fleet, train))
    if name == "MLP, moved":
        numbers = sum(one[0].numel() for one in train.states.values())
        return Reader(lambda: Flat(numbers), lambda fleet: _apart(fleet, train), _mover(family, train))
    options = KINDS[name]
    features = Features(spec_of(family, scales="canonical" in options), **options).measured(train.apart())
    more: dict[str, Any] = {"width": 24}
    if "IO" in name:
        more["positions"] = 8
    if "products" in name:
        more = {"width": 16, "order": 2, "rank": 16}
    return Reader(
        lambda: WeightNet(features, 1, depth=3, **more),
        lambda fleet: tuple(features(fleet.apart()).values()),
    )


def _apart(fleet: Fleet, train: Fleet) -> Tensors:
    """The weights (networks, ..), each tensor less its mean over the networks to train on, over its deviation."""
    return tuple((one - train.states[name].mean()) / train.states[name].std() for name, one in fleet.states.items())


def _mover(family: str, train: Fleet) -> Callable[[Tensors, torch.Generator], Tensors]:
    found, names = spec_of(family), list(train.states)

    def move(given: Tensors, generator: torch.Generator) -> Tensors:
        return tuple(moved(found, dict(zip(names, given, strict=True)), generator)[name] for name in names)

    return move


def statistics(fleet: Fleet) -> torch.Tensor:
    """For each tensor of each network its mean, deviation, norm and seven quantiles: (networks, 10 tensors)."""
    steps = torch.tensor([0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])
    found = []
    for one in fleet.states.values():
        flat = one.flatten(1)
        found += [flat.mean(1, keepdim=True), flat.std(1, keepdim=True), flat.norm(dim=1, keepdim=True)]
        found.append(flat.quantile(steps, 1).T)
    return torch.cat(found, 1)
