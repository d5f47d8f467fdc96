"""Functions of sets of items 0, .., 9, by their definitions."""

from __future__ import annotations

import torch

__all__ = ["TASKS", "hits", "targets", "true"]

TASKS = ("sum", "max", "variance", "distinct", "second", "median", "formula")
"""The sum, the largest, the variance, how many different ones, the second largest, the median, and a truth table."""

SCALES = (20.0, 9.0, 8.0, 5.0, 9.0, 9.0, 1.0)
"""What each target is divided by for training."""

TOLERANCES = (0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.5)
"""How near a prediction is that counts as right: half a step between values; half of one for the variance."""


def true(items: torch.Tensor) -> torch.Tensor:
    """Whether (0 and not 1) or (2 and 3) or not (4 or 5) holds, where a proposition holds if its number is in the set.

    >>> true(torch.tensor([[0, 5, 5], [0, 1, 4], [2, 3, 4], [6, 7, 8]])).tolist()
    [True, False, True, True]
    """
    holds = [(items == number).any(-1) for number in range(6)]
    return (holds[0] & ~holds[1]) | (holds[2] & holds[3]) | ~(holds[4] | holds[5])


def targets(items: torch.Tensor) -> torch.Tensor:
    """The values of all tasks, (.., tasks).

    >>> targets(torch.tensor([[3, 1, 3, 9]])).tolist()
    [[16.0, 9.0, 9.0, 3.0, 3.0, 3.0, 1.0]]
    """
    ordered = items.sort(-1).values
    size = items.shape[-1]
    values = items.float()
    distinct = 1 + (ordered[..., 1:] != ordered[..., :-1]).sum(-1)
    median = (ordered[..., (size - 1) // 2] + ordered[..., size // 2]) / 2
    found = (
        values.sum(-1),
        ordered[..., -1],
        values.var(-1, unbiased=False),
        distinct,
        ordered[..., -2],
        median,
        true(items),
    )
    return torch.stack([one.float() for one in found], -1)


def hits(predicted: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
    """For each task the share of predictions, in units of SCALES, that are right."""
    missed = (predicted * torch.tensor(SCALES) - targets(items)).abs()
    return (missed < torch.tensor(TOLERANCES)).float().mean(0)
