"""Names for the indices of a term: the first on an axis has the axis' name, others names that nothing else has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

__all__ = ["LETTERS", "further_letter", "further_word", "index_names"]

LETTERS = 52
"""Letters that einsum knows."""


def further_letter(after: str, taken: Collection[str]) -> str:
    """The next letter after another that is not taken, else the first, of its case if there is one; empty where all are
    taken.

    >>> further_letter("b", {"a", "b", "c"}), further_letter("z", {"a", "z"}), further_letter("H", {"H", "K"})
    ('d', 'b', 'I')
    """
    return _further_letter(after, taken)


def further_word(axis: str, taken: Collection[str]) -> str:
    """An axis with the least number from 2 on that makes a name that is not taken.

    >>> further_word("hidden", {"hidden", "hidden2"}), further_word("h1", {"h1"})
    ('hidden3', 'h1_2')
    """
    return _further_word(axis, taken)


def index_names(
    axes: Sequence[str], tied: Mapping[int, int], present: Collection[str], *, words: bool
) -> tuple[str, ...]:
    """A name for each of some indices, given their axes, those that are `tied` to another with that other, and all axes that
    are `present`; empty where the letters do not suffice.

    >>> index_names(["a", "a", "a"], {2: 0}, ["a", "b"], words=False), index_names(["in", "in"], {}, ["in"], words=True)
    (('a', 'c', 'a'), ('in', 'in2'))
    """
    return _index_names(axes, tied, present, words)


# What follows travels with emitted files.


def _further_letter(after: str, taken) -> str:  # type: ignore[no-untyped-def]  # a set of texts
    """The next letter after another that is not taken, else the first, of its case if
    there is one; empty where all are taken."""
    every = "abcdefghijklmnopqrstuvwxyz"
    spare = [one for one in every + every.upper() if one not in taken]
    alike = [one for one in spare if one.isupper() == after.isupper()] or spare
    return next((one for one in alike if one > after), alike[0] if alike else "")


def _further_word(axis: str, taken) -> str:  # type: ignore[no-untyped-def]  # a set of texts
    """An axis with the least number from 2 on that makes a name that is not taken."""
    stem, number = axis + "_" if axis[-1].isdigit() else axis, 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _index_names(axes, tied, present, words: bool) -> tuple[str, ...]:  # type: ignore[no-untyped-def]  # see above
    """A name for each index: the first on an axis has the axis' name, others names that
    no axis has; an index that is tied to another has its name."""
    further = _further_word if words else _further_letter
    taken: set[str] = set()
    names: list[str] = []
    for index, axis in enumerate(axes):
        first = tied.get(index, index)
        if first != index:
            names.append(names[first])
        elif axis not in names:
            names.append(axis)
        else:
            taken = taken or set(present)
            names.append(further(axis, taken))
            taken.add(names[-1])
    return tuple(names)
