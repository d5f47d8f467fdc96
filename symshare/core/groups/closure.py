"""The elements and conjugacy classes of a finite group that is given by matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from random import Random
from typing import Any

from symshare.core.algebra.matrices import Matrix
from symshare.core.algebra.numbers import Number, Surd, simplest
from symshare.core.algebra.primes import LARGE_PRIME
from symshare.core.algebra.rational import field_basis, number_of, over_rationals
from symshare.errors import SymshareError

__all__ = ["Closed", "Vector", "close"]

MOST_ELEMENTS = 60_000
"""Elements of a group; the 40,320 of S(8) take 0.2 s to list."""

MOST_IMAGES = 12_000_000
"""Points times elements; 6.8 million, A(8) on 336 triples, take 0.7 s and 0.08 GiB to list."""

MOST_BITS = 512
"""Bits of a numerator or denominator in the image of a basis vector: in a finite group they stay short; chosen, not
measured."""

MOST_ENTRIES = 1_000_000
"""Rationals of all images of basis vectors; S(10) in another basis is given up here after 8 s and 0.2 GiB."""

MOST_PRODUCTS = 20_000_000
"""Products of entries in images of sparse vectors; a shear of 300 rows is given up after 12 s and 1.2 GiB."""

ROOTED = 10
"""Products of whole numbers that take as long as one of two multiples of square roots; measured."""

WORDS = 60
"""Random products whose traces may show that a group is infinite; chosen, not measured."""

Vector = tuple[tuple[int, Number], ...]
"""The entries of a vector that are not zero, each with its place."""

_Images = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A finite group that acts on some axes at once, as permutations of vectors.

    `points` has for each axis the vectors that its basis vectors come to, the basis itself first. An element is the list
    of the points that points go to, the axes one after another. `classes` has each conjugacy class by one element and the
    number of its elements.
    """

    order: int
    points: tuple[tuple[Vector, ...], ...]
    classes: tuple[tuple[tuple[int, ...], int], ...]


def close(axes: Sequence[Sequence[Matrix]], sizes: Sequence[int]) -> Closed | None:
    """The group that the matrices generate; `axes` has for each axis its generators, which move together in their order.

    A group of matrices is finite exactly if each basis vector comes to finitely many vectors, and then it permutes them
    faithfully: all else is done with permutations, without rounding. None for a group with a float in its matrices, for an
    infinite group and for one of over 60,000 elements. Raises SymshareError for a singular matrix and for lists of
    different lengths.

    >>> from symshare.core.algebra.matrices import from_rows
    >>> turn = from_rows([["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]])
    >>> close([[turn]], [2]).order
    6
    """
    numbers = {len(matrices) for matrices in axes}
    if len(numbers) != 1:
        raise SymshareError(
            f"axes that move together have {' and '.join(map(str, sorted(numbers)))} generators\n"
            "  give each the same number, with the identity where an axis stays as it is"
        )
    if not all(matrix.exact for matrix in chain(*axes)):
        return None
    points: list[tuple[Vector, ...]] = []
    together: list[list[int]] = [[] for _ in range(numbers.pop())]
    for matrices, size in zip(axes, sizes, strict=True):
        found = _points(matrices, size)
        if found is None:
            return None
        offset = sum(map(len, points))
        points.append(found[0])
        for images, more in zip(together, found[1], strict=True):
            images.extend(offset + image for image in more)
    generators = list(dict.fromkeys(map(tuple, together)))
    if any(len(set(images)) < len(images) for images in generators):
        raise SymshareError("a generator is a singular matrix\n  a group's matrices can be inverted")
    elements = _elements(generators, sum(map(len, points)))
    if elements is None:
        return None
    return Closed(len(elements), tuple(points), _classes(elements, generators))


def _points(matrices: Sequence[Matrix], size: int) -> tuple[tuple[Vector, ...], list[list[int]]] | None:
    """All vectors that the basis vectors come to, and for each matrix where it sends them; None where they do not end."""
    if any(one.monomial() is None for one in matrices):
        basis = field_basis([one.rows for one in matrices], size)
        if basis is not None:
            return _dense_points([over_rationals(one.rows, basis) for one in matrices], size, basis)
    columns = [matrix.transpose().rows for matrix in matrices]
    found: list[Vector] = [((place, 1),) for place in range(size)]
    number = {vector: at for at, vector in enumerate(found)}
    images: list[list[int]] = [[] for _ in matrices]
    products = 0
    for vector in found:
        for sent, of_matrix in zip(images, columns, strict=True):
            products += sum(_products(factor, of_matrix[place]) for place, factor in vector)
            if products > MOST_PRODUCTS:
                return None
            image = _image(vector, of_matrix)
            if image not in number:
                if len(found) > size * MOST_ELEMENTS or len(found) > MOST_IMAGES // 50 or _bits(image) > MOST_BITS:
                    return None
                number[image] = len(found)
                found.append(image)
            sent.append(number[image])
    return tuple(found), images


def _dense_points(
    matrices: Sequence[Any], size: int, basis: Sequence[int]
) -> tuple[tuple[Vector, ...], list[list[int]]] | None:
    """The same of rational matrices whose rows and columns stand for products of `basis`, all new vectors in one product."""
    from flint import fmpq, fmpq_mat

    degree = len(basis)
    length = size * degree
    if _surely_infinite(matrices, length):
        return None
    found = [tuple(fmpq(int(row == degree * place)) for row in range(length)) for place in range(size)]
    number = {vector: at for at, vector in enumerate(found)}
    images: list[list[int]] = [[] for _ in matrices]
    done = 0
    while done < len(found):
        fresh = found[done:]
        done = len(found)
        block = fmpq_mat(len(fresh), length, [entry for vector in fresh for entry in vector])
        for sent, matrix in zip(images, matrices, strict=True):
            entries = (block * matrix.transpose()).entries()
            for start in range(0, len(entries), length):
                image = tuple(entries[start : start + length])
                if image not in number:
                    bits = max(max(int(one.p).bit_length(), int(one.q).bit_length()) for one in image)
                    if len(found) > size * MOST_ELEMENTS or len(found) * length > MOST_ENTRIES or bits > MOST_BITS:
                        return None
                    number[image] = len(found)
                    found.append(image)
                sent.append(number[image])
    return tuple(
        tuple(
            (place, number_of(vector[at : at + degree], basis))
            for place, at in enumerate(range(0, length, degree))
            if any(vector[at : at + degree])
        )
        for vector in found
    ), images


def _surely_infinite(matrices: Sequence[Any], size: int) -> bool:
    """Whether a product of rational matrices has a trace that none of a finite group has: a whole number up to the size.

    The traces of a finite group are sums of so many roots of unity, so that rational ones are whole. They are read modulo
    a prime.
    """
    from flint import nmod_mat

    images = []
    for matrix in matrices:
        numerators, denominator = matrix.numer_denom()
        below = int(denominator)
        if below % LARGE_PRIME == 0:
            return False
        inverse = pow(below, -1, LARGE_PRIME)
        images.append(
            nmod_mat(size, size, [int(one) * inverse % LARGE_PRIME for one in numerators.entries()], LARGE_PRIME)
        )
    chosen = Random(0)
    word = images[0]
    for step in range(len(images) + WORDS):
        word = images[step] if step < len(images) else word * chosen.choice(images)
        trace = sum(int(word[at, at]) for at in range(size)) % LARGE_PRIME
        if min(trace, LARGE_PRIME - trace) > size:
            return True
    return False


def _image(vector: Vector, columns: Sequence[Vector]) -> Vector:
    if len(vector) == 1 and vector[0][1] == 1:
        return columns[vector[0][0]]
    entries: dict[int, Number] = {}
    for place, factor in vector:
        for row, entry in columns[place]:
            entries[row] = entries.get(row, 0) + factor * entry
    return tuple(sorted((row, simplest(entry)) for row, entry in entries.items() if entry))


def _products(factor: Number, column: Vector) -> int:
    """How much it takes to multiply a column, in products of whole numbers."""
    if not isinstance(factor, Surd):
        return len(column)
    return ROOTED * len(factor.parts) * sum(len(one.parts) if isinstance(one, Surd) else 1 for _, one in column)


def _bits(vector: Vector) -> int:
    """The length of the longest whole number in a vector."""
    factors = (
        factor
        for _, entry in vector
        for factor in ([one for _, one in entry.parts] if isinstance(entry, Surd) else [Fraction(entry)])
    )
    return max((max(one.numerator.bit_length(), one.denominator.bit_length()) for one in factors), default=0)


def _elements(generators: Sequence[_Images], points: int) -> dict[_Images, None] | None:
    identity = tuple(range(points))
    found = {identity: None}
    queue = [identity]
    for element in queue:
        for generator in generators:
            image = tuple(map(generator.__getitem__, element))
            if image not in found:
                if len(found) >= MOST_ELEMENTS or len(found) * points > MOST_IMAGES:
                    return None
                found[image] = None
                queue.append(image)
    return found


def _classes(elements: dict[_Images, None], generators: Sequence[_Images]) -> tuple[tuple[_Images, int], ...]:
    """One element of each conjugacy class, with the size of the class."""
    inverses = [tuple(sorted(range(len(one)), key=one.__getitem__)) for one in generators]
    seen: set[_Images] = set()
    found = []
    for element in elements:
        if element in seen:
            continue
        own = [element]
        seen.add(element)
        for one in own:
            for generator, inverse in zip(generators, inverses, strict=True):
                conjugate = tuple(map(generator.__getitem__, map(one.__getitem__, inverse)))
                if conjugate not in seen:
                    seen.add(conjugate)
                    own.append(conjugate)
        found.append((element, len(own)))
    return tuple(found)
