"""The poolings of types with axes under groups: a smallest set of terms that compositions make all others of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, pairwise

import numpy as np

from symshare.core.algebra.spans import Span, unit
from symshare.core.bases.reading import least
from symshare.core.notation.signature import Signature
from symshare.core.poolings.closure import Closure, Element, Place
from symshare.core.poolings.shapes import shapes
from symshare.core.terms.term import Term

__all__ = ["closure_of", "generated_at", "irreducible", "irreducible_terms", "proof"]

_CLOSURES: dict[tuple[Signature, int], Closure] = {}


def closure_of(signature: Signature, order: int) -> Closure:
    """The compositions of a signature up to an order, kept for the last one asked for."""
    if (signature, order) not in _CLOSURES:
        _CLOSURES.clear()
        _CLOSURES[signature, order] = Closure(signature, order)
    found = _CLOSURES[signature, order]
    found.renew()
    return found


def proof(closure: Closure) -> str:
    """How a set is known to be complete and none of it to be too many."""
    names = ", ".join(f"{letter}={group}" for letter, group in closure.signature.named_groups.items())
    if closure.tied.exact_rank:
        return f"chosen by exact rank at {names}: no rule for cuts is proved for it"
    return f"by diagrams, for every length of the axes; where these depend on each other at {names} fewer may do"


def irreducible(signature: Signature, order: int, degree: int) -> list[Term]:
    """The poolings of one order among those up to another, sorted.

    >>> from symshare.core.notation.reading import signature
    >>> [str(one) for one in irreducible(signature("ar", axes={"r": "O(3)"}), 3, 3)]
    ['ar,as,as->ar', 'ar,br,bs->as', 'ar,bs,bs->ar']
    """
    closure = closure_of(signature, order)
    found = irreducible_terms(closure, degree)
    return sorted(least(closure.term(one.place, int(np.flatnonzero(one.vector)[0]))) for one in found)


def irreducible_terms(closure: Closure, order: int) -> list[Element]:
    """Terms of an order, from 2 on, that with those of lower orders give all of it: none of them follows from the others.

    A term is a shape on the set axes times an invariant tensor. What compositions of lower orders give is a sum of such
    products: for each shape of a subspace of invariant tensors (`Closure.lower`), since both factors compose apart. Of what
    is missing a term is taken that others do not give by operations of order 1 on its factors and its output, those with
    the largest tensors and the fewest indices on one of them first; then each is left out that the others give.
    """
    waiting = sorted(_missing(closure, order), key=lambda one: _rank(closure, one))
    reached: dict[Place, Span] = {}
    taken: list[Element] = []
    for place, number in waiting:
        vector = unit(closure.width(place[0]), number)
        if place in reached and reached[place].has(vector):
            continue
        taken.append(Element(place, vector))
        for _ in closure.elements([taken[-1]], closure.operations, reached):
            pass
    if len(taken) < 2:
        return taken
    own = [closure.generated([one], closure.operations) for one in taken]
    for one in taken[::-1]:
        others = [spans for other, spans in zip(taken, own, strict=True) if other is not one]
        rows = [row for spans in others if one.place in spans for _, row in spans[one.place].rows]
        whole = Span(len(one.vector))
        for row in rows:
            whole.add(row)
        if whole.has(one.vector):
            at = next(number for number, other in enumerate(taken) if other is one)
            del taken[at], own[at]
    return taken


def generated_at(closure: Closure, place: Place) -> list[Element]:
    """What the poolings of an order give at a place, by operations of order 1 and exchanges."""
    degree = len(place[0]) - 1
    if degree not in closure.generators:
        found: dict[Place, list[Element]] = {}
        for one in closure.elements(irreducible_terms(closure, degree), closure.operations, {}):
            found.setdefault(one.place, []).append(one)
        closure.generators[degree] = found
    return closure.generators[degree].get(place, [])


def _missing(closure: Closure, order: int) -> Iterator[tuple[Place, int]]:
    """The terms of an order that no composition of lower orders gives, each by its place and the number of its tensor."""
    for factors in combinations_with_replacement(closure.types, order):
        for output in closure.types:
            kinds = (output, *factors)
            width = closure.width(kinds)
            if not width:
                continue
            for shape in shapes(closure.layouts, kinds):
                closure.spend(1)
                lower = closure.lower((kinds, shape))
                if not lower.full:
                    for number in range(width):
                        if not lower.has(unit(width, number)):
                            yield (kinds, shape), number


def _rank(closure: Closure, one: tuple[Place, int]) -> tuple[object, ...]:
    """The order in which terms are tried: none of their indices spare, large tensors, no diagonals; then as they read."""
    term = closure.term(*one)
    count: dict[int, int] = {}
    for indices in (term.output_indices, *term.factor_indices):
        for index in set(indices):
            count[index] = count.get(index, 0) + 1
    tied = {leg for _, legs in term.constants for leg in legs}
    spare = sum(times == 1 and index not in tied for index, times in count.items())
    slots = sum(len(indices) for indices in (term.output_indices, *term.factor_indices))
    repeated = slots - sum(count.values())
    return (spare, -slots, repeated, len(term.constants), term.sort_key[:3], _misread(closure, term), str(term), one[1])


def _misread(closure: Closure, term: Term) -> tuple[int, int]:
    """How far a term is from a product as it is written, ab,ab->ab or ab,bc->ac: by its indices on set axes, if it has any."""
    axes = term.index_axes
    tied = {letter for letter, _ in closure.signature.groups}
    tensors = [*term.factor_indices, term.output_indices]
    sets = [[index for index in own if axes[index] not in tied] for own in tensors]
    if any(sets):
        tensors = [tuple(own) for own in sets]
    pairs = pairwise(tensors[:-1])
    broken = sum(bool(one) and bool(other) and one[-1] != other[0] for one, other in pairs)
    ends = [own for own in tensors[:-1] if own]
    if ends and tensors[-1]:
        broken += ends[0][0] != tensors[-1][0]
    return len(set(map(tuple, tensors))), broken
