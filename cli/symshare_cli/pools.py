"""`symshare pools` and `symshare explain`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import NotationError, plural
from symshare_cli.derive import progress_bar
from symshare_cli.options import FILE, order_option, read_order, symmetry_options
from symshare_cli.terminal import aligned, say, tables

if TYPE_CHECKING:
    from symshare.core.notation.signature import Signature
    from symshare.core.poolings.pooling_set import PoolingSet
    from symshare.core.terms.term import Term

__all__ = ["explain", "pools"]

MOST_COUNTED = 16
"""The highest order whose terms are counted beside the poolings, without dependencies; 16 takes 0.3 s (`count -s ab -k
16`)."""

MOST_COUNTED_BELOW = 9
"""The same under dependencies; 9 takes 0.2 s (`count -s ab -k 9 --depends 'a->b'`)."""


def _types_option(command: Callable[..., Any]) -> Callable[..., Any]:
    option = click.option(
        "--types",
        multiple=True,
        metavar="a,ar",
        help="More tensors that a network may carry, beyond inputs and outputs; repeatable.",
    )
    return option(command)


@click.command()
@symmetry_options
@order_option()
@_types_option
@click.option(
    "--rule",
    type=click.Choice(["irreducible", "article", "none"]),
    default="irreducible",
    show_default=True,
    help="The smallest set; what the source article's filters leave; or every independent term.",
)
@click.option("--plot", type=FILE, metavar="FILE", help="Draw the poolings: .svg, .png or .pdf.")
@click.option("--force", is_flag=True, help="Overwrite an existing picture.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pools(
    signature: Signature,
    order: str,
    types: tuple[str, ...],
    rule: str,
    plot: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """List the poolings that a deep network of some tensor types needs.

    Stacked layers with these poolings make every map up to the order asked for, and none of them can be left out. Sizes
    choose between contraction paths; the set serves every size.
    """
    from symshare.core.poolings.pools import pools as find

    if plot is not None:
        from symshare.codegen.files import check_free
        from symshare.show.pictures import picture_kind

        picture_kind(plot)
        check_free(plot, force=force)
    highest = read_order(order)
    if plot is not None and highest < 2:
        raise click.UsageError("--plot draws poolings of order 2 and more: ask for --order 2 or higher")
    with progress_bar("orders", highest, from_total=6) as progress:
        found = find(signature, highest, types=types, rule=rule, progress=progress)
    if plot is not None:
        from symshare.show.graphs import plot_pools
        from symshare.show.pictures import save

        save(plot_pools(found)[0], plot)
    if as_json:
        click.echo(found.to_json())
    else:
        say(*_lines(found))


@click.command(context_settings={"ignore_unknown_options": True})  # a term may begin with its arrow
@click.argument("term", metavar="TERM")
@symmetry_options
@_types_option
@click.option(
    "--factors", metavar="0,1", help="Which input each factor is, numbered from 0, where several have as many axes."
)
@click.option("--output", type=click.IntRange(min=0), help="Which output it is, numbered from 0.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    signature: Signature,
    term: str,
    types: tuple[str, ...],
    factors: str | None,
    output: int | None,
    as_json: bool,
) -> None:
    """Show how a term is made from irreducible poolings.

    \b
      symshare explain 'ab,cb,cd,ad->ad' --symmetry abH

    x1, x2, .. are the term's factors as it is written; latent axes may be left out.
    """
    from symshare.core.poolings.explanation import explain as find

    found = find(signature, term, types=types, factors=_read_numbers(factors), output=output)
    if as_json:
        click.echo(found.to_json())
    else:
        say(tables(found))


def _read_numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    pieces = text.split(",")
    if not all(piece.isascii() and piece.isdigit() and len(piece) < 9 for piece in pieces):
        raise NotationError(
            text, 0, "is not a list of inputs", "number them from 0, one for each factor: --factors 0,1,0"
        )
    return [int(piece) for piece in pieces]


def _lines(found: PoolingSet) -> list[str]:
    from symshare.core.counting.burnside import count
    from symshare.core.poolings.pooling_set import described

    what = {
        "irreducible": "the smallest set",
        "article": "what the source article's filters leave,",
        "none": "all independent terms,",
    }[found.rule]
    beside = "".join(f", {one}" for one in described(found.signature))
    lines = [f"{found.signature}{beside}: {what} complete to order {found.complete_to}"]
    rows = _rows(found)
    counted = MOST_COUNTED_BELOW if found.signature.depends else MOST_COUNTED
    left = 0
    for order in range(1, found.complete_to + 1):
        own = len(found.of_order(order))
        total = count(found.signature, order) if order <= counted and not found.signature.groups else 0
        left += max(total - own, 0)
        lines += ["", f"order {order}: {own or 'none'}" + (f" of {plural(total, 'term')}" if total else "")]
        lines += aligned([row for term, row in rows if term.order == order], indent=2, like=[row for _, row in rows])
    lines += [
        "",
        "O(..): multiplications and additions per channel along the best path, which holds an intermediate of the size "
        "named; an index is as long as its axis. --json has the polynomials and the paths.",
        *(f"{note[0].upper()}{note[1:]}." for note in found.notes),
    ]
    grouped = bool(found.signature.groups)
    if (left or grouped) and found.rule == "irreducible":
        which = f"Each of the other {plural(left, 'term') if found.complete_to <= counted else 'terms'}"
        which = "Every other term" if grouped else "The other term" if left == 1 else which
        lines.append(f"{which} is a composition of these: symshare explain TERM shows how. Constants stand apart.")
    return lines


def _rows(found: PoolingSet) -> list[tuple[Term, list[str]]]:
    """Each pooling with what is told of it: tensors, cost, what it holds, why it is there."""
    sizes = dict(found.sizes)
    priced = sizes and all(letter in sizes for letter in found.signature.set_axes)
    rows = []
    for term in found:
        cost = found.cost(term)
        tensors = [f"tensors {','.join(map(str, term.factors))}->{term.output}"] * (len(found.signature.inputs) > 1)
        held = f"holds {cost.largest}" if cost.intermediates[1:] else ""
        number = [f"{cost.at(sizes):,}"] if priced else []
        rows.append((term, [term.to_einsum(), *tensors, cost.order, *number, held, _why(found, term)]))
    return rows


def _why(found: PoolingSet, term: Term) -> str:
    """What an operation of order 1 does, from where to where; why a pooling is irreducible."""
    from symshare.core.poolings.realisation import reason
    from symshare.core.terms.words import words

    if term.order > 1:
        return reason(term) if found.rule == "irreducible" else ""
    named = term.output_tensor.written(term.signature.words) or "a scalar"
    into = f", into output {term.output} ({named})" if term.output != term.factors[0] else ""
    return words(term) + into
