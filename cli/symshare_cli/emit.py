"""`symshare emit` and `symshare verify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symshare.errors import LayerFileError
from symshare_cli.options import order_option, read_order, symmetry_options

if TYPE_CHECKING:
    from symshare.core.signature import Signature

__all__ = ["emit", "verify"]

TOLERANCE = 1e-10


@click.command()
@symmetry_options
@order_option(default="1")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write; without it the text is printed."
)
@click.option("--kind", type=click.Choice(["linear", "polynomial"]), help="By default what the order asks for.")
@click.option(
    "--reduce",
    type=click.Choice(["mean", "sum"]),
    default="mean",
    show_default=True,
    help="What a sum over an index becomes.",
)
@click.option(
    "--coefficients",
    type=click.Choice(["rank", "full"]),
    default="rank",
    show_default=True,
    help="How terms of order 2 and more join channels.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="EINSUM",
    help="Of order 2 and more keep only this; repeatable.",
)
@click.option(
    "--normalise-scale",
    is_flag=True,
    help="Divide inputs by their root mean square: their scale does not matter.",
)
@click.option(
    "--circular",
    type=click.Choice(["fft", "direct"]),
    help="How to convolve over cyclic axes; by default the faster for the length.",
)
@click.option(
    "--max-terms", default=20_000, show_default=True, type=click.IntRange(min=0), help="Refuse more terms than this."
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def emit(
    signature: Signature,
    order: str,
    output: Path | None,
    kind: str | None,
    reduce: str,
    coefficients: str,
    only: tuple[str, ...],
    normalise_scale: bool,
    circular: str | None,
    max_terms: int,
    force: bool,
) -> None:
    """Write a standalone torch layer."""
    from symshare.codegen.files import check_free, write_text
    from symshare.pipeline import derive
    from symshare.pipeline import emit as source_of

    highest = read_order(order)
    if kind == "linear" and highest > 1:
        raise click.UsageError(
            f"a linear layer has orders 0 and 1; leave out --order {highest}, or use --kind polynomial"
        )
    if output is not None:
        check_free(output, force=force)
    basis = derive(signature, highest, max_terms=max_terms)
    if only:
        basis = basis.only(*only)
    text = source_of(
        basis,
        kind=kind,
        reduce=reduce,
        coefficients=coefficients,
        normalise_scale=normalise_scale or None,
        circular=circular,
    )
    if output is None:
        click.echo(text, nl=False)
        return
    write_text(output, text, force=force)
    click.echo(
        f"{output}: {len(basis)} terms of {signature} to order {highest}; check it with: symshare verify {output}",
        err=True,
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="Of weights, inputs and relabellings.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path, seed: int, as_json: bool) -> None:
    """Measure a layer file's equivariance.

    The file is run in a process of its own, in float64; the error is given for each axis. Exit code 1 where one is above
    1e-10 of the largest output.
    """
    import json
    import subprocess

    if not file.is_file():
        raise LayerFileError(f"there is no file {file}\n  write one: symshare emit --symmetry abH -o {file}")
    command = [sys.executable, "-m", "symshare.nn.verify", str(file), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2:
        raise LayerFileError(done.stderr.strip().split("\n\n")[-1])
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise LayerFileError(f"{file} stops the process that runs it: {last[0]}\n  emit it anew")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    errors = result["errors"]
    result["tolerance"] = TOLERANCE
    result["ok"] = all(error <= TOLERANCE for error in errors.values())
    if as_json:
        result["errors"] = {letter: error if error == error else None for letter, error in errors.items()}
        click.echo(json.dumps(result, indent=2, allow_nan=False))
    else:
        sizes = ", ".join(f"{letter} = {size}" for letter, size in result["sizes"].items())
        click.echo(f"{file}: {result['signature']}, {result['terms']} terms, {result['parameters']:,} parameters")
        for letter, error in errors.items():
            what = (
                "scale" if letter == "scale" else f"axis {letter}" if len(letter) == 1 else f"axes {', '.join(letter)}"
            )
            click.echo(f"  {what}: equivariance error {error:.1e}  {'ok' if error <= TOLERANCE else 'FAILS'}")
        click.echo(f"  (float64, {sizes}; relative to the largest output)" if sizes else "  (no axis is permuted)")
    if not result["ok"]:
        sys.exit(1)
