"""Matrices of sums of square roots as rational matrices: what they do to a basis of the field that the roots generate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from symshare.core.algebra.numbers import (
    Number,
    independent_roots,
    parts_of_number,
    root,
    root_product,
    simplest,
    square_roots,
)
from symshare.core.algebra.primes import primes
from symshare.core.algebra.residues import modulo
from symshare.errors import NotationError, TooLargeError

__all__ = ["field_basis", "inverted", "number_of", "of_full_rank", "over_rationals"]

MOST_ROOTS = 10
"""Independent square roots of a matrix whose rank is taken: a prime must have them all; with 10 it takes 0.1 s."""

MOST_LONG = 256
"""Rows of a matrix of rationals that is inverted; 256 with whole numbers up to 3 in a third of the places take 2 s."""

Rows = Sequence[Sequence[tuple[int, Number]]]
"""The rows of an exact square matrix, each as `(column, entry)`."""


def field_basis(matrices: Iterable[Rows], size: int) -> tuple[int, ...] | None:
    """The radicands of a basis over the rationals of the field that the entries generate, 1 first; None where its dimension
    times `size` is over 256.

    >>> field_basis([[[(0, root(2)), (1, root(3))]]], 2)
    (1, 2, 3, 6)
    """
    radicands = sorted({one for rows in matrices for row in rows for _, entry in row for one in square_roots(entry)})
    basis = [1]
    for radicand in independent_roots(radicands):
        basis += [root_product(radicand, one)[0] for one in basis]
        if len(basis) * size > MOST_LONG:
            return None
    return tuple(basis) if size <= MOST_LONG else None


def over_rationals(rows: Rows, basis: Sequence[int]) -> Any:
    """The matrix as a flint fmpq_mat in which each entry is a block: how it multiplies the basis of the field."""
    from flint import fmpq, fmpq_mat

    place = {radicand: at for at, radicand in enumerate(basis)}
    degree = len(basis)
    size = len(rows) * degree
    flat = [fmpq(0)] * size**2
    for number, row in enumerate(rows):
        for column, entry in row:
            for radicand, factor in parts_of_number(entry):
                for at, other in enumerate(basis):
                    product, outside = root_product(radicand, other)
                    cell = (number * degree + place[product]) * size + column * degree + at
                    flat[cell] += fmpq(factor.numerator * outside, factor.denominator)
    return fmpq_mat(size, size, flat)


def number_of(coordinates: Sequence[Any], basis: Sequence[int]) -> Number:
    """The number with these flint rationals as its coordinates."""
    found: Number = 0
    for radicand, value in zip(basis, coordinates, strict=True):
        if value:
            found = found + Fraction(int(value.p), int(value.q)) * root(radicand)
    return simplest(found)


def inverted(rows: Rows) -> list[list[Number]] | None:
    """The entries of the inverse, None for a singular matrix; TooLargeError above 256 rows times the degree of the field.

    >>> inverted([[(0, 1), (1, root(2))], [(1, 1)]])
    [[1, Surd('-sqrt(2)')], [0, 1]]
    """
    size = len(rows)
    basis = field_basis([rows], size)
    if basis is None:
        roots = len(independent_roots(sorted({one for row in rows for _, e in row for one in square_roots(e)})))
        raise TooLargeError(
            f"the inverse of a matrix of {size:,} rows with {roots} independent square roots has "
            f"{size * 2**roots:,} rows of rationals, over {MOST_LONG}\n  give smaller matrices, or fewer square roots"
        )
    try:
        inverse = over_rationals(rows, basis).inv()
    except ZeroDivisionError:
        return None
    degree = len(basis)
    places = range(0, size * degree, degree)
    # a block's first column is what it makes of 1: the number itself
    return [
        [number_of([inverse[row + at, column] for at in range(degree)], basis) for column in places] for row in places
    ]


def of_full_rank(rows: Rows) -> bool:
    """Whether a matrix has full rank modulo one of two primes: then it has, and else it has not but for a chance of 2^-100
    (and for numbers that both primes divide).

    Raises TooLargeError for over ten independent square roots: primes modulo which all exist are rare.
    """
    from flint import nmod_mat

    radicands = sorted({one for row in rows for _, entry in row for one in square_roots(entry)})
    roots = len(independent_roots(radicands))
    if roots > MOST_ROOTS:
        raise TooLargeError(
            f"a matrix with {roots} independent square roots, over {MOST_ROOTS}\n  write it with fewer roots"
        )
    tried = 0
    for prime in primes(radicands):
        flat = [0] * len(rows) ** 2
        try:
            for number, row in enumerate(rows):
                for column, entry in row:
                    flat[number * len(rows) + column] = modulo(entry, prime)
        except NotationError:  # a denominator that the prime divides
            continue
        if nmod_mat(len(rows), len(rows), flat, prime).rank() == len(rows):
            return True
        tried += 1
        if tried == 2:
            break
    return False
