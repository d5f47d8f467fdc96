"""When a layer is written as tables."""

import subprocess
import sys

import pytest

import symshare
from symshare.codegen.tables.choosing import MOST_STATEMENTS, tables_of

MANY = ",".join(f"W{n}:(h{n} h{n + 1})" for n in range(12))


def is_tables(source):
    return "\nINPUTS = {" in source


def test_many_terms_are_tables_and_few_are_not_unless_asked_for():
    assert len(symshare.derive(MANY, 1)) > MOST_STATEMENTS > len(symshare.derive("abH,bH->abH", 1))
    assert is_tables(symshare.emit(MANY))
    assert not is_tables(symshare.emit(MANY, form="statements"))
    assert not is_tables(symshare.emit("abH"))
    assert is_tables(symshare.emit("abH", form="tables"))
    assert not is_tables(symshare.emit(MANY, rewrites=False))


@pytest.mark.parametrize("options", [{}, {"form": "tables"}, {"reduce": "sum"}, {"normalise_scale": True}], ids=str)
def test_a_plan_and_what_it_is_made_of_are_written_alike(options):
    for one in (MANY, symshare.derive(MANY, 1)):
        assert symshare.emit(symshare.plan(one, **options)) == symshare.emit(one, **options)


REFUSED = [
    ({"axes": {"r": "SO(3)"}}, "arH", "axis r is under"),
    ({"axes": {"b": "Scaled"}}, "abH", "the values of b have scales or signs"),
    ({"axes": {"b": "B"}}, "bbH,aH->aH", "the values of b have scales or signs"),
    ({"order": 2}, "abH", "this one is polynomial"),
    ({"kind": "pooling"}, "abH", "this one is pooling"),
    ({"sizes": {"a": 1}}, "aaH", "some of its terms only"),
    ({}, "abcdefghH->H", "a tensor has 8 axes, over the 7"),
    ({}, "(H)->(h0 h1 h2 h3 h4 h5 h6 h7 h8 H)", "a tensor has 9 axes, over the 7"),
    ({}, "x1:aH,bH->aH", "two of its tensors have one name"),
]


@pytest.mark.parametrize(("options", "text", "why"), REFUSED)
def test_what_has_no_tables_is_refused_where_they_are_asked_for(options, text, why):
    with pytest.raises(symshare.SymshareError, match=f"{why}.*\n  leave out form='tables'"):
        symshare.emit(text, form="tables", **options)
    assert not is_tables(symshare.emit(text, **options))


def test_the_command_line_takes_the_form(capsys):
    from click.testing import CliRunner
    from symshare_cli.main import main

    done = CliRunner().invoke(main, ["emit", "-s", "abH", "-k", "1", "--form", "tables"])
    assert done.exit_code == 0
    assert done.stdout == symshare.emit("abH", form="tables")
    assert "--form tables" in done.stdout
    assert tables_of(symshare.plan("abH")) is None


@pytest.mark.parametrize("text", ["abcdefghiH", "abcdefghijH->H", "(h0 h1 h2 h3 h4 h5 h6 h7 h8)->(h0)"])
def test_tensors_of_many_axes_have_statements(text):
    """Whose forms would be many, in orders without number."""
    assert not is_tables(symshare.emit(text))


LONG = "a_very_long_name_for_an_axis_that_makes_lines_too_long"
LAID_OUT = [
    ("abH,bH->abH,bH", {"normalise_scale": True}),
    ("LhdH,dH->dLhH", {"depends": ["L->h"], "sizes": {"L": 2}, "reduce": "sum"}),
    # no axis that may have weights
    ("H->aH", {}),
    ("LH->LhH", {"depends": ["L->h"], "sizes": {"L": 2}, "normalise_scale": True}),
    # lengths of axes that no input has, with names as long as half a line and more
    *((f"x:(H)->({'a' * size} {'b' * size} H)", {}) for size in (1, 20, 27, 28, 29, 30, 31, 32, 33, 34, 40, 60)),
    # signatures as long as a line, dependencies and tables longer than one
    *((f"weights:({'a' * size} b Heads),biases:(b Heads)->(b Heads)", {}) for size in range(24, 36)),
    (f"W:({LONG} {LONG}_2 H),v:({LONG} H)", {"depends": [f"{LONG}->{LONG}_2"]}),
    (f"{LONG}:(Layer {LONG} H)->(Layer H)", {"depends": [f"Layer->{LONG}"], "sizes": {"Layer": 3}}),
]


@pytest.mark.parametrize("command", [("format", "--check"), ("check",)])
def test_files_are_laid_out_as_a_formatter_would(tmp_path, command):
    for number, (text, options) in enumerate(LAID_OUT):
        (tmp_path / f"layer{number}.py").write_text(symshare.emit(text, form="tables", **options))
    arguments = [sys.executable, "-m", "ruff", command[0], "--isolated", *command[1:], str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
