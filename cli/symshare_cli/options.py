"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from symshare.errors import NotationError, shown
from symshare_cli.terminal import tell

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from symshare.core.groups.group import AxisGroup
    from symshare.core.notation.signature import Signature

__all__ = ["FILE", "order_option", "read_order", "read_signature", "read_sizes", "symmetry_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


class _FileName(click.Path):
    """A path that the system can take."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            named = b"\0" not in os.fsencode(value)
        except UnicodeEncodeError:
            named = False
        if not named:
            self.fail("no file can have the name that is given", param, ctx)
        return super().convert(value, param, ctx)


FILE = _FileName(path_type=Path)


class _AxisOption(click.Option):
    """`--axis`, whose help and completion name the groups that there are; they are loaded when somebody asks."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from symshare_cli.suggested import axes

        return axes(ctx, incomplete)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        from symshare.core.groups.naming import alone, listed

        self.help = (
            f"Give an axis another group than the symmetric one: {listed()}, or dual(a). A name alone takes its numbers from "
            f"the axis' --size{''.join(f'; {one}' for one in alone())}. Repeatable."
        )
        return super().get_help_record(ctx)


def symmetry_options(command: Callable[..., Any], *, channels: bool = False, needed: bool = True) -> Callable[..., Any]:
    """The options that describe a symmetry; the command gets what they say as `signature`.

    With `channels`, the fixed axes of a spec are channels, as layers take them. A symmetry that is not `needed` may be left
    out, and is None then.
    """

    @wraps(command)
    def read(
        symmetry: str | None,
        spec: Path | None,
        depends: tuple[str, ...],
        axes: tuple[str, ...],
        generators: tuple[Path, ...],
        sizes: tuple[str, ...],
        **others: Any,
    ) -> Any:
        given = _described(symmetry, spec, channels=channels, needed=needed)
        if given is None:
            _check_idle(depends, axes, generators, sizes)
            return command(signature=None, **others)
        return command(signature=read_signature(given, depends, sizes, axes, generators), **others)

    wrapped: Callable[..., Any] = read
    for option in (
        click.option("--size", "sizes", multiple=True, metavar="a=3", help="Fix the length of an axis; repeatable."),
        click.option(
            "--generators",
            type=FILE,
            multiple=True,
            metavar="FILE",
            help="A TOML or JSON file with generators of the groups of some axes; repeatable.",
        ),
        click.option(
            "--axis",
            "axes",
            multiple=True,
            metavar="'t=C(8)'",
            cls=_AxisOption,
        ),
        click.option(
            "--depends", multiple=True, metavar="'a->b'", help="Each value of a has its own list b; repeatable."
        ),
        click.option(
            "--spec",
            type=FILE,
            metavar="FILE.json",
            help="In place of --symmetry: the symmetry of a module's weights, as `symshare spec -o FILE.json` writes it.",
        ),
        click.option(
            "-s",
            "--symmetry",
            metavar="TEXT",
            help="One letter per axis, such as abH or 'ab,b->ab', or words: 'W1:(hidden in),b1:(hidden)'.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def _described(symmetry: str | None, spec: Path | None, *, channels: bool, needed: bool) -> str | Signature | None:
    """The symmetry that is given, as a text or by a spec; None where there is none."""
    if symmetry is not None and spec is not None:
        raise click.UsageError("--symmetry and --spec each say what the symmetry is; give one of them")
    if symmetry is None and spec is None and needed:
        raise click.UsageError("Missing option '-s' / '--symmetry': a text, or --spec with a file of `symshare spec`.")
    return symmetry if spec is None else _of_spec(spec, channels=channels)


def _check_idle(*given: tuple[object, ...]) -> None:
    """Refuse what describes axes where there is no symmetry that has any."""
    if any(given):
        raise click.UsageError("--depends, --axis, --generators and --size say more of a symmetry; give --symmetry")


def _of_spec(path: Path, *, channels: bool) -> Signature:
    """The signature of a spec in a file."""
    from symshare.weights.reading import read_spec  # it brings torch

    spec = read_spec(path)
    return spec.layer_signature if channels else spec.signature


def order_option(default: str | None = None) -> Callable[[Command], Command]:
    """The option for the polynomial degree."""
    given: dict[str, Any] = {"required": True} if default is None else {"default": default, "show_default": True}
    return click.option("-k", "--order", metavar="N", help="The highest number of input factors in a term.", **given)


def read_signature(
    symmetry: str | Signature,
    depends: tuple[str, ...],
    sizes: tuple[str, ...],
    axes: tuple[str, ...] = (),
    generators: tuple[Path, ...] = (),
) -> Signature:
    """The signature that the options describe."""
    from symshare.core.notation.reading import signature

    lengths = read_sizes(sizes)
    groups: dict[str, str | AxisGroup] = {}
    used = {axis for tensor in signature(symmetry) for axis in tensor.axes} if generators else set[str]()
    for path in generators:
        from symshare.core.groups.files import read_generators

        found = read_generators(path)
        if not used & set(found):
            cure = f"the generators move {', '.join(found)}: use these axes in the symmetry"
            raise NotationError(str(symmetry), 0, f"has none of the axes of {shown(path.name)}", cure)
        lost = ", ".join(_lost(found, used))
        if lost:
            note = f"{shown(path.name)}: what moves only {lost} is left out, as {shown(str(symmetry))} has no {lost}"
            tell(note)
        for letter, own in found.items():
            if letter in groups:
                raise NotationError(
                    path.name, 0, f"gives the axis {letter!r} a second group", "give each axis one group"
                )
            if letter in used:
                groups[letter] = own
    for text in axes:
        letter, equals, written = text.partition("=")
        if not equals or not letter or not written.strip():
            raise NotationError(text, 0, "is not an axis with its group", "write axis, '=', group: --axis 'r=O(3)'")
        if re.search(r"\),\s*[A-Za-z]\w*=", text):
            raise NotationError(text, text.index(")") + 1, "has several axes", "give each axis an --axis of its own")
        if letter in groups:
            raise NotationError(text, 0, f"gives the axis {letter!r} a second group", "give each axis one group")
        groups[letter] = written.strip()
    return signature(symmetry, depends=depends, axes=groups, sizes=lengths)


def _lost(found: dict[str, AxisGroup], used: set[str]) -> list[str]:
    """The axes that some generators move, and none that is used: of these generators nothing is left.

    Where a generator moves other axes too it is kept, and the group on those is the one that the file says.
    """
    from symshare.core.algebra.matrices import from_entries, identity

    lost: set[str] = set()
    for tie in {group.tie for group in found.values()}:
        mates = {letter: group for letter, group in found.items() if group.tie == tie}
        for part, idle in (("elements", identity), ("algebra", lambda size: from_entries(size, {}))):
            for together in zip(*(getattr(group, part) for group in mates.values()), strict=True):
                moved = {letter for letter, one in zip(mates, together, strict=True) if one != idle(one.size)}
                lost |= moved if not moved & used else set()
    return sorted(lost)


def read_order(text: str) -> int:
    """The order (polynomial degree) written on the command line.

    >>> read_order("3")
    3
    """
    from symshare.core.notation.orders import check_order

    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise NotationError(text, 0, "is not an order", "an order is a whole number: 0, 1, 2, ..")
    return check_order(int(text))


def read_sizes(texts: tuple[str, ...], example: str = "--size a=3") -> dict[str, int]:
    """The lengths of axes written on the command line, such as `a=3`.

    >>> read_sizes(("a=3,b=4", "c=5"))
    {'a': 3, 'b': 4, 'c': 5}
    """
    sizes: dict[str, int] = {}
    for text in (one for given in texts for one in given.split(",")):
        letter, equals, value = text.partition("=")
        if not equals or not letter:
            raise NotationError(text, 0, "is not a size", f"write a name, '=', a whole number: {example}")
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) > 9:
            raise NotationError(text, len(letter) + 1, "has a size over 999,999,999", "give a smaller size")
        if not (digits.isascii() and digits.isdigit()):
            raise NotationError(
                text, len(letter) + 1, "does not end in a length", "a size is a whole number, 1 or more: a=3"
            )
        if sizes.get(letter, int(value)) != int(value):
            raise NotationError(
                text, 0, f"gives {letter!r} a second size", f"{letter}={sizes[letter]} is given already"
            )
        sizes[letter] = int(value)
    return sizes
