"""Layers of lists below latent axes: against the sum of all their terms, entry by entry; equivariant list by list; masked."""

from itertools import product

import numpy as np
import pytest
import torch

import symshare
from symshare import derive, evaluate, signature
from symshare.nn import equivariance_errors
from symshare.nn.equivariance import random_inputs, small_sizes
from symshare.plans.interpret import interpret
from symshare.plans.operations import Bias, Contract, Mix
from tests import zoo

LAYERED = [case for case in zoo.STACKED if case[3] and not case[0].startswith(("LMhm", "LhM"))]
"""Without latent axes of fixed size that have no dependents: those are channels of a layer."""
OPTIONS = (
    *({}, {"reduce": "sum"}, {"coefficients": "full"}, {"coefficients": "full", "reduce": "sum"}),
    {"kind": "pooling", "channels": {"in": 2, "out": 3, "rank": 4}},
)
NORMALISED = (
    *({"normalise_scale": True}, {"normalise_factors": True}, {"normalise_scale": True, "normalise_factors": True}),
    {"normalise_factors": True, "coefficients": "full", "reduce": "sum"},
)


def defined(plan, parameters, inputs, sizes):
    """What a layer must compute: for each form and each choice of values of its indices on latent axes the value of the term
    on the lists at these values, times the weights that are there. Arrays have no batch."""
    along = {}
    for step in plan.steps:
        if isinstance(step, Bias | Mix | Contract):
            along |= {one.name: "".join(index.name for index in step.along) for one in step.parameters}
    signature = plan.signature
    plain = signature.unstacked().without_latents()
    totals = {}
    weights = iter(plan.parameters)
    for form in plan.terms:
        latent = {
            name: letter for name, letter in zip(form.names(), form.index_letters, strict=True) if letter.isupper()
        }
        mixed = form.order > 1 or (form.order == 1 and plan.choices.kind == "pooling")
        ranked = mixed and (form.order == 1 or plan.choices.coefficients == "rank")
        own = [next(weights) for _ in range(form.order * ranked)] + [next(weights)]
        for values in product(*(range(sizes[letter]) for letter in latent.values())):
            at = dict(zip(latent, values, strict=True))
            arrays = [parameters[one.name][tuple(at[name] for name in along[one.name])] for one in own]
            read = [
                np.moveaxis(picked(inputs[number], signature.inputs[number], indices, form, at), -1, 0)
                for number, indices in zip(form.factors, form.factor_indices, strict=True)
            ]
            bare = bared(form, plain)
            found = product_of(bare, read, arrays, ranked, sizes, plan.choices.reduce)
            output = signature.outputs[form.output]
            if form.output not in totals:
                totals[form.output] = np.zeros([*(sizes[letter] for letter in output.set_axes), found.shape[-1]])
            picked(totals[form.output], output, form.output_indices, form, at)[...] += found
    return [totals[number] for number in range(len(signature.outputs))]


def picked(array, tensor, indices, form, at):
    names = form.names()
    return array[
        tuple(
            at[names[index]] if letter.isupper() else slice(None)
            for letter, index in zip(tensor.set_axes, indices, strict=True)
        )
    ]


def bared(form, plain):
    """The form without latent axes, as a term of one list."""
    letters = form.index_letters
    inner = [[index for index in own if letters[index].islower()] for own in form.factor_indices]
    outer = [index for index in form.output_indices if letters[index].islower()]
    numbers = {}
    for index in (*(one for own in inner for one in own), *outer):
        numbers.setdefault(index, len(numbers))
    renamed = [tuple(numbers[one] for one in own) for own in (*inner, outer)]
    return symshare.Term(plain, form.output, form.factors, renamed[-1], tuple(renamed[:-1]), (), ((),) * form.order)


def product_of(term, read, arrays, ranked, sizes, reduce):
    *factors, last = arrays
    if not term.order:
        return evaluate(term, sizes=sizes)[..., None] * last
    if ranked or term.order == 1:
        for place, factor in enumerate(factors):
            read[place] = np.moveaxis(np.moveaxis(read[place], 0, -1) @ factor, -1, 0)
        return np.moveaxis(evaluate(term, *read, sizes=sizes, reduce=reduce), 0, -1) @ last
    return sum(
        evaluate(term, *(one[channel] for one, channel in zip(read, place, strict=True)), sizes=sizes, reduce=reduce)[
            ..., None
        ]
        * last[place]
        for place in np.ndindex(last.shape[:-1])
    )


def plans(case, options):
    text, depends, sizes, order = case
    latent = {letter: size for letter, size in sizes.items() if letter.isupper()}
    one = signature(text, depends=depends, sizes=latent)
    basis = derive(one.stacked(), order)
    return symshare.plan(basis, **options), symshare.plan(basis, **options, rewrites=False)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("case", LAYERED, ids=lambda case: f"{case[0]} {case[2]}")
def test_layers_compute_every_term_at_every_value(case, options):
    plan, naive = plans(case, options)
    sizes = {letter: size + letter.islower() for letter, size in case[2].items()}
    random = np.random.default_rng(0)
    layer = zoo.layer(plan, 1).requires_grad_(False)
    ins = layer.in_channels if isinstance(layer.in_channels, tuple) else (layer.in_channels,)
    inputs = [
        random.normal(size=[*(sizes[letter] for letter in tensor.set_axes), number])
        for tensor, number in zip(plan.signature.inputs, ins, strict=True)
    ]
    parameters = {name: one.numpy() for name, one in layer.state_dict().items() if name != "spec"}
    expected = defined(naive, parameters, inputs, sizes)
    read = {letter for tensor in plan.signature.inputs for letter in tensor.set_axes}
    new = {letter: sizes[letter] for letter in plan.signature.set_letters if letter not in read}
    batched = [torch.from_numpy(np.stack([one, 2 * one])) for one in inputs]
    for found in (
        interpret(naive, parameters, inputs, sizes=sizes),
        interpret(plan, parameters, inputs, sizes=sizes),
        zoo.listed(layer(*map(torch.from_numpy, inputs), **new)),
        [one[0] for one in zoo.listed(layer(*batched, **new))],
    ):
        for one, two in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.asarray(one), two, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("options", (*OPTIONS, *NORMALISED), ids=str)
@pytest.mark.parametrize("case", LAYERED, ids=lambda case: f"{case[0]} {case[2]}")
def test_every_list_may_be_permuted_on_its_own(case, options):
    plan, _ = plans(case, options)
    one = plan.signature.unstacked()
    layer = zoo.layer(plan, 2)
    inputs = random_inputs(layer, one, small_sizes(one))
    assert max(equivariance_errors(layer, one, inputs).values(), default=0.0) < 1e-9
