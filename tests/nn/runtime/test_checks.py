"""What is said of an input that does not fit, and what fits."""

import re

import pytest
import torch

from symshare.nn.runtime.checks import _check

WEIGHT = torch.zeros(2, 3)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((4, 2), ("a",)),
        ((7, 6, 4, 2), ("a",)),
        ((2,), ()),
        ((0, 2), ("a",)),
        ((3, 3, 2), (3, 3)),
        ((4, 4, 3, 2), ("a", "a", 3)),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_what_fits_is_taken(shape, axes, dtype):
    assert _check("x", torch.zeros(shape, dtype=dtype), axes, 2, {}, WEIGHT.to(dtype)) is None


@pytest.mark.parametrize(
    ("shape", "axes", "said"),
    [
        ((4, 3), ("a",), "x needs shape (..., a, 2), not (4, 3)"),
        ((2,), ("a",), "x needs shape (..., a, 2), not (2,)"),
        ((), (), "x needs shape (..., 2), not ()"),
        ((4, 2), (3,), "x needs shape (..., 3, 2), not (4, 2)"),
        ((4, 3, 2), ("a", "a"), "x needs shape (..., a, a, 2), not (4, 3, 2)"),
    ],
)
def test_another_shape_is_named(shape, axes, said):
    with pytest.raises(ValueError, match=re.escape(said) + "$"):
        _check("x", torch.zeros(shape), axes, 2, {}, WEIGHT)


def test_an_axis_has_one_length_in_all_inputs():
    sizes = {}
    _check("x", torch.zeros(4, 2), ("a",), 2, sizes, WEIGHT)
    _check("z", torch.zeros(5, 4, 2), ("b", "a"), 2, sizes, WEIGHT)
    assert sizes == {"a": 4, "b": 5}
    with pytest.raises(ValueError, match=r"z needs shape \(\.\.\., a, 2\), not \(5, 2\)"):
        _check("z", torch.zeros(5, 2), ("a",), 2, sizes, WEIGHT)


@pytest.mark.parametrize(("x", "kind"), [([1.0, 2.0], "list"), (None, "NoneType"), (1.0, "float")])
def test_only_tensors_are_taken(x, kind):
    with pytest.raises(TypeError, match=f"^x is a {kind}, not a tensor$"):
        _check("x", x, (), 2, {}, WEIGHT)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int64, torch.bool, torch.complex64])
def test_the_type_is_that_of_the_weights(dtype):
    x = torch.zeros(4, 2, dtype=dtype)
    with pytest.raises(TypeError, match=f"^x is {dtype}, weights are torch.float32: convert one$"):
        _check("x", x, ("a",), 2, {}, WEIGHT)


def test_under_autocast_other_floats_are_taken_and_nothing_else():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _check("x", torch.zeros(4, 2, dtype=torch.bfloat16), ("a",), 2, {}, WEIGHT)
        for x in (torch.zeros(4, 2, dtype=torch.int64), torch.zeros(4, 2, dtype=torch.float64, device="meta")):
            with pytest.raises(TypeError, match="convert one"):
                _check("x", x, ("a",), 2, {}, WEIGHT)
