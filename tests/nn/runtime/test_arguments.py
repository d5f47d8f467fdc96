"""Numbers of channels, layers, rounds and values of an axis: whole ones, 1 or more."""

import re

import numpy as np
import pytest
import torch

from symshare.nn.runtime.arguments import _number, _per_tensor


@pytest.mark.parametrize("given", [1, 7, 2**31 - 1, np.int64(7), np.uint8(1)])
def test_whole_numbers_are_taken(given):
    assert _number("rank", given) == int(given)
    assert type(_number("rank", given)) is int


@pytest.mark.parametrize(
    "given",
    [0, -1, 2**31, True, False, 1.0, "3", None, (1,), np.float64(2), np.int64(0), torch.tensor(3), torch.ones(2)],
)
def test_other_numbers_are_named(given):
    with pytest.raises(ValueError, match=f"^{re.escape(f'rank={given!r} is not a whole number, 1 or more')}$"):
        _number("rank", given)


@pytest.mark.parametrize("given", [(3, 5), [3, 5], (np.int64(3), 5)])
def test_each_tensor_has_its_number(given):
    assert _per_tensor("in_channels", given, 2) == (3, 5)


def test_a_single_number_is_meant_for_all():
    assert _per_tensor("in_channels", 4, 3) == (4, 4, 4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((3,), "in_channels: 2 numbers are needed, not 1"),
        ((3, 5, 7), "in_channels: 2 numbers are needed, not 3"),
        ((), "in_channels: 2 numbers are needed, not 0"),
        ((3, 0), "in_channels=0 is not a whole number, 1 or more"),
        ("ab", "in_channels='ab' is not a whole number, 1 or more"),
    ],
)
def test_other_numbers_of_numbers_are_named(given, said):
    with pytest.raises(ValueError, match=f"^{said}$"):
        _per_tensor("in_channels", given, 2)
