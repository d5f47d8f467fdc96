"""Tables of terms: every row arrives as it was written, in a terminal and in a notebook."""

import io
from html.parser import HTMLParser

import pytest
from rich.console import Console

from symshare.core.terms.tables import HTML_ROWS, as_html, as_rich

TEXTS = ["ab,bc->ac", "ar,as,[rst]->at", "[T1 rs],ar->as", "[/b]->[b]", "t,t+1->t", "<script>,a->a", "a & b"]


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.inside = [], None

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = tag
        assert tag in {"table", "caption", "thead", "tbody", "tr", "td", "th", "code"}, tag

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def parsed(text):
    cells = Cells()
    cells.feed(text)
    return cells.rows


@pytest.mark.parametrize("text", TEXTS)
def test_a_row_is_shown_as_it_is_written(text):
    headings, row = ("order", "term", "in words"), (2, text, f"words of {text}")
    assert parsed(as_html(text, headings, [row])) == [list(headings), ["2", text, f"words of {text}"]]
    stream = io.StringIO()
    Console(file=stream, width=200).print(as_rich(text, headings, [row]))
    title, *_, line, _ = stream.getvalue().splitlines()
    assert title.strip() == text
    assert [cell.strip() for cell in line.strip("│").split("│")] == ["2", text, f"words of {text}"]


@pytest.mark.parametrize("more", [0, 1, 1234])
def test_long_tables_say_how_many_rows_are_left_out(more):
    rows = [(1, f"a{number}", "") for number in range(HTML_ROWS + more)]
    shown = parsed(as_html("many", ("order", "term", "in words"), rows))[1:]
    assert [row[1] for row in shown[:HTML_ROWS]] == [text for _, text, _ in rows[:HTML_ROWS]]
    assert [row[1] for row in shown[HTML_ROWS:]] == ([f".. {more:,} more"] if more else [])
