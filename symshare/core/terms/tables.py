"""Terms as tables: in a terminal by rich, in a notebook as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["as_html", "as_rich"]

HTML_ROWS = 200
"""So many rows a notebook shows; of the others it says how many they are."""
CELL = 'style="text-align:left;padding:0 1em 0 0"'


def as_rich(title: str, headings: Sequence[str], rows: Sequence[tuple[int, str, str]]) -> Table:
    """A table with an order, a term and a remark in each row, for `rich.print`.

    >>> as_rich("abH", ("order", "term", "in words"), [(1, "abH->abH", "the input itself")]).row_count
    1
    """
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    order, term, remark = headings
    table.add_column(order, justify="right")
    table.add_column(term, no_wrap=True)
    table.add_column(remark)
    for number, text, words in rows:
        table.add_row(str(number), escape(text), escape(words))
    return table


def as_html(title: str, headings: Sequence[str], rows: Sequence[tuple[int, str, str]]) -> str:
    """The same as HTML, of long tables the first rows.

    >>> as_html("<abH>", ("order", "term", "in words"), [])[:66]
    '<table><caption style="text-align:left">&lt;abH&gt;</caption><thea'
    """
    shown = [
        f"<tr><td {CELL}>{number}</td><td {CELL}><code>{html.escape(text)}</code></td>"
        f"<td {CELL}>{html.escape(words)}</td></tr>"
        for number, text, words in rows[:HTML_ROWS]
    ]
    if len(rows) > HTML_ROWS:
        shown.append(f"<tr><td></td><td {CELL}>.. {len(rows) - HTML_ROWS:,} more</td><td></td></tr>")
    head = "".join(f"<th {CELL}>{heading}</th>" for heading in headings)
    caption = f'<caption style="text-align:left">{html.escape(title)}</caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(shown)}</tbody></table>"
