"""The layout of a tensor as a text: `(hidden in)`, `((heads keys | heads values) stream)`, `(h h.1 1)`."""

from __future__ import annotations

import re

from symshare.errors import NotationError
from symshare.weights.axes import Dim, Layout, Piece, Segment

__all__ = ["read_layout", "written_layout"]

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[0-9]{1,3})?|[()|1]")
FORM = "write a word for each dimension, '(hidden in)'; several laid out as one, '((heads keys) stream)'; a row, '((a | b) c)'"


def written_layout(dims: Layout) -> str:
    """A layout as a text.

    >>> written_layout(read_layout("((heads keys | v) stream 1)"))
    '((heads keys | v) stream 1)'
    """
    return f"({' '.join(map(_dim, dims))})"


def _dim(dim: Dim) -> str:
    text = " | ".join(" ".join(map(_piece, segment)) or "1" for segment in dim)
    return text if len(dim) == 1 and len(dim[0]) < 2 else f"({text})"


def _piece(piece: Piece) -> str:
    return f"{piece.axis}.{piece.member}" if piece.member else piece.axis


def read_layout(text: str) -> Layout:
    """The layout that a text names; raises NotationError.

    >>> read_layout("(hidden in)")[1]
    ((Piece(axis='in', member=0),),)
    """
    tokens = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotationError(text, at, f"has {text[at]!r} in it", FORM)
        tokens.append((found[0], at))
        at = found.end()
    if not tokens or tokens[0][0] != "(":
        raise NotationError(text, 0, "has no parenthesis in front", FORM)
    dims: list[Dim] = []
    rest = tokens[1:]
    while rest and rest[0][0] != ")":
        token, at = rest.pop(0)
        if token == "|":
            raise NotationError(text, at, "has a row outside parentheses of its own", FORM)
        if token == "(":
            dim, rest = _row(text, rest)
            dims.append(dim)
        else:
            dims.append((_segment([token]),))
    if not rest:
        raise NotationError(text, len(text), "has a '(' without its ')'", FORM)
    if len(rest) > 1:
        raise NotationError(text, rest[1][1], "goes on after its last parenthesis", FORM)
    return tuple(dims)


def _row(text: str, tokens: list[tuple[str, int]]) -> tuple[Dim, list[tuple[str, int]]]:
    segments: list[list[str]] = [[]]
    for place, (token, at) in enumerate(tokens):
        if token in ")|" and not segments[-1]:
            raise NotationError(text, at, "has a segment with nothing in it", FORM)
        if token == ")":
            return tuple(map(_segment, segments)), tokens[place + 1 :]
        if token == "(":
            raise NotationError(text, at, "has parentheses three deep", FORM)
        if token == "|":
            segments.append([])
        else:
            segments[-1].append(token)
    raise NotationError(text, len(text), "has a '(' without its ')'", FORM)


def _segment(words: list[str]) -> Segment:
    pieces = []
    for one in words:
        name, _, member = one.partition(".")
        if name != "1":
            pieces.append(Piece(name, int(member or 0)))
    return tuple(pieces)
