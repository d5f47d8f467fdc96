"""How a term is made from irreducible poolings: one composition, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from symshare.core.algebra.polynomial import Powers, inverse, multiplied
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.poolings.composition import Composition, Step
from symshare.core.poolings.order_one import identity, word
from symshare.core.poolings.pools import pooling_types
from symshare.core.poolings.reduction import part, raised
from symshare.core.poolings.types import with_types
from symshare.core.terms.composition import compose
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError

__all__ = ["explain"]

MOST_FACTORS = 60
"""Factors of a term that is explained; 52 take 0.5 s (`explain`, a product of 52 sums)."""


def explain(
    signature: Signature | str,
    term: Term | str,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    types: Iterable[str] | str = (),
    factors: Sequence[int] | None = None,
    output: int | None = None,
) -> Composition:
    """One composition of irreducible poolings and operations of order 1 that gives a term.

    The poolings are those that `pools` lists. A part of the factors that meets the rest in what one tensor can carry is
    computed first, and so on down; what has no such part comes from an irreducible pooling by operations of order 1 on its
    factors and its output. Each step is checked by composing it. `term` is a text, with or without its latent axes, or a
    Term; `factors` and `output` number its tensors where several types have equally many axes.

    Raises NotationError for a text that is no term, SymshareError for a constant and for what `pools` does not take, and
    TooLargeError for over 60 factors.

    >>> print(explain("abH", "ab,cb,cd,ad->ad"))
    abH,cbH,cdH,adH->adH, from irreducible poolings
      y1 = abH,cbH,cdH->adH  of x1, x2, x3
      y  = abH,abH->abH      of y1, x4
    """
    if isinstance(signature, str) and isinstance(term, str) and "->" in signature and "->" not in term:
        raise SymshareError(
            f"{term!r} is no term\n  the signature comes first, then the term: explain({term!r}, {signature!r})"
        )
    given = pooling_types(with_types(as_signature(signature, depends=depends, axes=axes, sizes=sizes), types))
    found = _read(given, term, factors, output)
    if found.order == 0:
        scalar = any(not tensor.axes for tensor in given.inputs)
        raise SymshareError(
            f"{found} has no factors\n  constants are added, not pooled: ask for a term of order 1 or more"
            + (f"; a scalar alone is written '(){found}'" if scalar else "")
        )
    if found.order > MOST_FACTORS:
        raise TooLargeError(
            f"the term has {found.order} factors, over the limit of {MOST_FACTORS}\n  explain its parts"
        )
    if given.groups:
        from symshare.core.poolings.tracing import composed  # it brings numpy

        steps, summands = composed(found)
        return Composition(found, tuple([Step(*step) for step in steps]), (), summands)
    builder = _Builder()
    builder.finish(
        builder.build(found, [(-1 - place, identity(given, one)) for place, one in enumerate(found.factors)])
    )
    return Composition(found, tuple(builder.steps), builder.powers)


def _read(signature: Signature, term: Term | str, factors: Sequence[int] | None, output: int | None) -> Term:
    if isinstance(term, Term):
        if pooling_types(term.signature) != signature or any((term.output_latents, *term.factor_latents)):
            theirs = term.signature
            differs = (
                "other tensors"
                if (theirs.inputs, theirs.outputs) != (signature.inputs, signature.outputs)
                else "other dependencies"
                if theirs.depends != signature.depends
                else "values picked on latent axes"
            )
            raise SymshareError(
                f"{term} is no term of {str(signature)!r}: it has {differs}\n  explain it with its own signature, without sizes"
            )
        return replace(term, signature=signature)
    if signature.groups:
        from symshare.core.bases.reading import term as read  # set axes alone need no groups

        return read(signature, term, factors=factors, output=output, ordered=True)
    return Term.from_einsum(signature, term, factors=factors, output=output, ordered=True)


Made = tuple[int, Term]
"""A step or an operand by its number, and an operation of order 1 that is still to act on it."""


class _Builder:
    """Steps so far; operations of order 1 wait until all that follow each other are known."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.powers: Powers = ()

    def build(self, term: Term, operands: Sequence[Made]) -> Made:
        """Add the steps that make a term of operands, and answer the last."""
        if term.order == 1:
            number, waiting = operands[0]
            made, powers = compose(term, waiting)
            self.powers = multiplied((self.powers, inverse(powers)))
            return number, made
        found = part(term)
        if found is not None:
            inner, outer, inside = found
            first = self.build(inner, [operands[place] for place in inside])
            rest = [operand for place, operand in enumerate(operands) if place not in inside]
            self._check(term, *compose(outer, inner, *(identity(term.signature, one) for one in outer.factors[1:])))
            return self.build(outer, [first, *rest])
        before, pooling, after, order = raised(term)
        made, powers = compose(pooling, *(before[place] for place in order))
        whole, more = compose(after, made)
        self._check(term, whole, multiplied((powers, more)))
        taken = tuple(self.finish(self.build(before[place], (operands[place],))) for place in order)
        return self.build(after, ((self._add(Step(pooling, taken)), identity(term.signature, pooling.output)),))

    def finish(self, made: Made) -> int:
        """Add the operations that wait, and answer the number of the last step."""
        number, waiting = made
        generators, powers = word(waiting)
        self.powers = multiplied((self.powers, powers))
        for generator in generators:
            number = self._add(Step(generator, (number,)))
        return number

    def _add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def _check(self, term: Term, made: Term, powers: Powers) -> None:
        if made.canonical() != term.canonical():
            raise SymshareError(f"{term} comes out as {made}\n  this is a mistake in symshare: please report it")
        self.powers = multiplied((self.powers, powers))
