import json

import pytest
from click.testing import CliRunner
from symshare_cli.main import main


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_pools_prints_the_set_with_costs_and_reasons():
    done = run("pools", "--symmetry", "abH", "--order", "5")
    assert done.exit_code == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "abH: the smallest set complete to order 5"
    assert "order 4: none of 251 terms" in lines
    assert any(
        line.split()[:5] == ["abH,cbH,cdH->adH", "O(a", "b", "c)", "holds"] and "computed first leaves a, c" in line
        for line in lines
    )
    assert lines[-1] == (
        "Each of the other 1,273 terms is a composition of these: symshare explain TERM shows how. Constants stand apart."
    )


def test_pools_json():
    found = json.loads(run("pools", "-s", "abH", "-k", "5", "--json").stdout)
    assert (found["signature"], found["complete_to"]) == ("abH", 5)
    assert found["order_one"] == ["abH->abH", "abH->cbH", "abH->acH"]
    assert [one["order"] for one in found["poolings"]] == [2, 3, 5, 5]
    assert found["poolings"][2]["cost"]["order"] == "O(a b d)"


@pytest.mark.parametrize("rule", ["article", "none"])
def test_other_rules_are_named(rule):
    found = json.loads(run("pools", "-s", "ab", "-k", "3", "--rule", rule, "--json").stdout)
    assert found["rule"] == rule
    assert run("pools", "-s", "ab", "-k", "3", "--rule", rule).exit_code == 0


def test_pools_draws(tmp_path):
    path = tmp_path / "out.svg"
    assert run("pools", "-s", "abH", "-k", "3", "--plot", str(path)).exit_code == 0
    assert path.read_text().startswith("<?xml")
    again = run("pools", "-s", "abH", "-k", "3", "--plot", str(path))
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert run("pools", "-s", "abH", "-k", "3", "--plot", str(path), "--force").exit_code == 0


def test_explain_prints_a_composition():
    done = run("explain", "ab,cb,cd,ad->ad", "--symmetry", "abH")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == [
        "  y1 = abH,cbH,cdH->adH  of x1, x2, x3",
        "  y  = abH,abH->abH      of y1, x4",
    ]
    found = json.loads(run("explain", "ab,cb,cd,ad->ad", "-s", "abH", "--json").stdout)
    assert found["steps"][1]["of"] == ["y1", "x4"]
    assert run("explain", "ab,ac->ac", "-s", "ab", "--depends", "a->b").exit_code == 0


def test_explain_numbers_the_tensors_of_alike_types():
    done = run("explain", "a,b->a", "-s", "a,b->a,b", "--factors", "0,1", "--output", "0")
    assert done.exit_code == 0
    assert "  y1 = b->a    of x2" in done.stdout.splitlines()


def test_sizes_do_not_change_the_set():
    lines = run("pools", "-s", "aa", "-k", "2", "--size", "a=10").stdout.splitlines()
    assert "order 1: 4 of 15 terms" in lines
    assert any(line.split()[:6] == ["ab,bc->ac", "O(a", "b", "c)", "2,000", "before"] for line in lines)


def test_tensors_are_numbered_where_there_are_several():
    lines = run("pools", "-s", "ab,bc,ac", "-k", "2").stdout.splitlines()
    assert any(line.split()[:3] == ["ab,bc->ac", "tensors", "0,1->2"] for line in lines)
    assert "is irreducible" in run("explain", "ab,bc->ac", "-s", "ab,bc,ac", "--factors", "0,1", "--output", "2").stdout


WRONG = [
    (["explain", "a,b->a", "-s", "a,b->a,b"], "which may be any of"),
    (["explain", "a,b->a", "-s", "a,b->a,b", "--factors", "0,x"], "is not a list of inputs"),
    (["pools", "-s", "ab", "-k", "1", "--plot", "out.svg"], "ask for --order 2 or higher"),
    (["pools", "-s", "ab", "-k", "2", "--plot", "out"], "is no picture"),
    (["pools", "-s", "ab", "-k", "99999999"], "over the limit of 100"),
    (["pools", "-s", "ab", "-k", "15"], "ask for order 1"),
    (["pools", "-s", "aH,aG->aH,aG", "-k", "2"], "the same latent axis"),
    (["pools", "-s", "abH->H", "-k", "3"], "write 'abH'"),
    (["pools", "-s", "ar", "-k", "3", "--axis", "r=B"], "B(4)"),
    (["pools", "-s", "ab", "-k", "0"], "order 0 has no poolings"),
    (["pools", "-s", "ab", "-k", "x"], "is not an order"),
    (["pools", "-s", "ab", "-k", "2", "--rule", "best"], "is not one of"),
    (["pools", "-s", "ab", "-k", "2", "--plot", "out.txt"], "is no picture"),
    (["pools", "-s", "ab", "-k", "2", "--plot", "no/such/out.svg"], "there is no folder"),
    (["pools", "-s", "abc", "-k", "6", "--rule", "none"], "has 1,475,403 terms"),
    (["pools", "-s", "ab"], "Missing option"),
    (["explain", "-s", "ab"], "Missing argument"),
    (["explain", "ab->ab"], "Missing option"),
    (["explain", "ab,cb,cd", "-s", "ab"], "does not have one arrow"),
    (["explain", "ab,ba->ab", "-s", "ab"], "on the axes"),
    (["explain", "->ab", "-s", "ab"], "has no factors"),
    (["explain", "ab->cb", "-s", "ab", "--depends", "a->b"], "under two indices"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_a_users_mistake_is_answered_on_stderr_with_exit_code_two(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
