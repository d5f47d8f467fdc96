"""What every noun has from `Noun`: one line, tables as text and as HTML, JSON that is always valid."""

import io
import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from symshare.core.faces.noun import JSON_SCHEMA, Noun, brief
from symshare.core.faces.table import Table


@dataclass(frozen=True, slots=True)
class Pair(Noun):
    one: float
    two: float

    def tables(self):
        return Table("first", ("n",), ((str(self.one),),)), Table("<second>", rows=((str(self.two),),))

    def to_dict(self):
        return {"one": self.one, "two": self.two}


def test_print_and_notebook_show_the_same_tables():
    pair = Pair(1, 2)
    assert str(pair) == "first\nn\n1\n\n<second>\n2"
    assert pair._repr_mimebundle_() == {"text/plain": str(pair), "text/html": pair._repr_html_()}
    assert pair._repr_html_().count("<table>") == 2
    assert "&lt;second&gt;" in pair._repr_html_()
    stream = io.StringIO()
    Console(file=stream, width=40).print(pair)
    assert "<second>" in stream.getvalue()


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({}, {"text/plain", "text/html"}),
        ({"include": ["text/plain"]}, {"text/plain"}),
        ({"exclude": ["text/plain"]}, {"text/html"}),
        ({"include": ["image/png"]}, set()),
    ],
)
def test_a_notebook_gets_the_kinds_that_it_asks_for(asked, kinds):
    assert set(Pair(1, 2)._repr_mimebundle_(**asked)) == kinds


def test_json_has_its_version_and_is_never_invalid():
    assert json.loads(Pair(1, 2).to_json()) == {"schema": JSON_SCHEMA, "one": 1, "two": 2}
    with pytest.raises(ValueError, match="JSON compliant"):
        Pair(1, float("nan")).to_json()


def test_a_noun_must_say_what_it_shows():
    with pytest.raises(TypeError, match="abstract"):
        Noun()


def test_nouns_stay_without_a_dictionary():
    assert not hasattr(Pair(1, 2), "__dict__")


@given(st.text(max_size=20), st.lists(st.text(max_size=300), max_size=8))
def test_a_line_is_one_and_short(name, parts):
    line = brief("Noun", *parts)
    assert line.startswith("Noun(")
    assert line.endswith(")")
    assert line.isprintable()
    assert len(line) < 100


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (["'abH'", "order=1"], "N('abH', order=1)"),
        (["'abH'", "", "order=1"], "N('abH', order=1)"),  # what is empty is left out
        (["x" * 200, "order=1"], f"N({'x' * 85}.., order=1)"),
        (["a\x1b[31m"], "N(a\\x1b[31m)"),
    ],
)
def test_what_is_too_long_is_cut_and_the_rest_is_kept(parts, line):
    assert brief("N", *parts) == line
