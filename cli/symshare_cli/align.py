"""`symshare align`: the weights of one network in the order of another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import shown
from symshare_cli.derive import progress_bar
from symshare_cli.examples import Place, example, example_option
from symshare_cli.options import FILE
from symshare_cli.program import run_options
from symshare_cli.spec import answered, keywords_option, read_keywords
from symshare_cli.terminal import tables, tell

if TYPE_CHECKING:
    from symshare.weights import Spec

__all__ = ["align"]

USAGE = "give FILE.py:NAME and two files of weights, or two files of weights and --spec"


@click.command()
@click.argument("files", metavar="[FILE.py:NAME] A B", nargs=-1, type=FILE)
@example_option
@keywords_option
@click.option("--spec", type=FILE, metavar="FILE.json", help="The symmetry, as `symshare spec -o FILE.json` writes it.")
@click.option(
    "--scales", is_flag=True, help="Bring scales and signs of units in line, too; with --spec where it has them."
)
@click.option(
    "--starts", default=5, show_default=True, type=click.IntRange(1, 1000), help="So many times, the best is taken."
)
@click.option("-o", "--output", type=FILE, help="The file to write: .safetensors, or .pt, .pth, .bin for torch's form.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@run_options
def align(
    files: tuple[Path, ...],
    examples: tuple[str, ...],
    keywords: str,
    spec: Path | None,
    scales: bool,
    starts: int,
    output: Path | None,
    force: bool,
    seed: int,
    timeout: float,
    as_json: bool,
) -> None:
    """Bring the neurons of one network into the order of another's.

    A and B are files with state dicts of one module, of safetensors, or of torch, which are read without running anything in
    them. B's weights are written in the order in which they are nearest to A's: the module computes with them what it did.
    The module is given as for `symshare spec`, and run in the same way, to find its symmetry and to see that its outputs stay
    as they are; or its symmetry alone, by --spec.
    """
    if len(files) not in (2, 3) or (len(files) == 2 and spec is None):
        raise click.UsageError(USAGE)
    if len(files) == 2 and examples:
        raise click.UsageError(f"--example is of a module's inputs, and none is given: {USAGE}")
    place = Place().convert(str(files[0]), None, None) if len(files) == 3 else None
    asked = {"examples": [example(text) for text in examples], "keywords": read_keywords(keywords)}
    from symshare.codegen.files import check_free
    from symshare.weights.aligning.alignment import align as aligned
    from symshare.weights.aligning.files import Stored, check_end, read_state, write_state
    from symshare.weights.aligning.states import checked

    if output is not None:
        check_end(output)
        check_free(output, force=force)
    one, two = (read_state(path) for path in files[-2:])
    symmetry = _symmetry(place, asked, spec, {"scales": scales, "seed": seed}, timeout)
    for path, stored in zip(files[-2:], (one, two), strict=True):
        checked(symmetry, stored.state, shown(path.name))
    with progress_bar("starts", starts, from_total=1) as progress:
        found = aligned(symmetry, one.state, two.state, seed=seed, starts=starts, progress=progress)
    if place is not None:
        found = replace(
            found, change=_change(place, {**asked, "seed": seed}, symmetry, (two.state, found.state), timeout)
        )
    if output is not None:
        write_state(output, Stored(found.state, two.notes), force=force)
        tell(f"{shown(output)}: the weights of {shown(files[-1].name)} in the order of {shown(files[-2].name)}")
    click.echo(found.to_json() if as_json else tables(found))


def _symmetry(
    place: tuple[Path, str] | None,
    asked: Mapping[str, Any],
    spec: Path | None,
    options: Mapping[str, Any],
    timeout: float,
) -> Spec:
    """The spec in a file, else that of a module."""
    from symshare.weights.reading import read_spec

    if spec is not None:
        return read_spec(spec)
    if place is None:
        raise click.UsageError(USAGE)
    path, name = place
    whole = {"inputs": "fixed", "outputs": "fixed", **options}
    return read_spec(answered(path, {**asked, "name": name, "overrides": None, "options": whole}, timeout)["json"])


def _change(
    place: tuple[Path, str],
    asked: Mapping[str, Any],
    symmetry: Spec,
    states: Sequence[Mapping[str, Any]],
    timeout: float,
) -> float:
    """By how much a module's outputs differ, which must not be; in a process of its own, that reads states from files."""
    import json
    import tempfile

    from symshare.weights.aligning.files import kept_for

    path, name = place
    with tempfile.TemporaryDirectory(prefix="symshare.") as folder:
        files = kept_for(Path(folder), states)
        whole = {**asked, "name": name, "spec": symmetry.to_json(), "states": files}
        found = answered(path, whole, timeout, "symshare.weights.aligning.process")
    return float(json.loads(found["json"])["change"])
