"""Random elements of the group of a signature, in floating point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy import linalg

from symshare.core.actions.blocks import Block, Element, SetAxis, TiedAxes, blocks, signed
from symshare.core.algebra.arrays import Array
from symshare.core.algebra.matrices import from_rows
from symshare.core.notation.signature import Signature

__all__ = ["random_element", "random_elements"]

WORDS = 3
"""How many words in generators are drawn where one word is no uniformly random element."""


def random_elements(signature: Signature, sizes: Mapping[str, int], random: np.random.Generator) -> Iterator[Element]:
    """Random elements of every block: one of a set axis, where it is uniformly random, three of any other.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ar", axes={"r": "SO(2)"})
    >>> [element.axes[0] for element in random_elements(one, {"a": 3, "r": 2}, np.random.default_rng(0))]
    ['a', 'r', 'r', 'r']
    """
    for block in blocks(signature):
        for _ in range(1 if isinstance(block, SetAxis) else WORDS):
            yield random_element(block, sizes, random)


def random_element(block: Block, sizes: Mapping[str, int], random: np.random.Generator) -> Element:
    """A random element of the group of a block: uniformly random for a set axis, below each value of those above it; factors
    of its values are random signs, or between a quarter and four.

    For other groups a word of generators: each once and up to three again, in a random order, so that a layer that breaks
    one is found out, and of varying length (words of one length miss half of some groups). Those of the Lie algebra are
    exponentiated with small random factors. The identity comes only where all words give it.
    """
    if isinstance(block, SetAxis):
        images = random.permuted(block.identity(sizes), axis=-1)
        return Element("", block.axes, block.relabelling(images, _factors(block, images.shape, random)))
    found = _word(block, random)
    for _ in range(20):
        if any(not np.allclose(matrix, np.eye(len(matrix))) for matrix in found.values()):
            break
        found = _word(block, random)
    own = {axis: from_rows(matrix.tolist()) for axis, matrix in found.items()}
    return Element("", block.axes, signed(own) or own)


def _factors(block: SetAxis, shape: tuple[int, ...], random: np.random.Generator) -> Array | None:
    if block.monomial is None:
        return None
    if block.monomial.modulus:
        return random.choice(np.array([1, -1], dtype=np.int64), size=shape)
    return np.asarray(4 ** random.uniform(-1, 1, size=shape))


def _word(block: TiedAxes, random: np.random.Generator) -> dict[str, Array]:
    groups = dict(zip(block.axes, block.groups, strict=True))
    found: dict[str, Array] = {axis: np.eye(group.size) for axis, group in groups.items()}
    first = block.groups[0]
    number = len(first.elements) + len(first.algebra)
    again = random.integers(number, size=int(random.integers(4))) if number > 1 else np.zeros(0, dtype=int)
    for chosen in random.permutation([*range(number), *again.tolist()]).tolist():
        factor = float(random.normal()) / 3
        for axis, group in groups.items():
            if chosen < len(group.elements):
                step = group.elements[chosen].floats()
            else:
                step = linalg.expm(factor * group.algebra[chosen - len(group.elements)].floats())
            found[axis] = step @ found[axis]
    return found
