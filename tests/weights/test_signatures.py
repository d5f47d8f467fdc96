"""Specs as signatures: every other part of the package takes them, and their own action is a symmetry of the module."""

from math import factorial, prod

import numpy as np
import pytest
import torch

import symshare
from symshare.core.actions.blocks import blocks
from symshare.core.actions.random import random_elements
from symshare.core.actions.relabelling import relabel
from symshare.core.notation.names import is_latent
from symshare.errors import SpecError
from symshare.weights import spec
from tests.weights import nets
from tests.weights.expected import CASES, known
from tests.weights.test_gate import change, randomised
from tests.weights.written import Written


@pytest.fixture(scope="module")
def found():
    states = {}

    def of(name):
        if name not in states:
            one, module, inputs = known(name, scales=False)
            states[name] = one, module, inputs, randomised(module)
        return states[name]

    return of


def lengths(one):
    """The length of each axis of a signature, as tensors of a spec have it."""
    return {axis: size for place in one.places for axis, size in zip(place.axes, place.sizes, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_a_signature_has_as_many_permutations_as_its_spec(found, name):
    one = found(name)[0]
    signature, sizes = one.signature, lengths(one)
    lists = {axis: prod(sizes[above] for above in signature.ancestors(axis)) for axis in signature.set_axes}
    assert prod(factorial(sizes[axis]) ** number for axis, number in lists.items()) == one.order
    assert dict(signature.sizes) == {axis: size for axis, size in sizes.items() if is_latent(axis)}


def moved_by(one, tensors, seed):
    """The tensors of a spec's signature, moved as the core moves arrays of this signature."""
    signature = one.signature
    arrays = {name: array.numpy() for name, array in tensors.items()}
    for element in random_elements(signature, lengths(one), np.random.default_rng(seed)):
        for tensor in signature.inputs:
            arrays[tensor.name] = relabel(element.own, tensor, arrays[tensor.name])
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_action_of_a_signature_leaves_outputs_unchanged(found, name):
    one, module, inputs, state = found(name)
    tensors = one.arrange(state)
    assert list(tensors) == [tensor.name for tensor in one.signature.inputs]
    assert all(torch.equal(again, state[key]) for key, again in one.restore(tensors, state).items())
    assert len(blocks(one.signature)) == len(one.signature.set_axes)
    for seed in range(3):
        moved = one.restore(moved_by(one, tensors, seed), state)
        assert any(not torch.equal(moved[key], state[key]) for key in state)
        assert change(module, state, moved, inputs) < 1e-10


@pytest.mark.parametrize("name", CASES)
def test_terms_are_counted_and_listed(found, name):
    one = found(name)[0]
    assert symshare.count(one.signature, 1) > 0
    plain = one.layer_signature
    if symshare.count(plain, 1) < 500:
        assert len(symshare.derive(plain, 1)) == sum(symshare.count(plain, order) for order in (0, 1))


@pytest.mark.parametrize("name", ["mlp", "attention", "raw"])
def test_a_layer_commutes_with_the_group(found, name):
    """The fixed axes of a tensor are its channels: they stand last, as one."""
    one, _, _, state = found(name)
    fixed = [
        [size for axis, size in zip(place.axes, place.sizes, strict=True) if is_latent(axis)] for place in one.places
    ]
    numbers = tuple(map(prod, fixed))
    torch.manual_seed(0)
    layer = symshare.nn.compile(one.layer_signature, numbers, numbers, dtype=torch.float64)

    def mapped(weights):
        tensors = one.arrange(weights)
        orders = [
            sorted(range(len(place.axes)), key=lambda at, axes=place.axes: is_latent(axes[at])) for place in one.places
        ]
        given = [
            tensors[place.name]
            .permute(order)
            .reshape(*[place.sizes[at] for at in order if not is_latent(place.axes[at])], -1)
            for place, order in zip(one.places, orders, strict=True)
        ]
        results = layer(*given)
        back = {
            place.name: result.reshape([place.sizes[at] for at in order]).permute(
                sorted(range(len(order)), key=order.__getitem__)
            )
            for place, order, result in zip(one.places, orders, results, strict=True)
        }
        return one.restore(back, weights)

    element = one.random(3)
    left, right = mapped(one.act(state, element)), one.act(mapped(state), element)
    for key in state:
        torch.testing.assert_close(left[key], right[key])
        assert not torch.allclose(right[key], one.act(state, element)[key])


def test_weights_of_an_mlp_by_hand():
    one = spec(nets.mlp(), torch.randn(4, 3))
    text = "t0_weight:(h0 In),t0_bias:(h0),t2_weight:(h2 h0),t2_bias:(h2),t4_weight:(Out h2),t4_bias:(Out)"
    assert one.signature == symshare.signature(text, sizes={"In": 3, "Out": 2})
    assert one.layer_signature == symshare.signature(text)
    # biases, and invariants of each tensor: h0 In, h0, h2 h0, h2, Out h2, Out have 3, 1, 1, 1, 2 and 2
    assert symshare.count(one.signature, 0) == 10


def test_names_that_would_be_one_are_told_apart():
    module = Written(lambda net, x: torch.tanh(x @ net.a_b) @ net.a.b, a_b=(3, 5))
    module.a = torch.nn.Module()
    module.a.b = torch.nn.Parameter(torch.randn(5, 2))
    one = spec(module, torch.randn(4, 3))
    assert {tensor.name for tensor in one.signature.inputs} == {"a_b", "a_b_2"}


def test_sorts_of_blocks_in_one_list_are_told_apart():
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 6), *(block(hidden) for hidden in (4, 5, 4, 5)), torch.nn.Linear(6, 2)
    )
    one = spec(module, torch.randn(4, 3))
    assert [repeat.children for repeat in one.repeats] == [("1", "3"), ("2", "4")]
    assert "[1,3].up.weight" in str(one)
    names = [tensor.name for tensor in one.signature.inputs]
    assert len(set(names)) == len(names)
    assert one.order == factorial(6) * (factorial(4) * factorial(5)) ** 2


def block(hidden):
    return Written(
        lambda net, x: x + net.down(torch.tanh(net.up(x))),
        up=torch.nn.Linear(6, hidden),
        down=torch.nn.Linear(hidden, 6),
    )


def test_a_latent_axis_that_stands_twice_in_a_tensor():
    module = Written(lambda net, x: x @ net.a @ net.a @ net.b, a=(3, 3), b=(3, 2))
    one = spec(module, torch.randn(4, 3))
    assert [tensor.axes for tensor in one.signature.inputs] == [("In", "In_again"), ("In", "Out")]


def test_lists_along_a_fixed_axis_have_a_latent_parent():
    """Each of two experts, chosen by place, has hidden units of its own."""
    module = Written(
        lambda net, x: torch.einsum("eh,eho->eo", torch.tanh(torch.einsum("i,eih->eh", x, net.a)), net.b),
        a=(2, 3, 5),
        b=(2, 5, 4),
    )
    one = spec(module, torch.randn(3))
    assert one.order == factorial(5) ** 2
    assert len(one.depends) == 1
    state = randomised(module.double())
    for seed in range(3):
        moved = one.restore(moved_by(one, one.arrange(state), seed), state)
        assert change(module, state, moved, (torch.randn(3, dtype=torch.float64),)) < 1e-10


@pytest.mark.parametrize(
    ("change_of", "said"),
    [
        (lambda tensors: tensors.pop("t0_bias"), "there is no t0_bias"),
        (lambda tensors: tensors.update(t0_bias=torch.zeros(4)), "of the shape"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(change_of, said):
    module = nets.mlp()
    one, state = spec(module, torch.randn(4, 3)), dict(module.state_dict())
    tensors = one.arrange(state)
    change_of(tensors)
    with pytest.raises(SpecError, match=said):
        one.restore(tensors, state)


def test_a_module_without_weights_has_no_signature():
    one = spec(torch.nn.ReLU(), torch.randn(4, 3))
    assert one.order == 1
    assert '"signature"' not in one.to_json()
    with pytest.raises(SpecError, match="has no weights"):
        assert one.signature
