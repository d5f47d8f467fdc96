"""Tables: every cell arrives as it was written, in a terminal, in a notebook and through rich."""

import io
from html.parser import HTMLParser

import pytest
from rich.console import Console

from symshare.core.faces.columns import span
from symshare.core.faces.table import MOST_ROWS, WIDTH, Table, first

HEADINGS = ("order", "term", "in words")
TEXTS = [
    *("ab,bc->ac", "ar,as,[rst]->at", "[T1 rs],ar->as", "[/b]->[b]", "t,t+1->t", "<script>,a->a", "a & b"),
    *("'\"><img src=x onerror=alert(1)>", "$x$ and $y$", "&lt;b&gt;", "</td></table>"),
]
UNSEEN = ["a\x1b[31mred", "two\nlines", "tab\there", "\u202eturned", "no\u200bwidth", "\ud800", "\r\x08"]
TAGS = {"table", "caption", "thead", "tbody", "tr", "td", "th", "code", "div", "span"}


class Page(HTMLParser):
    """The cells and all text of some HTML, whose tags must be ours, balanced, and without anything that acts."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.text, self.open, self.cell = [], "", [], False
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS, tag
        assert {name for name, _ in attributes} <= {"style", "colspan"}
        assert not any("url" in value or "expression" in value for _, value in attributes)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data):
        self.text += data
        if self.cell:
            self.rows[-1][-1] += data

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@pytest.mark.parametrize("text", TEXTS)
def test_a_row_is_shown_as_it_is_written(text):
    table = Table(text, HEADINGS, (("2", text, f"words of {text}"),), code=("term",))
    page = Page(table.html())
    assert page.rows == [list(HEADINGS), ["2", text, f"words of {text}"]]
    assert page.text.startswith(text)
    assert (
        str(table).splitlines()
        == [
            text,
            f"order  {'term':{len(text)}}  in words".rstrip(),
            f"    2  {text}  words of {text}",
        ]
        or 9 + 2 * len(text) + 9 > WIDTH
    )
    stream = io.StringIO()
    Console(file=stream, width=200).print(table)
    title, *_, line, _ = stream.getvalue().splitlines()
    assert title.strip() == text
    assert [cell.strip() for cell in line.strip("│").split("│")] == ["2", text, f"words of {text}"]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_escaped_everywhere(text):
    table = Table(text, ("one", text), ((text, "1"),), notes=(text,))
    for line in str(table).split("\n"):
        assert line.isprintable()
    assert Page(table.html()).text.isprintable()
    stream = io.StringIO()
    Console(file=stream, width=80).print(table)
    assert all(line.isprintable() for line in stream.getvalue().split("\n"))


def test_dollars_make_no_formula_of_a_cell():
    """Notebooks set as a formula what stands between two dollars without a tag between them."""
    assert "<span>$</span>x<span>$</span>" in Table("", ("a",), (("$x$",),)).html()


@pytest.mark.parametrize("more", [0, 1, 1234])
def test_long_tables_say_how_many_rows_are_left_out(more):
    rows = [("1", f"a{number}", "") for number in range(MOST_ROWS + more)]
    table = first("many", HEADINGS, rows, lambda row: row)
    shown = Page(table.html()).rows[1:]
    assert [row[1] for row in shown[:MOST_ROWS]] == [text for _, text, _ in rows[:MOST_ROWS]]
    rest = [f".. {more:,} more"] if more else []
    assert [row[0] for row in shown[MOST_ROWS:]] == rest
    assert str(table).splitlines()[2 + MOST_ROWS :] == rest
    stream = io.StringIO()
    Console(file=stream, width=80).print(table)
    assert all(one in stream.getvalue() for one in rest)


def test_rows_beyond_the_first_are_never_made():
    made = []
    first("many", ("n",), range(10**9), lambda n: made.append(n) or (str(n),))
    assert len(made) == MOST_ROWS


def test_numbers_are_right_aligned_and_words_are_not():
    table = Table("t", ("n", "x", "mixed"), (("1", "a", "1"), ("1,234", "bb", "-")))
    assert str(table).splitlines()[1:] == ["    n  x   mixed", "    1  a   1", "1,234  bb  -"]
    assert table.html().count("text-align:right") == 3


@pytest.mark.parametrize("width", [20, 40, 60, 100])
def test_a_width_is_kept_and_a_cell_is_bounded(width):
    long = ("word " * 900, "x" * 5000, "ab," * 1000)
    lines = Table(*long[:1], ("a", "b", "c"), (long,), notes=long).text(width).splitlines()
    assert max(map(span, lines)) <= width
    assert len(lines) < 1500


def test_a_table_may_be_a_line_alone_or_cells_without_headings():
    assert str(Table("alone")) == "alone"
    assert str(Table("", ("a", "b"))) == ""
    assert str(Table("t", rows=(("a", "b"), ("c", "")))) == "t\na  b\nc"
    assert Page(Table("t", rows=(("a", "b"),)).html()).rows == [["a", "b"]]
