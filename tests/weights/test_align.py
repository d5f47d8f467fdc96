"""Planted elements of the group are found again, whatever the module, by weights and by activations."""

from itertools import pairwise, product

import pytest
import torch

from symshare.errors import SpecError
from symshare.weights import align, spec
from symshare.weights.axes import above
from tests.weights.expected import CASES, known
from tests.weights.test_gate import change, randomised, tied

NOISE = 0.01


def planted(name, scales, **options):
    """A module with its inputs, its spec, a state, an element, and the state that it makes of the first."""
    one, module, inputs = known(name, scales=scales, **options)
    torch.manual_seed(1)
    state = randomised(module)
    element = one.random(7, scales=scales)
    return module, inputs, one, state, element, one.act(state, element)


def noisy(module, state):
    found = {
        name: one + NOISE * one.std() * torch.randn_like(one) if one.is_floating_point() and one.numel() > 1 else one
        for name, one in state.items()
    }
    return found | {name: found[names[0]] for names in tied(module) for name in names}


def undone(one, planted, found):
    """The part of units that are where they were after both elements, list by list."""
    named, right, every = one.named, 0, 0
    for axis in one.permuted:
        line = [*above(axis, named), axis]
        for place in product(*(range(each.size) for each in line)):
            here = place
            for element in (found, planted):
                tables = [element.permutations.get(each.name) for each in line]
                here = tuple(
                    here[at] if table is None else int(table[here[: at + 1]]) for at, table in enumerate(tables)
                )
            right += here == place
            every += 1
    return right / every


def close(one, two, least):
    return all(torch.allclose(one[name], two[name], rtol=least, atol=least) for name in two)


@pytest.mark.parametrize("name", CASES)
def test_a_planted_element_is_found_on_noisy_weights_too(name):
    module, inputs, one, state, element, moved = planted(name, True)
    found = align(one, state, moved)
    assert found.after < 1e-12 < found.before
    assert undone(one, element, found.element) == 1
    assert close(found.state, state, 1e-12)
    assert close(one.act(moved, found.element), found.state, 0)
    unsure = noisy(module, moved)
    found = align(one, state, unsure)
    assert undone(one, element, found.element) >= 0.99
    assert change(module, unsure, found.state, inputs) < 1e-5


@pytest.mark.parametrize(
    ("name", "scales"), [("residual cnn", True), ("packed attention", True), ("grouped and depthwise", False)]
)
def test_activations_find_it_too(name, scales):
    module, inputs, one, state, element, moved = planted(name, scales)
    found = align(one, state, moved, by="activations", data=(module, inputs))
    assert found.after < 1e-6 < found.before
    assert undone(one, element, found.element) == 1
    assert found.change < 1e-10
    assert close(found.state, state, 1e-9)


def test_where_inputs_are_permuted_nothing_is_known_to_start_from():
    _, _, one, state, element, moved = planted("mlp", False, inputs="permuted", outputs="permuted")
    found = align(one, state, moved)
    assert found.after == 0
    assert undone(one, element, found.element) == 1


def test_lists_of_an_axis_that_is_fixed_are_matched_each():
    """Heads that an output has apart are fixed, what is within each is not."""

    class Apart(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = torch.nn.Linear(3, 12), torch.nn.Parameter(torch.randn(3, 4))

        def forward(self, x):
            return (torch.relu(self.first(x)).unflatten(-1, (3, 4)) * self.last).sum(-1)

    torch.manual_seed(0)
    module = Apart()
    one = spec(module, torch.randn(2, 3))
    assert any(axis.parent and one.named[axis.parent].fixed for axis in one.permuted)
    state, element = module.state_dict(), one.random(3)
    found = align(one, state, one.act(state, element))
    assert found.after == 0 < found.before
    assert undone(one, element, found.element) == 1


class Gained(torch.nn.Module):
    """Heads that are multiplied by a number each, whose sign each head and all its units can take."""

    def __init__(self):
        super().__init__()
        self.v, self.o = torch.nn.Linear(4, 12), torch.nn.Linear(12, 4, bias=False)
        self.gain = torch.nn.Parameter(torch.randn(4))

    def forward(self, x):
        return self.o((self.v(x).unflatten(-1, (4, 3)) * self.gain[:, None]).flatten(-2))


@pytest.mark.parametrize("by", ["weights", "activations"])
def test_signs_of_an_axis_that_others_depend_on_are_chosen_with_theirs(by):
    torch.manual_seed(0)
    module, inputs = Gained().double(), torch.randn(9, 4)
    one = spec(module, inputs, scales=True)
    assert any(scale.kind == "sign" and scale.axis in {axis.parent for axis in one.axes} for scale in one.scales)
    state = module.state_dict()
    for seed in range(3):
        found = align(one, state, one.act(state, one.random(seed, scales=True)), by=by, data=(module, inputs))
        assert found.after < 1e-7 < found.before


def test_complex_weights_are_matched_by_both_parts():
    class Turned(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Parameter(torch.randn(6, 3, dtype=torch.complex64))
            self.last = torch.nn.Parameter(torch.randn(2, 6, dtype=torch.complex64))

        def forward(self, x):
            return (x.to(torch.complex64) @ self.first.mT).tanh() @ self.last.mT

    torch.manual_seed(0)
    module = Turned()
    one = spec(module, torch.randn(2, 3))
    state = module.state_dict()
    found = align(one, state, one.act(state, one.random(3)))
    assert found.after == 0 < found.before


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_the_types_of_weights_are_kept(kind):
    module = torch.nn.Sequential(torch.nn.Linear(3, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))
    one = spec(module, torch.randn(2, 3), scales=True)
    state = {name: weight.to(kind) for name, weight in module.state_dict().items()}
    moved = one.act(state, one.random(5, scales=True))
    found = align(one, state, moved, data=(module, torch.randn(4, 3)))
    assert {weight.dtype for weight in found.state.values()} == {kind}
    assert found.after < 4 * torch.finfo(kind).eps < found.before


@pytest.mark.parametrize("name", ["mlp", "residual cnn", "packed attention"])
def test_with_scales_networks_that_have_nothing_in_common_come_nearer_than_without(name):
    module, inputs, one, state, _, _ = planted(name, True)
    other = randomised(module)
    plain = align(known(name, scales=False)[0], state, other)
    found = align(one, state, other, data=(module, inputs))
    assert found.after < plain.after < plain.before
    assert close(one.act(other, found.element), found.state, 0)


@pytest.mark.parametrize("activation", [torch.nn.ReLU, torch.nn.LeakyReLU, torch.nn.Tanh])
def test_scales_are_found_where_units_are_dead_too(activation):
    """A unit of zeros has no length: what follows it is fitted."""
    torch.manual_seed(0)
    sizes = (3, 5, 4, 2)
    parts = [part for ins, outs in pairwise(sizes) for part in (torch.nn.Linear(ins, outs), activation())]
    module = torch.nn.Sequential(*parts[:-1]).double()
    one, state = spec(module, torch.randn(2, 3, dtype=torch.float64), scales=True), randomised(module)
    for name in ("0.weight", "0.bias"):
        state[name][:1] = 0
    for seed in range(3):
        found = align(one, state, one.act(state, one.random(seed, scales=True)))
        assert found.after < 1e-6 < found.before


@pytest.mark.parametrize("activation", [torch.nn.ReLU, torch.nn.Tanh])
@pytest.mark.parametrize("scales", [False, True])
@pytest.mark.parametrize("ends", ["fixed", "permuted"])
def test_no_network_comes_further_away(ends, scales, activation):
    """From one start too, whatever it leads to."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Linear(4, 5), activation(), torch.nn.Linear(5, 4), activation(), torch.nn.Linear(4, 3)
    )
    one = spec(module, torch.randn(2, 4), scales=scales, inputs=ends, outputs=ends)
    for number in range(30):
        state, other = randomised(module), randomised(module)
        part = (0.3, 0.8, 1.5)[number % 3]
        near = {name: weight + part * other[name] for name, weight in state.items()}
        found = align(one, state, near, starts=1)
        assert found.after <= found.before * (1 + 1e-6)


def test_tied_weights_are_given_by_any_of_their_names():
    _, _, one, state, _, moved = planted("decoder", False)
    short = {name: weight for name, weight in moved.items() if name != "tokens.weight"}
    assert "head.weight" in short
    found = align(one, state, short)
    assert set(found.state) == set(short)
    assert close(found.state, {name: state[name] for name in short}, 0)


@pytest.mark.parametrize("who", ["a", "b"])
def test_names_of_one_tensor_with_different_values_are_refused(who):
    """A module would compute with those that are loaded last, which need not be the first."""
    _, _, one, state, _, moved = planted("decoder", False)
    given = {"a": state, "b": moved}
    given[who] = given[who] | {"head.weight": given[who]["head.weight"] + 1}
    with pytest.raises(SpecError, match=rf"{who}: (tokens|head)\.weight and (tokens|head)\.weight are one tensor"):
        align(one, **given)


@pytest.mark.parametrize("scales", [False, True])
@pytest.mark.parametrize("sizes", [(3, 0, 2), (3, 4, 0, 2), (3, 0, 4, 2), (3, 4, 0), (3, 0, 0, 2)])
def test_axes_without_values_are_left_and_others_matched(sizes, scales):
    layers = [torch.nn.Linear(ins, outs) for ins, outs in pairwise(sizes)]
    module = torch.nn.Sequential(*(part for layer in layers for part in (layer, torch.nn.ReLU())))[:-1].double()
    one, state = spec(module, torch.randn(2, 3, dtype=torch.float64), scales=scales), module.state_dict()
    found = align(one, state, one.act(state, one.random(1, scales=scales)))
    assert found.after < 1e-7
    assert close(found.state, state, 1e-6)


def test_what_is_said_and_the_same_seed_gives_the_same():
    module, _, one, state, _, moved = planted("mlp", False)
    said, unsure = [], noisy(module, moved)
    first, second = (
        align(one, state, unsure, seed=3, starts=2, progress=lambda *done: said.append(done)) for _ in range(2)
    )
    assert said == [(1, 2), (2, 2)] * 2
    assert first.to_dict()["permutations"] == second.to_dict()["permutations"]
    assert first.units == sum(axis.size for axis in one.permuted)
    assert "distance" in str(first.tables()[0].text(80))


def wrong(state, **changes):
    return {name: one for name, one in (state | changes).items() if one is not None}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"extra": torch.zeros(2)}, "extra"),
        ({"2.bias": None}, "2.bias"),
        ({"2.bias": torch.zeros(9)}, "2.bias"),
        ({"2.bias": "text"}, "2.bias"),
        ({"0.weight": torch.full((5, 3), float("nan"))}, "0.weight"),
        ({"0.weight": torch.full((5, 3), float("inf"))}, "0.weight"),
    ],
)
@pytest.mark.parametrize("who", ["a", "b"])
def test_states_of_another_kind_are_refused_by_name(changes, named, who):
    _, _, one, state, _, moved = planted("mlp", False)
    given = {"a": state, "b": moved}
    given[who] = wrong(given[who], **changes)
    with pytest.raises(SpecError) as caught:
        align(one, **given)
    lines = str(caught.value).split("\n")
    assert named in lines[0]
    assert lines[0].startswith(f"{who}:")
    assert len(lines) in (2, 3)


ODD = {
    "quantized": lambda one: torch.quantize_per_tensor(one.float(), 0.1, 0, torch.qint8),
    "sparse": torch.Tensor.to_sparse,
    "sparse rows": torch.Tensor.to_sparse_csr,
    "on the meta device": lambda one: one.to("meta"),
    "nested": lambda one: torch.nested.nested_tensor([one[0], one[1, :1]]),
    "complex": lambda one: one.to(torch.complex64),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("who", ["a", "b"])
def test_tensors_that_cannot_be_compared_are_refused(kind, who):
    _, _, one, state, _, moved = planted("mlp", False)
    given = {"a": state, "b": moved}
    given[who] = given[who] | {"2.weight": ODD[kind](given[who]["2.weight"])}
    with pytest.raises(SpecError, match=rf"^[ab]: 2\.weight is .*{kind.split(' rows')[0]}.*\n  give"):
        align(one, **given)


@pytest.mark.parametrize("whole", [{"a"}, {"b"}, {"a", "b"}])
def test_whole_numbers_are_compared_with_others(whole):
    _, _, one, state, element, moved = planted("mlp", False)
    given = {"a": state, "b": moved}
    for who in given:
        rounded = {name: (100 * weight).round() for name, weight in given[who].items()}
        given[who] = {name: weight.to(torch.int32) for name, weight in rounded.items()} if who in whole else rounded
    found = align(one, **given)
    if whole != {"a", "b"}:
        assert found.after == 0 < found.before
        assert undone(one, element, found.element) == 1
    assert all(found.state[name].dtype == given["b"][name].dtype for name in given["b"])


@pytest.mark.parametrize(
    "options",
    [
        {"by": "hand"},
        {"by": "activations"},
        {"starts": 0},
        {"starts": True},
        {"data": 3},
        {"data": (3, 3)},
        {"seed": "x"},
    ],
)
def test_choices_that_are_none_are_refused(options):
    _, _, one, state, _, moved = planted("mlp", False)
    with pytest.raises(SpecError, match="\n  "):
        align(one, state, moved, **options)


def test_a_module_of_another_spec_is_refused():
    _, _, one, state, _, moved = planted("mlp", False)
    with pytest.raises(SpecError, match=r"differ in 0\.weight"):
        align(one, state, moved, data=(torch.nn.Sequential(torch.nn.Linear(3, 7)), torch.randn(2, 3)))


def test_a_spec_that_does_not_hold_shows_in_the_outputs():
    """The spec of another module with the same weights: here both layers see the inputs."""

    class Other(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("0", torch.nn.Linear(3, 3))
            self.add_module("2", torch.nn.Linear(3, 3))

        def forward(self, x):
            return self.get_submodule("0")(x) * self.get_submodule("2")(x)

    plain = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU(), torch.nn.Linear(3, 3))
    one, state = spec(plain, torch.randn(2, 3)), plain.state_dict()
    moved = one.act(state, one.swap(one.permuted[0].name, 0, 1))
    with pytest.raises(SpecError, match="outputs of the module change"):
        align(one, state, moved, data=(Other(), torch.randn(4, 3)))
