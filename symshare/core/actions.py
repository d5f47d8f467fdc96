"""What the generators of a signature's group do to its entries: all input entries in one row, all output entries too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from math import lcm, prod
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.exact import Number, Surd, as_float, is_exact, root
from symshare.core.groups import AxisGroup
from symshare.core.matrices import Matrix, permutation
from symshare.core.relabelling import generators, relabel
from symshare.core.signature import Signature, Tensor
from symshare.errors import TooLargeError, plural

__all__ = ["Action", "Operator", "Parts", "actions", "entries"]

Array = np.ndarray[Any, Any]

Parts = dict[int, Any]
"""A matrix of sums of square roots: for each radicand a scipy CSR matrix of int64 (radicand 0: one of floats)."""

MOST_NONZEROS = 60_000_000


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
    letters: str
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

    >>> from symshare.core.notation import signature
    >>> [(one.label, one.inner.images.tolist()) for one in actions(signature("a->"), {"a": 3})]
    [('a: (0 1)', [1, 0, 2]), ('a: (0 1 2)', [1, 2, 0])]
    """
    for letter, moved in generators(signature, sizes):
        label = f"{letter}: {_permutation(moved[letter].reshape(-1, sizes[letter])[0])}"

        def side(tensors: Sequence[Tensor], moved: Any = moved) -> Operator:
            return _joined(tensors, sizes, lambda one, places: relabel(signature, one, places, moved))

        yield Action(label, letter, False, side(signature.inputs), side(signature.outputs))
    for block in signature.blocks:
        groups = {letter: group for letter in block if (group := signature.group(letter)) is not None}
        first = groups[block[0]]
        for lie, number in [(False, len(first.elements)), (True, len(first.algebra))]:
            for place in range(number):
                own = {letter: (one.algebra if lie else one.elements)[place] for letter, one in groups.items()}
                inner, outer = (_moved(side, sizes, own, lie) for side in (signature.inputs, signature.outputs))
                yield Action(_label(groups, own, lie), block, lie, inner, outer)


def _permutation(images: Array) -> Matrix:
    return permutation([int(image) for image in images])


def _label(groups: Mapping[str, AxisGroup], own: Mapping[str, Matrix], lie: bool) -> str:
    shown = [letter for letter, group in groups.items() if not group.of]
    text = ", ".join(f"{letter}: {own[letter].text() if lie else own[letter]}" for letter in shown)
    if len(text) > 200:
        text = ", ".join(f"{letter}: a matrix of {plural(own[letter].size, 'row')}" for letter in shown)
    return f"Lie {text}" if lie else text


def _joined(tensors: Sequence[Tensor], sizes: Mapping[str, int], move: Callable[[Tensor, Array], Array]) -> Operator:
    """The permutation of all entries that moves the array of each tensor as `move` does."""
    images = []
    start = 0
    for tensor in tensors:
        shape = [sizes[letter] for letter in tensor.axes]
        places = np.arange(start, start + prod(shape), dtype=np.int64)
        came_from = move(tensor, places.reshape(shape)).ravel()
        image = np.empty_like(places)
        image[came_from - start] = places
        images.append(image)
        start += prod(shape)
    return Operator(start, np.concatenate(images))


def _moved(tensors: Sequence[Tensor], sizes: Mapping[str, int], own: Mapping[str, Matrix], lie: bool) -> Operator:
    """A generator that acts on some letters by matrices, on all entries of some tensors."""
    moves = {letter: one.monomial() for letter, one in own.items()}
    signed = not lie and all(one is not None and set(one[1]) <= {1, -1} for one in moves.values())
    if signed:
        return _signed(tensors, sizes, {letter: one for letter, one in moves.items() if one is not None})
    pieces = [_tensor_matrix(tensor, sizes, own, lie) for tensor in tensors]
    denominator = lcm(*(below for _, below in pieces))
    radicands = sorted({radicand for parts, _ in pieces for radicand in parts})
    found = {}
    for radicand in radicands:
        blocks = [
            scaled(parts[radicand], denominator // below)
            if radicand in parts
            else sparse.csr_array((_length(tensor, sizes),) * 2, dtype=np.int64)
            for (parts, below), tensor in zip(pieces, tensors, strict=True)
        ]
        found[radicand] = sparse.csr_array(sparse.block_diag(blocks, format="csr"))
    found, _ = _one_kind(found, denominator)
    size = entries(tensors, sizes)
    return Operator(size, None, None, found or {1: sparse.csr_array((size, size), dtype=np.int64)}, denominator)


def _signed(tensors: Sequence[Tensor], sizes: Mapping[str, int], moves: Mapping[str, Any]) -> Operator:
    images, signs, start = [], [], 0
    for tensor in tensors:
        shape = tuple(sizes[letter] for letter in tensor.axes)
        image = np.full(shape, start, dtype=np.int64)
        sign = np.ones(shape, dtype=np.int8)
        step = prod(shape)
        for axis, letter in enumerate(tensor.axes):
            step //= shape[axis]
            along = [1] * len(shape)
            along[axis] = shape[axis]
            own = moves.get(letter)
            places = np.arange(shape[axis]) if own is None else np.array(own[0], dtype=np.int64)
            image = image + step * places.reshape(along)
            if own is not None:
                sign = sign * np.array([int(one) for one in own[1]], dtype=np.int8).reshape(along)
        images.append(image.ravel())
        signs.append(sign.ravel())
        start += prod(shape)
    sign = np.concatenate(signs)
    return Operator(start, np.concatenate(images), None if (sign == 1).all() else sign)


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
    return _one_kind(total, denominator)


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
                raise TooLargeError(f"a generator has {piece.nnz:,} nonzeros on this space, over {MOST_NONZEROS:,}")
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
    """A matrix as integer parts by radicand over a denominator; as floats, radicand 0, where an entry is one."""
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


def _one_kind(parts: Parts, denominator: int) -> tuple[Parts, int]:
    """Floats swallow exact parts."""
    if 0 in parts and len(parts) > 1:
        exact = {radicand: matrix for radicand, matrix in parts.items() if radicand}
        return {0: parts[0] + as_floats(exact)}, denominator
    return parts, denominator
