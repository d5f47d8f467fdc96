"""Numbers with their nouns."""

from __future__ import annotations

__all__ = ["plural"]


def plural(number: int, noun: str, several: str | None = None) -> str:
    """A number and its noun, which gets an `s` where the number is not one, or is given as `several`.

    >>> plural(1, "term"), plural(1200, "term"), plural(0, "axis", "axes")
    ('1 term', '1,200 terms', '0 axes')
    """
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
