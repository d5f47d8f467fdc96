"""`symshare align` on files of people's own: what it writes, and what it refuses by name."""

import json

import numpy as np
import pytest
import safetensors.torch
import torch
from click.testing import CliRunner
from symshare_cli.main import main

from symshare.weights import spec

pytestmark = pytest.mark.usefixtures("copied")

NET = """
import torch

class Net(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))

class Other(Net):
    def forward(self, x):
        return self[2](torch.relu(self[0](x)) * torch.arange(6))
"""


def net(seed):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))


FOUND = spec(net(0), torch.zeros(2, 4))
ONE = net(0).state_dict()
TWO = FOUND.act(ONE, FOUND.random(3))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "spec.json").write_text(FOUND.to_json())
    safetensors.torch.save_file(ONE, "a.safetensors")
    safetensors.torch.save_file(TWO, "b.safetensors", {"format": "pt", "epoch": "7"})
    torch.save(TWO, "b.pt")
    torch.save(TWO, "old.bin", _use_new_zipfile_serialization=False)
    return tmp_path


def run(*arguments, code=0):
    done = CliRunner().invoke(main, ["align", *arguments])
    assert done.exit_code == code, done.output
    return done


def same(one, two):
    return set(one) == set(two) and all(torch.equal(one[name], two[name]) for name in one)


def test_a_module_in_a_file_and_a_planted_order():
    done = run("net.py:Net", "a.safetensors", "b.safetensors", "--example", "2,4", "-o", "c.safetensors", "--json")
    said = json.loads(done.stdout)
    assert (said["after"], said["units"]) == (0, 6)
    assert said["change"] < 1e-10
    assert same(safetensors.torch.load_file("c.safetensors"), ONE)
    with safetensors.safe_open("c.safetensors", framework="pt") as opened:
        assert opened.metadata() == {"format": "pt", "epoch": "7"}
    again = run("a.safetensors", "b.safetensors", "--spec", "spec.json", "-o", "c.safetensors", code=2)
    assert "--force" in again.stderr


@pytest.mark.parametrize("given", ["b.safetensors", "b.pt", "old.bin"])
@pytest.mark.parametrize("end", ["safetensors", "pt", "pth", "bin"])
def test_all_forms_are_read_and_written(given, end):
    done = run("a.safetensors", given, "--spec", "spec.json", "-o", f"c.{end}")
    load = safetensors.torch.load_file if end == "safetensors" else lambda path: torch.load(path, weights_only=True)
    assert same(load(f"c.{end}"), ONE)
    assert "distance between weights after" in done.stdout


def test_the_file_of_b_may_be_written_over():
    run("a.safetensors", "b.pt", "--spec", "spec.json", "-o", "b.pt", "--force")
    assert same(torch.load("b.pt", weights_only=True), ONE)


def changed(**changes):
    return {name: one for name, one in (TWO | changes).items() if one is not None}


@pytest.mark.parametrize(
    ("state", "named"),
    [
        (changed(more=torch.zeros(2)), "more"),
        (changed(**{"2.bias": None}), "2.bias"),
        (changed(**{"0.weight": torch.zeros(4, 6)}), "0.weight"),
        (changed(**{"0.weight": torch.full((6, 4), float("nan"))}), "0.weight"),
        (changed(**{"\x1b[31m": torch.zeros(2)}), "\\x1b[31m"),
        ({"model": TWO}, "model"),
        ({}, "0.weight"),
        ([TWO], "list"),
        (torch.zeros(3), "Tensor"),
        ({3: torch.zeros(2)}, "3"),
        (net(1), "more than tensors"),
    ],
)
def test_weights_of_another_kind_are_refused_by_name(state, named, folder):
    torch.save(state, "c.pt")
    for files in (("a.safetensors", "c.pt"), ("c.pt", "a.safetensors")):
        lines = run(*files, "--spec", "spec.json", "-o", "d.pt", code=2).stderr.splitlines()
        assert len(lines) in (2, 3)
        assert "c.pt" in lines[0]
        assert named in lines[0]
        assert "\x1b" not in lines[0]
    assert not (folder / "d.pt").exists()


@pytest.mark.parametrize("name", ["a.safetensors", "b.pt", "old.bin"])
@pytest.mark.parametrize("part", [0, 3, 0.5, 0.9])
def test_files_that_were_cut_are_refused(name, part, folder):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: part if part in (0, 3) else int(part * len(content))])
    lines = run(name, name, "--spec", "spec.json", code=2).stderr.splitlines()
    assert len(lines) in (2, 3)
    assert name in lines[0]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.safetensors"],
        ["a.safetensors", "b.pt"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "--example", "2,4"],
        ["net.py", "a.safetensors", "b.pt", "--example", "2,4"],
        ["net.py:Net", "a.safetensors", "b.pt", "old.bin"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "-o", "c.txt"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "-o", "none/c.pt"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "--starts", "0"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "--forward-kwargs", "{"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "--data", "a.safetensors"],
        ["a.safetensors", "b.pt", "--spec", "spec.json", "--by", "activations"],
        ["net.py:Net", "a.safetensors", "b.pt", "--by", "activations"],
        ["net.py:Net", "a.safetensors", "b.pt", "--by", "activations", "--example", "2,4"],
        ["net.py:Net", "a.safetensors", "b.pt", "--by", "biases", "--example", "2,4"],
        ["net.py:Net", "a.safetensors", "b.pt", "--data", "a.safetensors", "--example", "2,4"],
    ],
)
def test_what_cannot_be_meant_is_a_mistake(arguments):
    done = run(*arguments, code=2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) <= 5


def test_a_spec_that_is_not_the_modules_is_found_out(folder):
    done = run("net.py:Other", "a.safetensors", "b.pt", "--spec", "spec.json", "--example", "2,4", "-o", "c.pt", code=2)
    assert "outputs of the module change" in done.stderr
    assert not (folder / "c.pt").exists()


INPUTS = torch.randn(7, 4, generator=torch.Generator().manual_seed(5))


def test_units_are_matched_by_their_values_on_inputs_in_a_file():
    """Behind the units of the second network are opposite weights, which say nothing of their values."""
    other = TWO | {"2.weight": -TWO["2.weight"]}
    torch.save(other, "b.pt")
    np.save("x.npy", INPUTS.numpy())
    arguments = ["net.py:Net", "a.safetensors", "b.pt", "--by", "activations", "--data", "x.npy"]
    said = json.loads(run(*arguments, "-o", "c.pt", "--json").stdout)
    assert (said["by"], said["units"]) == ("activations", 6)
    assert said["change"] < 1e-10
    assert same(torch.load("c.pt", weights_only=True), ONE | {"2.weight": -ONE["2.weight"]})
    units = [torch.relu(INPUTS @ one["0.weight"].T + one["0.bias"]) for one in (ONE, other)]
    (order,) = said["permutations"].values()
    assert torch.allclose(units[0], units[1][:, order])
    assert "distance between activations after" in run(*arguments, "--spec", "spec.json").stdout


TWICE = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = torch.nn.Linear(4, 6), torch.nn.Linear(6, 2)

    def forward(self, x, mask, *, shift):
        return self.two(torch.relu(self.one(x)) * mask[:, None] + shift[:, None])
"""


@pytest.mark.parametrize("by", ["weights", "activations"])
def test_several_inputs_go_by_their_names(folder, by):
    (folder / "net.py").write_text(TWICE)
    own = dict(zip(("one.weight", "one.bias", "two.weight", "two.bias"), ONE.values(), strict=True))
    torch.save(own, "a.pt")
    torch.save(dict(zip(own, TWO.values(), strict=True)), "b.pt")
    np.savez("data.npz", shift=np.zeros(7), mask=np.arange(7) % 3 > 0, x=INPUTS.numpy())
    run("net.py:Net", "a.pt", "b.pt", "--by", by, "--data", "data.npz", "-o", "c.pt")
    assert same(torch.load("c.pt", weights_only=True), own)


@pytest.mark.parametrize(
    ("values", "named", "by"),
    [
        (np.zeros((7, 5)), "7,5", "weights"),
        (np.full((7, 4), np.nan), "not finite", "activations"),
    ],
)
def test_inputs_that_a_module_does_not_take_are_refused(folder, values, named, by):
    np.save("data.npy", values)
    done = run("net.py:Net", "a.safetensors", "b.pt", "--by", by, "--data", "data.npy", "-o", "c.pt", code=2)
    lines = done.stderr.splitlines()
    assert len(lines) in (2, 3)
    assert named in lines[0]
    assert not (folder / "c.pt").exists()
