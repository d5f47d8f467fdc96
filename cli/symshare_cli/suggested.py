"""What may stand in a place of a command line, for the shells' completion: experiments, and axes with their groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from symshare.core.notation.names import is_moved

if TYPE_CHECKING:
    from symshare.core.groups.family import Family

__all__ = ["axes", "experiments"]

TYPICAL = {"p": 1, "q": 3, "2d": 4, "turns": 4}
"""Numbers for the arguments of a group, where the axis has no size; for all others 3."""


def experiments(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The experiments whose names begin so, and the word that lists them."""
    from symshare.experiments.catalogue import CATALOGUE

    named = {"list": "name them all"} | {one.name: one.question for one in CATALOGUE.values()}
    return [CompletionItem(name, help=question) for name, question in named.items() if name.startswith(incomplete)]


def axes(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Axes of the symmetry, and after the sign of equality the groups that one may have, each with numbers that fit.

    An axis has the type `open`, since its group is to follow: no space is to be written after it.
    """
    axis, equals, begun = incomplete.partition("=")
    written = str(ctx.params.get("symmetry") or "")
    tensors = [tensor.rpartition(":")[2] for tensor in re.split(",|->", written)]
    names = [one for tensor in tensors for one in (re.findall(r"\w+", tensor) if "(" in written else tensor)]
    known = [one for one in dict.fromkeys(names) if is_moved(one)]
    if not equals:
        return [CompletionItem(f"{one}=", type="open") for one in known if one.startswith(axis)]
    if not re.fullmatch("[a-z][A-Za-z0-9_]*", axis):
        return []
    closed = re.fullmatch(r"([A-Za-z0-9+]+)\([0-9]+(,[0-9]+)*", begun)
    found = dict(_groups(_size(ctx, axis)))
    found |= {f"dual({one})": f"the dual of axis {one}" for one in known if one != axis}
    if closed and not any(text.startswith(begun) for text in found):
        found = {f"{begun})": ""}
    return [
        CompletionItem(f"{axis}={text}", help=acts or None) for text, acts in found.items() if text.startswith(begun)
    ]


def _size(ctx: click.Context, axis: str) -> int | None:
    """The length that the command line gives to an axis."""
    given = ",".join(ctx.params.get("sizes") or ())
    found = re.search(rf"(?:^|,){axis}=([0-9]{{1,9}})(?:,|$)", given)
    return int(found[1]) if found else None


def _groups(size: int | None) -> Iterator[tuple[str, str]]:
    """The groups of an axis, in the order of the help, each with what it does."""
    from symshare.core.groups.families import ROWS

    for row in ROWS:
        if row.alone is not None and size in (None, row.length(*row.alone)):
            yield row.text(row.alone), row.acts
        for arguments in row.arguments:
            numbers = _numbers(row, arguments.split(","), size)
            if numbers is not None:
                yield from ((f"{name}({','.join(map(str, numbers))})", row.acts) for name in (row.name, *row.also))


def _numbers(row: Family, arguments: list[str], size: int | None) -> tuple[int, ...] | None:
    """Numbers that a family takes in these places and that make an axis of this size; None where there are none."""
    typical = tuple(int(one) if one.isdigit() else TYPICAL.get(one, 3) for one in arguments)
    tried = [typical]
    if size is not None:
        tried += [row.of_size(size), (1, size - 1)]
    for numbers in tried:
        if len(numbers) == len(arguments) and row.allowed(numbers) and size in (None, row.length(*numbers)):
            return numbers
    return None
