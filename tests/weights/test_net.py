"""Networks that read networks: equivariant whatever the module, and what they learn."""

import pytest
import torch
from torch import nn

from symshare import SymshareError, TooLargeError
from symshare.weights import Features, WeightNet, spec
from tests.weights.expected import CASES, made
from tests.weights.test_features import spec_of
from tests.weights.test_gate import randomised

OPTIONS = [
    {},
    {"rank": 3},
    {"residual": False, "normalise": False, "depth": 2},
    {"activation": nn.Tanh, "dropout": 0.5},
]


def net(features, out, **options):
    torch.manual_seed(1)
    found = WeightNet(features, out, **{"width": 4, "depth": 2} | options, dtype=torch.float64).eval()
    for weight in found.parameters():
        nn.init.normal_(weight, std=0.4)
    return found.requires_grad_(False)


@pytest.mark.parametrize("name", CASES)
def test_numbers_stay_and_weights_move_under_every_element(name):
    one, module = spec_of(name)
    features, states = Features(one), [randomised(module) for _ in range(2)]
    elements = [one.random(seed) for seed in range(3)]
    options = OPTIONS[sorted(CASES).index(name) % len(OPTIONS)]
    reads, edits = net(features, 3, **options), net(features, None, **options)
    numbers, tensors = reads(features(states)), edits(features(states))
    edited = features.states(tensors, states)
    assert float(numbers.std()) > 1e-3
    for element in elements:
        moved = [one.act(state, element) for state in states]
        assert torch.allclose(reads(features(moved)), numbers, rtol=1e-12, atol=1e-12)
        for state, other in zip(features.states(edits(features(moved)), moved), edited, strict=True):
            for key, value in one.act(other, element).items():
                assert torch.allclose(state[key], value, rtol=1e-11, atol=1e-11), key


@pytest.mark.parametrize("out", [None, 5])
@pytest.mark.parametrize("name", ["mlp", "attention", "encoder", "grouped and depthwise"])
def test_parameters_are_counted_before_they_are_made(name, out):
    one, _ = spec_of(name)
    for options in ({}, {"rank": 2}, {"depth": 1, "width": 3}):
        features = Features(one, fourier=1)
        counted = WeightNet.count(features, out, **options)
        found = WeightNet(features, out, **options)
        assert counted == sum(weight.numel() for weight in found.parameters())
        with pytest.raises(
            TooLargeError, match=f"the net has {counted:,} parameters, over max_parameters={counted - 1:,}"
        ):
            WeightNet(features, out, **options, max_parameters=counted - 1)


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"depth": 0}, {"width": 2.5}, {"depth": True}, {"entries": -1}, {"rank": 0}, {"out": 0}]
)
def test_numbers_that_are_none_are_refused(wrong):
    one, _ = spec_of("mlp")
    with pytest.raises(SymshareError, match=f"{next(iter(wrong))}=.* is not a whole number"):
        WeightNet(Features(one), **{"out": 3} | wrong)


def test_tensors_that_are_missing_are_named():
    one, module = spec_of("mlp")
    features = Features(one)
    model, tensors = net(features, 3), features([randomised(module)])
    with pytest.raises(SymshareError, match="there is no t0_bias among the tensors\n  give t0_weight, t0_bias"):
        model({name: each for name, each in tensors.items() if name != "t0_bias"})
    with pytest.raises(SymshareError, match="there are 2 tensors, not 6"):
        model(list(tensors.values())[:2])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("width", [1, 5])
def test_nets_are_of_every_type_and_of_one_channel(dtype, width):
    one, module = spec_of("attention")
    states = [{key: value.to(dtype) for key, value in randomised(module).items()} for _ in range(2)]
    features = Features(one)
    for out in (None, 1):
        model = WeightNet(features, out, width=width, dtype=dtype)
        found = listed(model(features(states)))
        assert {each.dtype for each in found} == {dtype}
        assert all(bool(each.isfinite().all()) for each in found)


def test_features_are_wanted_not_a_spec():
    one, _ = spec_of("mlp")
    with pytest.raises(SymshareError, match=r"give Features\(spec\)"):
        WeightNet(one, 3)


def perceptrons(number, seed):
    """Tensors of random perceptrons."""
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2))
    features = Features(spec(module, (torch.zeros(1, 3),)))
    states = [{key: torch.randn_like(value) for key, value in module.state_dict().items()} for _ in range(number)]
    return features, states


def trained(model, inputs, wanted, steps=200, rate=0.01, batch=None):
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    for step in range(steps):
        chosen = torch.randperm(len(wanted))[:batch] if batch else slice(None)
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(model(inputs(chosen, step)).squeeze(-1), wanted[chosen])
        loss.backward()
        optimiser.step()
    return model.eval()


def left(model, given, wanted):
    """The part of the variance that is not explained."""
    with torch.no_grad():
        return float((model(given).squeeze(-1) - wanted).square().mean() / wanted.var())


def test_the_sum_of_all_weights_is_learned():
    features, states = perceptrons(400, 0)
    wanted = torch.stack([torch.stack([one.sum() for one in state.values()]).sum() for state in states])
    wanted = wanted / wanted.std()
    tensors = features(states)
    train = {name: one[:300] for name, one in tensors.items()}
    torch.manual_seed(0)
    model = WeightNet(features, 1, width=8, depth=2)
    trained(model, lambda chosen, _: {name: one[chosen] for name, one in train.items()}, wanted[:300], 250)
    assert left(model, {name: one[300:] for name, one in tensors.items()}, wanted[300:]) < 0.03


def per_unit(state):
    """A sum over the units of the second layer, each by its bias and the weights that leave it."""
    return (state["2.bias"].relu() * state["4.weight"].abs().sum(0)).sum()


def in_a_row(states):
    return torch.stack([torch.cat([one.flatten() for one in state.values()]) for state in states])


def test_a_sum_over_units_is_learned_from_few_states_by_a_net_that_knows_their_symmetry():
    """Beside a perceptron on all weights in a row, with and without moving the states at random in training; the part of the
    variance that is left, of 200 states for training and 200 others."""
    features, states = perceptrons(400, 1)
    wanted = torch.stack([per_unit(state) for state in states])
    wanted = (wanted - wanted.mean()) / wanted.std()
    tensors, rows = features(states), in_a_row(states)
    one = features.spec
    moved = [in_a_row([one.act(s, one.random(200 * r + n)) for n, s in enumerate(states[:200])]) for r in range(8)]
    torch.manual_seed(0)
    model = WeightNet(features, 1, width=8, depth=2)
    trained(model, lambda chosen, _: {name: each[:200][chosen] for name, each in tensors.items()}, wanted[:200])
    found = {"symmetric": left(model, {name: each[200:] for name, each in tensors.items()}, wanted[200:])}
    for kind, given in (
        ("plain", lambda chosen, _: rows[:200][chosen]),
        ("moved", lambda chosen, step: moved[step % 8][chosen]),
    ):
        layers = nn.Linear(rows.shape[1], 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1)
        plain = trained(nn.Sequential(*layers), given, wanted[:200], 200, 0.003)
        found[kind] = left(plain, rows[200:], wanted[200:])
    print({name: round(one, 3) for name, one in found.items()})
    assert found["symmetric"] + 0.05 < found["moved"] < found["plain"] - 0.1


@pytest.mark.parametrize("name", ["mlp", "siren", "encoder"])
def test_nets_of_specs_with_scales_are_those_of_permutations(name):
    """Scales and signs are in the signature of such a spec; nets are of its permutations alone."""
    module, inputs = made(name)
    with_scales, without = (Features(spec(module, inputs, scales=scales)) for scales in (True, False))
    state = randomised(module)
    for key, tensor in with_scales([state]).items():
        assert torch.equal(tensor, without([state])[key])
    for out in (None, 2):
        assert WeightNet.count(with_scales, out) == WeightNet.count(without, out)
        values = [listed(net(one, out)(one([state]))) for one in (with_scales, without)]
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(*values, strict=True))


def listed(found):
    return list(found.values()) if isinstance(found, dict) else [found]
