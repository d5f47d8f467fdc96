"""The groups of a layer's axes, as its file keeps them: names, or the generators themselves."""

from __future__ import annotations

import json

from symshare.codegen.source import WIDTH, literal
from symshare.core.groups.files import generators_of
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature

__all__ = ["axes_lines", "written_axes"]


def written_axes(signature: Signature) -> tuple[dict[str, str], dict[str, AxisGroup]]:
    """The axes whose group has a name to write, and those that only generators describe.

    >>> from symshare.core.notation.reading import signature
    >>> written_axes(signature("ar", axes={"r": "O(3)"}))
    ({'r': 'O(3)'}, {})
    """
    custom = {letter: group for letter, group in signature.groups if not (group.row.name or group.of)}
    return {letter: name for letter, name in signature.named_groups.items() if letter not in custom}, custom


def axes_lines(signature: Signature) -> list[str]:
    """`AXES` and `GENERATORS`, where a signature has them."""
    named, custom = written_axes(signature)
    lines = []
    if named:
        inside = ", ".join(f"{literal(letter)}: {literal(name)}" for letter, name in named.items())
        lines.append(f"AXES = {{{inside}}}")
    if custom:
        text = json.dumps(generators_of(custom), separators=(",", ":"))
        width = WIDTH - 6
        escaped = [text[at : at + width - 20] for at in range(0, len(text), width - 20)]
        if len(escaped) == 1:
            lines.append(f"GENERATORS = {_quoted(text)}")
        else:
            lines += ["GENERATORS = (", *(f"    {_quoted(piece)}" for piece in escaped), ")"]
    return lines


def _quoted(text: str) -> str:
    """A text in single quotes where that spares escapes, as formatters leave it."""
    if "'" in text or '"' not in text:
        return literal(text)
    return "'" + text + "'"
