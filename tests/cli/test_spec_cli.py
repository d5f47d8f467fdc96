"""`symshare spec` of files of people's own: what it finds, writes and refuses."""

import json
import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare.weights import read_spec

pytestmark = pytest.mark.usefixtures("copied")

ROOT = Path(symshare.__file__).resolve().parent.parent
NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 5), nn.Linear(5, 2)

    def forward(self, x, *, scale=1.0, mask=None):
        h = torch.relu(self.a(x)) * scale
        return self.b(h if mask is None else h.masked_fill(mask[..., None], 0.0))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.o = nn.Embedding(7, 4), nn.Linear(4, 2)

    def forward(self, tokens):
        return self.o(torch.tanh(self.e(tokens)))


class Odd(Net):
    def forward(self, x):
        return self.b(self.a(x @ torch.linalg.inv(self.a.weight.T @ self.a.weight)))


class Ends(Net):
    def forward(self, x):
        raise SystemExit(3)


class Decides(Net):
    def forward(self, x):
        return self.b(self.a(x)) if x.sum() > 0 else x[:, :2]


def meta():
    return nn.Linear(3, 2, device="meta")


def lazy():
    return nn.LazyLinear(2)


def quantised():
    return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 2)), {nn.Linear})


def in_training():
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 2)).train()


def unknown():
    module = Net()
    module.a.weight.data[0, 0] = float("nan")
    return module


def make():
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 6, batch_first=True), 3)


number = 3
"""


@pytest.fixture
def net(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


def run(folder, *arguments):
    return command(folder, "spec", *arguments)


def command(folder, *arguments):
    with chdir(folder):
        return CliRunner(env={"COLUMNS": "100"}).invoke(main, arguments)


def test_a_spec_is_printed(net):
    """By the command as it is started outside of tests."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'cli'}", "COLUMNS": "100"}
    words = [sys.executable, "-m", "symshare_cli.main", "spec", "net.py:Net", "--example", "4,3"]
    done = subprocess.run(words, cwd=net, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "net.py:Net: 120 permutations",
        "tensor    axes     tied to",
        "a.weight  (a In)",
        "a.bias    (a)",
        "b.weight  (Out a)",
        "b.bias    (Out)",
        "",
        "axis  size  moved by  why",
        "a        5  S_5",
        "In       3  nothing   an input",
        "Out      2  nothing   an output",
    ]


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        (("net.py:Net", "--example", "4,3", "--forward-kwargs", '{"scale": 2.0}'), 120),
        (("net.py:Net", "--example", "4,3", "--forward-kwargs", '{"mask": {"example": "4:bool"}}'), 120),
        (("net.py:Words", "--example", "2,5:int64"), 24),
        (("net.py:Words", "--example", "2,5:int64", "--inputs", "permuted"), 24 * 5_040),
        (("net.py:Net", "--example", "4,3", "--inputs", "permuted", "--outputs", "permuted"), 120 * 6 * 2),
        (("net.py:make", "--example", "2,4,8"), str((2 * (24 * 24) ** 2 * 720) ** 3)),
    ],
)
def test_the_number_of_permutations(net, arguments, order):
    done = run(net, *arguments, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["order"] == order


def test_a_spec_is_written_and_read_again(net):
    arguments = ("net.py:make", "--example", "2,4,8", "-o", "spec.json")
    done = run(net, *arguments)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "spec.json: the spec of net.py:make\n"
    one = read_spec((net / "spec.json").read_text())
    assert one.repeats[0].children == ("0", "1", "2")
    assert run(net, *arguments).exit_code == 2
    assert run(net, *arguments, "--force").exit_code == 0


def test_overrides_from_a_file(net):
    (net / "axes.toml").write_text('[axes]\n"a.weight" = "(hidden In)"\n')
    done = run(net, "net.py:Net", "--example", "4,3", "--overrides", "axes.toml")
    assert done.exit_code == 0
    assert "b.weight  (Out hidden)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("net.py:Net",), "without an example of its inputs"),
        (("net.py:Net", "--example", "4,4"), "does not take inputs of the shapes 4,4"),
        (("net.py:Net", "--example", "x"), "is not a shape"),
        (("net.py:Net", "--example", "4,3", "--forward-kwargs", "{"), "is no JSON"),
        (("net.py:Net", "--example", "4,3", "--forward-kwargs", "3"), "is no object"),
        (("net.py:Net", "--example", "4,3", "--forward-kwargs", '{"mask": {"example": "x"}}'), "is not a shape"),
        (("net.py:Net", "--example", "4,3", "--forward-kwargs", '{"nobody": 3}'), "nobody"),
        (("net.py:Odd", "--example", "2,3"), "there is no rule for linalg_inv_ex"),
        (("net.py:Ends", "--example", "2,3"), "stops the process"),
        (("net.py:Decides", "--example", "2,3"), "decides by the values of tensors"),
        (("net.py:meta", "--example", "2,3"), "is on the device meta"),
        (("net.py:lazy", "--example", "2,3"), "without a shape yet"),
        (("net.py:quantised", "--example", "2,3"), "is quantised"),
        (("net.py:Nobody", "--example", "2,3"), "has no Nobody"),
        (("net.py:number", "--example", "2,3"), "is of type int"),
        (("none.py:Net", "--example", "2,3"), "there is no file none.py"),
        (("net.py", "--example", "2,3"), "names no module in a file"),
        (("net.py:Net", "--example", "4,3", "--overrides", "none.toml"), "there is no file none.toml"),
    ],
)
def test_mistakes_are_answered_in_a_few_lines(net, arguments, said):
    done = run(net, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    """A folder with the specs of a net with one hidden axis, and of a transformer with two blocks."""
    folder = tmp_path_factory.mktemp("specs")
    (folder / "net.py").write_text(NET)
    for name, shape in (("Net", "4,3"), ("make", "2,4,8")):
        done = run(folder, f"net.py:{name}", "--example", shape, "-o", f"{name}.json")
        assert done.exit_code == 0
    return folder


WRITTEN = ("-s", "a_weight:(a In),a_bias:(a),b_weight:(Out a),b_bias:(Out)")
SIZES = ("--size", "In=3", "--size", "Out=2")


@pytest.mark.parametrize(
    ("arguments", "fixed"),
    [
        (("derive", "-k", "1"), SIZES),
        (("count", "-k", "2"), SIZES),
        (("count", "-k", "2", "--json"), SIZES),
        (("pools", "-k", "2"), SIZES),
        (("plan",), ()),
        (("plan", "--json"), ()),
        (("emit",), ()),
    ],
)
def test_every_command_takes_a_spec_as_it_takes_its_text(specs, arguments, fixed):
    by_spec = command(specs, *arguments, "--spec", "Net.json")
    by_text = command(specs, *arguments, *WRITTEN, *fixed)
    assert (by_spec.exit_code, by_spec.stderr) == (by_text.exit_code, by_text.stderr)
    assert by_spec.stdout == by_text.stdout
    assert by_spec.stdout or by_spec.exit_code


@pytest.mark.parametrize(
    "arguments",
    [("derive", "-k", "1"), ("count", "-k", "2", "--json"), ("solve", "-k", "1"), ("plan",), ("emit",), ("pools",)],
)
def test_every_command_takes_a_spec_with_scales_as_it_takes_its_text(specs, arguments):
    moved = ("--inputs", "permuted", "--outputs", "permuted", "--scales")
    if not (specs / "scaled.json").exists():
        assert run(specs, "net.py:Net", "--example", "4,3", *moved, "-o", "scaled.json").exit_code == 0
    text = ("-s", "a_weight:(a a_2),a_bias:(a),b_weight:(b a_dual),b_bias:(b)")
    by_spec = command(specs, *arguments, "--spec", "scaled.json")
    by_text = command(specs, *arguments, *text, "--axis", "a=Scaled", "--axis", "a_dual=dual(a)")
    assert (by_spec.exit_code, by_spec.stderr, by_spec.stdout) == (by_text.exit_code, by_text.stderr, by_text.stdout)
    assert by_spec.stdout or by_spec.exit_code
    if "--json" in arguments:
        assert json.loads(by_spec.stdout)["counts"] == [1, 9, 18]


def test_a_spec_has_its_dependencies_with_it(specs):
    done = command(specs, "count", "--spec", "make.json", "-k", "1", "--json")
    found = json.loads(done.stdout)
    assert "Layers->linear1" in found["depends"]
    assert found["sizes"]["Layers"] == 3
    one = read_spec((specs / "make.json").read_text())
    assert found["counts"] == [symshare.count(one.signature, order) for order in (0, 1)]


def test_a_module_on_weights_is_checked_with_a_spec(specs):
    (specs / "maps.py").write_text(
        "import torch\n\n\nclass Map(torch.nn.Module):\n    def forward(self, w, b, v, c):\n"
        "        return w + b[..., None], b * 2, v - v.mean(-1, keepdim=True), c.flip(-1)\n"
    )
    shapes = [one for shape in ("2,5,3", "2,5", "2,2,5", "2,2") for one in ("--example", shape)]
    done = command(specs, "check", "maps.py:Map", "--spec", "Net.json", *shapes)
    assert (done.exit_code, done.stderr) == (0, "")
    (specs / "broken.py").write_text((specs / "maps.py").read_text().replace("b * 2", "b.cumsum(-1)"))
    assert command(specs, "check", "broken.py:Map", "--spec", "Net.json", *shapes).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--spec", "Net.json", "-s", "ab"), "--symmetry and --spec"),
        ((), "--spec with a file"),
        (("--spec", "none.json"), "there is no file none.json"),
        (("--spec", "."), "cannot be read"),
        (("--spec", "net.py"), "no spec in JSON"),
        (("--spec", "Net.json", "--depends", "a->nobody"), "nobody"),
        (("--spec", "Net.json", "--axis", "In=C"), "latent axis"),
        (("--spec", "Net.json", "--size", "nobody=4"), "nobody"),
    ],
)
@pytest.mark.parametrize("name", [("derive", "-k", "1"), ("emit",)], ids=["derive", "emit"])
def test_what_does_not_go_with_a_spec_is_said(specs, name, arguments, said):
    done = command(specs, *name, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "said"), [(("derive", "-k", "1"), "contradicts the signature"), (("emit",), "leave out the size of In")]
)
def test_a_length_that_a_spec_does_not_have_is_refused(specs, name, said):
    done = command(specs, *name, "--spec", "Net.json", "--size", "In=4")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_what_is_done_with_a_module_in_training_is_said(net):
    done = run(net, "net.py:in_training", "--example", "4,3")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "evaluated in evaluation mode, BatchNorm1d, Dropout too" in done.stdout


def test_weights_that_are_no_numbers_do_not_matter(net):
    done = run(net, "net.py:unknown", "--example", "4,3", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["order"] == 120


def test_scales_are_found_where_asked_for(net):
    done = run(net, "net.py:Net", "--example", "4,3", "--scales", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    (scale,) = json.loads(done.stdout)["scales"]
    assert (scale["axis"], scale["kind"]) == ("a", "positive")
    assert scale["powers"] == {"a.weight": [[1, 0]], "a.bias": [[1]], "b.weight": [[0, -1]]}
