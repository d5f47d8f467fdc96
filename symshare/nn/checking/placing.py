"""Whether an activation moves along with an element of a group, under any placing of the axes on its dimensions.

An axis may stand on a dimension alone, be flattened with others into one, be parted into two, or be a part of one that
something was joined to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod

import numpy as np

from symshare.core.actions.blocks import Element
from symshare.core.actions.relabelling import Relabelling
from symshare.core.algebra.arrays import Array
from symshare.nn.checking.filling import unfilled

__all__ = ["Placings", "agree"]

MOST = 3000
"""So many placings are tried; of an activation that has more nothing is said."""
JOINED = 4
"""Up to so many values may be joined to an axis, before or after its own, such as a class token."""
LONGEST = 4096
"""Rows of a matrix that acts on a dimension into which axes are flattened."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """What happens to the values of one dimension: they go to `images` with `factors`, or a matrix mixes them."""

    images: Array | None = None
    factors: Array | None = None
    matrix: Array | None = None

    def __call__(self, x: Array) -> Array:
        """An array whose first dimension has these values."""
        if self.matrix is not None:
            return np.tensordot(self.matrix, x, axes=1)
        if self.factors is not None:
            x = x * self.factors.reshape(-1, *[1] * (x.ndim - 1))
        found = np.empty_like(x)
        found[self.images] = x
        return found

    def within(self, size: int, before: int, after: int) -> Way:
        """The same where a dimension has values of other axes too: outside of these, and inside."""
        if self.matrix is not None:
            outer, inner = np.eye(before), np.eye(after)
            return Way(matrix=np.kron(np.kron(outer, self.matrix), inner))
        images = self.images if self.images is not None else np.arange(size)
        outside = np.arange(before)[:, None, None] * size
        whole = ((outside + images[None, :, None]) * after + np.arange(after)).ravel()
        return Way(whole, None if self.factors is None else np.tile(np.repeat(self.factors, after), before))

    def joined(self, size: int, before: int, after: int) -> Way:
        """The same where other values stand before or after these."""
        if self.matrix is not None:
            matrix = np.eye(before + size + after)
            matrix[before : before + size, before : before + size] = self.matrix
            return Way(matrix=matrix)
        images = self.images if self.images is not None else np.arange(size)
        whole = np.concatenate([np.arange(before), before + images, before + size + np.arange(after)])
        return Way(whole, None if self.factors is None else np.pad(self.factors, (before, after), constant_values=1))


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """What an element does along some dimensions taken as one."""

    dims: tuple[int, ...]
    way: Way

    def __call__(self, x: Array) -> Array:
        """The array with these dimensions moved."""
        number = len(self.dims)
        front = np.moveaxis(x, self.dims, range(number))
        found = self.way(front.reshape(prod(front.shape[:number]), *front.shape[number:]))
        return np.moveaxis(found.reshape(front.shape), range(number), self.dims)


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """What an element does to one of its letters below those that this one depends on, all taken as one dimension."""

    lengths: tuple[int, ...]
    way: Way

    @property
    def size(self) -> int:
        """The number of values of all letters together."""
        return prod(self.lengths)

    def at(self, dims: tuple[int, ...], before: int = 1, after: int = 1) -> Move:
        """The move of dimensions that have `before` values of others around these, and `after` inside."""
        return Move(dims, self.way.within(self.size, before, after))


class Placings:
    """The ways in which the axes that one element moves may stand on the dimensions of activations."""

    def __init__(self, element: Element) -> None:
        self.units = [one for one in _units(element) if one.size > 1]

    def found(self, here: Array, there: Array, tolerance: float) -> tuple[Move, ...] | None:
        """The moves that turn the activation of x into that of g x; None where there are none.

        Raises OverflowError where there are too many placings to try.
        """
        if here.shape != there.shape:
            return None
        options = [list(islice(self._options(dim, here.shape), MOST)) for dim in range(here.ndim)]
        if prod(map(len, options)) > MOST:
            raise OverflowError
        for chosen in sorted(product(*options), key=lambda moves: sum(map(len, moves))):
            moves = tuple(move for each in chosen for move in each)
            array = here
            for move in moves:
                array = move(array)
            if agree(array, there, tolerance):
                return moves
        return None

    def _options(self, dim: int, shape: Sequence[int]) -> Iterator[tuple[Move, ...]]:
        """The moves of one dimension: none, of one letter, of two that are flattened into it."""
        yield ()
        size = shape[dim]
        for unit in self.units:
            yield from ((move,) for move in self._single(unit, dim, shape))
            for other in self.units:
                for first, second, third in _splits(size, unit.size, other.size):
                    outer = unit.at((dim,), first, second * other.size * third)
                    yield outer, other.at((dim,), first * unit.size * second, third)

    def _single(self, unit: Unit, dim: int, shape: Sequence[int]) -> Iterator[Move]:
        size = shape[dim]
        if unit.way.matrix is None or size <= LONGEST:
            for before, after in _splits(size, unit.size):
                yield unit.at((dim,), before, after)
            rest = size - unit.size
            if 0 < rest <= JOINED:
                yield from (Move((dim,), unit.way.joined(unit.size, *one)) for one in ((rest, 0), (0, rest)))
            if 1 < size < unit.size == prod(shape[dim : dim + 2]):
                yield unit.at((dim, dim + 1))
        if len(unit.lengths) > 1 and size == unit.lengths[-1]:
            above, others = unit.lengths[:-1], [one for one in range(len(shape)) if one != dim]
            for holder in others:
                for before, after in _splits(shape[holder], prod(above)):
                    if after == 1:
                        yield unit.at((holder, dim), before)
            if len(above) > 1:
                for holders in product(others, repeat=len(above)):
                    if len({*holders}) == len(above) and tuple(shape[one] for one in holders) == above:
                        yield unit.at((*holders, dim))


def _splits(size: int, *parts: int) -> Iterator[tuple[int, ...]]:
    """The ways to write a size as a product with some factors in this order, and what is before, between and after them."""
    whole = prod(parts)
    if whole and size and size % whole == 0:
        yield from _factored(size // whole, len(parts) + 1)


def _factored(size: int, number: int) -> Iterator[tuple[int, ...]]:
    if number == 1:
        yield (size,)
        return
    for first in range(1, size + 1):
        if size % first == 0:
            for others in _factored(size // first, number - 1):
                yield first, *others


def _units(element: Element) -> Iterator[Unit]:
    if not isinstance(element.own, Relabelling):
        for matrix in element.own.values():
            yield Unit((matrix.size,), Way(matrix=matrix.floats()))
        return
    for letter, images in element.own.images.items():
        length, factors = images.shape[-1], element.own.factors.get(letter)
        whole = np.arange(images.size // max(length, 1))[:, None] * length + images.reshape(-1, length)
        yield Unit(
            tuple(images.shape), Way(whole.ravel(), None if factors is None else np.ravel(factors).astype(float))
        )
        if factors is not None and not element.own.signed:  # the dual axis
            yield Unit(tuple(images.shape), Way(whole.ravel(), 1 / np.ravel(factors).astype(float)))


def agree(one: Array, two: Array, tolerance: float) -> bool:
    """Whether two arrays are equal up to a tolerance, relative to each entry and to what most entries are like."""
    if not one.size:
        return True
    sizes = np.maximum(np.abs(one), np.abs(two))
    finite = unfilled(sizes[np.isfinite(sizes) & (sizes > 0)])
    usual = float(np.median(finite)) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        gaps = np.abs(one - two)
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    return bool((same | (np.isfinite(gaps) & (gaps <= tolerance * np.maximum(sizes, usual)))).all())
