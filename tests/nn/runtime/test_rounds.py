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
