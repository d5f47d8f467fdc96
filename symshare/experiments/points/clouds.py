"""Clouds of points on eight surfaces, with noise, turned or upright, of as many points as are asked for."""

from __future__ import annotations

from collections.abc import Callable

import torch

__all__ = ["NOISE", "SURFACES", "clouds", "rotations"]

NOISE = 0.03
"""The standard deviation of what is added to each coordinate; a surface has a root mean square of one."""

Drawn = Callable[..., torch.Tensor]


def _sphere(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    height, angle = 2 * u - 1, 2 * torch.pi * v
    ring = (1 - height * height).clamp(min=0).sqrt()
    return ring * angle.cos(), ring * angle.sin(), height


def _ellipsoid(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    x, y, z = _sphere(u, v)
    return x, 0.7 * y, 0.45 * z


def _cylinder(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return (2 * torch.pi * v).cos(), (2 * torch.pi * v).sin(), 2 * u - 1


def _cone(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    ring = u.sqrt()
    return ring * (2 * torch.pi * v).cos(), ring * (2 * torch.pi * v).sin(), 2 * (1 - ring)


def _torus(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    ring = 1 + 0.4 * (2 * torch.pi * u).cos()
    return ring * (2 * torch.pi * v).cos(), ring * (2 * torch.pi * v).sin(), 0.4 * (2 * torch.pi * u).sin()


def _cube(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    face = (6 * u).floor().clamp(max=5)
    one, other = 2 * (6 * u - face) - 1, 2 * v - 1
    side = torch.where(face % 2 == 0, 1.0, -1.0)
    axis = (face / 2).floor()
    first = torch.where(axis == 0, side, one)
    second = torch.where(axis == 1, side, torch.where(axis == 0, one, other))
    return first, second, torch.where(axis == 2, side, other)


def _saddle(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    x, y = 2 * u - 1, 2 * v - 1
    return x, y, x * x - y * y


def _helicoid(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
    ring, angle = 2 * u - 1, 2 * torch.pi * v
    return ring * angle.cos(), ring * angle.sin(), angle / 3 - 1


SURFACES: dict[str, Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, ...]]] = {
    "sphere": _sphere,
    "ellipsoid": _ellipsoid,
    "cylinder": _cylinder,
    "cone": _cone,
    "torus": _torus,
    "cube": _cube,
    "saddle": _saddle,
    "helicoid": _helicoid,
}


def clouds(
    number: int, points: int, generator: torch.Generator, *, turned: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Clouds (number, points, 3) of random surfaces, and which (number,): about their mean, of root mean square one.

    >>> x, which = clouds(4, 64, torch.Generator().manual_seed(0))
    >>> x.shape, which.shape
    (torch.Size([4, 64, 3]), torch.Size([4]))
    """
    which = torch.randint(len(SURFACES), (number,), generator=generator)
    u, v = torch.rand(2, number, points, generator=generator)
    every = torch.stack([torch.stack(one(u, v), -1) for one in SURFACES.values()])
    x = every[which, torch.arange(number)]
    x = x + NOISE * torch.randn(x.shape, generator=generator)
    x = x - x.mean(1, keepdim=True)
    x = x / x.square().sum(-1).mean(1).sqrt()[:, None, None]
    if turned:
        x = x @ rotations(number, generator)
    return x, which


def rotations(number: int, generator: torch.Generator) -> torch.Tensor:
    """Random rotations (number, 3, 3), evenly over all."""
    found: torch.Tensor
    found, upper = torch.linalg.qr(torch.randn(number, 3, 3, generator=generator))
    found = found * upper.diagonal(dim1=-2, dim2=-1).sign()[:, None]
    found[:, :, 0] *= torch.linalg.det(found)[:, None]
    return found
