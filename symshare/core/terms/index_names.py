"""Names for the indices of a term: the first on an axis has the axis' name, others names that nothing else has."""

from __future__ import annotations

from collections.abc import Collection
from string import ascii_letters

__all__ = ["LETTERS", "further_letter", "further_word"]

LETTERS = 52
"""Letters that einsum knows."""


def further_letter(after: str, taken: Collection[str]) -> str:
    """The next letter after another that is not taken, of both cases, else the first; empty where all are taken.

    >>> further_letter("b", {"a", "b", "c"}), further_letter("z", {"a", "z"})
    ('d', 'b')
    """
    spare = [letter for letter in ascii_letters if letter not in taken]
    return next((one for one in spare if one > after), spare[0] if spare else "")


def further_word(axis: str, taken: Collection[str]) -> str:
    """An axis with the least number from 2 on that makes a name that is not taken.

    >>> further_word("hidden", {"hidden", "hidden2"}), further_word("h1", {"h1"})
    ('hidden3', 'h1_2')
    """
    stem = axis + "_" if axis[-1].isdigit() else axis
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"
