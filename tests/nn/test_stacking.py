"""A stack of layers with nothing between is told of once, while it is made, and is otherwise left alone."""

import copy
import importlib.util
import sys
import warnings

import pytest
import torch

import symshare
from symshare.nn import EinNet, StackWarning, compile
from tests.zoo import FAMILIES, axes

Sequential = torch.nn.Sequential
SIGNED = {"B", "B of any length", "Cube", "Q8", "PlaneD", "generators"}
"""Families whose matrices have one entry in each row, 1 or -1."""
ROTATIONS = {"r": "SO(3)"}


def told(make):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        stack = make()
    return stack, [str(one.message) for one in found if one.category is StackWarning]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_stack_is_told_of_under_every_group(family):
    text = "artH->artH" if family == "generators" else "arH->arH"
    groups = {axis: group for axis, group in axes(family).items() if axis in text}
    layer = compile(text, 2, 2, axes=groups)
    _, words = told(lambda: Sequential(layer, layer))
    assert len(words) == 1 and "one linear map" in words[0] and len(words[0].splitlines()) == 2
    group = symshare.signature(text, axes=groups).group("r")
    if family == "S" or (group is not None and group.permutes):
        assert "torch.nn.GELU()" in words[0]
    elif family in SIGNED:
        assert "Odd()" in words[0]
    else:
        assert "Gate(..)" in words[0]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "stacked",
    [
        lambda one: Sequential(one, one),
        lambda one: Sequential(torch.nn.Identity(), one, one),
        lambda one: Sequential(one).append(one),
        lambda one: Sequential(Sequential(one), Sequential(one, torch.nn.GELU())),
    ],
)
def test_stacks_of_any_make(stacked, order):
    one = compile("arH", 2, 2, order=order, axes=ROTATIONS)
    _, words = told(lambda: stacked(one))
    assert len(words) == 1 and ("one linear map" if order == 1 else "products of products") in words[0]


def test_a_layer_put_after_another():
    one = compile("abH", 2, 2)
    stack = Sequential(one, torch.nn.GELU(), one)

    def put():
        stack[1] = one

    assert len(told(put)[1]) == 1


@pytest.mark.parametrize(
    "quiet",
    [
        lambda one, two: Sequential(one, torch.nn.GELU(), one),
        lambda one, two: Sequential(one, two, one),
        lambda one, two: torch.nn.ModuleList([one, one]),
        lambda one, two: Sequential(torch.nn.Linear(2, 2), one, torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)),
        lambda one, two: Sequential(EinNet("abH", 2, 2, 4, 2, 1), EinNet("abH", 2, 2, 4, 2, 1)),
        lambda one, two: Sequential(*[compile("abH", 2, 2, order=2, normalise_factors=True) for _ in "ab"]),
        lambda one, two: copy.deepcopy(told(lambda: Sequential(one, one))[0]),
    ],
)
def test_what_is_no_plain_stack(quiet):
    one, two = compile("abH", 2, 2), compile("abH", 2, 2, order=2)
    assert not told(lambda: quiet(one, two))[1]


def test_it_is_told_once_and_where_the_stack_is_made():
    one = compile("abH", 2, 2)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(2):
            Sequential(*[one] * 6)
    (one,) = [one for one in found if one.category is StackWarning]
    assert one.filename == __file__


def test_layers_of_files_are_told_of(tmp_path):
    path = tmp_path / "turned.py"
    path.write_text(symshare.emit("arH", axes=ROTATIONS))
    spec = importlib.util.spec_from_file_location("turned_file", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["turned_file"] = module
    spec.loader.exec_module(module)
    compile("a", 1, 1)
    assert len(told(lambda: Sequential(module.Layer(2, 3), module.Layer(3, 2)))[1]) == 1


def test_calls_graphs_and_copies_are_as_they_were():
    one = compile("abH", 2, 2)
    (stack, words), x = told(lambda: Sequential(one, one)), torch.randn(3, 4, 5, 2)
    assert words and not (one._forward_hooks or one._forward_pre_hooks or stack._forward_hooks)
    assert torch.equal(torch.export.export(stack, (x,)).module()(x), stack(x))
    assert torch.equal(torch.compile(stack, fullgraph=True, backend="eager")(x), stack(x))
    copied = copy.deepcopy(stack)
    copied.load_state_dict(stack.state_dict())
    assert torch.equal(copied(x), stack(x))
