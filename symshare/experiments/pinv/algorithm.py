"""The iteration that a network has learned, in matrix words, and how fast it comes to its end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from symshare.experiments.pinv.matrices import errors
from symshare.nn.distilling.distil import distil
from symshare.nn.distilling.distilled import Distilled
from symshare.nn.distilling.lines import as_text

__all__ = ["convergence", "distilled", "words"]

JUDGED = (8, 12, 24)
ALLOWED = 1.0
"""The share by which the error may grow where terms are left out: it may double."""


def distilled(model: torch.nn.Module, samples: Sequence[torch.Tensor]) -> Distilled:
    """The terms of a learned iteration, as few as keep the mean error after 8, 12 and 24 rounds within twice what it was."""

    def judged(every: torch.Tensor, x: torch.Tensor) -> float:
        matrices = x[..., 0]
        found = [errors(every[number - 1][..., 0], matrices).mean().item() for number in JUDGED]
        return sum(found) / len(found) if math.isfinite(sum(found)) else math.inf

    return distil(
        *(model,),
        samples=[x[..., None] for x in samples],
        error=judged,
        what=f"mean |Y A' - I|, over {', '.join(map(str, JUDGED))} rounds",
        rounds=JUDGED[-1],
        tolerance=ALLOWED,
    )


def convergence(one: Distilled) -> tuple[float, float]:
    """The numbers r, s of the factor r + s x^2 by which a round multiplies a small error at a singular value x (of the matrix
    over its norm): the derivative of its polynomial at y = 1 / x, without what is learned of y^3, which is next to nothing.

    For Newton and Schulz 0, 0.
    """
    scalar: dict[tuple[int, int], float] = {}
    for term, number in one.rounds[0].summands:
        names = [tensor.name for tensor in term.factor_tensors]
        powers = names.count("Y"), names.count("X")
        scalar[powers] = scalar.get(powers, 0.0) + float(number)
    return scalar.get((1, 0), 0.0) + 2 * scalar.get((2, 1), 0.0), scalar.get((1, 2), 0.0)


def words(one: Distilled) -> str:
    """The lines in a sentence, beside Newton and Schulz."""
    begin, line = one.begin, one.rounds[0]
    start = begin.texts()[0].replace("<-", "=") if begin is not None else ""
    r, s = convergence(one)
    mixed = sum(1 for term, _ in line.summands if {tensor.name for tensor in term.factor_tensors} != {"X", "Y"})
    left, a = one.coefficient("Y X' Y"), one.coefficient("Y")
    return (
        f"{line.texts()[0]} from {start}, X = A / |A|: a polynomial in Y X' of {len(line.summands)} terms "
        f"({mixed} of Y or X alone). Newton-Schulz is 2 Y - Y X' Y; here {as_text(a)} and {as_text(left)}, so that "
        f"small singular values grow by {float(a):.3g}, not 2, a round, and a small error is multiplied by {r:.3g} "
        f"{s:+.3g} x^2, not 0."
    )
