"""Networks of sines, fitted to digits all at once: each from a start of its own, or all from one that is learned for it.

Sources: Sitzmann, Martel, Bergman, Lindell and Wetzstein, "Implicit neural representations with periodic activation functions",
NeurIPS 2020; Nichol, Achiam and Schulman, "On first-order meta-learning algorithms", 2018 (how the common start is learned).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import State

__all__ = ["STARTS", "Fits", "Siren", "common", "drawn", "fits", "points", "shown_by"]

WIDTH, FREQUENCY, SIDE = 16, 8.0, 8
STARTS = ("own starts", "common start")
FITTING = {"own starts": (300, 1e-2), "common start": (60, 1e-2)}
"""Steps and rate of a fit."""
SEEN = 0.5
"""The part of the pixels that a step of a fit sees, drawn anew in each; fits of one image differ by it."""
LEARNING, TASKS = 300, 32
"""Rounds in which the common start is learned, and the images of each."""
AT_ONCE = 500


class Siren(nn.Module):
    """Two layers of sines; the frequency is in the first weights from the start, as torch's layers have no factor."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(2, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map places (places, 2), from -1 to 1, to what is seen there (places, 1), about 0 to 1."""
        found: torch.Tensor = self.last(torch.sin(self.second(torch.sin(self.first(x)))))
        return found


Change = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Fits:
    """Networks (networks, ..), what each shows, how far off it is on its pixels (mean square)."""

    states: State
    shown: torch.Tensor
    errors: torch.Tensor

    def __len__(self) -> int:
        return len(self.shown)


@cache
def points() -> torch.Tensor:
    """The places of the pixels of an image, row by row, (64, 2): first across, then down.

    >>> points()[:2]
    tensor([[-1.0000, -1.0000],
            [-0.7143, -1.0000]])
    """
    line = torch.linspace(-1, 1, SIDE)
    down, across = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([across, down], -1).reshape(SIDE * SIDE, 2)


def drawn(number: int, generator: torch.Generator) -> State:
    """First states: first weights up to half the frequency, phases of any angle, later ones as in the article of sines."""
    bound = math.sqrt(6 / WIDTH)

    def uniform(most: float, *shape: int) -> torch.Tensor:
        return most * (2 * torch.rand(number, *shape, generator=generator) - 1)

    return {
        "first.weight": uniform(FREQUENCY / 2, WIDTH, 2),
        "first.bias": uniform(math.pi, WIDTH),
        "second.weight": uniform(bound, WIDTH, WIDTH),
        "second.bias": uniform(0.3, WIDTH),
        "last.weight": uniform(bound, 1, WIDTH),
        "last.bias": uniform(0.3, 1),
    }


def shown_by(states: State, places: torch.Tensor) -> torch.Tensor:
    """What networks (networks, ..) show at places (places, 2): (networks, places)."""
    first = torch.sin(places @ states["first.weight"].mT + states["first.bias"][:, None])
    second = torch.sin(first @ states["second.weight"].mT + states["second.bias"][:, None])
    return (second @ states["last.weight"].mT + states["last.bias"][:, None])[..., 0]


def _fitted(states: State, wanted: torch.Tensor, steps: int, rate: float, generator: torch.Generator) -> State:
    """Networks brought to images (networks, pixels) by Adam, all at once; a step sees a part of the pixels of each."""
    found = {name: one.clone().requires_grad_() for name, one in states.items()}
    optimiser = torch.optim.Adam(found.values(), rate)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        seen = torch.rand(wanted.shape, generator=generator) < SEEN
        error = ((shown_by(found, points()) - wanted).square() * seen).mean(-1).sum()
        optimiser.zero_grad()
        error.backward()  # type: ignore[no-untyped-call]  # torch gives no types
        optimiser.step()
    return {name: one.detach() for name, one in found.items()}


@cache
def common(seed: int = 0) -> State:
    """A start (1, ..) from which images to train on are reached soon: in each round it goes towards the mean of what was fitted
    from it."""
    generator = torch.Generator().manual_seed(2 * seed + 1)
    images = digits("train")[0].flatten(1)
    start = drawn(1, generator)
    steps, rate = FITTING["common start"]
    for number in range(LEARNING):
        chosen = torch.randint(len(images), (TASKS,), generator=generator)
        many = {name: one.expand(TASKS, *one.shape[1:]) for name, one in start.items()}
        found = _fitted(many, images[chosen], steps // 3, rate, generator)
        start = {
            name: one.lerp(found[name].mean(0, keepdim=True), 0.5 * (1 - number / LEARNING))
            for name, one in start.items()
        }
    return start


@cache
def fits(
    starts: str, kind: str, copies: int, seed: int = 0, most: int | None = None, change: Change | None = None
) -> Fits:
    """Networks for the images of a split, or for what `change` makes of them, several of each; `most` takes the first ones."""
    images, shown = (one[:most] for one in digits(kind))
    images = images if change is None else change(images)
    wanted = images.flatten(1).repeat(copies, 1)
    place = ("train", "validation", "test").index(kind)
    generator = torch.Generator().manual_seed(1_000 * seed + 10 * place + STARTS.index(starts))
    steps, rate = FITTING[starts]
    parts = []
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        first = drawn(len(part), generator)
        if starts == "common start":
            first = {name: one.expand(len(part), *one.shape[1:]) for name, one in common(seed).items()}
        parts.append(_fitted(first, part, steps, rate, generator))
    states = {name: torch.cat([one[name] for one in parts]) for name in parts[0]}
    errors = (shown_by(states, points()) - wanted).square().mean(-1)
    return Fits(states, shown.repeat(copies), errors)
