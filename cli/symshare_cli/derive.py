"""`symshare derive` and `symshare count`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from symshare.errors import plural
from symshare_cli.options import order_option, read_order, symmetry_options
from symshare_cli.terminal import aligned, say, tables, width

if TYPE_CHECKING:
    from symshare.core.bases.basis import Basis
    from symshare.core.notation.signature import Signature

__all__ = ["count", "derive", "progress_bar"]

PROGRESS_FROM = 5_000
"""Terms from which a progress bar is drawn; 7,730 take 0.6 s (`derive -s aa -k 4`)."""


@click.command()
@symmetry_options
@order_option()
@click.option("--ordered", is_flag=True, help="Keep exchanged factors apart: coefficient tensors not symmetrised.")
@click.option("--certify", is_flag=True, help="Check exactly that terms commute, are independent, and none is missing.")
@click.option(
    "--max-terms", default=20_000, show_default=True, type=click.IntRange(min=0), help="Refuse more terms than this."
)
@click.option("--show-constants", is_flag=True, help="Write constant tensors out, entry by entry; --json always does.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--latex", "as_latex", is_flag=True, help="Print a LaTeX align block.")
@click.option(
    "--as-loops", is_flag=True, help="Print a Python program: each term as the plain loops it equals, in numpy."
)
def derive(
    signature: Signature,
    order: str,
    ordered: bool,
    certify: bool,
    max_terms: int,
    show_constants: bool,
    as_json: bool,
    as_latex: bool,
    as_loops: bool,
) -> None:
    """List every equivariant polynomial term of a symmetry."""
    from symshare.core.bases.basis import heading
    from symshare.core.bases.derivation import counted
    from symshare.core.bases.derivation import derive as list_terms
    from symshare.pipeline import certify as check

    forms = [name for name, asked in (("json", as_json), ("latex", as_latex), ("as-loops", as_loops)) if asked]
    if len(forms) > 1:
        raise click.UsageError(f"--{forms[0]} and --{forms[1]} are two ways to print; give one of them")
    highest = read_order(order)
    counts = counted(signature, highest, ordered=ordered, max_terms=max_terms)
    if certify:
        from symshare.core.bases.certify import check_certifiable

        check_certifiable(counts or [], signature)
    if as_loops and counts is not None:
        from symshare.core.terms.loops import check_loops

        check_loops(sum(counts))
    if not forms and counts is not None:
        say(heading(signature, counts, ordered=ordered))
    with progress_bar("terms", sum(counts or [])) as progress:
        basis = list_terms(signature, highest, ordered=ordered, max_terms=max_terms, progress=progress)
    if not forms and counts is None:
        say(heading(signature, basis.counts, ordered=ordered))
    if certify:
        from dataclasses import replace

        basis = replace(basis, certificate=check(basis))
    if forms:
        click.echo("\n".join(_in_form(basis, forms[0], show_constants=show_constants)))
    else:
        say(*_listing(basis, list(basis.counts)), *(["", *_constants(basis)] if show_constants else []))
    if basis.certificate is not None and not basis.certificate.ok:
        sys.exit(1)


def _in_form(basis: Basis, form: str, *, show_constants: bool) -> list[str]:
    """The lines of a basis as JSON, as LaTeX or as a program (both have the constants' entries), with its certificate."""
    if form == "json":
        return [basis.to_json()]
    text, mark = (basis.latex(), "%") if form == "latex" else (basis.as_loops().removesuffix("\n"), "#")
    said = _constants(basis) if show_constants and form == "latex" else []
    said += [] if basis.certificate is None else str(basis.certificate).splitlines()
    return [text, *(f"{mark} {line}" for line in said)]


@click.command()
@symmetry_options
@order_option()
@click.option("--ordered", is_flag=True, help="Keep exchanged factors apart: coefficient tensors not symmetrised.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def count(signature: Signature, order: str, ordered: bool, as_json: bool) -> None:
    """Count terms, order by order."""
    from symshare.core.algebra.work import shared_work
    from symshare.core.counting.burnside import check_size
    from symshare.core.counting.burnside import count as number_of_terms
    from symshare.core.faces.noun import JSON_SCHEMA

    before = sys.get_int_max_str_digits()
    click.get_current_context().call_on_close(lambda: sys.set_int_max_str_digits(before))
    sys.set_int_max_str_digits(0)  # counts are ours, and may be long
    highest = read_order(order)
    check_size(signature, highest, ordered=ordered, every=True)
    with progress_bar("orders", highest + 1, from_total=15) as progress, shared_work():
        counts = []
        for degree in range(highest + 1):
            counts.append(number_of_terms(signature, degree, ordered=ordered))
            if progress is not None:
                progress(degree + 1, highest + 1)
    if as_json:
        import json

        found = {
            "schema": JSON_SCHEMA,
            "signature": str(signature),
            "depends": list(signature.dependencies),
            "axes": signature.named_groups,
            "sizes": dict(signature.sizes),
            "order": highest,
            "ordered": ordered,
            "counts": counts,
        }
        click.echo(json.dumps(found, indent=2))
        return
    rows = [["order", "terms"], *([str(degree), f"{number:,}"] for degree, number in enumerate(counts))]
    say(*aligned([*rows, ["total", f"{sum(counts):,}"]], right=frozenset({0, 1})))


@contextmanager
def progress_bar(what: str, total: int, from_total: int = PROGRESS_FROM) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr for work of many steps, drawn only in a terminal."""
    if total < from_total or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, _total: bar.update(task, completed=done)


def _constants(basis: Basis) -> list[str]:
    """The constant tensors of all terms, entry by entry; their rows are long, so that no output is too wide for them."""
    from symshare.core.faces.table import WIDTH
    from symshare.core.terms.constant import written_out

    return written_out(basis.constants).text(min(WIDTH, width())).splitlines() or ["no term has a constant tensor"]


def _listing(basis: Basis, counts: list[int]) -> list[str]:
    """The terms by order, each with what it does in words where it is of order 0 or 1."""
    from dataclasses import replace

    from symshare.core.counting.vanishing import only_zero
    from symshare.core.notation.sizes import unconstrained, witness_sizes
    from symshare.core.terms.words import words

    signature = basis.signature
    sizes = witness_sizes(signature, basis.order)
    sized = replace(signature, sizes=tuple(sorted(sizes.items())))
    free = [unconstrained(sized, order, ordered=basis.ordered) for order in range(basis.order + 1)]
    lines = []
    for order, number in enumerate(counts):
        own = basis.of_order(order)
        lines += ["", f"order {order}: {number:,} of {free[order]:,}"]
        lines += aligned([[term.to_einsum(), words(term)] for term in own], indent=2)
    shown = ", ".join(f"{letter} = {size}" for letter, size in sizes.items())
    at = f" at {shown}" if shown else ""
    lines += ["", f"total: {plural(sum(counts), 'free coefficient')} of {sum(free):,} without the symmetry{at}"]
    zero = only_zero(signature, basis.order) if not sum(counts[1:] or counts) else ""
    notes = [zero, *basis.notes] if zero else basis.notes
    if notes:
        lines += ["", *(f"note: {note}" for note in notes)]
    if basis.certificate is not None:
        lines += ["", tables(basis.certificate)]
    return lines
