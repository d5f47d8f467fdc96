"""The options of a layer are declared once, and every door takes them from there to the plan."""

import inspect
from dataclasses import fields
from typing import get_type_hints

import click
import numpy as np
import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare import SymshareError, derive, network, pools
from symshare.codegen.modules import spec_hash
from symshare.codegen.names import Names
from symshare.nn import compile, load
from symshare.plans import planning
from symshare.plans.arguments import arguments
from symshare.plans.choices import NAMES, OPTIONS, Choices, Options, choices
from symshare.plans.interpret import interpret
from symshare.plans.parameters import Channels

USUAL = {
    "kind": None,
    "reduce": "mean",
    "coefficients": "rank",
    "normalise_scale": False,
    "normalise_factors": False,
    "circular": None,
    "channels": None,
    "form": None,
    "sparse": None,
    "measured": None,
}
"""As the page on Python has them."""
TEXT = "ab"
BASIS = derive(TEXT, 2)
LINEAR = derive(TEXT, 1)


def basis(value):
    """A basis for which an option may have a value."""
    return LINEAR if value == "tables" else BASIS


def values(option):
    """Every value of an option but the usual one, or some of them."""
    if option.allowed:
        return [one for one in option.allowed if one != option.default]
    if option.many:
        return [("ab",)]
    return [not option.default] if isinstance(option.default, bool) else [{"in": 4, "rank": 2}, {"out": 1}]


GIVEN = [(option, value) for option in OPTIONS for value in values(option)]
NAMED = [f"{option.name}={value}" for option, value in GIVEN]
every_value = pytest.mark.parametrize(("option", "value"), GIVEN, ids=NAMED)
every_option = pytest.mark.parametrize("option", OPTIONS, ids=lambda one: one.name)


def words(option, value):
    """An option on the command line, written out by hand."""
    flag = "--" + option.name.replace("_", "-")
    if isinstance(value, dict):
        return [flag, ",".join(f"{name}={number}" for name, number in value.items())]
    if isinstance(value, tuple):
        return [word for name in value for word in (flag, name)]
    return [flag] if value is True else [flag, value]


def run(command, *given):
    done = CliRunner().invoke(
        main, [command, "-s", TEXT, "-k", "1" if {"linear", "tables"} & {*given} else "2", *given]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


DOORS = {
    "plan": lambda option, value: symshare.plan(basis(value), **{option.name: value}),
    "emit": lambda option, value: symshare.emit(basis(value), **{option.name: value}),
    "compile": lambda option, value: compile(basis(value), 2, 3, **{option.name: value}),
    "symshare plan": lambda option, value: run("plan", *words(option, value)),
    "symshare emit": lambda option, value: run("emit", *words(option, value)),
}


@pytest.fixture
def made(monkeypatch):
    """What plans are made from."""
    found, make = [], planning.settled

    def recorded(*given):
        found.append(make(*given))
        return found[-1]

    monkeypatch.setattr(planning, "settled", recorded)
    return found


def test_the_types_are_those_of_the_options():
    declared = [one.name for one in fields(Choices)]
    assert sorted(declared) == sorted(get_type_hints(Options)) == sorted(NAMES)
    assert [option.name for option in OPTIONS] == declared


def test_defaults_are_those_of_the_readme():
    assert {option.name: option.default for option in OPTIONS} == USUAL


@pytest.mark.parametrize(
    "function", [symshare.plan, planning.plan, symshare.emit, compile], ids=lambda one: one.__name__
)
def test_functions_show_the_options_with_their_defaults(function):
    shown = inspect.signature(function).parameters
    for name, default in USUAL.items():
        assert (shown[name].kind, shown[name].default) == (inspect.Parameter.KEYWORD_ONLY, default)
    assert "options" not in shown


@pytest.mark.parametrize("door", DOORS)
@every_value
def test_every_door_takes_every_option_to_the_plan(door, option, value, made):
    DOORS[door](option, value)
    wanted = tuple(value.items()) if isinstance(value, dict) else value
    assert getattr(made[0].choices, option.name) == wanted
    usual = choices({}, made[0].choices.kind)
    for other in OPTIONS:
        # a pooling layer that is compiled expects the channel numbers that it gets
        if other.name not in (option.name, "kind") and (option.name, other.name, door) != (
            "kind",
            "channels",
            "compile",
        ):
            assert getattr(made[0].choices, other.name) == getattr(usual, other.name)


@pytest.mark.parametrize("door", ["plan", "emit", "compile"])
@every_option
def test_none_is_what_is_usual(door, option, made):
    DOORS[door](option, None)
    assert made[0].choices == choices({}, "polynomial")


@every_value
def test_a_plan_keeps_its_options(option, value):
    given = {option.name: value}
    kept = symshare.plan(basis(value), **given)
    assert symshare.emit(kept, **given) == symshare.emit(kept) == symshare.emit(basis(value), **given)
    other = symshare.plan(BASIS, kind="linear" if value == "polynomial" else None)
    with pytest.raises(SymshareError, match=f"the plan is made with {option.name}=.*, not .*\n  give it to plan"):
        symshare.emit(other, **given)


@every_value
def test_a_compiled_layer_is_the_emitted_one(option, value):
    given = {"channels": {"in": 2}, option.name: value}
    assert type(compile(basis(value), 2, 3, **given)) is load(symshare.emit(basis(value), **given)).Layer


@pytest.mark.parametrize("option", [one for one in OPTIONS if one.allowed], ids=lambda one: one.name)
def test_values_that_do_not_exist_are_named(option):
    allowed = ", ".join(map(repr, option.allowed))
    for make in (symshare.plan, symshare.emit):
        with pytest.raises(SymshareError, match=f"^{option.name}='nonsense' is not one of {allowed}$"):
            make(BASIS, **{option.name: "nonsense"})


@pytest.mark.parametrize("wrong", [{"in": 0}, {"width": 3}, {"in": "4"}, {"rank": 2.5}, [4], 4], ids=repr)
def test_channel_numbers_that_are_none_are_refused(wrong):
    for make in (symshare.plan, symshare.emit):
        with pytest.raises(SymshareError, match=r"channels.*\n  give .*'in'"):
            make(BASIS, channels=wrong)


def test_a_name_that_is_no_option_is_refused():
    for make in (symshare.plan, symshare.emit):
        with pytest.raises(TypeError, match=r"plan\(\) got an unexpected keyword argument 'nonsense'"):
            make(BASIS, nonsense=3)
    with pytest.raises(TypeError, match=r"Layer.__init__\(\) got an unexpected keyword argument 'nonsense'"):
        compile(BASIS, 2, 3, nonsense=3)


def test_a_pooling_layer_expects_the_channels_it_is_asked_to(made):
    compile(pools("ab", 2), 2, 3, rank=5)
    compile(pools("ab", 2), 2, 3, rank=5, channels={"in": 64})
    compile(symshare.plan(pools("ab", 2)), 2, 3, kind="pooling")
    assert [dict(one.choices.channels) for one in made] == [{"in": 2, "out": 3, "rank": 5}, {"in": 64}, {}]


@pytest.mark.parametrize("command", ["plan", "emit"])
@every_option
def test_the_command_line_says_what_is_declared(command, option):
    found = {one.name: one for one in main.get_command(click.Context(main), command).params}[option.name]
    assert found.help == option.sentence
    assert found.opts == ["--" + option.name.replace("_", "-")]
    if option.allowed:
        assert tuple(found.type.choices) == option.allowed
    assert found.default == option.default or not option.allowed
    assert [one.removeprefix("--").replace("-", "_") for one in found.secondary_opts] == [option.off] * bool(option.off)


@every_value
def test_arguments_are_the_words_that_say_an_option(option, value):
    said = arguments({option.name: value})
    if isinstance(value, dict):
        assert said == [word for name, number in value.items() for word in ("--channels", f"{name}={number}")]
    else:
        assert said == words(option, value)
    assert arguments({option.name: value}, usual={option.name: value}) == []
    assert arguments({option.name: option.default}) == []


@every_value
def test_networks_take_the_options_that_are_theirs(option, value):
    given = ["emit", "-s", TEXT, "--network", "einnet", *words(option, value)]
    done = CliRunner().invoke(main, given)
    if option.networks:
        made = network(TEXT, **{option.name: value})
        assert getattr(made.pooling.choices, option.name) == value
        assert (done.exit_code, done.stdout) == (0, symshare.emit(made))
    else:
        assert done.exit_code == 2
        flag = "--" + option.name.replace("_", "-")
        assert f"{flag} is for a single layer; leave it out with --network" in done.stderr


def test_networks_turn_off_what_they_do_by_default():
    done = CliRunner().invoke(main, ["emit", "-s", TEXT, "--network", "einnet", "--plain-factors"])
    assert done.stdout == symshare.emit(network(TEXT, normalise_factors=False))
    assert "--plain-factors" in done.stdout


def numbers(made):
    """What a plan makes of fixed inputs, with parameters that follow from their names."""
    lengths = {"in": 2, "out": 3, "rank": 2}
    weights = {
        one.name: np.random.default_rng(sum(one.name.encode())).normal(
            size=[lengths[extent.side] if isinstance(extent, Channels) else extent for extent in one.shape]
        )
        for one in made.parameters
    }
    (found,) = interpret(made, weights, [np.random.default_rng(0).normal(size=(2, 4, 3, 2)) + 1])
    return weights.keys(), found


@pytest.mark.parametrize("order", [1, 2])
@every_value
def test_weights_of_layers_that_compute_something_else_are_refused(option, value, order):
    """Whatever an option changes, and nothing that it does not, is in the hash of a layer."""
    basis = derive("atH->tH", order, axes={"t": "C(3)"})
    try:
        plain, other = symshare.plan(basis), symshare.plan(basis, **{option.name: value})
    except SymshareError:
        pytest.skip("an option of other layers")
    (names, one), (others, two) = numbers(plain), numbers(other)
    alike = names == others and np.allclose(one, two)
    specs = [spec_hash(made, Names(made)) for made in (plain, other)]
    assert (specs[0] == specs[1]) == alike or option.name == "kind"


@every_option
def test_a_flag_that_is_told_is_a_constant_of_the_file(option):
    line = f"{option.name.upper()} = True"
    assert line not in symshare.emit(BASIS).splitlines()
    if isinstance(option.default, bool):
        assert (line in symshare.emit(BASIS, **{option.name: True}).splitlines()) == option.told
