"""`symshare expand` and `symshare variety`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import NotationError
from symshare_cli.options import symmetry_options
from symshare_cli.program import Between
from symshare_cli.terminal import say, tables, tell

if TYPE_CHECKING:
    from symshare.core.faces.noun import Noun
    from symshare.core.notation.signature import Signature
    from symshare.polynomials.network import PolynomialNetwork

__all__ = ["expand", "variety"]

TOLD_EVERY = 5.0
"""Seconds between two remarks on how far the work is."""


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe a polynomial network."""
    for option in (
        click.option(
            "--form",
            type=click.Choice(["linear", "full"]),
            default="linear",
            show_default=True,
            help="A layer is W x and then an activation; or all products of its inputs, each with a weight.",
        ),
        click.option("--constant", is_flag=True, help="Give every layer the input x0 = 1 too."),
        click.option("--activation", metavar="'x^2+x'", help="A polynomial, in place of the power --degree."),
        click.option("--degree", metavar="N", help="The activation is x^N; with --form full, layers have degree N."),
        click.option("--widths", required=True, metavar="3,4,3", help="Inputs, hidden units, outputs."),
    ):
        command = option(command)
    return command


@click.command()
@network_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every coefficient in full.")
@click.option("--latex", "as_latex", is_flag=True, help="Print a LaTeX align block.")
def expand(
    widths: str, degree: str | None, activation: str | None, constant: bool, form: str, as_json: bool, as_latex: bool
) -> None:
    """Write a polynomial network out: the coefficient of each monomial, as a polynomial in the weights.

    \b
      symshare expand --widths 3,3,3 --degree 2
      symshare expand --widths 3,3 --degree 2 --form full

    Weights are a^k_i, from input i to unit k of the first layer, then b, c, ..; a^k_ij is the weight of x_i x_j. In the
    listing long coefficients are cut; --json has all.
    """
    from symshare.polynomials.expansion import expand as write_out

    if as_json and as_latex:
        raise click.UsageError("--json and --latex are two ways to print; give one of them")
    found = write_out(_network(widths, degree, activation, constant, form))
    if as_json:
        click.echo(found.to_json())
    elif as_latex:
        click.echo(found.latex())
    else:
        say(tables(found))


@click.command()
@network_options
@lambda command: symmetry_options(command, needed=False)
@click.option("--equations", "show_equations", is_flag=True, help="Print the equations on the weights too.")
@click.option(
    "--compare",
    type=click.Choice(["functions", "ordered", "additive", "entries"]),
    default="functions",
    show_default=True,
    help="How --equations of one layer compares coefficients: those of like monomials (of weights for i <= j only), or "
    "weight by weight with sums (without them).",
)
@click.option(
    "--groebner",
    type=Between(0, 1e6, min_open=True),
    metavar="SECONDS",
    help="Print a Groebner basis of the equations too, if one is found in this time.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def variety(
    signature: Signature | None,
    widths: str,
    degree: str | None,
    activation: str | None,
    constant: bool,
    form: str,
    show_equations: bool,
    compare: str,
    groebner: float | None,
    as_json: bool,
) -> None:
    """Say what polynomial networks of a shape can be: the dimension of their functions, the expected one, the defect.

    \b
      symshare variety --widths 3,5,1 --degree 4
      symshare variety -s 'a->a' --widths 3,4,3 --degree 2

    With a symmetry also each family of networks whose layers are all equivariant, by the orbits of their hidden units; and
    the equations on the weights that say that the network as a whole is.
    """
    from symshare.polynomials.dimensions import variety as find

    network = _network(widths, degree, activation, constant, form)
    if signature is None and (show_equations or groebner is not None or compare != "functions"):
        raise click.UsageError("--equations, --compare and --groebner are about a symmetry; give --symmetry")
    parts: dict[str, Noun] = {"variety": find(network, symmetry=signature, progress=_telling())}
    if signature is not None:
        parts |= _of_symmetry(network, signature, show_equations, compare, groebner)
    if as_json:
        import json

        from symshare.core.faces.noun import JSON_SCHEMA

        found = {name: one.to_dict() for name, one in parts.items()}
        click.echo(json.dumps({"schema": JSON_SCHEMA} | found.pop("variety") | found, indent=2))
    else:
        say("\n\n".join(map(tables, parts.values())))


def _of_symmetry(
    network: PolynomialNetwork, signature: Signature, show_equations: bool, compare: str, groebner: float | None
) -> dict[str, Noun]:
    """What is said of a symmetry beside the families: whether layers must be equivariant, and what is asked for."""
    from symshare.polynomials.equations import constraints
    from symshare.polynomials.layerwise import is_proved, verdict

    found: dict[str, Noun] = {}
    if is_proved(network, signature):
        found["layerwise"] = verdict(network)
    if show_equations or compare != "functions":
        found["constraints"] = constraints(network, signature, compare=compare)
    if groebner is not None:
        from symshare.polynomials.ideals import groebner as basis

        equations = constraints(network, signature)
        if groebner > TOLD_EVERY:
            tell(f"a Groebner basis of {len(equations.equations)} equations: up to {groebner:g} seconds")
        found["groebner"] = basis(equations, seconds=groebner)
    return found


def _telling() -> Callable[[int], None]:
    """Tell on stderr, now and then, how many families are done."""
    last = time.monotonic()

    def told(done: int) -> None:
        nonlocal last
        if time.monotonic() - last > TOLD_EVERY:
            last = time.monotonic()
            tell(f"{done} families of equivariant layers are done")

    return told if sys.stderr is not None else lambda done: None


def _network(widths: str, degree: str | None, activation: str | None, constant: bool, form: str) -> PolynomialNetwork:
    """The network that the options describe."""
    from symshare.polynomials.activations import read_activation
    from symshare.polynomials.network import PolynomialNetwork

    if degree is None and activation is None:
        raise click.UsageError("give --degree 2 for the activation x^2, or --activation 'x^2+x'")
    read = read_activation(activation) if activation is not None else ()
    power = _whole(degree, degree, 0, "--degree 2") if degree is not None else len(read) - 1
    numbers, start = [], 0
    for piece in widths.split(","):
        numbers.append(_whole(piece, widths, start, "--widths 3,4,3"))
        start += len(piece) + 1
    return PolynomialNetwork(tuple(numbers), power, constant, form, read)


def _whole(piece: str, text: str, position: int, example: str) -> int:
    """A positive whole number in a text.

    >>> _whole("4", "3,4,3", 2, "--widths 3,4,3")
    4
    """
    if not (piece.isascii() and piece.isdigit()) or not int(piece[:9]):
        place = min(position, max(0, len(text) - 1))
        raise NotationError(
            text, place, "is not made of positive whole numbers", f"write whole numbers, 1 or more: {example}"
        )
    if len(piece) > 9:
        raise NotationError(text, position, "has a number over 999,999,999", f"give smaller numbers: {example}")
    return int(piece)
