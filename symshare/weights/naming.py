"""Words for axes, from the names of the tensors that have them."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["fresh", "named", "word"]

FIXED = {
    "an input": "In",
    "an output": "Out",
    "a spatial dimension": "Space",
    "a spatial dimension of a kernel": "Kernel",
    "its rows are chosen by numbers": "Rows",
    "a constant varies along it": "Constant",
}
"""The words of axes that are fixed for these reasons."""


def named(axes: Sequence[tuple[str, Sequence[tuple[str, Sequence[int]]]]]) -> list[str]:
    """A word for each axis, from why it is fixed and where it occurs: the tensors' names and their dimensions.

    A permuted axis has the name of the first module whose weights have it as their first dimension, in lower case; that of
    a fixed one begins in upper case.

    >>> named([("", [("0.weight", [0]), ("2.weight", [1])]), ("an input", [("0.weight", [1])])])
    ['h0', 'In']
    """
    taken: set[str] = set()
    found = []
    for why, where in axes:
        wide = [name for name, places in where if 0 in places and " " not in name] or [name for name, _ in where]
        one = FIXED.get(why, "") or word(_last(wide[0].rpartition(".")[0] or wide[0]))
        one = (one[:1].upper() if why else one[:1].lower()) + one[1:]
        found.append(fresh(one, taken))
    return found


def fresh(name: str, taken: set[str]) -> str:
    """A name that differs from those that are taken, whatever the case of their letters, among which it is then.

    >>> taken = {"heads"}
    >>> fresh("Heads", taken), fresh("heads", taken)
    ('Heads_2', 'heads_3')
    """
    number, found = 1, name
    while found.lower() in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found.lower())
    return found


def _last(name: str) -> str:
    """The end of a name from its last piece that is no number.

    >>> _last("1.layers.0.mlp.2"), _last("0.3")
    ('mlp2', '0_3')
    """
    pieces = name.split(".")
    start = max((place for place, piece in enumerate(pieces) if not piece.isdigit()), default=-1)
    return pieces[start] + "_".join(pieces[start + 1 :]) if start >= 0 else "_".join(pieces)


def word(name: str) -> str:
    """A name as a word: letters, digits and underscores, the first a letter.

    >>> word("layers.0.fc1"), word("0")
    ('layers_0_fc1', 'h0')
    """
    plain = re.sub("[^A-Za-z0-9_]", "_", name).strip("_")
    return plain if plain[:1].isalpha() else f"h{plain}"
