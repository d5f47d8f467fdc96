"""`symshare spec`: the symmetry of a module's weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from symshare.errors import NotationError, SpecError, shown
from symshare_cli.examples import Place, example, example_option
from symshare_cli.options import FILE
from symshare_cli.program import Program, run_options
from symshare_cli.terminal import tell

__all__ = ["answered", "keywords_option", "read_keywords", "spec"]

KINDS = click.Choice(["fixed", "permuted"])

keywords_option = click.option(
    "--forward-kwargs",
    "keywords",
    default="{}",
    metavar="JSON",
    help='What it takes by name: \'{"causal": true}\'; {"mask": {"example": "2,4:bool"}} is a tensor.',
)


@click.command()
@click.argument("place", metavar="FILE.py:NAME", type=Place())
@example_option
@keywords_option
@click.option("--inputs", type=KINDS, default="fixed", show_default=True, help="Whether inputs are moved too.")
@click.option("--outputs", type=KINDS, default="fixed", show_default=True, help="Whether outputs are moved too.")
@click.option(
    "--overrides",
    type=FILE,
    metavar="FILE.toml",
    help='What the axes of weights are: [axes] "0.weight" = "(hidden In)", depends = ["heads->keys"], [sizes] heads = 3.',
)
@click.option("--scales", is_flag=True, help="Find by which positive numbers and signs units may be multiplied, too.")
@click.option("-o", "--output", type=FILE, help="The file to write the spec to, as JSON.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@run_options
def spec(
    place: tuple[Path, str],
    examples: tuple[str, ...],
    keywords: str,
    inputs: str,
    outputs: str,
    overrides: Path | None,
    scales: bool,
    output: Path | None,
    force: bool,
    seed: int,
    timeout: float,
    as_json: bool,
) -> None:
    """Find the permutation symmetry of a torch module's weights, and try it.

    NAME is a torch.nn.Module in FILE.py, a class of modules that needs no arguments, or a function without arguments that
    makes a module; it may have dots. The file is run: only give what you trust. It runs in a process of its own, without
    the current folder and that of the file on the path: what it imports must be installed. A copy of the module is followed
    and tried in float64 and evaluation mode. Exit code 0 where a spec is found, 2 where there is none.
    """
    from symshare.codegen.files import check_free, write_text

    path, name = place
    if output is not None:
        check_free(output, force=force)
    options = {"inputs": inputs, "outputs": outputs, "scales": scales, "seed": seed}
    asked = {"name": name, "examples": [example(text) for text in examples], "keywords": read_keywords(keywords)}
    found = answered(path, {**asked, "overrides": overrides and str(overrides), "options": options}, timeout)
    if output is not None:
        write_text(output, found["json"] + "\n", force=force)
        tell(f"{shown(output)}: the spec of {shown(path.name)}:{name}")
    if output is None or as_json:
        click.echo(found["json" if as_json else "text"])


def answered(
    path: Path, asked: Mapping[str, Any], timeout: float, answers: str = "symshare.weights.process"
) -> dict[str, Any]:
    """What the process that runs a module's file answers."""
    cures = ("give a file of Python", "mend it", "name a file of Python, ':', what is in it")
    return Program(path, SpecError, *cures, answers).answer(asked, timeout)


def read_keywords(text: str) -> dict[str, Any]:
    """What a module takes by name; what is an example of a tensor is read as one.

    >>> read_keywords('{"causal": true, "mask": {"example": "2,4:bool"}}')["mask"]
    {'example': {'shape': [2, 4], 'dtype': 'bool', 'below': None}}
    """
    import json

    cure = "write an object: --forward-kwargs '{\"causal\": true}'"
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = error.pos if isinstance(error, json.JSONDecodeError) else 0
        raise NotationError(text, min(at, max(0, len(text) - 1)), "is no JSON", cure) from None
    if not isinstance(given, dict):
        raise NotationError(text, 0, "is no object of JSON", cure)
    return {
        name: {"example": example(str(one["example"]))} if isinstance(one, dict) and set(one) == {"example"} else one
        for name, one in given.items()
    }
