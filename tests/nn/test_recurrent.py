"""Recurrent networks: the same layers again and again, with outputs after each round."""

import importlib.util
import inspect
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

from symshare import SymshareError, emit, network, signature
from symshare.nn import EinNet
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.nn.padding import padded


def run(arguments):
    return CliRunner().invoke(main, shlex.split(arguments))


def made(text="abH->aH", rounds=3, channels=(2, 3), seed=0, **options):
    torch.manual_seed(seed)
    sizes = {"width": 8, "pool_width": 4, "depth": 2} | options
    return EinNet(text, *channels, rounds=rounds, **sizes)


TYPES = [
    ("aH", 2, ()),
    ("abH", 3, ()),
    ("aaH->aH", 2, ()),
    ("aab->b", 2, ()),
    ("a->ab", 2, ()),
    ("ab,b->ab", 2, ()),
    ("ab,ab->b,a", 2, ()),
    ("ab,b->b,ab", 2, ("b->a",)),
    ("abcH->acH", 2, ("a->b",)),
]


@pytest.mark.parametrize(("text", "order", "depends"), TYPES)
def test_recurrent_networks_are_equivariant(text, order, depends):
    one = signature(text, depends=depends)
    model = made(one, order=order, dtype=torch.float64)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    inputs = random_inputs(model, one, small_sizes(one))
    errors = equivariance_errors(model, one, inputs)
    assert sorted(errors) == sorted(one.set_axes)
    assert max(errors.values()) < 1e-9


def test_outputs_after_each_round_are_those_of_fewer_rounds():
    model, x = made(rounds=4), torch.randn(5, 4, 6, 2)
    every = model(x, every=True)
    assert every.shape == (4, 5, 4, 3)
    assert all(torch.equal(one, made(rounds=rounds)(x)) for rounds, one in enumerate(every, 1))
    assert not torch.allclose(every[0], every[3], atol=1e-3)


def test_the_number_of_rounds_may_be_given_when_it_is_called():
    model, x = made(rounds=2), torch.randn(4, 6, 2)
    assert torch.equal(model(x), model(x, rounds=2))
    assert torch.equal(model(x, rounds=7), made(rounds=7)(x))
    every = model(x, rounds=7, every=True)
    assert every.shape == (7, 4, 3)
    assert torch.equal(every[1], model(x))


def test_several_outputs_are_stacked_each():
    one = made("ab,b->b,ab", rounds=3, channels=((2, 3), (4, 5)))
    x, y = torch.randn(7, 3, 4, 2), torch.randn(7, 4, 3)
    first, second = one(x, y, every=True)
    assert (first.shape, second.shape) == ((3, 7, 4, 4), (3, 7, 3, 4, 5))
    for rounds in (1, 2, 3):
        alone = one(x, y, rounds=rounds)
        assert torch.equal(alone[0], first[rounds - 1])
        assert torch.equal(alone[1], second[rounds - 1])


def test_a_round_is_the_layers_and_a_division_by_the_size_of_the_channels():
    """One round by hand: add what each layer says of the activated values, then divide by the root mean square."""
    model, x = made(rounds=2, dtype=torch.float64), torch.randn(4, 6, 2, dtype=torch.float64)
    hidden = model.lift(x)
    for _ in range(2):
        for layer in model.layers:
            hidden = hidden + layer(torch.nn.functional.gelu(hidden))
        hidden = hidden / hidden.square().mean(-1, keepdim=True).sqrt()
    assert torch.allclose(model(x), model.head(hidden), rtol=1e-9)


def test_many_rounds_stay_in_bounds():
    """Values that are read have root mean square one, however large weights and inputs and however many the rounds."""
    model, kept = made("abH", rounds=200, dtype=torch.float64), []
    model.head.register_forward_pre_hook(lambda module, given: kept.append(given[0]))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 3
    model(1e6 * torch.randn(4, 6, 2, dtype=torch.float64), every=True)
    assert len(kept) == 200
    assert all(torch.allclose(one.square().mean(-1), torch.ones(4, 6, dtype=torch.float64)) for one in kept)


def test_zeros_give_numbers_and_derivatives():
    model, x = made(), torch.zeros(4, 6, 2, requires_grad=True)
    value = model(x, every=True)
    value.sum().backward()
    assert value.isfinite().all()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize(("text", "order"), [("aH->H", 2), ("abH->aH", 3), ("abH", 2)])
def test_padding_does_not_count(text, order):
    model = made(text, order=order, dtype=torch.float64)
    one = signature(text)
    x, wide, masks, kept = padded(one)
    found = model(wide, masks, every=True)[(slice(None), slice(None), *kept)]
    assert torch.allclose(found, model(x, every=True), rtol=1e-12, atol=1e-12)


def test_checkpoints_change_nothing_but_memory():
    values = []
    for checkpoint in (False, True):
        model = made("abH->H", checkpoint=checkpoint, dtype=torch.float64)
        x = torch.ones(3, 4, 2, dtype=torch.float64).cumsum(0).requires_grad_()
        model(x, every=True).square().sum().backward()
        values.append([x.grad, *(parameter.grad for parameter in model.parameters())])
    assert all(torch.allclose(one, two, rtol=1e-12) for one, two in zip(*values, strict=True))
    assert all(one.abs().sum() > 0 for one in values[0][1:2])


def test_layers_learn_from_every_round():
    """The derivative of a weight is the sum of its derivatives in each round: checked by differences."""
    model = made("aH", rounds=3, dtype=torch.float64)
    x = torch.randn(4, 2, dtype=torch.float64)
    weight = next(model.layers[0].parameters())
    direction = torch.randn_like(weight)
    model(x).square().sum().backward()
    slope, found = (weight.grad * direction).sum().item(), []
    for step in (1e-5, -1e-5):
        with torch.no_grad():
            weight += step * direction
            found.append(model(x).square().sum().item())
            weight -= step * direction
    assert slope == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "every", "shapes"), [("abH->aH", False, [(5, 6, 2)]), ("ab,b->b,ab", True, [(5, 6, 2), (6, 2)])]
)
def test_a_recurrent_network_compiles_in_one_piece(text, every, shapes):
    model = made(text, rounds=2, depth=1, order=1)
    compiled = torch.compile(model, fullgraph=True, dynamic=True, backend="aot_eager")
    for more in (0, 1):
        inputs = [torch.randn(*(size + more for size in shape[:-1]), 2) for shape in shapes]
        one, two = compiled(*inputs, every=every), model(*inputs, every=every)
        pairs = zip(one, two, strict=True) if isinstance(one, tuple) else [(one, two)]
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in pairs)


def test_a_recurrent_network_is_exported_at_other_sizes():
    model = made(rounds=2, depth=1)
    a, b = torch.export.Dim("a", min=2, max=64), torch.export.Dim("b", min=2, max=64)
    x = torch.randn(9, 4, 2)
    for options in ({}, {"rounds": 3, "every": True}):
        shapes = ({0: a, 1: b}, *([None] * len(options)))
        program = torch.export.export(model, (torch.randn(5, 6, 2),), kwargs=options, dynamic_shapes=shapes)
        assert torch.allclose(program.module()(x, **options), model(x, **options), atol=1e-5)


def ruff():
    beside = Path(sys.executable).with_name("ruff")
    found = str(beside) if beside.is_file() else shutil.which("ruff")
    if found is None:
        pytest.skip("ruff is not installed")
    return found


def test_recurrent_files_are_clean_and_need_torch_alone(tmp_path):
    texts = ["abH->aH", "ab,b->b,ab", "a->ab", "WabH,Vb->VbH,Wab"]
    for number, text in enumerate(texts):
        source = emit(network(text, 2, width=8, pool_width=4, depth=2, rounds=1 if number == 2 else 12))
        assert "import symshare" not in source
        assert "from symshare" not in source
        (tmp_path / f"net{number}.py").write_text(source)
    for command in (["check", "--isolated"], ["format", "--isolated", "--check"]):
        done = subprocess.run([ruff(), *command, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_recurrent_file_computes_what_the_model_does(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(emit(network("abH->aH", 2, width=8, pool_width=4, depth=2, rounds=3)))
    spec = importlib.util.spec_from_file_location("recurrent_file", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, other = made(), module.EinNet(2, 3)
    other.load_state_dict(model.state_dict())
    x = torch.randn(4, 6, 2)
    assert torch.equal(model(x, every=True), other(x, every=True))


def test_weights_of_plain_and_recurrent_networks_are_exchangeable():
    """The layers are the same, and rounds add no weights; but the values differ: only rounds are brought to size."""
    plain, once, often = made(rounds=None), made(rounds=1, seed=1), made(rounds=9, seed=2)
    x = torch.randn(4, 6, 2)
    for model in (once, often):
        model.load_state_dict(plain.state_dict())
    assert torch.equal(once(x), often(x, rounds=1))
    assert not torch.allclose(once(x), plain(x), atol=1e-3)
    hidden = plain.lift(x)
    for layer in plain.layers:
        hidden = hidden + layer(torch.nn.functional.gelu(hidden))
    assert torch.allclose(plain.head(hidden), plain(x), atol=1e-6)
    plain.load_state_dict(made(rounds=5, seed=3).state_dict())
    with pytest.raises(RuntimeError, match=r"layers\.1"):
        made(rounds=5, depth=1).load_state_dict(plain.state_dict())


def test_a_plain_network_knows_no_rounds():
    model = made(rounds=None)
    assert {"rounds", "every"}.isdisjoint(inspect.signature(model.forward).parameters)
    with pytest.raises(TypeError, match="rounds"):
        model(torch.randn(4, 6, 2), rounds=3)


@pytest.mark.parametrize("rounds", [0, -1, 2.5, "3"])
def test_a_number_of_rounds_that_is_none_is_refused(rounds):
    with pytest.raises(SymshareError, match="rounds="):
        network("abH", 2, rounds=rounds)


def test_a_recurrent_network_learns_to_go_on():
    """The sum over all is spread by rounds; each is judged, and the last is not worse than a plain network's mean guess."""
    model = made("abH->aH", rounds=4, channels=(1, 1), depth=1)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(100):
        x = torch.randn(32, 5, 6, 1)
        loss = (model(x, every=True) - x.square().mean(-2)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    x = torch.randn(500, 5, 6, 1)
    y = x.square().mean(-2)
    errors = (model(x, every=True) - y).square().mean((1, 2, 3)) / y.var()
    assert errors[-1] < 0.3
    assert errors[-1] < errors[0]


@pytest.mark.parametrize(
    "arguments",
    [
        "-s 'abH->aH' -k 3 --network einnet --depth 2 --width 32 --pool-width 4 --rounds 5",
        "-s 'ab,b->b,ab' -k 2 --network einnet --depth 1 --rounds 1 --depends 'b->a'",
        "-s aabH -k 2 --network einnet --depth 1 --rounds 12 --only 'aab->aab' --only 'aab,aab->aab' --plain-factors",
    ],
)
def test_a_recurrent_file_names_the_command_that_makes_it(arguments):
    written = run(f"emit {arguments}")
    assert written.exit_code == 0, written.output
    lines = written.stdout.splitlines()
    command = lines[lines.index("Made by:") + 1].strip()
    assert "--rounds" in command
    assert run(command.removeprefix("symshare ")).stdout == written.stdout


def test_a_recurrent_file_is_verified(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(emit(network("ab,b->b,ab", 2, depends=["b->a"], width=8, pool_width=4, depth=1, rounds=3)))
    done = run(f"verify {path} --json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["ok"]
    assert sorted(found["errors"]) == ["a", "b"]


def test_a_recurrent_file_that_breaks_the_symmetry_is_found_out(tmp_path):
    text = run("emit -s abH --network einnet --depth 1 --rounds 2").stdout
    path = tmp_path / "net.py"
    path.write_text(text.replace("hidden = _unit(hidden)", "hidden = _unit(hidden).cumsum(-2)"))
    assert path.read_text() != text
    assert run(f"verify {path}").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("emit -s abH --rounds 3", "--rounds is for a network; add --network einnet"),
        ("emit -s abH --network einnet --rounds 0", "--rounds"),
        ("emit -s abH --network einnet --rounds -2", "--rounds"),
        ("emit -s abH --network einnet --rounds many", "--rounds"),
        ("emit -s abH --network einnet --rounds 2 --kind linear", "--kind is for a single layer"),
    ],
)
def test_mistakes_with_rounds_are_named(arguments, message, tmp_path):
    path = tmp_path / "net.py"
    done = run(f"{arguments} -o {path}")
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not path.exists()


@pytest.mark.parametrize("every", [False, True])
def test_no_rounds_are_refused_when_called(every):
    with pytest.raises(ValueError, match="rounds=0 is not a whole number"):
        made()(torch.randn(4, 6, 2), rounds=0, every=every)
