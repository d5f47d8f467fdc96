"""The names of axes: which of them are latent, and how the axes of a tensor are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["LONGEST", "beside", "has_words", "is_latent", "is_moved", "named_few", "place_of", "spelled"]

LONGEST = 400
"""Characters of a signature that is written with letters; a longer one is written with words."""

FEW = 12
"""Names that a message lists; the others are counted."""


def is_latent(axis: str) -> bool:
    """Whether nothing acts on an axis: the first letter of its name is a capital.

    >>> is_latent("H"), is_latent("Heads"), is_latent("heads_Q")
    (True, True, False)
    """
    return axis[0].isupper()


def is_moved(axis: str) -> bool:
    """Whether a group acts on an axis: its name begins with a small letter."""
    return axis[0].islower()


def has_words(tensors: Iterable[Iterable[str]]) -> bool:
    """Whether a name is longer than one letter; then the axes of all tensors are written as words.

    >>> has_words([("a", "b"), ()]), has_words([("a",), ("hidden",)])
    (False, True)
    """
    return any(len(name) > 1 for axes in tensors for name in axes)


def spelled(names: Sequence[str], words: bool) -> str:
    """The axes of a tensor, or indices on them, as text: letters side by side, or words in parentheses.

    >>> spelled(("a", "b"), False), spelled(("hidden", "in"), True), spelled((), True)
    ('ab', '(hidden in)', '')
    """
    if not words:
        return "".join(names)
    return f"({' '.join(names)})" if names else ""


def beside(axes: Sequence[str]) -> str:
    """Axes that go together, in a message: letters side by side, words one space apart.

    >>> beside(("r", "s")), beside(("up", "down"))
    ('rs', 'up down')
    """
    return (" " if has_words([axes]) else "").join(axes)


def named_few(names: Iterable[str]) -> str:
    """Names for a message, sorted, the first of them where they are many.

    >>> named_few({"b", "a"}), named_few([])
    ('a, b', 'none')
    """
    ordered = sorted(names)
    rest = f", .. ({len(ordered) - FEW:,} more)" if len(ordered) > FEW else ""
    return (", ".join(ordered[:FEW]) or "none") + rest


def place_of(text: str, tensor: int, axis: int) -> int:
    """Where in the text of a signature the name of an axis stands, by the numbers of the tensor and of its axis.

    >>> place_of("W:ab,v:b->W:ab", 1, 0), place_of("W1:(hidden in)->(in)", 1, 0)
    (7, 17)
    """
    start = 0
    for _ in range(tensor):
        start = next(mark.end() for mark in re.compile(",|->").finditer(text, start))
    found = re.compile(",|->|$").search(text, start)
    end = len(text) if found is None else found.start()
    start = max(start, text.find(":", start, end) + 1)
    name = re.compile("[A-Za-z0-9_]+" if "(" in text else "[A-Za-z]")
    return [one.start() for one in name.finditer(text, start, end)][axis]
