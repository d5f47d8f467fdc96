"""Order-1 terms from a few of them: diagonals, swaps, and sums that are repeated along an axis."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from symshare.core.algebra.polynomial import Powers, multiplied
from symshare.core.counting.burnside import count
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.composition import compose, network_term
from symshare.core.terms.enumeration import terms
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError, amount, shown

__all__ = ["Word", "generators", "identity", "word"]

Word = tuple[tuple[Term, ...], Powers]
"""Generators in the order in which they act, and the sizes that their composition is multiplied by."""

MOST_TERMS = 5_000
"""Terms of order 1 of a tensor type; 4,140 take 0.2 s (`pools -s aaaa -k 1`)."""


@lru_cache(maxsize=64)
def generators(signature: Signature) -> tuple[Term, ...]:
    """A smallest set of order-1 terms that gives all others by composition, the identities first.

    For one tensor type without dependencies they are, for each axis: the sum over it, repeated along it, and where it occurs
    m > 1 times the diagonal of two of its slots and generators of the symmetric group S_m on them (Halverson
    and Ram, Partition algebras, 2005, Theorem 1.11). Elsewhere they are found by closure: terms are taken from those that
    keep most indices to those that keep least, and left out where the ones before give them.

    Raises TooLargeError where there are over 5,000 terms to choose from.

    >>> from symshare.core.notation.reading import signature
    >>> [str(term) for term in generators(signature("aa"))]
    ['ab->ab', 'ab->ba', 'aa->aa', 'ab->cb']
    """
    own = [identity(signature, number) for number in range(len(signature.inputs))]
    if _is_plain(signature):
        letters = dict.fromkeys(signature.inputs[0].set_axes)
        return (*own, *sorted([term for letter in letters for term in _of_letter(own[0], letter)], key=_closeness))
    everything = _all(signature)
    chosen: list[Term] = []
    reached = set(own)
    for term in sorted(everything, key=_closeness):
        if term not in reached:
            chosen.append(term)
            reached = _closure(own, chosen)
    for term in chosen[::-1]:
        rest = [other for other in chosen if other != term]
        if term in _closure(own, rest):
            chosen = rest
    return (*own, *chosen)


def identity(signature: Signature, number: int) -> Term:
    """The term that gives one input as it is.

    >>> from symshare.core.notation.reading import signature
    >>> identity(signature("aab"), 0)
    Term('acb->acb')
    """
    slots = tuple(range(len(signature.inputs[number].set_axes)))
    return Term(signature, number, (number,), slots, (slots,), (), ((),))


def _of_letter(identity: Term, letter: str) -> list[Term]:
    """The generators of the partition monoid of one axis of a type; they leave the other axes alone."""
    letters = identity.signature.inputs[0].set_axes
    places = [place for place, other in enumerate(letters) if other == letter]
    slots = list(range(len(letters)))
    found: list[Term] = []
    if len(places) > 1:
        found.append(_output(identity, slots, {places[0]: places[1], places[1]: places[0]}))
        if len(places) > 2:
            found.append(_output(identity, slots, dict(zip(places, [*places[1:], places[0]], strict=True))))
        merged = tuple([places[0] if place == places[1] else place for place in slots])
        numbers = {place: number for number, place in enumerate(dict.fromkeys(merged))}
        diagonal = tuple([numbers[place] for place in merged])
        found.append(replace(identity, output_indices=diagonal, factor_indices=(diagonal,)))
    found.append(_output(identity, slots, {places[0]: len(letters)}))
    return sorted(found, key=_closeness)


def _output(identity: Term, slots: list[int], changed: dict[int, int]) -> Term:
    return replace(identity, output_indices=tuple([changed.get(slot, slot) for slot in slots]))


def _closeness(term: Term) -> tuple[object, ...]:
    """Terms in the order in which generators are chosen: those that lose least first, then the plain ones."""
    inner, outer = term.factor_indices[0], term.output_indices
    kept = len(set(inner) & set(outer))
    same = sum(one == other for one, other in zip(inner, outer, strict=False)) if term.factors[0] == term.output else 0
    repeats = len(inner) + len(outer) - len(set(inner)) - len(set(outer))
    return (-kept, -same, repeats, term.factors, term.output, inner, tuple(-index for index in outer))


def _all(signature: Signature) -> tuple[Term, ...]:
    number = count(signature, 1)
    if number > MOST_TERMS:
        raise TooLargeError(
            f"'{shown(signature, 40)}' has {amount(number)} terms of order 1, over the limit of {MOST_TERMS:,}\n"
            "  use a tensor type that has no axis so often"
        )
    return terms(signature, 1)


def _closure(own: list[Term], chosen: list[Term]) -> set[Term]:
    """Everything that products of the chosen terms give, up to a positive factor."""
    reached = set(own)
    waiting = list(own)
    while waiting:
        inner = waiting.pop()
        for outer in chosen:
            if outer.factors[0] == inner.output:
                found, _ = compose(outer, inner)
                if found not in reached:
                    reached.add(found)
                    waiting.append(found)
    return reached


def word(term: Term) -> Word:
    """The shortest product of generators that gives an order-1 term: nothing for an identity.

    Where it takes a sum of ones to get there the product is the term times those sizes, which come along. For one type
    without dependencies the axes are taken one by one: what a term does to the slots of one axis is a diagram of its own.

    Raises TooLargeError where there are over 5,000 diagrams to look through.

    >>> from symshare.core.notation.reading import signature
    >>> word(Term.from_einsum(signature("ab"), "ab->cd"))
    ((Term('ab->cb'), Term('ab->ac')), ())
    """
    signature = term.signature
    if term == identity(signature, term.factors[0]):
        return (), ()
    if not _is_plain(signature):
        return _words(signature, None)[term]
    steps: list[Term] = []
    axes = signature.inputs[0].set_axes
    for letter in dict.fromkeys(axes):
        own = [place for place, other in enumerate(axes) if other == letter]
        inner, outer = list(range(len(axes))), list(range(len(axes)))
        for place in own:
            inner[place] = len(axes) + term.factor_indices[0][place]
            outer[place] = len(axes) + term.output_indices[place]
        alone = network_term(term, (0, outer), [(0, inner)])
        if alone != identity(signature, 0):
            steps += _words(signature, letter)[alone][0]
    return tuple(steps), ()


def _is_plain(signature: Signature) -> bool:
    """Whether there is one type, and no slot of it hangs on another."""
    return len(signature.inputs) == 1 and all(slot.parent < 0 for slot in signature.slots(signature.inputs[0]))


@lru_cache(maxsize=64)
def _words(signature: Signature, letter: str | None) -> dict[Term, Word]:
    """A shortest word for every order-1 term that acts on one axis (or on all); words without sizes are preferred."""
    own = signature.inputs[0].set_axes.count(letter) if letter else 0
    one = Tensor((letter,) * own) if letter else signature.inputs[0]
    alone = replace(signature, inputs=(one,), outputs=(one,)) if letter else signature
    number = count(alone, 1)
    if number > MOST_TERMS:
        raise TooLargeError(
            f"'{shown(signature, 40)}' has {amount(number)} operations of order 1"
            + (f" on axis {letter}" if letter else "")
            + f", over the limit of {MOST_TERMS:,}\n  use a tensor type that has no axis so often"
        )
    chosen = _of_letter(identity(signature, 0), letter) if letter else generators(signature)[len(signature.inputs) :]
    found: dict[Term, Word] = {identity(signature, place): ((), ()) for place in range(len(signature.inputs))}
    for sized in (False, True):
        layer = list(found)
        while layer and len(found) < number:
            longer: list[Term] = []
            for inner in layer:
                for outer in chosen:
                    if outer.factors[0] != inner.output:
                        continue
                    made, powers = compose(outer, inner)
                    if made not in found and (sized or not powers):
                        steps, before = found[inner]
                        found[made] = ((*steps, outer), multiplied((before, powers)))
                        longer.append(made)
            layer = longer
    return found
