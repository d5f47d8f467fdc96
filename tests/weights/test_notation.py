"""Layouts as texts: what is written is read again, and what is no layout is shown with its place and the cure."""

import random

import pytest

from symshare.errors import NotationError
from symshare.weights.axes import Piece, Row
from symshare.weights.notation import DEEPEST, read_layout, written_layout


@pytest.mark.parametrize(
    "text",
    [
        "()",
        "(hidden in)",
        "(hidden 1 1)",
        "((heads keys) in)",
        "((heads keys | heads values) stream)",
        "((heads (a | b) | v))",
        "(h h.1 h.12)",
        "((a | a | a | a))",
        "((1 | a))",
    ],
)
def test_a_layout_is_written_as_it_is_read(text):
    assert written_layout(read_layout(text)) == text


def test_spaces_do_not_matter_and_a_piece_alone_needs_no_parentheses():
    assert read_layout("(  a   (b)  ( c  d) )") == read_layout("(a b (c d))")


def test_what_a_layout_means():
    heads, keys, stream = Piece("heads"), Piece("keys"), Piece("stream")
    assert read_layout("((heads keys | stream) stream)") == (Row(((heads, keys), (stream,))), Row(((stream,),)))
    assert read_layout("(h.1 1)") == (Row(((Piece("h", 1),),)), Row(((),)))


@pytest.mark.parametrize("seed", range(50))
def test_random_layouts_are_read_again(seed):
    drawn = random.Random(seed)

    def row(depth):
        segments = drawn.choice([1, 1, 2, 3])
        return Row(tuple(segment(depth) for _ in range(segments)))

    def segment(depth):
        found = []
        for _ in range(drawn.choice([1, 1, 2])):
            inner = row(depth + 1) if depth < 2 and drawn.random() < 0.3 else None
            deep = inner is not None and len(inner.segments) > 1
            found.append(inner if deep else Piece(drawn.choice("abc"), drawn.choice([0, 0, 1])))
        return tuple(found)

    def plain(one):
        """A dimension that is nothing but one row is that row."""
        alone = len(one.segments) == 1 and len(one.segments[0]) == 1
        return one.segments[0][0] if alone and isinstance(one.segments[0][0], Row) else one

    dims = tuple(plain(row(0)) for _ in range(drawn.randint(0, 3)))
    assert read_layout(written_layout(dims)) == dims


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "no parenthesis"),
        ("hidden in", 0, "no parenthesis"),
        ("(hidden in", 10, "without its ')'"),
        ("(hidden in))", 11, "goes on"),
        ("(hidden in) x", 12, "goes on"),
        ("(hidden,in)", 7, "has ',' in it"),
        ("(hidden -> in)", 8, "has '-' in it"),
        ("(1hidden)", 2, ""),
        ("(a | b)", 3, "no dimension"),
        ("((a |) b)", 5, "nothing in it"),
        ("((| a) b)", 2, "nothing in it"),
        ("(() b)", 2, "nothing in it"),
        ("(a.1234)", 6, ""),
        ("(é)", 1, "has 'é' in it"),
        ("(" * (DEEPEST + 5) + "a" + ")" * (DEEPEST + 5), None, "too many parentheses"),
    ],
)
def test_what_is_no_layout_is_shown_with_its_place(text, at, said):
    try:
        found = read_layout(text)
    except NotationError as error:
        assert said in str(error)
        assert len(str(error).splitlines()) <= 3
    else:
        assert not said, found
