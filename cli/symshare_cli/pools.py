"""`symshare pools` and `symshare explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from symshare_cli.derive import progress_bar
from symshare_cli.options import order_option, read_order, symmetry_options

if TYPE_CHECKING:
    from symshare.core.pooling import PoolingSet
    from symshare.core.signature import Signature

__all__ = ["explain", "pools"]


@click.command()
@symmetry_options
@order_option()
@click.option(
    "--rule",
    type=click.Choice(["irreducible", "article", "none"]),
    default="irreducible",
    show_default=True,
    help="The smallest set; what the source article's filters leave; or every independent term.",
)
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw the poolings: .svg, .png or .pdf.")
@click.option("--force", is_flag=True, help="Overwrite an existing picture.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pools(signature: Signature, order: str, rule: str, plot: Path | None, force: bool, as_json: bool) -> None:
    """List the poolings that a deep network of one tensor type needs.

    Stacked layers with these poolings make every map up to the order asked for; no smaller set does. Sizes are for the
    costs alone.
    """
    from symshare.pipeline import pools as find

    if plot is not None:
        from symshare.codegen.files import check_free
        from symshare.show.pictures import picture_kind

        picture_kind(plot)
        check_free(plot, force=force)
    highest = read_order(order)
    with progress_bar("orders", highest, from_total=6) as progress:
        found = find(signature, highest, rule=rule, progress=progress)
    click.echo(found.to_json() if as_json else "\n".join(_lines(found)))
    if plot is not None:
        from symshare.show.graphs import plot_pools
        from symshare.show.pictures import save

        save(plot_pools(found)[0], plot)


@click.command(context_settings={"ignore_unknown_options": True})  # a term may begin with its arrow
@click.argument("term", metavar="TERM")
@symmetry_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(signature: Signature, term: str, as_json: bool) -> None:
    """Show how a term is made from irreducible poolings.

    \b
      symshare explain 'ab,cb,cd,ad->ad' --symmetry abH

    x1, x2, .. are the term's factors as it is written; latent axes may be left out.
    """
    from symshare.pipeline import explain as find

    found = find(signature, term)
    click.echo(found.to_json() if as_json else str(found))


def _lines(found: PoolingSet) -> list[str]:
    from symshare.core.counting import count
    from symshare.core.pooling import reason
    from symshare.core.wording import words

    smallest = found.rule == "irreducible"
    what = {
        "irreducible": "the smallest set",
        "article": "what the source article's filters leave,",
        "none": "all independent terms,",
    }[found.rule]
    lines = [f"{found.signature}: {what} complete to order {found.complete_to}"]
    texts = [term.to_einsum() for term in found]
    costs = [found.cost(term) for term in found]
    held = [f"holds {one.largest}" if one.intermediates[1:] else "" for one in costs]
    widths = [max(map(len, texts)), max(len(one.order) for one in costs), max(map(len, held))]
    left = 0
    for order in range(1, found.complete_to + 1):
        own = found.of_order(order)
        total = count(found.signature, order)
        left += total - len(own)
        lines += ["", f"order {order}: {len(own) or 'none'} of {total:,} terms"]
        for place, term in enumerate(found):
            if term.order == order:
                why = words(term) if order == 1 else reason(term) if smallest else ""
                cells = [
                    f"{cell:{width}}"
                    for cell, width in zip((texts[place], costs[place].order, held[place]), widths, strict=True)
                ]
                lines.append("  " + "  ".join([*cells, why]).rstrip())
    lines += [
        "",
        "O(..): multiplications and additions per channel along the best path, which holds an intermediate of the size",
    ]
    lines += ["named; an index is as long as its axis. --json has the polynomials and the paths."]
    if left and smallest:
        lines += [f"Each of the other {left:,} terms is a composition of these: symshare explain TERM shows how."]
    return lines
