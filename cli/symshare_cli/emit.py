"""`symshare emit` and `symshare verify`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import LayerFileError
from symshare_cli.layers import layer_choices, layer_options

if TYPE_CHECKING:
    from symshare.core.signature import Signature
    from symshare.plan.network import Network

__all__ = ["emit", "verify"]

TOLERANCE = 1e-10


@click.command()
@layer_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write; without it the text is printed."
)
@click.option(
    "--network",
    "stack",
    type=click.Choice(["einnet"]),
    help="Write a whole network of pooling layers instead of a layer.",
)
@click.option("--depth", default=4, show_default=True, type=click.IntRange(min=1), help="Layers of the network.")
@click.option("--width", default=64, show_default=True, type=click.IntRange(min=1), help="Channels of the network.")
@click.option(
    "--pool-width",
    default=16,
    show_default=True,
    type=click.IntRange(min=1),
    help="Channels that each pooling of the network works on.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    help="Make the network recurrent: the same layers so many times, with outputs after each round.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def emit(
    source: Callable[[], Any],
    choices: dict[str, Any],
    signature: Signature,
    order: int,
    output: Path | None,
    stack: str | None,
    depth: int,
    width: int,
    pool_width: int,
    rounds: int | None,
    force: bool,
) -> None:
    """Write a standalone torch layer, or a network of them."""
    from symshare.codegen.files import check_free, write_text
    from symshare.pipeline import emit as source_of

    if output is not None:
        check_free(output, force=force)
    if stack is None:
        if rounds is not None:
            raise click.UsageError("--rounds is for a network; add --network einnet")
        terms = source()
        text, what = source_of(terms, **layer_choices(choices)), f"{len(terms)} terms"
    else:
        made = _network(signature, order, choices, (width, pool_width, depth), rounds)
        text, what = source_of(made), f"{depth} layers"
    if output is None:
        click.echo(text, nl=False)
        return
    write_text(output, text, force=force)
    click.echo(
        f"{output}: {what} of {signature} to order {order}; check it with: symshare verify {output}",
        err=True,
    )


def _network(
    signature: Signature, order: int, choices: dict[str, Any], numbers: tuple[int, int, int], rounds: int | None
) -> Network:
    """The network that the options describe; those that say how one layer is made are not for it."""
    from symshare.pipeline import network

    for name in ("kind", "circular", "normalise_scale", "channels"):
        if choices[name] is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} is for a single layer; leave it out with --network")
    if choices["coefficients"] != "rank":
        raise click.UsageError("--coefficients is for a single layer; leave it out with --network")
    width, pool_width, depth = numbers
    return network(
        *(signature, order),
        poolings=choices["only"],
        width=width,
        pool_width=pool_width,
        depth=depth,
        rounds=rounds,
        reduce=choices["reduce"],
        normalise_factors=choices["normalise_factors"] is not False,
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
