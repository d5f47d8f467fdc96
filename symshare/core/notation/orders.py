"""The order of terms: what one is, which is taken where none is given, and the highest."""

from __future__ import annotations

from numbers import Integral

from symshare.errors import NotationError

__all__ = ["MOST_FACTORS", "USUAL_ORDER", "check_order"]

USUAL_ORDER = 1
"""The order that a text stands for where a basis, an ansatz or a plan is needed and none is given."""

MOST_FACTORS = 1_000
"""The highest order; 999 ordered factors take 0.2 s (`count("a", 999, ordered=True)`)."""


def check_order(order: object) -> int:
    """The order as an int, or a NotationError that says what an order is.

    >>> check_order(2)
    2
    """
    if isinstance(order, bool) or not isinstance(order, Integral):
        raise NotationError(repr(order), 0, "is not an order", "an order is a whole number: 0, 1, 2, ..")
    if int(order) < 0:
        raise NotationError(
            str(order), 0, "is a negative order", "an order is the number of input factors: 0, 1, 2, .."
        )
    return int(order)
