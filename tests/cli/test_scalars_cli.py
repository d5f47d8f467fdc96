"""A scalar among the tensors, an empty place between commas: through every command that takes a symmetry."""

import json

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

from symshare import count

pytestmark = pytest.mark.usefixtures("copied")

SYMMETRIES = [
    (("-s", "a,->a"), [1, 3, 7]),
    (("-s", ",->"), [1, 2, 3]),
    (("-s", ",a->a,"), [2, 5, 11]),
    (("-s", "a,s:->a"), [1, 3, 7]),
    (("-s", "H,aH->aH"), [1, 3, 7]),
    (("-s", ",H->H"), [1, 2, 3]),
    (("-s", "s:->"), [1, 1, 1]),
    (("-s", "->a,"), [2, 2, 2]),
    (("-s", "r,->r", "--axis", "r=O(3)"), [0, 1, 1]),
    (("-s", ",r->", "--axis", "r=O(3)"), [1, 1, 2]),
    (("-s", "t,->t", "--axis", "t=C(3)"), [1, 4, 10]),
]
TYPES = ["a,", "aH,H", ",", "s:", "ab,b,"]


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(("symmetry", "counts"), SYMMETRIES)
def test_scalars_are_derived_counted_certified_and_solved(symmetry, counts):
    """The counts by hand: monomials in the invariants of the inputs times the equivariant vectors that go with them."""
    found = json.loads(run("derive", *symmetry, "-k", "2", "--json", "--certify").stdout)
    assert found["counts"] == counts
    assert found["signature"] == symmetry[1]
    assert found["certificate"]["ok"]
    assert json.loads(run("count", *symmetry, "-k", "2", "--json").stdout)["counts"] == counts
    for command in (("derive", "-k", "1"), ("derive", "-k", "1", "--latex"), ("solve", "-k", "1"), ("plan", "-k", "2")):
        done = run(command[0], *symmetry, *command[1:])
        assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(("symmetry", "counts"), SYMMETRIES)
def test_layers_of_scalars_pass_their_checks(tmp_path, symmetry, counts):
    path = str(tmp_path / "layer.py")
    assert run("emit", *symmetry, "-k", "2", "-o", path).exit_code == 0
    done = run("verify", path, "--json")
    assert done.exit_code == 0
    assert all(error < 1e-9 for error in json.loads(done.stdout)["errors"].values())


@pytest.mark.parametrize("types", TYPES)
def test_poolings_of_types_with_scalars(tmp_path, types):
    listed = json.loads(run("pools", "-s", types, "-k", "2", "--json").stdout)
    assert listed["signature"] == types
    every = json.loads(run("derive", "-s", types, "-k", "2", "--json").stdout)["terms"]
    for term in every:
        if term["order"]:
            chosen = ("--factors", ",".join(map(str, term["inputs"])), "--output", str(term["output"]))
            found = json.loads(run("explain", term["einsum"], "-s", types, *chosen, "--json").stdout)
            assert found["term"] == term["einsum"]
    path = str(tmp_path / "layer.py")
    assert run("emit", "-s", types, "-k", "2", "--kind", "pooling", "-o", path).exit_code == 0
    assert run("verify", path).exit_code == 0


@pytest.mark.parametrize(
    ("symmetry", "terms"), [("a,->a", ("a,->a", ",->a")), ("H,aH->aH", (",a->a", "H,aH->bH")), (",->", (",->",))]
)
def test_a_product_with_a_scalar_is_named(tmp_path, symmetry, terms):
    path = tmp_path / "layer.py"
    chosen = [part for term in terms for part in ("--only", term)]
    done = run("emit", "-s", symmetry, "-k", "2", *chosen, "-o", str(path))
    if symmetry == ",->":
        assert done.exit_code == 2
        assert "names 3 terms" in done.stderr
        return
    assert done.exit_code == 0
    assert f"{count(symmetry, 0) + count(symmetry, 1) + len(terms)} terms" in done.output


@pytest.mark.parametrize("symmetry", [",->", "a,->a", ",a->"])
def test_poolings_stay_within_their_types(symmetry):
    done = run("pools", "-s", symmetry, "-k", "2")
    assert done.exit_code == 2
    cure = done.stderr.partition("write '")[2].partition("'")[0]
    assert run("pools", "-s", cure, "-k", "2").exit_code == 0


def test_a_scalar_has_words():
    assert (
        "  ()->a  input 1 (a scalar): the input itself, repeated along a"
        in run("derive", "-s", "a,->a", "-k", "1").stdout.splitlines()
    )
    assert "into output 1 (a scalar)" in run("pools", "-s", "a,", "-k", "1").stdout
