"""`symshare plan`, and layers and networks by `symshare emit`."""

import json
import shlex

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

pytestmark = pytest.mark.usefixtures("copied")


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_plan_prints_each_step_and_the_naive_totals():
    done = run("plan", "-s", "aaH", "--size", "a=48", "--channels", "in=64,out=32")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "linear layer for aaH: 17 terms, 26 steps"
    assert lines[2].split("  ")[0] == "result"
    assert "2 a^2 in out" in done.stdout
    last = lines[-1].split()
    assert last[:3] == ["naive", "/", "this"]
    assert float(last[3]) > 5
    assert "at a=48, in=64, out=32" in done.stdout


def test_plan_as_json_adds_up():
    """The totals are those of the steps, at the sizes asked for."""
    done = run("plan", "-s", "abH", "-k", "3", "--kind", "pooling", "--channels", "in=6,out=6,rank=2", "--json")
    found = json.loads(done.stdout)
    assert found["kind"] == "pooling"
    sizes = found["sizes"]
    assert sizes == {"a": 32, "b": 32, "in": 6, "out": 6, "rank": 2}

    def value(polynomial):
        total = 0
        for term in polynomial.split(" + "):
            number = 1
            for word in term.split():
                name, _, power = word.partition("^")
                number *= int(name) if name.isdigit() else sizes[name] ** int(power or 1)
            total += number
        return total

    for name in ("flops", "read", "written"):
        assert sum(value(step[name]) for step in found["steps"]) == found["totals"][name]
        assert value(found["polynomials"][name]) == found["totals"][name]
        assert found["totals"][name] < found["naive"]["totals"][name]


@pytest.mark.parametrize(
    "arguments",
    [
        "-s abH -k 3 --kind pooling",
        "-s aaH -k 2 --kind pooling --only 'ab->ab' --only 'ab,bc->ac' --normalise-factors",
        "-s aH -k 2 --kind pooling --reduce sum --channels in=64 --channels rank=8",
        "-s 'ab,b->ab,b' -k 1 --kind pooling",
        "-s abH -k 2 --kind pooling --size a=100",
        "-s ab -k 2 --normalise-factors",
        "-s 'abH->aH' -k 3 --network einnet --depth 2 --width 32 --pool-width 4",
        "-s aabH -k 2 --network einnet --only 'aab->aab' --only 'aab,aab->aab' --plain-factors",
        "-s 'abH->H' -k 1 --network einnet --reduce sum --depends 'a->b'",
    ],
)
def test_a_file_names_the_command_that_makes_it(arguments, tmp_path):
    written = run("emit", *shlex.split(arguments))
    assert written.exit_code == 0, written.output
    lines = written.stdout.splitlines()
    command = lines[lines.index("Made by:") + 1].strip()
    if command.startswith("symshare.emit"):
        assert "ab,b->ab,b" in arguments
    else:
        assert run(*shlex.split(command)[1:]).stdout == written.stdout
    path = tmp_path / "layer.py"
    path.write_text(written.stdout)
    done = run("verify", str(path))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("plan -s abH --channels width=3", "is not a channel number"),
        ("plan -s abH --channels in=0", "give whole numbers"),
        ("emit -s abH -k 2 --kind pooling --coefficients full", "leave out coefficients='full'"),
        ("emit -s abH --network einnet --kind pooling", "--kind is for a single layer"),
        ("emit -s abH --network einnet --coefficients full", "--coefficients is for a single layer"),
        ("emit -s abH --network einnet --only 'abc->ab'", "NotationError"),
        ("emit -s 'tH' --axis 't=B' --network einnet", "B(4)"),
        ("emit -s 'abH->aH' --kind pooling", "gives other tensors than it takes"),
        ("emit -s abH --kind pooling --only '->ab'", "is a constant"),
        ("emit -s abH --network einnet --depth 0", "--depth"),
        ("plan -s abH -k 9", "over the limit"),
    ],
)
def test_mistakes_are_named(arguments, message):
    done = run(*shlex.split(arguments))
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
