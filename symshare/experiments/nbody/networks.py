"""Networks for charged particles from derived layers, which keep all that the laws of motion keep."""

from __future__ import annotations

import torch

from symshare.experiments.nbody.particles import seconds
from symshare.nn import EinNet

__all__ = ["POOLINGS", "Derived", "near"]

POOLINGS = (
    *("ar->ar", "ar->abr", "ar->bar", "abr->ar", "abr->abr", "abr->bar"),
    *("a->a", "a->ab", "a->ba", "ab->a", "ab->ab", "ab->ba"),
    *("abr,abr->ab", "ab,abr->abr"),
)
"""Differences of vectors, means over the other particles, products of vectors of a pair, numbers times vectors of a pair: of
the 54 maps and six irreducible poolings of order 2 on a, ar, aa, aar, those that act on a pair by itself or bring it back to
its particles."""
NEAR = 6
SOFT = 1e-2
"""What squared distances are larger by where a pair is divided by them."""


class Derived(torch.nn.Module):
    """Positions later, as straight motion and what a network adds to it.

    The network has axes a (particles, permuted) and r (space, under O(3)), and carries numbers and vectors of particles
    and of pairs. It keeps rotations, reflections and the order of particles. It sees positions and velocities less their
    means, and what it adds has mean zero, so that it keeps translations, steady motion of the whole, and the law that the
    centre moves straight on. It sees products of charges only: all may change their signs. Of distances it is told what
    `near` gives.
    """

    def __init__(
        self, width: int = 48, vectors: int = 12, depth: int = 4, poolings: tuple[str, ...] = POOLINGS
    ) -> None:
        super().__init__()
        self.net = EinNet(
            *("pos:ar,vel:ar,like:aa,near:aa->ar", (1, 1, 1, NEAR), 1),
            *({"a": width, "ar": vectors, "aa": width, "aar": vectors}, vectors, depth),
            order=2,
            axes={"r": "O(3)"},
            types="a,ar,aa,aar",
            poolings=poolings,
        )
        self.scale = torch.nn.Parameter(torch.tensor(0.3))
        self.seconds = seconds()
        self.time = torch.nn.Parameter(torch.tensor(self.seconds))

    def forward(self, x: torch.Tensor, v: torch.Tensor, charges: torch.Tensor) -> torch.Tensor:
        """Map positions and velocities (systems, particles, 3) and charges (systems, particles) to positions."""
        centre, drift = x.mean(1, keepdim=True), v.mean(1, keepdim=True)
        x, v = x - centre, v - drift
        like = charges[:, :, None] * charges[:, None]
        found = self.net(x[..., None], v[..., None], like[..., None], near(x))[..., 0]
        added: torch.Tensor = self.scale * (found - found.mean(1, keepdim=True))
        return centre + self.seconds * drift + x + self.time * v + added


def near(x: torch.Tensor) -> torch.Tensor:
    """Functions of the distances of pairs (systems, particles, particles, 6): their powers -1, -2, -3, logarithm and square,
    and whether both are one particle.

    >>> near(torch.tensor([[[0.0, 0, 0], [2.0, 0, 0]]])).shape
    torch.Size([1, 2, 2, 6])
    """
    square = (x[:, :, None] - x[:, None]).square().sum(-1)
    same = torch.eye(x.shape[1], device=x.device, dtype=x.dtype).expand_as(square)
    inverse = (square + SOFT).rsqrt() * (1 - same)
    log = torch.log(square + SOFT) * (1 - same)
    return torch.stack([inverse, inverse**2, inverse**3, log, square / 10, same], -1)
