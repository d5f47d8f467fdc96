"""How a term is made from irreducible poolings: one composition, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symshare.core.algebra.polynomial import Powers, inverse, multiplied, written
from symshare.core.faces.noun import JSON_SCHEMA, Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.names import spelled
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.poolings.hypergraph import without_pendants
from symshare.core.poolings.labels import labels
from symshare.core.poolings.order_one import identity, word
from symshare.core.poolings.pools import pooling_types
from symshare.core.poolings.realisation import hypergraph
from symshare.core.poolings.reduction import part, raised
from symshare.core.terms.composition import compose
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, plural

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Composition", "Step", "explain"]

MOST_FACTORS = 60
"""Factors of a term that is explained; 52 take 0.5 s (`explain`, a product of 52 sums)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One pooling, and what it is applied to: steps by their number from 0, factor i of the term as -1 - i."""

    pooling: Term
    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Composition(Noun):
    """A term as poolings applied one after the other; the last step, divided by `sizes`, is its value.

    `operands` of a step below 0 are the term's factors: -1 the first, -2 the second. `sizes` are pairs (axis, power): where
    every way to make the term sums over ones, the result is too large by these.
    """

    term: Term
    steps: tuple[Step, ...]
    sizes: Powers = ()

    @property
    def irreducible(self) -> bool:
        """Whether the term is one of the poolings itself, up to operations of order 1 that can be undone."""
        wanted = [step.pooling for step in self.steps if step.pooling.order == self.term.order > 1]
        own, *theirs = (labels(without_pendants(hypergraph(one)), rooted=True)[0] for one in (self.term, *wanted))
        return theirs == [own]

    def evaluate(self, *operands: Array, sizes: Mapping[str, int] | None = None) -> Array:
        """The value, step by step, for one array per factor; exact for integers (see `symshare.evaluate`).

        `sizes` gives the length of axes that no operand has.

        >>> import numpy as np
        >>> x = np.arange(6).reshape(2, 3)
        >>> explain("ab", "ab,ac->ab").evaluate(x, x).tolist()
        [[0, 3, 6], [36, 48, 60]]
        """
        import numpy

        from symshare.core.terms.evaluation import evaluate

        if len(operands) != self.term.order:
            raise SymshareError(
                f"{self.term} has {plural(self.term.order, 'factor')}, but {plural(len(operands), 'array')} came\n"
                "  give one for each factor"
            )
        arrays = [numpy.asarray(one) for one in operands]
        lengths = dict(sizes or {})
        for tensor, array in zip(self.term.factor_tensors, arrays, strict=True):
            if array.ndim < len(tensor.axes):
                raise SymshareError(
                    f"an operand of {self.term} has {plural(array.ndim, 'axis', 'axes')}\n"
                    f"  {spelled(tensor.axes, self.term.signature.words)!r} has {len(tensor.axes)}"
                )
            lengths |= zip(tensor.axes, array.shape[array.ndim - len(tensor.axes) :], strict=True)
        values: list[Array] = []
        for step in self.steps:
            taken = [values[one] if one >= 0 else arrays[-1 - one] for one in step.operands]
            values.append(evaluate(step.pooling, *taken, sizes=lengths))
        value = values[-1] if values else arrays[0]
        for letter, power in self.sizes:
            value = value // lengths[letter] ** power if value.dtype.kind in "iu" else value / lengths[letter] ** power
        return value

    def tables(self) -> tuple[Table, ...]:
        """The steps, one a row."""
        names = [self._name(number) for number in range(len(self.steps))]
        wide = max(map(len, names), default=0)
        rows = tuple(
            (f"  {name:{wide}} = {step.pooling}", f"of {', '.join(map(self._name, step.operands))}")
            for name, step in zip(names, self.steps, strict=True)
        )
        return (Table(self._heading(), rows=rows, notes=tuple(self._last())),)

    def __repr__(self) -> str:
        divided = f"sizes={dict(self.sizes)}" if self.sizes else ""
        return brief("Composition", repr(str(self.term)), f"steps={len(self.steps)}", divided)

    def to_dict(self) -> dict[str, Any]:
        """The composition as plain values; `to_json` writes the same."""
        return {
            "schema": JSON_SCHEMA,
            "signature": str(self.term.signature),
            "depends": list(self.term.signature.dependencies),
            "term": self.term.to_einsum(),
            "order": self.term.order,
            "irreducible": self.irreducible,
            "steps": [
                {
                    "name": self._name(number),
                    "einsum": step.pooling.to_einsum(),
                    "inputs": list(step.pooling.factors),
                    "output": step.pooling.output,
                    "of": [self._name(one) for one in step.operands],
                }
                for number, step in enumerate(self.steps)
            ],
            "divide_by": dict(self.sizes),
        }

    def _heading(self) -> str:
        if not self.steps:
            return f"{self.term} is the identity"
        if self.term.order == 1:
            one = len(self.steps) == 1 and not self.sizes
            return f"{self.term}, one of the operations of order 1" if one else f"{self.term}, by operations of order 1"
        if self.irreducible:
            return f"{self.term} is irreducible{'' if len(self.steps) == 1 else ', up to swaps of axes'}"
        return f"{self.term}, from irreducible poolings"

    def _name(self, number: int) -> str:
        if number == len(self.steps) - 1 and not self.sizes:
            return "y"
        return f"x{-number}" if number < 0 else f"y{number + 1}"

    def _last(self) -> list[str]:
        return [f"  y = y{len(self.steps)} / ({written(self.sizes)}), by the sizes of the axes"] if self.sizes else []


def explain(
    signature: Signature | str,
    term: Term | str,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
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
    given = pooling_types(as_signature(signature, depends=depends, axes=axes, sizes=sizes))
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
