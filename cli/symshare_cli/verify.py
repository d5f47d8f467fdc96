"""`symshare verify`: checks a layer file."""

from __future__ import annotations

from pathlib import Path

import click

from symshare.errors import LayerFileError, shown
from symshare_cli.options import FILE
from symshare_cli.program import Program, run_options

__all__ = ["verify"]


@click.command()
@click.argument("file", type=FILE)
@run_options
def verify(file: Path, seed: int, timeout: float, as_json: bool) -> None:
    """Check a layer file.

    The file is run: only verify what you trust. It runs in a process of its own, as 'symshare check' runs a module: in
    float64, with unequal numbers of channels (1, 2, 3, 5 in turn), every weight drawn at random; with and without weights
    of values, with masks, at lengths 1 and 0, without a batch and with an empty one. The worst error is given for each
    element of the group. Exit code 1 where one is above 1e-10 of the largest output.
    """
    write = f"write one: symshare emit --symmetry abH -o {shown(file)}"
    program = Program(file, LayerFileError, "give a file that 'symshare emit' wrote", "emit it anew", write)
    program.report({"options": {"seed": seed}}, timeout, as_json=as_json)
