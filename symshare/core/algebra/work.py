"""How much one request may multiply: all that it multiplies is charged, and what would not end is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from symshare.errors import TooLargeError, amount

__all__ = ["MOST_TERMS", "charge", "shared_work"]

MOST_TERMS = 20_000_000
"""Products of terms of characters that one request may take, at 0.4 microseconds each: 8 s."""

# a variable of the context, as operators of polynomials take no further argument
_DONE: ContextVar[list[int] | None] = ContextVar("_DONE", default=None)


@contextmanager
def shared_work() -> Iterator[None]:
    """Bound together all that is charged inside; inside another one, together with all that is charged there.

    >>> with shared_work():
    ...     charge(MOST_TERMS - 1)
    ...     with shared_work():
    ...         charge(2)
    Traceback (most recent call last):
    symshare.errors.TooLargeError: characters of 20,000,001 weights would be multiplied, over 20,000,000
      ask for a lower order or for a smaller group
    """
    if _DONE.get() is not None:
        yield
        return
    token = _DONE.set([0])
    try:
        yield
    finally:
        _DONE.reset(token)


def charge(number: int, what: str = "characters of {} weights would be multiplied") -> None:
    """Count products that are about to be taken; TooLargeError where they are too many with those before."""
    done = _DONE.get()
    total = number + (done[0] if done else 0)
    if total > MOST_TERMS:
        raise TooLargeError(
            f"{what.format(amount(total))}, over {MOST_TERMS:,}\n  ask for a lower order or for a smaller group"
        )
    if done:
        done[0] = total
