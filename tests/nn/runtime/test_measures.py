"""Weights of axes as they are given: read by name, checked, and brought to sum to one."""

import re

import numpy as np
import pytest
import torch

from symshare.nn.runtime.measures import _measures, _proportions, _sound, _weights
from tests.nn.runtime.compared import DTYPES, HALF, assert_same, exact


def test_measures_come_by_name_or_alone_where_one_axis_has_some():
    weight = torch.ones(3)
    assert _measures(None, "a", "b") == {}
    assert _measures({}, "a") == {}
    assert _measures({"b": weight}, "a", "b")["b"] is weight
    assert _measures(weight, "a")["a"] is weight


@pytest.mark.parametrize(
    ("measure", "error", "said"),
    [
        (torch.ones(3), TypeError, "measure is a Tensor; give a dict of tensors for a, b"),
        ([1, 2], TypeError, "measure is a list; give a dict of tensors for a, b"),
        ({"c": torch.ones(3)}, ValueError, "measure has 'c'; an axis is one of a, b"),
    ],
)
def test_other_measures_are_named(measure, error, said):
    with pytest.raises(error, match=f"^{said}$"):
        _measures(measure, "a", "b")


@pytest.mark.parametrize("given", [*DTYPES, torch.int64, torch.bool, torch.uint8])
@pytest.mark.parametrize("dtype", DTYPES)
def test_weights_keep_their_values_in_the_wider_type(given, dtype):
    found = _weights({"a": torch.tensor([1, 0, 1]).to(given)}, "a", torch.zeros(5, 3, 2, dtype=dtype), (5,), 3)
    double = torch.float64 in (given, dtype)
    assert_same(found, [1, 0, 1], torch.float64 if double else torch.float32)


def test_an_axis_without_weights_has_none():
    assert _weights({"b": torch.ones(2)}, "a", torch.zeros(3, 2), (), 3) is None


@pytest.mark.parametrize("shape", [(3, 2), (5, 3, 2), (1, 3, 2), (4, 5, 3, 2), (1, 5, 3, 2), (4, 1, 3, 2)])
def test_weights_may_have_the_batch_or_ones_in_front(shape):
    x = torch.zeros(4, 5, 3, 2, 7)
    assert _weights({"b": torch.ones(shape)}, "b", x, (4, 5), 3, 2).shape == shape


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((2, 3), "measure of b needs shape (..., 3, 2), not (2, 3)"),
        ((2,), "measure of b needs shape (..., 3, 2), not (2,)"),
        ((), "measure of b needs shape (..., 3, 2), not ()"),
        ((4, 3, 2), "measure of b needs shape (..., 3, 2) with ... as in the input, (4, 5), not (4, 3, 2)"),
        ((1, 4, 5, 3, 2), "measure of b needs shape (..., 3, 2) with ... as in the input, (4, 5), not (1, 4, 5, 3, 2)"),
    ],
)
def test_weights_of_another_shape_are_named(shape, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        _weights({"b": torch.ones(shape)}, "b", torch.zeros(4, 5, 3, 2, 7), (4, 5), 3, 2)


@pytest.mark.parametrize(
    ("weight", "kind"),
    [([1.0, 2.0], "list"), (np.ones(2), "ndarray"), (torch.ones(2, dtype=torch.complex64), "torch.complex64")],
)
def test_weights_are_tensors_of_real_numbers(weight, kind):
    with pytest.raises(TypeError, match=f"^measure of a is {kind}; give a tensor of real numbers$"):
        _weights({"a": weight}, "a", torch.zeros(2, 1), (), 2)


@pytest.mark.parametrize("wrong", [-1.0, -1e-30, float("inf"), float("-inf"), float("nan")])
def test_weights_that_are_no_proportions_are_refused_or_become_nan(wrong):
    weight = torch.tensor([1.0, wrong, 0.0])
    with pytest.raises(ValueError, match=r"^measure of a has weights that are negative or not finite$"):
        _sound(weight, "a")
    with pytest.raises(ValueError, match="negative or not finite"):
        _weights({"a": weight}, "a", torch.zeros(3, 1), (), 3)
    mapped = torch.vmap(lambda one: _sound(one, "a"))(weight[None])[0]  # values cannot be looked at
    assert mapped.isnan().tolist() == [False, True, False]
    assert (mapped[0], mapped[2]) == (1, 0)


def test_sound_weights_stay_as_they_are():
    weight = torch.tensor([0.0, 1.0, 1e30])
    assert _sound(weight, "a") is weight
    assert torch.equal(torch.vmap(lambda one: _sound(one, "a"))(weight[None])[0], weight)
    assert _sound(weight.to("meta"), "a").shape == (3,)


@pytest.mark.parametrize("dtype", DTYPES)
def test_proportions_add_up_to_one(dtype):
    weight = torch.tensor([[[1, 2, 5], [0, 4, 0]], [[0, 0, 0], [3, 3, 3]]]).to(dtype)
    given = exact(weight)
    total = given.sum(-1, keepdims=True)
    assert_same(_proportions(weight), given / np.where(total == 0, 1, total), dtype)


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("large", [True, False])
def test_proportions_of_weights_whose_sum_is_no_number_of_their_type(dtype, large):
    size = torch.finfo(dtype).max if large else torch.finfo(dtype).tiny
    assert_same(_proportions(torch.full((4,), size, dtype=dtype)), [0.25] * 4, dtype)


def test_no_weights_have_no_proportions():
    assert _proportions(None) is None
    assert _proportions(torch.zeros(2, 0)).shape == (2, 0)
