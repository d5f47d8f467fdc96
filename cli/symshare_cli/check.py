"""`symshare check`: checks any torch module in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from symshare.errors import CheckError
from symshare_cli.examples import Place, example, example_option
from symshare_cli.options import symmetry_options
from symshare_cli.program import Between, Program, run_options

if TYPE_CHECKING:
    from symshare.core.notation.signature import Signature

__all__ = ["check"]


@click.command()
@click.argument("place", metavar="FILE.py:NAME", type=Place())
@symmetry_options
@example_option
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
    shapes = [example(text) for text in examples]
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
