"""How many terms there are, from the factors' side: Burnside's lemma over their exchanges, no term listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from math import comb, factorial, prod

from symshare.core.groups.characters import Component, components, mean
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.spectra import cycle_types
from symshare.core.notation.forest import Bundle
from symshare.core.notation.reading import check_order
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.errors import TooLargeError, UnknownCharactersError, amount

__all__ = ["block_components", "check_size", "count"]

Cycles = tuple[tuple[tuple[Bundle, int], int], ...]
"""Cycles of slots of one letter: ((what hangs on the slot, length of the cycle), how many)."""

Exchange = tuple[tuple[tuple[int, int], ...], ...]
"""For each input the cycle type of a permutation of its factors."""

MOST_CLASSES = 20_000
"""Cycle types of one order; the 17,977 of order 36 take 19 s (`count("ab", 36)`)."""

MOST_FACTORS = 1_000
"""The highest order; 999 ordered factors take 0.2 s (`count("a", 999, ordered=True)`)."""

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

    Raises NotationError for an order that is none, TooLargeError where the sum has over 20,000 parts, and
    UnknownCharactersError for a group whose characters are not known.

    >>> [count("ab->ab", order) for order in range(8)]
    [1, 4, 17, 65, 251, 943, 3584, 13620]
    >>> count("aH->", 2, sizes={"H": 2}), count("ab", 3, depends=["a->b"])
    (6, 23)
    >>> count("ar->ar", 1, axes={"r": "O(3)"}), count("t->t", 1, axes={"t": "C(4)"})
    (2, 4)
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    order = check_order(order)
    kinds = len(signature.inputs)
    check_size(signature, order, ordered=ordered)
    fixed = _Fixed({letter: signature.size(letter) for letter in signature.set_letters}, block_components(signature))
    total = 0
    exchange: Exchange
    for degrees in _compositions(order, kinds):
        if ordered:
            exchange = tuple(((1, degree),) if degree else () for degree in degrees)
            total += factorial(order) * _multinomial(degrees) * _fixed_diagrams(signature, exchange, fixed)
            continue
        for exchange in product(*map(cycle_types, degrees)):
            elements = _multinomial(degrees) * prod(map(_class_size, degrees, exchange))
            total += elements * _fixed_diagrams(signature, exchange, fixed)
    return total // factorial(order)


def count_by_kinds(signature: Signature, order: int) -> int:
    """The number of ordered terms whose factors come in the order of their kinds: a kind is an input and the values picked
    on its sized latent axes. This is what exchanges of equal factors are counted in.

    >>> one = as_signature("a,a->a")
    >>> count(one, 2, ordered=True), count_by_kinds(one, 2)
    (20, 15)
    """
    check_size(signature, order, ordered=True)
    fixed = _Fixed({letter: signature.size(letter) for letter in signature.set_letters}, block_components(signature))
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


def check_size(signature: Signature, order: int, *, ordered: bool = False) -> None:
    """Refuse, with TooLargeError, a count that would not end: it has one part for each choice of degrees and cycle types.

    >>> check_size(as_signature("ab"), 20)
    """
    kinds = len(signature.inputs)
    if order > MOST_FACTORS:
        raise TooLargeError(f"order {order:,} is over {MOST_FACTORS:,}: ask for a lower order")
    slots = order * max(len(tensor.set_axes) for tensor in signature.inputs)
    if slots > MOST_SLOTS:
        raise TooLargeError(
            f"order {order:,} puts {amount(slots)} slots on indices, over {MOST_SLOTS:,}: ask for a lower order"
        )
    parts = [1] + [0] * order
    for _ in range(kinds):
        for length in range(1, 2) if ordered else range(1, order + 1):
            for total in range(length, order + 1):
                parts[total] += parts[total - length]
    if parts[order] > MOST_CLASSES:
        raise TooLargeError(
            f"order {order} sums over {amount(parts[order])} cycle types, over {MOST_CLASSES:,}: ask for a lower order"
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


def _fixed_diagrams(signature: Signature, exchange: Exchange, fixed: _Fixed) -> int:
    """The number of diagrams, over all outputs, that an exchange of the factors leaves as they are."""
    sizes = dict(signature.sizes)
    inner: Counter[tuple[str, Bundle, int]] = Counter()
    picks = 1
    for tensor, cycles in zip(signature.inputs, exchange, strict=True):
        values = prod(sizes[letter] for letter in signature.sized_latents(tensor))
        for length, many in cycles:
            picks *= values**many
            for letter, bundle in signature.bundles(tensor):
                inner[letter, bundle, length] += many
    total = 0
    for tensor in signature.outputs:
        outer = Counter((letter, bundle, 1) for letter, bundle in signature.bundles(tensor))
        by_letter: dict[str, Counter[tuple[Bundle, int]]] = {}
        by_block: dict[str, Counter[tuple[str, int]]] = {}
        for slots, way in ((inner, -1), (outer, 1)):
            for (letter, bundle, length), many in slots.items():
                if letter in fixed.block_of:
                    by_block.setdefault(fixed.block_of[letter], Counter())[letter, way * length] += many
                else:
                    by_letter.setdefault(letter, Counter())[bundle, length] += many
        values = prod(sizes[letter] for letter in signature.sized_latents(tensor))
        values *= prod(fixed.invariants(block, cycles) for block, cycles in by_block.items())
        total += values and values * prod(fixed.partitions(letter, cycles) for letter, cycles in by_letter.items())
    return total * picks


class _Fixed:
    """Numbers of (nested) set partitions, or traces on invariants, of a permutation of the slots, for given sizes."""

    def __init__(self, sizes: Mapping[str, int | None], parts: Mapping[str, tuple[Component, ...]]) -> None:
        self.sizes = sizes
        self.parts = parts
        self.block_of = {letter: block for block in parts for letter in block}
        self.known_means: dict[tuple[str, tuple[tuple[tuple[str, int], int], ...]], int] = {}
        self.known: dict[tuple[int | None, Cycles], int] = {}
        self.known_rounds: dict[tuple[int, Cycles], Counter[int]] = {}

    def invariants(self, block: str, cycles: Mapping[tuple[str, int], int]) -> int:
        """The trace on the equivariant maps of one block: how many cycles by letter and length, minus that for inputs."""
        key = (block, tuple(sorted(cycles.items())))
        if key not in self.known_means:
            self.known_means[key] = mean(self.parts[block], cycles)
        return self.known_means[key]

    def partitions(self, letter: str, cycles: Mapping[tuple[Bundle, int], int]) -> int:
        """Partitions of slots of one letter, given by their cycles, into at most as many blocks as the axis is long."""
        limit = self.sizes[letter]
        key = (limit, tuple(sorted(cycles.items())))
        if key not in self.known:
            self.known[key] = sum(self._by_blocks(limit, key[1]).values())
        return self.known[key]

    def _by_blocks(self, limit: int | None, cycles: Cycles) -> Counter[int]:
        """The fixed partitions by number of blocks, up to the limit (all as one where there is none).

        For each d, some of the cycles form blocks in rounds of d.
        """
        kinds = [kind for kind, _ in cycles]
        states: dict[tuple[int, ...], Counter[int]] = {tuple(many for _, many in cycles): Counter({0: 1})}
        divisors = sorted({d for _, length in kinds for d in range(1, length + 1) if length % d == 0}, reverse=True)
        for d in divisors:
            following: dict[tuple[int, ...], Counter[int]] = {}
            for left, numbers in states.items():
                takes = [
                    range(many + 1) if length % d == 0 else (0,) for many, (_, length) in zip(left, kinds, strict=True)
                ]
                for take in product(*takes) if d > 1 else [left]:
                    ways = prod(map(comb, left, take))
                    rounds = self._rounds(
                        d, tuple((kind, many) for kind, many in zip(kinds, take, strict=True) if many)
                    )
                    if limit is None:
                        rounds = Counter({0: sum(rounds.values())})
                    rest = tuple(many - taken for many, taken in zip(left, take, strict=True))
                    target = following.setdefault(rest, Counter())
                    for blocks, number in numbers.items():
                        for more, factor in rounds.items():
                            if limit is None or blocks + more <= limit:
                                target[blocks + more] += number * ways * factor
            states = following
        return states[(0,) * len(kinds)]

    def _rounds(self, d: int, cycles: Cycles) -> Counter[int]:
        """The partitions of the given cycles into rounds of d blocks each, by number of blocks."""
        if (d, cycles) not in self.known_rounds:
            self.known_rounds[d, cycles] = self._count_rounds(d, cycles)
        return self.known_rounds[d, cycles]

    def _count_rounds(self, d: int, cycles: Cycles) -> Counter[int]:
        number = sum(many for _, many in cycles)
        if all(not bundle for (bundle, _), _ in cycles):
            return Counter({d * m: d ** (number - m) * ways for m, ways in enumerate(_stirling(number)) if ways})
        found: Counter[int] = Counter()
        kinds = [kind for kind, _ in cycles]
        left = [many for _, many in cycles]
        rest_of_first = [left[0] - 1, *left[1:]]
        for others in product(*(range(many + 1) for many in rest_of_first)):
            group = (others[0] + 1, *others[1:])
            ways = prod(map(comb, rest_of_first, others)) * d ** (sum(group) - 1) * self._inside(d, kinds, group)
            rest = tuple((kind, a - b) for kind, a, b in zip(kinds, left, group, strict=True) if a > b)
            for blocks, further in (self._rounds(d, rest) if rest else Counter({0: 1})).items():
                found[blocks + d] += ways * further
        return found

    def _inside(self, d: int, kinds: list[tuple[Bundle, int]], group: tuple[int, ...]) -> int:
        """The partitions, below one block of a round of d, of what hangs on its slots; they move by the d-th power."""
        below: dict[str, Counter[tuple[Bundle, int]]] = {}
        for (bundle, length), many in zip(kinds, group, strict=True):
            for letter, hanging in bundle:
                below.setdefault(letter, Counter())[hanging, length // d] += many
        return prod(self.partitions(letter, +cycles) for letter, cycles in below.items())


@lru_cache(maxsize=256)
def _stirling(n: int) -> tuple[int, ...]:
    """Stirling's numbers of the second kind: partitions of n things into 0, 1, .., n blocks."""
    row = [1]
    for _ in range(n):
        row = [0, *(m * one + before for m, (one, before) in enumerate(zip([*row[1:], 0], row, strict=True), 1))]
    return tuple(row)


def block_components(signature: Signature) -> dict[str, tuple[Component, ...]]:
    """For each block of a signature the parts of its group; UnknownCharactersError where they are not known."""
    groups = dict(signature.groups)
    found = {}
    for block in signature.blocks:
        parts = components(tuple((letter, groups[letter]) for letter in block))
        if parts is None:
            named = ", ".join(f"{letter}={groups[letter]}" for letter in block)
            raise UnknownCharactersError(
                f"the count of {signature} is not known from characters, for the group of {named}\n"
                "  the null space gives it: symshare solve, or symshare.solve(symshare.taylor(..))"
            )
        found[block] = parts
    return found
