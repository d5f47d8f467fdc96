"""Numbers that follow from a signature and sizes alone: the least sizes that show every term, coefficients without symmetry."""

from __future__ import annotations

from math import comb, prod

from symshare.core.notation.signature import Signature

__all__ = ["unconstrained", "witness_sizes"]


def unconstrained(signature: Signature, order: int, *, ordered: bool = False) -> int:
    """The number of coefficients without any symmetry, at the signature's sizes (which must all be given).

    >>> from symshare.core.notation.reading import signature
    >>> unconstrained(signature("ab", sizes={"a": 3, "b": 3}), 1)
    81
    """
    sizes = dict(signature.sizes)
    inside, outside = (
        sum(prod(sizes.get(letter, 1) for letter in tensor.axes) for tensor in side)
        for side in (signature.inputs, signature.outputs)
    )
    return int(outside * (inside**order if ordered else comb(inside + order - 1, order)))


def witness_sizes(signature: Signature, order: int) -> dict[str, int]:
    """The least sizes at which every term of an order exists: the number of slots that can carry the letter.

    A size that the signature fixes stays as it is.

    >>> from symshare.core.notation.reading import signature
    >>> witness_sizes(signature("aa"), 1)
    {'a': 4}
    """
    sizes = dict(signature.sizes)
    for letter in signature.letters:
        inner = max(tensor.axes.count(letter) for tensor in signature.inputs)
        outer = max(tensor.axes.count(letter) for tensor in signature.outputs)
        sizes.setdefault(letter, max(1, outer + order * inner))
    return sizes
