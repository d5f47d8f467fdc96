"""Small perceptrons that start and learn each in its own way, trained side by side, under masks that hold weights at zero.

Source: J. Frankle and M. Carbin, "The lottery ticket hypothesis: finding sparse, trainable neural networks", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from symshare.experiments.harness.digits import digits
from symshare.experiments.harness.fleets import State, accuracies, adam, between, started

__all__ = ["KEPT", "STEPS", "Family", "Perceptron", "family", "measured", "slopes_at", "top", "trained"]

KEPT = 0.05
"""The share of weights that a mask keeps."""
STEPS, BATCH = 300, 32
ROUNDS = 3
"""Trainings after each of which the smallest weights go, so that the last leaves the share that is kept."""


class Perceptron(nn.Module):
    """Hidden layers of 48 and 16 units, ReLU: 4,000 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(64, 48), nn.Linear(48, 16), nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pixels (.., 64) to scores (.., 10)."""
        found: torch.Tensor = self.last(self.second(self.first(x).relu()).relu())
        return found


@dataclass(frozen=True, slots=True)
class Family:
    """Networks side by side: how they start, (networks, ..) each, their rates and decays, and their winning tickets."""

    starts: State
    drawn: State
    tickets: State

    def __len__(self) -> int:
        return len(self.drawn["rate"])

    def to(self, device: torch.device | str) -> Family:
        """The same on another device."""
        return Family(
            *({name: one.to(device) for name, one in part.items()} for part in (self.starts, self.drawn, self.tickets))
        )

    def __getitem__(self, chosen: slice | torch.Tensor) -> Family:
        return Family(
            *({name: one[chosen] for name, one in part.items()} for part in (self.starts, self.drawn, self.tickets))
        )


@cache
def family(number: int, *, steps: int = STEPS, seed: int = 0, device: str = "cpu") -> Family:
    """Networks that are trained on a device, given on the CPU: with starts, rates and decays of their own, and for each the
    mask that its training tells: the largest weights after it, of which again those that are largest after a training of these
    alone, and so on."""
    generator = torch.Generator().manual_seed(seed + 1)
    starts = started(Perceptron, between(0.5, 2.0, number, generator), generator)
    starts = {name: one if one.dim() > 2 else torch.zeros_like(one) for name, one in starts.items()}
    drawn = {"rate": between(4e-3, 2e-2, number, generator), "decay": between(1e-4, 1e-1, number, generator)}
    whole = Family(starts, drawn, {name: torch.ones_like(one) for name, one in starts.items()}).to(device)
    masks = whole.tickets
    for turn in range(ROUNDS):
        ends = trained(whole.starts, whole.drawn, masks, steps=steps, seed=seed + turn)
        sizes = {name: one.abs() * masks[name] for name, one in ends.items()}
        masks = top(sizes, KEPT ** ((turn + 1) / ROUNDS))
    return Family(whole.starts, whole.drawn, masks).to("cpu")


def trained(starts: State, drawn: State, masks: State, *, steps: int = STEPS, seed: int = 0) -> State:
    """Networks after so many steps of AdamW on the digits, each under its mask (networks, ..); the rates fall to zero."""
    generator = torch.Generator().manual_seed(seed + 101)
    states = {name: one * masks[name] for name, one in starts.items()}
    images, shown = _images("train")
    moments = [{name: torch.zeros_like(one) for name, one in states.items()} for _ in range(2)]
    number, device = len(drawn["rate"]), drawn["rate"].device
    slopes = vmap(grad(_loss))
    for step in range(steps):
        chosen = torch.randint(len(images), (number, BATCH), generator=generator)
        found = slopes(states, masks, images[chosen].to(device), shown[chosen].to(device))
        rate = drawn["rate"] * (1 - step / steps)
        for name, slope in found.items():
            adam(states[name], slope, [one[name] for one in moments], step, rate, drawn["decay"])
    return states


def _loss(state: State, mask: State, images: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    kept = {name: one * mask[name] for name, one in state.items()}
    return nn.functional.cross_entropy(functional_call(_MODEL, kept, (images,)), shown)


_MODEL = Perceptron()


def slopes_at(states: State) -> State:
    """The gradients of the loss on all images to train on, (networks, ..)."""
    images, shown = _images("train")
    masks = {name: torch.ones_like(one[0]) for name, one in states.items()}
    parts = zip(*(one.split(50) for one in states.values()), strict=True)  # type: ignore[no-untyped-call]  # torch's
    found = [
        vmap(grad(_loss), in_dims=(0, None, None, None))(dict(zip(states, part, strict=True)), masks, images, shown)
        for part in parts
    ]
    return {name: torch.cat([one[name] for one in found]) for name in states}


def measured(
    some: Family, masks: State, kind: str, *, steps: int = STEPS, seed: int = 0, device: torch.device | str = "cpu"
) -> torch.Tensor:
    """What networks reach on the images of a split once they are trained under masks, (networks,)."""
    whole = Family(some.starts, some.drawn, masks).to(device)
    ends = trained(whole.starts, whole.drawn, whole.tickets, steps=steps, seed=seed + 50)
    return accuracies(_MODEL, ends, *(one.to(device) for one in _images(kind))).cpu()


def _images(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    images, shown = digits(kind)
    return images.flatten(1), shown


def top(scores: Mapping[str, torch.Tensor], share: float | Mapping[str, float] = KEPT) -> State:
    """Masks (networks, ..) of the weights with the largest scores, all biases too: a share of all, or of each tensor.

    >>> top({"a.weight": torch.tensor([[[3.0, 1.0], [2.0, 0.0]]]), "a.bias": torch.zeros(1, 2)}, 0.5)["a.weight"].tolist()
    [[[1.0, 0.0], [1.0, 0.0]]]
    """
    weights = {name: one.flatten(1) for name, one in scores.items() if one.dim() > 2}
    if isinstance(share, Mapping):
        chosen = {name: _largest(one, share[name]) for name, one in weights.items()}
    else:
        sizes = [one.shape[1] for one in weights.values()]
        whole = _largest(torch.cat([*weights.values()], 1), share)
        chosen = dict(zip(weights, whole.split(sizes, 1), strict=True))  # type: ignore[no-untyped-call]  # torch's
    return {
        name: chosen[name].reshape(one.shape) if name in chosen else torch.ones_like(one)
        for name, one in scores.items()
    }


def _largest(scores: torch.Tensor, share: float) -> torch.Tensor:
    number = max(1, round(share * scores.shape[1]))
    return torch.zeros_like(scores).scatter_(1, scores.topk(number, 1).indices, 1.0)
