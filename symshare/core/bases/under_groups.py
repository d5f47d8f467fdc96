"""The terms of a signature with other groups than the symmetric one: diagrams of each axis put together, then chosen from."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement, product

from symshare.core.bases.candidates import candidates, check_candidates, check_products, complexity, invariants_of
from symshare.core.bases.choice import chosen
from symshare.core.notation.signature import Signature
from symshare.core.terms.enumeration import latent_values
from symshare.core.terms.exchanges import Kind
from symshare.core.terms.term import Term

__all__ = ["terms_under_groups"]

NUMERIC = "a basis was chosen numerically, to a relative 1e-9: the constant tensors are floats"

EXCHANGED = "of terms that differ by an exchange of equal factors a basis was chosen by rank, exact modulo a prime"

Progress = Callable[[int], None]


def terms_under_groups(
    signature: Signature, order: int, *, ordered: bool = False, progress: Progress | None = None
) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """All terms of one order, sorted, and notes on how a basis was chosen where diagrams are not independent.

    The group is a product, one for each block of axes, so its invariant tensors are sums of products of those of the
    blocks. Each product is a candidate; candidates that differ by an exchange of equal factors are one; where the rest may
    depend on each other, those are kept that are independent of the ones before them, by rank modulo a prime. With channels
    (a latent axis of no fixed size) an exchange of factors exchanges their channels too, so that a term counts as dependent
    only where it is a sum of exchanges of others: the vector product of two channels is a term, that of one with itself is 0.

    Raises TooLargeError above four hundred thousand candidates.

    >>> from symshare.core.notation.reading import signature
    >>> found, notes = terms_under_groups(signature("ar->r", axes={"r": "O(3)"}), 3)
    >>> [str(term) for term in found], notes
    (['ar,ar,bs->s', 'ar,as,as->r', 'ar,as,bs->r', 'ar,bs,cs->r'], ())
    """
    kinds: list[Kind] = [
        (number, values)
        for number, tensor in enumerate(signature.inputs)
        for values in latent_values(signature, tensor)
    ]
    grouped: dict[object, dict[Term, None]] = {}
    number = 0
    notes: dict[str, None] = {}
    choose = False
    chosen_kinds = product(kinds, repeat=order) if ordered else combinations_with_replacement(kinds, order)
    for factors in chosen_kinds:
        exchanged = not ordered and len(set(factors)) < len(factors)
        for output in range(len(signature.outputs)):
            parts = invariants_of(signature, output, factors, exchanged=exchanged)
            loose = [not one.independent or (exchanged and not one.permuted) for one in parts]
            choose = choose or any(loose)
            check_products(signature, [one for one, own in zip(parts, loose, strict=True) if own], factors, ordered)
            notes |= dict.fromkeys(one.note for one in parts if one.note)
            for group, term in candidates(signature, output, factors, parts, loose, exchanged=exchanged):
                grouped.setdefault(group, {})[term] = None
                number += 1
                check_candidates(number)
                if progress is not None and number % 256 == 0:
                    progress(number)
    found: list[Term] = []
    for own in grouped.values():
        listed = sorted(own, key=lambda term: (complexity(term), term.sort_key))
        found += chosen(listed, signature, order, ordered) if choose else listed
    if choose and not all(constant.exact for term in found for constant, _ in term.constants):
        notes[NUMERIC] = None
    elif choose and not notes and len(found) < number:
        notes[EXCHANGED] = None
    return tuple(sorted(found, key=lambda term: term.sort_key)), tuple(notes)
