"""The noun Spec: what it prints, how it acts, its JSON, its signature, permuted inputs, and what it refuses."""

import json
from math import factorial as f

import pytest
import torch
from torch import nn

from symshare.errors import SpecError, SymshareError
from symshare.weights import Element, read_spec, spec
from tests.weights import nets
from tests.weights.expected import CASES
from tests.weights.written import Written


@pytest.fixture(scope="module")
def mlp():
    torch.manual_seed(0)
    module = nets.mlp()
    return spec(module, torch.randn(4, 3)), module


@pytest.fixture(scope="module")
def encoder():
    module = nets.Encoder()
    return spec(module, torch.randn(2, 5, 3)), module


def test_a_spec_prints_as_tables(mlp):
    one, _ = mlp
    assert str(one).splitlines() == [
        "Sequential: 2,880 permutations",
        "tensor    axes      tied to",
        "0.weight  (h0 In)",
        "0.bias    (h0)",
        "2.weight  (h2 h0)",
        "2.bias    (h2)",
        "4.weight  (Out h2)",
        "4.bias    (Out)",
        "",
        "axis  size  moved by  why",
        "h0       5  S_5",
        "In       3  nothing   an input",
        "h2       4  S_4",
        "Out      2  nothing   an output",
    ]
    assert repr(one) == "Spec(Sequential, 6 tensors, order=2,880)"
    assert one._repr_html_().count("<table>") == 2


def test_the_signature_of_weights_is_in_words(mlp):
    assert str(mlp[0].signature) == (
        "t0_weight:(h0 In),t0_bias:(h0),t2_weight:(h2 h0),t2_bias:(h2),t4_weight:(Out h2),t4_bias:(Out)"
    )
    assert mlp[0].depends == ()


def test_blocks_that_repeat_are_stacked_along_a_latent_axis(encoder):
    one, _ = encoder
    assert [(repeat.name, repeat.prefix, len(repeat.children)) for repeat in one.repeats] == [
        ("Layers", "body.layers.", 6)
    ]
    assert "body_layers_linear1_weight:(Layers linear1 embed)" in str(one.signature)
    assert str(one.signature).count("linear1_weight") == 1
    assert dict(one.signature.sizes) == {"Layers": 6, "In": 3, "Out": 2}
    assert "Layers->linear1" in one.depends
    assert "self_attn->self_attn_2" in one.depends
    assert "body.layers.*.linear1.weight" in str(one)


def test_blocks_that_differ_are_not_stacked():
    one = spec(
        nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 2)), torch.randn(2, 3)
    )
    assert one.repeats == ()


@pytest.mark.parametrize("name", CASES)
def test_json_brings_back_the_same_spec(name):
    case = CASES[name]
    one = spec(case.make(), case.inputs() if name == "decoder" else tuple(x.float() for x in case.inputs()))
    assert read_spec(one.to_json()) == one
    assert json.loads(one.to_json())["schema"] == 1


def changed(spec_json, path, value):
    given = json.loads(spec_json)
    place = given
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(given)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("schema",), 7, "is of the form 7"),
        (("axes",), 3, "no spec in JSON"),
        (("axes", 0, "size"), 6, "its axes make"),
        (("axes", 0, "size"), "many", "no spec in JSON"),
        (("axes", 0, "name"), "h2", "two axes have one name"),
        (("axes", 0, "parent"), "nobody", "depends on nobody"),
        (("axes", 0, "parent"), "h0", "depends on h0"),
        (("axes", 0, "parent"), "In", "without In"),
        (("axes", 0, "members"), [2, 2], "members"),
        (("tensors", 0, "axes"), "(h9 In)", "is not listed"),
        (("tensors", 0, "axes"), "(h0 In", "without its '\\)'"),
        (("tensors", 0, "shape"), [5, 4], "its axes make"),
        (("tensors", 0), None, "no spec in JSON"),
        (("tensors", 0, "labels"), "nobody", "labels of nobody"),
        (("repeats",), [{"name": "L", "prefix": "x.", "children": ["0"], "axes": {"h": ["h9"]}}], "the blocks x.*"),
    ],
)
def test_json_that_does_not_fit_is_refused(mlp, path, value, said):
    with pytest.raises(SymshareError, match=said) as error:
        read_spec(changed(mlp[0].to_json(), path, value))
    assert len(str(error.value).splitlines()) <= 3


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"schema": 1}', "[" * 100_000])
def test_what_is_no_spec_is_refused(text):
    with pytest.raises(SpecError, match="no spec in JSON"):
        read_spec(text)


def test_an_element_acts_on_gradients_and_masks_alike(mlp):
    one, module = mlp
    x = torch.randn(4, 3)
    state = {name: value.detach() for name, value in module.state_dict().items()}

    def slopes(weights):
        leaves = {name: value.clone().requires_grad_() for name, value in weights.items()}
        total = torch.func.functional_call(module, leaves, (x,)).pow(2).sum()
        return dict(zip(leaves, torch.autograd.grad(total, list(leaves.values())), strict=True))

    element = one.random(3)
    moved, wanted = slopes(one.act(state, element)), one.act(slopes(state), element)
    for name in state:
        torch.testing.assert_close(moved[name], wanted[name])
    masks = {name: torch.rand(value.shape) > 0.5 for name, value in state.items()}
    for name, mask in one.act(masks, element).items():
        assert mask.dtype == torch.bool
        assert mask.sum() == masks[name].sum()


def test_the_action_is_by_the_definition_on_a_dependency():
    """Each head's units have a permutation of their own; heads move with their units."""
    one = spec(nets.Attention(), torch.randn(2, 5, 3))
    element = one.random(5)
    heads, keys = element.permutations["q"], element.permutations["q_2"]
    stream = element.permutations["embed"]
    weight = torch.randn(6, 4)
    wanted = torch.empty(3, 2, 4)
    for head in range(3):
        for unit in range(2):
            for place in range(4):
                row = 2 * heads[head] + keys[head, unit]
                wanted[head, unit, place] = weight[row, stream[place]]
    assert torch.equal(one.act({"q.weight": weight}, element)["q.weight"], wanted.reshape(6, 4))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"nobody": torch.zeros(3)}, "has no nobody"),
        ({"0.weight": torch.zeros(3, 5)}, "of the shape"),
        ({"0.weight": "text"}, "is no tensor"),
    ],
)
def test_states_that_do_not_fit_are_refused(mlp, state, said):
    with pytest.raises(SpecError, match=said):
        mlp[0].act(state, mlp[0].random())


@pytest.mark.parametrize(
    ("element", "said"),
    [
        (3, "draw an element"),
        (Element({"nobody": torch.arange(3)}), "has the axis nobody"),
        (Element({"h0": torch.arange(4)}), "is no permutation"),
        (Element({"h0": torch.zeros(5, dtype=torch.int64)}), "is no permutation"),
    ],
)
def test_elements_that_do_not_fit_are_refused(mlp, element, said):
    with pytest.raises(SpecError, match=said):
        mlp[0].act({}, element)


@pytest.mark.parametrize(("axis", "one", "two", "said"), [("x", 0, 1, "no axis x"), ("h0", 0, 5, "has 5 values")])
def test_exchanges_of_what_is_not_there_are_refused(mlp, axis, one, two, said):
    with pytest.raises(SpecError, match=said):
        mlp[0].swap(axis, one, two)


@pytest.mark.parametrize(
    ("inputs", "outputs", "order"),
    [
        ("fixed", "fixed", f(5) * f(4)),
        ("permuted", "fixed", f(5) * f(4) * f(3)),
        ("fixed", "permuted", f(5) * f(4) * f(2)),
        ("permuted", "permuted", f(5) * f(4) * f(3) * f(2)),
    ],
)
def test_inputs_and_outputs_may_be_permuted(inputs, outputs, order):
    module, x = nets.mlp(), torch.randn(4, 3)
    one = spec(module, x, inputs=inputs, outputs=outputs)
    assert one.order == order
    assert one.verify(module, x, redraw=True)
    assert read_spec(one.to_json()) == one


def test_tokens_are_an_axis_where_inputs_and_outputs_are_permuted():
    module, tokens = nets.Decoder(), torch.randint(11, (2, 6))
    one = spec(module, tokens, inputs="permuted", outputs="permuted")
    assert one.order == f(11) * CASES["decoder"].order
    assert one.verify(module, tokens, redraw=True)


def test_tokens_are_an_axis_where_inputs_alone_are_permuted():
    module, tokens = nn.Sequential(nn.Embedding(7, 4), nn.Tanh(), nn.Linear(4, 2)), torch.randint(7, (3, 5))
    one = spec(module, tokens, inputs="permuted")
    assert one.order == f(7) * f(4)
    assert one.verify(module, tokens, redraw=True)


@pytest.mark.parametrize(
    "does",
    [
        lambda net, x: net.o(net.e(x) * (x > 3)[..., None]),
        lambda net, x: net.o(net.e((x + 1) % 7)),
        lambda net, x: net.o(net.e(x)) + x.sum(),
    ],
)
def test_tokens_that_are_reckoned_with_stay_fixed(does):
    module, tokens = Written(does, e=nn.Embedding(7, 4), o=nn.Linear(4, 2)), torch.randint(7, (3, 5))
    one = spec(module, tokens, inputs="permuted")
    assert one.order == f(4)
    assert one.verify(module, tokens, redraw=True)


def test_a_wrong_spec_is_found_out(mlp):
    one, module = mlp
    text = one.to_json().replace('"an input"', '""')
    outcome = read_spec(text).verify(module, torch.randn(4, 3))
    assert not outcome
    assert outcome.error > 1e-3
    assert "FAILS" in str(outcome)


def test_another_module_is_refused(mlp):
    with pytest.raises(SpecError, match="differ in"):
        mlp[0].verify(nets.Residual(), torch.randn(4, 3))


def test_training_mode_is_left_as_it_is_and_said():
    module = nets.convolutions().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    x = torch.randn(2, 2, 8, 8)
    state = torch.random.get_rng_state()
    one = spec(module, x)
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.equal(state, torch.random.get_rng_state())
    assert "evaluated in evaluation mode, BatchNorm2d too" in str(one)
    assert "evaluated" not in str(spec(nets.convolutions().eval(), torch.randn(2, 2, 8, 8)))


def test_a_net_is_drawn(encoder):
    ax = encoder[0].plot()
    texts = {one.get_text() for one in ax.texts}
    assert "body.layers.*.linear1.weight" in texts
    assert "linear1" in texts
    assert ax.get_title() == "Encoder"


KINDS = [torch.uint8, torch.int8, torch.int32, torch.int64]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("does", [nn.ReLU, nn.Tanh])
def test_whole_numbers_are_scaled_only_to_whole_numbers(dtype, does):
    """0.7 times 3 is no whole number, and -3 has none without a sign: nothing is cut off without a word."""
    one = spec(nn.Sequential(nn.Linear(3, 5), does(), nn.Linear(5, 2)), torch.randn(4, 3), scales=True)
    element = one.random(1, scales=True)
    weights = {tensor.name: torch.randint(1, 9, tensor.shape).to(dtype) for tensor in one.tensors}
    if does is nn.Tanh and dtype.is_signed:
        wanted = one.act({name: entries.double() for name, entries in weights.items()}, element)
        found = one.act(weights, element)
        assert all(
            entries.dtype == dtype and torch.equal(entries.double(), wanted[name]) for name, entries in found.items()
        )
        assert any(bool((entries < 0).any()) for entries in found.values())
    else:
        with pytest.raises(SpecError, match="whole numbers"):
            one.act(weights, element)
    assert all(entries.dtype == dtype for entries in one.act(weights, one.random(1)).values())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64])
def test_weights_of_other_types_are_scaled_and_keep_them(dtype):
    one = spec(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.randn(4, 3), scales=True)
    weights = {tensor.name: torch.ones(tensor.shape, dtype=dtype) for tensor in one.tensors}
    found = one.act(weights, one.random(1, scales=True))
    assert all(entries.dtype == dtype for entries in found.values())
    assert not torch.equal(found["0.bias"], weights["0.bias"])


@pytest.mark.parametrize("given", [3, None, [torch.ones(5)], "weights"])
@pytest.mark.parametrize("does", ["act", "arrange", "restore"])
def test_what_is_no_state_is_refused(given, does):
    one = spec(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.randn(4, 3))
    with pytest.raises(SpecError, match="by their names"):
        one.act(given, one.random()) if does == "act" else one.arrange(given) if does == "arrange" else one.restore(
            {}, given
        )


@pytest.mark.parametrize("seed", ["a", 1.5, None, 2**70])
def test_a_seed_that_is_none_is_refused(seed):
    one = spec(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.randn(4, 3))
    with pytest.raises(SpecError, match="seed"):
        one.random(seed)


def test_what_is_missing_of_a_state_is_named():
    one = spec(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.randn(4, 3))
    for state in ({}, {"0.bias": torch.ones(5)}):
        with pytest.raises(SpecError, match=r"there is no 0\.weight\n  give it too"):
            one.arrange(state)
