"""The docstring at the top of a file that is written as tables: axes, and the terms by patterns."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.preamble import closing, opening, sizes_text, sums_text, term_words
from symshare.codegen.source import wrapped
from symshare.codegen.tables.facts import Facts
from symshare.codegen.tables.travelling.terms import _meetings

__all__ = ["Listed", "patterns", "preamble"]

Listed = tuple[str, str, tuple[str, ...], int, int]
"""A term as a file lists it: its text, its key, the axes on which its ends meet, their numbers there."""


def preamble(facts: Facts, listed: Sequence[Listed]) -> list[str]:
    """The lines of the docstring: symmetry, the patterns of the terms with their numbers, the command that makes the file."""
    plan = facts.plan
    first, _, *axes = opening(plan)
    lines = [first, "", *_together(axes), "", *sizes_text(plan)]
    lines += wrapped(
        f"An index on the left of -> but not on its right is {sums_text(plan)}. "
        "Terms, each with coefficients of its own; of those that are alike up to tensors and axes, "
        "how many there are and the first:"
    )
    found = patterns(facts, listed)
    for order in (0, 1):
        own = [one for one in found if plan.terms[one[1]].order == order]
        widest = max((len(f"{number:,}") for number, _ in own), default=0)
        lines += ["", f"  order {order}: {sum(number for number, _ in own):,}"]
        lines += [f"    {number:{widest},}  {listed[term][0]}  {term_words(plan, term)}" for number, term in own]
    return [*lines, *closing(plan)]


def patterns(facts: Facts, listed: Sequence[Listed]) -> list[tuple[int, int]]:
    """For terms that are alike up to names how many there are, and the first of them."""
    inputs, outputs = facts.inputs, facts.outputs
    sources, targets = _meetings(inputs, facts.reads, 0), _meetings(outputs, facts.writes, 1)
    found: dict[object, list[int]] = {}
    for number, (*_, met, row, column) in enumerate(listed):
        out, put = targets[met][column]
        name, form = sources[met][row] if row >= 0 else ("", "")
        own = inputs[name] if name else ("",)
        pattern = own[0], form, outputs[out][0], put, _shared(own[1:], outputs[out][1:])
        found.setdefault(pattern, []).append(number)
    return [(len(own), own[0]) for own in found.values()]


def _shared(one: Sequence[str], two: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Which axes two tensors have in common, by their places."""
    return tuple((place, two.index(axis)) for place, axis in enumerate(one) if axis in two)


def _together(axes: Sequence[str]) -> list[str]:
    """Lines about axes, those that are the same up to the name of the axis in one."""
    found: dict[str, list[str]] = {}
    for line in axes:
        name, _, what = line.removeprefix("  axis ").partition(": ")
        found.setdefault(what, []).append(name)
    lines: list[str] = []
    for what, names in found.items():
        first, *rest = wrapped(f"{'axis' if len(names) == 1 else 'axes'} {', '.join(names)}: {what}", 84)
        lines += [f"  {first}", *(f"    {one}" for one in rest)]
    return lines
