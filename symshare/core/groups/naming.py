"""The name of a group, such as O(3) or Scale(1,1,2), read with an error of its own for each mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from symshare.core.groups.families import FAMILIES, Family
from symshare.core.groups.group import AxisGroup
from symshare.errors import NotationError, plural

__all__ = ["maker", "named", "read_group"]

_MOST = 100_000


def read_group(text: str, *, size: int | None = None, shown: str | None = None, at: int = 0) -> AxisGroup:
    """A group by its name, such as `C(8)`, `O(3)`, `SO(1,3)`, `Scale(1,1,2)`; `C` alone takes its number from `size`.

    `shown` and `at` are the text to show in an error and where the name begins in it. Raises NotationError for a name
    that is none, for arguments that do not fit it, and for a size that disagrees.

    >>> read_group("C", size=8).name
    'C(8)'
    """
    shown = text if shown is None else shown
    if text.startswith("SO(") and text.endswith(")+"):
        text = f"SO+({text[3:-1]}"
    name, bracket, rest = text.partition("(")
    known = ", ".join(f"{one}({family.arguments})" if family.arguments else one for one, family in FAMILIES.items())
    if name not in FAMILIES:
        alike = next((one for one in FAMILIES if one.lower() == name.strip().rstrip("0123456789").lower()), None)
        if alike is not None:
            inside = re.sub(r"[^0-9,]", "", rest) or re.sub(r"[^0-9]", "", name) or FAMILIES[alike].arguments
            cure = f"did you mean {alike}({inside})?" if FAMILIES[alike].arguments else f"did you mean {alike}?"
            raise NotationError(shown, at, f"names the group {name!r}", cure)
        raise NotationError(shown, at, f"names the group {name!r}", f"the groups are {known}, dual(a)")
    family = FAMILIES[name]
    if bracket and not rest.endswith(")"):
        raise NotationError(
            shown, len(shown) - 1, "has a bracket that is not closed", f"write {name}({family.arguments})"
        )
    numbers = _read_arguments(rest[:-1], shown, at + len(name) + 1, name) if bracket else ()
    if not bracket and family.arguments:
        if size is None:
            cure = f"write the number beside it, '{name}({family.arguments})', or give the axis a size"
            raise NotationError(shown, at, f"names {name} without its numbers", cure)
        numbers = _fitting(name, family, size, shown, at)
    if len(numbers) == 1 and family.arguments == "n" and numbers[0] == 0:
        raise NotationError(shown, at + len(name) + 1, "has the size zero", "a size is a whole number, 1 or more")
    if not family.allowed(numbers) or any(number < family.least for number in numbers):
        cure = f"write {name}({family.arguments}): {family.meaning}" if family.arguments else f"write {name} alone"
        raise NotationError(shown, at + len(name), f"gives {name} the numbers {numbers}", cure)
    length = family.length(numbers)
    if length > _MOST:
        raise NotationError(shown, at, f"has an axis of {length:,} values, over {_MOST:,}", "give a smaller size")
    if size is not None and length != size:
        raise NotationError(
            shown, at, f"has {plural(length, 'value')}, but the axis has the size {size}", "give the size once"
        )
    return family.make(*numbers)


FIXED = ("Scale", "PlaneC", "PlaneD")
"""Families whose numbers do not follow from the length of the axis."""


def named(name: str, *numbers: object) -> AxisGroup:
    """A group by its name and numbers, checked as text would be.

    >>> named("SO", 3).name
    'SO(3)'
    """
    if not all(type(number) is int for number in numbers):
        raise NotationError(
            f"{name}{numbers}", len(name), "has arguments that are no whole numbers", f"write {name}(3)"
        )
    return read_group(f"{name}({','.join(map(str, numbers))})" if numbers else name)


def maker(name: str) -> Callable[..., AxisGroup] | None:
    """The function that makes the groups of a family from their numbers; None where there is no such family.

    >>> maker("SO")(3).name, maker("SOplus")(1, 3).name, maker("nonsense")
    ('SO(3)', 'SO+(1,3)', None)
    """
    family = "SO+" if name == "SOplus" else name
    return partial(named, family) if family in FAMILIES else None


def _read_arguments(text: str, shown: str, at: int, name: str) -> tuple[int, ...]:
    numbers = []
    for piece in text.split(",") if text else []:
        stripped = piece.strip()
        digits = stripped.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) > 9:
            raise NotationError(shown, at, "has a size over 999,999,999", "give a smaller size")
        if not (digits.isascii() and digits.isdigit()):
            raise NotationError(
                shown, min(at, len(shown) - 1), f"has {piece!r} in its brackets", f"write whole numbers: {name}(3)"
            )
        numbers.append(int(stripped))
        at += len(piece) + 1
    return tuple(numbers)


def _fitting(name: str, family: Family, size: int, shown: str, at: int) -> tuple[int, ...]:
    """The argument of a group with one number that gives an axis of this size."""
    for number in (size, size // 2):
        if number > 0 and family.allowed((number,)) and family.length((number,)) == size and name not in FIXED:
            return (number,)
    raise NotationError(
        shown, at, f"names {name}, which does not follow from the size {size}", f"write {name}({family.arguments})"
    )
