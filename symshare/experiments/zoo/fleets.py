"""Many small networks trained on digits side by side, each with rates, starts, data and steps of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from symshare.experiments.harness.digits import digits

__all__ = ["FAMILIES", "Convolutions", "Fleet", "Perceptron", "fleet"]

State = dict[str, torch.Tensor]


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
        return [{name: one[place] for name, one in self.states.items()} for place in range(len(self))]


@cache
def fleet(family: str, *, number: int | None = None, seed: int = 0) -> Fleet:
    """Train a family's networks, all at once, and measure each on images that none was trained on.

    Rate, size of the first weights, weight decay, share of the images and number of steps are drawn for each network.
    """
    make, usual, most = FAMILIES[family]
    number = usual if number is None else number
    generator = torch.Generator().manual_seed(seed + 1)
    states, drawn = _started(make, number, generator), _drawn(number, most, generator)
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
            _adam(states[name], slope, [one[name] for one in moments], step, drawn, going)
    return Fleet(states, _accuracies(model, states, *_images(family, "test")))


def _images(family: str, kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [digits(one) for one in (("train",) if kind == "train" else ("validation", "test"))]
    images, shown = (torch.cat(one) for one in zip(*parts, strict=True))
    return images.flatten(1) if family == "MLP" else images, shown


def _started(make: type[nn.Module], number: int, generator: torch.Generator) -> State:
    """First states, larger or smaller than torch's by a factor of each network's own."""
    factor = _between(0.3, 3.0, number, generator)
    found = {}
    for name, one in make().state_dict().items():
        fan = one[0].numel() if one.dim() > 1 else 16
        values = (2 * torch.rand(number, *one.shape, generator=generator) - 1) / fan**0.5
        found[name] = values * factor.reshape(-1, *[1] * one.dim())
    return found


def _drawn(number: int, most: int, generator: torch.Generator) -> State:
    """The choices of each network."""
    return {
        "rate": _between(1e-3, 3e-2, number, generator),
        "decay": _between(1e-4, 0.5, number, generator),
        "images": _between(50, 1000, number, generator).round(),
        "steps": _between(most / 20, most, number, generator).round(),
    }


def _between(least: float, most: float, number: int, generator: torch.Generator) -> torch.Tensor:
    """Numbers between two, evenly on the scale of their logarithms."""
    return least * (most / least) ** torch.rand(number, generator=generator)


def _adam(
    value: torch.Tensor, slope: torch.Tensor, moments: list[torch.Tensor], step: int, drawn: State, going: torch.Tensor
) -> None:
    """One step of AdamW for each network that still goes on, in place."""
    shape = (-1, *[1] * (value.dim() - 1))
    rate, decay = drawn["rate"].reshape(shape) * going.reshape(shape), drawn["decay"].reshape(shape)
    moments[0].lerp_(slope, 0.1)
    moments[1].lerp_(slope.square(), 0.001)
    first, second = moments[0] / (1 - 0.9 ** (step + 1)), moments[1] / (1 - 0.999 ** (step + 1))
    value.sub_(rate * (first / (second.sqrt() + 1e-8) + decay * value))


@torch.no_grad()
def _accuracies(model: nn.Module, states: State, images: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    number = len(next(iter(states.values())))
    found = []
    for start in range(0, number, 100):
        part = {name: one[start : start + 100] for name, one in states.items()}
        scores = vmap(lambda state: functional_call(model, state, (images,)))(part)
        found.append((scores.argmax(-1) == shown).float().mean(-1))
    return torch.cat(found)
