"""Many small networks trained on digits side by side, each with rates, starts, data and steps of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import State, accuracies, adam, apart, between, started

__all__ = ["FAMILIES", "Convolutions", "Fleet", "Perceptron", "fleet"]


class Perceptron(nn.Module):
    """Two hidden layers of 16 units, ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(64, 16), nn.Linear(16, 16), nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pixels (.., 64) to scores (.., 10)."""
        found: torch.Tensor = self.last(self.second(self.first(x).relu()).relu())
        return found


class Convolutions(nn.Module):
    """Two convolutions of 8 channels, ReLU, a mean over positions, a linear map."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 3, stride=2), nn.Conv2d(8, 8, 3, padding=1)
        self.last = nn.Linear(8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (images, 8, 8) to scores (images, 10)."""
        found: torch.Tensor = self.last(self.second(self.first(x[:, None]).relu()).relu().mean((-2, -1)))
        return found


FAMILIES: Mapping[str, tuple[type[nn.Module], int, int]] = {
    "MLP": (Perceptron, 2000, 500),
    "CNN": (Convolutions, 1500, 600),
}
"""How a member is made, how many there are, and the most steps that one is trained for."""
BATCH = 32


@dataclass(frozen=True, slots=True)
class Fleet:
    """Trained networks of one kind: their states side by side, (networks, ..) each, and their accuracies (networks,)."""

    states: State
    accuracies: torch.Tensor

    def __len__(self) -> int:
        return len(self.accuracies)

    def __getitem__(self, chosen: slice | torch.Tensor) -> Fleet:
        return Fleet({name: one[chosen] for name, one in self.states.items()}, self.accuracies[chosen])

    def apart(self) -> list[State]:
        """The state of each network."""
        return apart(self.states)


@cache
def fleet(family: str, *, number: int | None = None, seed: int = 0) -> Fleet:
    """Train a family's networks, all at once, and measure each on images that none was trained on.

    Rate, size of the first weights, weight decay, share of the images and number of steps are drawn for each network.
    """
    make, usual, most = FAMILIES[family]
    number = usual if number is None else number
    generator = torch.Generator().manual_seed(seed + 1)
    states = started(make, between(0.3, 3.0, number, generator), generator)
    drawn = _drawn(number, most, generator)
    model, (images, shown) = make(), _images(family, "train")
    moments = [{name: torch.zeros_like(one) for name, one in states.items()} for _ in range(2)]

    def loss(state: State, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(functional_call(model, state, (x,)), y)

    slopes = vmap(grad(loss))
    for step in range(most):
        chosen = (torch.rand(number, BATCH, generator=generator) * drawn["images"][:, None]).long()
        found = slopes(states, images[chosen], shown[chosen])
        going = drawn["steps"] > step
        for name, slope in found.items():
            own = [one[name] for one in moments]
            adam(states[name], slope, own, step, drawn["rate"] * going, drawn["decay"])
    return Fleet(states, accuracies(model, states, *_images(family, "test")))


def _images(family: str, kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [digits(one) for one in (("train",) if kind == "train" else ("validation", "test"))]
    images, shown = (torch.cat(one) for one in zip(*parts, strict=True))
    return images.flatten(1) if family == "MLP" else images, shown


def _drawn(number: int, most: int, generator: torch.Generator) -> State:
    """The choices of each network."""
    return {
        "rate": between(1e-3, 3e-2, number, generator),
        "decay": between(1e-4, 0.5, number, generator),
        "images": between(50, 1000, number, generator).round(),
        "steps": between(most / 20, most, number, generator).round(),
    }
