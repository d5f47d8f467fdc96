"""The layout of a tensor as a text: `(hidden in)`, `((heads keys | heads values) stream)`, `(h h.1 1)`."""

from __future__ import annotations

import re

from symshare.errors import NotationError
from symshare.weights.axes import Layout, Piece, Row

__all__ = ["read_layout", "written_layout"]

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[0-9]{1,3})?|[()|1]")
FORM = (
    "write a word for each dimension, '(hidden in)', what is laid out as one in parentheses, '((heads keys) in)', "
    "rows with strokes, '((a | b) in)'"
)
DEEPEST = 20
"""Parentheses within each other; chosen, not measured."""


def written_layout(dims: Layout) -> str:
    """A layout as a text.

    >>> written_layout(read_layout("((heads (a | b) | v) stream 1)"))
    '((heads (a | b) | v) stream 1)'
    """
    return f"({' '.join(map(_written, dims))})"


def _written(one: Row | Piece) -> str:
    if isinstance(one, Piece):
        return f"{one.axis}.{one.member}" if one.member else one.axis
    text = " | ".join(" ".join(map(_written, segment)) or "1" for segment in one.segments)
    return text if len(one.segments) == 1 and len(one.segments[0]) < 2 else f"({text})"


def read_layout(text: str) -> Layout:
    """The layout that a text names; raises NotationError.

    >>> read_layout("(hidden in)")[1]
    Row(segments=((Piece(axis='in', member=0),),))
    """
    tokens: list[tuple[str, int]] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None and text[at] != " ":
            raise NotationError(text, at, f"has {text[at]!r} in it", FORM)
        if found is not None:
            tokens.append((found[0], at))
        at = found.end() if found is not None else at + 1
    if not tokens or tokens[0][0] != "(":
        raise NotationError(text, 0, "has no parenthesis in front", FORM)
    whole, rest = _row(text, tokens[1:], 0)
    if rest:
        raise NotationError(text, rest[0][1], "goes on after its last parenthesis", FORM)
    if len(whole.segments) > 1:
        raise NotationError(text, text.index("|"), "has a row that is no dimension", FORM)
    dims = whole.segments[0]
    return tuple(one if isinstance(one, Row) else Row(((one,),) if one.axis else ((),)) for one in dims)


def _row(text: str, tokens: list[tuple[str, int]], depth: int) -> tuple[Row, list[tuple[str, int]]]:
    """What stands before the next closing parenthesis, and what comes after that."""
    if depth > DEEPEST:
        raise NotationError(text, tokens[0][1], "has too many parentheses within each other", FORM)
    segments: list[list[Piece | Row]] = [[]]
    filled = False
    while tokens:
        mark, at = tokens[0]
        if mark in ")|" and not filled and (depth or mark == "|"):
            raise NotationError(text, at, "has a segment with nothing in it", FORM)
        if mark == ")":
            return Row(tuple(map(tuple, segments))), tokens[1:]
        if mark == "(":
            inner, tokens = _row(text, tokens[1:], depth + 1)
            plain = len(inner.segments) == 1 and depth
            segments[-1] += inner.segments[0] if plain else [inner]
            filled = True
            continue
        tokens = tokens[1:]
        filled = mark != "|"
        if mark == "|":
            segments.append([])
        elif mark != "1" or not depth:
            name, _, member = mark.partition(".")
            segments[-1].append(Piece("" if name == "1" else name, int(member or 0)))
    raise NotationError(text, len(text), "has a '(' without its ')'", FORM)
