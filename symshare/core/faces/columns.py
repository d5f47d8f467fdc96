"""Texts in columns of a given width: what is too long goes on below, in its own column or on a line of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

__all__ = ["GAP", "columns", "span", "wrapped"]

GAP = "  "
"""Between two columns."""

INDENT = "  "
"""Before what goes on below."""

# Texts may be parted after a space or a comma, but not inside 1,234.
_BETWEEN = re.compile(r"(?<=[ ,])(?!(?<=\d,)\d)(?=[^ ,])")


def span(text: str) -> int:
    """The columns of a terminal that a printable text takes.

    >>> span("abH"), span("日本")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(one) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """A text in lines of at most `width` columns, parted after spaces and commas, within a word only where it must be.

    >>> wrapped("ab,cb,cd,ad->ad", 10)
    ['ab,cb,cd,', 'ad->ad']
    """
    lines, line = [], ""
    if 2 * (len(text) - len(text.lstrip(" "))) > width - 2:
        text = text.lstrip(" ")  # so narrow that what stands before the text would leave no room for it
    for piece in _BETWEEN.split(text):
        if line.strip() and span(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = indent
        line += piece
        while span(line.rstrip()) > width:
            cut = _fitting(line, width)
            lines.append(line[:cut])
            line = indent + line[cut:]
    return [*lines, line.rstrip()]


def _fitting(text: str, width: int) -> int:
    """How many characters of a text fit, at least one more than its indent; of a number whole groups of digits."""
    least = len(text) - len(text.lstrip()) + 1
    cut = next((cut for cut in range(len(text), least, -1) if span(text[:cut]) <= width), least)
    return text.rfind(",", least, cut) + 1 or cut


def columns(rows: Sequence[Sequence[str]], width: int, right: frozenset[int] = frozenset()) -> list[str]:
    """Rows of cells as lines, in columns that are `right` or left aligned.

    Columns that fit are as wide as they need to be. Else long cells are parted into lines within their column, and where
    that is not enough the last columns go onto lines of their own, indented, in every row alike.

    >>> print(*columns([["order", "term"], ["1", "ab->ab"]], 60, frozenset({0})), sep="\\n")
    order  term
        1  ab->ab
    """
    if not rows or not rows[0]:
        return []
    natural = [max(span(cell) for cell in column) for column in zip(*rows, strict=True)]
    if sum(natural) + len(GAP) * (len(natural) - 1) <= width:
        return [_line(row, natural, range(len(natural)), right) for row in rows]
    least = [min(max(map(_least, column)), width // 2) for column in zip(*rows, strict=True)]
    groups = _groups(least, width)
    widths = [0] * len(least)
    for number, group in enumerate(groups):
        room = width - len(GAP) * (len(group) - 1) - (len(INDENT) if number else 0)
        for place, own in zip(group, _shared(least, natural, group, room), strict=True):
            widths[place] = own
    return [line for row in rows for line in _lines(row, widths, groups, right)]


def _least(cell: str) -> int:
    """The width of the longest piece of a text."""
    return max(span(piece.rstrip()) for piece in _BETWEEN.split(cell))


def _groups(least: Sequence[int], width: int) -> list[range]:
    """Columns that stand side by side, as many as fit at their least widths."""
    starts, used = [0], least[0]
    for place, own in enumerate(least[1:], 1):
        used += len(GAP) + own
        if used > width:
            starts.append(place)
            used = len(INDENT) + own
    return [range(start, end) for start, end in zip(starts, [*starts[1:], len(least)], strict=True)]


def _shared(least: Sequence[int], natural: Sequence[int], group: range, room: int) -> list[int]:
    """The widths of some columns: the least, and an equal part of the room that is left, but none more than it needs."""
    widths = {place: least[place] for place in group}
    left = max(0, room - sum(widths.values()))
    for number, place in enumerate(sorted(group, key=lambda place: natural[place] - least[place])):
        more = min(natural[place] - least[place], left // (len(group) - number))
        widths[place] += more
        left -= more
    return [widths[place] for place in group]


def _lines(row: Sequence[str], widths: Sequence[int], groups: Sequence[range], right: frozenset[int]) -> list[str]:
    """One row; of the columns below the first ones only where something stands in them."""
    lines = []
    for number, group in enumerate(groups):
        if number and not any(row[place] for place in group):
            continue
        parts = [wrapped(row[place], widths[place]) for place in group]
        own, before = [widths[place] for place in group], INDENT if number else ""
        lines += [before + _line(cells, own, group, right) for cells in zip_longest(*parts, fillvalue="")]
    return lines


def _line(cells: Sequence[str], widths: Sequence[int], places: range, right: frozenset[int]) -> str:
    padded = []
    for cell, width, place in zip(cells, widths, places, strict=True):
        space = " " * (width - span(cell))
        padded.append(space + cell if place in right else cell + space)
    return GAP.join(padded).rstrip()
