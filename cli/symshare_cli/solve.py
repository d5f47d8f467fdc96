"""`symshare solve`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symshare.errors import NotationError, plural
from symshare_cli.options import FILE, read_order, symmetry_options
from symshare_cli.terminal import say

if TYPE_CHECKING:
    from symshare.core.equations.solution import Solution
    from symshare.core.notation.signature import Signature

__all__ = ["solve"]

MOST_LINES = 40
"""Vectors of a basis that are printed for one order: about a screen; chosen, not measured."""


@click.command()
@symmetry_options
@click.option("-k", "--order", metavar="N", help="Taylor: the highest degree.")
@click.option("--laurent", metavar="-2..2", help="Laurent instead: each variable to a power in this range.")
@click.option("--ordered", is_flag=True, help="Coefficient tensors that are not symmetrised.")
@click.option(
    "--solver",
    type=click.Choice(["orbits", "rational", "numeric"]),
    help="By default what the generators allow, exactly where they are exact.",
)
@click.option("--equations", "show_equations", is_flag=True, help="Print the equations too.")
@click.option("--plot", type=FILE, help="Draw the sharing pattern of the highest degree there.")
@click.option("--force", is_flag=True, help="Overwrite an existing picture.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def solve(
    signature: Signature,
    order: str | None,
    laurent: str | None,
    ordered: bool,
    solver: str | None,
    show_equations: bool,
    plot: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Solve for the coefficients that a symmetry leaves free.

    An ansatz with a coefficient for every output entry and every monomial of the input entries; the equations that the
    generators put on them; their null space. Axes without a size get the least one at which every term exists.
    """
    from symshare.core.equations.ansatz import laurent as laurent_ansatz
    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.constraints import constrain
    from symshare.core.equations.readable import check_readable, equations
    from symshare.core.equations.solution import solve as null_space
    from symshare.core.faces.noun import JSON_SCHEMA

    if (order is None) == (laurent is None):
        raise click.UsageError("give --order N for a Taylor ansatz, or --laurent -2..2")
    if laurent is not None and ordered:
        raise click.UsageError("--ordered is for a Taylor ansatz")
    if plot is not None:
        from symshare.codegen.files import check_free
        from symshare.show.pictures import picture_kind

        picture_kind(plot)
        check_free(plot, force=force)
    ansatz = (
        taylor(signature, read_order(order), ordered=ordered)
        if order is not None
        else laurent_ansatz(signature, _read_powers(laurent or ""))
    )
    if show_equations:
        check_readable(ansatz)
    constraints = constrain(ansatz)
    solution = null_space(constraints, solver=solver)
    written = [str(one.lhs) + " = " + str(one.rhs) for one in equations(constraints)] if show_equations else []
    if as_json:
        import json

        found = {"schema": JSON_SCHEMA} | solution.to_dict() | {"signature": str(signature)}
        click.echo(json.dumps(found | ({"equations": written} if show_equations else {}), indent=2))
    else:
        say(*_lines(signature, solution, written))
    if plot is not None:
        _draw(solution, plot)


def _read_powers(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(-?[0-9]{1,3})\.\.(-?[0-9]{1,3})", text)
    if found is None:
        raise NotationError(text, 0, "is not a range of powers", "write the least and the highest: --laurent=-2..2")
    return int(found[1]), int(found[2])


def _draw(solution: Solution, path: Path) -> None:
    from symshare.show.pictures import plot_solution, save

    save(plot_solution(solution), path)


def _lines(signature: Signature, solution: Solution, written: list[str]) -> list[str]:
    ansatz = solution.ansatz
    named = "".join(f", {letter} under {group}" for letter, group in signature.named_groups.items())
    dimensions = ", ".join(f"{number:,}" for number in solution.dimensions)
    sizes = ", ".join(f"{letter} = {size}" for letter, size in ansatz.signature.sizes)
    total, free = sum(ansatz.unknowns), sum(solution.dimensions)
    lines = [
        f"{signature}{named}: {free:,} free of {plural(total, 'coefficient')} ({dimensions}), by {solution.method}"
    ]
    if sizes:
        chosen = f" (chosen: the least at which every term exists: {', '.join(ansatz.free)})" if ansatz.free else ""
        lines.append(f"at {sizes}{chosen}")
    lines += [str(part.spectrum) for part in solution.parts if part.spectrum is not None]
    if written:
        lines += ["", plural(len(written), "equation"), *(f"  {one}" for one in written)]
    for number, (part, unknowns) in enumerate(zip(solution.parts, ansatz.unknowns, strict=True)):
        kind = "Laurent" if ansatz.parts[number].kind == "laurent" else f"order {ansatz.parts[number].degree}"
        lines += ["", f"{kind}: {part.dimension:,} of {unknowns:,}"]
        lines += _basis_lines(solution, number)
    if all(part.kind != "laurent" for part in ansatz.parts) and not sum(solution.dimensions[1:] or solution.dimensions):
        from symshare.core.counting.vanishing import only_zero

        zero = only_zero(signature, len(ansatz.parts) - 1)
        lines += ["", f"note: {zero}"] if zero else []
    return lines


def _basis_lines(solution: Solution, number: int) -> list[str]:
    """The basis of one part: equal coefficients as a chain, other vectors entry by entry."""
    from symshare.core.equations.part import MOST_LISTED, unknown_names, vector_text

    part = solution.parts[number]
    if not part.dimension:
        return []
    if part.unknowns > MOST_LISTED:
        return [f"  (coefficients are listed up to {MOST_LISTED:,})"]
    names = unknown_names(solution.ansatz, number)
    plain = part.labels is not None
    lines = ["  " + vector_text(vector, names, chain=plain) for vector in part.basis()[:MOST_LINES]]
    if part.dimension > MOST_LINES:
        lines.append(f"  .. and {part.dimension - MOST_LINES:,} more; --json has all")
    return lines
