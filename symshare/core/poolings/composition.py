"""The noun Composition: a term as poolings applied one after the other, as text, tables and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symshare.core.algebra.polynomial import Powers, written
from symshare.core.faces.noun import JSON_SCHEMA, Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.names import spelled
from symshare.core.poolings.hypergraph import without_pendants
from symshare.core.poolings.labels import labels
from symshare.core.poolings.realisation import hypergraph
from symshare.core.poolings.summands import Summand, added
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, plural

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Composition", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One pooling, and what it is applied to: steps by their number from 0, factor i of the term as -1 - i."""

    pooling: Term
    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Composition(Noun):
    """A term as poolings applied one after the other; the last step, divided by `sizes`, is its value.

    `operands` of a step below 0 are the term's factors: -1 the first, -2 the second. `sizes` are pairs (axis, power): where
    every way to make the term sums over ones, the result is too large by these. Under groups the value may be a sum:
    `summands` are values of steps (or factors of the term), each with a factor and the powers of sizes that it is
    multiplied by.
    """

    term: Term
    steps: tuple[Step, ...]
    sizes: Powers = ()
    summands: tuple[Summand, ...] = ()

    @property
    def irreducible(self) -> bool:
        """Whether the term is one of the poolings itself, up to operations of order 1 that can be undone."""
        if self.summands:
            return len(self.steps) == 1 and self.term.order > 1
        wanted = [step.pooling for step in self.steps if step.pooling.order == self.term.order > 1]
        own, *theirs = (labels(without_pendants(hypergraph(one)), rooted=True)[0] for one in (self.term, *wanted))
        return theirs == [own]

    def evaluate(self, *operands: Array, sizes: Mapping[str, int] | None = None) -> Array:
        """The value, step by step, for one array per factor; exact for integers (see `symshare.evaluate`).

        `sizes` gives the length of axes that no operand has.

        >>> import numpy as np
        >>> from symshare.core.poolings.explanation import explain
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
        if self.summands:
            return added(
                [
                    (factor, powers, values[one] if one >= 0 else arrays[-1 - one])
                    for factor, powers, one in self.summands
                ],
                lengths,
            )
        value = values[-1] if values else arrays[0]
        for letter, power in self.sizes:
            value = value // lengths[letter] ** power if value.dtype.kind in "iu" else value / lengths[letter] ** power
        return value

    def tables(self) -> tuple[Table, ...]:
        """The steps, one a row."""
        names = [self._name(number) for number in range(len(self.steps))]
        if self._added:
            names.append("y")
        wide = max(map(len, names), default=0)
        rows = tuple(
            (f"  {name:{wide}} = {step.pooling}", f"of {', '.join(map(self._name, step.operands))}")
            for name, step in zip(names, self.steps, strict=False)
        )
        rows += ((f"  {'y':{wide}} = {self._sum()}", ""),) if self._added else ()
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
            **({"sum": self._listed()} if self._added else {}),
        }

    def _heading(self) -> str:
        if not self.steps and not self._added:
            return f"{self.term} is the identity"
        if self.term.order == 1:
            one = len(self.steps) == 1 and not self.sizes
            return f"{self.term}, one of the operations of order 1" if one else f"{self.term}, by operations of order 1"
        if self.irreducible:
            return f"{self.term} is irreducible{'' if len(self.steps) == 1 else ', up to swaps of axes'}"
        return f"{self.term}, from irreducible poolings"

    def _name(self, number: int) -> str:
        if number == len(self.steps) - 1 and not self.sizes and not self._added:
            return "y"
        return f"x{-number}" if number < 0 else f"y{number + 1}"

    @property
    def _added(self) -> bool:
        """Whether the value is more than the last step."""
        return len(self.summands) > 1 or any(factor != 1 or powers for factor, powers, _ in self.summands)

    def _sum(self) -> str:
        """The summands as text."""
        parts = []
        for factor, powers, number in self.summands:
            times = "" if abs(factor) == 1 else f"{abs(factor)} "
            sizes = f" {written(powers)}" if powers else ""
            sign = "- " if factor < 0 else "+ "
            parts.append(f"{sign}{times}{self._name(number)}{sizes}")
        found = " ".join(parts).removeprefix("+ ")
        return found if not found.startswith("- ") else "-" + found[2:]

    def _listed(self) -> list[dict[str, Any]]:
        return [
            {"of": self._name(number), "factor": str(factor), "sizes": dict(powers)}
            for factor, powers, number in self.summands
        ]

    def _last(self) -> list[str]:
        return [f"  y = y{len(self.steps)} / ({written(self.sizes)}), by the sizes of the axes"] if self.sizes else []
