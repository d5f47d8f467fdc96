"""Plans under other groups than the symmetric one: their values are those of the terms, index by index."""

from collections import Counter

import numpy as np
import pytest

import symshare
from symshare import SymshareError, derive, plan
from symshare.core.groups.files import generators_from
from symshare.plans.interpret import interpret
from tests.definition import value

SIZES = {"a": 3, "b": 2}
TURN = [
    {"generator": [{"p": [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]}]},
    {"generator": [{"s": "(0 1 2)", "u": "(0 1)"}]},
]

CASES = [
    # signature, order, axes, options of derive, options of plan
    ("rH->rH", 2, {"r": "SO(3)"}, {}, {}),
    ("arH->rH", 2, {"r": "SO(3)"}, {}, {"reduce": "sum"}),
    ("arH->arH", 2, {"r": "SO(3)"}, {}, {"coefficients": "full"}),
    ("rH->H", 3, {"r": "SO(3)"}, {}, {"coefficients": "full"}),
    ("rrH->rH", 1, {"r": "SO(3)"}, {}, {}),
    ("u:rH,v:rH->w:rH", 2, {"r": "SO(3)"}, {}, {"coefficients": "full"}),
    ("arH->arH", 3, {"r": "O(2)"}, {"sizes": {"a": 2}}, {}),
    ("rrH->rrH", 1, {"r": "Lorentz"}, {}, {}),
    ("rH->rrH", 2, {"r": "SO(1,2)"}, {}, {"coefficients": "full"}),
    ("rH->H", 2, {"r": "Sp(4)"}, {}, {}),
    ("rrH->rrH", 1, {"r": "Sp(2)"}, {}, {"reduce": "sum"}),
    ("abH->abH", 2, {"a": "GL(2)", "b": "dual(a)"}, {}, {}),
    ("rH->H", 3, {"r": "SL(3)"}, {}, {"coefficients": "full"}),
    ("rH->rH", 1, {"r": "SU(2)"}, {}, {}),
    ("rH->rH", 3, {"r": "U(1)"}, {}, {"coefficients": "full"}),
    ("rH->rH", 2, {"r": "PlaneC(3)"}, {}, {}),
    ("rH->rH", 3, {"r": "PlaneD(5)"}, {}, {"coefficients": "full"}),
    ("rrH->rrH", 1, {"r": "Cube"}, {}, {}),
    ("rH->rH", 3, {"r": "B(2)"}, {}, {}),
    ("tH->tH", 2, {"t": "D(4)"}, {}, {"coefficients": "full"}),
    ("ttH->tH", 1, {"t": "D(3)"}, {}, {"reduce": "sum"}),
    ("tH->tH", 1, {"t": "C(5)"}, {}, {}),
    ("tH->tH", 1, {"t": "C(5)"}, {}, {"circular": "fft"}),
    ("atH->atH", 1, {"t": "C(4)"}, {}, {"reduce": "sum"}),
    ("tuH->tuH", 1, {"t": "C(3)", "u": "C(4)"}, {}, {}),
    ("tH->tH", 2, {"t": "C(3)"}, {}, {"coefficients": "full"}),
    ("ttH->tH", 1, {"t": "C(3)"}, {}, {}),
    ("tH->ttH", 1, {"t": "C(3)"}, {}, {"reduce": "sum"}),
    ("tH->H", 2, {"t": "C(4)"}, {}, {"coefficients": "full"}),
    ("tH->tuH", 1, {"t": "C(3)", "u": "C(2)"}, {}, {}),
    ("rH->rH", 2, {"r": "Trivial(2)"}, {}, {}),
    ("rH->rH", 2, {"r": "Scale(1,2)"}, {}, {}),
    ("pH->pH", 3, generators_from(TURN[0]), {}, {}),
    ("suH->sH", 1, generators_from(TURN[1]), {}, {}),
    ("abrH->arH", 1, {"r": "SO(3)"}, {"depends": ["a->b"]}, {}),
    ("artH->tH", 2, {"r": "O(2)", "t": "C(2)"}, {}, {"coefficients": "full"}),
]
NAMES = [f"{c[0]}-{c[1]}|{','.join(map(str, c[2].values()))}|{'-'.join(map(str, c[4].values()))}" for c in CASES]


def sizes_of(signature):
    return {**SIZES, **dict(signature.sizes)}


def averaged(term):
    """The lengths that a mean divides by: of each summed index of an axis whose values are permuted, where neither the output
    nor a constant tensor has it; indices tied by offsets are one."""
    circles = {index: index for index in range(len(term.index_axes))}
    for constant, indices in term.constants:
        if constant.offsets:
            circles |= {index: min(circles[one] for one in indices) for index in indices}
    held = {circles[index] for index in term.output_indices}
    held |= {circles[i] for constant, indices in term.constants if not constant.offsets for i in indices}
    found = []
    for index in dict.fromkeys(circles.values()):
        group = term.signature.group(term.index_axes[index])
        if index not in held and (group is None or group.permutes):
            found.append(term.index_axes[index])
    return found


def term_value(term, arrays, sizes, reduce):
    """A term for arrays (batch, *axes, channels); the result is (batch, *axes, channels) too."""
    moved = [np.moveaxis(array, 0, -2) for array in arrays]
    batch, channels = arrays[0].shape[0], arrays[0].shape[-1]
    flat = [array.reshape(*array.shape[:-2], batch * channels) for array in moved]
    found = value(term, flat, sizes)
    if reduce == "mean":
        found = found / np.prod([sizes[letter] for letter in averaged(term)])
    return np.moveaxis(found.reshape(*found.shape[:-1], batch, channels), -2, 0)


def plain(term):
    """The text of a term without its offsets."""
    text = term.to_einsum()
    for distance in range(10, -1, -1):
        text = text.replace(f"+{distance}", "")
    return text


def layer_values(made, parameters, inputs, sizes):
    """Each term times its coefficients, in the plan's order; families of offsets take theirs from a kernel."""
    weights = iter(parameters[one.name] for one in made.parameters)
    totals = {}
    batch = inputs[0].shape[0]
    for number, term in enumerate(made.terms):
        if number in made.covered:
            continue
        own = [inputs[which] for which in term.factors]
        if term.order == 0:
            found = value(term, [], sizes)[..., 0][None, ..., None] * next(weights)
        elif number in dict(made.families):
            found = convolved(made, number, own, next(weights), sizes)
        elif term.order == 1:
            found = term_value(term, own, sizes, made.choices.reduce) @ next(weights)
        elif made.choices.coefficients == "rank":
            mixed = [array @ next(weights) for array in own]
            found = term_value(term, mixed, sizes, made.choices.reduce) @ next(weights)
        else:
            array = next(weights)
            found = sum(
                term_value(term, [x[..., c, None] for x, c in zip(own, place, strict=True)], sizes, made.choices.reduce)
                * array[place]
                for place in np.ndindex(array.shape[:-1])
            )
        totals[term.output] = totals.get(term.output, 0) + found
    for number, tensor in enumerate(made.signature.outputs):
        shape = tuple(sizes[letter] for letter in tensor.set_axes)
        totals[number] = np.broadcast_to(totals[number], (batch, *shape, totals[number].shape[-1]))
    return [totals[number] for number in range(len(made.signature.outputs))]


def convolved(made, head, own, kernel, sizes):
    """A family of order 1: the term with each offset times the kernel's entry there."""
    members = [head, *(n for n in made.covered if plain(made.terms[n]) == plain(made.terms[head]))]
    first = made.terms[head]
    around = [letter for letter in first.factor_tensors[0].set_axes if letter in first.output_tensor.set_axes]
    around = [letter for letter in around if made.signature.group(letter) is not None]
    total = 0
    for number in members:
        term = made.terms[number]
        where = {made.signature.inputs[term.factors[0]].set_axes[p]: i for p, i in enumerate(term.factor_indices[0])}
        place = []
        for letter in around:
            out = term.output_indices[term.output_tensor.set_axes.index(letter)]
            place.append(distance(term, where[letter], out))
        total = total + term_value(term, own, sizes, made.choices.reduce) @ kernel[tuple(place)]
    assert len(members) == np.prod(kernel.shape[:-2])
    return total


def distance(term, one, other):
    """How far around the circle the second index is from the first."""
    for constant, indices in term.constants:
        if constant.offsets and one in indices and other in indices:
            gap = constant.offsets[indices.index(other)] - constant.offsets[indices.index(one)]
            return gap % constant.shape[0]
    return 0


def drawn(made, random, rank=3):
    """Channels, parameters and inputs of a plan."""
    ins = [2 + n for n in range(len(made.signature.inputs))]
    outs = [3 + n for n in range(len(made.signature.outputs))]
    lengths = {f"in{n}": c for n, c in enumerate(ins)} | {f"out{n}": c for n, c in enumerate(outs)} | {"rank": rank}
    parameters = {
        one.name: random.normal(size=[lengths.get(str(name), name) for name in one.shape]) for one in made.parameters
    }
    sizes = sizes_of(made.signature)
    inputs = [
        random.normal(size=(2, *(sizes[letter] for letter in tensor.set_axes), c))
        for tensor, c in zip(made.signature.inputs, ins, strict=True)
    ]
    return ins, outs, parameters, inputs, sizes


def planned(case):
    text, order, axes, options, choices = case
    return plan(derive(text, order, axes=axes, **options), kind="polynomial", **choices)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_plan_adds_up_its_terms(case):
    made = planned(case)
    _, _, parameters, inputs, sizes = drawn(made, np.random.default_rng(0))
    expected = layer_values(made, parameters, inputs, sizes)
    for one, two in zip(interpret(made, parameters, inputs, sizes=sizes), expected, strict=True):
        assert one.shape == two.shape
        assert np.abs(one - two).max() < 1e-11 * max(1, np.abs(two).max())


@pytest.mark.parametrize(("n", "circular"), [(4, "direct"), (4, "fft"), (20, None), (5, "direct"), (5, "fft")])
def test_products_on_a_circle_are_products_of_convolutions(n, circular):
    """A product of rank R: y[s] = sum over r of (k0 * x)[s, r] (k1 * x)[s, r] m[r]; to a scalar the first is not shifted."""
    random = np.random.default_rng(0)

    def around(x, kernel):
        return np.stack([sum(x[:, (s - o) % n] @ kernel[o] for o in range(n)) for s in range(n)], axis=1)

    made = plan(derive("tH->tH", 2, axes={"t": f"C({n})"}), circular=circular)
    _, _, parameters, (x,), sizes = drawn(made, random)
    shapes = Counter(one.group for one in made.parameters)
    assert (shapes["bias"], shapes["mix"], shapes["factor"]) == (1, 2, 2)
    names = [one.name for one in made.parameters]
    bias, mix, k0, k1, out = (parameters[name] for name in names)
    expected = bias + around(x, mix) + (around(x, k0) * around(x, k1)) @ out
    assert np.allclose(interpret(made, parameters, [x], sizes=sizes)[0], expected)
    made = plan(derive("tH->H", 2, axes={"t": f"C({n})"}), circular=circular, reduce="sum")
    _, _, parameters, (x,), sizes = drawn(made, random)
    bias, mix, k0, k1, out = (parameters[one.name] for one in made.parameters)
    expected = bias + x.sum(1) @ mix + ((x @ k0) * around(x, k1)).sum(1) @ out
    assert np.allclose(interpret(made, parameters, [x], sizes=sizes)[0], expected)


def test_the_length_of_the_axis_decides_how_a_convolution_is_computed():
    def methods(n, circular=None):
        made = plan(derive("tH->tH", 1, axes={"t": f"C({n})"}), circular=circular)
        return ["fft" if step.fft else "direct" for step in made.steps if step.op == "circulate"]

    assert methods(3) == ["direct"]
    assert methods(200) == ["fft"]
    assert methods(3, "fft") == ["fft"]
    assert methods(200, "direct") == ["direct"]


def test_offsets_are_one_convolution_and_crosses_are_vector_products():
    made = plan(derive("tH->tH", 1, axes={"t": "C(7)"}))
    assert [step.op for step in made.steps].count("circulate") == 1
    assert len(made.covered) == 6
    cross = plan(derive("rH->rH", 2, axes={"r": "SO(3)"}))
    assert "cross" in {step.op for step in cross.steps}
    assert "contract" not in {step.op for step in cross.steps}


def test_normalised_inputs_have_the_mean_square_one():
    made = plan(derive("arH->arH", 1, axes={"r": "O(3)"}), normalise_scale=True)
    _, _, parameters, inputs, sizes = drawn(made, np.random.default_rng(0))
    norm = np.sqrt(np.mean(inputs[0] ** 2, axis=(1, 2, 3), keepdims=True))
    expected = layer_values(made, parameters, [inputs[0] / norm], sizes)[0]
    assert np.allclose(interpret(made, parameters, inputs, sizes=sizes)[0], expected)
    assert np.allclose(interpret(made, parameters, [inputs[0] * 1e6], sizes=sizes)[0], expected)


@pytest.mark.parametrize(
    ("axes", "text"),
    [
        ({"r": "Lorentz"}, "rH->rH"),
        ({"r": "SO(1,2)"}, "rH->rH"),
        ({"r": "Sp(2)"}, "rH->rH"),
        ({"a": "GL(2)", "b": "dual(a)"}, "abH->abH"),
        ({"r": "SL(2)"}, "rH->rH"),
        ({"r": "Scale(1,2)"}, "rH->rH"),
    ],
)
def test_a_norm_is_refused_where_it_is_not_invariant(axes, text):
    with pytest.raises(SymshareError, match="the norm of an input is not invariant under"):
        plan(derive(text, 1, axes=axes), normalise_scale=True)


@pytest.mark.parametrize(
    "name", ["O(3)", "SO(2)", "U(2)", "SU(2)", "Cube", "B(3)", "C(4)", "D(4)", "PlaneC(5)", "PlaneD(7)"]
)
def test_a_norm_is_invariant_under_orthogonal_groups(name):
    assert plan(derive("rH->rH", 1, axes={"r": name}), normalise_scale=True).choices.normalise_scale


def test_wrong_choices_are_named():
    basis = derive("tH->tH", 1, axes={"t": "C(4)"})
    for choice in ({"circular": "dft"}, {"reduce": "max"}, {"kind": "cubic"}, {"coefficients": "some"}):
        with pytest.raises(SymshareError, match="is not one of"):
            plan(basis, **choice)
    with pytest.raises(SymshareError, match="no terms of order 1 or more"):
        plan(derive("rH->H", 1, axes={"r": "O(3)"}))


def test_terms_of_a_plan_keep_their_signature():
    for case in CASES[:5]:
        made = planned(case)
        assert made.signature.without_latents().groups == made.signature.groups
        assert symshare.emit(made) == symshare.emit(made)


def test_chosen_offsets_are_no_convolution():
    """Of three terms that differ by offsets one is asked for: it is rolled, the others are not computed."""
    basis = symshare.derive("trH->trH", 2, axes={"t": "C(2)", "r": "SO(3)"})
    assert len(symshare.plan(basis).families) > len(symshare.plan(basis.only(str(basis.of_order(2)[0]))).families)
    one = symshare.derive("t->t", 2, axes={"t": "C(4)"})
    chosen = one.only("t,t+1->t")
    assert [text for _, text in symshare.plan(chosen).families] == ["t->t+o, o = 0..3"]
    assert [text for _, text in symshare.plan(one).families] == ["t->t+o, o = 0..3", "t,t+o->t+p, o = 0..3, p = 0..3"]
