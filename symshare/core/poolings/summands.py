"""Sums of values with factors and powers of sizes, exact where the values are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

from symshare.core.algebra.polynomial import Powers

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Summand", "added"]

Summand = tuple[Fraction, Powers, int]
"""A value of a step (an operand of the term, where its number is negative), a factor, and powers of sizes."""


def added(summands: Sequence[tuple[Fraction, Powers, Array]], lengths: Mapping[str, int]) -> Array:
    """The sum of values times their factors and sizes; whole numbers stay whole, since what is divided by divides the sum.

    >>> import numpy as np
    >>> half = Fraction(1, 2)
    >>> added([(half, (("a", -1),), np.array([4, 8])), (half, (), np.array([1, 1]))], {"a": 1}).tolist()
    [2, 4]
    """
    factors = []
    for factor, powers, _ in summands:
        for axis, power in powers:
            factor *= Fraction(lengths[axis]) ** power
        factors.append(factor)
    common = lcm(*(factor.denominator for factor in factors))
    total: Array = sum(int(factor * common) * value for factor, (_, _, value) in zip(factors, summands, strict=True))  # type: ignore[assignment]  # there is one at least
    if total.dtype.kind in "iuO":
        return total // common
    return total / common
