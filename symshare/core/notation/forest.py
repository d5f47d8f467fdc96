"""Dependencies between axes as a forest: what depends on an axis, and which slot depends on which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

__all__ = [
    "Bundle",
    "Depends",
    "Slot",
    "ancestors",
    "below_latents",
    "bundles",
    "children",
    "opposite",
    "slots",
    "slots_at",
    "written",
]

Depends = tuple[tuple[str, str], ...]
"""Pairs of axes: a parent, and the child that depends on it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one index: its axis and, under a dependency, the number of the slot it depends on (else -1).

    Where it depends on a latent axis, the number is -2 less the value of that axis, if it is known: each has its own list.
    """

    axis: str
    parent: int
    weight: int = field(default=0, repr=False)
    """1 or, on the dual, -1 where the axis has factors of its values."""


@lru_cache(maxsize=4096)
def slots(set_axes: tuple[str, ...], depends: Depends, weights: tuple[int, ...] = ()) -> tuple[Slot, ...]:
    """The slots of one tensor, each with the number of the slot it depends on; `weights` are those that are not 0.

    A child slot hangs on the nearest slot of its parent to its left, else on the nearest to its right: in `abab`
    with `a->b` the tensor is indexed by two pairs (a, b).

    >>> slots(("a", "b", "a"), (("a", "b"),))
    (Slot(axis='a', parent=-1), Slot(axis='b', parent=0), Slot(axis='a', parent=-1))
    """
    parent_of = {child: parent for parent, child in depends}
    first: dict[str, int] = {}
    for place, axis in enumerate(set_axes):
        first.setdefault(axis, place)
    found, last = [], dict[str | None, int]()
    for place, axis in enumerate(set_axes):
        wanted = parent_of.get(axis)
        above = -1 if wanted is None else last.get(wanted, first.get(wanted, -1))
        found.append(Slot(axis, above, weights[place] if weights else 0))
        last[axis] = place
    return tuple(found)


@lru_cache(maxsize=4096)
def slots_at(
    set_axes: tuple[str, ...], depends: Depends, picked: tuple[tuple[str, int], ...], weights: tuple[int, ...] = ()
) -> tuple[Slot, ...]:
    """The slots of one tensor at some values of its latent axes.

    >>> slots_at(("h", "k"), (("L", "h"), ("h", "k")), (("L", 1),))
    (Slot(axis='h', parent=-3), Slot(axis='k', parent=0))
    """
    values = {child: dict(picked)[above] for above, child in depends if above in dict(picked)}
    return tuple(
        replace(slot, parent=-2 - values[slot.axis]) if slot.axis in values else slot
        for slot in slots(set_axes, depends, weights)
    )


Bundle = tuple[int, tuple[tuple[str, "Bundle"], ...]]
"""What a slot weighs, and what hangs on it: each child slot with its axis."""


def bundles(slots: Sequence[Slot]) -> list[tuple[str, Bundle]]:
    """The slots that depend on no other, each with all that depend on it.

    >>> bundles(slots(("a", "a", "b"), (("a", "b"),)))
    [('a', (0, ())), ('a', (0, (('b', (0, ())),)))]
    """

    below: dict[int, list[int]] = {}
    for place, slot in enumerate(slots):
        below.setdefault(slot.parent, []).append(place)

    def hanging(place: int) -> list[tuple[str, Bundle]]:
        return sorted(
            (slots[child].axis, (slots[child].weight, tuple(hanging(child)))) for child in below.get(place, ())
        )

    return hanging(-1)


def below_latents(
    found: list[tuple[str, Bundle]], parents: Mapping[str, str], latents: Sequence[str]
) -> list[tuple[str, Bundle]]:
    """Slots and what hangs on them, those that depend on latent axes below these.

    >>> below_latents([("h", (0, ())), ("a", (0, ()))], {"h": "L"}, ["L"])
    [('a', (0, ())), ('L', (0, (('h', (0, ())),)))]
    """
    for latent in latents:
        hanging = tuple(pair for pair in found if parents.get(pair[0]) == latent)
        found = [*(pair for pair in found if pair not in hanging), (latent, (0, hanging))]
    return found


def opposite(bundle: Bundle) -> Bundle:
    """What a slot and all that hangs on it weigh on the other side of the arrow.

    >>> opposite((1, (("b", (0, ())),)))
    (-1, (('b', (0, ())),))
    """
    weight, below = bundle
    return -weight, tuple([(axis, opposite(hanging)) for axis, hanging in below])


def ancestors(parents: Mapping[str, str], axis: str) -> tuple[str, ...]:
    """All that an axis depends on, the root first.

    >>> ancestors({"b": "a", "c": "b"}, "c")
    ('a', 'b')
    """
    found: list[str] = []
    while axis in parents:
        axis = parents[axis]
        found.append(axis)
    return tuple(found[::-1])


def children(depends: Depends, axis: str) -> tuple[str, ...]:
    """The axes that depend directly on an axis."""
    return tuple(below for above, below in depends if above == axis)


def written(depends: Depends) -> tuple[str, ...]:
    """Dependencies as a person writes them.

    >>> written((("a", "b"),))
    ('a->b',)
    """
    return tuple(f"{above}->{below}" for above, below in depends)
