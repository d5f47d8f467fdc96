"""Charged particles that act on each other, and their paths.

The protocol of Satorras, Hoogeboom and Welling, "E(n) equivariant graph neural networks" (ICML 2021), appendix, which takes
it from Kipf et al., "Neural relational inference" (ICML 2018).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from itertools import combinations

import numpy as np
import torch

__all__ = ["FRAMES", "NUMBERS", "Paths", "force", "paths", "seconds", "simulate"]

PARTICLES = 5
NUMBERS = {"train": 3000, "validation": 2000, "test": 2000}
FRAMES = (30, 40)
"""The saved frames that are given and asked for. Frame 0 is one after the start, which the authors do not save."""
STEP, EVERY = 0.001, 100
"""The time of a step, and the steps from one saved frame to the next."""
SPEED, MOST = 0.5, 100.0
"""The length of a velocity at the start, and the most that a component of a force can be."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Some systems of particles at one frame, and at a later one.

    `positions` and `velocities` (systems, particles, 3), `charges` (systems, particles), -1 or 1; positions `later`, and how
    fast particles are `moving` then.
    """

    positions: torch.Tensor
    velocities: torch.Tensor
    charges: torch.Tensor
    later: torch.Tensor
    moving: torch.Tensor

    def __len__(self) -> int:
        return len(self.charges)

    def __getitem__(self, chosen: torch.Tensor | slice) -> Paths:
        return Paths(*(getattr(self, one.name)[chosen] for one in fields(self)))

    def to(self, device: torch.device) -> Paths:
        """The same on a device."""
        return Paths(*(getattr(self, one.name).to(device) for one in fields(self)))

    def both_ways(self) -> Paths:
        """These paths and the same ones run backwards: the laws of motion do not change when time is reversed."""
        back = Paths(self.later, -self.moving, self.charges, self.positions, -self.velocities)
        return Paths(*(torch.cat([getattr(self, one.name), getattr(back, one.name)]) for one in fields(self)))


def seconds() -> float:
    """The time from the frame that is given to the one that is asked for."""
    return (FRAMES[1] - FRAMES[0]) * EVERY * STEP


def force(positions: np.ndarray, charges: np.ndarray) -> np.ndarray:
    """The forces on particles, (particles, 3, ..), from charges (particles, ..): the sum over the others of
    c_i c_j (x_i - x_j) / |x_i - x_j|^3, each component at most `MOST`.

    >>> force(np.array([[0.0, 0, 0], [2.0, 0, 0]]), np.array([1.0, 1.0]))[0].tolist()
    [-0.25, 0.0, 0.0]
    """
    found = np.zeros_like(positions)
    for one, other in combinations(range(len(positions)), 2):
        away = positions[one] - positions[other]
        square = away[0] * away[0] + away[1] * away[1] + away[2] * away[2]
        away *= charges[one] * charges[other] / (square * np.sqrt(square))
        found[one] += away
        found[other] -= away
    return found.clip(-MOST, MOST)


def simulate(
    positions: np.ndarray, velocities: np.ndarray, charges: np.ndarray, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities at some frames, (frames, particles, 3, ..); the first is the start. In each step velocities are
    moved first, then positions."""
    found = [(positions, velocities)]
    for _ in range(frames - 1):
        for _ in range(EVERY):
            velocities = velocities + STEP * force(positions, charges)
            positions = positions + STEP * velocities
        found.append((positions, velocities))
    return np.stack([one for one, _ in found]), np.stack([one for _, one in found])


@cache
def paths(kind: str, *, number: int | None = None, particles: int = PARTICLES, seed: int = 0) -> Paths:
    """Systems for training, validation or the test, which is the same for every seed.

    Positions start normal, velocities of one length in random directions, charges are 1 or -1 with equal chance.

    >>> paths("test", number=2).later.shape
    torch.Size([2, 5, 3])
    """
    number = NUMBERS[kind] if number is None else number
    place = list(NUMBERS).index(kind)
    drawn = np.random.default_rng([1 + place, 0 if kind == "test" else 1 + seed, particles])
    charges = drawn.choice([-1.0, 1.0], (number, particles))
    positions = drawn.standard_normal((number, particles, 3))
    velocities = drawn.standard_normal((number, particles, 3))
    velocities *= SPEED / np.linalg.norm(velocities, axis=-1, keepdims=True)
    inner = np.moveaxis(positions, 0, -1).copy(), np.moveaxis(velocities, 0, -1).copy(), charges.T.copy()
    at, moving = (np.moveaxis(one, -1, 1)[1:] for one in simulate(*inner, FRAMES[1] + 2))
    start, end = FRAMES
    given = (at[start], moving[start], charges, at[end], moving[end])
    return Paths(*(torch.tensor(one, dtype=torch.float32) for one in given))
