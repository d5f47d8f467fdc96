"""Statements of Python, each on one line (`layout` breaks those that are too long), and texts that fit the width."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["WIDTH", "call", "docstring", "literal", "sequence", "wrapped"]

WIDTH = 88
"""Columns of a line of an emitted file: the default of black and ruff."""


def literal(text: str) -> str:
    """A text as a Python literal in double quotes.

    >>> literal('a"b')
    '"a\\\\"b"'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def call(indent: int, head: str, arguments: Sequence[str], tail: str = "") -> list[str]:
    """A statement that ends in one call.

    >>> call(4, "y = f(", ["a", "b"], ")")
    ['    y = f(a, b)']
    """
    return [f"{' ' * indent}{head}{', '.join(arguments)}{tail}"]


def sequence(head: str, items: Sequence[str], indent: int = 0, tail: str = "") -> list[str]:
    """A statement that ends in a tuple.

    >>> sequence("PAIR = ", ['"a"', '"b"'])
    ['PAIR = ("a", "b")']
    """
    return [f"{' ' * indent}{head}({', '.join(items)}{',' if len(items) == 1 else ''}){tail}"]


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """A text in lines that fit."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def docstring(text: str, indent: int) -> list[str]:
    """A docstring of one sentence, on as many lines as it needs."""
    space = " " * indent
    first, *rest = wrapped(text, WIDTH - indent - 3)
    if not rest:
        return [f'{space}"""{text}"""']
    return [f'{space}"""{first}', *(f"{space}{line}" for line in rest), f'{space}"""']
