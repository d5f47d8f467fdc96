"""`symshare plan`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from symshare.errors import plural
from symshare_cli.layers import layer_choices, layer_options
from symshare_cli.terminal import aligned, say

if TYPE_CHECKING:
    from symshare.core.notation.signature import Signature
    from symshare.plans.costs import PlanCosts

__all__ = ["plan"]


@click.command()
@layer_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(source: Callable[[], Any], choices: dict[str, Any], signature: Signature, order: int, as_json: bool) -> None:
    """Show the steps of a layer and what they cost.

    \b
      symshare plan -s aaH --size a=48 --channels in=64,out=64

    Costs are of one entry of the batch, forward, in bytes of float32; beside them those of the naive plan, which writes every
    term out at full size, sparse tensors too. On supports, pairs are those of a tensor, and paths those of two pairs that a
    third closes.
    """
    from symshare.plans.costs import costs
    from symshare.plans.planning import plan as make

    del order
    terms = source()
    given = layer_choices(choices)
    made = make(terms, **given)
    found, other = costs(made), costs(make(terms, **given | {"sparse": None}, rewrites=False))
    if as_json:
        import json

        from symshare.core.faces.noun import JSON_SCHEMA

        kept = ("polynomials", "totals")
        described = {"schema": JSON_SCHEMA, "signature": str(signature), "kind": made.choices.kind} | found.to_dict()
        described["naive"] = {name: value for name, value in other.to_dict().items() if name in kept}
        click.echo(json.dumps(described, indent=2))
        return
    numbers = f"{plural(len(made.terms), 'term')}, {plural(len(made.steps), 'step')}"
    say(f"{made.choices.kind} layer for {made.signature}: {numbers}", "", *aligned(_rows(found)))
    say("", *_sums(found, other), "", *aligned(_totals(found, other)))


def _rows(found: PlanCosts) -> list[list[str]]:
    rows = [["result", "op", "operands", "axes", "flops", "bytes read", "bytes written"]]
    for one in found.steps:
        step = one.step
        operands = ", ".join([*step.operands, *(parameter.name for parameter in step.parameters)])
        if len(operands) > 60:
            operands = ", ".join([*step.operands, f"{len(step.parameters)} matrices"])
        rows.append([step.result, step.op, operands, step.spec, *map(str, (one.flops, one.read, one.written))])
    return rows


def _sums(found: PlanCosts, naive: PlanCosts) -> list[str]:
    """The totals as polynomials."""
    lines = []
    for title, one in (("total", found), ("naive total", naive)):
        lines.append(title)
        totals = {"flops": one.flops, "bytes read": one.read, "bytes written": one.written, "most held": one.peak}
        lines += aligned([[name, str(value)] for name, value in totals.items()], indent=2)
    return lines


def _totals(found: PlanCosts, naive: PlanCosts) -> list[list[str]]:
    at = ", ".join(f"{name}={size}" for name, size in found.sizes)
    mine, other = found.totals(), naive.totals()
    rows = [[f"at {at}", "flops", "bytes read", "bytes written", "most bytes held"]]
    rows.append(["this plan", *(f"{number:,}" for number in mine.values())])
    rows.append(["naive plan", *(f"{number:,}" for number in other.values())])
    rows.append(["naive / this", *(f"{other[name] / max(1, number):.2f}" for name, number in mine.items())])
    return rows
