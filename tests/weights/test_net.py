"""Networks that read networks: equivariant whatever the module, and what they learn."""

import itertools
import math

import pytest
import torch
from torch import nn

from symshare import SymshareError, TooLargeError
from symshare.nn.runtime.messages import _post_made, _received
from symshare.nn.runtime.weights import _arranged, _canonical
from symshare.weights import Axis, Features, Spec, Tensor, WeightNet, spec, weight_network
from symshare.weights.axes import Piece, Row
from tests.weights.expected import CASES
from tests.weights.test_features import spec_of
from tests.weights.test_gate import randomised

SCALED = ("mlp", "siren", "tied autoencoder", "attention", "gated", "encoder", "cnn", "recurrent cells")
"""Modules with scales or signs of some axes."""
OPTIONS = [
    {},
    {"rank": 3},
    {"residual": False, "normalise": False, "depth": 2},
    {"activation": "tanh", "dropout": 0.5},
    {"pool_width": 3, "order": 2},
    {"pool_width": 3, "messages": True},
]
LAYERS = ("order", "messages")
"""Options that blocks along a latent axis have not."""
STACKED = ("encoder", "decoder")
WITHOUT_ENDS = ("u-net", "decoder")
"""Modules of whose weights no axis is one of inputs or outputs."""


def net(features, out, **options):
    torch.manual_seed(1)
    found = WeightNet(features, out, **{"width": 4, "depth": 2} | options, dtype=torch.float64).eval()
    for weight in found.parameters():
        nn.init.normal_(weight, std=0.4)
    return found.requires_grad_(False)


def assert_kept(reads, edits, features, states, moved, act):
    """Numbers are the same for moved states, and weights move as `act` moves them."""
    numbers = reads(**features(states))
    edited = features.states(edits(**features(states)), states)
    assert float(numbers.std()) > 1e-3
    for number, own in enumerate(moved):
        assert torch.allclose(reads(**features(own)), numbers, rtol=1e-11, atol=1e-11)
        for state, other in zip(features.states(edits(**features(own)), own), edited, strict=True):
            for key, value in act(number, other).items():
                scale = max(1.0, float(value.abs().max())) if value.numel() else 1.0
                assert torch.allclose(state[key], value, rtol=1e-10, atol=1e-11 * scale), key


@pytest.mark.parametrize("name", CASES)
def test_numbers_stay_and_weights_move_under_every_element(name):
    one, module = spec_of(name)
    features, states = Features(one), [randomised(module) for _ in range(2)]
    elements = [one.random(seed) for seed in range(3)]
    offered = [own for own in OPTIONS if name not in STACKED or not {*LAYERS} & {*own}]
    number = sorted(CASES).index(name)
    for options in (offered[number % len(offered)], *(OPTIONS[-2:] * (name not in STACKED))):
        reads, edits = net(features, 3, **options), net(features, None, **options)
        moved = [[one.act(state, element) for state in states] for element in elements]
        assert_kept(reads, edits, features, states, moved, lambda at, state: one.act(state, elements[at]))


@pytest.mark.parametrize("name", [name for name in CASES if name not in WITHOUT_ENDS])
def test_inputs_and_outputs_may_be_permuted_too(name):
    """What a net of the larger group keeps, by an element that moves rows and columns of the ends."""
    one, module = spec_of(name)
    features, states = Features(one, permute="ends"), [randomised(module) for _ in range(2)]
    wide = features.symmetry
    assert wide.order > one.order
    elements = [wide.random(seed) for seed in range(2)]
    moved = [[wide.act(state, element) for state in states] for element in elements]
    reads, edits = net(features, 3), net(features, None)
    assert_kept(reads, edits, features, states, moved, lambda at, state: wide.act(state, elements[at]))


@pytest.mark.parametrize("name", [name for name in CASES if name not in WITHOUT_ENDS])
def test_positions_tell_inputs_and_outputs_apart_and_nothing_else(name):
    one, module = spec_of(name)
    features, states = Features(one, permute="ends"), [randomised(module) for _ in range(2)]
    wide, elements = features.symmetry, [one.random(seed) for seed in range(2)]
    reads, edits = (net(features, out, positions=3) for out in (3, None))
    moved = [[one.act(state, element) for state in states] for element in elements]
    assert_kept(reads, edits, features, states, moved, lambda at, state: one.act(state, elements[at]))
    fixed = {axis.name for axis in one.permuted}
    swapped = next(axis.name for axis in wide.permuted if axis.name not in fixed)
    other = [wide.act(state, wide.swap(swapped, 0, 1)) for state in states]
    assert float((reads(**features(other)) - reads(**features(states))).abs().max()) > 1e-6


@pytest.mark.parametrize("name", SCALED)
def test_canonical_states_take_scales_and_signs_away(name):
    one, module = spec_of(name, scales=True)
    states = [randomised(module) for _ in range(2)]
    elements = [one.random(seed, scales=True) for seed in range(3)]
    moved = [[one.act(state, element) for state in states] for element in elements]
    for features in (Features(one, canonical=True), Features(one, canonical=True, ensemble=3, seed=4)):
        reads, edits = net(features, 3), net(features, None)
        assert_kept(reads, edits, features, states, moved, lambda at, state: one.act(state, elements[at]))
    # what comes into a unit of the plain form has length one, or a sum over 0
    parts, scales = Features(one, canonical=True).tables
    arrays = _canonical(_arranged(states, parts), scales)[0]
    for row in scales:
        total = 0
        for key, axes, power, block in row["incoming"]:
            values = arrays[key] if block is None else arrays[key][:, block]
            gone = [1 + axis for axis in range(values.dim() - 1) if axis not in axes]
            found = values if row["kind"] == "sign" else values.square() ** (1 / power)
            total = total + (found.sum(gone) if gone else found)
        assert bool((total > 0).all()) if row["kind"] == "sign" else torch.allclose(total, torch.ones_like(total))


def units(*between, bias=True, sizes=()):
    """A perceptron with these things between its linear maps."""
    sizes = sizes or range(3, 5 + len(between))
    layers = [nn.Linear(*one, bias=bias) for one in itertools.pairwise(sizes)]
    return nn.Sequential(
        *(each for pair in zip(layers, [*between, nn.Identity()], strict=True) for each in pair)
    ).double()


EXACT = {
    # positive scales, signs, and both of every axis, or each of one
    "ReLU": lambda: units(nn.ReLU(), nn.ReLU()),
    "tanh": lambda: units(nn.Tanh(), nn.Tanh()),
    "linear": lambda: units(nn.Identity(), nn.Identity()),
    "ReLU, then tanh": lambda: units(nn.ReLU(), nn.Tanh()),
    "linear, then ReLU": lambda: units(nn.Identity(), nn.ReLU()),
    "convolutions": lambda: nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Conv1d(3, 4, 1), nn.Tanh()).double(),
}


@pytest.mark.parametrize("options", [{}, {"rank": 2}, {"residual": False}, {"permute": "ends"}], ids=str)
@pytest.mark.parametrize("name", EXACT)
def test_exact_nets_commute_with_scales_and_signs(name, options):
    module = EXACT[name]()
    module.eval()
    one = spec(module, (torch.zeros(1, 2, 5) if name == "convolutions" else torch.zeros(1, 3),), scales=True)
    options = dict(options)
    features = Features(one, permute=options.pop("permute", ()))
    states = [randomised(module) for _ in range(2)]
    elements = [one.random(seed, scales=True) for seed in range(3)]
    moved = [[one.act(state, element) for state in states] for element in elements]
    reads, edits = (net(features, out, exact=True, pool_width=3, **options) for out in (3, None))
    assert_kept(reads, edits, features, states, moved, lambda at, state: one.act(state, elements[at]))
    for made in (reads, edits):
        counted = weight_network(
            features,
            made.readout.out_features if made is reads else None,
            exact=True,
            pool_width=3,
            **options,
            width=4,
            depth=2,
        )
        assert counted.parameters == sum(weight.numel() for weight in made.parameters())


def test_scales_that_a_signature_cannot_say_are_not_kept_in_part():
    module = nn.Sequential(
        nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 2)
    ).eval()
    one = spec(module, (torch.zeros(2, 3),), scales=True)
    with pytest.raises(
        SymshareError, match="the scales of h2 cannot be kept: 2 numbers for each value\n  take Features"
    ):
        WeightNet(Features(one), 2, exact=True)


def test_a_spec_of_which_scales_leave_nothing_is_told():
    one = spec(units(nn.ReLU(), nn.ReLU(), bias=False).float(), (torch.zeros(1, 3),), scales=True)
    with pytest.raises(SymshareError, match=r"no product of two weights commutes with all scales.*\n  take Features"):
        WeightNet(Features(one), 2, exact=True)


@pytest.mark.parametrize(
    "make", [lambda: nn.Linear(3, 2, bias=False), lambda: nn.Embedding(5, 3)], ids=["linear", "embedding"]
)
def test_the_editor_of_a_single_tensor_gives_it(make):
    module = make()
    example = torch.zeros(1, 3) if isinstance(module, nn.Linear) else torch.zeros(1, dtype=torch.int64)
    features = Features(spec(module, (example,)))
    states = [randomised(module) for _ in range(2)]
    found = net(features, None)(**{name: one.double() for name, one in features(states).items()})
    edited = features.states(found, states)
    assert [one["weight"].shape for one in edited] == [states[0]["weight"].shape] * 2
    again = features(edited)
    assert torch.allclose(again["weight"], found.to(again["weight"].dtype))


def test_nets_with_positions_are_exported_and_compiled():
    one, module = spec_of("mlp")
    features = Features(one, permute="ends")
    model = net(features, 2, positions=2)
    given = tuple(features([randomised(module) for _ in range(3)]).values())
    wanted = model(*given)
    assert torch.allclose(torch.export.export(model, given).module()(*given), wanted, rtol=1e-12)
    assert torch.allclose(torch.compile(model, fullgraph=True, backend="eager")(*given), wanted, rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
def test_statistics_are_reckoned_in_single_precision(dtype, scale):
    one, module = spec_of("mlp")
    states = [{key: (scale * value).to(dtype) for key, value in randomised(module).items()} for _ in range(40)]
    features = Features(one).measured(states)
    for tensor in features(states).values():
        assert tensor.dtype == dtype
        flat = tensor.flatten(0, -2).double()
        assert torch.allclose(flat.std(0, correction=0), torch.ones(flat.shape[1], dtype=torch.float64), rtol=0.05)


def test_a_state_of_several_types_is_one_of_the_widest():
    one, module = spec_of("mlp")
    state = {key: value.half() if "weight" in key else value.float() for key, value in randomised(module).items()}
    assert {tensor.dtype for tensor in Features(one)([state]).values()} == {torch.float32}
    assert WeightNet(Features(one), 2)(**Features(one)([state])).dtype == torch.float32


def test_masks_are_edited_into_numbers():
    one, module = spec_of("mlp")
    masks = [{key: value > 0 for key, value in randomised(module).items()}]
    features = Features(one)
    edited = features.states({name: torch.full_like(tensor, 0.25) for name, tensor in features(masks).items()}, masks)
    assert all(torch.equal(value, torch.full(value.shape, 0.25)) for value in edited[0].values())


def test_tensors_whose_axes_are_exchanged_are_refused():
    one, module = spec_of("mlp")
    features, states = Features(one), [randomised(module) for _ in range(2)]
    tensors = features(states)
    tensors["t2_weight"] = tensors["t2_weight"].transpose(1, 2)
    with pytest.raises(SymshareError, match="t2_weight has axes \\(5, 4\\)\n  give \\(4, 5\\)"):
        features.states(tensors, states)


def test_a_depth_without_end_is_refused_at_once():
    one, _ = spec_of("mlp")
    with pytest.raises(TooLargeError, match="over max_parameters=50,000,000"):
        WeightNet(Features(one), 2, depth=10**9)


@pytest.mark.parametrize("out", [None, 5])
@pytest.mark.parametrize("name", ["mlp", "attention", "encoder", "grouped and depthwise"])
def test_parameters_are_counted_before_they_are_made(name, out):
    one, _ = spec_of(name, scales=True)
    plain, ends = Features(one, fourier=1), Features(one, permute="ends", entries=2)
    tried = [(plain, {}), (plain, {"rank": 2}), (plain, {"depth": 1, "width": 3}), (ends, {"positions": 2, "rank": 3})]
    tried += [(ends, {"order": 2, "pool_width": 5}), (ends, {"messages": True, "rank": 2})] * (name not in STACKED)
    tried += [(plain, {"messages": True, "pool_width": 5}), (plain, {"messages": True, "depth": 1})] * (
        name not in STACKED
    )
    tried += [(Features(one), {"exact": True, "width": 2})] if name == "mlp" else []
    for features, options in tried:
        counted = weight_network(features, out, **options).parameters
        found = WeightNet(features, out, **options)
        assert counted == sum(weight.numel() for weight in found.parameters())
        with pytest.raises(
            TooLargeError, match=f"the net has {counted:,} parameters, over max_parameters={counted - 1:,}"
        ):
            WeightNet(features, out, **options, max_parameters=counted - 1)


def test_a_net_too_large_is_refused_before_anything_is_allocated():
    """A first layer of 16,000,000 channels of one tensor and 4,000 of another, with 2 and 3 maps of these."""
    linear = nn.Linear(4000, 4000, device="meta")
    one = Spec(
        "wide",
        (Axis("Out", 4000, fixed="an output"), Axis("In", 4000, fixed="an input"), Axis("h", 7)),
        (
            Tensor("weight", tuple(linear.weight.shape), (Row(((Piece("Out"),),)), Row(((Piece("In"),),)))),
            Tensor("first", (7, 4000), (Row(((Piece("h"),),)), Row(((Piece("In"),),)))),
        ),
    )
    with pytest.raises(TooLargeError, match=r"has 2,048,818,242 parameters, over max_parameters=50,000,000\n  take"):
        WeightNet(Features(one), 2, width=64)
    assert weight_network(Features(one, permute="ends"), 2, width=64).parameters < 10**6


@pytest.mark.parametrize(
    "wrong",
    [
        *({"width": 0}, {"depth": 0}, {"width": 2.5}, {"depth": True}, {"entries": -1}, {"rank": 0}, {"out": 0}),
        *({"pool_width": 0}, {"positions": -1}, {"positions": 1.5}),
    ],
)
def test_numbers_that_are_none_are_refused(wrong):
    one, _ = spec_of("mlp")
    with pytest.raises(SymshareError, match=f"{next(iter(wrong))}=.* is not a whole number"):
        WeightNet(Features(one), **{"out": 3} | wrong)


@pytest.mark.parametrize(
    ("given", "options", "why"),
    [
        ({}, {"order": 3}, "order=3 is not 1 or 2"),
        ({}, {"dropout": 1.0}, "dropout=1.0 is not from 0 to 1"),
        ({}, {"activation": "swish"}, "activation='swish' is none\n  give one of gelu"),
        ({}, {"positions": 2}, 'are of axes that are permuted beside\n  say Features\\(spec, permute="ends"'),
        ({}, {"exact": True, "order": 2}, "of order 2 already"),
        ({"permute": "ends"}, {"exact": True, "positions": 2}, "positions do not change with scales"),
        ({}, {"entries": 2}, "entries=2 is of weights, and out=3 of numbers"),
        ({}, {"normalise": "layer"}, "normalise='layer' is not True or False"),
        ({}, {"residual": 1}, "residual=1 is not True or False"),
        ({}, {"messages": 1}, "messages=1 is not True or False"),
        ({}, {"messages": True, "order": 2}, "messages are products of order 2 already\n  leave out order=2"),
        ({}, {"messages": True, "exact": True}, "do not commute with scales\n  leave out messages=True"),
        ({}, {"exact": True, "activation": "gelu"}, "gelu does not commute with the scales"),
        ({"canonical": True}, {"exact": True}, "have no scales left"),
        ({"fourier": 2}, {"exact": True}, "change with scales"),
    ],
)
def test_options_that_do_not_fit_are_refused(given, options, why):
    one, _ = spec_of("mlp", scales=True)
    with pytest.raises(SymshareError, match=why):
        WeightNet(Features(one, **given), 3, **options)


def test_a_spec_without_scales_has_no_exact_net():
    one, _ = spec_of("mlp")
    with pytest.raises(SymshareError, match="has no scales or signs\n  leave out exact=True"):
        WeightNet(Features(one), 3, exact=True)
    with pytest.raises(SymshareError, match="has no scales or signs\n  find it with"):
        Features(one, canonical=True)


def test_products_of_stacked_blocks_are_refused():
    one, _ = spec_of("encoder")
    with pytest.raises(SymshareError, match="products of blocks along Layers are not offered\n  take order=1"):
        WeightNet(Features(one), 3, order=2)


@pytest.mark.parametrize("name", STACKED)
def test_messages_in_stacked_blocks_are_refused(name):
    one, _ = spec_of(name)
    with pytest.raises(SymshareError, match=r"messages in blocks along .* are not offered\n  leave out messages=True"):
        WeightNet(Features(one), 3, messages=True)


@pytest.mark.parametrize(
    "module", [nn.Linear(3, 2), units(nn.ReLU(), sizes=(3, 1, 2))], ids=["a linear map", "one unit between"]
)
def test_messages_without_units_to_move_between_are_refused(module):
    one = spec(module, (torch.zeros(1, 3, dtype=next(module.parameters()).dtype),))
    for out in (3, None):
        with pytest.raises(
            SymshareError, match=r"no weight has an axis of permuted units.*\n  leave out messages=True"
        ):
            WeightNet(Features(one), out, messages=True)


def test_what_a_network_is_prints_its_parameters():
    one, _ = spec_of("mlp")
    found = weight_network(Features(one), 3)
    total = sum(weight.numel() for weight in WeightNet(Features(one), 3).parameters())
    assert f"parameters in all     {total:,}" in str(found)
    assert found.to_dict()["parameters"]["all"] == total
    assert f"parameters={total:,}" in repr(found)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("width", [1, 5])
def test_nets_are_of_every_type_and_of_one_channel(dtype, width):
    one, module = spec_of("attention", scales=True)
    states = [{key: value.to(dtype) for key, value in randomised(module).items()} for _ in range(2)]
    for features in (Features(one), Features(one, canonical=True), Features(one, permute="ends")):
        for out, options in ((None, {}), (1, {"order": 2}), (2, {"messages": True}), (None, {"messages": True})):
            model = WeightNet(features, out, width=width, **options, dtype=dtype)
            found = listed(model(**features(states)))
            assert {each.dtype for each in found} == {dtype}
            assert all(bool(each.isfinite().all()) for each in found)


@pytest.mark.parametrize("options", [{}, {"order": 2}, {"messages": True}, {"exact": True}], ids=str)
@pytest.mark.parametrize("out", [None, 3])
def test_nets_of_one_channel_tell_states_apart_and_learn(options, out):
    one, module = spec_of("mlp", scales=True)
    features, states = Features(one), [randomised(module) for _ in range(4)]
    model = net(features, out, width=1, **options).requires_grad_(True)
    found = listed(model(**features(states)))
    assert all(float(each.detach().std(0).max()) > 1e-6 for each in found)
    sum(each.square().sum() for each in found).backward()
    first = [weight for name, weight in model.named_parameters() if name.startswith("layers.0")]
    assert max(float(weight.grad.abs().max()) for weight in first) > 1e-9


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
        loss = nn.functional.mse_loss(model(**inputs(chosen, step)).squeeze(-1), wanted[chosen])
        loss.backward()
        optimiser.step()
    return model.eval()


def left(model, given, wanted):
    """The part of the variance that is not explained."""
    with torch.no_grad():
        return float((model(**given).squeeze(-1) - wanted).square().mean() / wanted.var())


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


def test_messages_learn_what_a_linear_network_does():
    """Its one number is a product of all weights along each path: beyond linear layers, a chain of two messages."""
    torch.manual_seed(0)
    module = nn.Sequential(*(nn.Linear(*one, bias=False) for one in ((1, 5), (5, 5), (5, 1))))
    features = Features(spec(module, (torch.zeros(1, 1),)))
    states = [{key: torch.randn_like(value) for key, value in module.state_dict().items()} for _ in range(400)]
    wanted = torch.stack([(state["2.weight"] @ state["1.weight"] @ state["0.weight"]).squeeze() for state in states])
    wanted = wanted / wanted.std()
    tensors, found = features(states), {}
    for messages in (False, True):
        torch.manual_seed(0)
        model = WeightNet(features, 1, messages=messages, width=8, depth=2)
        trained(
            model, lambda chosen, _: {name: each[:300][chosen] for name, each in tensors.items()}, wanted[:300], 150
        )
        found[messages] = left(model, {name: each[300:] for name, each in tensors.items()}, wanted[300:])
    print(found)
    assert found[True] < 0.4 < 0.8 < found[False]


def by_loops(form, weight, values):
    """The sums of products of one message, index by index: weights (.., C), values (.., C)."""
    left, right = form.replace("...", "").replace("C", "").split("->")
    own, met = left.split(",")
    lengths = dict(zip(own, weight.shape, strict=False))
    found = torch.zeros([lengths[letter] for letter in right] + [weight.shape[-1]], dtype=weight.dtype)
    for at in itertools.product(*(range(length) for length in lengths.values())):
        value = dict(zip(lengths, at, strict=True))
        product = weight[at] * values[tuple(value[letter] for letter in met)]
        found[tuple(value[letter] for letter in right)] += product
    return found


@pytest.mark.parametrize("name", [name for name in CASES if name not in STACKED])
def test_messages_are_sums_of_products_by_loops(name):
    """Each index of a weight is summed or stays, none twice, and the values and results are those of tensors on its axes."""
    one, _ = spec_of(name)
    made = weight_network(Features(one), 2, messages=True, width=2, pool_width=1)
    hidden, channels = made.signature, 2
    axes = [tensor.axes[:-1] for tensor in hidden.inputs]
    assert made.messages
    for message in made.messages[:40]:
        left, right = message.form.replace("...", "").replace("C", "").split("->")
        own, value = left.split(",")
        whole = axes[message.weight]
        assert {axes[number] for number in message.sources} == {tuple(whole[own.index(letter)] for letter in value)}
        expected = {tuple(whole[own.index(letter)] for letter in right)} if message.targets else set()
        assert {axes[number] for number in message.targets} == expected
        assert set(own) == set(value) | set(right) and len(set(own)) == len(own) and not set(own) <= set(right)
        sizes = {letter: 2 + number for number, letter in enumerate(own)}
        weight = torch.randn(*sizes.values(), channels, dtype=torch.float64)
        values = torch.randn(*(sizes[letter] for letter in value), channels, dtype=torch.float64)
        length = math.prod(sizes[letter] for letter in own if letter not in right)
        row = (0, (0,), (0,), message.form, length)
        post = _post_made((row,), (channels,), channels, channels, {"dtype": torch.float64})
        for mix in post.parameters():
            nn.init.eye_(mix)
        found = _received(post, (row,), [weight], [values])[0]
        assert torch.allclose(found, by_loops(message.form, weight, values) / length**0.5, atol=1e-12)


class Recurrent(nn.Module):
    """Units in two groups that go through a map of all of them again; what bends them looks at their own group."""

    def __init__(self):
        super().__init__()
        self.first, self.again, self.last = nn.Linear(2, 6), nn.Linear(6, 6, bias=False), nn.Linear(6, 2)

    def forward(self, x):
        x = self.first(x)
        for _ in range(2):
            x = self.again(x.unflatten(-1, (2, 3)).softmax(-1).flatten(-2))
        return self.last(x.unflatten(-1, (2, 3)).softmax(-1).flatten(-2))


def test_messages_of_units_in_groups_stay_with_their_groups():
    torch.manual_seed(0)
    module = Recurrent().double()
    one = spec(module, (torch.randn(4, 2, dtype=torch.float64),))
    assert one.order == 2 * math.factorial(3) ** 2
    features, states = Features(one), [randomised(module) for _ in range(2)]
    elements = [one.random(seed) for seed in range(3)]
    moved = [[one.act(state, element) for state in states] for element in elements]
    reads, edits = (net(features, out, messages=True, pool_width=3) for out in (3, None))
    assert_kept(reads, edits, features, states, moved, lambda at, state: one.act(state, elements[at]))


@pytest.mark.parametrize("options", [{}, {"rank": 2}, {"messages": True}, {"messages": True, "rank": 2}], ids=str)
@pytest.mark.parametrize("out", [None, 3])
@pytest.mark.parametrize("units", [(0,), (0, 4), (4, 0)], ids=str)
def test_layers_without_units_and_batches_without_states_are_read(units, out, options):
    widths = (3, *units, 2)
    linear = [nn.Linear(*pair) for pair in itertools.pairwise(widths)]
    module = nn.Sequential(*(each for one in linear for each in (one, nn.ReLU()))).double()
    features = Features(spec(module, (torch.zeros(1, 3, dtype=torch.float64),)))
    model, given = net(features, out, **options), features([module.state_dict()] * 2)
    for number in (2, 0):
        found = listed(model(**{name: one[:number] for name, one in given.items()}))
        assert all(len(one) == number and bool(one.isfinite().all()) for one in found)


def test_messages_of_a_perceptron_go_forward_and_back_and_to_numbers():
    made = weight_network(Features(spec_of("mlp")[0]), 2, messages=True)
    wanted = {"(h0),(h0)->()", "(h2),(h2)->()", "(h2 h0),(h0)->(h2)", "(h2 h0),(h2 h0)->()", "(h2 h0),(h2)->(h0)"}
    assert {one.text for one in made.messages} == wanted
    assert made.to_dict()["messages"] == [one.text for one in made.messages]


class InARow(nn.Sequential):
    def forward(self, rows):
        return super().forward(rows)


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
        plain = trained(
            InARow(*layers), lambda chosen, step, given=given: {"rows": given(chosen, step)}, wanted[:200], 200, 0.003
        )
        found[kind] = left(plain, {"rows": rows[200:]}, wanted[200:])
    print({name: round(one, 3) for name, one in found.items()})
    assert found["symmetric"] + 0.05 < found["moved"] < found["plain"] - 0.1


@pytest.mark.parametrize("name", ["mlp", "siren", "encoder"])
def test_nets_of_specs_with_scales_are_those_of_permutations(name):
    """Scales and signs are in the signature of such a spec; nets are of its permutations alone."""
    with_scales, without = (Features(spec_of(name, scales=scales)[0]) for scales in (True, False))
    module = spec_of(name)[1]
    state = randomised(module)
    for key, tensor in with_scales([state]).items():
        assert torch.equal(tensor, without([state])[key])
    for out in (None, 2):
        assert weight_network(with_scales, out).parameters == weight_network(without, out).parameters
        values = [listed(net(one, out)(**one([state]))) for one in (with_scales, without)]
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(*values, strict=True))


def listed(found):
    return list(found) if isinstance(found, tuple) else [found]
