"""The noun Table: a title, rows under headings, and notes; as text, as HTML, and for rich."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from symshare.core.faces.columns import INDENT, columns, wrapped
from symshare.errors import shown

if TYPE_CHECKING:
    from rich.console import Group

__all__ = ["MOST_ROWS", "WIDTH", "Table", "first"]

WIDTH = 60
"""Columns of a terminal that a table takes where it is not told how many there are."""

MOST_ROWS = 200
"""So many rows a table shows; of the others it says how many they are."""

LONGEST_CELL = 2_000
"""Characters of a cell: longer texts are cut; chosen, not measured."""

CELL = 'style="text-align:left;vertical-align:top;padding:0 1em 0 0"'
NUMBER = 'style="text-align:right;vertical-align:top;padding:0 1em 0 0"'
NOTE = 'style="white-space:pre-wrap"'
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?")

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Table:
    """Cells under headings (or under none), a line above, notes below; `more` rows are left out.

    What stands in a cell of one of the columns `code` is notation, in HTML set as such. Cells are escaped here: whatever
    they hold, nothing in them moves the cursor, hides, or is HTML.

    >>> print(Table("abH", ("order", "term"), (("1", "ab->ab"), ("12", "ab->a")), more=1234))
    abH
    order  term
        1  ab->ab
       12  ab->a
    .. 1,234 more
    """

    title: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    more: int = 0
    code: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int = WIDTH) -> str:
        """The table in lines of at most `width` columns (`symshare.core.faces.columns`)."""
        cells = self._cells()
        above = [list(map(_seen, self.headings))] if self.headings and cells else []
        lines = wrapped(_seen(self.title), width, INDENT) if self.title else []
        lines += columns([*above, *cells], width, self._right(cells))
        lines += [self._rest()] if self.more else []
        return "\n".join([*lines, *(line for note in self.notes for line in wrapped(_seen(note), width, INDENT))])

    def html(self) -> str:
        """The table as HTML with inline styles, without scripts or anything that has to be loaded.

        >>> Table("<abH>").html()[:66]
        '<table><caption style="text-align:left">&lt;abH&gt;</caption><tbod'
        """
        cells = self._cells()
        right = self._right(cells)
        code = {place for place, heading in enumerate(self.headings) if heading in self.code}
        styles = [NUMBER if place in right else CELL for place in range(max(map(len, cells), default=1))]
        caption = f'<caption style="text-align:left">{_escaped(_seen(self.title))}</caption>' if self.title else ""
        headings = map(_escaped, map(_seen, self.headings))
        head = "".join(f"<th {style}>{one}</th>" for style, one in zip(styles, headings, strict=False))
        body = []
        for row in cells:
            texts = [f"<code>{_escaped(one)}</code>" if at in code else _escaped(one) for at, one in enumerate(row)]
            body.append("".join(f"<td {style}>{one}</td>" for style, one in zip(styles, texts, strict=True)))
        if self.more:
            body.append(f'<td colspan="{len(styles)}" {CELL}>{self._rest()}</td>')
        whole = f"<thead><tr>{head}</tr></thead>" if head and cells else ""
        whole += "<tbody>" + "".join(f"<tr>{one}</tr>" for one in body) + "</tbody>"
        notes = [f"<div {NOTE}>{_escaped(_seen(note))}</div>" for note in self.notes]
        return f"<table>{caption}{whole}</table>" + "".join(notes)

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.table import Table as RichTable
        from rich.text import Text

        cells = self._cells()
        right = self._right(cells)
        table = RichTable(show_header=bool(self.headings))
        for place in range(max(map(len, cells), default=0)):
            heading = self.headings[place] if self.headings else ""
            side: Literal["left", "right"] = "right" if place in right else "left"
            table.add_column(Text(_seen(heading)), justify=side, overflow="fold", no_wrap=heading in self.code)
        for row in cells:
            table.add_row(*map(Text, row))
        above = [self.title] if self.title else []
        below = [*([self._rest()] if self.more else []), *self.notes]
        return Group(
            *(Text(_seen(one)) for one in above), *([table] if cells else []), *(Text(_seen(one)) for one in below)
        )

    def _cells(self) -> list[list[str]]:
        return [[_seen(cell) for cell in row] for row in self.rows]

    def _right(self, cells: Sequence[Sequence[str]]) -> frozenset[int]:
        """The columns of numbers."""
        numbers = [all(not cell or _NUMBER.fullmatch(cell) for cell in column) for column in zip(*cells, strict=True)]
        return frozenset(place for place, whole in enumerate(numbers) if whole and any(row[place] for row in cells))

    def _rest(self) -> str:
        return f".. {self.more:,} more"


def _seen(text: str) -> str:
    return shown(text, LONGEST_CELL)


def _escaped(text: str) -> str:
    # notebooks set what stands between dollars as formulas, unless there is a tag between them
    import html

    return html.escape(text).replace("$", "<span>$</span>")


def first(
    title: str,
    headings: tuple[str, ...],
    things: Sequence[One],
    row: Callable[[One], tuple[str, ...]],
    *,
    notes: tuple[str, ...] = (),
    code: tuple[str, ...] = (),
) -> Table:
    """A table with a row for each of some things, of many the first.

    >>> first("numbers", ("n", "n^2"), range(201), lambda n: (str(n), str(n * n))).more
    1
    """
    rows = tuple(map(row, things[:MOST_ROWS]))
    return Table(title, headings, rows, notes, len(things) - len(rows), code)
