"""Columns of a given width: no line is wider, nothing of a cell is lost, what fits is left in its place."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symshare.core.faces.columns import columns, span, wrapped

CELLS = st.text(alphabet="ab,->+ 019_é日", max_size=90)
TABLES = st.integers(1, 8).flatmap(lambda wide: st.lists(st.lists(CELLS, min_size=wide, max_size=wide), max_size=6))


@example([["", "", "", " 0", "0" * 11]], 20, set())
@given(TABLES, st.integers(20, 80), st.sets(st.integers(0, 7)))
def test_no_line_is_wider_and_no_character_is_lost(rows, width, right):
    lines = columns(rows, width, frozenset(right))
    assert all(span(line) <= width for line in lines)
    for character in "ab->_é日":
        written = sum(cell.count(character) for row in rows for cell in row)
        assert sum(line.count(character) for line in lines) == written


@given(CELLS, st.integers(4, 60), st.sampled_from(["", "  "]))
def test_a_text_is_parted_into_lines_that_join_to_it(text, width, indent):
    lines = wrapped(text, width, indent)
    assert all(span(line) <= width for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    if span(text.rstrip()) <= width:
        assert lines == [text.rstrip()]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("ab,cb,cd->ad", 60, ["ab,cb,cd->ad"]),
        ("ab,cb,cd->ad", 8, ["ab,cb,", "cd->ad"]),
        ("of x1, x2, x3", 9, ["of x1,", "x2, x3"]),
        ("1,234,567 terms", 10, ["1,234,567", "terms"]),  # a number stays whole
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),  # where nothing else helps
        ("日本語", 4, ["日本", "語"]),  # two columns each
        ("", 5, [""]),
        ("  y = ab,cb->ac", 60, ["  y = ab,cb->ac"]),
        ("   0", 4, ["0"]),  # what stands before a text leaves room for it
    ],
)
def test_where_a_text_is_parted(text, width, lines):
    assert wrapped(text, width) == lines


def test_cells_go_on_in_their_own_column():
    rows = [["n", "term", "in words"], ["1", "ab,cb->ad", "summed over a, repeated along d"], ["10", "a->b", ""]]
    assert columns(rows, 32, frozenset({0})) == [
        " n  term       in words",
        " 1  ab,cb->ad  summed over a,",
        "               repeated along d",
        "10  a->b",
    ]


def test_the_last_columns_go_onto_lines_of_their_own_where_nothing_else_helps():
    wide = "x" * 18
    rows = [["one", "two", "three"], [wide, wide, wide], [wide, "", ""]]
    assert columns(rows, 40) == [
        "one                 two",
        "  three",
        f"{wide}  {wide}",
        f"  {wide}",
        wide,
    ]


def test_a_number_that_must_be_parted_is_parted_between_its_groups_of_digits():
    assert wrapped("total 1,234,567,890", 12) == ["total", "1,234,567,", "890"]
    assert wrapped("1,234,567", 7, " ") == ["1,234,", " 567"]


def test_nothing_gives_nothing():
    assert columns([], 60) == columns([[], []], 60) == []
