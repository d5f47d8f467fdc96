"""What changes networks of sines: layers on their weights that give weights, and plain perceptrons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from symshare.experiments.harness.fleets import State
from symshare.experiments.harness.plain import Flat
from symshare.experiments.harness.sights import Tensors, features_of, inputs_of, mover, plain_inputs
from symshare.experiments.harness.sines import Fits
from symshare.weights import WeightNet

__all__ = ["KINDS", "OTHERS", "Editor", "editor"]

KINDS: Mapping[str, Mapping[str, Any]] = {
    "messages": {"messages": True, "width": 48, "pool_width": 48, "depth": 3, "activation": "sin", "normalise": False},
    "HNP, products": {"order": 2, "width": 16, "rank": 16, "depth": 3},
    "HNP": {"width": 24, "depth": 3},
}
"""Layers on weights, hidden units alone permuted: values move along the weights, products of two tensors, linear ones alone."""
OTHERS = ("MLP", "MLP, moved")


class Editor(nn.Module):
    """New weights: the old ones and a change, small at first, whose size is learned for each tensor."""

    def __init__(self, inner: nn.Module, names: list[str]) -> None:
        super().__init__()
        self.inner, self.names = inner, names
        self.sizes = nn.Parameter(torch.full((len(names),), 0.03))

    def forward(self, given: Tensors, states: State) -> State:
        """Map what is seen of networks, and their states (networks, ..), to new states."""
        found = self.inner(*given)
        changes = found if isinstance(found, tuple) else self.split(found, states)
        return {
            name: states[name] + size * change.reshape_as(states[name])
            for name, change, size in zip(self.names, changes, self.sizes, strict=True)
        }

    def split(self, flat: torch.Tensor, states: State) -> Tensors:
        """What a perceptron gives (networks, weights), tensor by tensor."""
        parts = flat.split([states[name][0].numel() for name in self.names], -1)  # type: ignore[no-untyped-call]  # torch gives no types
        return tuple(parts)


def editor(
    name: str, train: Fits, start: State | None
) -> tuple[
    Callable[[], Editor],
    Callable[[Fits], Tensors],
    Callable[[Tensors, State, torch.Generator], tuple[Tensors, State]],
]:
    """What makes the editor of a name, what it is given of networks, and another batch of the same functions."""
    names = list(train.states)
    if name in KINDS:
        features = features_of(train, start)
        options = {**KINDS[name], "residual": "messages" not in name}
        return (
            lambda: Editor(WeightNet(features, **options), names),
            lambda some: inputs_of(features, some, start),
            lambda given, states, generator: (given, states),
        )
    moved = name == "MLP, moved"
    tensors = plain_inputs(train, start, moved=moved)
    numbers = [sum(one[0].numel() for one in many) for many in (tensors(train), train.states.values())]
    return (
        lambda: Editor(Flat(numbers[0], out=numbers[1]), names),
        tensors,
        mover(names) if moved else (lambda given, states, generator: (given, states)),
    )
