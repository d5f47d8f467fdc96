"""Values that stand for infinite ones, such as the -1e9 of what is masked: no measure of what stands beside them."""

from __future__ import annotations

from symshare.core.algebra.arrays import Array

__all__ = ["unfilled"]

FILL, FAR = 1e8, 1e6
"""One value, at least so large and so many times as large as all others, stands for an infinite one."""


def unfilled(sizes: Array) -> Array:
    """Some absolute values, which are finite, without those that stand for infinite ones.

    >>> import numpy as np
    >>> unfilled(np.array([0.5, 1e9, 2.0, 1e9])), len(unfilled(np.array([1e9, 2e10, 3.0])))
    (array([0.5, 2. ]), 3)
    """
    while sizes.size and (largest := sizes.max()) >= FILL:
        far = sizes < largest / FAR
        if not sizes[far].any() or sizes[~far].min() < largest * (1 - 1 / FAR):
            break
        sizes = sizes[far]
    return sizes
