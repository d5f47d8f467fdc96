"""What moves the axes of a signature, block by block: set axes and axes under any other group answer the same questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from symshare.core.actions.relabelling import Relabelling, relabel
from symshare.core.algebra.arrays import Array
from symshare.core.algebra.matrices import Matrix, permutation
from symshare.core.algebra.residues import modulo
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.monomial import Monomial
from symshare.core.notation.names import is_latent
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import plural

__all__ = ["Block", "Element", "SetAxis", "TiedAxes", "act", "blocks", "generators", "signed"]


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element of the group of a block, or of its Lie algebra: its name, the axes it moves, and how.

    It relabels values, up to signs, or has a matrix for each axis; an element of the Lie algebra acts as a derivation.
    """

    label: str
    axes: tuple[str, ...]
    own: Relabelling | Mapping[str, Matrix]
    lie: bool = False


@dataclass(frozen=True, slots=True)
class SetAxis:
    """An axis under the symmetric group; below each value of the axes that it depends on (`above`) it moves on its own.

    The blocks of axes that depend on each other generate their wreath product together. The first of those above may be
    latent: nothing moves it. The values may have factors too (`monomial`), on a dual axis their inverses.
    """

    axis: str
    above: tuple[str, ...] = ()
    monomial: Monomial | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """The axis alone."""
        return (self.axis,)

    def identity(self, sizes: Mapping[str, int]) -> Array:
        """The image of each value under what moves nothing, of shape (sizes of the axes above.., size)."""
        shape = tuple(sizes[axis] for axis in (*self.above, self.axis))
        return np.broadcast_to(np.arange(shape[-1]), shape).copy()

    def relabelling(self, images: Array, factors: Array | None = None) -> Relabelling:
        """The relabelling with these images and factors."""
        own = {} if factors is None else {self.axis: factors}
        return Relabelling({self.axis: images}, own, tuple(pairwise((*self.above, self.axis))))

    def generators(self, sizes: Mapping[str, int]) -> Iterator[Element]:
        """A transposition and the full cycle, below the first value of each axis above, as these carry it to the others; of a
        latent one below each value. Where values have factors, one of the first value too."""
        size, latent = sizes[self.axis], bool(self.above) and is_latent(self.above[0])
        for value in range(sizes[self.above[0]] if latent else 1):
            place = (value,) + (0,) * (len(self.above) - 1) if self.above else ()
            where = f" at {self.above[0]} = {value}" if latent else ""
            for images in ([1, 0, *range(2, size)], [*range(1, size), 0])[: min(2, size - 1)]:
                moved = self.identity(sizes)
                moved[place] = images
                label = f"{self.axis}: {permutation(images)}{where}"
                yield Element(label, self.axes, self.relabelling(moved))
            if self.monomial is not None and size:
                still = self.identity(sizes)
                factors = (
                    np.ones_like(still) if self.monomial.modulus else np.full(still.shape, Fraction(1), dtype=object)
                )
                factors[(*place, 0)] = self.monomial.factor
                label = f"{self.axis}: 0 times {self.monomial.factor}{where}"
                yield Element(label, self.axes, self.relabelling(still, factors))


@dataclass(frozen=True, slots=True)
class TiedAxes:
    """Axes that move together under another group: one axis alone, an axis and its dual, axes of one list of generators."""

    axes: tuple[str, ...]
    groups: tuple[AxisGroup, ...]

    def generators(self, sizes: Mapping[str, int]) -> Iterator[Element]:
        """The elements that generate the group, then those of its Lie algebra."""
        for lie in (False, True):
            lists = [one.algebra if lie else one.elements for one in self.groups]
            for together in zip(*lists, strict=True):
                own = dict(zip(self.axes, together, strict=True))
                yield Element(self._label(own, lie), self.axes, own if lie else signed(own) or own, lie)

    def _label(self, own: Mapping[str, Matrix], lie: bool) -> str:
        shown = [axis for axis, group in zip(self.axes, self.groups, strict=True) if not group.of]
        text = ", ".join(f"{axis}: {own[axis].text() if lie else own[axis]}" for axis in shown)
        if len(text) > 200:
            text = ", ".join(f"{axis}: a matrix of {plural(own[axis].size, 'row')}" for axis in shown)
        return f"Lie {text}" if lie else text


Block = SetAxis | TiedAxes


def blocks(signature: Signature) -> tuple[Block, ...]:
    """What the group of a signature is a product of: each set axis, then the axes of each other group.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("abrs", depends=["a->b"], axes={"r": "GL(2)", "s": "dual(r)"})
    >>> [(block.axes, getattr(block, "above", ())) for block in blocks(one)]
    [(('a',), ()), (('b',), ('a',)), (('r', 's'), ())]
    """
    groups = dict(signature.groups)
    monomial = dict(signature.monomial)
    sets = [SetAxis(axis, signature.ancestors(axis), monomial.get(axis)) for axis in signature.symmetric_axes]
    return (*sets, *(TiedAxes(block, tuple(groups[axis] for axis in block)) for block in signature.blocks))


def generators(signature: Signature, sizes: Mapping[str, int]) -> Iterator[Element]:
    """Generators of the group of a signature.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ar", axes={"r": "SO(2)"})
    >>> [(element.label, element.lie) for element in generators(one, {"a": 2, "r": 2})]
    [('a: (0 1)', False), ('r: (0 1-)', False), ('Lie r: [0 -1; 1 0]', True)]
    """
    for block in blocks(signature):
        yield from block.generators(sizes)


def act(element: Element, tensor: Tensor, array: Array, modulus: int = 0) -> Array:
    """What an element does to an array of shape (batch.., *axes): to residues of a modulus, in floats, or else exactly.

    >>> from symshare.core.algebra.matrices import from_rows
    >>> half, one = Element("", ("r",), {"r": from_rows([["1/2", 1], [0, 1]])}), Tensor(("r",))
    >>> act(half, one, np.array([1, 2])), act(half, one, np.array([1.0, 2.0]))
    (array([Fraction(5, 2), 2], dtype=object), array([2.5, 2. ]))
    """
    if isinstance(element.own, Relabelling):
        return relabel(element.own, tensor, array, modulus)
    axes = [place for place, axis in enumerate(tensor.axes, -len(tensor.axes)) if axis in element.own]
    if not element.lie:
        for axis in axes:
            array = _times(element.own[tensor.axes[axis]], array, axis, modulus)
        return array
    total = np.zeros_like(array)
    for axis in axes:
        total = total + _times(element.own[tensor.axes[axis]], array, axis, modulus)
        total = total % modulus if modulus else total
    return total


def signed(own: Mapping[str, Matrix]) -> Relabelling | None:
    """The signed permutations that some matrices are; None where one is none.

    >>> from symshare.core.algebra.matrices import from_rows
    >>> signed({"r": from_rows([[0, -1], [1, 0]])}).images, signed({"r": from_rows([[1, 1], [0, 1]])})
    ({'r': array([1, 0])}, None)
    """
    images, signs = {}, {}
    for letter, matrix in own.items():
        moved = matrix.monomial()
        if moved is None or not set(moved[1]) <= {1, -1}:
            return None
        images[letter] = np.array(moved[0], dtype=np.int64)
        if -1 in moved[1]:
            signs[letter] = np.array([1 if one == 1 else -1 for one in moved[1]], dtype=np.int8)
    return Relabelling(images, signs)


def _times(matrix: Matrix, array: Array, axis: int, modulus: int) -> Array:
    """A matrix along one axis of an array."""
    if array.dtype.kind == "f":
        return np.moveaxis(np.moveaxis(array, axis, -1) @ matrix.floats().T, -1, axis)
    moved = np.moveaxis(array if modulus else array.astype(object), axis, 0)
    result = np.zeros_like(moved)
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            factor = modulo(entry, modulus) if modulus else entry
            result[number] = result[number] + factor * moved[column]
            if modulus:
                result[number] %= modulus
    return np.moveaxis(result, 0, axis)
