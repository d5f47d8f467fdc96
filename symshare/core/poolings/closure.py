"""What compositions make of terms under groups: a shape on the set axes times an invariant tensor on the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.polynomial import Powers, multiplied
from symshare.core.algebra.ranks import product_modulo
from symshare.core.algebra.spans import Span, times, unit
from symshare.core.notation.forest import slots as slots_of
from symshare.core.notation.signature import Signature
from symshare.core.poolings.shapes import Kinds, Shape, exchanged, identity_shape, parted, plugged, shapes
from symshare.core.poolings.tensors import tied_of
from symshare.core.poolings.tied import Only, Tied
from symshare.core.terms.exchanges import numbered
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError, shown

__all__ = ["Closure", "Element", "Part", "Place"]

MOST_PLUGGED = 300_000
"""Compositions that are looked at; 44,000 take 0.9 s (`pools -s a,ar,aa,aar -k 2 --axis r=O(3)`)."""

Place = tuple[Kinds, Shape]
"""Where a term stands: the types of its tensors and its shape; the invariant tensor is a vector there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A set of factors that can be computed first, as a tensor of a type: the shapes before and after."""

    inside: tuple[int, ...]
    kind: int
    inner: Place
    outer: Place


@dataclass(slots=True, eq=False)
class Element:
    """A vector at a place, and the last step of how it is made: of what, and by which term of order 1 (`operation`) before a
    factor (`before`) or after it (-1), or by another order of the factors (`order`). `powers` are sizes that come with it."""

    place: Place
    vector: Array
    source: Element | None = None
    operation: tuple[Place, int] | None = None
    before: int = -1
    order: tuple[int, ...] = ()
    powers: Powers = ()


class Closure:
    """Compositions of terms of one signature up to an order, whose inputs and outputs are the same types."""

    def __init__(self, signature: Signature, order: int) -> None:
        self.signature = signature
        self.types = range(len(signature.inputs))
        tied = {letter for letter, _ in signature.groups}
        self.layouts = tuple(
            slots_of(tuple([axis for axis in one.set_axes if axis not in tied]), signature.depends)
            for one in signature.inputs
        )
        self.tied: Tied = tied_of(signature, order)
        self.renew()
        self.generators: dict[int, dict[Place, list[Element]]] = {}
        """What the poolings of an order give, by its place."""
        self._lower: dict[Place, Span] = {}
        self._plugged: dict[tuple[Kinds, Kinds, int, Only], Array] = {}
        self._exchanged: dict[tuple[Kinds, tuple[int, ...]], Array] = {}
        self._spans: dict[tuple[Kinds, tuple[int, ...], int], Span] = {}

    def renew(self) -> None:
        """Allow for as many compositions again."""
        self.budget = MOST_PLUGGED

    def spend(self, number: int) -> None:
        """Raise TooLargeError where more is looked at than may be."""
        self.budget -= number
        if self.budget < 0:
            raise TooLargeError(
                f"the poolings of '{shown(self.signature, 40)}' take over {MOST_PLUGGED:,} compositions\n"
                "  ask for a lower order, or for fewer types"
            )

    def width(self, kinds: Kinds) -> int:
        """The number of independent invariant tensors on the slots of some types."""
        return len(self.tied.chosen(kinds))

    def plugged(self, outer: Kinds, inner: Kinds, place: int, only: Only = (None, None)) -> Array:
        """Compositions on the axes under groups, by coefficients: (outer, inner, coefficients)."""
        key = (outer, inner, place, only)
        if key not in self._plugged:
            self._plugged[key] = self.tied.plugged(*key)
        return self._plugged[key]

    def exchanged(self, kinds: Kinds, order: tuple[int, ...]) -> Array:
        """What another order of the factors makes of each invariant tensor."""
        if (kinds, order) not in self._exchanged:
            self._exchanged[kinds, order] = self.tied.exchanged(kinds, order)
        return self._exchanged[kinds, order]

    def parts(self, place: Place) -> Iterator[Part]:
        """Every set of two or more factors, but not all, that a type can carry, small ones first."""
        kinds, shape = place
        number = len(kinds) - 1
        for size in range(2, number):
            for inside in combinations(range(number), size):
                rest = [one for one in range(number) if one not in inside]
                for kind in self.types:
                    inner = (kind, *(kinds[1 + one] for one in inside))
                    outer = (kinds[0], kind, *(kinds[1 + one] for one in rest))
                    if not self.width(inner) or not self.width(outer):
                        continue
                    self.spend(1)
                    found = parted(self.layouts, kinds, shape, inside, kind)
                    if found is not None:
                        yield Part(inside, kind, (inner, found[0]), (outer, found[1]))

    def of_part(self, part: Part, kinds: Kinds) -> Array:
        """The compositions of a part, in the order of the factors of `kinds`: (outer, inner, coefficients)."""
        found = self.plugged(part.outer[0], part.inner[0], 0)
        rest = [one for one in range(len(kinds) - 1) if one not in part.inside]
        present = (*part.inside, *rest)
        order = tuple([present.index(one) for one in range(len(present))])
        own = (kinds[0], *(kinds[1 + one] for one in present))
        matrix = self.exchanged(own, order)
        return product_modulo(found.reshape(-1, found.shape[-1]), matrix).reshape(*found.shape[:2], -1)

    def lost(self, part: Part) -> Powers:
        """The sizes that multiply what a part and the rest make together."""
        return plugged(part.outer[1], part.inner[1], 0, self.layouts, part.outer[0])[1]

    def lower(self, place: Place) -> Span:
        """All that compositions of lower orders, two and more, give at a place."""
        if place not in self._lower:
            kinds = place[0]
            found = Span(self.width(kinds))
            for part in self.parts(place):
                if found.full:
                    break
                key = (kinds, part.inside, part.kind)
                if key not in self._spans:
                    own = Span(found.length)
                    for row in np.unique(self.of_part(part, kinds).reshape(-1, found.length), axis=0):
                        own.add(row)
                    self._spans[key] = own
                for _, row in self._spans[key].rows:
                    found.add(row)
            self._lower[place] = found
        return self._lower[place]

    @cached_property
    def identities(self) -> list[Element]:
        """The identity of each type."""
        found = []
        for kind in self.types:
            kinds = (kind, kind)
            number = len(self.tied.letters[kind])
            vector = self.tied.coefficients(kinds, (), [*range(number), *range(number)])
            found.append(Element((kinds, identity_shape(self.layouts, kind)), vector))
        return found

    @cached_property
    def operations(self) -> list[tuple[Place, int]]:
        """Terms of order 1 that give all others by composition: those that keep most first, none that others give."""
        listed = [
            ((kinds, shape), number)
            for kinds in ((out, kind) for out in self.types for kind in self.types)
            if self.width(kinds)
            for shape in shapes(self.layouts, kinds)
            for number in range(self.width(kinds))
        ]
        self.spend(len(listed))
        listed.sort(key=lambda one: (_spare(one[0][1]), one[0][0][0] != one[0][0][1]))
        chosen: list[tuple[Place, int]] = []
        reached = self.generated(self.identities, [])
        for one in listed:
            if self._misses(reached, one):
                chosen.append(one)
                reached = self.generated(self.identities, chosen)
        return chosen

    def _misses(self, reached: dict[Place, Span], one: tuple[Place, int]) -> bool:
        place, number = one
        span = reached.get(place)
        return span is None or not span.has(unit(self.width(place[0]), number))

    def generated(self, starts: Iterable[Element], operations: Sequence[tuple[Place, int]]) -> dict[Place, Span]:
        """All that operations of order 1 and exchanges make of some elements, modulo compositions of lower orders."""
        spans: dict[Place, Span] = {}
        for _ in self.elements(starts, operations, spans):
            pass
        return spans

    def elements(
        self, starts: Iterable[Element], operations: Sequence[tuple[Place, int]], spans: dict[Place, Span]
    ) -> Iterator[Element]:
        """The same one by one, as far as they are new to `spans`, which grow by them."""
        waiting = deque(starts)
        while waiting:
            element = waiting.popleft()
            place = element.place
            if place not in spans:
                spans[place] = self.lower(place).copy()
            if not spans[place].add(element.vector):
                continue
            yield element
            waiting += self.around(element, operations)

    def around(self, element: Element, operations: Sequence[tuple[Place, int]]) -> Iterator[Element]:
        """What one operation of order 1 after an element or before a factor makes of it, and exchanges of equal factors;
        factors are kept in the order of their types."""
        kinds, shape = element.place
        factors = kinds[1:]
        for at in range(len(factors) - 1):
            if factors[at] == factors[at + 1]:
                order = (*range(at), at + 1, at, *range(at + 2, len(factors)))
                yield self.reordered(element, order)
        for operation in operations:
            (own, form), number = operation
            if own[1] == kinds[0]:
                self.spend(1)
                made, powers = plugged(form, shape, 0, self.layouts, own)
                matrix = self.plugged(own, kinds, 0, (number, None))[0]
                vector = times(element.vector, matrix)
                place = ((own[0], *factors), made)
                yield Element(place, vector, element, operation, powers=multiplied((element.powers, powers)))
            for at, kind in enumerate(factors):
                if own[0] != kind:
                    continue
                self.spend(1)
                made, powers = plugged(shape, form, at, self.layouts, kinds)
                matrix = self.plugged(kinds, own, at, (None, number))[:, 0]
                vector = times(element.vector, matrix)
                place = ((*kinds[: 1 + at], own[1], *kinds[2 + at :]), made)
                new = Element(place, vector, element, operation, at, powers=multiplied((element.powers, powers)))
                order = tuple(sorted(range(len(factors)), key=lambda one: place[0][1 + one]))
                yield self.reordered(new, order) if order != tuple(range(len(factors))) else new

    def reordered(self, element: Element, order: tuple[int, ...]) -> Element:
        """An element with its factors in another order."""
        kinds, shape = element.place
        place = ((kinds[0], *(kinds[1 + one] for one in order)), exchanged(shape, order))
        vector = times(element.vector, self.exchanged(kinds, order))
        return Element(place, vector, element, order=order, powers=element.powers)

    def term(self, place: Place, number: int) -> Term:
        """The term of a shape and an invariant tensor."""
        kinds, shape = place
        indices, constants = self.tied.indices(kinds, self.tied.chosen(kinds)[number])
        tied, own = iter(indices), {letter for letter, _ in self.signature.groups}
        labels: list[list[object]] = []
        for kind, slots in zip(kinds, shape, strict=True):
            sets = iter(slots)
            axes = self.signature.inputs[kind].set_axes
            labels.append([next(tied) if axis in own else (-1, next(sets)) for axis in axes])
        factors = [(kind, ()) for kind in kinds[1:]]
        return numbered(self.signature, kinds[0], factors, labels[1:], labels[0], constants)

    def element(self, term: Term) -> Element:
        """A term as a shape and the coefficients of its invariant tensor."""
        kinds = (term.output, *term.factors)
        own = {letter for letter, _ in self.signature.groups}
        tensors = [
            (term.output_tensor, term.output_indices),
            *zip(term.factor_tensors, term.factor_indices, strict=True),
        ]
        pairs = [list(zip(tensor.set_axes, indices, strict=True)) for tensor, indices in tensors]
        names: dict[int, int] = {}
        shape = tuple(
            tuple([names.setdefault(index, len(names)) for axis, index in one if axis not in own]) for one in pairs
        )
        slots = [index for one in pairs for axis, index in one if axis in own]
        return Element((kinds, shape), self.tied.coefficients(kinds, term.constants, slots))


def _spare(shape: Shape) -> int:
    """How many indices stand on one tensor only."""
    count: dict[int, int] = {}
    for own in shape:
        for index in set(own):
            count[index] = count.get(index, 0) + 1
    return sum(number == 1 for number in count.values())
