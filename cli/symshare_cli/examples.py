"""A module in a person's file, `net.py:Net`, and examples of its inputs by their shapes, `2,16:int64`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symshare.errors import NotationError
from symshare_cli.options import FILE

__all__ = ["Place", "example", "example_option"]

EXAMPLE = "give a shape, and a type if it is not float32: --example 2,16:int64"
TYPES = {
    **{
        name: name for name in ("float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool", "uint8")
    },
    **{name: name for name in ("int8", "int16", "int32", "int64")},
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "int": "int32",
    "long": "int64",
}
MOST_VALUES = 10**8
"""Values of an input, as many as 800 MB of float64 hold."""


class Place(click.ParamType[tuple[Path, str]]):
    """A file and a name in it, `net.py:Net`; the file's own name may have colons."""

    name = "FILE.py:NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Path, str]:
        """The file and the name; raises NotationError."""
        if isinstance(value, tuple):
            return value
        file, colon, name = value.rpartition(":")
        if not colon or not file or not all(piece.isidentifier() for piece in name.split(".")):
            cure = "write the file, ':', the name of a module in it: net.py:Net"
            raise NotationError(value, len(file) + len(colon), "names no module in a file", cure)
        return FILE.convert(file, param, ctx), name


example_option = click.option(
    "--example",
    "examples",
    multiple=True,
    metavar="SHAPE[:TYPE]",
    help="An input by its shape, 2,7,5,3, drawn normal, or 2,16:int64: whole numbers, below the number of embeddings if there "
    "are some (2,16:int64:50: below 50); () is a number. One for each input, in order.",
)


def example(text: str) -> dict[str, Any]:
    """The shape, the type, and the number of values of an input.

    >>> example("2,16:int64:50")
    {'shape': [2, 16], 'dtype': 'int64', 'below': 50}
    """
    shape, *others = text.split(":")
    lengths = [] if shape.strip() == "()" else [one.strip() for one in shape.split(",")]
    at = 0
    for one in lengths:
        if not (one.isascii() and one.isdigit() and len(one) <= 9):
            raise NotationError(text, at, "is not a shape", f"write lengths with commas between: {EXAMPLE}")
        at += len(one) + 1
    total = 1
    for one in lengths:
        total *= int(one)
    if total > MOST_VALUES:
        raise NotationError(text, 0, f"has over {MOST_VALUES:,} values", "give a smaller example")
    kind = others[0].removeprefix("torch.") if others else "float32"
    if kind not in TYPES:
        raise NotationError(
            text, len(shape) + 1, "has no type of torch's after the shape", f"write one of {', '.join(TYPES)}"
        )
    below = others[1] if len(others) > 1 else ""
    if len(others) > 2 or (below and not (below.isascii() and below.isdigit() and 0 < int(below) < 2**31)):
        at = len(shape) + len(others[0]) + 2
        raise NotationError(text, at, "is not what numbers are below", "write a whole number, 1 or more: 2,16:int64:50")
    return {"shape": [int(one) for one in lengths], "dtype": TYPES[kind], "below": int(below) if below else None}
