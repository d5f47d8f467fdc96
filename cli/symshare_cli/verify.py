"""`symshare verify`: checks a layer file, which runs in a process of its own."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import click

from symshare.errors import LayerFileError, plural, shown
from symshare_cli.options import FILE
from symshare_cli.terminal import say

__all__ = ["verify"]

TOLERANCE = 1e-10
"""The largest equivariance error, in float64, that counts as rounding; chosen, not measured."""


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="Of weights, inputs and relabellings.",
)
@click.option(
    "--timeout",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 1e6, min_open=True),
    help="Seconds after which the file's process is ended.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path, seed: int, timeout: float, as_json: bool) -> None:
    """Measure a layer file's equivariance.

    The file is run: only verify what you trust. It runs in a process of its own, in float64, with unequal numbers of
    channels (1, 2, 3, 5 in turn); the worst error is given for each axis. Exit code 1 where one is above 1e-10 of the
    largest output.
    """
    if timeout != timeout:
        raise click.UsageError("--timeout nan is no time; give seconds: --timeout 60")
    from symshare_cli.process import measured

    _check_file(file)
    result = measured(file, seed, timeout)
    errors = result["errors"]
    result["tolerance"] = TOLERANCE
    result["ok"] = all(error <= TOLERANCE for error in errors.values())
    if as_json:
        import json

        result["errors"] = {letter: error if error == error else None for letter, error in errors.items()}
        click.echo(json.dumps(result, indent=2, allow_nan=False))
    else:
        say(*_lines(file, result))
    if not result["ok"]:
        sys.exit(1)


def _check_file(file: Path) -> None:
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        cure = f"write one: symshare emit --symmetry abH -o {shown(file)}"
        raise LayerFileError(f"there is no file {shown(file)}\n  {cure}") from None
    except OSError as error:
        raise LayerFileError(
            f"{shown(file)} cannot be read: {error.strerror}\n  give a file that 'symshare emit' wrote"
        ) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise LayerFileError(f"{shown(file)} is {what}\n  give a file that 'symshare emit' wrote")


def _lines(file: Path, result: dict[str, Any]) -> list[str]:
    numbers = f"{plural(result['terms'], 'term')}, {plural(result['parameters'], 'parameter')}"
    lines = [f"{shown(file)}: {result['signature']}, {numbers}"]
    for letter, error in result["errors"].items():
        what = "scale" if letter == "scale" else f"axis {letter}" if len(letter) == 1 else f"axes {', '.join(letter)}"
        lines.append(f"  {what}: equivariance error {error:.1e}  {'ok' if error <= TOLERANCE else 'FAILS'}")
    sizes = ", ".join(f"{letter} = {size}" for letter, size in result["sizes"].items())
    lines.append(
        f"  (float64, channels 1, 2, 3, 5, {sizes}; relative to the largest output)"
        if sizes
        else "  (no axis is permuted)"
    )
    return lines
