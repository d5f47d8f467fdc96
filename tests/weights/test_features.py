"""States as tensors of layers, and back, for every kind of module."""

import pytest
import torch

from symshare import SymshareError
from symshare.weights import Features
from tests.weights.expected import CASES, known
from tests.weights.test_gate import randomised


def spec_of(name, *, scales=False):
    """The spec of a module, and the module."""
    return known(name, scales=scales)[:2]


@pytest.mark.parametrize("name", CASES)
def test_states_come_back_from_their_tensors(name):
    one, module = spec_of(name)
    states = [randomised(module) for _ in range(3)]
    features = Features(one)
    tensors = features(states)
    assert [tensor.shape[-1] for tensor in tensors.values()] == list(features.channels)
    blank = [{key: torch.zeros_like(value) for key, value in state.items()} for state in states]
    kept = features.states(tensors, blank)
    whole = features.states(tensors, states)
    for state, back, zeros in zip(states, whole, kept, strict=True):
        assert all(torch.equal(value, back[key]) for key, value in state.items())
        # parameters, and buffers along permuted axes, are all in the tensors
        parameters = dict(module.named_parameters(remove_duplicate=False))
        assert all(torch.equal(state[key], zeros[key]) for key in parameters)


@pytest.mark.parametrize("name", CASES)
def test_tensors_move_as_the_weights_do(name):
    """Each tensor of a moved state is the same values, along every channel, in another order."""
    one, module = spec_of(name)
    state = randomised(module)
    features = Features(one)
    before, after = features([state]), features([one.act(state, one.random(3))])
    for key, tensor in before.items():
        flat = [each.flatten(0, -2).T.sort(-1).values for each in (tensor, after[key])]
        if tensor.dim() < 4:  # rows of channels are moved whole
            rows = [sorted(map(tuple, each.flatten(0, -2).tolist())) for each in (tensor, after[key])]
            assert rows[0] == rows[1]
        assert torch.equal(*flat)


def test_several_states_are_channels_side_by_side():
    one, module = spec_of("mlp")
    states = [randomised(module) for _ in range(4)]
    features = Features(one, entries=2)
    tensors = features([states[:2], states[2:]])
    alone = [Features(one)([state])["t0_weight"] for state in states]
    assert features.channels[0] == 6
    found = tensors["t0_weight"].unflatten(-1, (3, 2))
    for number, each in enumerate(alone):
        assert torch.equal(found[number // 2, ..., number % 2], each[0])


def test_waves_of_values_are_further_channels():
    one, module = spec_of("mlp")
    state = randomised(module)
    plain, waves = Features(one)([state]), Features(one, fourier=2)([state])
    for name, tensor in plain.items():
        turns = [torch.pi * tensor, 2 * torch.pi * tensor]
        wanted = [tensor, turns[0].sin(), turns[0].cos(), turns[1].sin(), turns[1].cos()]
        assert torch.allclose(waves[name], torch.cat(wanted, -1), rtol=0, atol=1e-12)


def test_statistics_are_those_of_each_channel_over_states_and_permuted_axes():
    one, module = spec_of("mlp")
    states = [randomised(module) for _ in range(20)]
    features = Features(one).measured(states)
    for name, tensor in features(states).items():
        flat = tensor.flatten(0, -2)
        assert torch.allclose(flat.mean(0), torch.zeros_like(flat[0]), atol=1e-12), name
        assert torch.allclose(flat.std(0, correction=0), torch.ones_like(flat[0]), atol=1e-9)
    still = [{key: torch.ones_like(value) for key, value in state.items()} for state in states]
    assert all(bool(tensor.isfinite().all()) for tensor in Features(one).measured(still)(still).values())


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ([], "there are no states"),
        ([{}], "there is no|has no"),
        ([[{}, {}]], "a sample has 2 states, not 1\n  say Features"),
        ([{"other.weight": torch.zeros(2)}], "has no other.weight"),
        ([{"0.weight": torch.zeros(5, 4)}], r"0.weight is of the shape \(5, 4\)\n  give one of the shape \(5, 3\)"),
    ],
)
def test_states_of_another_module_are_refused_with_the_names(samples, why):
    one, _ = spec_of("mlp")
    with pytest.raises(SymshareError, match=why):
        Features(one)(samples)


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ({"0.weight": torch.zeros(5, 3)}, "the samples are a state dict by itself\n  give a list"),
        (torch.nn.Linear(2, 3), "the samples are of type Linear"),
        (3, "of type int"),
        ("states", "of type str"),
        ([None], "a sample is of type NoneType"),
        (["a"], "a sample is of type str"),
        ([{"0.weight": [[1.0]]}], "0.weight is of type list, no tensor"),
    ],
)
def test_what_are_no_states_is_told(samples, why):
    one, _ = spec_of("mlp")
    for work in (Features(one), Features(one).measured):
        with pytest.raises(SymshareError, match=why):
            work(samples)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"permute": None}, "is no name of an axis"),
        ({"permute": 3}, "is no name of an axis"),
        ({"permute": ("ends", "nobody")}, "there is no axis nobody"),
        ({"permute": "h0"}, "permuted already"),
        ({"fourier": 1024}, "fourier=1024 is over 64"),
        ({"seed": 2**63}, "is over"),
        ({"statistics": 3}, "statistics are of type int"),
        ({"canonical": "no"}, "canonical='no' is not True or False"),
        ({"ensemble": 2}, "say canonical=True too"),
        ({"canonical": True, "entries": 2}, "no common canonical form"),
    ],
)
def test_choices_that_are_none_are_refused(wrong, why):
    one, _ = spec_of("mlp", scales=True)
    with pytest.raises(SymshareError, match=why):
        Features(one, **wrong)


def test_ends_may_be_named_beside_others():
    one, _ = spec_of("cnn")
    both = Features(one, permute=["ends", "Kernel", "Kernel"])
    assert both.permute == ("ends", "Kernel", "Kernel")
    assert {axis.name for axis in both.symmetry.permuted} - {axis.name for axis in one.permuted} == {
        "in",
        "out",
        "kernel",
    }


@pytest.mark.parametrize("wrong", [{"entries": 0}, {"fourier": -1}, {"entries": True}, {"fourier": 1.5}])
def test_numbers_that_are_none_are_refused(wrong):
    one, _ = spec_of("mlp")
    with pytest.raises(SymshareError, match=f"{next(iter(wrong))}=.* is not a whole number"):
        Features(one, **wrong)


def test_only_a_spec_has_features():
    with pytest.raises(SymshareError, match=r"is no spec\n  give what symshare.weights.spec finds"):
        Features("abH")


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.uint8, torch.float16])
def test_masks_and_whole_numbers_are_floats_there(dtype):
    one, module = spec_of("mlp")
    states = [{key: value.gt(0).to(dtype) for key, value in randomised(module).items()} for _ in range(3)]
    features = Features(one).measured(states)
    wanted = dtype if dtype.is_floating_point else torch.get_default_dtype()
    assert {tensor.dtype for tensor in features(states).values()} == {wanted}


def test_complex_weights_are_refused_with_the_cure():
    one, module = spec_of("mlp")
    states = [{key: value.to(torch.complex64) for key, value in randomised(module).items()}]
    with pytest.raises(SymshareError, match=r"is torch\.complex64\n  give its real and imaginary parts"):
        Features(one)(states)


def test_tensors_of_other_states_are_refused_with_their_shape():
    one, module = spec_of("mlp")
    states = [randomised(module) for _ in range(2)]
    tensors = Features(one)(states)
    with pytest.raises(
        SymshareError, match=r"t0_weight is of the shape \(2, 5, 3\)\n  give one of the shape \(1, .., 3\)"
    ):
        Features(one).states(tensors, states[:1])
