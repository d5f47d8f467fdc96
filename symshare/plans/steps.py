"""The noun Plan: steps in single-assignment form, the parameters they use, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.core.notation.signature import Signature
from symshare.core.terms.term import Term
from symshare.errors import plural
from symshare.plans.choices import Choices
from symshare.plans.operations import Step
from symshare.plans.parameters import RANK, Parameter

__all__ = ["Addend", "Plan"]


@dataclass(frozen=True, slots=True)
class Addend:
    """A value that is added into an output; `full` when no axis of it waits to be repeated along."""

    value: str
    output: int
    term: int
    full: bool


@dataclass(frozen=True, slots=True)
class Plan:
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

    def __str__(self) -> str:
        """The plan as a table: one line per step."""
        heading = ("result", "op", "operands", "axes", "parameters")
        rows = [
            (
                step.result,
                step.op,
                ", ".join(step.operands),
                step.spec,
                ", ".join(parameter.name for parameter in step.parameters),
            )
            for step in self.steps
        ]
        widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [heading, *rows]
        ]
        sums = []
        for output in range(len(self.signature.outputs)):
            values = [addend.value for addend in self.addends if addend.output == output]
            named = self.signature.outputs[output].written(self.signature.words)
            sums.append(f"output {output} ({named}) = {' + '.join(values)}")
        title = (
            f"{self.choices.kind} layer for {self.signature}, {plural(len(self.terms), 'term')}, "
            f"{plural(len(self.steps), 'step')}, {self.choices.reduce}"
        )
        return "\n".join([title, *lines, *sums])

    def __repr__(self) -> str:
        return f"Plan({str(self.signature)!r}, kind={self.choices.kind!r}, terms={len(self.terms)}, steps={len(self.steps)})"
