"""What reads networks without their symmetry: sets of weights, and perceptrons on all weights in a row."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["Flat", "Sets"]


class Sets(nn.Module):
    """All weights of a tensor are a set: what is learned of each, averaged; a perceptron on the sets of all tensors."""

    def __init__(self, tensors: int, width: int = 64, out: int = 1) -> None:
        super().__init__()
        self.own = nn.ModuleList(
            nn.Sequential(nn.Linear(1, width), nn.GELU(), nn.Linear(width, width), nn.GELU()) for _ in range(tensors)
        )
        self.rest = nn.Sequential(nn.Linear(width * tensors, 128), nn.GELU(), nn.Linear(128, out))

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        """Map weights (networks, ..) to numbers (networks, out)."""
        sets = [own(one.flatten(1)[..., None]).mean(1) for own, one in zip(self.own, given, strict=True)]
        found: torch.Tensor = self.rest(torch.cat(sets, -1))
        return found


class Flat(nn.Module):
    """A perceptron on all weights, one behind the other."""

    def __init__(self, numbers: int, width: int = 256, out: int = 1) -> None:
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
