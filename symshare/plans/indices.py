"""Indices of a step, and the order in which they can be summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Index", "Indices", "inner_first"]

Indices = tuple[str, ...]
"""The names of the indices of a value, axis by axis."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index and its axis; `own` are the indices that weights of it have, those it depends on and itself."""

    name: str
    axis: str
    own: Indices = ()

    def __post_init__(self) -> None:
        if not self.own:
            object.__setattr__(self, "own", (self.name,))


def inner_first(indices: Sequence[Index]) -> list[Index]:
    """Indices in an order in which they can be summed: each after those that depend on it, else the last first.

    >>> [one.name for one in inner_first([Index("b", "b", ("a", "b")), Index("a", "a"), Index("c", "c")])]
    ['b', 'c', 'a']
    """
    order = list(reversed(indices))
    order.sort(key=lambda index: -len(index.own))
    return order
