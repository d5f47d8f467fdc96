"""Circular convolutions by FFT against their definition, a sum over offsets."""

import itertools

import numpy as np
import pytest
import torch

from symshare.nn.runtime.circular import _convolve
from tests.nn.runtime.compared import DTYPES, drawn, exact

ROOM = {torch.float64: 1e-13, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 4e-2}


def convolved(x, kernel, places):
    """y[s] = sum over offsets o of x[s - o] @ kernel[o]."""
    lengths = kernel.shape[: len(places)]
    return sum(
        np.roll(x, offsets, places) @ kernel[offsets] for offsets in itertools.product(*(range(n) for n in lengths))
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [1, 2, 7, 8])
@pytest.mark.parametrize("batch", [(), (4,)])
def test_over_one_axis(dtype, length, batch):
    x, kernel = drawn(*batch, length, 3, 2, dtype=dtype), drawn(length, 2, 5, dtype=dtype, seed=1)
    found = _convolve(x, kernel, "...tbC,tCD->...tbD", (-3,), (length,))
    expected = convolved(exact(x), exact(kernel), (-3,))
    assert (found.shape, found.dtype) == (expected.shape, dtype)
    assert np.abs(exact(found) - expected).max() < ROOM[dtype] * np.abs(expected).max()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lengths", [(3, 4), (5, 2)])
def test_over_two_axes(dtype, lengths):
    x, kernel = drawn(2, *lengths, 2, dtype=dtype), drawn(*lengths, 2, 3, dtype=dtype, seed=1)
    found = _convolve(x, kernel, "...tuC,tuCD->...tuD", (-3, -2), lengths)
    expected = convolved(exact(x), exact(kernel), (-3, -2))
    assert (found.shape, found.dtype) == (expected.shape, dtype)
    assert np.abs(exact(found) - expected).max() < ROOM[dtype] * np.abs(expected).max()


def test_of_nothing():
    found = _convolve(torch.zeros(0, 4, 2), torch.zeros(4, 2, 3), "...tC,tCD->...tD", (-2,), (4,))
    assert found.shape == (0, 4, 3)
