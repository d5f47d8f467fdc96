"""One tensor: which of its axes have indices, and how it is written."""

from itertools import product

import pytest

from symshare.core.notation.tensor import Tensor

AXES = ("a", "hidden", "H", "Layer")


@pytest.mark.parametrize("number", range(5))
def test_axes_with_a_capital_have_indices_only_where_they_are_indexed(number):
    for axes in product(AXES, repeat=number):
        for indexed in ((), ("Layer",), ("H", "Layer")):
            one = Tensor(axes, indexed=indexed)
            assert one.set_axes == tuple(axis for axis in axes if axis in ("a", "hidden", *indexed))
            assert one.latent_axes == tuple(axis for axis in axes if axis in {"H", "Layer"} - set(indexed))


@pytest.mark.parametrize(
    ("axes", "name", "text", "in_words"),
    [
        ((), None, "", ""),
        ((), "s", "s:", "s:"),
        (("a", "b"), None, "ab", "(a b)"),
        (("a", "H"), "W1", "W1:aH", "W1:(a H)"),
        (("hidden",), None, "(hidden)", "(hidden)"),
        (("a", "hidden"), "W1", "W1:(a hidden)", "W1:(a hidden)"),
    ],
)
def test_a_tensor_is_written_with_letters_or_with_words(axes, name, text, in_words):
    assert str(Tensor(axes, name)) == text
    assert Tensor(axes, name).written(True) == in_words
