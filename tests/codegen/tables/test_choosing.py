"""When a layer is written as tables."""

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
