"""Checks of the numbers that a layer is made with: channels, layers, rounds, values of an axis."""

import torch

# What follows travels with emitted files.


def _per_tensor(
    name: str, given: int | tuple[int, ...], number: int
) -> tuple[int, ...]:
    """One channel number for each tensor; a single int is meant for all."""
    found = tuple(given) if isinstance(given, (tuple, list)) else (given,) * number
    if len(found) != number:
        raise ValueError(f"{name}: {number} numbers are needed, not {len(found)}")
    return tuple(_number(name, one) for one in found)


def _number(name: str, number) -> int:
    """A number of channels, layers, rounds or values of an axis: a whole one, 1 or more."""
    whole = number
    if not isinstance(number, int):
        try:
            whole = 0 if isinstance(number, torch.Tensor) else number.__index__()
        except (AttributeError, TypeError):
            whole = 0
    if isinstance(number, bool) or not 1 <= whole < 2**31:
        raise ValueError(f"{name}={number!r} is not a whole number, 1 or more")
    return whole
