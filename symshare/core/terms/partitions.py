"""Diagrams on a row of slots: set partitions, perfect matchings, and choices of groups of slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

__all__ = ["double_factorial", "groups_of", "matchings", "on_diagram", "partitions"]


def partitions(number: int) -> Iterator[tuple[int, ...]]:
    """Set partitions as restricted growth strings."""
    if number == 0:
        yield ()
        return
    for rest in partitions(number - 1):
        for block in range(max(rest, default=-1) + 2):
            yield (*rest, block)


def matchings(slots: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every way to part slots into pairs."""
    if len(slots) % 2:
        return
    if not slots:
        yield ()
        return
    first, *rest = slots
    for place, other in enumerate(rest):
        for further in matchings(tuple(rest[:place] + rest[place + 1 :])):
            yield ((first, other), *further)


def groups_of(slots: tuple[int, ...], size: int, number: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way to choose `number` disjoint groups of `size` slots, in order of their first members."""
    if number == 0:
        yield ()
        return
    for legs in combinations(slots, size):
        later = tuple(one for one in slots if one > legs[0] and one not in legs)
        for rest in groups_of(later, size, number - 1):
            yield (legs, *rest)


def double_factorial(number: int) -> int:
    """number (number - 2) (number - 4) ..: of an odd number, how many matchings one slot more has."""
    return prod(range(number, 0, -2))


def on_diagram(diagram: Sequence[int], place: Sequence[int]) -> bool:
    """Whether slots that share an index of a diagram have equal values at a place."""
    values: dict[int, int] = {}
    return all(values.setdefault(index, at) == at for index, at in zip(diagram, place, strict=True))
