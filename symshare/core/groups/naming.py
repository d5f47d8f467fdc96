"""The name of a group, such as O(3) or Scale(1,1,2), read with an error of its own for each mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from symshare.core.groups.families import FAMILIES, ROWS
from symshare.core.groups.family import Family, Numbers
from symshare.core.groups.group import AxisGroup, made
from symshare.errors import NotationError, plural

__all__ = ["alone", "listed", "maker", "named", "read_group"]

_MOST = 100_000
"""Values of an axis; 100,000 take 0.6 s and 0.09 GiB (`count -s 'r->r' -k 1 --axis 'r=C(100000)'`)."""

TRANSLATING = {"E": "O", "SE": "SO"}
"""Groups of points with translations, which no matrices of an axis are, each with what is left of it without them."""


def read_group(text: str, *, size: int | None = None, shown: str | None = None, at: int = 0) -> AxisGroup:
    """A group by its name, such as `C(8)`, `O(3)`, `SO(1,3)`, `Scale(1,1,2)`; `C` alone takes its number from `size`.

    `shown` and `at` are the text to show in an error and where the name begins in it. Raises NotationError for a name
    that is none, for arguments that do not fit it, and for a size that disagrees.

    >>> read_group("C", size=8).name
    'C(8)'
    """
    shown = text if shown is None else shown
    name, bracket, rest = text.partition("(")
    if text.endswith(")+") and f"{name}+" in FAMILIES:
        name, rest = f"{name}+", rest[:-1]
    if name not in FAMILIES:
        raise _unknown(name, rest, shown, at)
    row = FAMILIES[name]
    example = f"{name}({row.arguments[0]})" if row.arguments else name
    if bracket and not rest.endswith(")"):
        raise NotationError(shown, len(shown) - 1, "has a bracket that is not closed", f"write {example}")
    numbers = _read_arguments(rest[:-1], shown, at + len(name) + 1, name) if bracket else ()
    if not bracket and row.arguments and size is not None:
        numbers = _fitting(name, row, size, shown, at)
    elif not bracket and row.alone is None:
        sized = any(_of_size(row, length) for length in range(1, 9))
        cure = f"write the number beside it, '{example}'" + (", or give the axis a size" if sized else "")
        cure += f"; as a text it is of any length: axes={{'b': '{name}'}}" if row.any_length else ""
        raise NotationError(shown, at, f"names {name} without its numbers", cure)
    if numbers == (0,) and row.arguments == ("n",):
        raise NotationError(shown, at + len(name) + 1, "has the size zero", "a size is a whole number, 1 or more")
    if not row.allowed(numbers) and (numbers or row.alone is None):
        cure = f"write {example}: {row.meaning}" if row.arguments else f"write {name} alone"
        raise NotationError(shown, at + len(name), f"gives {name} the numbers {numbers}", cure)
    if not numbers and row.alone is not None:
        numbers = row.alone
    length = row.length(*numbers)
    if length > _MOST:
        raise NotationError(shown, at, f"has an axis of {length:,} values, over {_MOST:,}", "give a smaller size")
    if size is not None and length != size:
        raise NotationError(
            shown, at, f"has {plural(length, 'value')}, but the axis has the size {size}", "give the size once"
        )
    return made(row, numbers)


def _unknown(name: str, rest: str, shown: str, at: int) -> NotationError:
    """What is wrong with a name that no group has, and what to write instead."""
    problem, asked = f"names the group {name!r}", name.strip().lower()
    letters = asked.rstrip("0123456789")
    inside = re.sub(r"[^-0-9,]", "", rest)
    if letters.upper() in TRANSLATING:
        row = FAMILIES[TRANSLATING[letters.upper()]]
        left = _written(row, inside or asked.removeprefix(letters))
        cure = f"points: take differences to their mean, then {left}; other matrices: --generators FILE"
        return NotationError(shown, at, f"{problem}, which has translations", cure)
    for wanted in (asked, letters):
        alike = next((one for one in FAMILIES if one.lower() == wanted), None)
        if alike is not None:
            written = _written(FAMILIES[alike], inside or asked.removeprefix(wanted), alike)
            return NotationError(shown, at, problem, f"did you mean {written}?")
    known = ", ".join(way for row in ROWS for way in row.written[row.any_length :])
    return NotationError(
        shown,
        at,
        problem,
        f"the groups are {known}, dual(a); others: --generators FILE",
    )


def _written(row: Family, digits: str, name: str = "") -> str:
    """A group of a family with the numbers that stand in a text, if it has such; else the first way to write one."""
    name = name or row.name
    written = re.fullmatch(r"-?[0-9]{1,9}(,-?[0-9]{1,9})*", digits)
    numbers = tuple(map(int, digits.split(","))) if written else ()
    if row.arguments and numbers and row.allowed(numbers):
        return f"{name}({','.join(map(str, numbers))})"
    return name if row.alone is not None or row.any_length else f"{name}({row.arguments[0]})"


def listed() -> str:
    """Every way to write a group, in one line.

    >>> listed().split(", ")[:1]
    ['S(n)']
    """
    return ", ".join(one for row in ROWS for one in row.written)


def alone() -> list[str]:
    """What a name means without its numbers where it may also have some, in words."""
    return [
        f"{row.name} is {row.name}({','.join(map(str, row.alone))}), unless the size says {' or '.join(row.written[1:])}"
        for row in ROWS
        if row.alone and row.arguments
    ] + [f"{row.name} is of any length, unless a size makes it {row.written[1]}" for row in ROWS if row.any_length]


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
    return next((partial(named, one) for one in FAMILIES if name == one.replace("+", "plus")), None)


def makers() -> list[str]:
    """The names that `maker` takes.

    >>> "SOplus" in makers()
    True
    """
    return sorted(one.replace("+", "plus") for one in FAMILIES)


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


def _fitting(name: str, row: Family, size: int, shown: str, at: int) -> Numbers:
    """The numbers of a group that has an axis of this size and is named alone."""
    numbers = _of_size(row, size)
    if not numbers:
        cure = f"write {' or '.join(row.written)}"
        raise NotationError(shown, at, f"names {name}, which does not follow from the size {size}", cure)
    return numbers


def _of_size(row: Family, size: int) -> Numbers:
    """The numbers that follow from the size of an axis; none where none do."""
    numbers = row.of_size(size)
    return numbers if numbers and row.allowed(numbers) and row.length(*numbers) == size else ()
