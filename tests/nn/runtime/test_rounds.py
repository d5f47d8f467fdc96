"""Values brought back to size one between rounds."""

import numpy as np
import pytest
import torch

from symshare.nn.runtime.rounds import _unit
from tests.nn.runtime.compared import DTYPES, HALF, assert_same, drawn, exact


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(6,), (4, 3, 6), (0, 6)])
def test_channels_are_divided_by_their_root_mean_square(dtype, shape):
    x = drawn(*shape, dtype=dtype)
    root = np.sqrt((exact(x) ** 2).mean(-1, keepdims=True) + 1e-12)
    assert_same(_unit(x), exact(x) / root, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_stay_zeros(dtype):
    assert_same(_unit(torch.zeros(2, 3, dtype=dtype)), np.zeros((2, 3)), dtype)


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("size", [2.0**-10, 2.0**15])
def test_squares_in_half_precision_neither_overflow_nor_vanish(dtype, size):
    assert_same(_unit(torch.tensor([size, -size], dtype=dtype)), [1.0, -1.0], dtype)


def test_values_of_vectors_are_brought_to_size_one_together():
    from symshare.nn.runtime.rounds import _unit_over

    x = 100 * torch.randn(4, 5, 3, 7, dtype=torch.float64)
    turn, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    assert torch.allclose(_unit_over(x, (-2, -1)).square().mean((-2, -1)), torch.ones(4, 5, dtype=torch.float64))
    assert torch.allclose(turn @ _unit_over(x, (-2, -1)), _unit_over(turn @ x, (-2, -1)))


def test_large_values_are_bounded_and_small_ones_stay():
    from symshare.nn.runtime.rounds import _bounded

    x = torch.randn(4, 3, 7, dtype=torch.float64)
    assert float(_bounded(1e8 * x, (-2, -1)).abs().max()) < 10
    assert torch.allclose(_bounded(1e-6 * x, (-2, -1)), 1e-6 * x)
    boost = torch.tensor([[1.25, 0.75, 0], [0.75, 1.25, 0], [0, 0, 1]], dtype=torch.float64)
    one, other = _bounded(boost @ x, (-2, -1), (1, -1, -1)), boost @ _bounded(x, (-2, -1), (1, -1, -1))
    assert torch.allclose(one, other)
