"""Factors weighed before they are summed, and channels times matrices, against numpy in double precision."""

import numpy as np
import pytest
import torch

from symshare.nn.runtime.products import _columns, _rows, _stack, _to_back, _to_front, _weigh, _weigh_sum
from tests.nn.runtime.compared import DTYPES, HALF, assert_same, drawn, exact

EVERY = pytest.mark.parametrize("dtype", DTYPES)


@EVERY
@pytest.mark.parametrize("batch", [(), (5,)])
def test_a_sum_over_weighed_values_is_a_mean(dtype, batch):
    x, weight = drawn(*batch, 3, 4, 2, dtype=dtype), drawn(*batch, 3, 4, dtype=torch.float32, seed=1).abs()
    assert_same(_weigh(x, "abC", None, "b"), exact(x) / 4, dtype)
    assert_same(_weigh(x, "abC", None, "a"), exact(x) / 3, dtype)
    assert_same(_weigh(x, "abC", weight, "ab"), np.einsum("...abC,...ab->...abC", exact(x), exact(weight)), dtype)


@EVERY
def test_a_sum_is_weighed_where_there_are_weights(dtype):
    x, weight = drawn(3, 4, 2, dtype=dtype), drawn(4, 3, dtype=torch.float32, seed=1)
    assert _weigh_sum(x, "abC", None, "b") is x
    assert_same(_weigh_sum(x, "abC", weight, "ba"), np.einsum("abC,ba->abC", exact(x), exact(weight)), dtype)


@pytest.mark.parametrize("dtype", HALF)
def test_weights_below_half_precision_count(dtype):
    tiny = torch.finfo(dtype).tiny / 2**12
    found = _weigh_sum(torch.full((2, 1), 2.0**12, dtype=dtype), "aC", torch.full((2,), tiny), "a")
    assert_same(found, np.full((2, 1), 2.0**12 * tiny), dtype)


@EVERY
def test_matrices_below_and_beside_each_other(dtype):
    weights = torch.nn.ParameterDict({"one": drawn(2, 3, dtype=dtype), "two": drawn(4, 3, dtype=dtype, seed=1)})
    one, two = exact(weights["one"]), exact(weights["two"])
    assert_same(_rows(weights, "one", "two"), np.concatenate([one, two], 0), dtype)
    assert_same(_rows(weights, "two"), two, dtype)
    weights["two"] = drawn(2, 5, dtype=dtype, seed=2)
    assert_same(_columns(weights, "two", "one"), np.concatenate([exact(weights["two"]), one], 1), dtype)


@EVERY
def test_channels_one_behind_the_other(dtype):
    one, two = drawn(5, 3, 2, dtype=dtype), drawn(5, 3, 4, dtype=dtype, seed=1)
    assert_same(_stack(one, two), np.concatenate([exact(one), exact(two)], -1), dtype)


@EVERY
@pytest.mark.parametrize("shape", [(), (3,), (5, 3, 4), (0,), (5, 0, 4)])
def test_channels_in_front_and_back_again(dtype, shape):
    weight = drawn(2, 6, dtype=dtype, seed=1)
    x = drawn(*shape, 2, dtype=dtype)
    product = np.array([[exact(weight)[:, out] @ row for out in range(6)] for row in exact(x).reshape(-1, 2)])
    product = product.reshape(*shape, 6)
    assert_same(_to_front(x, weight), np.moveaxis(product, -1, 0), dtype)
    assert_same(_to_back(x.movedim(-1, 0).contiguous(), weight), product, dtype)
