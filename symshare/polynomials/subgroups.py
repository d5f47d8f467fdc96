"""All the ways in which a finite group permutes a few hidden units up to signs: its signed orbits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from symshare.errors import TooLargeError
from symshare.polynomials.acting import Moves, Symmetry, after

__all__ = ["MOST_LISTED", "SignedOrbit", "signed_orbits"]

MOST_LISTED = 120
"""Elements of a group whose subgroups are listed: those of S(5), and what it moves by them, take 0.3 s."""

_Set = frozenset[int]


@dataclass(frozen=True, slots=True)
class SignedOrbit:
    """Units that a group permutes among themselves, up to signs, by its generators; `name` has their number, `-` for signs
    that no rescaling removes, and a letter where there are several of the kind."""

    name: str
    size: int
    signed: bool
    generators: tuple[Moves, ...]


def signed_orbits(symmetry: Symmetry, most: int, *, signs: bool = True) -> tuple[SignedOrbit, ...]:
    """The orbits of at most so many units, up to isomorphism, without signs and (with `signs`) with them.

    An orbit is the cosets of a subgroup, signs are a homomorphism of it to +1 and -1: its kernel is the subgroup or has
    index two in it. Raises TooLargeError for a group of over 120 elements.

    >>> from symshare.polynomials.acting import find_symmetry
    >>> from symshare.polynomials.network import PolynomialNetwork
    >>> found = signed_orbits(find_symmetry(PolynomialNetwork((3, 4, 3), 2), "a->a"), 4)
    >>> [one.name for one in found]
    ['1', '1-', '2', '3', '3-']
    """
    order = len(symmetry.elements)
    if order > MOST_LISTED:
        raise TooLargeError(
            f"a group of {order:,} elements, over {MOST_LISTED}, whose actions on hidden units are not listed\n"
            "  give smaller sizes, or a smaller group"
        )
    number = {element: place for place, element in enumerate(symmetry.elements)}
    table = [
        [number[after(one[0], other[0]), after(one[1], other[1])] for other in symmetry.elements]
        for one in symmetry.elements
    ]
    inverse = [row.index(0) for row in table]
    subgroups = _subgroups(table)
    steps = [number[one] for one in symmetry.generators]
    found: list[tuple[int, bool, tuple[Moves, ...]]] = []
    seen: set[tuple[_Set, _Set]] = set()
    for subgroup in sorted(subgroups, key=lambda one: (-len(one), sorted(one))):
        size = order // len(subgroup)
        if size > most:
            continue
        halves = [one for one in subgroups if 2 * len(one) == len(subgroup) and one < subgroup] if signs else []
        for kernel in [subgroup, *sorted(halves, key=sorted)]:
            if (subgroup, kernel) in seen:
                continue
            for one in range(order):
                pair = [frozenset(table[table[one][h]][inverse[one]] for h in part) for part in (subgroup, kernel)]
                seen.add((pair[0], pair[1]))
            found.append((size, kernel != subgroup, _on_cosets(table, inverse, subgroup, kernel, steps)))
    return _named(found)


def _named(found: Sequence[tuple[int, bool, tuple[Moves, ...]]]) -> tuple[SignedOrbit, ...]:
    ordered = sorted(found, key=lambda one: one[:2])
    names = []
    for size, signed, moves in ordered:
        alike = [other for other in ordered if other[:2] == (size, signed)]
        at = next(place for place, other in enumerate(alike) if other[2] is moves)
        letter = chr(ord("a") + at) if len(alike) > 1 else ""
        names.append(SignedOrbit(f"{size}{letter}{'-' * signed}", size, signed, moves))
    return tuple(names)


def _subgroups(table: Sequence[Sequence[int]]) -> set[_Set]:
    """All subgroups: those of one generator, and what they generate together."""
    cyclic = {_generated(table, [one]) for one in range(len(table))}
    found = set(cyclic)
    queue = list(cyclic)
    for one in queue:
        for other in cyclic:
            if not other <= one:
                both = _generated(table, chain(one, other))
                if both not in found:
                    found.add(both)
                    queue.append(both)
    return found


def _generated(table: Sequence[Sequence[int]], generators: Iterable[int]) -> _Set:
    """The subgroup that some elements generate."""
    steps = set(generators) - {0}
    found, queue = {0}, [0]
    for one in queue:
        for step in steps:
            new = table[step][one]
            if new not in found:
                found.add(new)
                queue.append(new)
        if 2 * len(found) > len(table):
            return frozenset(range(len(table)))
    return frozenset(found)


def _on_cosets(
    table: Sequence[Sequence[int]], inverse: Sequence[int], subgroup: _Set, kernel: _Set, steps: Sequence[int]
) -> tuple[Moves, ...]:
    """How elements move the cosets of a subgroup, with a sign where they leave those of the kernel."""
    firsts: list[int] = []
    coset: dict[int, int] = {}
    for one in range(len(table)):
        if one not in coset:
            for h in subgroup:
                coset[table[one][h]] = len(firsts)
            firsts.append(one)
    moved = []
    for step in steps:
        images = []
        for first in firsts:
            to = table[step][first]
            place = coset[to]
            rest = table[inverse[firsts[place]]][to]
            images.append(place if rest in kernel else place + len(firsts))
        moved.append(tuple(images))
    return tuple(moved)
