"""`symshare align`: the weights of one network in the order of another's."""

from __future__ import annotations

from collections.abc import Mapping
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
    from symshare.weights.aligning.states import State

__all__ = ["align"]

USAGE = "give FILE.py:NAME and two files of weights, or two files of weights and --spec"


@click.command()
@click.argument("files", metavar="[FILE.py:NAME] A B", nargs=-1, type=FILE)
@example_option
@keywords_option
@click.option(
    "--by",
    type=click.Choice(["weights", "activations"]),
    default="weights",
    show_default=True,
    help="What units are matched by; activations are the values that they have on --data.",
)
@click.option(
    "--data",
    type=FILE,
    metavar="FILE",
    help="Inputs, instead of --example: .npz, .npy, .safetensors or .pt; one array, or several by their names in forward.",
)
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
    by: str,
    data: Path | None,
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
    as they are; or its symmetry alone, by --spec. With --by activations units are matched by the values that they have on the
    inputs in --data.
    """
    _check_usage(files, examples, by, data, spec)
    place = Place().convert(str(files[0]), None, None) if len(files) == 3 else None
    asked: dict[str, Any] = {"examples": [example(text) for text in examples], "keywords": read_keywords(keywords)}
    import tempfile

    from symshare.codegen.files import check_free
    from symshare.weights.aligning.data import read_inputs
    from symshare.weights.aligning.files import Stored, check_end, kept_for, read_state, write_state
    from symshare.weights.aligning.states import checked

    if output is not None:
        check_end(output)
        check_free(output, force=force)
    one, two = (read_state(path) for path in files[-2:])
    with tempfile.TemporaryDirectory(prefix="symshare.") as folder:
        if data is not None:
            (asked["data"],) = kept_for(Path(folder), [read_inputs(data)])
        symmetry = _symmetry(place, asked, spec, {"scales": scales, "seed": seed}, timeout)
        for path, stored in zip(files[-2:], (one, two), strict=True):
            checked(symmetry, stored.state, shown(path.name))
        pair, options = (one.state, two.state), {**asked, "seed": seed, "starts": starts}
        if by == "activations" and place is not None:
            state, told = _by_activations(place, options, symmetry, pair, timeout)
        else:
            state, told = _by_weights(place, options, symmetry, pair, timeout)
    if output is not None:
        write_state(output, Stored(dict(state), two.notes), force=force)
        tell(f"{shown(output)}: the weights of {shown(files[-1].name)} in the order of {shown(files[-2].name)}")
    click.echo(told["json" if as_json else "text"])


def _check_usage(
    files: tuple[Path, ...], examples: tuple[str, ...], by: str, data: Path | None, spec: Path | None
) -> None:
    """Refuse what does not go together."""
    if len(files) not in (2, 3) or (len(files) == 2 and spec is None):
        raise click.UsageError(USAGE)
    if len(files) == 2 and (examples or data is not None):
        raise click.UsageError(
            f"{'--example' if examples else '--data'} is of a module's inputs, and none is given: {USAGE}"
        )
    if examples and data is not None:
        raise click.UsageError("--example and --data are of the same inputs: give one of them")
    if by == "activations" and (len(files) == 2 or data is None):
        what = "a module and inputs to see them on: FILE.py:NAME A B --by activations --data FILE"
        raise click.UsageError(f"activations need {what}")


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


def _by_weights(
    place: tuple[Path, str] | None, asked: Mapping[str, Any], symmetry: Spec, pair: tuple[State, State], timeout: float
) -> tuple[State, dict[str, str]]:
    """The second state aligned by weights, and what is said of it; if there is a module, its outputs are looked at too."""
    import json
    import tempfile

    from symshare.weights.aligning.alignment import align as aligned

    with progress_bar("starts", asked["starts"], from_total=1) as progress:
        found = aligned(symmetry, *pair, seed=asked["seed"], starts=asked["starts"], progress=progress)
    if place is not None:
        with tempfile.TemporaryDirectory(prefix="symshare.") as folder:
            said = _run(place, asked, symmetry, (pair[1], found.state), Path(folder), timeout)
        found = replace(found, change=float(json.loads(said["json"])["change"]))
    return found.state, {"json": found.to_json(), "text": tables(found)}


def _by_activations(
    place: tuple[Path, str], asked: Mapping[str, Any], symmetry: Spec, pair: tuple[State, State], timeout: float
) -> tuple[State, dict[str, str]]:
    """The second state aligned by activations, in the process that runs the module, and what that says of it."""
    import tempfile

    from symshare.weights.aligning.files import read_state

    with tempfile.TemporaryDirectory(prefix="symshare.") as name:
        aligned = Path(name) / "aligned.pt"
        said = _run(place, {**asked, "aligned": str(aligned)}, symmetry, pair, Path(name), timeout)
        return read_state(aligned).state, said


def _run(
    place: tuple[Path, str],
    asked: Mapping[str, Any],
    symmetry: Spec,
    pair: tuple[State, State],
    folder: Path,
    timeout: float,
) -> dict[str, Any]:
    """What the process says that runs a module with two states, which it reads from files in a folder."""
    from symshare.weights.aligning.files import kept_for

    path, name = place
    whole = {**asked, "name": name, "spec": symmetry.to_json(), "states": kept_for(folder, pair)}
    return answered(path, whole, timeout, "symshare.weights.aligning.process")
