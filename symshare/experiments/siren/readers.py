"""What says which digit a network of sines shows: layers on its weights, sets of them, plain perceptrons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from symshare.experiments.harness.fleets import State
from symshare.experiments.harness.plain import Flat, Sets
from symshare.experiments.harness.sights import Tensors, features_of, inputs_of, mover, plain_inputs
from symshare.experiments.harness.sines import Fits, points, shown_by
from symshare.weights import WeightNet

__all__ = ["CLASSES", "KINDS", "OTHERS", "SEEN", "Reader", "reader"]

CLASSES = 10


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
        return Reader(lambda: Flat(len(points()), out=CLASSES), lambda some: (shown_by(some.states, points()),))
    if name in KINDS:
        features = features_of(train, start)
        options = {**KINDS[name], "residual": "messages" not in name}
        return Reader(lambda: WeightNet(features, CLASSES, **options), lambda some: inputs_of(features, some, start))
    moved = name == "MLP, moved"
    tensors = plain_inputs(train, start, moved=moved)
    if name == "sets of weights":
        return Reader(lambda: Sets(len(train.states), out=CLASSES), tensors)
    numbers = sum(one[0].numel() for one in tensors(train))
    if not moved:
        return Reader(lambda: Flat(numbers, out=CLASSES), tensors)
    move = mover(list(train.states))
    return Reader(lambda: Flat(numbers, out=CLASSES), tensors, lambda given, generator: move(given, {}, generator)[0])
