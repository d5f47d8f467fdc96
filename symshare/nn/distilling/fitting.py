"""Coefficients by least squares: over fewer and fewer terms, and rounded to short numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch

from symshare.core.algebra.arrays import Array

__all__ = ["fractions", "l1_path", "least_squares", "rational", "rounded"]

STEPS = 60
"""Values of the penalty on the path, each a fifth below the last."""
SWEEPS = 200
FINEST = 1e-12
"""How near to a number a fraction is looked for at least."""


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
    gram, slopes = (unit.T @ unit).numpy(), (unit.T @ aim).numpy()
    numbers, found = np.zeros(len(slopes)), list[tuple[int, ...]]()
    penalty = float(np.abs(slopes).max(initial=0.0))
    for _ in range(STEPS):
        penalty *= 0.8
        for _ in range(SWEEPS):
            moving = np.flatnonzero((numbers != 0) | (np.abs(slopes) > penalty))
            most = 0.0
            for place in moving:
                slope = slopes[place] + numbers[place]
                step = max(abs(slope) - penalty, 0.0) * (1.0 if slope > 0 else -1.0) - numbers[place]
                if step:
                    numbers[place] += step
                    slopes -= gram[place] * step
                    most = max(most, abs(step))
            if most <= 1e-6 * np.abs(numbers).max(initial=0.0):
                break
        kept = tuple(np.flatnonzero(numbers).tolist())
        if kept and kept not in found:
            found.append(kept)
    whole = tuple(range(len(slopes)))
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
        above = round(number * below)
        if abs(above / below - number) <= within:
            return Fraction(above, below)
    return None


def fractions(
    numbers: Sequence[float], matrix: Array, aim: Array, exact: float, share: float, tolerance: float
) -> list[Fraction] | None:
    """Fractions near numbers with which a matrix (rows, terms) gives an aim (rows) up to `exact`, the simplest such; None
    where there are none.

    Fractions are looked for within a tolerance, then within less and less: the simplest one near 1/36 is 1/35. Denominators
    are as large as what an error of a `share` of the aim tells apart.
    """
    largest = int(min(10_000.0, max(12.0, (0.01 / share) ** 0.5)))
    for power in range(16):
        within = max(tolerance, FINEST) * 10.0**-power
        found = [rational(number, within, largest) for number in numbers]
        known = [one for one in found if one is not None]
        if within < FINEST / 10 or len(known) < len(found):
            return None
        if np.abs(matrix @ np.array([float(one) for one in known]) - aim).max(initial=0.0) <= exact:
            return known
    return None
