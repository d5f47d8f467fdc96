"""`symshare spec` of files of people's own: what it finds, writes and refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import symshare
from symshare.weights import read_spec

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


def make():
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 6, batch_first=True), 3)


number = 3
"""


@pytest.fixture
def net(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


def run(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'cli'}", "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "symshare_cli.main", "spec", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_spec_is_printed(net):
    done = run(net, "net.py:Net", "--example", "4,3")
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
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["order"] == order


def test_a_spec_is_written_and_read_again(net):
    arguments = ("net.py:make", "--example", "2,4,8", "-o", "spec.json")
    done = run(net, *arguments)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "spec.json: the spec of net.py:make\n"
    one = read_spec((net / "spec.json").read_text())
    assert one.repeats[0].children == ("0", "1", "2")
    assert run(net, *arguments).returncode == 2
    assert run(net, *arguments, "--force").returncode == 0


def test_overrides_from_a_file(net):
    (net / "axes.toml").write_text('[axes]\n"a.weight" = "(hidden In)"\n')
    done = run(net, "net.py:Net", "--example", "4,3", "--overrides", "axes.toml")
    assert done.returncode == 0
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
        (("net.py:Nobody", "--example", "2,3"), "has no Nobody"),
        (("net.py:number", "--example", "2,3"), "is of type int"),
        (("none.py:Net", "--example", "2,3"), "there is no file none.py"),
        (("net.py", "--example", "2,3"), "names no module in a file"),
        (("net.py:Net", "--example", "4,3", "--overrides", "none.toml"), "there is no file none.toml"),
    ],
)
def test_mistakes_are_answered_in_a_few_lines(net, arguments, said):
    done = run(net, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3
