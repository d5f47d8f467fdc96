"""How many terms there are, from the factors' side: Burnside's lemma over their exchanges, no term listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

Exchange = Sequence[tuple[int, Sequence[tuple[int, int]]]]
"""For each input that is a factor its number, and the cycle type of a permutation of the factors that it is."""

MOST_CLASSES = 20_000
"""Cycle types of one order; the 17,977 of order 36 take 19 s (`count("ab", 36)`)."""

MOST_SLOTS = 1_000
"""Slots of all factors on one axis; 998 take 0.2 s (`count("aa", 499, ordered=True)`)."""

MOST_SLOTS_TOGETHER = 100_000
"""Slots of all factors on all axes."""


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
    total, sums = 0, _Sums(signature, fixed)
    exchange: Exchange
    for degrees in _compositions(order, len(signature.inputs)):
        if ordered:
            exchange = [(number, ((1, degree),)) for number, degree in degrees]
            total += factorial(order) * _multinomial(degrees) * sums.number(exchange)
            continue
        for types in product(*[cycle_types(degree) for _, degree in degrees]):
            exchange = [(number, one) for (number, _), one in zip(degrees, types, strict=True)]
            sizes = [_class_size(degree, one) for (_, degree), one in zip(degrees, types, strict=True)]
            total += _multinomial(degrees) * prod(sizes) * sums.number(exchange)
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
    sums = _Sums(signature, fixed)
    total = 0
    for degrees in _compositions(order, len(signature.inputs)):
        number = sums.number([(place, ((1, degree),)) for place, degree in degrees])
        for place, degree in degrees:
            values = sums.inner[place].values
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
    together, alone = (order * number for number in _slots(signature))
    for slots, most in ((alone, MOST_SLOTS), (together, MOST_SLOTS_TOGETHER)):
        if slots > most:
            where = "on one axis" if slots == alone else "on indices"
            raise TooLargeError(
                f"order {order:,} puts {amount(slots)} slots {where}, over {most:,}\n  ask for a lower order"
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


def _slots(signature: Signature) -> tuple[int, int]:
    """The most slots of an input, on all axes together and on one axis with those that depend on it or move with it."""
    together = alone = 0
    above = {axis: block[0] for block in signature.blocks for axis in block}
    for tensor in signature.inputs:
        own = Counter(above.get(axis) or (*signature.ancestors(axis), axis)[0] for axis in tensor.set_axes)
        together, alone = max(together, own.total()), max(alone, *own.values(), 0)
    return together, alone


def _compositions(total: int, parts: int, start: int = 0) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every way to write a total as a sum of numbers for so many parts: those from 1 up, each after the number of its part."""
    if total == 0:
        yield ()
    for part in range(start, parts if total else 0):
        for first in range(1, total + 1):
            for rest in _compositions(total - first, parts, part + 1):
                yield ((part, first), *rest)


def _multinomial(parts: Iterable[tuple[int, int]]) -> int:
    """The number of ways to deal out things into parts of these sizes."""
    sizes = [size for _, size in parts]
    return factorial(sum(sizes)) // prod(map(factorial, sizes))


def _class_size(degree: int, cycles: Iterable[tuple[int, int]]) -> int:
    """The number of permutations of `degree` things with the given cycles."""
    centraliser = prod(length**many * factorial(many) for length, many in cycles)
    return int(factorial(degree) // centraliser)


Slots = Mapping[int, Counter[Any]]
"""How many cycles of slots of each kind there are on each block."""


@dataclass(frozen=True, slots=True)
class _Own:
    """A tensor as a count sees it: how many values may be picked on its latent axes, and its slots that hang on none."""

    values: int
    slots: tuple[tuple[str, Bundle], ...]


class _Sums:
    """The number of diagrams, over all outputs, that an exchange of the factors leaves as they are.

    Outputs that share no block of axes with the factors have a number that is a product, so that what is asked of each
    exchange grows with the tensors that its factors meet, not with the signature.
    """

    def __init__(self, signature: Signature, fixed: Mapping[str, Diagrams]) -> None:
        sizes = dict(signature.sizes)
        self.inner, self.outer = (
            [
                _Own(prod(sizes[axis] for axis in signature.other_latents(tensor)), tuple(signature.bundles(tensor)))
                for tensor in side
            ]
            for side in (signature.inputs, signature.outputs)
        )
        # in the order of `fixed`: where a group has no invariants, no partitions need to be counted
        self.blocks = list(dict.fromkeys(fixed.values()))
        numbers = {block: number for number, block in enumerate(self.blocks)}
        self.number_of = {axis: numbers[block] for axis, block in fixed.items()}
        self.meeting: dict[int, list[int]] = {}
        for output, own in enumerate(self.outer):
            for block in dict.fromkeys(self.number_of[axis] for axis, _ in own.slots):
                self.meeting.setdefault(block, []).append(output)
        self.alone: dict[int, int] = {}

    def number(self, exchange: Exchange) -> int:
        """The number of diagrams that an exchange leaves as they are."""
        slots: dict[int, Counter[Any]] = {}
        picks = 1
        for place, cycles in exchange:
            own = self.inner[place]
            for length, many in cycles:
                picks *= own.values**many
                self._add(slots, own, -length, many)
        met = dict.fromkeys(output for block in slots for output in self.meeting.get(block, ()))
        total = sum(self._fixed(self.outer[output], slots) for output in met)
        if len(met) < len(self.outer):
            loose = self._together() - sum(self._alone(output) for output in met)
            total += loose and loose * self._product(slots)
        return total * picks

    def _add(self, slots: dict[int, Counter[Any]], own: _Own, length: int, many: int) -> None:
        for axis, bundle in own.slots:
            number = self.number_of[axis]
            kind = self.blocks[number].cycle(axis, bundle, length)
            slots.setdefault(number, Counter())[kind] += many

    def _fixed(self, own: _Own, slots: Slots) -> int:
        """The diagrams of one output, beside some slots of factors."""
        both = {block: Counter(cycles) for block, cycles in slots.items()}
        self._add(both, own, 1, 1)
        return own.values * self._product(both)

    def _product(self, slots: Slots) -> int:
        number = 1
        for block in sorted(slots):
            number = number and number * self.blocks[block].fixed(slots[block])
        return number

    def _alone(self, output: int) -> int:
        if output not in self.alone:
            self.alone[output] = self._fixed(self.outer[output], {})
        return self.alone[output]

    def _together(self) -> int:
        """The diagrams of all outputs without factors."""
        if -1 not in self.alone:
            self.alone[-1] = sum(map(self._alone, range(len(self.outer))))
        return self.alone[-1]
