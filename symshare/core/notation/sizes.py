"""Numbers that follow from a signature and sizes alone: the least sizes that show every term, coefficients without symmetry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import comb, prod

from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor

__all__ = ["unconstrained", "witness_sizes"]


def unconstrained(signature: Signature, order: int, *, ordered: bool = False) -> int:
    """The number of coefficients without any symmetry, at the signature's sizes (which must all be given).

    >>> from symshare.core.notation.reading import signature
    >>> unconstrained(signature("ab", sizes={"a": 3, "b": 3}), 1)
    81
    """
    sizes = dict(signature.sizes)
    inside, outside = (
        sum(prod(sizes.get(axis, 1) for axis in tensor.axes) for tensor in side)
        for side in (signature.inputs, signature.outputs)
    )
    return int(outside * (inside**order if ordered else comb(inside + order - 1, order)))


def witness_sizes(signature: Signature, order: int) -> dict[str, int]:
    """The least sizes at which every term of an order exists: the number of slots that can carry an axis.

    A size that the signature fixes stays as it is. Where values have factors an index has two slots at least, so that half
    as many show every term; two show that no other map is one.

    >>> from symshare.core.notation.reading import signature
    >>> witness_sizes(signature("aa"), 1)
    {'a': 4}
    """
    sizes = dict(signature.sizes)
    inner, outer = (_most(side) for side in (signature.inputs, signature.outputs))
    for axis in signature.set_axes:
        slots = outer.get(axis, 0) + order * inner.get(axis, 0)
        sizes.setdefault(axis, max(1, slots if signature.modulus(axis) == 1 else max(slots // 2, min(slots, 2))))
    return sizes


def _most(tensors: Iterable[Tensor]) -> dict[str, int]:
    """How often a tensor has each axis, the one that has it most often."""
    found: dict[str, int] = {}
    for tensor in tensors:
        for axis, number in Counter(tensor.axes).items():
            found[axis] = max(found.get(axis, 0), number)
    return found
