"""What is divided by its root mean square, against numpy in double precision."""

import numpy as np
import pytest
import torch

from symshare.nn.runtime.scales import _norm, _one_scale, _scaled, _standard
from tests.nn.runtime.compared import DTYPES, HALF, assert_same, drawn, exact

EVERY = pytest.mark.parametrize("dtype", DTYPES)
A = torch.tensor([0.5, 0.0, 0.5])
AB = torch.tensor([[0.25, 0.75], [1.0, 0.0], [0.0, 1.0]])


def weighed_square(x, a, ab):
    """The mean over a and b, and over channels alike."""
    return np.einsum("...abC,a,ab->...", x**2, a, ab) / x.shape[-1]


@EVERY
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("batch", [(), (4,)])
def test_inputs_have_one_scale_together(dtype, weighed, batch):
    x, z = drawn(*batch, 3, 2, 5, dtype=dtype), 7 * drawn(*batch, 2, dtype=dtype, seed=1)
    a, ab = (A, AB) if weighed else (None, None)
    one, two = (exact(A), exact(AB)) if weighed else (np.full(3, 1 / 3), np.full((3, 2), 1 / 2))
    square = weighed_square(exact(x), one, two) + (exact(z) ** 2).mean(-1)
    found, other = _one_scale((x, "abC", (a, "a"), (ab, "ab")), (z, "C"))
    assert_same(found, exact(x) / np.sqrt(square)[..., None, None, None], dtype)
    assert_same(other, exact(z) / np.sqrt(square)[..., None], dtype)


@EVERY
@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("batch", [(), (4,)])
def test_the_size_of_inputs_is_the_root_of_their_squares(dtype, weighed, batch, mean):
    x, z = drawn(*batch, 3, 2, 5, dtype=dtype), 7 * drawn(*batch, 2, dtype=dtype, seed=1)
    a, ab = (A, AB) if weighed else (None, None)
    one, two = (exact(A), exact(AB)) if weighed else (np.ones(3), np.ones((3, 2)))
    number = 6 if mean and not weighed else 1
    square = weighed_square(exact(x), one, two) / number + (exact(z) ** 2).mean(-1)
    found = _norm((x, "abC", (a, "a"), (ab, "ab")), (z, "C"), mean=mean)
    assert np.allclose(exact(found), np.sqrt(square), rtol=1e-5)
    for power in (-1, 0, 2):
        assert_same(_scaled(x, found, power), exact(x) * exact(found)[..., None, None, None] ** power, dtype)


@EVERY
def test_the_scale_of_inputs_does_not_matter(dtype):
    small, large = torch.finfo(dtype).tiny * 4, torch.finfo(dtype).max / 16
    x = torch.tensor([[1.0, -1.0], [1.0, 1.0]]).to(dtype)
    for factor in (small, 1.0, large):
        (found,) = _one_scale((factor * x, "aC", (None, "a")))
        assert_same(found, exact(x), dtype)


@EVERY
@pytest.mark.parametrize("length", [0, 3])
def test_zeros_stay_zeros(dtype, length):
    (found,) = _one_scale((torch.zeros(length, 2, dtype=dtype), "aC", (None, "a")))
    assert_same(found, np.zeros((length, 2)), dtype)
    assert_same(_standard(torch.zeros(3, 2, dtype=dtype), "aC", (None, "a")), np.zeros((3, 2)), dtype)


def test_entries_that_weigh_nothing_have_no_say_in_a_scale():
    x = drawn(3, 2)
    x[1] = 1e200
    (found,) = _one_scale((x, "aC", (A.double(), "a")))
    square = (exact(x)[[0, 2]] ** 2).mean()
    assert_same(found[[0, 2]], exact(x)[[0, 2]] / np.sqrt(square), torch.float64)


@EVERY
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("centred", [None, "a", "b", ""])
def test_values_less_their_mean_over_their_root_mean_square(dtype, weighed, centred):
    """Each channel on its own; `centred` names the axes that the mean is over, the square is over all."""
    x = drawn(5, 3, 2, 4, dtype=dtype)
    a, ab = (A, AB) if weighed else (None, None)
    one, two = (exact(A), exact(AB)) if weighed else (np.full(3, 1 / 3), np.full((3, 2), 1 / 2))
    wide = exact(x)
    mean = wide
    for axis in "ba":
        if centred is None or axis in centred:
            spec = {"a": "nabC,a->nbC", "b": "nabC,ab->naC"}[axis]
            place = {"a": 1, "b": 2}[axis]
            ones = np.ones((1, 3, 1, 1)) if axis == "a" else np.ones((1, 1, 2, 1))
            mean = ones * np.expand_dims(np.einsum(spec, mean, one if axis == "a" else two), place)
    wide = wide - mean if centred != "" else wide
    keep = (one[:, None] * two != 0)[None, :, :, None]
    wide = wide * keep
    square = np.einsum("nabC,a,ab->nC", wide**2, one, two)[:, None, None]
    found = _standard(x, "abC", (a, "a"), (ab, "ab"), centred=centred)
    assert_same(found, wide / np.sqrt(square + 1e-5), dtype)


@pytest.mark.parametrize("dtype", HALF)
def test_squares_in_half_precision_do_not_overflow(dtype):
    x = torch.tensor([[300.0], [-300.0], [300.0], [-300.0]], dtype=dtype)
    assert_same(_standard(x, "aC", (None, "a")), [[1.0], [-1.0], [1.0], [-1.0]], dtype)
