"""First values: the variance of what a matrix computes, from the moments of normal values."""

import numpy as np
import pytest
import torch

from symshare.nn.runtime.first_values import _fill, _moment
from tests.nn.runtime.compared import DTYPES, exact

ROOM = {torch.float64: 1e-12, torch.float32: 1e-4, torch.float16: 0.05, torch.bfloat16: 0.2}


def empty(*shape, dtype=torch.float64):
    return torch.nn.Parameter(torch.full(shape, torch.nan, dtype=dtype))


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("variance", [1, 0.3, 4.0])
def test_a_matrix_gives_values_of_a_variance(dtype, variance):
    """The variance of x @ w is the sum of squares of a column, for independent x of variance one."""
    weight = empty(7, 5, dtype=dtype)
    _fill(weight, variance)
    assert weight.requires_grad
    assert np.abs((exact(weight) ** 2).sum(0) - variance).max() < ROOM[dtype] * variance
    assert len(np.unique(exact(weight))) > 12


def gram(factors):
    found = 1
    for factor in factors:
        found = found * (exact(factor).T @ exact(factor))
    return found


@pytest.mark.parametrize("number", [2, 3])
def test_products_of_different_values_have_a_variance(number):
    """Of y = sum_k w_k prod_p (x_p @ f_p)_k, x_p independent: w' (f_1'f_1 * f_2'f_2 * ..) w."""
    weight, factors = empty(6, 5), [empty(4, 6) for _ in range(number)]
    _fill(weight, 0.7, *factors)
    variance = np.einsum("ko,kl,lo->o", exact(weight), gram(factors), exact(weight))
    assert np.abs(variance - 0.7).max() < 1e-12
    for factor in factors:
        assert np.abs((exact(factor) ** 2).sum(0) - 1).max() < 1e-12


@pytest.mark.parametrize(("entries", "channels"), [((0, 0), 4), ((0, 0, 0), 4), ((0, 1, 0), 4), ((0, 0), 2)])
def test_factors_of_the_same_value_have_no_mean(entries, channels):
    """The mean of (x @ f)_k (x @ g)_k is f_k . g_k, which is zero."""
    weight, factors = empty(6, 5), [empty(channels, 6) for _ in entries]
    _fill(weight, 0.7, *factors, entries=entries)
    for one in range(len(entries)):
        for two in range(one):
            product = np.einsum("ik,ik->k", exact(factors[one]), exact(factors[two]))
            alike = entries[one] == entries[two]
            assert (np.abs(product).max() < 1e-12) == alike  # others are drawn independently
    variance = np.einsum("ko,kl,lo->o", exact(weight), gram(factors), exact(weight))
    assert np.abs(variance - 0.7).max() < 1e-12


@pytest.mark.parametrize(("power", "surplus"), [(2, 2), (3, 60)])
def test_powers_of_one_channel_are_drawn_smaller(power, surplus):
    weight, factors = empty(6, 5), [empty(1, 6) for _ in range(power)]
    _fill(weight, 0.7, *factors, entries=(0,) * power)
    variance = np.einsum("ko,kl,lo->o", exact(weight), gram(factors), exact(weight))
    assert np.abs(variance * surplus - 0.7).max() < 1e-12


def test_an_odd_power_of_one_channel_has_the_sign_of_the_first():
    like = torch.tensor([[1.0, -1.0, 2.0, -3.0]], dtype=torch.float64)
    for _ in range(5):
        weight, factors = empty(6, 4), [empty(1, 6) for _ in range(3)]
        _fill(weight, 1, *factors, entries=(0, 0, 0), like=like)
        power = np.prod([exact(one) for one in factors], 0) @ exact(weight)
        assert (np.sign(power) == np.sign(exact(like))).all()


def even_moment(power):
    """The mean of x**power for a normal x, by a quadrature that is exact for polynomials of this degree."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(power + 1)
    return (nodes**power @ weights) / np.sqrt(2 * np.pi)


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("alike", [1, 2, 3, 4, 5, 6])
def test_the_variance_of_a_product_with_too_few_channels(alike, channels):
    """The square of x**2 less its mean; else four times the mean square of the power that the last channel has."""
    if (alike, channels) == (2, 1):
        expected = even_moment(4) - even_moment(2) ** 2
    else:
        power = max(alike - channels, 0) + 1
        expected = even_moment(2 * power) * (4 if power > 1 else 1)
    assert abs(_moment(alike, channels) - expected) < 1e-6 * expected
