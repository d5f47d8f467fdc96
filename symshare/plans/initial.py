"""How much each term may add to the variance of its output when a layer is made."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod

from symshare.core.algebra.numbers import as_float
from symshare.core.terms.term import Term
from symshare.plans.steps import Plan

__all__ = ["Share", "shares"]

REST = Fraction(1, 8)
"""What terms that average add together, beside one for those that do not (their values shrink as axes grow)."""


@dataclass(frozen=True, slots=True)
class Share:
    """The variance that a term adds to its output, for inputs of independent entries of variance one.

    `summed` are the axes that it sums over, whose lengths multiply its variance (where sums are not means). `entries`
    numbers its factors by what they read, where some read the same entry. `rest` over
    the number of channels is how far the terms that average depend on each other: by so much less is their share.
    """

    variance: Fraction
    summed: tuple[str, ...]
    entries: tuple[int, ...]
    rest: int


def shares(plan: Plan) -> dict[int, Share]:
    """The share of each term of order 1 or more.

    Every order gets as much as any other. Of an order, the terms that average over nothing and reach every entry of the
    output (off its diagonals too) share alike, so that the output has variance one at any size of its axes; the others add
    an eighth of that at most, together. Where an output has terms of the second kind only, these share alike.

    >>> from symshare.core.bases.derivation import derive
    >>> from symshare.plans.planning import plan
    >>> [str(share.variance) for share in shares(plan(derive("abH", 1))).values()]
    ['1', '1/24', '1/24', '1/24']
    """
    found: dict[int, Share] = {}
    covered = set(plan.covered)
    for output in range(len(plan.signature.outputs)):
        own = [
            (number, term)
            for number, term in enumerate(plan.terms)
            if term.output == output and term.order and number not in covered
        ]
        orders = sorted({term.order for _, term in own})
        steady = {term.order for _, term in own if _is_steady(term)}
        each = Fraction(1, len(steady or orders))
        for order in orders:
            here = [(number, term, _is_steady(term)) for number, term in own if term.order == order]
            for number, term, free in here:
                group = sum(1 for *_, other in here if other == free)
                part = each if free or not steady else each * REST
                found[number] = _share(
                    plan, term, part / group, 0 if free or not steady else (4 if order > 1 else 1) * group - 1
                )
    return dict(sorted(found.items()))


def _is_steady(term: Term) -> bool:
    """Whether a term averages over nothing and leaves diagonals alone, so that its variance has no sizes in it."""
    tensors = (*term.factor_indices, term.output_indices)
    return not term.averaged_indices and all(len(set(indices)) == len(indices) for indices in tensors)


def _share(plan: Plan, term: Term, variance: Fraction, rest: int) -> Share:
    letters, averaged = term.index_axes, term.averaged_indices
    for index in set(term.summed_indices) - set(averaged):
        variance /= plan.signature.size(letters[index]) or 1
    for constant, _ in term.constants:
        if not constant.offsets:
            squares = sum(as_float(value) ** 2 for _, value in constant.entries) / prod(constant.shape)
            variance /= Fraction(squares).limit_denominator(1000) or 1
    summed = tuple(sorted(letters[index] for index in averaged)) if plan.choices.reduce == "sum" else ()
    kinds = list(zip(term.factors, term.factor_indices, strict=True))
    entries = tuple(kinds.index(kind) for kind in kinds)
    return Share(variance, summed, entries if len(set(entries)) < len(entries) else (), rest)
