"""Means and sums, weighed or not, against numpy in double precision; half precision neither overflows nor loses digits."""

import numpy as np
import pytest
import torch

from symshare.nn.runtime.means import _masked, _mean, _mean_over, _means, _peak, _placed, _sum, _sums, _wide
from tests.nn.runtime.compared import DTYPES, HALF, assert_same, drawn, exact

EVERY = pytest.mark.parametrize("dtype", DTYPES)
BATCH = pytest.mark.parametrize("batch", [(), (5,), (2, 1)])


def positive(*shape, dtype=torch.float64, seed=9):
    return drawn(*shape, dtype=dtype, seed=seed).abs()


@pytest.mark.parametrize(
    ("dtype", "wide"),
    [
        (torch.float64, torch.float64),
        (torch.float32, torch.float32),
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
    ],
)
def test_sums_are_taken_in_single_precision_at_least(dtype, wide):
    assert _wide(torch.zeros(1, dtype=dtype)) == wide


@EVERY
def test_the_largest_absolute_value_over_the_last_axes(dtype):
    x = drawn(2, 3, 4, dtype=dtype)
    assert_same(_peak(x, 2), np.abs(exact(x)).max((1, 2)), dtype)
    assert_same(_peak(-x.abs(), 3), np.abs(exact(x)).max(), dtype)
    assert_same(_peak(x[:, :0], 2), np.zeros(2), dtype)


@pytest.mark.parametrize("own", ["a", "b", "c", "ab", "ba", "ca", "cb", "abc", "cab", "bca", "cba"])
@BATCH
def test_weights_take_their_places_among_the_axes(own, batch):
    sizes = {"a": 2, "b": 3, "c": 4}
    weight = drawn(*batch, *(sizes[axis] for axis in own))
    ones = np.ones((2, 3, 4, 1))
    expected = np.einsum(f"...{own},abcC->...abcC", exact(weight), ones)
    found = _placed(weight, "abcC", own) * torch.ones(2, 3, 4, 1)
    assert _placed(weight, "abcC", own).dim() == len(batch) + 4
    assert_same(found, expected, torch.float64)


@EVERY
def test_entries_that_weigh_nothing_are_zero(dtype):
    x, a, ab = drawn(5, 3, 2, 4, dtype=dtype), torch.tensor([1.0, 0.0, 2.0]), torch.ones(5, 3, 2)
    ab[2, 0, 1] = 0
    x[:, 1], x[2, 0, 1] = torch.inf, torch.nan
    expected = exact(x)
    expected[:, 1], expected[2, 0, 1] = 0, 0
    assert_same(_masked(x, "abC", (a, "a"), (ab, "ab"), (None, "b")), expected, dtype)
    assert _masked(x, "abC", (None, "a")) is x


@EVERY
@BATCH
@pytest.mark.parametrize("keep", [False, True])
def test_a_mean_over_an_axis(dtype, batch, keep):
    x, weight = drawn(*batch, 3, 4, 2, dtype=dtype), positive(*batch, 3, 4)
    plain = exact(x).mean(-2, keepdims=keep)
    assert_same(_mean(x, "abC", None, "b", keep=keep), plain, dtype)
    weighed = np.einsum("...abC,...ab->...aC", exact(x), weight.float().double().numpy())
    weighed = weighed[..., None, :] if keep else weighed
    assert_same(_mean(x, "abC", weight.float(), "ab", keep=keep), weighed, dtype)


@EVERY
@BATCH
def test_a_sum_over_an_axis(dtype, batch):
    x, weight = drawn(*batch, 3, 4, 2, dtype=dtype), positive(*batch, 3, dtype=torch.float32)
    assert_same(_sum(x, "abC", None, "a"), exact(x).sum(-3), dtype)
    assert_same(_sum(x, "abC", weight, "a"), np.einsum("...abC,...a->...bC", exact(x), exact(weight)), dtype)


@EVERY
@BATCH
@pytest.mark.parametrize("weighed", [(), ("a",), ("ab",), ("a", "ab")])
def test_means_and_sums_over_several_axes(dtype, batch, weighed):
    """A child's weights depend on its parent, so it goes first: `measured` has the parents first."""
    x = drawn(*batch, 3, 4, 2, dtype=dtype)
    a, ab = positive(*batch, 3, dtype=torch.float32), positive(3, 4, dtype=torch.float32, seed=8)
    measured = (a if "a" in weighed else None, "a"), (ab if "ab" in weighed else None, "ab")
    for function, over_a, over_b in ((_means, np.full(3, 1 / 3), np.full((3, 4), 1 / 4)), (_sums, 1, 1)):
        one = exact(a) if "a" in weighed else over_a * np.ones(3)
        two = exact(ab) if "ab" in weighed else over_b * np.ones((3, 4))
        expected = np.einsum("...abC,...a,...ab->...C", exact(x), one, two)
        assert_same(function(x, "abC", *measured), expected, dtype)
    expected = np.einsum("...abC,...a,...ab->...C", exact(x), *_proper(a, ab, weighed))[..., None, None, :]
    assert _mean_over(x, "abC", *measured).shape == expected.shape
    wide = x.to(_wide(x))  # a value between two means is rounded to the type of x
    assert_same(_mean_over(wide, "abC", *measured), expected, wide.dtype)


def _proper(a, ab, weighed):
    one = exact(a) if "a" in weighed else np.full(3, 1 / 3)
    return one, exact(ab) if "ab" in weighed else np.full((3, 4), 1 / 4)


@EVERY
def test_a_mean_over_no_values_is_zero(dtype):
    x = torch.zeros(3, 0, 2, dtype=dtype)
    assert_same(_mean(x, "abC", None, "b"), np.zeros((3, 2)), dtype)
    assert_same(_means(x, "abC", (None, "a"), (None, "b")), np.zeros(2), dtype)
    assert_same(_sum(x, "abC", None, "b"), np.zeros((3, 2)), dtype)
    assert_same(_sums(x, "abC", (None, "a"), (None, "b")), np.zeros(2), dtype)


@pytest.mark.parametrize("weighed", [False, True])
def test_half_precision_does_not_overflow_on_the_way(weighed):
    """Of float16: bfloat16 has the range of single precision."""
    dtype, large = torch.float16, torch.finfo(torch.float16).max / 4
    x = torch.full((64, 32, 1), large, dtype=dtype)
    a, b = (torch.full((64,), 1 / 64), torch.full((32,), 1 / 32)) if weighed else (None, None)
    value = float(x[0, 0, 0])
    assert_same(_mean(x, "abC", a, "a"), np.full((32, 1), value), dtype)
    assert_same(_means(x, "abC", (a, "a"), (b, "b")), [value], dtype)
    assert_same(_mean_over(x, "abC", (a, "a"), (b, "b")), [[[value]]], dtype)
    if weighed:
        assert_same(_sum(x, "abC", a, "a"), np.full((32, 1), value), dtype)
        assert_same(_sums(x, "abC", (a, "a"), (b, "b")), [value], dtype)


@pytest.mark.parametrize("dtype", HALF)
def test_half_precision_counts_many_small_values(dtype):
    """One by one, 4096 ones added in half precision stop at 2048 or before."""
    assert_same(_mean(torch.ones(4096, 1, dtype=dtype), "aC", None, "a"), [1.0], dtype)
    assert_same(_sums(torch.ones(64, 64, 1, dtype=dtype), "abC", (None, "a"), (None, "b")), [4096.0], dtype)


def test_a_sum_on_the_way_to_another_may_be_too_large_for_half_precision():
    x = torch.full((4, 32, 1), 2.0**12, dtype=torch.float16)
    a, b = torch.full((4,), 2.0**-6), torch.ones(32)
    assert_same(_sums(x, "abC", (a, "a"), (b, "b")), [2.0**13], torch.float16)
