"""The noun Plan: steps in single-assignment form, the parameters they use, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.notation.signature import Signature
from symshare.core.terms.term import Term
from symshare.errors import plural
from symshare.plans.choices import Choices
from symshare.plans.operations import Step
from symshare.plans.parameters import RANK, Parameter

__all__ = ["Addend", "Plan", "few", "step_cells", "step_values"]

MOST_NAMES = 12
"""Names in one cell of a table; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Addend:
    """A value that is added into an output; `full` when no axis of it waits to be repeated along."""

    value: str
    output: int
    term: int
    full: bool


@dataclass(frozen=True, slots=True)
class Plan(Noun):
    """How to compute a layer: its steps in order, its parameters, and the values that add up to each output."""

    signature: Signature
    terms: tuple[Term, ...]
    choices: Choices
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    parameters: tuple[Parameter, ...]
    addends: tuple[Addend, ...]
    families: tuple[tuple[int, str], ...] = ()
    """Terms that stand for all terms with their diagram and any offsets: the first of them, and the text of all."""
    covered: tuple[int, ...] = ()
    """The other terms of these families."""
    ordered: bool = False
    """Whether the terms are those of ordered factors."""
    pools: bool = False
    """Whether the terms are all irreducible poolings to the order of the highest."""
    lengths: tuple[tuple[str, int], ...] = ()
    """Lengths of axes that the terms were chosen for."""
    totals: tuple[int, ...] | None = None
    """How many terms each order has in all, from 0, as the basis knows it; None where nobody has counted."""

    @property
    def order(self) -> int:
        """The highest order of a term."""
        return max(term.order for term in self.terms)

    @property
    def ranked(self) -> bool:
        """Whether factors are mixed to a common number of channels, the rank that a layer is made with."""
        return any(RANK in one.shape for one in self.parameters)

    def lines(self) -> list[tuple[int, str]]:
        """The terms as texts with their numbers; a family of offsets comes once, with the number of its first term."""
        shown = dict(self.families)
        rest = set(self.covered)
        return [(n, shown.get(n, term.to_einsum())) for n, term in enumerate(self.terms) if n not in rest]

    def __repr__(self) -> str:
        numbers = {"terms": len(self.terms), "steps": len(self.steps)}
        described = self.signature.described()
        return brief("Plan", *described, f"kind={self.choices.kind!r}", *(f"{one}={n}" for one, n in numbers.items()))

    @property
    def title(self) -> str:
        """What the plan computes, and how many terms and steps it has."""
        return (
            f"{self.choices.kind} layer for {self.signature}, {plural(len(self.terms), 'term')}, "
            f"{plural(len(self.steps), 'step')}, {self.choices.reduce}"
        )

    def sums(self) -> list[tuple[str, ...]]:
        """The values that add up to each output."""
        return [
            tuple(addend.value for addend in self.addends if addend.output == output)
            for output in range(len(self.signature.outputs))
        ]

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values."""
        return {
            **self.signature.to_dict(),
            "options": self.choices.options(),
            "terms": [term.to_dict() for term in self.terms],
            "inputs": list(self.inputs),
            "steps": list(map(step_values, self.steps)),
            "parameters": [
                {"name": one.name, "shape": [n if isinstance(n, int) else str(n) for n in one.shape]}
                for one in self.parameters
            ],
            "outputs": [list(values) for values in self.sums()],
        }

    def tables(self) -> tuple[Table, ...]:
        """One row for each step."""
        tensors = self.signature.outputs
        sums = zip(tensors, self.sums(), strict=True)
        notes = [f"output {n} ({one}) = {few(values, ' + ')}" for n, (one, values) in enumerate(sums)]
        headings = ("result", "op", "operands", "axes", "parameters")
        return (first(self.title, headings, self.steps, step_cells, notes=tuple(notes), code=headings),)


def step_cells(step: Step) -> tuple[str, ...]:
    """A step as cells of a table: result, operation, operands, axes, parameters."""
    parameters = [parameter.name for parameter in step.parameters]
    return step.result, step.op, few(step.operands), step.spec, few(parameters)


def step_values(step: Step) -> dict[str, Any]:
    """A step as plain values."""
    return {
        "result": step.result,
        "op": step.op,
        "operands": list(step.operands),
        "axes": step.spec,
        "parameters": [parameter.name for parameter in step.parameters],
    }


def few(names: Sequence[str], between: str = ", ") -> str:
    """Some names in one cell, of many the first.

    >>> few("abcdefghijklmn")
    'a, b, c, d, e, f, g, h, i, j, k, l, .. 2 more'
    """
    more = [f".. {len(names) - MOST_NAMES:,} more"] if len(names) > MOST_NAMES else []
    return between.join([*names[:MOST_NAMES], *more])
