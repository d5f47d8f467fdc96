"""Lines of Python that fit the width and need no formatter."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["WIDTH", "call", "condition", "docstring", "literal", "sequence", "wrapped"]

WIDTH = 88


def literal(text: str) -> str:
    """A text as a Python literal in double quotes.

    >>> literal('a"b')
    '"a\\\\"b"'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def call(indent: int, head: str, arguments: Sequence[str], tail: str = "") -> list[str]:
    """A statement that ends in one call: on one line, else its arguments on one line, else one line each.

    >>> call(4, "y = f(", ["a", "b"], ")")
    ['    y = f(a, b)']
    """
    space = " " * indent
    line = f"{space}{head}{', '.join(arguments)}{tail}"
    if len(line) <= WIDTH or not arguments:
        return [line]
    inside = f"{space}    {', '.join(arguments)}"
    if len(inside) <= WIDTH:
        return [f"{space}{head}", inside, f"{space}{tail}"]
    return [f"{space}{head}", *(f"{space}    {argument}," for argument in arguments), f"{space}{tail}"]


def sequence(head: str, items: Sequence[str], indent: int = 0, tail: str = "") -> list[str]:
    """A statement that ends in a tuple: on one line where it fits, else one item a line.

    >>> sequence("PAIR = ", ['"a"', '"b"'])
    ['PAIR = ("a", "b")']
    """
    space = " " * indent
    comma = "," if len(items) == 1 else ""
    line = f"{space}{head}({', '.join(items)}{comma}){tail}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{space}{head}(", *(f"{space}    {item}," for item in items), f"{space}){tail}"]


def condition(indent: int, parts: Sequence[str]) -> list[str]:
    """An `if` whose parts are joined by `or`."""
    space = " " * indent
    line = f"{space}if {' or '.join(parts)}:"
    if len(line) <= WIDTH:
        return [line]
    rest = [f"{space}    or {part}" for part in parts[1:]]
    return [f"{space}if (", f"{space}    {parts[0]}", *rest, f"{space}):"]


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
    if len(space) + len(text) + 6 <= WIDTH:
        return [f'{space}"""{text}"""']
    first, *rest = wrapped(text, WIDTH - indent - 3)
    return [f'{space}"""{first}', *(f"{space}{line}" for line in rest), f'{space}"""']
