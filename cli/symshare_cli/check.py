"""`symshare check`: checks any torch module in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import CheckError, NotationError
from symshare_cli.options import FILE, symmetry_options
from symshare_cli.program import Between, Program, run_options

if TYPE_CHECKING:
    from symshare.core.notation.signature import Signature

__all__ = ["check"]

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


class _Place(click.ParamType[tuple[Path, str]]):
    """A file and a name in it, `net.py:Net`; the file's own name may have colons."""

    name = "FILE.py:NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Path, str]:
        if isinstance(value, tuple):
            return value
        file, colon, name = value.rpartition(":")
        if not colon or not file or not all(piece.isidentifier() for piece in name.split(".")):
            cure = "write the file, ':', the name of a module in it: net.py:Net"
            raise NotationError(value, len(file) + len(colon), "names no module in a file", cure)
        return FILE.convert(file, param, ctx), name


@click.command()
@click.argument("place", metavar="FILE.py:NAME", type=_Place())
@symmetry_options
@click.option(
    "--example",
    "examples",
    multiple=True,
    metavar="SHAPE[:TYPE]",
    help="An input by its shape, 2,7,5,3, drawn normal, or 2,16:int64: whole numbers, below the number of embeddings if there "
    "are some (2,16:int64:50: below 50); () is a number. One for each input, in order.",
)
@click.option(
    "--tolerance",
    default=1e-10,
    show_default=True,
    type=Between(0, 1, min_open=True),
    help="The largest error, relative to the output, that counts as rounding.",
)
@click.option("--as-given", is_flag=True, help="Try the parameters as they are only, not moved as training would.")
@run_options
def check(
    place: tuple[Path, str],
    signature: Signature,
    examples: tuple[str, ...],
    tolerance: float,
    as_given: bool,
    seed: int,
    timeout: float,
    as_json: bool,
) -> None:
    """Say whether any torch module keeps a symmetry, and what breaks it first.

    NAME is a torch.nn.Module in FILE.py, a class of modules that needs no arguments, or a function without arguments that
    makes a module; it may have dots. The file is run: only check what you trust. It runs in a process of its own, without
    the current folder and that of the file on the path: what it imports must be installed. A copy of the module runs in
    float64 and evaluation mode: as it is, with its parameters moved as training would, and at other lengths of set axes.
    Exit code 0 where it holds, 1 where it breaks, 2 where it cannot be checked.
    """
    from symshare.codegen.axes import written_axes
    from symshare.core.groups.files import generators_of

    path, name = place
    shapes = [_example(text) for text in examples]
    if not shapes and signature.inputs:
        raise CheckError(f"there is no example of an input for {str(signature)!r}\n  {_wanted(signature)}")
    named, custom = written_axes(signature)
    asked = {
        "name": name,
        "symmetry": str(signature),
        "depends": list(signature.dependencies),
        "sizes": dict(signature.sizes),
        "axes": named,
        "generators": generators_of(custom) if custom else None,
        "examples": shapes,
        "options": {"tolerance": tolerance, "redraw": not as_given, "seed": seed},
    }
    program = Program(path, CheckError, "give a file of Python", "mend it", "name a file of Python, ':', what is in it")
    program.report(asked, timeout, as_json=as_json)


def _wanted(signature: Signature) -> str:
    """What to write where there is no example."""
    lengths = {axis: place for place, axis in enumerate((*signature.set_axes, *signature.latent_axes), 4)}
    lengths |= dict(signature.sizes)
    texts = [",".join(map(str, (2, *(lengths[one] for one in tensor.axes)))) for tensor in signature.inputs]
    said = " ".join(f"--example {text}" for text in texts)
    return f"give the shape of each input: a batch, and a length for each of its axes, such as {said}"


def _example(text: str) -> dict[str, Any]:
    """The shape, the type, and the number of values of an input.

    >>> _example("2,16:int64:50")
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
