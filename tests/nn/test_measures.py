"""Weights on the values of an axis: masks, multiplicities and proportions, each against the same set without weights."""

from functools import cache

import numpy as np
import pytest
import torch

import symshare
from symshare import derive, pools
from symshare.nn import compile
from symshare.plans.interpret import interpret

SIZES = {"a": 3, "b": 2, "c": 4}
LARGER = {"a": 5, "b": 4, "c": 6}
NESTED, TWICE = ("a->b",), ("a->b", "b->c")
POOLING, SCALE, FACTORS = {"kind": "pooling"}, {"normalise_scale": True}, {"normalise_factors": True}
FULL = {"coefficients": "full"}
CASES = [
    # signature, order, depends, options of plan
    *(("aH", 1, (), {}), ("aH", 3, (), {}), ("aH", 3, (), FULL), ("aH", 3, (), POOLING | FACTORS)),
    *(("abH", 1, (), SCALE), ("abH", 2, (), FULL), ("abH", 3, (), POOLING | SCALE | FACTORS), ("abH", 3, (), {})),
    *(("aaH", 1, (), SCALE), ("aaH", 2, (), POOLING | FACTORS), ("aa->a", 2, (), FULL | FACTORS), ("aa->a", 2, (), {})),
    *(("abcH", 1, (), {}), ("abcH", 2, (), SCALE), ("aab", 1, (), {}), ("aab", 2, (), POOLING)),
    *(("ab,b->ab", 2, (), SCALE | FACTORS), ("ab,b->ab", 2, (), FULL), ("ab,b->ab", 2, (), POOLING)),
    *(("ab->a", 3, (), {}), ("ab->", 3, (), FACTORS), ("aa->", 2, (), FULL), ("aa->", 3, (), SCALE)),
    *(("ab", 2, NESTED, {}), ("ab", 3, NESTED, FACTORS), ("ab", 2, NESTED, FULL | SCALE)),
    *(("ab", 2, NESTED, POOLING | FACTORS), ("abab", 1, NESTED, SCALE), ("abab->ab", 1, NESTED, POOLING)),
    *(("abc->ab", 2, TWICE, {}), ("abc->ab", 2, TWICE, FULL), ("abc->ab", 2, TWICE, POOLING | FACTORS | SCALE)),
    # children on the left of their parents
    *(("ba->a", 1, NESTED, {}), ("ba->ab", 2, NESTED, SCALE | FACTORS), ("ba->a", 2, NESTED, FULL | FACTORS)),
    *(("ba", 3, NESTED, POOLING | FACTORS | SCALE), ("babaH->aH", 1, NESTED, SCALE), ("ba,a->ba", 2, NESTED, {})),
    *(("ab,ba->a", 2, NESTED, FACTORS), ("bbaH->abH", 1, NESTED, {}), ("bcaH->aH", 2, ("a->b",), SCALE | FACTORS)),
    *(("cbaH->aH", 1, TWICE, SCALE), ("bcaH->baH", 2, TWICE, FACTORS), ("cabH->a", 2, TWICE, FULL | FACTORS)),
    *(("cbaH", 2, TWICE, POOLING | FACTORS), ("cba,a->ab", 2, TWICE, {})),
]
NAMES = [" ".join((text, str(order), *depends, *map(str, choices))) for text, order, depends, choices in CASES]
REDUCE = pytest.mark.parametrize("reduce", ["mean", "sum"])
EVERY = pytest.mark.parametrize("case", range(len(CASES)), ids=NAMES)


@cache
def made(case, reduce):
    """A layer of float64 with biases other than zero, the axes of its inputs and its output, and its plan."""
    text, order, depends, choices = CASES[case]
    own = choices.get("kind") == "pooling" and "->" not in text
    basis = (pools if own else derive)(text, order, depends=depends)
    hints = {"channels": {"in": 2, "out": 3, "rank": 8}} if own else {}
    plan = symshare.plan(basis, reduce=reduce, **choices, **hints)
    torch.manual_seed(0)
    layer = compile(plan, 2, 3, dtype=torch.float64).requires_grad_(False)
    for weight in layer.bias.values():
        torch.nn.init.normal_(weight)
    signature = plan.signature
    return layer, [one.set_axes for one in signature.inputs], signature.outputs[0].set_axes, plan


def chains(axes, plan):
    """Each axis of the inputs, and the axes of its weights: those that it depends on, and itself."""
    above = {letter: plan.signature.parent(letter) or "" for letter in plan.signature.set_axes}
    above = {letter: above.get(one, "") + one for letter, one in above.items()}
    return {letter: above[letter] + letter for letter in sorted(set().union(*axes))}


def drawn(axes, sizes=SIZES, batch=(2,), seed=0):
    torch.manual_seed(seed)
    return [torch.randn(*batch, *(sizes[letter] for letter in one), 2, dtype=torch.float64) for one in axes]


def weights(axes, plan):
    return {
        one: 0.1 + torch.rand(2, *(SIZES[axis] for axis in own)).double() for one, own in chains(axes, plan).items()
    }


def corner(axes, sizes, channels=True):
    """Where the entries of a tensor (.., *axes) stand that are no padding."""
    return (..., *(slice(sizes[letter]) for letter in axes), *([slice(None)] if channels else []))


def padded(axes, plan, inputs, sizes):
    """Inputs with large entries added at the end of every axis, and masks that leave these out."""
    larger, masks = [], {}
    for one, given in zip(axes, inputs, strict=True):
        batch = given.shape[: given.dim() - len(one) - 1]
        full = 1e3 * torch.randn(*batch, *(LARGER[letter] for letter in one), 2, dtype=given.dtype)
        full[corner(one, sizes)] = given
        larger.append(full)
    for letter, own in chains(axes, plan).items():
        masks[letter] = torch.zeros([LARGER[axis] for axis in own], dtype=torch.bool)
        masks[letter][corner(own, sizes, channels=False)] = True
    return larger, masks


def copied(tensor, axes, numbers):
    """Every entry as often as each of its index values: `numbers` tells how often, for the values of an axis."""
    for place, letter in enumerate(axes):
        tensor = tensor.repeat_interleave(torch.tensor(numbers[letter]), dim=place - len(axes) - 1)
    return tensor


def firsts(tensor, axes, numbers):
    """The entries at the first copy of each value."""
    for place, letter in enumerate(axes):
        first = torch.tensor(numbers[letter]).cumsum(0) - torch.tensor(numbers[letter])
        tensor = tensor.index_select(place - len(axes) - 1, first)
    return tensor


def assert_close(one, two):
    assert one.shape == two.shape
    assert float((one - two).abs().max()) < 1e-12 * max(1.0, float(two.abs().max()))


@REDUCE
@EVERY
def test_padding_that_is_masked_changes_nothing(case, reduce):
    layer, axes, after, plan = made(case, reduce)
    inputs = drawn(axes)
    larger, masks = padded(axes, plan, inputs, SIZES)
    for measure in (masks, {letter: mask.double() for letter, mask in masks.items()}):
        assert_close(layer(*larger, measure=measure)[corner(after, SIZES)], layer(*inputs))


@REDUCE
@EVERY
def test_sets_of_several_sizes_in_one_batch_are_as_each_alone(case, reduce):
    layer, axes, after, plan = made(case, reduce)
    sizes = [{"a": 3, "b": 2, "c": 4}, {"a": 1, "b": 4, "c": 1}, {"a": 5, "b": 1, "c": 6}]
    alone = [drawn(axes, own, batch=(), seed=seed) for seed, own in enumerate(sizes)]
    every, masks = zip(
        *(padded(axes, plan, inputs, own) for inputs, own in zip(alone, sizes, strict=True)), strict=True
    )
    measure = {letter: torch.stack([one[letter] for one in masks]) for letter in masks[0]}
    found = layer(*map(torch.stack, zip(*every, strict=True)), measure=measure)
    for one, inputs, own in zip(found, alone, sizes, strict=True):
        assert_close(one[corner(after, own)], layer(*inputs))


@REDUCE
@EVERY
def test_every_value_twice_is_as_once(case, reduce):
    """Means do not see it, and sums do not where each copy has half the weight."""
    layer, axes, after, plan = made(case, reduce)
    inputs, numbers = drawn(axes), {letter: [2] * size for letter, size in SIZES.items()}
    twice = [copied(x, one, numbers) for x, one in zip(inputs, axes, strict=True)]
    half = {one: torch.full([2 * SIZES[axis] for axis in own], 0.5) for one, own in chains(axes, plan).items()}
    for measure in (half, None) if reduce == "mean" else (half,):
        assert_close(firsts(layer(*twice, measure=measure), after, numbers), layer(*inputs))


@REDUCE
@pytest.mark.parametrize("numbers", [{"a": [2, 3, 1]}, {"a": [2, 3, 1], "b": [1, 4], "c": [1, 2, 1, 3]}], ids="".join)
@pytest.mark.parametrize("case", [place for place, case in enumerate(CASES) if not case[2]])
def test_proportions_are_multiplicities(case, numbers, reduce):
    """1/3 begonias, 1/2 daffodils and 1/6 peonies are two, three and one of six flowers; sums take the numbers."""
    layer, axes, after, _ = made(case, reduce)
    inputs, every = drawn(axes), {letter: [1] * size for letter, size in SIZES.items()} | numbers
    measure = {letter: torch.tensor(own).double() for letter, own in numbers.items() if letter in set().union(*axes)}
    if reduce == "mean":
        measure = {letter: weight / weight.sum() for letter, weight in measure.items()}
    many = [copied(x, one, every) for x, one in zip(inputs, axes, strict=True)]
    assert_close(layer(*inputs, measure=measure), firsts(layer(*many), after, every))


@EVERY
def test_only_proportions_matter_to_means(case):
    layer, axes, _, plan = made(case, "mean")
    inputs, measure = drawn(axes), weights(axes, plan)
    scaled = {letter: weight * 10 * torch.rand(*weight.shape[:-1], 1) for letter, weight in measure.items()}
    assert_close(layer(*inputs, measure=scaled), layer(*inputs, measure=measure))


@REDUCE
@EVERY
def test_weights_move_along_with_their_values(case, reduce):
    layer, axes, after, plan = made(case, reduce)
    inputs, measure = drawn(axes), weights(axes, plan)
    orders = {letter: torch.randperm(size) for letter, size in SIZES.items()}

    def moved(tensor, own, last=1):
        for place, letter in enumerate(own):
            tensor = tensor.index_select(place - len(own) - last, orders[letter])
        return tensor

    there = [moved(x, one) for x, one in zip(inputs, axes, strict=True)]
    along = {letter: moved(measure[letter], own, 0) for letter, own in chains(axes, plan).items()}
    assert_close(layer(*there, measure=along), moved(layer(*inputs, measure=measure), after))


@REDUCE
@EVERY
def test_a_weighted_layer_computes_its_plan(case, reduce):
    layer, axes, _, plan = made(case, reduce)
    inputs, measure = drawn(axes), weights(axes, plan)
    parameters = {name: one.numpy() for name, one in layer.state_dict().items() if name != "spec"}
    own = {letter: weight.numpy() for letter, weight in measure.items()}
    (expected,) = interpret(plan, parameters, [x.numpy() for x in inputs], measure=own)
    assert_close(layer(*inputs, measure=measure), torch.from_numpy(np.array(expected)))


@REDUCE
def test_ragged_lists_are_means_of_means_and_sums_of_sums(reduce):
    """Three lists of 2, 4 and 1 entries, the second list counted twice."""
    layer = compile(derive("ab->a", 1, depends=NESTED), 2, 3, reduce=reduce, dtype=torch.float64).requires_grad_(False)
    lists = [np.random.default_rng(seed).normal(size=(length, 2)) for seed, length in enumerate((2, 4, 1))]
    x, mask = np.full((3, 4, 2), 1e6), np.zeros((3, 4), bool)
    for row, entries in enumerate(lists):
        x[row, : len(entries)], mask[row, : len(entries)] = entries, True
    own = np.array([entries.mean(0) if reduce == "mean" else entries.sum(0) for entries in lists])
    every = (own[0] + 2 * own[1] + own[2]) / (4 if reduce == "mean" else 1)
    expected = own @ layer.mix["ab__a"].numpy() + every @ layer.mix["ab__c"].numpy()
    measure = {"a": torch.tensor([1, 2, 1]), "b": torch.from_numpy(mask)}
    assert_close(layer(torch.from_numpy(x), measure=measure), torch.from_numpy(expected))


@pytest.mark.parametrize("valid", [0, 1, 3])
@pytest.mark.parametrize("padding", [0.0, 1.0, 10.0, 1e3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_padding_larger_than_the_data_stays_out_of_deep_networks(dtype, padding, valid):
    """With few valid entries, or none: what is divided by their size is zero where a weight is zero."""
    torch.manual_seed(0)
    model = symshare.nn.EinNet("aH->H", 2, 1, width=16, pool_width=8, depth=6).to(dtype)
    x, mask = torch.full((2, 8, 2), padding, dtype=dtype), torch.zeros(8, dtype=torch.bool)
    x[:, :valid], mask[:valid] = 0.01 * torch.randn(2, valid, 2).to(dtype), True
    found, alone = model(x, mask), model(x[:, :valid])
    assert torch.allclose(found, alone, rtol=0.05, atol=0.05 * float(alone.abs().max()))
    found.sum().backward()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())


def test_large_weights_of_sums_do_not_overflow_half_precision():
    layer = compile(derive("aH->H", 2), 2, 3, rank=2, reduce="sum").requires_grad_(False)
    x, weight = 1e-3 * torch.rand(4, 2), torch.full((4,), 1e4)
    exact = layer.double()(x.double(), weight.double())
    assert torch.allclose(layer.half()(x.half(), weight).double(), exact, rtol=0.02)


def test_one_axis_takes_its_weights_without_a_name():
    layer, weight, x = compile(derive("aaH", 1), 2, 3), torch.rand(4), torch.randn(4, 4, 2)
    assert torch.equal(layer(x, weight), layer(x, measure={"a": weight}))


def test_values_that_all_weigh_nothing_add_nothing():
    layer = compile(derive("aH", 1), 2, 3, dtype=torch.float64).requires_grad_(False)
    x = torch.randn(4, 2, dtype=torch.float64)
    assert_close(layer(x, torch.zeros(4)), x @ layer.mix["a__a"])


@pytest.mark.parametrize(
    ("depends", "measure", "problem"),
    [
        ((), {"c": torch.ones(3)}, "measure has 'c'; an axis is one of a, b"),
        ((), {"a": torch.ones(2)}, r"measure of a needs shape \(..., 3\)"),
        ((), {"b": torch.ones(2, 3)}, r"measure of b needs shape \(..., 2\)"),
        ((), {"a": torch.tensor(1.0)}, r"measure of a needs shape \(..., 3\)"),
        ((), {"a": torch.ones(8, 3)}, r"measure of a needs shape \(..., 3\) with ... as in the input, \(\)"),
        (NESTED, {"b": torch.ones(2)}, r"measure of b needs shape \(..., 3, 2\)"),
        (NESTED, {"b": torch.ones(2, 3)}, r"measure of b needs shape \(..., 3, 2\)"),
    ],
)
def test_wrong_measures_are_named(depends, measure, problem):
    with pytest.raises(ValueError, match=problem):
        compile(derive("ab", 1, depends=depends), 2, 2)(torch.zeros(3, 2, 2), measure=measure)


@REDUCE
@pytest.mark.parametrize("case", [1, 6, 8, 9, 25, 31], ids=[NAMES[case] for case in (1, 6, 8, 9, 25, 31)])
def test_weights_have_gradients(case, reduce):
    layer, axes, _, plan = made(case, reduce)
    inputs, measure = drawn(axes, batch=()), {letter: one[0] for letter, one in weights(axes, plan).items()}
    given = [*inputs, *(weight.requires_grad_() for weight in measure.values())]
    number = len(inputs)

    def value(*arguments):
        return layer(*arguments[:number], measure=dict(zip(measure, arguments[number:], strict=True)))

    assert torch.autograd.gradcheck(value, given, fast_mode=True)
