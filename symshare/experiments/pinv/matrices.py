"""Matrices of several sizes and spectra, what is wanted of them, and what formulas give."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

__all__ = [
    "KINDS",
    "NUMBERS",
    "OTHERS",
    "SHAPE",
    "SHAPES",
    "conditioned",
    "cubic",
    "deficient",
    "error",
    "errors",
    "matrices",
    "metric",
    "newton_schulz",
    "scale_of",
    "wanted",
]

SHAPE = (8, 16)
"""Rows and columns of the matrices that networks are trained on."""
OTHERS = ((6, 12), (12, 24), (16, 32))
"""Shapes that no network is trained on."""
SHAPES = (SHAPE, *OTHERS)
NUMBERS = {"train": 1000, "validation": 300, "test": 1000}
KINDS = tuple(NUMBERS)


def metric(shape: tuple[int, int]) -> str:
    """A shape as part of a name.

    >>> metric((6, 12))
    '6x12'
    """
    return f"{shape[0]}x{shape[1]}"


def matrices(kind: str, shape: tuple[int, int] = SHAPE, *, seed: int = 0, number: int | None = None) -> torch.Tensor:
    """Gaussian matrices (number, rows, columns); the test set is the same for every seed.

    >>> matrices("test").shape
    torch.Size([1000, 8, 16])
    """
    return torch.randn(number or NUMBERS[kind], *shape, generator=_drawing(kind, shape, seed))


def conditioned(shape: tuple[int, int], least: float, *, number: int = 100, seed: int = 0) -> torch.Tensor:
    """Matrices whose singular values lie evenly between `least` and 1, in random directions."""
    left, _, right = torch.linalg.svd(matrices("test", shape, seed=seed, number=number), full_matrices=False)
    values = torch.linspace(1, least, shape[0])
    found: torch.Tensor = left @ (values[:, None] * right)
    return found


def deficient(shape: tuple[int, int], rank: int, *, number: int = 100, seed: int = 0) -> torch.Tensor:
    """Gaussian matrices of a rank below their number of rows."""
    left = torch.randn(number, shape[0], rank, generator=_drawing("test", shape, seed + rank))
    return left @ matrices("test", (rank, shape[1]), seed=seed, number=number) / math.sqrt(rank)


def _drawing(kind: str, shape: tuple[int, int], seed: int) -> torch.Generator:
    place = KINDS.index(kind) + 1
    return torch.Generator().manual_seed(place * 7919 + (0 if kind == "test" else seed) * 104_729 + shape[0])


def wanted(x: torch.Tensor) -> torch.Tensor:
    """The transposed pseudo-inverse, of the shape of x."""
    found: torch.Tensor = torch.linalg.pinv(x).mT
    return found


def errors(found: torch.Tensor, x: torch.Tensor, aim: torch.Tensor | None = None) -> torch.Tensor:
    """The mean absolute entry of found x^T - I for each matrix, or of its difference to another aim than I."""
    aim = torch.eye(x.shape[-2], device=x.device, dtype=x.dtype) if aim is None else aim
    return (found @ x.mT - aim).abs().mean((-1, -2))


def error(found: torch.Tensor, x: torch.Tensor) -> float:
    """The mean of the errors; a prediction of zeros scores one over the number of rows.

    >>> error(torch.zeros(5, 8, 16), torch.randn(5, 8, 16))
    0.125
    """
    return errors(found, x).mean().item()


def scale_of(x: torch.Tensor) -> torch.Tensor:
    """The Frobenius norm of matrices, (.., 1, 1)."""
    found: torch.Tensor = torch.linalg.matrix_norm(x)[..., None, None]
    return found


def newton_schulz(
    x: torch.Tensor, iterations: int, see: Callable[[torch.Tensor], None] = lambda y: None
) -> torch.Tensor:
    """The transposed pseudo-inverse by Y <- 2 Y - Y A^T Y from Y = A / (|A|_1 |A|_inf) (Ben-Israel and Cohen, 1966)."""
    y = x / (x.abs().sum(-1).amax(-1) * x.abs().sum(-2).amax(-1))[:, None, None]
    for _ in range(iterations):
        y = 2 * y - y @ x.mT @ y
        see(y)
    return y


def cubic(
    x: torch.Tensor, rounds: int, numbers: Sequence[float], see: Callable[[torch.Tensor], None] = lambda y: None
) -> torch.Tensor:
    """The transposed pseudo-inverse by Y <- a Y + b X - (a - 1) Y X^T Y - b Y X^T X from Y = s X, X = A / |A|.

    Every iteration of degree three in Y and X whose fixed point is the pseudo-inverse of every matrix, up to the order of
    factors: a = 2, b = 0 is Newton and Schulz. `numbers` are a, b, s; `see` is shown what each round gives.
    """
    a, b, start = numbers
    size = scale_of(x)
    x = x / size
    y = start * x
    for _ in range(rounds):
        product = y @ x.mT
        y = a * y + b * x - product @ ((a - 1) * y + b * x)
        see(y / size)
    return y / size
