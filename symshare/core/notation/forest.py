"""Dependencies between axes as a forest: the ancestors and children of a letter, and which slot depends on which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Bundle", "Depends", "Slot", "ancestors", "bundles", "children", "parent", "slots", "slots_at", "written"]

Depends = tuple[tuple[str, str], ...]
"""Pairs of letters: a parent, and the child that depends on it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one index: its axis letter and, under a dependency, the number of the slot it depends on (else -1).

    Where it depends on a latent axis, the number is -2 less the value of that axis, if it is known: each has its own list.
    """

    letter: str
    parent: int


@lru_cache(maxsize=4096)
def slots(set_axes: str, depends: Depends) -> tuple[Slot, ...]:
    """The slots of one tensor, each with the number of the slot it depends on.

    A child slot hangs on the nearest slot of its parent letter to its left, else on the nearest to its right: in `abab`
    with `a->b` the tensor is indexed by two pairs (a, b).

    >>> slots("aba", (("a", "b"),))
    (Slot(letter='a', parent=-1), Slot(letter='b', parent=0), Slot(letter='a', parent=-1))
    """
    parent_of = {child: parent for parent, child in depends}
    found = []
    for position, letter in enumerate(set_axes):
        wanted = parent_of.get(letter)
        holders = [place for place, other in enumerate(set_axes) if other == wanted]
        left = [place for place in holders if place < position]
        found.append(Slot(letter, left[-1] if left else (holders[0] if holders else -1)))
    return tuple(found)


@lru_cache(maxsize=4096)
def slots_at(set_axes: str, depends: Depends, picked: tuple[tuple[str, int], ...]) -> tuple[Slot, ...]:
    """The slots of one tensor at some values of its latent axes.

    >>> slots_at("hk", (("L", "h"), ("h", "k")), (("L", 1),))
    (Slot(letter='h', parent=-3), Slot(letter='k', parent=0))
    """
    values = {child: dict(picked)[above] for above, child in depends if above in dict(picked)}
    return tuple(
        Slot(slot.letter, -2 - values[slot.letter]) if slot.letter in values else slot
        for slot in slots(set_axes, depends)
    )


Bundle = tuple[tuple[str, "Bundle"], ...]
"""What hangs on a slot: for each child slot its letter and what hangs on it in turn."""


def bundles(slots: Sequence[Slot]) -> list[tuple[str, Bundle]]:
    """The slots that depend on no other, each with all that depend on it.

    >>> bundles(slots("aab", (("a", "b"),)))
    [('a', ()), ('a', (('b', ()),))]
    """

    def hanging(place: int) -> list[tuple[str, Bundle]]:
        return sorted((slot.letter, tuple(hanging(child))) for child, slot in enumerate(slots) if slot.parent == place)

    return hanging(-1)


def parent(depends: Depends, letter: str) -> str | None:
    """The letter that a letter depends on, or None."""
    return next((above for above, below in depends if below == letter), None)


def children(depends: Depends, letter: str) -> tuple[str, ...]:
    """The letters that depend directly on a letter."""
    return tuple(below for above, below in depends if above == letter)


def ancestors(depends: Depends, letter: str) -> tuple[str, ...]:
    """All that a letter depends on, the root first.

    >>> ancestors((("a", "b"), ("b", "c")), "c")
    ('a', 'b')
    """
    above = parent(depends, letter)
    return () if above is None else (*ancestors(depends, above), above)


def written(depends: Depends) -> tuple[str, ...]:
    """Dependencies as a person writes them.

    >>> written((("a", "b"),))
    ('a->b',)
    """
    return tuple(f"{above}->{below}" for above, below in depends)
