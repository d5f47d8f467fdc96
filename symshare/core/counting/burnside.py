"""How many terms there are, from the factors' side: Burnside's lemma over their exchanges, no term listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod
from typing import Any

from symshare.core.algebra.work import shared_work
from symshare.core.counting.diagrams import Diagrams, Solved, diagrams
from symshare.core.groups.cycles import cycle_types
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.forest import Bundle
from symshare.core.notation.orders import MOST_FACTORS, check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import TooLargeError, amount

__all__ = ["check_size", "count", "count_by_kinds"]

Exchange = tuple[tuple[tuple[int, int], ...], ...]
"""For each input the cycle type of a permutation of its factors."""

MOST_CLASSES = 20_000
"""Cycle types of one order; the 17,977 of order 36 take 19 s (`count("ab", 36)`)."""

MOST_SLOTS = 1_000
"""Slots of all factors together; 998 take 0.2 s (`count("aa", 499, ordered=True)`)."""


def count(
    signature: Signature | str,
    order: int,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> int:
    """The number of terms of one order: the dimension of the space of equivariant maps of that degree.

    An axis without a size stands for every large enough size; a latent axis without a size counts once (its coefficients
    belong to the term). `ordered` counts coefficient tensors that are not symmetrised.

    Burnside's lemma over the exchanges of the factors: the mean, over all exchanges s, of the number of diagrams that s
    leaves as they are. For one letter these are the set partitions of its slots fixed by s: the cycles of s are grouped;
    a group whose lengths d divides can form d blocks that s turns around, in d^(cycles - 1) ways. For an axis with another
    group it is the trace of s on the equivariant maps: the mean over the group of the trace of g on the output times the
    product, over the cycles of s, of the traces of g^-length on the inputs (see `symshare.core.groups.characters`).

    Raises NotationError for an order that is none, TooLargeError where the sum has over 20,000 parts or takes over
    20,000,000 products of weights of characters, and UnknownCharactersError for a group whose characters are not known.

    >>> [count("ab->ab", order) for order in range(8)]
    [1, 4, 17, 65, 251, 943, 3584, 13620]
    >>> count("aH->", 2, sizes={"H": 2}), count("ab", 3, depends=["a->b"])
    (6, 23)
    >>> count("ar->ar", 1, axes={"r": "O(3)"}), count("t->t", 1, axes={"t": "C(4)"})
    (2, 4)
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    order = check_order(order)
    check_size(signature, order, ordered=ordered)
    with shared_work():
        return _count(signature, order, ordered, diagrams(signature))


def _count(signature: Signature, order: int, ordered: bool, fixed: Mapping[str, Diagrams]) -> int:
    total = 0
    exchange: Exchange
    for degrees in _compositions(order, len(signature.inputs)):
        if ordered:
            exchange = tuple(((1, degree),) if degree else () for degree in degrees)
            total += factorial(order) * _multinomial(degrees) * _fixed_diagrams(signature, exchange, fixed)
            continue
        for exchange in product(*map(cycle_types, degrees)):
            elements = _multinomial(degrees) * prod(map(_class_size, degrees, exchange))
            total += elements * _fixed_diagrams(signature, exchange, fixed)
    return total // factorial(order)


def count_by_kinds(signature: Signature, order: int, solved: Solved | None = None) -> int:
    """The number of ordered terms whose factors come in the order of their kinds: a kind is an input and the values picked
    on its sized latent axes. This is what exchanges of equal factors are counted in. `solved` gives the dimension of the
    invariants of groups whose characters are not known.

    >>> one = as_signature("a,a->a")
    >>> count(one, 2, ordered=True), count_by_kinds(one, 2)
    (20, 15)
    """
    check_size(signature, order, ordered=True)
    fixed = diagrams(signature, solved)
    if signature.latent_parents:
        return _count_with_lists(signature, order, fixed)
    sizes = dict(signature.sizes)
    total = 0
    for degrees in _compositions(order, len(signature.inputs)):
        exchange: Exchange = tuple(((1, degree),) if degree else () for degree in degrees)
        number = _fixed_diagrams(signature, exchange, fixed)
        for tensor, degree in zip(signature.inputs, degrees, strict=True):
            values = prod(sizes[letter] for letter in signature.sized_latents(tensor))
            number = number // values**degree * comb(values + degree - 1, degree)
        total += number
    return total


def _count_with_lists(signature: Signature, order: int, fixed: Mapping[str, Diagrams]) -> int:
    """The same where the values of a latent axis have lists of their own: for each choice of kinds anew."""
    inner, outer = (
        [
            (tensor, dict(zip(signature.sized_latents(tensor), values, strict=True)))
            for tensor in side
            for values in product(*(range(signature.size(one) or 1) for one in signature.sized_latents(tensor)))
        ]
        for side in (signature.inputs, signature.outputs)
    )
    choices = comb(len(inner) + order - 1, order) * len(outer)
    if choices > MOST_CLASSES:
        raise TooLargeError(
            f"order {order} has {amount(choices)} choices of factors and outputs, over {MOST_CLASSES:,}\n"
            "  ask for a lower order, or for smaller sizes of latent axes"
        )
    total = 0
    for output in outer:
        for factors in combinations_with_replacement(inner, order):
            slots: dict[tuple[Diagrams, int], Counter[Any]] = {}
            for way, (tensor, values) in ((1, output), *((-1, factor) for factor in factors)):
                for letter, bundle in signature.bundles(tensor):
                    block = fixed[letter]
                    own = slots.setdefault((block, values.get(letter, -1)), Counter())
                    own[block.cycle(letter, bundle, way)] += 1
            total += prod(block.fixed(own, value) for (block, value), own in slots.items())
    return total


def check_size(signature: Signature, order: int, *, ordered: bool = False, every: bool = False) -> None:
    """Refuse, with TooLargeError, a count that would not end: it has one part for each choice of degrees and cycle types.

    `every` asks for the counts of all orders from 0.

    >>> check_size(as_signature("ab"), 20)
    """
    kinds = len(signature.inputs)
    if order > MOST_FACTORS:
        raise TooLargeError(f"order {order:,} is over {MOST_FACTORS:,}\n  ask for a lower order")
    slots = order * max(len(tensor.set_axes) for tensor in signature.inputs)
    if slots > MOST_SLOTS:
        raise TooLargeError(
            f"order {order:,} puts {amount(slots)} slots on indices, over {MOST_SLOTS:,}\n  ask for a lower order"
        )
    parts = [1] + [0] * order
    for _ in range(kinds):
        for length in range(1, 2) if ordered else range(1, order + 1):
            for total in range(length, order + 1):
                parts[total] += parts[total - length]
    found, orders = (sum(parts), f"orders 0 to {order} sum") if every else (parts[order], f"order {order} sums")
    if found > MOST_CLASSES:
        raise TooLargeError(
            f"{orders} over {amount(found)} cycle types, over {MOST_CLASSES:,}\n  ask for a lower order"
        )


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to write a total as an ordered sum of so many parts."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _multinomial(parts: tuple[int, ...]) -> int:
    """The number of ways to deal out things into parts of these sizes."""
    return factorial(sum(parts)) // prod(map(factorial, parts))


def _class_size(degree: int, cycles: Iterable[tuple[int, int]]) -> int:
    """The number of permutations of `degree` things with the given cycles."""
    centraliser = prod(length**many * factorial(many) for length, many in cycles)
    return int(factorial(degree) // centraliser)


def _fixed_diagrams(signature: Signature, exchange: Exchange, fixed: Mapping[str, Diagrams]) -> int:
    """The number of diagrams, over all outputs, that an exchange of the factors leaves as they are."""
    sizes = dict(signature.sizes)
    inner: Counter[tuple[str, Bundle, int]] = Counter()
    picks = 1
    for tensor, cycle_type in zip(signature.inputs, exchange, strict=True):
        values = prod(sizes[letter] for letter in signature.other_latents(tensor))
        for length, many in cycle_type:
            picks *= values**many
            for letter, bundle in signature.bundles(tensor):
                inner[letter, bundle, length] += many
    total = 0
    for tensor in signature.outputs:
        outer = Counter((letter, bundle, 1) for letter, bundle in signature.bundles(tensor))
        slots: dict[Diagrams, Counter[Any]] = {block: Counter() for block in fixed.values()}
        for cycles, way in ((inner, -1), (outer, 1)):
            for (letter, bundle, length), many in cycles.items():
                block = fixed[letter]
                slots[block][block.cycle(letter, bundle, way * length)] += many
        number = prod(sizes[letter] for letter in signature.other_latents(tensor))
        for block, own in slots.items():
            number = number and number * block.fixed(own)
        total += number
    return total * picks
