"""One generator as a person writes it: cycles, an image list, a matrix, or weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from symshare.core.algebra.matrices import Matrix, diagonal, from_rows, permutation
from symshare.core.algebra.numbers import independent_roots, is_exact, square_roots
from symshare.errors import NotationError, TooLargeError, plural

__all__ = ["EXAMPLE", "is_scale", "read_generator"]

_MOST_ROOTS = 6
"""Independent square roots in the entries of one generator; chosen, not measured."""

_CYCLES = re.compile(r"\s*+(?:\(\s*+(?:\d{1,9}+(?:[\s,]++\d{1,9}+)*+)?+\s*+\)\s*+)*+")
"""Cycles of numbers; every repeat keeps what it took, so that a text is read once, whatever is in it."""

EXAMPLE = 'write [[generator]] and below it t = "(0 1 2)", t = [1, 2, 0] or r = [[0, -1], [1, 0]]'


def is_scale(value: object) -> bool:
    """Whether a generator is written as weights of a scaling."""
    return isinstance(value, Mapping) and set(value) == {"scale"}


def read_generator(value: Any, size: int, first: int, lie: bool, shown: str, number: int) -> tuple[Matrix, bool]:
    """One move of one axis as a matrix, and whether it is a scaling."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if is_scale(value):
        weights = value["scale"]
        if not isinstance(weights, list) or not all(type(one) is int for one in weights):
            raise NotationError(
                shown, _value_at(shown), "has weights that are not whole numbers", "write { scale = [1, 1, 2] }"
            )
        return diagonal(weights), True
    if not isinstance(value, str | list) or value == []:
        raise NotationError(shown, _value_at(shown), f"in generator {number} is no permutation and no matrix", EXAMPLE)
    if isinstance(value, list) and not all(type(one) is int for one in value):
        return _matrix(value, lie, shown, number), False
    if lie:
        raise NotationError(
            shown, _value_at(shown), f"in generator {number} is a permutation", "a Lie algebra element is a matrix"
        )
    return _cycles(value, size, first, shown) if isinstance(value, str) else _one_line(value, first, shown), False


def _matrix(value: list[Any], lie: bool, shown: str, number: int) -> Matrix:
    """A matrix from its rows; one that is no Lie algebra element must have an inverse."""
    if not all(isinstance(row, list) for row in value):
        cure = "write a permutation [1, 2, 0] or a matrix, a list of rows: [[0, -1], [1, 0]]"
        raise NotationError(
            shown, _value_at(shown), f"in generator {number} has entries that are not whole numbers", cure
        )
    for row in value:
        if len(row) != len(value):
            entries, rows = plural(len(row), "entry", "entries"), plural(len(value), "row")
            problem = f"in generator {number} has a row of {entries} in a matrix of {rows}"
            raise NotationError(shown, _value_at(shown), problem, "write a square matrix")
    matrix = from_rows(value)
    roots = {one for row in matrix.rows for _, entry in row if is_exact(entry) for one in square_roots(entry)}
    independent = len(independent_roots(sorted(roots)))
    if independent > _MOST_ROOTS:
        cure = "sums and products of its entries have too many parts: use roots of 2, 3, 5, 7, 11 or 13"
        problem = f"in generator {number} has {independent} independent square roots, over {_MOST_ROOTS}"
        raise NotationError(shown, _value_at(shown), problem, cure)
    try:
        singular = not lie and matrix.singular
    except TooLargeError as error:
        problem, _, cure = str(error).partition("\n  ")
        raise NotationError(shown, _value_at(shown), f"in generator {number} is {problem}", cure) from None
    if singular:
        cure = "a group's matrices can be inverted; for a Lie algebra element write lie = true"
        raise NotationError(shown, _value_at(shown), f"in generator {number} is a singular matrix", cure)
    return matrix


def _one_line(images: list[int], first: int, shown: str) -> Matrix:
    if min(images) < 0 and first == 0:
        cure = "a signed permutation counts from 1: write first = 1 at the top of the file"
        raise NotationError(shown, _value_at(shown), "has a negative image", cure)
    places = [abs(image) - first for image in images]
    if sorted(places) != list(range(len(images))):
        wanted = f"{first} to {len(images) - 1 + first}"
        raise NotationError(shown, _value_at(shown), "is not a permutation", f"each of {wanted} must stand in it once")
    return permutation(places, [-1 if image < 0 else 1 for image in images])


def _cycles(text: str, size: int, first: int, shown: str) -> Matrix:
    cure = "write cycles in brackets, values parted by spaces: (0 1 2)(3 4)"
    if not _CYCLES.fullmatch(text) or not text.strip():
        raise NotationError(shown, _value_at(shown) + 1, "is not written in cycles", cure)
    images = list(range(size))
    seen: set[int] = set()
    for inside in re.findall(r"\(([^)]*)\)", text):
        cycle = [int(digits) - first for digits in re.findall(r"\d+", inside)]
        for value in cycle:
            if not 0 <= value < size:
                at = shown.find(str(value + first), _value_at(shown))
                raise NotationError(
                    shown, max(at, 0), f"has the value {value + first}", f"values go from {first} to {size - 1 + first}"
                )
            if value in seen:
                problem = f"has the value {value + first} twice"
                raise NotationError(shown, _value_at(shown) + 1, problem, "a permutation moves each value once")
            seen.add(value)
        for one, other in zip(cycle, cycle[1:] + cycle[:1], strict=True):
            images[one] = other
    return permutation(images)


def _value_at(shown: str) -> int:
    """Where the value begins in the text of a move, `t = (0 1)`."""
    return shown.index(" = ") + 3
