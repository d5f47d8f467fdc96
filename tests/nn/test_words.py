"""Layers and networks whose axes are words: the values of those in letters, and names that stand in nobody's way."""

import inspect

import pytest
import torch

import symshare
from symshare import derive, pools, signature
from tests import zoo
from tests.measured import equivariance_errors, random_inputs, small_sizes

CASES = [
    # a signature in letters, and what is made of it
    ("abH", {}, lambda one: symshare.plan(derive(one, 1), normalise_scale=True)),
    ("abH", {}, lambda one: symshare.plan(derive(one, 2), normalise_factors=True)),
    ("aaH->aH", {}, lambda one: symshare.plan(derive(one, 2), coefficients="full", reduce="sum")),
    ("W:abH,v:bH->v:bH,W:abH", {}, lambda one: symshare.plan(derive(one, 1))),
    ("baH,aH->aH", {"depends": ["a->b"]}, lambda one: symshare.plan(derive(one, 1), normalise_scale=True)),
    ("abcH->aH", {"depends": ["a->b", "b->c"]}, lambda one: symshare.plan(derive(one, 1))),
    ("aH->adhH", {}, lambda one: symshare.plan(derive(one, 1))),
    ("arH->arH", {"axes": {"r": "SO(3)"}}, lambda one: symshare.plan(derive(one, 2))),
    ("rsH->rsH", {"axes": {"r": "GL(2)", "s": "dual(r)"}}, lambda one: symshare.plan(derive(one, 1))),
    ("atH->tH", {"axes": {"t": "C(4)"}}, lambda one: symshare.plan(derive(one, 2))),
    ("atH", {"axes": {"t": "C(16)"}}, lambda one: symshare.plan(derive(one, 1))),
    ("abH", {}, lambda one: symshare.plan(pools(one, 3))),
    ("abH->aH", {}, lambda one: symshare.network(one, 3, width=6, pool_width=4, depth=2)),
    ("abH,aH->aH", {}, lambda one: symshare.network(one, 2, width=4, pool_width=2, depth=1)),
    ("H->adhH", {}, lambda one: symshare.network(one, 1, width=4, pool_width=2, depth=1, rounds=2)),
]


def made_of(made):
    """A layer or network in float64 with weights drawn in order."""
    module = symshare.nn.load(symshare.emit(made))
    ins, outs, _ = zoo.channels(made.signature, 0)
    layer = (getattr(module, "EinNet", None) or module.Layer)(ins, outs, dtype=torch.float64).requires_grad_(False)
    torch.manual_seed(3)
    for weight in layer.parameters():
        weight.normal_()
    return layer


@pytest.mark.parametrize(("text", "options", "make"), CASES)
def test_layers_of_both_forms_have_the_same_values(text, options, make):
    one = signature(text, **options)
    forms = one, zoo.in_words(one)
    layers = [made_of(make(form)) for form in forms]
    assert [weight.shape for weight in layers[0].parameters()] == [weight.shape for weight in layers[1].parameters()]
    sizes = small_sizes(one)
    inputs = random_inputs(layers[0], one, sizes)
    values = []
    for layer in layers:
        given = [
            name
            for name, parameter in inspect.signature(layer.forward).parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name not in ("every", "rounds")
        ]
        new = [axis for axis in one.symmetric_axes if not any(axis in tensor.axes for tensor in one.inputs)]
        assert len(given) == len(new)
        values.append(zoo.listed(layer(*inputs, **{name: sizes[axis] for name, axis in zip(given, new, strict=True)})))
    for mine, theirs in zip(*values, strict=True):
        assert torch.equal(mine, theirs)
    errors = equivariance_errors(layers[1], forms[1], inputs)
    assert max(errors.values()) < 1e-10
    assert len(errors) == len(equivariance_errors(layers[0], forms[0], inputs))


NASTY = [
    # axes and tensors named as what a file uses itself, as words of Python, and as each other
    "torch:(self torch),x:(torch)->torch:(self torch)",
    "x:(x x_all),x_all:(x_all)->x:(x x_all)",
    "(layer found)->(every rounds layer)",
    "hidden:(hidden hidden2 hidden_2)->hidden:(hidden)",
    "(y t1)->(y t1 mean)",
    "(lambda None_ print)->(lambda class print len)",
    "(measure sizes)->(placed wide peak square)",
    "in_channels:(out_channels rank)->(out_channels rank device)",
    "W:(a_b c),v:(a b_c)->(a_b c),(a b_c)",
    "W_a:(b),W:(a b)->(a b)",
    "(x)->(for n_for n_n_for x)",
    "(t)->(t_ n_t t n_t_)",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("kind", ["linear", "polynomial", "network"])
def test_no_name_stands_in_the_way_of_another(text, kind):
    one = signature(text)
    if kind == "network":
        made = symshare.network(one, 2, width=4, pool_width=2, depth=1, rounds=2)
    else:
        basis = derive(one, 1 if kind == "linear" else 2, max_terms=2_000) if len(text) < 60 else derive(one, 1)
        made = symshare.plan(basis, normalise_scale=True, kind=kind)
    layer = made_of(made)
    sizes = small_sizes(one)
    errors = equivariance_errors(layer, one, random_inputs(layer, one, sizes))
    assert set(errors) == set(one.set_axes)
    assert max(errors.values()) < 1e-8


def test_measures_and_lengths_go_by_the_names_of_axes():
    layer = symshare.nn.compile(derive("(hidden in)->(hidden out)", 1), 2, 3)
    x = torch.randn(4, 5, 6, 2)
    keep = torch.tensor([1.0, 1, 0, 1, 0, 1])
    y = layer(x, measure={"in": keep}, out=7)
    assert y.shape == (4, 5, 7, 3)
    assert torch.allclose(y, layer(x[:, :, keep.bool()], out=7), atol=1e-5)
    with pytest.raises(ValueError, match="measure has 'inn'; an axis is one of hidden, in"):
        layer(x, measure={"inn": keep}, out=7)


def test_more_axes_than_letters_are_one_layer():
    """Of 28 axes, two of which any step has: no index of a step is another's."""
    text = ",".join(f"W{n}:(h{2 * n} h{2 * n + 1})" for n in range(14))
    one = signature(text)
    assert len(one.set_axes) == 28
    layer = symshare.nn.compile(derive(one, 1), 2, 3, dtype=torch.float64)
    lengths = {axis: 2 + place % 3 for place, axis in enumerate(one.set_axes)}
    errors = equivariance_errors(layer, one, random_inputs(layer, one, lengths))
    assert set(errors) == set(one.set_axes)
    assert max(errors.values()) < 1e-10


def test_more_indices_in_a_step_than_einsum_has_letters_are_refused_with_their_number():
    axes = " ".join(f"h{number}" for number in range(53))
    term = symshare.term(f"({axes})", f"({axes})->({axes})")
    basis = symshare.Basis(term.signature, 1, (term,))
    plan = symshare.plan(basis, kind="linear")
    with pytest.raises(symshare.TooLargeError, match=r"^54 indices meet in one step, over the 52"):
        symshare.emit(symshare.plan(basis, kind="linear", normalise_scale=True))
    assert plan.order == 1
