"""`symshare weightnet`: a network that reads the weights of a module, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symshare.errors import TooLargeError, plural, shown
from symshare.plans.activations import ACTIVATIONS
from symshare_cli.options import FILE
from symshare_cli.terminal import tell

__all__ = ["weightnet"]

COUNT = click.IntRange(min=1)
MOST = 50_000_000


@click.command()
@click.argument("spec", metavar="SPEC.json", type=FILE)
@click.option("-o", "--output", type=FILE, help="The file to write; without it the text is printed.")
@click.option("--out", type=COUNT, help="Numbers for each state, which no permutation of units changes.")
@click.option("--each", default=1, show_default=True, type=COUNT, help="Without --out: values for each weight.")
@click.option("--width", default=16, show_default=True, type=COUNT, help="Channels of each tensor.")
@click.option("--depth", default=3, show_default=True, type=COUNT, help="Layers.")
@click.option("--rank", type=COUNT, help="Mix the channels of each tensor, its fixed axes, to so many first.")
@click.option(
    "--order", default=1, show_default=True, type=click.IntRange(1, 2), help="With 2 products of tensors too."
)
@click.option("--pool-width", default=8, show_default=True, type=COUNT, help="Channels of each product or message.")
@click.option(
    "--messages", is_flag=True, help="Move values along the weights between layers: forward, back, to numbers."
)
@click.option("--permute", multiple=True, metavar="AXIS", help='Permute a fixed axis too, or "ends": inputs, outputs.')
@click.option(
    "--positions",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Learned channels that tell the values of axes of --permute apart.",
)
@click.option("--entries", default=1, show_default=True, type=COUNT, help="States that a sample has, side by side.")
@click.option(
    "--fourier",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Sines and cosines of values at so many frequencies.",
)
@click.option("--canonical", is_flag=True, help="Take the scales and signs of the spec away first.")
@click.option("--ensemble", default=1, show_default=True, type=COUNT, help="The mean over so many canonical forms.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="The seed of these.")
@click.option("--exact", is_flag=True, help="Commute with the scales and signs of the spec, by terms of order 2.")
@click.option("--activation", type=click.Choice([*ACTIVATIONS]), help="What is done with each value between layers.")
@click.option("--normalise/--no-normalise", default=True, show_default=True, help="Normalise channels between layers.")
@click.option(
    "--residual/--no-residual", default=True, show_default=True, help="Add what layers find to what they see."
)
@click.option("--dropout", default=0.0, show_default=True, type=float, help="Drop a part of the values in training.")
@click.option("--max-parameters", default=MOST, show_default=True, type=COUNT, help="Refuse more parameters than this.")
@click.option("--json", "as_json", is_flag=True, help="Print what the network is as JSON instead.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def weightnet(
    spec: Path,
    output: Path | None,
    out: int | None,
    each: int,
    entries: int,
    fourier: int,
    permute: tuple[str, ...],
    canonical: bool,
    ensemble: int,
    seed: int,
    max_parameters: int,
    as_json: bool,
    force: bool,
    **options: Any,
) -> None:
    """Write a network that reads the weights of a module.

    SPEC.json is the symmetry of the module's weights, as `symshare spec -o` writes it. With --out the network gives numbers
    (for regression and classification), else a value for each weight. Its number of parameters is told before anything is
    made. The file needs torch alone: `net(**features(states))` maps a list of state dicts.
    """
    from symshare.codegen.files import check_free, write_text

    if output is not None:
        check_free(output, force=force)
    from symshare.pipeline import emit
    from symshare.weights import Features, read_spec, weight_network

    features = Features(
        read_spec(spec), entries, fourier, permute=permute, canonical=canonical, ensemble=ensemble, seed=seed
    )
    made = weight_network(features, out, entries=each, **options)
    if made.parameters > max_parameters:
        raise TooLargeError(
            f"the network has {made.parameters:,} parameters, over --max-parameters {max_parameters:,}\n"
            "  take a smaller --width, or --rank 16 where inputs and outputs are many"
        )
    if as_json:
        click.echo(made.to_json())
    if output is not None:
        write_text(output, emit(made), force=force)
        what = f"{plural(made.parameters, 'parameter')} on the weights of {shown(made.module, 60)}"
        tell(f"{shown(output)}: a network of {what}, {plural(made.depth, 'layer')} of {plural(made.terms, 'term')}")
    elif not as_json:
        click.echo(emit(made), nl=False)
