"""`symshare demo`."""

from __future__ import annotations

from pathlib import Path

import click

from symshare_cli.options import FILE
from symshare_cli.terminal import say, tell

__all__ = ["demo"]


@click.command()
@click.option(
    "--out",
    type=FILE,
    default=Path("build/demo"),
    show_default=True,
    help="Folder for files and pictures.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31), help="Of splits and weights.")
def demo(out: Path, seed: int) -> None:
    """Run and train layers on real data.

    Derives, emits and runs layers on two small social networks, and trains one pair to fill in hidden attendances.
    """
    from symshare.experiments.demo import run

    run(out, seed=seed, echo=say, tell=tell)
