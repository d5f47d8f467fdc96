"""Spanning invariants: tensors on some slots, as indices and constant tensors, that span all invariant tensors there."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.core.algebra.numbers import Number
from symshare.core.groups.group import AxisGroup
from symshare.core.terms.constant import Constant
from symshare.errors import TooLargeError, amount

__all__ = ["Block", "Cells", "Invariant", "Invariants", "Slots", "check_number"]

Block = tuple[tuple[str, AxisGroup], ...]
"""Axes that move together: their names and groups."""

Slots = tuple[tuple[str, bool], ...]
"""Slots of a block: the axis of each, and whether it is on the output."""

Cells = dict[tuple[int, ...], Number]
"""A tensor on the slots by its nonzero entries."""

MOST_INVARIANTS = 200_000
"""Spanning invariants on some slots; the 135,135 matchings of 14 slots take 0.7 s and 0.06 GiB."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant tensor: the index on each slot, numbered from 0, and constant tensors on some of these indices."""

    indices: tuple[int, ...]
    constants: tuple[tuple[Constant, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Invariants:
    """Spanning invariants: tensors on some slots whose linear combinations are all invariant tensors there.

    `independent`: they are a basis. `permuted`: exchanging slots takes each to one of them, and none to its negative.
    `note` says why not, in words.
    """

    listed: tuple[Invariant, ...]
    independent: bool
    permuted: bool
    note: str = ""


def check_number(number: int) -> None:
    """Raise TooLargeError above two hundred thousand invariant tensors."""
    if number > MOST_INVARIANTS:
        raise TooLargeError(
            f"there are over {MOST_INVARIANTS:,} invariant tensors on these slots ({amount(number)})\n"
            "  lower the order or the sizes"
        )
