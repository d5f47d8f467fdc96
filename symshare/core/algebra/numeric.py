"""Null spaces in floating point, for generators that no exact arithmetic here can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg

from symshare.core.algebra.arrays import Array
from symshare.errors import SymshareError, TooLargeError

__all__ = ["Spectrum", "numeric_null_space"]

MOST_UNKNOWNS = 4_000
"""Unknowns of a dense matrix of floats, which a singular value decomposition takes: 128 MB; its time was not measured."""

LEAST_GAP = 1e3
"""Singular values that count as nonzero are so many times those that count as zero; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Where a numeric null space was cut: singular values up to `largest_zero` count as zero, `tolerance` is between
    it and `least_nonzero` (infinite where none is left), `scale` is the largest."""

    tolerance: float
    largest_zero: float
    least_nonzero: float
    scale: float

    def __str__(self) -> str:
        doubt = "; were the generators rounded?" if self.least_nonzero < 1e-4 * self.scale else ""
        if self.least_nonzero == float("inf"):
            return "numeric: no equations, nothing was cut"
        return (
            f"numeric: singular values up to {self.largest_zero:.1e} taken as zero, the next is {self.least_nonzero:.1e} "
            f"(tolerance {self.tolerance:.1e}, largest {self.scale:.1e}){doubt}"
        )


def numeric_null_space(blocks: Sequence[Any], unknowns: int) -> tuple[Array, Spectrum]:
    """An orthonormal basis, of shape (dimension, unknowns), of the common null space of float matrices, by SVD.

    A matrix with entries over 1 is divided by the largest first. Singular values below `tolerance` (machine precision times
    size times the largest) count as zero.

    Raises SymshareError where a number is not finite, or where no clear gap parts zeros from the rest, TooLargeError above
    four thousand unknowns.

    >>> basis, spectrum = numeric_null_space([np.array([[1.0, -1.0]])], 2)
    >>> basis.shape, bool(spectrum.largest_zero < spectrum.tolerance < spectrum.least_nonzero)
    ((1, 2), True)
    """
    if unknowns > MOST_UNKNOWNS:
        raise TooLargeError(
            f"a numeric null space of {unknowns:,} unknowns is over {MOST_UNKNOWNS:,}\n  lower the order or the sizes"
        )
    stacked = np.zeros((0, unknowns))
    for block in blocks:
        rows = block.toarray() if hasattr(block, "toarray") else np.asarray(block, dtype=float)
        if not np.isfinite(rows).all():
            raise SymshareError("an equation has a number that is not finite\n  mend the generator it comes from")
        rows = rows / max(float(np.abs(rows).max(initial=0.0)), 1.0)
        stacked = np.vstack([stacked, rows[np.abs(rows).max(axis=1, initial=0.0) > 0]])
        if len(stacked) > 2 * unknowns:
            stacked = linalg.qr(stacked, mode="r")[0][:unknowns]
    if not unknowns or not len(stacked):
        return np.eye(unknowns), Spectrum(0.0, 0.0, float("inf"), 0.0)
    _, values, rows = linalg.svd(stacked, full_matrices=True)
    if not (np.isfinite(values).all() and np.isfinite(rows).all()):
        raise SymshareError(
            "the singular value decomposition gave numbers that are not finite\n  use --solver rational"
        )
    scale = float(values[0])
    tolerance = float(64 * np.finfo(float).eps * max(stacked.shape) * max(scale, 1.0))
    rank = int((values > tolerance).sum())
    zero = float(values[rank]) if rank < len(values) else 0.0
    nonzero = float(values[rank - 1]) if rank else float("inf")
    if nonzero < LEAST_GAP * max(zero, tolerance / 64):
        raise SymshareError(
            f"no clear gap parts the singular values {zero:.1e} and {nonzero:.1e} (tolerance {tolerance:.1e})\n"
            "  write the generators exactly: '1/2', 'sqrt(3)/2'"
        )
    return rows[rank:], Spectrum(tolerance, zero, nonzero, scale)
