"""Scales and signs in the signature of a spec: Scaled and B where it can say them, permutations with a reason where not."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import symshare
from symshare.core.actions.random import random_elements
from symshare.core.actions.relabelling import relabel
from symshare.weights import read_spec, spec
from tests.weights.expected import CASES, known
from tests.weights.test_gate import change, randomised
from tests.weights.test_orders import CASES as MORE
from tests.weights.test_orders import scaled
from tests.weights.written import Written

L = nn.Linear


def perceptron(does, ins=3, outs=2):
    return nn.Sequential(L(ins, 5), does(), L(5, outs))


SIGNED = [1, 13, 34]
SCALED = [1, 9, 18]


@pytest.mark.parametrize(
    ("does", "terms"),
    [
        (nn.ReLU, SCALED),
        (lambda: nn.LeakyReLU(0.1), SCALED),
        (nn.Tanh, SIGNED),
        (nn.Softsign, SIGNED),
        (nn.Hardtanh, SIGNED),
        (nn.Identity, SCALED),  # signs go where numbers do: nothing is left that they forbid
    ],
)
def test_terms_of_a_perceptron_with_scaled_neurons(does, terms):
    """The numbers of terms of W1:ba,v1:b,W2:cd,v2:c (DESIGN, weight spaces): orders 0, 1 and 2."""
    one = spec(perceptron(does), torch.randn(4, 3), inputs="permuted", outputs="permuted", scales=True)
    assert [symshare.count(one.signature, order) for order in range(3)] == terms
    assert len(symshare.derive(one.signature, 2)) == sum(terms)


@pytest.mark.parametrize(("does", "terms"), [(nn.ReLU, [1, 6, 8]), (nn.Tanh, [1, 10, 16])])
def test_terms_where_inputs_and_outputs_are_one_number(does, terms):
    one = spec(perceptron(does, 1, 1), torch.randn(4, 1), scales=True)
    assert [symshare.count(one.signature, order) for order in range(3)] == terms


def lengths(one):
    return {axis: size for place in one.places for axis, size in zip(place.axes, place.sizes, strict=True)}


def moved_by(one, state, seed):
    """Weights, moved as the core moves arrays of the signature."""
    signature = one.signature
    arrays = {name: array.numpy() for name, array in one.arrange(state).items()}
    for element in random_elements(signature, lengths(one), np.random.default_rng(seed)):
        for tensor in signature.inputs:
            arrays[tensor.name] = relabel(element.own, tensor, arrays[tensor.name])
    return one.restore({name: torch.from_numpy(array.copy()) for name, array in arrays.items()}, state)


@pytest.mark.parametrize(
    ("make", "given", "said"),
    [
        # a convolution against the gain, gain and shift against the next layer
        (
            lambda: nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.Conv1d(4, 1, 1)),
            (2, 2, 7),
            {"h0": "2 numbers for each value"},
        ),
        # the gate's weights are not multiplied, what it opens is
        (
            lambda: Written(
                lambda net, x: net.o(torch.relu(net.a(x)) * torch.sigmoid(net.b(x))), a=L(3, 5), b=L(3, 5), o=L(5, 2)
            ),
            (4, 3),
            {"a": "b_weight is not multiplied"},
        ),
        # a square of units: one weight by the number, another by its square
        (
            lambda: Written(lambda net, x: net.o(torch.relu(net.a(x)) ** 2), a=L(3, 5), o=L(5, 2)),
            (4, 3),
            {"a": "to powers that differ"},
        ),
        # x tanh(y): both may be scaled by x, the sign of y may be changed with the output
        (
            lambda: Written(lambda net, x: net.o(net.a(x) * torch.tanh(net.b(x))), a=L(3, 5), b=L(3, 5), o=L(5, 2)),
            (4, 3),
            {"a": "2 numbers for each value"},
        ),
    ],
)
def test_what_a_signature_cannot_say_is_left_to_permutations(make, given, said):
    torch.manual_seed(0)
    module, inputs = make(), torch.randn(*given)
    one = spec(module, inputs, scales=True)
    assert {axis: factors.why for axis, factors in one.factors.items()} == said
    assert one.signature == spec(module, inputs).signature
    assert {row[0]: row[-1] for row in one.tables()[-1].rows} == {
        axis: f"permuted only: {why}" for axis, why in said.items()
    }


def test_where_entries_are_divided_the_dual_is_written():
    one = spec(nn.Sequential(L(3, 5), nn.ReLU(), L(5, 2)), torch.randn(4, 3), scales=True)
    assert str(one.signature) == "t0_weight:(h0 In),t0_bias:(h0),t2_weight:(Out h0_dual),t2_bias:(Out)"
    assert one.signature.named_groups == {"h0": "Scaled", "h0_dual": "dual(h0)"}
    assert one.to_dict()["under"] == one.signature.named_groups
    assert one.layer_signature.named_groups == one.signature.named_groups


def test_a_name_that_is_taken_is_not_given_to_a_dual():
    module = Written(
        lambda net, x: net.z(torch.relu(net.h_dual(torch.relu(net.h(x))))), h=L(3, 5), h_dual=L(5, 4), z=L(4, 2)
    )
    one = spec(module, torch.randn(4, 3), scales=True)
    assert one.signature.named_groups == {
        "h": "Scaled",
        "h_dual": "Scaled",
        "h_dual_2": "dual(h)",
        "h_dual_dual": "dual(h_dual)",
    }


NETS = [
    *CASES,
    *(name for name in MORE if name not in ("half precision", "float32 inside", "complex", "no weights")),
]


@pytest.mark.parametrize("name", NETS)
def test_random_elements_of_the_signature_leave_outputs_unchanged(name):
    one, module, given = (known(name, scales=True) if name in CASES else scaled(name))[:3]
    if any(not isinstance(each, torch.Tensor) for each in given):
        pytest.skip("inputs in a dictionary are not moved here")
    module = copy.deepcopy(module).double().eval()
    inputs = tuple(each.double() if each.is_floating_point() else each for each in given)
    said = {axis for axis, factors in one.factors.items() if factors.name}
    assert {axis for axis, what in one.signature.named_groups.items() if what in ("Scaled", "B")} == said
    state = {key: value for key, value in randomised(module).items() if key in one.by_name}
    for seed in range(3):
        assert change(module, state, moved_by(one, state, seed), inputs) < 1e-8
    assert read_spec(one.to_json()).signature == one.signature
