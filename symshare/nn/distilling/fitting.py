"""Coefficients by least squares: over fewer and fewer terms, and rounded to short numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import torch

__all__ = ["l1_path", "least_squares", "rational", "rounded"]

STEPS = 60
"""Values of the penalty on the path, each a fifth below the last."""
SWEEPS = 200


def least_squares(columns: torch.Tensor, aim: torch.Tensor, kept: Sequence[int]) -> torch.Tensor:
    """The coefficients of the columns that are kept, zero for the others; columns (rows, terms), aim (rows)."""
    found = torch.zeros(columns.shape[1], dtype=columns.dtype)
    if kept:
        chosen = columns[:, list(kept)]
        size = chosen.norm(dim=0).clamp(min=1e-300)
        found[list(kept)] = torch.linalg.lstsq(chosen / size, aim[:, None], driver="gelsd").solution[:, 0] / size
    return found


def l1_path(columns: torch.Tensor, aim: torch.Tensor) -> list[tuple[int, ...]]:
    """Sets of columns, from few to all: those that are not zero at the minimum of squares plus a penalty on absolute values,
    as the penalty falls (Tibshirani 1996, by coordinate descent)."""
    size = columns.norm(dim=0).clamp(min=1e-300)
    unit = columns / size
    gram, right = unit.T @ unit, unit.T @ aim
    numbers, found = torch.zeros(len(right), dtype=columns.dtype), []
    penalty = right.abs().max().item()
    for _ in range(STEPS):
        penalty *= 0.8 if penalty else 1.0
        for _ in range(SWEEPS):
            before = numbers.clone()
            for place in range(len(numbers)):
                slope = (right[place] - gram[place] @ numbers + numbers[place]).item()
                numbers[place] = max(abs(slope) - penalty, 0.0) * (1 if slope > 0 else -1)
            if (numbers - before).abs().max() <= 1e-6 * numbers.abs().max():
                break
        kept = tuple(numbers.nonzero()[:, 0].tolist())
        if kept and kept not in found:
            found.append(kept)
    whole = tuple(range(len(right)))
    return [*found, *([] if whole in found else [whole])]


def rounded(numbers: Sequence[float], digits: int) -> list[Fraction]:
    """Numbers to so many decimals, exactly.

    >>> rounded([2.2961, -1.3], 2)
    [Fraction(23, 10), Fraction(-13, 10)]
    """
    return [Fraction(round(number * 10**digits), 10**digits) for number in numbers]


def rational(number: float, within: float, largest: int = 1000) -> Fraction | None:
    """The fraction of the smallest denominator in reach of a number; None where there is none up to the largest.

    >>> rational(0.33333334, 1e-6), rational(0.123456, 1e-9)
    (Fraction(1, 3), None)
    """
    for below in range(1, largest + 1):
        found = Fraction(round(number * below), below)
        if abs(float(found) - number) <= within:
            return found
    return None
