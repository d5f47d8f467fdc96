"""What the generators of a signature's group do to its entries: all input entries in one row, all output entries too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import lcm, prod
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.actions.blocks import Element, generators
from symshare.core.actions.relabelling import Relabelling, places
from symshare.core.algebra.arrays import Array
from symshare.core.algebra.matrices import Matrix
from symshare.core.algebra.radicals import Parts, kronecker, multiplied, one_kind, parts_of, scaled
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor

__all__ = ["Action", "Operator", "actions", "entries"]


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """A linear map of a space of entries: a signed permutation (`images`, `signs`), or a matrix over a denominator.

    A signed permutation sends unit vector j to `signs[j]` times unit vector `images[j]`; `signs=None` means all plus.
    """

    size: int
    images: Array | None = None
    signs: Array | None = None
    parts: Mapping[int, Any] | None = None
    denominator: int = 1

    def matrix(self) -> Parts:
        """The matrix times the denominator, by radicand."""
        if self.parts is not None:
            return dict(self.parts)
        values = np.ones(self.size, dtype=np.int64) if self.signs is None else self.signs.astype(np.int64)
        return {1: sparse.csr_array((values, (self.images, np.arange(self.size))), shape=(self.size, self.size))}


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One generator: its name, the axes it moves, whether it is an element of the Lie algebra, and its two operators."""

    label: str
    axes: tuple[str, ...]
    lie: bool
    inner: Operator
    outer: Operator

    @property
    def monomial(self) -> bool:
        """Whether it permutes entries up to sign."""
        return self.inner.images is not None and self.outer.images is not None


def entries(tensors: Sequence[Tensor], sizes: Mapping[str, int]) -> int:
    """The number of entries of some tensors together."""
    return sum(prod(sizes[letter] for letter in tensor.axes) for tensor in tensors)


def actions(signature: Signature, sizes: Mapping[str, int]) -> Iterator[Action]:
    """The generators of the signature's group, each as it moves all input entries and all output entries.

    Entries of a side are numbered tensor after tensor, each in C order of its axes. A latent axis counts with its size.

    >>> from symshare.core.notation.reading import signature
    >>> [(one.label, one.inner.images.tolist()) for one in actions(signature("a->"), {"a": 3})]
    [('a: (0 1)', [1, 0, 2]), ('a: (0 1 2)', [1, 2, 0])]
    """
    for one in generators(signature, sizes):
        inner, outer = (_operator(side, sizes, one) for side in (signature.inputs, signature.outputs))
        yield Action(one.label, one.axes, one.lie, inner, outer)


def _operator(tensors: Sequence[Tensor], sizes: Mapping[str, int], element: Element) -> Operator:
    """What an element does to all entries of some tensors."""
    if isinstance(element.own, Relabelling):
        return _permutation(tensors, sizes, element.own) if element.own.signed else _scaled(tensors, sizes, element.own)
    return _matrix(tensors, sizes, element.own, element.lie)


def _permutation(tensors: Sequence[Tensor], sizes: Mapping[str, int], own: Relabelling) -> Operator:
    images, signs, start = [], [], 0
    for tensor in tensors:
        shape = tuple(sizes[letter] for letter in tensor.axes)
        image = np.full(shape, start, dtype=np.int64)
        sign = np.ones(shape, dtype=np.int8)
        new, changes = places(own, tensor, shape)
        step = prod(shape)
        for axis, length in enumerate(shape):
            step //= length
            image = image + step * new[axis]
        for change in changes:
            sign = sign * change
        images.append(image.ravel())
        signs.append(sign.ravel())
        start += prod(shape)
    sign = np.concatenate(signs)
    return Operator(start, np.concatenate(images), None if (sign == 1).all() else sign)


def _scaled(tensors: Sequence[Tensor], sizes: Mapping[str, int], own: Relabelling) -> Operator:
    """A permutation with factors that are fractions."""
    plain = _permutation(tensors, sizes, replace(own, factors={}))
    entries: list[Fraction] = []
    for tensor in tensors:
        shape = tuple(sizes[letter] for letter in tensor.axes)
        factor = np.full(shape, Fraction(1), dtype=object)
        for change in places(own, tensor, shape)[1]:
            factor = factor * change
        entries += factor.ravel().tolist()
    below = lcm(*(one.denominator for one in entries))
    values = np.array([int(one * below) for one in entries], dtype=np.int64)
    columns = np.arange(plain.size)
    cells = sparse.csr_array((values, (plain.images, columns)), shape=(plain.size, plain.size))
    return Operator(plain.size, None, None, {1: cells}, below)


def _matrix(tensors: Sequence[Tensor], sizes: Mapping[str, int], own: Mapping[str, Matrix], lie: bool) -> Operator:
    pieces = [_tensor_matrix(tensor, sizes, own, lie) for tensor in tensors]
    denominator = lcm(*(below for _, below in pieces))
    radicands = sorted({radicand for parts, _ in pieces for radicand in parts})
    found = {}
    for radicand in radicands:
        diagonal = [
            scaled(parts[radicand], denominator // below)
            if radicand in parts
            else sparse.csr_array((_length(tensor, sizes),) * 2, dtype=np.int64)
            for (parts, below), tensor in zip(pieces, tensors, strict=True)
        ]
        found[radicand] = sparse.csr_array(sparse.block_diag(diagonal, format="csr"))
    found, _ = one_kind(found, denominator)
    size = entries(tensors, sizes)
    return Operator(size, None, None, found or {1: sparse.csr_array((size, size), dtype=np.int64)}, denominator)


def _length(tensor: Tensor, sizes: Mapping[str, int]) -> int:
    return prod(sizes[letter] for letter in tensor.axes)


def _tensor_matrix(tensor: Tensor, sizes: Mapping[str, int], own: Mapping[str, Matrix], lie: bool) -> tuple[Parts, int]:
    """The matrix of a generator on one tensor: a Kronecker product of axis matrices, or a sum of such for a Lie element."""
    if not lie:
        return _kronecker([own.get(letter) for letter in tensor.axes], [sizes[letter] for letter in tensor.axes])
    total: Parts = {}
    pieces = []
    for axis, letter in enumerate(tensor.axes):
        if letter in own:
            chosen = [own[letter] if place == axis else None for place in range(len(tensor.axes))]
            pieces.append(_kronecker(chosen, [sizes[one] for one in tensor.axes]))
    denominator = lcm(*(below for _, below in pieces))
    for parts, below in pieces:
        for radicand, matrix in parts.items():
            piece = scaled(matrix, denominator // below)
            total[radicand] = total[radicand] + piece if radicand in total else piece
    return one_kind(total, denominator)


def _kronecker(matrices: Sequence[Matrix | None], lengths: Sequence[int]) -> tuple[Parts, int]:
    """A Kronecker product of axis matrices (None: the identity), as integer parts over a denominator."""
    result: Parts = {}
    denominator = 1
    # axes that nothing moves are one identity matrix together
    pieces: list[tuple[Matrix | None, int]] = []
    for matrix, length in zip(matrices, lengths, strict=True):
        if matrix is None and pieces and pieces[-1][0] is None:
            pieces[-1] = (None, pieces[-1][1] * length)
        elif matrix is not None or length > 1:
            pieces.append((matrix, length))
    for matrix, length in pieces or [(None, 1)]:
        own, below = _identity_parts(length) if matrix is None else parts_of(matrix)
        result = multiplied(result, own, kronecker) if result else own
        denominator *= below
    return result, denominator


@lru_cache(maxsize=64)
def _identity_parts(length: int) -> tuple[Parts, int]:
    return {1: sparse.eye_array(length, dtype=np.int64, format="csr")}, 1
