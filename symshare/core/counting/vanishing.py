"""Symmetries that only the zero map keeps, and the order of their first terms."""

from __future__ import annotations

from dataclasses import replace

from symshare.core.counting.burnside import count
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError

__all__ = ["first_terms", "only_zero", "zero_map"]

HIGHEST = 8
"""The highest order at which first terms are looked for; 8 takes 0.6 s with all else (`derive -s 'r->' -k 1 --axis
'r=SL(9)'`)."""


def zero_map(signature: Signature, order: int, *, least: int = 1, output: int | None = None) -> str:
    """The sentence that only the zero map keeps a symmetry from the order `least` to `order`, all outputs or one of them.

    Empty where some other map does, and where characters do not tell.

    >>> from symshare.core.notation.reading import signature
    >>> zero_map(signature("r->", axes={"r": "O(3)"}), 1)
    "only the zero map keeps the symmetry of 'r->' (r=O(3)) at order 1"
    >>> zero_map(signature("r->", axes={"r": "O(3)"}), 2)
    ''
    """
    asked = signature if output is None else _with_output(signature, output)
    try:
        if any(_number(asked, one) for one in range(least, order + 1)):
            return ""
    except SymshareError:
        return ""
    named = ", ".join(f"{axis}={group}" for axis, group in signature.named_groups.items())
    into = ""
    if output is not None:
        into = f" into output {output} ({signature.outputs[output].written(signature.words) or 'a scalar'})"
    orders = f"order {order}" if order == least else f"orders {least} to {order}"
    return (
        f"only the zero map{into} keeps the symmetry of {str(signature)!r}{f' ({named})' if named else ''} at {orders}"
    )


def first_terms(signature: Signature, above: int, *, output: int | None = None) -> str:
    """Where terms of an order over `above` begin, and what to do about it.

    >>> from symshare.core.notation.reading import signature
    >>> first_terms(signature("r->", axes={"r": "O(3)"}), 1)
    'the first terms are of order 2: ask for it (--order 2)'
    """
    asked = signature if output is None else _with_output(signature, output)
    try:
        for order in range(above + 1, HIGHEST + 1):
            if _number(asked, order):
                return f"the first terms are of order {order}: ask for it (--order {order})"
    except SymshareError:  # it takes too long to count, or characters do not tell
        return "ask for a higher order"
    if above >= HIGHEST:
        return "ask for a higher order"
    return f"there are none to order {HIGHEST} either: give it other inputs, outputs or groups"


def only_zero(signature: Signature, order: int) -> str:
    """What `zero_map` and `first_terms` say, where no term but constants has at most this order (at order 0: no term); else
    empty.

    >>> from symshare.core.notation.reading import signature
    >>> only_zero(signature("a->"), 1)
    ''
    """
    said = zero_map(signature, order, least=min(order, 1))
    return f"{said}; {first_terms(signature, order)}" if said else ""


def _number(signature: Signature, order: int) -> int:
    # exchanges of factors with channels are terms of their own, though they may cancel on one channel
    return count(signature, order, ordered=signature.has_channels)


def _with_output(signature: Signature, output: int) -> Signature:
    """The maps into one output, with what belongs to axes that are left."""
    chosen = replace(signature, outputs=(signature.outputs[output],))
    axes = {axis for tensor in chosen for axis in tensor.axes}
    return replace(
        chosen,
        depends=tuple(one for one in signature.depends if axes.issuperset(one)),
        sizes=tuple(one for one in signature.sizes if one[0] in axes),
        groups=tuple(one for one in signature.groups if one[0] in axes),
        monomial=tuple(one for one in signature.monomial if one[0] in axes),
    )
