"""The two problems of the experiment (samples permuted; the circle turned too), and the networks trained on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from symshare.experiments.spectrum.circle import Circle
from symshare.experiments.spectrum.fourier import (
    Family,
    draw,
)
from symshare.nn import EinNet

__all__ = ["NETS", "NOISES", "PLACES", "PROBLEMS", "TESTS", "Problem", "Sampled"]

NOISES = (0.0, 0.03, 0.1, 0.3, 1.0)
"""Standard deviations of the noise of y in tests."""

TESTS = 1000
"""Sets of samples in each test."""

PLACES = 32
"""Distinct samples of the sets that are given by proportions."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A family of functions, the number of samples in training, and the numbers in tests."""

    name: str
    family: Family
    points: int
    sizes: tuple[int, ...]
    others: tuple[int, ...] = ()
    """Highest frequencies of other functions to test on."""

    def draw(self, sets: int, rng: np.random.Generator, points: int | None = None) -> list[torch.Tensor]:
        """x, y and log p in single precision."""
        return [torch.tensor(one, dtype=torch.float32) for one in draw(self.family, sets, points or self.points, rng)]

    def test(
        self, points: int, noise: float = 0.0, kmax: int | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The test sets of a size: the same functions for every size, seed and predictor."""
        family = Family(kmax or self.family.kmax, self.family.wanted, noise)
        return draw(family, TESTS, points, np.random.default_rng([self.family.kmax, 2]))


PROBLEMS = (
    Problem("kmax 4", Family(4, 4), 128, (128, 512, 2048)),
    Problem("kmax 64", Family(64, 8), 64, (64, 128, 512), (8, 512)),
)


class Sampled(torch.nn.Module):
    """An EinNet on samples: cos and sin of k x for k up to `features`, and y, one set axis, invariant output."""

    def __init__(self, wanted: int, width: int = 64, depth: int = 3, features: int = 1, order: int = 1) -> None:
        super().__init__()
        self.features = features
        self.net = EinNet("aH->H", 2 * features + 1, wanted, width, width, depth, order=order)

    def forward(self, x: torch.Tensor, y: torch.Tensor, measure: torch.Tensor | None = None) -> torch.Tensor:
        """The outputs (batch, wanted) for x and y (batch, samples); `measure` weighs the samples."""
        angles = x[..., None] * torch.arange(1, self.features + 1, device=x.device)
        found: torch.Tensor = self.net(torch.cat([angles.cos(), angles.sin(), y[..., None]], -1), measure)
        return found


@dataclass(frozen=True, slots=True)
class Net:
    """A network for a problem, and how long it is trained: `steps` in the quick form."""

    name: str
    words: str
    make: Callable[[Problem], torch.nn.Module]
    steps: tuple[int, int]
    """For the two problems."""
    rate: float


NETS = (
    Net("sets", "EinNet, aH (samples permuted)", lambda one: Sampled(one.family.wanted), (6000, 14_000), 3e-3),
    Net(
        "features",
        "EinNet, aH, order 2, Fourier features",
        lambda one: Sampled(one.family.wanted, 32, 3, one.family.wanted, 2),
        (6500, 15_000),
        3e-3,
    ),
    Net(
        "circle",
        "and turns of the circle (O(2))",
        lambda one: Circle(one.family.kmax, one.family.wanted, rounds=4 if one.family.kmax < 8 else 6),
        (6000, 1800),
        5e-3,
    ),
)
