"""`symshare emit`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import NotationError, plural, shown
from symshare.plans.choices import OPTIONS
from symshare_cli.layers import layer_choices, layer_options
from symshare_cli.options import FILE
from symshare_cli.terminal import tell

if TYPE_CHECKING:
    from symshare.core.notation.signature import Signature
    from symshare.plans.network import Network

__all__ = ["emit"]


@click.command()
@layer_options
@click.option("-o", "--output", type=FILE, help="The file to write; without it the text is printed.")
@click.option(
    "--network",
    "stack",
    type=click.Choice(["einnet"]),
    help="Write a whole network of pooling layers instead of a layer; to order 2 unless -k says another.",
)
@click.option("--depth", default=4, show_default=True, type=click.IntRange(min=1), help="Layers of the network.")
@click.option(
    "--width",
    "widths",
    multiple=True,
    metavar="N or ar=16",
    help="Channels of the network, 64 by default, or of one of its types; repeatable.",
)
@click.option(
    "--types",
    multiple=True,
    metavar="a,ar",
    help="More tensors that the network carries, beyond inputs and outputs; repeatable.",
)
@click.option(
    "--centre",
    "centred",
    multiple=True,
    metavar="NAME",
    help="Positions, by name or axes: the mean over the points is taken off, and added to outputs; repeatable.",
)
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
@click.option(
    "--nonlinearity",
    type=click.Choice(["gelu", "none"]),
    default="gelu",
    show_default=True,
    help="What stands between layers of the network; none, with --plain-factors, makes it a polynomial.",
)
@click.option("--inject", is_flag=True, help="Let every layer of the network see the inputs beside the hidden values.")
@click.option(
    "--scaled",
    type=int,
    help="Divide the inputs of the network by their size, and multiply its outputs by this power of it (-1: an inverse).",
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
    widths: tuple[str, ...],
    types: tuple[str, ...],
    centred: tuple[str, ...],
    pool_width: int,
    rounds: int | None,
    nonlinearity: str,
    inject: bool,
    scaled: int | None,
    force: bool,
) -> None:
    """Write a standalone torch layer, or a network of them."""
    from symshare.codegen.files import check_free, write_text
    from symshare.pipeline import emit as source_of

    if output is not None:
        check_free(output, force=force)
    if stack is None:
        given = {"--rounds": rounds, "--width": widths, "--types": types, "--centre": centred}
        given |= {"--nonlinearity": nonlinearity == "none", "--inject": inject, "--scaled": scaled is not None}
        given |= {"--depth": _is_given("depth"), "--pool-width": _is_given("pool_width")}
        for flag in (name for name, value in given.items() if value):
            raise click.UsageError(f"{flag} is for a network; add --network einnet")
        terms = source()
        text, what = source_of(terms, **layer_choices(choices)), plural(len(terms), "term")
    else:
        more = {"types": types, "centred": centred, "pool_width": pool_width, "depth": depth, "rounds": rounds}
        more |= {"nonlinearity": None if nonlinearity == "none" else nonlinearity, "inject": inject, "scaled": scaled}
        order = _order(signature, order)
        made = _network(signature, order, choices, _widths(widths), more)
        text, what = source_of(made), plural(depth, "layer")
    if output is None:
        click.echo(text, nl=False)
        return
    write_text(output, text, force=force)
    tell(f"{shown(output)}: {what} of {signature} to order {order}; check it with: symshare verify {_word(output)}")


def _word(path: Path) -> str:
    """A file's name as a shell reads it."""
    return shown(shlex.quote(str(path)), 4096)


def _order(signature: Signature, order: int) -> int:
    """The order of a network: 2 where none is asked for, as in Python; without products it would be a Deep Set of its axes."""
    return order if _is_given("order") else 2


def _is_given(name: str) -> bool:
    """Whether an option is written, and not left to its default."""
    source = click.get_current_context().get_parameter_source(name)
    return source is not click.core.ParameterSource.DEFAULT


def _widths(texts: tuple[str, ...]) -> int | dict[str, int]:
    """The number that the widths stand for, or one for each type that is named."""
    found: dict[str, int] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        digits = number.isascii() and number.isdigit() and len(number) < 10 and int(number) > 0
        if not digits or (len(texts) > 1 and not equals):
            cure = "give a number of channels (--width 64), or one for each type (--width a=64 --width ar=16)"
            raise NotationError(text, len(text) - len(number) if not digits else 0, "is not the width of a type", cure)
        if not equals:
            return int(number)
        if name in found:
            raise NotationError(text, 0, f"gives {name!r} a second width", "leave out one of them")
        found[name] = int(number)
    return found or 64


def _network(
    signature: Signature, order: int, choices: dict[str, Any], width: int | dict[str, int], more: dict[str, Any]
) -> Network:
    """The network that the options describe; those that say how one layer is made are not for it."""
    from symshare.plans.network import network

    for option in OPTIONS:
        if not option.networks and choices[option.name] not in (None, option.default):
            raise click.UsageError(f"{option.flag} is for a single layer; leave it out with --network")
    return network(
        signature,
        order,
        poolings=choices["only"],
        width=width,
        **more,
        **{option.name: given for option in OPTIONS if option.networks and (given := choices[option.name]) is not None},
    )
