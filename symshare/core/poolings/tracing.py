"""How a term under groups is made from irreducible poolings and operations of order 1: a sum of compositions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.lifting import rational
from symshare.core.algebra.polynomial import Powers, inverse, multiplied
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.spans import combination, unit
from symshare.core.poolings.closure import Closure, Element, Part, Place
from symshare.core.poolings.summands import Summand, added
from symshare.core.poolings.under_groups import closure_of, generated_at
from symshare.core.terms.evaluation import evaluate
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError

__all__ = ["Trace", "composed"]

Made = tuple[Summand, ...]

MOST_STEPS = 2_000
"""Steps of an explanation; chosen, not measured."""

MOST_POINTS = 40
"""Random points at which a value is looked for that is not zero; chosen, not measured."""


class Trace:
    """The steps that make a term, each a pooling and the numbers of what it is applied to."""

    def __init__(self, closure: Closure) -> None:
        self.closure = closure
        self.steps: list[tuple[Term, tuple[int, ...]]] = []
        self._numbers: dict[tuple[Term, tuple[int, ...]], int] = {}

    def of(self, term: Term) -> Made:
        """The steps that make a term of its factors, which are -1, -2, .., and the values that add up to it."""
        operands: list[Made] = [((Fraction(1), (), -1 - place),) for place in range(term.order)]
        element = self.closure.element(term)
        return self.build(element.place, element.vector, operands)

    def build(self, place: Place, vector: Array, operands: Sequence[Made]) -> Made:
        """The same for a vector at a place, of any operands."""
        if len(place[0]) == 2:
            if place == (own := self.closure.identities[place[0][1]]).place and np.array_equal(vector, own.vector):
                return operands[0]
            found = [
                (self._applied(self.closure.term(place, int(at)), operands), int(vector[at])) for at in _places(vector)
            ]
            return _sum([_scaled(one, _number(value)) for one, value in found])
        order = tuple(sorted(range(len(operands)), key=lambda one: place[0][1 + one]))
        if order != tuple(range(len(operands))):
            turned = self.closure.reordered(Element(place, vector), order)
            return self.build(turned.place, turned.vector, [operands[one] for one in order])
        rows: list[Array] = []
        sources: list[tuple[Part, int, int] | Element] = []
        for row, source in self._rows(place):
            value = _ratio(vector, row)
            if value:
                return _scaled(self._made(place, source, operands), _number(value))
            rows.append(row)
            sources.append(source)
        factors = combination(np.array(rows), vector) if rows else None
        if factors is None:
            raise SymshareError("a term has no composition\n  this is a mistake in symshare: please report it")
        return _sum([_scaled(self._made(place, sources[at], operands), _number(one)) for at, one in factors.items()])

    def _rows(self, place: Place) -> Iterator[tuple[Array, tuple[Part, int, int] | Element]]:
        """What poolings and compositions give at a place, the poolings themselves first, with how each is made."""
        for one in generated_at(self.closure, place):
            yield one.vector, one
        for part in self.closure.parts(place):
            whole = self.closure.of_part(part, place[0])
            for outer, inner in product(*map(range, whole.shape[:2])):
                if whole[outer, inner].any():
                    yield whole[outer, inner], (part, outer, inner)

    def _made(self, place: Place, source: tuple[Part, int, int] | Element, operands: Sequence[Made]) -> Made:
        if isinstance(source, Element):
            return _scaled(self._followed(source, operands), Fraction(1), inverse(source.powers))
        part, outer, inner = source
        first = self.build(
            part.inner, unit(self.closure.width(part.inner[0]), inner), [operands[one] for one in part.inside]
        )
        rest = [one for at, one in enumerate(operands) if at not in part.inside]
        made = self.build(part.outer, unit(self.closure.width(part.outer[0]), outer), [first, *rest])
        return _scaled(made, Fraction(1), inverse(self.closure.lost(part)))

    def _followed(self, element: Element, operands: Sequence[Made]) -> Made:
        """An element back to the pooling that it is made of; sizes that come with it are left to the caller."""
        if element.source is None:
            (number,) = _places(element.vector)
            return self._applied(self.closure.term(element.place, int(number)), operands)
        own = list(operands)
        if element.order:
            for at, old in enumerate(element.order):
                own[old] = operands[at]
            return self._followed(element.source, own)
        if element.operation is None:
            raise SymshareError("an element has no operation\n  this is a mistake in symshare: please report it")
        term = self.closure.term(*element.operation)
        if element.before < 0:
            return self._applied(term, [self._followed(element.source, operands)])
        own[element.before] = self._applied(term, [own[element.before]])
        return self._followed(element.source, own)

    def _applied(self, pooling: Term, operands: Sequence[Made]) -> Made:
        """A pooling of sums is the sum of its values."""
        found = []
        for chosen in product(*operands):
            factor, powers = Fraction(1), multiplied(powers for _, powers, _ in chosen)
            for one, _, _ in chosen:
                factor *= one
            step = (pooling, tuple([number for _, _, number in chosen]))
            if step not in self._numbers:
                if len(self.steps) == MOST_STEPS:
                    raise TooLargeError(
                        f"an explanation has over {MOST_STEPS:,} steps\n  explain a term of a lower order"
                    )
                self._numbers[step] = len(self.steps)
                self.steps.append(step)
            found.append((factor, powers, self._numbers[step]))
        return tuple(found)


def composed(term: Term) -> tuple[list[tuple[Term, tuple[int, ...]]], Made]:
    """The steps that make a term, and the values that add up to it.

    Where invariant tensors are diagrams a composition is the term up to a factor, for circles and signs: it is read off the
    values of both at a random point.
    """
    trace = Trace(closure_of(term.signature, term.order))
    made = trace.of(term)
    if trace.closure.tied.exact_rank:
        return trace.steps, made
    factor = _factor(term, trace, made)
    return trace.steps, _scaled(made, factor)


def _factor(term: Term, trace: Trace, made: Made) -> Fraction:
    """The factor between a term and what was made, by values at points where they are not zero; 1 where all are."""
    bare = term.signature.without_latents(term.signature.channels)
    sizes = {axis: bare.size(axis) or 2 for tensor in bare for axis in tensor.axes}
    random = np.random.default_rng(0)
    for _ in range(MOST_POINTS):
        shapes = [[sizes[axis] for axis in bare.inputs[one].axes] for one in term.factors]
        arrays = [random.integers(-2, 3, shape) for shape in shapes]
        wanted = evaluate(replace(term, signature=bare), *arrays, sizes=sizes)
        values: list[Array] = []
        for pooling, operands in trace.steps:
            taken = [values[one] if one >= 0 else arrays[-1 - one] for one in operands]
            values.append(evaluate(replace(pooling, signature=bare), *taken, sizes=sizes))
        summands = [(factor, powers, values[one] if one >= 0 else arrays[-1 - one]) for factor, powers, one in made]
        found = added(summands, sizes)
        for place, value in np.ndenumerate(found):
            if value:
                return Fraction(int(wanted[place]), int(value))
    return Fraction(1)


def _places(vector: Array) -> list[int]:
    found: list[int] = np.flatnonzero(vector).tolist()
    return found


def _ratio(vector: Array, row: Array) -> int:
    """The factor of a row that a vector is, modulo the prime; 0 where it is none."""
    places = _places(row)
    if not places or not vector[places[0]]:
        return 0
    factor = int(vector[places[0]]) * pow(int(row[places[0]]), -1, PRIME) % PRIME
    return factor if np.array_equal(factor * row % PRIME, vector % PRIME) else 0


def _number(value: int) -> Fraction:
    found = rational(value, PRIME)
    if found is None:
        raise SymshareError("a composition has factors that are no fractions\n  list all terms instead: rule='none'")
    return found


def _scaled(made: Made, factor: Fraction, powers: Powers = ()) -> Made:
    return tuple([(one * factor, multiplied((own, powers)), number) for one, own, number in made])


def _sum(parts: Sequence[Made]) -> Made:
    """Values with the same step and sizes added up."""
    found: dict[tuple[Powers, int], Fraction] = {}
    for made in parts:
        for factor, powers, number in made:
            found[powers, number] = found.get((powers, number), Fraction(0)) + factor
    return tuple([(factor, *key) for key, factor in found.items() if factor])
