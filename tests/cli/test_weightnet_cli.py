"""`symshare weightnet`: files of networks that read networks, used without symshare."""

import json
import subprocess
import sys
from importlib.resources import files

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

from symshare.codegen.runtime import marked
from symshare.nn.compiling import load
from symshare.weights import Features, WeightNet, read_spec
from tests import started
from tests.weights.test_features import spec_of
from tests.weights.test_gate import randomised

pytestmark = pytest.mark.usefixtures("copied")

SCALED = ("--canonical",)
CHOICES = {
    # words of the command, with the same in Python: of the features, of the net
    "numbers": (("--out", "3"), {}, {"out": 3}),
    "weights": ((), {}, {}),
    "two values each": (("--each", "2"), {}, {"entries": 2}),
    "low rank": (("--rank", "2", "--dropout", "0.25"), {}, {"rank": 2, "dropout": 0.25}),
    "low rank, numbers": (("--rank", "2", "--out", "1"), {}, {"rank": 2, "out": 1}),
    "messages": (
        ("--messages", "--pool-width", "3", "--out", "1"),
        {},
        {"messages": True, "pool_width": 3, "out": 1},
    ),
    "messages to weights": (("--messages", "--rank", "2"), {}, {"messages": True, "rank": 2}),
    "products": (("--order", "2", "--pool-width", "3", "--out", "1"), {}, {"order": 2, "pool_width": 3, "out": 1}),
    "two states": (("--entries", "2", "--out", "2"), {"entries": 2}, {"out": 2}),
    "waves": (("--fourier", "2", "--out", "2", "--activation", "sin"), {"fourier": 2}, {"out": 2, "activation": "sin"}),
    "canonical": ((*SCALED, "--out", "2"), {"canonical": True}, {"out": 2}),
    "canonical weights": (SCALED, {"canonical": True}, {}),
    "ensemble": (
        (*SCALED, "--ensemble", "3", "--seed", "2", "--out", "2"),
        {"canonical": True, "ensemble": 3, "seed": 2},
        {"out": 2},
    ),
    "ensemble of weights": ((*SCALED, "--ensemble", "3"), {"canonical": True, "ensemble": 3}, {}),
    "exact": (("--exact", "--out", "2"), {}, {"exact": True, "out": 2}),
    "exact weights": (("--exact", "--no-residual"), {}, {"exact": True, "residual": False}),
    "ends": (("--permute", "ends", "--out", "2"), {"permute": "ends"}, {"out": 2}),
    "positions": (
        ("--permute", "ends", "--positions", "3", "--no-normalise"),
        {"permute": "ends"},
        {"positions": 3, "normalise": False},
    ),
    "one of the ends": (("--permute", "In", "--positions", "2"), {"permute": ("In",)}, {"positions": 2}),
}
WITHOUT = """
import json, sys
sys.modules["symshare"] = None
import torch
import net as file
states, samples, out = torch.load("states.pt", weights_only=True), None, json.loads(sys.argv[1])
many = out["entries"]
samples = states if many == 1 else [states[n:n + many] for n in range(0, len(states), many)]
net = file.WeightNet(dtype=torch.float64).eval()
net.load_state_dict(torch.load("net.pt", weights_only=True))
tensors = file.features(samples, file.measured(samples) if out["measured"] else None)
found = net(**tensors)
if out["edited"]:
    found = file.edited(found if isinstance(found, tuple) else (found,), states)
torch.save(found, "found.pt")
"""


def run(*arguments):
    return CliRunner().invoke(main, ["weightnet", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mlp", "encoder"):
        (tmp_path / f"{name}.json").write_text(spec_of(name, scales=name == "mlp")[0].to_json())
    return tmp_path


@pytest.mark.parametrize("what", CHOICES)
def test_a_file_gives_without_symshare_what_the_session_gives(what, folder):
    words, of_features, of_net = CHOICES[what]
    done = run("mlp.json", "-o", "net.py", "--width", "4", "--depth", "2", *words)
    assert (done.exit_code, done.stdout) == (0, "")
    features = Features(read_spec(folder / "mlp.json"), **of_features)
    torch.manual_seed(0)
    net = WeightNet(features, **{"out": None, "width": 4, "depth": 2} | of_net, dtype=torch.float64).eval()
    states = [randomised(spec_of("mlp")[1]) for _ in range(4)]
    samples = states if features.entries == 1 else [states[:2], states[2:]]
    edited = of_net.get("out") is None and "entries" not in of_net
    measured = what in ("numbers", "weights")
    chosen = {"entries": features.entries, "edited": edited, "measured": measured}
    torch.save(net.state_dict(), "net.pt")
    torch.save(states, "states.pt")
    ran = started.run(WITHOUT, json.dumps(chosen))
    assert ran.returncode == 0, ran.stderr
    found = torch.load("found.pt", weights_only=True)
    wanted = net(**(features.measured(samples) if measured else features)(samples))
    if edited:
        wanted = features.states(wanted, states)
        for one, two in zip(found, wanted, strict=True):
            assert one.keys() == two.keys()
            assert all(torch.equal(one[key], two[key]) for key in one)
    else:
        found, wanted = ([one] if isinstance(one, torch.Tensor) else one for one in (found, wanted))
        assert all(torch.equal(one, two) for one, two in zip(found, wanted, strict=True))


@pytest.mark.parametrize("what", CHOICES)
def test_a_file_says_the_command_that_makes_it_and_keeps_its_symmetry(what, folder):
    words, *_ = CHOICES[what]
    assert run("mlp.json", "-o", "spec.py", "--width", "4", "--depth", "2", *words).exit_code == 0
    text = (folder / "spec.py").read_text()
    line = next(line for line in text.splitlines() if line.startswith("  symshare weightnet "))
    (folder / "spec.json").write_text((folder / "mlp.json").read_text())
    assert run(*line.split()[2:]).stdout == text
    for check in (["check", "--isolated"], ["format", "--isolated", "--check"]):
        assert subprocess.run([sys.executable, "-m", "ruff", *check, "spec.py"], check=False).returncode == 0
    done = CliRunner().invoke(main, ["verify", "spec.py"])
    apart = {"positions": "--positions", "one of the ends": "--positions"}
    apart |= {"ensemble": "--ensemble", "ensemble of weights": "--ensemble"}
    if what in apart:
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"verify one without {apart[what]}" in done.stderr
    else:
        assert (done.exit_code, done.stdout.splitlines()[0][-5:]) == (0, "holds"), done.output


def test_a_file_that_breaks_the_symmetry_is_found_out(folder):
    assert run("mlp.json", "-o", "net.py", "--width", "4", "--out", "2").exit_code == 0
    text = (folder / "net.py").read_text()
    broken = text.replace("return self.readout(", "values[0] = values[0].cumsum(-2)\n        return self.readout(")
    (folder / "net.py").write_text(broken)
    done = CliRunner().invoke(main, ["verify", "net.py"])
    assert (done.exit_code, "BREAKS under h0" in done.stdout) == (1, True)


def test_the_number_of_parameters_is_told(folder):
    done = run("mlp.json", "--out", "2", "--json")
    found = json.loads(done.stdout)
    net = WeightNet(Features(read_spec(folder / "mlp.json")), 2)
    total = sum(one.numel() for one in net.parameters())
    assert found["parameters"]["all"] == total
    assert done.stderr == ""
    done = run("mlp.json", "--out", "2", "-o", "there.py")
    assert (
        done.stderr
        == f"there.py: a network of {total:,} parameters on the weights of Sequential, 3 layers of 61 terms\n"
    )
    done = run("mlp.json", "--out", "2", "--max-parameters", "1000", "-o", "net.py")
    assert (done.exit_code, done.stdout, (folder / "net.py").exists()) == (2, "", False)
    assert "over --max-parameters 1,000\n  take a smaller --width" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.json",), "there is no file none.json"),
        (("encoder.json", "--order", "2"), "products of blocks along Layers are not offered"),
        (("encoder.json", "--canonical"), "has no scales or signs"),
        (("mlp.json", "--permute", "nobody"), "there is no axis nobody"),
        (("mlp.json", "--permute", "h0"), "permuted already"),
        (("mlp.json", "--positions", "2"), "permuted beside"),
        (("mlp.json", "--ensemble", "2"), "say canonical=True too"),
        (("mlp.json", "--dropout", "2"), "dropout=2.0 is not from 0 to 1"),
        (("mlp.json", "--exact", "--activation", "gelu"), "does not commute"),
    ],
)
def test_what_does_not_fit_is_said(folder, words, said):
    done = run(*words, "-o", "net.py")
    assert (done.exit_code, done.stdout, (folder / "net.py").exists()) == (2, "", False)
    assert said in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        'a"]; boom(\u2028',
        "a\nimport os\n",
        "ends in a backslash\\",
        '\\", ("',
        "a, b: {(",
        "\U0001f600\x00",
        "long " * 40,
    ],
)
def test_a_name_from_outside_stays_a_name(folder, name):
    """A spec says what its module is called and what weights it has; a file has both as texts."""
    given = json.loads((folder / "mlp.json").read_text())
    given["module"] = '"""\nimport os\n\\'
    text = json.dumps(given).replace('"0.weight"', json.dumps(name))
    (folder / "odd.json").write_text(text)
    done = run("odd.json", "--out", "1", "-o", "odd.py")
    assert done.exit_code == 0, done.output
    loaded = load((folder / "odd.py").read_text())
    assert name in {each for part in loaded.PARTS.values() for each in part["weights"]}
    assert not hasattr(loaded, "os")


@pytest.mark.parametrize("name", ['h"]; boom(', "h\nimport os", "h-1", "", "h0 h1"])
def test_an_axis_that_is_no_word_is_refused(folder, name):
    text = (folder / "mlp.json").read_text().replace('"h0"', json.dumps(name))
    (folder / "odd.json").write_text(text)
    done = run("odd.json", "--out", "1", "-o", "odd.py")
    assert (done.exit_code, (folder / "odd.py").exists()) == (2, False), done.output
    assert "Traceback" not in done.stderr


def test_every_function_for_weights_travels_in_some_file(folder):
    """What no file ever calls would be dead."""
    text = files("symshare").joinpath("nn", "runtime", "weights.py").read_text(encoding="utf-8")
    names = {one.name for one in marked(text)}
    found = set()
    for words, *_ in CHOICES.values():
        source = run("mlp.json", *words).stdout
        found |= {name for name in names if f"\ndef {name}(" in source}
    assert found == names
