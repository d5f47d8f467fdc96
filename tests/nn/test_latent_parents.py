"""Layers of lists below latent axes: against the sum of all their terms, entry by entry; equivariant list by list; masked."""

from itertools import product

import numpy as np
import pytest
import torch

import symshare
from symshare import derive, evaluate, signature
from symshare.nn import compile
from symshare.plans.interpret import interpret
from symshare.plans.operations import Bias, Contract, Mix
from tests import zoo
from tests.measured import equivariance_errors, random_inputs, small_sizes

LAYERED = [case for case in zoo.STACKED if case[3] and zoo.has_free_channels(*case[1:3])]
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
            along |= {one.name: tuple(index.name for index in step.along) for one in step.parameters}
    signature = plan.signature
    plain = signature.unstacked().without_latents()
    totals = {}
    weights = iter(plan.parameters)
    for form in plan.terms:
        latent = {name: axis for name, axis in zip(form.names(), form.index_axes, strict=True) if axis[0].isupper()}
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
            at[names[index]] if letter[0].isupper() else slice(None)
            for letter, index in zip(tensor.set_axes, indices, strict=True)
        )
    ]


def bared(form, plain):
    """The form without latent axes, as a term of one list."""
    axes = form.index_axes
    inner = [[index for index in own if axes[index][0].islower()] for own in form.factor_indices]
    outer = [index for index in form.output_indices if axes[index][0].islower()]
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
    latent = zoo.latent_sizes(sizes)
    one = signature(text, depends=depends, sizes=latent)
    basis = derive(one.stacked(), order)
    return symshare.plan(basis, **options), symshare.plan(basis, **options, rewrites=False)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("case", LAYERED, ids=lambda case: f"{case[0]} {case[2]}")
def test_layers_compute_every_term_at_every_value(case, options):
    plan, naive = plans(case, options)
    sizes = {letter: size + letter[0].islower() for letter, size in case[2].items()}
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
    new = {letter: sizes[letter] for letter in plan.signature.set_axes if letter not in read}
    batched = [torch.from_numpy(np.stack([one, 2 * one])) for one in inputs]
    for found in (
        interpret(naive, parameters, inputs, sizes=sizes),
        interpret(plan, parameters, inputs, sizes=sizes),
        zoo.listed(layer(*map(torch.from_numpy, inputs), **new)),
        [one[0] for one in zoo.listed(layer(*batched, **new))],
    ):
        for one, two in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.asarray(one), two, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("options", OPTIONS[:3], ids=str)
def test_ordered_factors_are_forms_of_their_own(options):
    """`Lh,Mi->Lh` and `Lh,Mi->Mi` are two."""
    basis = derive(signature("LhH", depends=["L->h"], sizes={"L": 2}).stacked(), 2, ordered=True)
    assert [str(form) for form in basis.of_order(2)] == [
        *("LhH,LhH->LhH", "LhH,LhH->MiH", "LhH,MiH->LhH", "LhH,MiH->MiH", "LhH,MiH->NjH"),
    ]
    plan = symshare.plan(basis, **options)
    layer = zoo.layer(plan, 1)
    inputs = [np.random.default_rng(0).normal(size=(2, 3, layer.in_channels))]
    parameters = {name: one.numpy() for name, one in layer.state_dict().items() if name != "spec"}
    expected = defined(symshare.plan(basis, **options, rewrites=False), parameters, inputs, {"L": 2, "h": 3})
    np.testing.assert_allclose(layer(torch.from_numpy(inputs[0])).numpy(), expected[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("options", (*OPTIONS, *NORMALISED), ids=str)
@pytest.mark.parametrize("case", LAYERED, ids=lambda case: f"{case[0]} {case[2]}")
def test_every_list_may_be_permuted_on_its_own(case, options):
    plan, _ = plans(case, options)
    one = plan.signature.unstacked()
    layer = zoo.layer(plan, 2)
    inputs = random_inputs(layer, one, small_sizes(one))
    assert max(equivariance_errors(layer, one, inputs).values(), default=0.0) < 1e-9


def test_ragged_lists_are_masked_below_each_value():
    """y[L, h] = b[L] + x[L, h] A[L] + sum over M of (mean of list M) B[M, L], by hand; lists of 3, 1 and 0 entries."""
    lengths = (3, 1, 0)
    layer = compile(derive("LhH", 1, depends=["L->h"], sizes={"L": 3}), 2, 4, dtype=torch.float64)
    for weight in layer.parameters():
        weight.data.normal_()
    x = torch.randn(5, 3, 3, 2, dtype=torch.float64)
    mask = torch.tensor([[place < length for place in range(3)] for length in lengths])
    b, own, pairs = layer.bias["__h"], layer.mix["h__h"], layer.mix["h__i"]
    assert (own.shape, pairs.shape) == ((3, 2, 4), (3, 3, 2, 4))
    means = [
        x[:, value, :length].mean(1) if length else torch.zeros(5, 2).to(x) for value, length in enumerate(lengths)
    ]
    found = layer(x, {"h": mask})
    for value, length in enumerate(lengths):
        total = b[value] + sum(mean @ pairs[other, value] for other, mean in enumerate(means))
        torch.testing.assert_close(found[:, value, :length], x[:, value, :length] @ own[value] + total[:, None])
    torch.testing.assert_close(layer(x, mask), found)
    each = mask.expand(5, 3, 3).clone()
    torch.testing.assert_close(layer(x, {"h": each}), found)


@pytest.mark.parametrize("options", [*OPTIONS[:4], {"normalise_factors": True}, {"normalise_scale": True}], ids=str)
def test_entries_without_weight_are_not_seen(options):
    """Padding of any list, by any values, changes nothing; a weight of two is the entry twice."""
    text = "LhkH->LhH"
    basis = derive(signature(text, depends=["L->h", "h->k"], sizes={"L": 2}).stacked(), 2)
    layer = compile(symshare.plan(basis, **options), 2, 3, dtype=torch.float64)
    for weight in layer.parameters():
        weight.data.normal_()
    x = torch.randn(2, 4, 3, 2, dtype=torch.float64)
    h, k = torch.ones(2, 4, dtype=torch.float64), torch.ones(2, 4, 3, dtype=torch.float64)
    h[1, 2:], k[0, 1, 1:], h[0, 3] = 0, 0, 0
    other = torch.where((h[..., None] * k)[..., None] > 0, x, 7.0)
    found, again = layer(x, {"h": h, "k": k}), layer(other, {"h": h, "k": k})
    torch.testing.assert_close(found[h > 0], again[h > 0])
    twice = torch.cat([x, x[:, :1]], 1)
    doubled = torch.cat([h, torch.zeros(2, 1).to(h)], 1)
    doubled[:, 0] = 2
    same = torch.cat([h, h[:, :1]], 1)
    longer = torch.cat([k, k[:, :1]], 1)
    one, two = (layer(twice, {"h": weights, "k": longer}) for weights in (doubled, same))
    torch.testing.assert_close(one[:, :4][h > 0], two[:, :4][h > 0])


@pytest.mark.parametrize(
    ("x", "measure", "problem"),
    [
        (torch.zeros(3, 4, 2), None, r"x needs shape \(..., 2, h, 2\), not \(3, 4, 2\)"),
        (torch.zeros(2, 4, 2), {"L": torch.ones(2)}, "L"),
        (torch.zeros(2, 4, 2), {"h": torch.ones(3, 4)}, "h"),
    ],
)
def test_what_does_not_fit_the_values_is_refused_at_the_door(x, measure, problem):
    layer = compile(derive("LhH", 1, depends=["L->h"], sizes={"L": 2}), 2, 4)
    with pytest.raises(ValueError, match=problem):
        layer(x, measure)


def test_weights_of_another_number_of_values_are_refused():
    two, three = (compile(derive("Lh", 1, depends=["L->h"], sizes={"L": size}), 2, 4) for size in (2, 3))
    with pytest.raises(RuntimeError, match="size mismatch"):
        three.load_state_dict(two.state_dict())


@pytest.mark.parametrize("options", [{}, {"coefficients": "full"}, {"reduce": "sum"}], ids=str)
@torch.no_grad()
def test_first_values_keep_the_variance_at_every_value(options):
    """About that of the input: terms that average add an eighth of it, for any number of values of L."""
    for size in (1, 8):
        basis = derive(signature("LhH", depends=["L->h"], sizes={"L": size}).stacked(), 2)
        layer = compile(symshare.plan(basis, **options), 32, 64)
        found = []
        for seed in range(4):
            torch.manual_seed(seed)
            layer.reset_parameters(**({"n_h": 32} if options.get("reduce") == "sum" else {}))
            found.append(layer(torch.randn(16, size, 32, 32)).var((0, 2, 3)))
        assert torch.stack(found).mean(0).min() > 0.6
        assert torch.stack(found).mean(0).max() < 1.8


def test_emitted_layers_run_in_the_tools():
    basis = derive(signature("Lhd,d->dLh", depends=["L->h"], sizes={"L": 3}).stacked(), 1)
    layer = compile(basis, 2, 4)
    inputs = torch.randn(5, 3, 4, 6, 2), torch.randn(5, 6, 2)
    expected = layer(*inputs)
    torch.testing.assert_close(torch.vmap(layer)(*inputs), expected)
    program = torch.export.export(layer, inputs, dynamic_shapes=({2: torch.export.Dim.AUTO}, None))
    torch.testing.assert_close(program.module()(*inputs), expected)
    torch.testing.assert_close(torch.compile(layer, fullgraph=True, backend="eager")(*inputs), expected)
    half = layer.to(torch.bfloat16)(*(one.to(torch.bfloat16) for one in inputs))
    assert half.isfinite().all()


def spanned(layer, one, sizes, points):
    """The dimension of the maps that a layer of one channel can be: the rank of its outputs' derivatives by its parameters."""
    rows = []
    for seed in range(points):
        inputs = [array.requires_grad_(False) for array in random_inputs(layer, one, sizes, batch=1, seed=seed)]
        names = dict(layer.named_parameters())

        def run(weights, inputs=inputs):
            found = torch.func.functional_call(layer, weights, tuple(inputs))
            return torch.cat([one.flatten() for one in zoo.listed(found)])

        jacobian = torch.func.jacrev(run)({name: weight.detach() for name, weight in names.items()})
        rows.append(torch.cat([part.flatten(1) for part in jacobian.values()], 1))
    return int(torch.linalg.matrix_rank(torch.cat(rows), rtol=1e-9))


@pytest.mark.parametrize("text", ["Lhr->Lhr", "Lhr,r->Lh"])
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_linear_layers_beside_any_group_are_all_that_there_is(family, text):
    """As many independent maps as the null space has dimensions, and each of them equivariant."""
    one = signature(zoo.signature(text, family), depends=["L->h"], sizes={"L": 2})
    sizes = {"L": 2, "h": 2} | {letter: size for letter, size in one.sizes if letter != "L"}
    sizes |= {letter: 2 for letter, _ in one.monomial}
    basis = derive(one.stacked(), 1)
    if not any(term.order for term in basis):
        with pytest.raises(symshare.SymshareError, match=r"no terms of order 1|only the zero map"):
            symshare.plan(basis)
        return
    layer = compile(basis, 1, 1, dtype=torch.float64)
    for weight in layer.parameters():
        weight.data.normal_()
    small = signature(one, sizes=sizes)
    number = sum(symshare.solve(symshare.taylor(small, 1)).dimensions)
    assert spanned(layer, small, sizes, 1 + number) == number
    inputs = random_inputs(layer, one, sizes)
    assert max(equivariance_errors(layer, one, inputs).values()) < 1e-9


@pytest.mark.parametrize("case", LAYERED, ids=lambda case: f"{case[0]} {case[2]}")
def test_linear_layers_are_all_that_there_is(case):
    text, depends, sizes, _ = case
    one = signature(text, depends=depends, sizes=sizes)
    layer = compile(derive(one.stacked(), 1), 1, 1, dtype=torch.float64)
    for weight in layer.parameters():
        weight.data.normal_()
    number = sum(symshare.count(one, order) for order in (0, 1))
    assert spanned(layer, one, sizes, 1 + number) == number
