"""Scales and signs of units: by hand for each nonlinearity, and against brute force on whole modules."""

import copy
from itertools import product

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves

from symshare.errors import SpecError
from symshare.weights import Element, Scale, read_spec, spec
from symshare.weights.acting import acted
from symshare.weights.parts import entered, parts, taken
from tests.weights.expected import CASES, known
from tests.weights.test_gate import change, randomised
from tests.weights.test_orders import CASES as MORE
from tests.weights.test_orders import scaled
from tests.weights.written import Written

L = nn.Linear


def between(does, width=5):
    return Written(lambda net, x: net.o(does(net.a(x))), a=L(3, width), o=L(width, 2))


def powers(one, axis="a"):
    """For each kind of numbers the powers of a.weight, a.bias and o.weight along an axis."""
    found = {"positive": set(), "sign": set()}
    for scale in one.scales:
        if scale.axis == axis:
            own = scale.by_name
            found[scale.kind].add(
                (
                    own.get("a.weight", ((0, 0),))[0][0],
                    own.get("a.bias", ((0,),))[0][0],
                    own.get("o.weight", ((0, 0),))[0][1],
                )
            )
    return found


UP, FLIP = {(1, 1, -1)}, {(1, 1, 1)}


@pytest.mark.parametrize(
    ("does", "positive", "sign"),
    [
        (torch.relu, UP, set()),
        (lambda x: F.leaky_relu(x, 0.1), UP, set()),
        (torch.tanh, set(), FLIP),
        (torch.sin, set(), FLIP),
        (lambda x: x, UP, FLIP),
        (lambda x: -3 * x, UP, FLIP),
        (lambda x: x.pow(3), {(1, 1, -3)}, FLIP),
        (lambda x: x * x, {(1, 1, -2)}, {(1, 1, 0)}),
        (torch.abs, UP, {(1, 1, 0)}),
        (torch.cos, set(), {(1, 1, 0)}),
        (torch.sign, {(1, 1, 0)}, FLIP),
        (lambda x: (x > 0).to(x), {(1, 1, 0)}, set()),
        (lambda x: x.abs().sqrt(), {(2, 2, -1)}, {(1, 1, 0)}),
        # each operation is looked at by itself: that this difference is odd, is not seen
        (lambda x: x.sigmoid() - 0.5, set(), set()),
        (F.hardtanh, set(), FLIP),
        (lambda x: x.clamp(-100, 100), set(), FLIP),
        (lambda x: x.clamp(-100, 200), set(), set()),
        (lambda x: x.clamp(-1e-2, 1e-2), set(), FLIP),
        (F.relu6, set(), set()),
        (F.gelu, set(), set()),
        (F.silu, set(), set()),
        (F.softplus, set(), set()),
        (torch.exp, set(), set()),
        (lambda x: x + 1, set(), set()),
        (lambda x: torch.softmax(x, -1), set(), set()),
        (lambda x: torch.softmax(x, 0), set(), set()),
        (lambda x: F.layer_norm(x, (5,)), set(), set()),
        (lambda x: torch.relu(F.layer_norm(x, (5,))), set(), set()),
        (lambda x: x / (x.norm(dim=0, keepdim=True) + 1e-6), set(), FLIP),
        (lambda x: x / x.norm(dim=0, keepdim=True), {(1, 1, 0)}, FLIP),
        (lambda x: F.normalize(x, dim=-1), set(), FLIP),
        (lambda x: x.amax(0, keepdim=True) + x * 0, UP, set()),
        (lambda x: x - x.mean(-1, keepdim=True), set(), set()),
        (lambda x: torch.relu(x).cumsum(0), UP, set()),
    ],
)
def test_what_a_nonlinearity_allows(does, positive, sign):
    torch.manual_seed(0)
    module, x = between(does), torch.randn(4, 3)
    one = spec(module, x, scales=True)
    # what is the same up to a common factor of whole numbers
    assert powers(one) == {"positive": positive, "sign": sign}
    assert one.verify(module, x, redraw=True)


def test_many_tensors_are_added_of_which_each_has_few_entries():
    """Ten layers with one input each, added: one scale for all of them."""
    module = Written(
        lambda net, x: net.o(
            torch.relu(sum(x[:, place : place + 1] @ getattr(net, f"w{place}") for place in range(10)))
        ),
        o=L(4, 1),
        **{f"w{place}": (1, 4) for place in range(10)},
    )
    one = spec(module, torch.randn(1, 10), scales=True)
    assert [scale.kind for scale in one.scales] == ["positive"]
    assert len(one.scales[0].powers) == 11


def test_gains_and_statistics_of_a_batch_norm():
    """A channel's convolution may be scaled against the gain (the statistics do not follow in evaluation), gain and shift
    against the next layer."""
    module = nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.Conv1d(4, 1, 1))
    one = spec(module, torch.randn(2, 2, 7), scales=True)
    assert sorted(scale.kind for scale in one.scales) == ["positive", "positive", "sign"]
    assert all("1.running_var" not in scale.by_name for scale in one.scales)


def test_a_gate_may_be_scaled_where_it_is_multiplied():
    module = Written(
        lambda net, x: net.o(torch.relu(net.a(x)) * torch.sigmoid(net.b(x))), a=L(3, 5), b=L(3, 5), o=L(5, 2)
    )
    one = spec(module, torch.randn(4, 3), scales=True)
    assert one.scales == (
        Scale("a", "positive", (("a.weight", ((1, 0),)), ("a.bias", ((1,),)), ("o.weight", ((0, -1),)))),
    )


def test_queries_against_keys_and_values_against_outputs():
    one = spec(CASES["attention"].make().double(), CASES["attention"].inputs(), scales=True)
    found = {(scale.axis, scale.kind): scale.by_name for scale in one.scales}
    assert found["q_2", "positive"] == {
        "q.weight": ((0, 1, 0),),
        "q.bias": ((0, 1),),
        "k.weight": ((0, -1, 0),),
        "k.bias": ((0, -1),),
    }
    assert found["v", "positive"] == {"v.weight": ((0, 1, 0),), "v.bias": ((0, 1),), "o.weight": ((0, 0, -1),)}


SCALED = [name for name in CASES if name not in ("mlp with layer norm and dropout", "grouped and depthwise", "u-net")]


@pytest.mark.parametrize("name", SCALED)
def test_random_elements_with_scales_leave_outputs_unchanged(name):
    one, module, inputs = known(name, scales=True)
    assert one.scales
    state = randomised(module)
    for seed in range(5):
        element = one.random(seed, scales=True)
        assert len(element.scales) == len(one.scales)
        assert change(module, state, one.act(state, element), inputs) < 1e-9
    assert one.verify(module, inputs, redraw=True).error < 1e-9
    assert read_spec(one.to_json()) == one


def at_one_value(one, axis):
    """For each slot of an axis a function that multiplies all at one value of it, in the first of its lists."""
    found = []
    for tensor in one.tensors:
        for part in parts(tensor, one.named):
            for slot in (place for place, name in enumerate(part.axes) if name == axis):

                def multiplied(state, by, tensor=tensor, part=part, slot=slot):
                    array = taken(part, state[tensor.name]).clone()
                    chain = part.chain(slot)
                    index = tuple(0 if place in chain else slice(None) for place in range(array.dim()))
                    array[index] = array[index] * by
                    result = state[tensor.name].clone()
                    entered(part, array, result)
                    return {**state, tensor.name: result}

                found.append(multiplied)
    return found


def running(module, inputs):
    """The outputs for a state, of one copy of the module: none of the sixteen keeps anything of an earlier run."""
    copied = copy.deepcopy(module)

    def run(state):
        found = functional_call(copied, state, inputs, tie_weights=False)
        return torch.cat([one.flatten() for one in tree_leaves(found) if isinstance(one, torch.Tensor)])

    return run


def with_lists_below(one, axis, kind):
    """The scales of an axis, and those of what depends on it: all of a list by one number."""
    inner = {other.name for other in one.axes if other.parent == axis}
    return sum(scale.kind == kind and scale.axis in {axis, *inner} for scale in one.scales)


@pytest.mark.parametrize("name", CASES)
def test_no_positive_scale_is_missed(name):
    """Beside it: the null space of the derivatives of a module's outputs by the logarithm of the scale at each slot."""
    one, module, inputs = known(name, scales=True)
    torch.manual_seed(0)
    run = running(module, inputs)
    size = len(run(randomised(module)))
    for axis in one.permuted[:6]:
        slots = at_one_value(one, axis.name)
        states = [randomised(module) for _ in range(10 + 2 * len(slots) // size)]
        plains = [run(state).abs().max() for state in states]
        columns = []
        for multiplied in slots:
            column = []
            for state, plain in zip(states, plains, strict=True):
                up, down = (run(multiplied(state, 1 + step)) for step in (1e-5, -1e-5))
                column.append((up - down) / 2e-5 / plain)
            columns.append(torch.cat(column))
        matrix = torch.stack(columns, 1)
        idle = int((matrix.abs().amax(0) < 1e-9).sum())
        # a bias of keys has no influence, and every power
        values = torch.linalg.svdvals(matrix)
        rank = int((values > 1e-8 * values.max()).sum())
        assert matrix.shape[1] - rank - idle == with_lists_below(one, axis.name, "positive"), axis


@pytest.mark.parametrize("name", CASES)
def test_no_sign_is_missed(name):
    """Beside it: all choices of slots whose signs are changed."""
    one, module, inputs = known(name, scales=True)
    torch.manual_seed(0)
    run = running(module, inputs)
    states = [randomised(module) for _ in range(10)]
    plains = [run(state) for state in states]

    def keeps(chosen):
        for state, plain in zip(states, plains, strict=True):
            moved = state
            for multiplied in chosen:
                moved = multiplied(moved, -1.0)
            if not (run(moved) - plain).abs().max() <= 1e-9 * plain.abs().max():
                return False
        return True

    for axis in one.permuted[:6]:
        slots = at_one_value(one, axis.name)
        if len(slots) <= 9:
            choices = product((False, True), repeat=len(slots))
            kept = sum(keeps([one for one, chosen in zip(slots, choice, strict=True) if chosen]) for choice in choices)
            idle = sum(keeps([multiplied]) for multiplied in slots)
            assert kept == 2 ** (with_lists_below(one, axis.name, "sign") + idle), axis


@pytest.mark.parametrize("name", MORE)
def test_scales_hold_for_modules_of_many_kinds(name):
    one, module, inputs, order = scaled(name)
    assert one.order == order
    assert one.verify(module, inputs, redraw=True)
    assert read_spec(one.to_json()) == one


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.complex64])
def test_where_numbers_are_coarse_nothing_is_scaled(dtype):
    """Of modules that run in double precision only in part nothing is known of what runs in other types."""

    def coarse(net, x):
        return net.o(torch.relu(net.a(x.to(dtype)).real)).to(torch.float64)

    module = Written(coarse, a=L(3, 5, dtype=dtype), o=L(5, 2, dtype=dtype.to_real()))
    one = spec(module, torch.randn(4, 3), scales=True)
    assert one.order == 120
    assert one.scales == ()


def test_the_action_is_by_the_definition():
    """Numbers are at their new places, by the power of each weight; permutations and numbers may be given alone."""
    one = spec(between(torch.relu), torch.randn(4, 3), scales=True)
    (scale,) = one.scales
    numbers, order = torch.rand(5, dtype=torch.float64) + 0.5, torch.randperm(5)
    weights = {
        "a.weight": torch.randn(5, 3),
        "a.bias": torch.randn(5),
        "o.weight": torch.randn(2, 5),
        "o.bias": torch.randn(2),
    }
    moved = one.act(weights, Element({"a": order}, ((scale, numbers),)))
    torch.testing.assert_close(moved["a.weight"], weights["a.weight"][order] * numbers[:, None].float())
    torch.testing.assert_close(moved["a.bias"], weights["a.bias"][order] * numbers.float())
    torch.testing.assert_close(moved["o.weight"], weights["o.weight"][:, order] / numbers.float())
    assert torch.equal(moved["o.bias"], weights["o.bias"])


def test_without_scales_none_are_found_and_none_are_drawn():
    one = spec(between(torch.relu), torch.randn(4, 3))
    assert one.scales == ()
    assert one.random(0, scales=True).scales == ()
    assert "multiplied by" not in str(one)
    assert "multiplied by" in str(spec(between(torch.relu), torch.randn(4, 3), scales=True))


@pytest.mark.parametrize(
    ("numbers", "kind", "said"),
    [
        (torch.ones(4), "positive", "does not fit"),
        (torch.zeros(5), "positive", "does not fit"),
        (torch.full((5,), float("nan")), "positive", "does not fit"),
        (torch.full((5,), 2.0), "sign", "does not fit"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(numbers, kind, said):
    one = spec(between(torch.relu), torch.randn(4, 3), scales=True)
    scale = Scale("a", kind, one.scales[0].powers)
    with pytest.raises(SpecError, match=said):
        one.act({}, Element({}, ((scale, numbers),)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"kind": "positive"', '"kind": "large"', "name a permuted axis"),
        ('"axis": "a",\n      "kind"', '"axis": "In",\n      "kind"', "name a permuted axis"),
        ('"axis": "a",\n      "kind"', '"axis": "nobody",\n      "kind"', "name a permuted axis"),
        ('"a.weight": [', '"nobody": [', "do not fit"),
        ('"a.bias": [', '"a.weight": [[0, 1]], "a.bias": [', "do not fit"),
        ('"a.bias": [', '"a.bias": [[1], ', "do not fit"),
    ],
)
def test_json_whose_scales_do_not_fit_is_refused(old, new, said):
    text = spec(between(torch.relu), torch.randn(4, 3), scales=True).to_json()
    assert text.count(old) == 1
    with pytest.raises(SpecError, match=said):
        read_spec(text.replace(old, new))


def test_a_wrong_scale_is_found_out():
    module, x = between(torch.relu), torch.randn(4, 3)
    text = spec(module, x, scales=True).to_json().replace('"kind": "positive"', '"kind": "sign"')
    assert not read_spec(text).verify(module, x, redraw=True)


def test_scales_need_an_example():
    with pytest.raises(SpecError, match="give an example"):
        spec(nn.Linear(3, 2), overrides={"weight": "(Out In)", "bias": "(Out)"}, scales=True)


def test_masks_stay_masks_where_nothing_is_multiplied():
    one = spec(between(torch.relu), torch.randn(4, 3), scales=True)
    tensor = one.by_name["o.bias"]
    mask = torch.tensor([True, False])
    assert acted(tensor, one.named, one.random(1, scales=True), mask).dtype == torch.bool
