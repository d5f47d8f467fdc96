"""State dicts of layers that are written as tables: saved and loaded as those of layers with a statement for each term."""

import pytest
import torch

import symshare
from symshare.nn import load

TEXT = "W:abH,v:bH->W:abH,v:bH"
ONE = "mix.v_b__v_b"
STATES = {
    "whole": lambda state: state,
    "without the numbers of the layer": lambda state: {key: one for key, one in state.items() if key != "spec"},
    "none": lambda state: {},
    "one weight": lambda state: {ONE: state[ONE] + 1},
    "no tensor": lambda state: state | {ONE: None},
    "a list": lambda state: state | {ONE: [1.0, 2.0]},
    "an array": lambda state: state | {ONE: state[ONE].numpy()},
    "another shape": lambda state: {key: one + (key != "spec") for key, one in state.items()} | {ONE: torch.ones(2, 2)},
    "a shape that could be spread": lambda state: state | {ONE: torch.ones(1, 1)},
    "without values": lambda state: {key: one if key == "spec" else one.to("meta") for key, one in state.items()},
    "other keys": lambda state: state | {"mix.other": torch.ones(1), "other.one.two": torch.ones(2)},
    "single precision": lambda state: {key: one.float() if key != "spec" else one for key, one in state.items()},
    "another layer": lambda state: state | {"spec": torch.tensor((1, 2, 3))},
}


def layers(text=TEXT, number=0):
    """A layer of either form with the same weights."""
    torch.manual_seed(number)
    found = [load(symshare.emit(text, form=form)).Layer(2, 3, dtype=torch.float64) for form in ("statements", "tables")]
    found[1].load_state_dict(found[0].state_dict())
    return found


def copied(layer):
    return {key: one.clone() for key, one in layer.state_dict().items()}


def outcome(layer, state, **options):
    """What comes of loading: keys that were missing or unexpected, or the words of the error; and the weights."""
    try:
        found = [sorted(keys) for keys in layer.load_state_dict(state, **options)]
    except RuntimeError as error:
        found = [sorted(word.strip('",.') for word in str(error).split())]
    return found, copied(layer)


@pytest.mark.filterwarnings("ignore:for .* copying from a non-meta")
@pytest.mark.parametrize(
    "options", [{}, {"strict": False}, {"assign": True}, {"strict": False, "assign": True}], ids=str
)
@pytest.mark.parametrize("name", STATES)
def test_what_comes_of_a_state_is_the_same_in_both_forms(name, options):
    if name == "without values" and "assign" in options:
        return  # torch leaves a layer of weights without values then
    found = [outcome(layer, STATES[name](copied(layer)), **options) for layer in layers()]
    said, weights = zip(*found, strict=True)
    assert said[0] == said[1]
    for key, one in weights[0].items():
        assert torch.equal(one, weights[1][key].to(one)), key


def test_weights_without_values_that_no_state_has_are_no_numbers():
    with torch.device("meta"):
        layer = load(symshare.emit(TEXT, form="tables")).Layer(2, 3)
    layer.load_state_dict({ONE: torch.ones(2, 3)}, strict=False, assign=True)
    assert torch.equal(layer.state_dict()[ONE], torch.ones(2, 3))
    assert layer.bias.isnan().all()


@pytest.mark.parametrize("form", [0, 1])
def test_hooks_are_called_and_may_rename_weights(form):
    layer, seen = layers()[form], []

    def renamed(module, state, prefix, *rest):
        seen.append(type(module).__name__)
        for key in [key for key in state if key.startswith(f"{prefix}old.")]:
            state[prefix + key.removeprefix(f"{prefix}old.")] = state.pop(key)

    layer.register_load_state_dict_pre_hook(renamed)
    layer.register_load_state_dict_post_hook(lambda *rest: seen.append("after"))
    state = {f"0.old.{key}": one + 1 for key, one in layer.state_dict().items() if key != "spec"}
    torch.nn.Sequential(layer).load_state_dict(state | {"0.spec": layer.spec})
    assert seen == ["Layer", "after"]
    assert all(torch.equal(layer.state_dict()[key[6:]], one) for key, one in state.items())


def test_what_is_added_to_a_layer_is_saved_and_loaded_with_it():
    for layer in layers():
        layer.more = torch.nn.Linear(2, 2)
        layer.register_buffer("kept", torch.ones(2))
        layer.register_buffer("left", torch.ones(2), persistent=False)
        state = copied(layer)
        assert {"more.weight", "more.bias", "kept"} <= set(state)
        assert "left" not in state
        layer.kept.zero_()
        layer.load_state_dict(state)
        assert torch.equal(layer.kept, torch.ones(2))


@pytest.mark.parametrize(
    "text", ["bH,in_:H->bH,in_:H", "(b Heads),in_:(Heads)->(b Heads),in_:(Heads)", "a_:aH,a:aH,a__:H"]
)
def test_keys_are_those_of_statements_where_names_end_in_underscores(text):
    one, two = layers(text)
    assert set(one.state_dict()) == set(two.state_dict())
