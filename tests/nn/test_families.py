"""Every family of groups x every option of a layer x unequal channel numbers: refused in words, or equivariant."""

from itertools import count

import numpy as np
import pytest
import torch

import symshare
from symshare.errors import SymshareError
from tests import zoo
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.reference import layer_values

SCALE, FACTORS = {"normalise_scale": True}, {"normalise_factors": True}
OPTIONS = (
    # order, options
    *(
        (1, {}),
        (1, {"reduce": "sum"}),
        (1, SCALE),
        (2, {}),
        (2, {"coefficients": "full"}),
        (2, FACTORS),
        (2, SCALE | FACTORS),
    ),
    (2, FACTORS | {"coefficients": "full", "reduce": "sum"}),
)


def has_a_product_of_stretched_factors(basis, family):
    letters = set("rs") if family in zoo.STRETCHING else set()
    products = [term.factor_tensors for term in basis if term.order == 2]
    return any(all(letters & set(tensor.axes) for tensor in tensors) for tensors in products)


@pytest.mark.parametrize("text", zoo.BESIDE)
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_layers_are_equivariant_or_refused(family, text):
    one, numbers = zoo.signature(text, family), count()
    bases = {order: symshare.derive(one, order) for order in (1, 2)}
    stretched = family in zoo.STRETCHING and any(set("rs") & set(tensor.axes) for tensor in one.inputs)
    for order, options in OPTIONS:
        basis = bases[order]
        if not all(any(term.order and term.output == at for term in basis) for at in range(len(one.outputs))):
            continue
        refused = stretched and options.get("normalise_scale", False)
        if options.get("normalise_factors"):
            refused = refused or has_a_product_of_stretched_factors(basis, family)
        if refused:
            with pytest.raises(SymshareError, match=r"norm .*\n  leave out normalise_"):
                symshare.plan(basis, **options)
            continue
        plan = symshare.plan(basis, **options)
        layer = zoo.layer(plan, next(numbers))
        inputs = random_inputs(layer, one, small_sizes(one))
        errors = equivariance_errors(layer, one, inputs)
        assert max(errors.values(), default=0.0) < 1e-9, (order, options)
        present = {axis for tensor in one.inputs for axis in tensor.axes}
        new = {axis: 4 for axis in one.symmetric_axes if axis not in present}
        for tensor, y in zip(one.outputs, zoo.listed(layer(*inputs, **new)), strict=True):
            shape = [(small_sizes(one) | new)[letter] for letter in tensor.set_axes]
            assert list(y.shape[1:-1]) == shape, (order, options)


@pytest.mark.parametrize("text", zoo.BESIDE)
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_first_values_are_drawn_for_unequal_channels_and_every_name_is_one(family, text):
    basis = symshare.derive(zoo.signature(text, family), 2)
    if not all(any(term.order and term.output == at for term in basis) for at in range(len(basis.signature.outputs))):
        return
    for number, coefficients in enumerate(("rank", "full", "rank")):
        plan = symshare.plan(basis, coefficients=coefficients)
        names = [one.name for one in plan.parameters]
        assert len(set(names)) == len(names)
        heads = {one.key: one.term for one in plan.parameters if one.group != "factor"}
        assert all(heads[one.key.rpartition("__")[0]] == one.term for one in plan.parameters if one.group == "factor")
        layer = zoo.layer(plan, number, first_values=True)
        assert {name for name, _ in layer.named_parameters()} == set(names)
        assert all(torch.isfinite(weight).all() for weight in layer.parameters())


@pytest.mark.parametrize("text", zoo.PLAIN)
def test_unequal_channels_of_set_axes_give_the_sum_of_the_terms(text):
    """Against the definition of the terms, one by one; with first values drawn for up to three equal factors."""
    order = 2 if sum(map(len, text.replace("H", "").split("->"))) > 4 else 3
    basis = symshare.derive(text, order)
    for number, options in enumerate(({}, {"coefficients": "full"}, {"reduce": "sum"})):
        if order == 3 and options:
            continue
        plan = symshare.plan(basis, **options)
        assert all(torch.isfinite(one).all() for one in zoo.layer(plan, number, first_values=True).parameters())
        layer = zoo.layer(plan, number)
        sizes = {letter: 2 + place for place, letter in enumerate(plan.signature.set_axes)}
        inputs = random_inputs(layer, plan.signature, sizes)
        present = {letter for tensor in plan.signature.inputs for letter in tensor.set_axes}
        given = {letter: sizes[letter] for letter in plan.signature.symmetric_axes if letter not in present}
        found = layer(*inputs, **given)
        parameters = {name: weight.numpy() for name, weight in layer.named_parameters()}
        expected = layer_values(plan, parameters, [one.numpy() for one in inputs], sizes)
        for one, two in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
            assert np.allclose(one.numpy(), two, rtol=1e-10, atol=1e-10 * abs(two).max())


@pytest.mark.parametrize("order", [3, 5])
@pytest.mark.parametrize("ins", [(1, 3), (3, 1), (1, 1)])
def test_an_odd_power_of_one_channel_goes_along_with_its_own_first_power(ins, order):
    """x^3 and x are correlated: with equal signs, so that their sum never cancels, in each input and output of its own."""
    basis = symshare.derive("uH,vH->uH,vH", order)
    powers = ["u,u,u->u", "u,u,u,u,u->u", "v,v,v->v", "v,v,v,v,v->v"]
    plan = symshare.plan(basis.only(*[one for one in powers if one.count(",") < order]))
    for seed in range(4):
        layer = zoo.layer(plan, seed, first_values=True)
        del layer
        torch.manual_seed(seed)
        layer = symshare.nn.compile(plan, ins, (2, 3), rank=2)
        for place, letter in enumerate("uv"):
            if ins[place] > 1:
                continue
            for power in range(3, order + 1, 2):
                key = "_".join([f"x{place}_{letter}"] * power) + f"__y{place}_{letter}"
                product = 1
                for at in range(power):
                    product = product * layer.factor[f"{key}__{at}"]
                first = layer.mix[f"x{place}_{letter}__y{place}_{letter}"]
                assert torch.equal(torch.sign(product @ layer.mix[key]), torch.sign(first))


@pytest.mark.parametrize("text", (*zoo.NESTED, *zoo.TWICE))
def test_children_on_either_side_of_their_parents(text):
    depends = ["a->b", "b->c"] if text in zoo.TWICE else ["a->b"]
    one = symshare.signature(text, depends=[each for each in depends if set(each[::3]) <= set(text)])
    for number, (order, options) in enumerate(OPTIONS[:3] + (OPTIONS[5:] if len(text) < 10 else ())):
        plan = symshare.plan(symshare.derive(one, order), **options)
        layer = zoo.layer(plan, number)
        inputs = random_inputs(layer, one, small_sizes(one))
        errors = equivariance_errors(layer, one, inputs)
        assert set(errors) == set(one.set_axes)
        assert max(errors.values()) < 1e-10, (order, options)


@pytest.mark.parametrize("text", ["arH->arH", "raH,aH->H", "arH,H->rH,H"])
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_masking_is_leaving_out_beside_every_family(family, text):
    one = zoo.signature(text, family)
    basis = symshare.derive(one, 2)
    if not all(any(term.order and term.output == at for term in basis) for at in range(len(one.outputs))):
        return
    mask = torch.tensor([1.0, 1, 0, 1, 0])

    def kept(x, tensor):
        if "a" not in tensor.set_axes:
            return x
        place = tensor.set_axes.index("a") - len(tensor.set_axes) - 1
        return x.index_select(place, mask.nonzero().ravel())

    for number, options in enumerate(({}, {"reduce": "sum", "coefficients": "full"}, FACTORS, SCALE)):
        if family in zoo.STRETCHING and options in (FACTORS, SCALE):
            continue
        layer = zoo.layer(symshare.plan(basis, **options), number)
        inputs = random_inputs(layer, one, small_sizes(one) | {"a": 5})
        masked = zoo.listed(layer(*inputs, measure={"a": mask}))
        alone = zoo.listed(layer(*(kept(x, tensor) for x, tensor in zip(inputs, one.inputs, strict=True))))
        for y, z, tensor in zip(masked, alone, one.outputs, strict=True):
            assert torch.allclose(kept(y, tensor), z, rtol=1e-9, atol=1e-9 * float(z.abs().max()))
