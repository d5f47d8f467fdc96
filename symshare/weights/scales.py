"""The noun Scale: by which powers of a number weights are multiplied along an axis, so that a module does what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from symshare.weights.axes import Axis, above
from symshare.weights.parts import Part

__all__ = ["KINDS", "Factors", "Powers", "Scale", "drawn_scale", "factor"]

KINDS = ("positive", "sign")

Powers = tuple[tuple[int, ...], ...]
"""For each part of a tensor the power along each of its axes."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A number for each value of an axis, in each of its lists: any that is positive, or 1 and -1.

    `powers` has for each weight that is multiplied, for each of its parts, by which power along each axis: 1, -1 or 0 for
    most, 0 along other axes.
    """

    axis: str
    kind: str
    powers: tuple[tuple[str, Powers], ...]

    @property
    def by_name(self) -> dict[str, Powers]:
        """The powers by the names of the weights."""
        return dict(self.powers)


@dataclass(frozen=True, slots=True)
class Factors:
    """What acts on an axis of a signature beside permutations: its name there, empty where it cannot be said, and why not.

    `dual` are the places (the name of a tensor, the number of one of its axes) at which the values are divided.
    """

    name: str
    why: str = ""
    dual: frozenset[tuple[str, int]] = frozenset()


def drawn_scale(scale: Scale, axes: Mapping[str, Axis], random: torch.Generator) -> torch.Tensor:
    """A random number for each value of the axis, in each of its lists."""
    axis = axes[scale.axis]
    shape = [one.size for one in (*above(axis, axes), axis)]
    if scale.kind == "sign":
        return 1.0 - 2.0 * torch.randint(2, shape, generator=random).double()
    return (0.5 * torch.randn(shape, generator=random, dtype=torch.float64)).exp()


def factor(part: Part, powers: Sequence[int], numbers: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """By what the entries of a part, as an array over its axes, are multiplied."""
    found = torch.ones([1] * len(shape), dtype=torch.float64)
    for slot, power in enumerate(powers):
        if power:
            chain = part.chain(slot)
            grid = [
                torch.arange(shape[place]).reshape([-1 if place == at else 1 for at in range(len(shape))])
                for place in chain
            ]
            found = found * numbers[tuple(grid)] ** power
    return found
