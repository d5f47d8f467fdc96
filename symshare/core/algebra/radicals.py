"""Sparse matrices over sums of square roots: one matrix of integers for each radicand, over a common denominator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from math import lcm
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.algebra.matrices import Matrix
from symshare.core.algebra.numbers import Number, Surd, as_float, is_exact, root
from symshare.errors import TooLargeError

__all__ = ["Parts", "as_floats", "kronecker", "multiplied", "one_kind", "parts_of", "scaled"]

Parts = dict[int, Any]
"""A matrix of sums of square roots: for each radicand a scipy CSR matrix of int64 (radicand 0: one of floats)."""

MOST_NONZEROS = 60_000_000
"""Nonzeros of a generator on a space of coefficients, at least 12 bytes each (0.7 GiB); computed, not measured."""


def scaled(matrix: Any, factor: int) -> Any:
    """A CSR matrix times an integer, refused where 64 bits would not hold it."""
    whole = np.issubdtype(matrix.dtype, np.integer)
    if factor >= 2**62 or (whole and _bound(matrix) * factor >= 2**62):
        raise TooLargeError("the equations have coefficients over 2^62\n  write generators with smaller numbers")
    return matrix * factor


def kronecker(one: Any, other: Any) -> Any:
    """The Kronecker product of two CSR matrices, of the type of their entries also where it is zero."""
    if one.nnz * other.nnz > MOST_NONZEROS:
        raise TooLargeError(
            f"a generator has {one.nnz * other.nnz:,} nonzeros on this space, over {MOST_NONZEROS:,}\n"
            "  lower the order or the sizes"
        )
    return sparse.csr_array(sparse.kron(one, other, format="csr"), dtype=np.result_type(one.dtype, other.dtype))


def multiplied(one: Parts, other: Parts, times: Callable[[Any, Any], Any]) -> Parts:
    """The product of two matrices given by radicand, with the given product of plain matrices."""
    if 0 in one or 0 in other:
        return {0: times(as_floats(one), as_floats(other))}
    result: Parts = {}
    for a, left in one.items():
        for b, right in other.items():
            radicand, outside = _root_product(a, b)
            if _bound(left) * _bound(right) * abs(outside) * max(1, left.shape[1]) >= 2**62:
                raise TooLargeError(
                    "the equations have coefficients over 2^62\n  write generators with smaller numbers"
                )
            piece = times(left, right) * outside
            if piece.nnz > MOST_NONZEROS:
                raise TooLargeError(
                    f"a generator has {piece.nnz:,} nonzeros on this space, over {MOST_NONZEROS:,}\n"
                    "  lower the order or the sizes"
                )
            result[radicand] = result[radicand] + piece if radicand in result else piece
    return result


def as_floats(parts: Mapping[int, Any]) -> Any:
    """The matrix as one CSR matrix of floats."""
    if 0 in parts:
        return parts[0]
    return reduce(lambda a, b: a + b, (matrix.astype(float) * as_float(root(one)) for one, matrix in parts.items()))


@lru_cache(maxsize=4096)
def _root_product(a: int, b: int) -> tuple[int, int]:
    found = root(a) * root(b) if (a, b) != (1, 1) else 1
    if isinstance(found, Surd):
        return found.parts[0][0], int(found.parts[0][1])
    return 1, int(found)


def _bound(matrix: Any) -> int:
    return int(abs(matrix.data).max()) if matrix.nnz else 0


@lru_cache(maxsize=256)
def parts_of(matrix: Matrix) -> tuple[Parts, int]:
    """A matrix as one integer matrix for each radicand, and their common denominator; with a float in it, as floats under
    radicand 0."""
    cells = [(r, c, entry) for r, row in enumerate(matrix.rows) for c, entry in row]
    shape = (matrix.size, matrix.size)
    if not all(is_exact(entry) for _, _, entry in cells):
        rows, columns, values = zip(*((r, c, as_float(entry)) for r, c, entry in cells), strict=True)
        return {0: sparse.csr_array((values, (rows, columns)), shape=shape)}, 1
    split = [(r, c, one, factor) for r, c, entry in cells for one, factor in _summands(entry)]
    denominator = lcm(*(factor.denominator for *_, factor in split))
    found: Parts = {}
    for radicand in sorted({one for _, _, one, _ in split}):
        own = [(r, c, int(factor * denominator)) for r, c, one, factor in split if one == radicand]
        if max(abs(value) for *_, value in own) >= 2**62:
            raise TooLargeError("a generator has numbers over 2^62\n  write it with smaller numbers")
        rows, columns, numbers = zip(*own, strict=True)
        found[radicand] = sparse.csr_array((np.array(numbers, dtype=np.int64), (rows, columns)), shape=shape)
    return found or {1: sparse.csr_array(shape, dtype=np.int64)}, denominator


def _summands(entry: Number) -> tuple[tuple[int, Fraction], ...]:
    return entry.parts if isinstance(entry, Surd) else ((1, Fraction(entry)),)


def one_kind(parts: Parts, denominator: int) -> tuple[Parts, int]:
    """The same matrix with all its parts added up as floats, under radicand 0, where one of them has floats."""
    if 0 in parts and len(parts) > 1:
        exact = {radicand: matrix for radicand, matrix in parts.items() if radicand}
        return {0: parts[0] + as_floats(exact)}, denominator
    return parts, denominator
