"""Every command takes axes with scales and signs, or refuses them with the cure."""

import json
import re
import runpy

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

pytestmark = pytest.mark.usefixtures("copied")

LETTERS = ["-s", "W1:ba,v1:b,W2:cd,v2:c", "--axis", "b=Scaled", "--axis", "d=dual(b)"]
WORDS = [
    "-s",
    "W1:(hidden in),b1:(hidden),W2:(out next),b2:(out)",
    *("--axis", "hidden=B", "--axis", "next=dual(hidden)"),
]


def run(*arguments):
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize(("options", "expected"), [(LETTERS, [1, 9, 18]), (WORDS, [1, 13, 34])])
def test_counts_and_lists_agree_in_both_forms(options, expected):
    counted = json.loads(run("count", *options, "-k", "2", "--json").stdout)
    listed = json.loads(run("derive", *options, "-k", "2", "--certify", "--json").stdout)
    assert counted["counts"] == listed["counts"] == expected
    assert counted["axes"] == listed["axes"]
    assert listed["certificate"]["ok"]
    assert json.loads(run("solve", *options, "-k", "1", "--json").stdout)["dimensions"] == expected[:2]


def test_loops_run_and_latex_and_plans_are_written(tmp_path):
    done = run("derive", *LETTERS, "-k", "1", "--as-loops")
    program = tmp_path / "loops.py"
    program.write_text(done.stdout, encoding="utf-8")
    assert len([name for name in runpy.run_path(str(program)) if name.startswith("term_")]) == 10
    assert r"\sum_{e}" in run("derive", *LETTERS, "-k", "1", "--latex").stdout
    assert "28 terms" in run("plan", *LETTERS, "-k", "2").stdout
    assert run("plan", *LETTERS, "-k", "1", "--size", "a=4", "--json").exit_code == 0


@pytest.mark.parametrize("options", [LETTERS, WORDS])
def test_a_layer_is_emitted_with_its_axes_and_verified(options, tmp_path):
    path = tmp_path / "layer.py"
    done = run("emit", *options, "-o", str(path))
    assert done.exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert "dual(" in re.search(r"AXES = (.*)", text)[1]
    assert "each value with a " in text
    checked = run("verify", str(path), "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["ok"]


REFUSED = [
    ("pools -s abH -k 2 --axis b=B", "poolings are known for permuted axes"),
    ("explain ab,cb->ac -s ab --axis b=B", "poolings are known for permuted axes"),
    ("emit -s abH -k 2 --axis b=Scaled --kind pooling", "poolings are known for permuted axes"),
    ("emit -s abH -k 2 --axis b=B --network einnet", "poolings are known for permuted axes"),
    ("emit -s abH --axis b=Scaled --normalise-scale", "the norm of an input is not invariant under b=Scaled"),
    ("emit -s abH,bH->aH -k 2 --axis b=Scaled", "only the zero map"),
    ("derive -s b,d-> -k 1 --axis d=dual(b)", "the dual of 'b', a set axis"),
    ("derive -s Lb->L -k 1 --axis b=B --depends L->b --size L=2 --size b=3", "give b no size"),
    ("solve -s b,d-> --laurent=-1..1 --axis b=Scaled --axis d=dual(b)", "without a size"),
    ("emit -s W:bH,U:dH->H -k 2 --axis b=Scaled --axis d=dual(b) --only W:b,U:c->", "does not commute with b=Scaled"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_does_not_go_is_answered_in_three_lines(text, said):
    done = run(*text.split(" "))
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    assert done.stdout == ""
