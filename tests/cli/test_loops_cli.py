"""`symshare derive --as-loops`: a program that runs where symshare is not."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare


def run(*arguments, code=0):
    done = CliRunner().invoke(main, ["derive", *arguments])
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("more", [[], ["--certify"], ["--ordered"]])
def test_the_printed_program_runs_alone(tmp_path, more):
    path = tmp_path / "loops.py"
    path.write_text(run("-s", "adj:ab,w:b->w:b", "-k", "2", "--as-loops", *more).stdout)
    call = """
import json, sys; sys.path.insert(0, sys.argv[1]); import loops, numpy as np
adj, w = np.arange(6).reshape(2, 3), np.array([2, 3, 5])
assert "symshare" not in sys.modules
print(json.dumps([term(adj, w).tolist() for term in loops.TERMS]))
"""
    said = subprocess.run(
        [sys.executable, "-I", "-c", call, tmp_path], capture_output=True, text=True, check=True
    ).stdout
    inputs = np.arange(6).reshape(2, 3), np.array([2, 3, 5])
    basis = symshare.derive("adj:ab,w:b->w:b", 2, ordered="--ordered" in more)
    values = [symshare.evaluate(term, *(inputs[number] for number in term.factors), sizes={"b": 3}) for term in basis]
    assert json.loads(said) == [one.tolist() for one in values]
    assert ("\n# certificate holds" in path.read_text()) == ("--certify" in more)


@pytest.mark.parametrize("other", ["--json", "--latex"])
def test_one_form_is_printed(other):
    done = run("-s", "ab", "-k", "1", "--as-loops", other, code=2)
    assert f"{other} and --as-loops are two ways to print" in done.stderr


def test_too_many_terms_are_refused_before_they_are_listed():
    done = run("-s", "ab->ab", "-k", "6", "--as-loops", code=2)
    assert (
        done.stderr
        == "TooLargeError: 4,865 terms are asked for as loops, over the 2,000 that are written out\n  lower the order\n"
    )
    assert done.stdout == ""


def test_the_program_is_the_one_of_the_basis():
    options = ["-s", "arH", "-k", "2", "--axis", "r=SO(3)", "--as-loops"]
    assert run(*options).stdout == symshare.derive("arH", 2, axes={"r": "SO(3)"}).as_loops()


def test_loops_are_written_without_what_is_heavy():
    code = "from symshare_cli.main import main; main(['derive', '-s', 'abH', '-k', '1', '--as-loops'], standalone_mode=False)"
    code += "; import sys; print([name for name in ('torch', 'sympy', 'numpy', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
