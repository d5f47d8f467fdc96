"""The dimensions of tensors as terms: atoms, several laid out as one, rows of segments, and what goes with any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["UNIT", "Atom", "Cat", "Prod", "Term", "Uniform", "loose", "tightened"]


@dataclass(frozen=True, slots=True)
class Atom:
    """A dimension, or a part of one, that nothing has taken apart so far."""

    number: int


@dataclass(frozen=True, slots=True)
class Prod:
    """Several dimensions laid out as one, the last one fastest; without factors, a dimension of length one."""

    factors: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Cat:
    """A row of segments."""

    segments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Uniform:
    """A dimension along which a constant tensor does not vary: it goes with any axis."""

    size: int


Term = Atom | Prod | Cat | Uniform

UNIT = Prod(())


def loose(term: Term) -> bool:
    """Whether a part of a term goes with any axis."""
    match term:
        case Uniform():
            return True
        case Prod(parts) | Cat(parts):
            return any(map(loose, parts))
    return False


def tightened(term: Term, new: Callable[[int], Term]) -> Term:
    """A term with new atoms where it goes with any axis."""
    match term:
        case Uniform(size):
            return new(size)
        case Prod(parts):
            return Prod(tuple(tightened(part, new) for part in parts))
        case Cat(parts):
            return Cat(tuple(tightened(part, new) for part in parts))
    return term
