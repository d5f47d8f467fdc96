"""The noun Report: what a check found out."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table
from symshare.core.notation.signature import Signature
from symshare.errors import plural, shown

__all__ = ["Fault", "Report", "Row"]

LONGEST_ELEMENT = 60
"""Characters of an element in the table, such as a long cycle; JSON has all of them."""


@dataclass(frozen=True, slots=True)
class Row:
    """The largest error of one element over all trials: what was done, the axes it moves, the error and what counts as
    rounding, and the number of the trial."""

    what: str
    axes: str
    error: float
    limit: float
    trial: int

    @property
    def ok(self) -> bool:
        """Whether the error is rounding; one that is no number is not."""
        return self.error <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """The row as what JSON can hold; an error that is no number is None."""
        numbers = {"error": _number(self.error), "limit": _number(self.limit), "trial": self.trial}
        return {"element": self.what, "axes": self.axes, **numbers, "ok": self.ok}


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a symmetry breaks first: the submodule by its name and class, the children of it between which it happens, the
    operation, the line of the program; or, where that could not be told, why not."""

    module: str = ""
    kind: str = ""
    after: str = ""
    before: str = ""
    operation: str = ""
    parameter: str = ""
    line: str = ""
    code: str = ""
    words: str = ""
    known: bool = True

    @property
    def place(self) -> str:
        """The submodule, and between which of its children."""
        between = [f"{word} {one}" for word, one in (("after", self.after), ("before", self.before)) if one]
        name = f"{self.module} ({self.kind})" if self.module else f"{self.kind} itself"
        return name + (f", {' and '.join(between)}" if between else "")

    @property
    def source(self) -> str:
        """The line of the program."""
        return f"{self.line}: {self.code}" if self.code else self.line

    def lines(self) -> list[str]:
        """The fault in a few lines."""
        if not self.known:
            return [f"where it begins cannot be told: {self.words}"]
        by = f"by {self.operation}" + (f" with {self.parameter}" if self.parameter else "")
        return [f"begins in {self.place}", *filter(None, [by if self.operation else "", self.source, self.words])]


@dataclass(frozen=True, slots=True, repr=False)
class Report(Noun):
    """Whether a module keeps a symmetry, by how much it does not, what it was tried with, and where it breaks first.

    `rows` has one for each generator and each random element, with the worst relative error over the `trials`, which are
    numbered from 1.

    >>> from symshare.core.notation.reading import signature
    >>> print(Report("Net", signature("aH"), (Row("a: (0 1)", "a", 0.5, 1e-10, 1),), ("a = 7",), 1e-10))
    Net: aH, BREAKS under a
    element   error    trial
    a: (0 1)  5.0e-01      1  BREAKS
    trial 1: a = 7
    """

    subject: str
    signature: Signature
    rows: tuple[Row, ...]
    trials: tuple[str, ...]
    tolerance: float
    fault: Fault | None = None
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, Any], ...] = ()
    deterministic: bool = True

    @property
    def ok(self) -> bool:
        """Whether the symmetry is kept, up to rounding."""
        return self.deterministic and all(row.ok for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def errors(self) -> dict[str, float]:
        """The largest error by the axes that move; NaN where one is no number."""
        found: dict[str, float] = {}
        for row in [one for one in self.rows if one.axes]:
            if not math.isnan(found.get(row.axes, 0.0)):
                found[row.axes] = row.error if math.isnan(row.error) else max(found.get(row.axes, 0.0), row.error)
        return found

    @property
    def verdict(self) -> str:
        """What was found, in a few words."""
        broken = [row for row in self.rows if not row.ok]
        axes = ", ".join(dict.fromkeys(row.axes for row in broken if row.axes))
        if not self.deterministic:
            return "gives another output each time"
        if broken and not axes:
            return f"FAILS: {', '.join(row.what for row in broken)}"
        return f"BREAKS under {axes}" if axes else "holds"

    @property
    def symmetry(self) -> str:
        """The signature with its dependencies and groups."""
        groups = [
            *self.signature.dependencies,
            *(f"{letter}={group}" for letter, group in self.signature.named_groups.items()),
        ]
        return str(self.signature) + (f" ({', '.join(groups)})" if groups else "")

    def __repr__(self) -> str:
        return brief("Report", self.subject, self.symmetry, self.verdict)

    def tables(self) -> tuple[Table, ...]:
        """The worst error of each element, the trials, and where it breaks."""
        numbers = [plural(value, name.removesuffix("s")) for name, value in self.facts if isinstance(value, int)]
        title = f"{shown(self.subject, 200)}: {', '.join([self.symmetry, *numbers, self.verdict])}"
        rows = [
            (shown(row.what, LONGEST_ELEMENT), f"{row.error:.1e}", str(row.trial), "ok" if row.ok else "BREAKS")
            for row in self.rows
        ]
        notes = [f"trial {number}: {words}" for number, words in enumerate(self.trials, 1)]
        if not rows and self.deterministic:
            notes.append("no axis of two values or more is moved: nothing to try")
        first, *others = self.fault.lines() if self.fault is not None else ("",)
        notes += [first, *(f"  {one}" for one in others)] if first else []
        notes += [f"- {note}" for note in self.notes]
        return (Table(title, ("element", "error", "trial", ""), tuple(rows), tuple(notes), code=("element",)),)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values; an error that is no number is None."""
        return {
            "module": self.subject,
            "signature": str(self.signature),
            "depends": list(self.signature.dependencies),
            "axes": self.signature.named_groups,
            "sizes": dict(self.signature.sizes),
            "ok": self.ok,
            "deterministic": self.deterministic,
            "tolerance": self.tolerance,
            "errors": {axes: _number(error) for axes, error in self.errors.items()},
            "rows": [row.to_dict() for row in self.rows],
            "trials": list(self.trials),
            "fault": None if self.fault is None else asdict(self.fault),
            "notes": list(self.notes),
            **dict(self.facts),
        }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
