"""`symshare expand` and `symshare variety`: what they print, as text and as JSON, and what they refuse."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from symshare_cli.main import main


def run(*arguments, code=0):
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_a_network_is_written_out():
    text = run("expand", "--widths", "3,3,3", "--degree", "2").stdout
    assert "y1: 18 terms, 6 monomials in the inputs\n" in text
    assert "x1 x2               3  2 b^1_1 a^1_1 a^1_2 + 2 b^1_2 a^2_1 a^2_2 + 2 b^1_3 a^3_1 a^3_2\n" in text
    found = json.loads(run("expand", "--widths", "2,1,1", "--degree", "2", "--json").stdout)
    assert found["outputs"] == [
        [
            {"monomial": [2, 0], "terms": 1, "coefficient": "b^1_1 a^1_1^2"},
            {"monomial": [1, 1], "terms": 1, "coefficient": "2 b^1_1 a^1_1 a^1_2"},
            {"monomial": [0, 2], "terms": 1, "coefficient": "b^1_1 a^1_2^2"},
        ]
    ]
    assert run("expand", "--widths", "2,1,1", "--degree", "2", "--latex").stdout.startswith("\\begin{align*}\n")


def test_the_dimension_of_a_shape():
    text = run("variety", "--widths", "3,5,1", "--degree", "4").stdout
    assert [line.split()[-1] for line in text.splitlines()[1:]] == ["20", "14", "15", "1", "6", "15"]
    found = json.loads(run("variety", "--widths", "3,5,1", "--degree", "4", "--json").stdout)
    assert (found["dimension"], found["expected"], found["defect"]) == (14, 15, 1)
    assert "symmetry" not in found


def test_the_families_of_a_symmetry():
    found = json.loads(run("variety", "--symmetry", "a->a", "--widths", "3,4,3", "--degree", "2", "--json").stdout)
    assert (found["equivariant"], found["symmetric_dimension"]) == (4, 4)
    assert [one["hidden"] for one in found["components"]][:2] == [["3 + 1"], ["3- + 1"]]
    assert found["layerwise"]["functions_forced"] is False
    text = run("variety", "--symmetry", "a->a", "--widths", "3,4,3", "--degree", "2").stdout
    assert "3 + 1                6          4         4       0       8         10  open\n" in text


def test_equations_and_a_groebner_basis():
    arguments = [
        "variety",
        "-s",
        "a->a",
        "--widths",
        "2,2,2",
        "--degree",
        "2",
        "--equations",
        "--groebner",
        "60",
        "--json",
    ]
    found = json.loads(run(*arguments).stdout)
    assert found["constraints"]["degrees"] == {"3": 3}
    assert found["groebner"]["dimension"] == 5
    note = ["variety", "-s", "a->a", "--widths", "3,3", "--degree", "2", "--form", "full", "--compare", "additive"]
    assert "a^1_12 + a^1_21 = a^2_12 + a^2_21\n" in run(*note).stdout
    assert json.loads(run(*note, "--json").stdout)["constraints"]["nullity"] == 7


def test_an_activation():
    found = json.loads(run("variety", "--widths", "2,2,1", "--activation", "x^2 + x", "--json").stdout)
    assert found["network"]["activation"] == ["0", "1", "1"]
    assert found["expected"] == 5  # monomials of degree 1 and 2 in two variables


@pytest.mark.parametrize(
    "arguments",
    [
        ["expand", "--widths", "3,0", "--degree", "2"],
        ["expand", "--widths", "3,,3", "--degree", "2"],
        ["expand", "--widths", "", "--degree", "2"],
        ["expand", "--widths", "3", "--degree", "2"],
        ["expand", "--widths", "3,3", "--degree", "0"],
        ["expand", "--widths", "3,3", "--degree", "2.5"],
        ["expand", "--widths", "3,3", "--degree", "99999999999"],
        ["expand", "--widths", "3,3,3", "--activation", "tanh(x)"],
        ["expand", "--widths", "3,3,3", "--activation", "x^2", "--degree", "3"],
        ["expand", "--widths", "9,9,9,9,9", "--degree", "4"],
        ["variety", "--widths", "3,3,4", "--degree", "2", "-s", "a->a"],
        ["variety", "--widths", "4,4,4", "--degree", "2", "-s", "ab->ab"],
        ["variety", "--widths", "3,3,3", "--degree", "2", "-s", "r->r", "--axis", "r=SO(3)"],
        ["variety", "--widths", "3,3,3", "--degree", "2", "-s", "a->a", "--compare", "entries"],
        ["variety", "--widths", "3,3,3", "--degree", "2", "-s", "a->a", "--groebner", "0.01"],
        ["variety", "--widths", "40,40,40", "--degree", "2"],
    ],
)
def test_mistakes_are_told_in_three_lines(arguments):
    done = run(*arguments, code=2)
    assert done.stdout == ""
    assert 2 <= len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["expand", "--widths", "3,3"],
        ["expand", "--degree", "2"],
        ["expand", "--widths", "3,3", "--degree", "2", "--json", "--latex"],
        ["variety", "--widths", "3,3,3", "--degree", "2", "--equations"],
        ["variety", "--widths", "3,3,3", "--degree", "2", "--size", "a=3"],
        ["variety", "--widths", "3,3,3", "--degree", "2", "-s", "a->a", "--groebner", "nan"],
    ],
)
def test_what_is_missing_or_too_much(arguments):
    assert "Error: " in run(*arguments, code=2).stderr


LIMITED = """
import json, resource, sys
from click.testing import CliRunner
from symshare_cli.main import main
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
for arguments in json.loads(sys.argv[1]):
    done = CliRunner().invoke(main, arguments)
    print(json.dumps([done.exit_code, len(done.stdout), done.stderr]))
"""


def asked(*requests, seconds):
    """The exit code, the length of what is printed, and the errors of each request, in one process of 2 GiB that is ended."""
    command = [sys.executable, "-c", LIMITED, json.dumps([request.split() for request in requests])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_long_requests_are_refused_at_once():
    found = asked(
        "expand --widths 20,20,20 --degree 9",
        "expand --widths 3,3,3,3,3,3,3,3,3 --degree 2",
        "expand --widths 100,100,1 --degree 64",
        f"expand --widths {'1,' * 21}1 --degree 64",
        "expand --widths 1,1,1,1,1 --degree 10 --constant",
        "expand --widths 1,2,1,1,1 --activation x^20+x^3",
        "expand --widths 140,140 --degree 2 --json",
        "expand --widths 2,100,100 --activation x^3+x^2+x+1 --constant --latex",
        seconds=60,
    )
    for code, printed, errors in found:
        assert (code, printed) == (2, 0)
        assert "terms" in errors or "over 1,000" in errors


def test_what_the_issue_asks_for_fits_its_bounds():
    """Two layers with N = 4 and a constant input within 30 s, three layers with N = 2 within 60, in 2 GiB."""
    for widths, seconds in (("4,4,4", 30), ("2,2,2,2", 60)):
        ((code, _, errors),) = asked(f"expand --widths {widths} --degree 2 --constant --form full", seconds=seconds)
        assert code == 0, errors
