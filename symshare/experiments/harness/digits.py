"""The digits that scikit-learn ships: 1,797 images of 8 x 8 pixels, split by image.

Source: E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository, 1998 (its test
set), CC BY 4.0.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from symshare.errors import ExperimentError

__all__ = ["Digits", "digits"]

SPLITS = {"train": (0, 1000), "validation": (1000, 1300), "test": (1300, 1797)}
"""First image and the one after the last, in an order drawn once."""

Digits = tuple[torch.Tensor, torch.Tensor]


@cache
def digits(kind: str) -> Digits:
    """Images (images, 8, 8) from 0 to 1 and what they show (images,) of a split: train, validation or test.

    Raises ExperimentError where scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ExperimentError(
            "the digits come with scikit-learn, which is not installed\n  write: pip install scikit-learn"
        ) from None
    found = load_digits()
    order = np.random.default_rng(0).permutation(len(found.images))
    start, end = SPLITS[kind]
    chosen = order[start:end]
    images, shown = found.images[chosen] / 16, found.target[chosen]
    return torch.tensor(images, dtype=torch.float32), torch.tensor(shown, dtype=torch.long)
