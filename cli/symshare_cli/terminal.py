"""What is printed, in as many columns as there are; what is said beside it, and where nobody can hear it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from symshare.core.faces.noun import Noun

__all__ = ["aligned", "drop_unwritten", "say", "tables", "tell", "width"]

NARROWEST = 20
"""Columns that there are at least; in fewer nothing can be read."""

WIDEST = 1_000_000
"""Columns of a file and of a pipe, which programs read: there every row is one line."""


def width(stream: TextIO | None = None) -> int:
    """The columns that may be written: those that COLUMNS says, else those of the terminal that a stream (stdout) goes to."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and 0 < len(said) < 7 and int(said):
        return max(NARROWEST, int(said))
    try:
        found = os.get_terminal_size((stream or sys.stdout).fileno()).columns
    except (OSError, ValueError):  # no terminal, or nothing that has a number
        return WIDEST
    return max(NARROWEST, found) if found else WIDEST


def say(*lines: str) -> None:
    """Print lines; one that is too long goes on below, two columns further in than it begins."""
    from symshare.core.faces.columns import wrapped

    most = width()
    found = []
    for line in "\n".join(lines).split("\n"):
        start = len(line) - len(line.lstrip(" "))
        found += wrapped(line, most, " " * (start + 2)) if len(line) > most else [line]
    click.echo("\n".join(found))


def aligned(
    rows: Sequence[Sequence[str]],
    *,
    indent: int = 0,
    right: frozenset[int] = frozenset(),
    like: Sequence[Sequence[str]] = (),
) -> list[str]:
    """Rows of cells in columns, in those of a longer list, `like`, if these fit.

    Where they do not fit, cells are parted into lines, and the last columns go below the first.
    """
    from symshare.core.faces.columns import GAP, columns, span

    room = width() - indent
    widths = [max(map(span, column)) for column in zip(*like, strict=True)]
    if widths and sum(widths) + len(GAP) * (len(widths) - 1) <= room:
        rows = [[cell + " " * (most - span(cell)) for cell, most in zip(row, widths, strict=True)] for row in rows]
    return [" " * indent + line for line in columns(rows, room, right)]


def tables(noun: Noun) -> str:
    """The tables of a noun."""
    return "\n\n".join(table.text(width()) for table in noun.tables())


def tell(text: str, *, end: str = "\n") -> None:
    """Say something on stderr, if it can be said there: no command ends because a remark cannot be written."""
    try:
        click.echo(text + end, nl=False, err=True)
    except OSError:
        drop_unwritten()


def drop_unwritten() -> None:
    """Let go of text that cannot be written, or Python tries again at its end and complains."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
