"""What a check found out, as a table, as HTML and as JSON."""

from __future__ import annotations

import html
import json
import math
import textwrap
from dataclasses import asdict, dataclass
from typing import Any

from symshare.core.notation.signature import Signature
from symshare.errors import plural, shown

__all__ = ["Fault", "Report", "Row"]

WIDTH = 60
"""The columns of the table."""
CELL = 'style="text-align:left;padding:0 1em 0 0"'


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
    def holds(self) -> bool:
        """Whether the error is rounding; one that is no number is not."""
        return self.error <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """The row as what JSON can hold; an error that is no number is None."""
        numbers = {"error": _number(self.error), "limit": _number(self.limit), "trial": self.trial}
        return {"element": self.what, "axes": self.axes, **numbers, "ok": self.holds}


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


@dataclass(frozen=True, slots=True)
class Report:
    """Whether a module keeps a symmetry, by how much it does not, what it was tried with, and where it breaks first.

    `rows` has one for each generator and each random element, with the worst relative error over the `trials`, which are
    numbered from 1. `print` shows a table.
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
    def holds(self) -> bool:
        """Whether the symmetry is kept, up to rounding."""
        return self.deterministic and all(row.holds for row in self.rows)

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
        """One word or a few."""
        broken = ", ".join(dict.fromkeys(row.axes or row.what for row in self.rows if not row.holds))
        if not self.deterministic:
            return "gives another output each time"
        return f"BREAKS under {broken}" if broken else "holds"

    @property
    def title(self) -> str:
        """What was checked, and whether it holds."""
        one = self.signature
        groups = [*one.dependencies, *(f"{letter}={group}" for letter, group in one.groups)]
        symmetry = str(one) + (f" ({', '.join(groups)})" if groups else "")
        numbers = [plural(value, name.removesuffix("s")) for name, value in self.facts if isinstance(value, int)]
        return f"{shown(self.subject, 200)}: {', '.join([symmetry, *numbers, self.verdict])}"

    def __repr__(self) -> str:
        return f"<Report: {self.title}>"

    def __str__(self) -> str:
        wide = textwrap.TextWrapper(WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        head = wide.wrap(self.title)
        lines = [*head, *self._table(), *_wrapped("trial", self.trials)]
        if self.fault is not None:
            first, *others = self.fault.lines()
            lines += textwrap.wrap(first, WIDTH)
            lines += [
                each
                for one in others
                for each in textwrap.wrap(one, WIDTH, initial_indent="  ", subsequent_indent="    ")
            ]
        return "\n".join([*lines, *_wrapped("", self.notes)])

    def _table(self) -> list[str]:
        if not self.rows:
            return ["  no axis of two values or more is moved: nothing to try"] if self.deterministic else []
        lines = [f"  {'element':{WIDTH - 29}}{'error':>8}  trial"]
        for row in self.rows:
            what = shown(row.what, WIDTH - 30)
            lines.append(f"  {what:{WIDTH - 29}}{row.error:>8.1e}  {row.trial:>5}  {'ok' if row.holds else 'BREAKS'}")
        return lines

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td {CELL}><code>{html.escape(shown(row.what, 200))}</code></td><td {CELL}>{row.error:.1e}</td>"
            f"<td {CELL}>{row.trial}</td><td {CELL}>{'ok' if row.holds else '<b>BREAKS</b>'}</td></tr>"
            for row in self.rows
        )
        head = "".join(f"<th {CELL}>{one}</th>" for one in ("element", "error", "trial", ""))
        caption = f'<caption style="text-align:left">{html.escape(self.title)}</caption>'
        below = [f"trial {n}: {one}" for n, one in enumerate(self.trials, 1)]
        below += self.fault.lines() if self.fault is not None else []
        text = "<br>".join(html.escape(shown(one, 300)) for one in (*below, *self.notes))
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><p>{text}</p>"

    def to_dict(self) -> dict[str, Any]:
        """The report as what JSON can hold; an error that is no number is None."""
        return {
            "schema": 1,
            "module": self.subject,
            "signature": str(self.signature),
            "depends": list(self.signature.dependencies),
            "axes": {letter: str(group) for letter, group in self.signature.groups},
            "sizes": dict(self.signature.sizes),
            "ok": self.holds,
            "deterministic": self.deterministic,
            "tolerance": self.tolerance,
            "errors": {axes: _number(error) for axes, error in self.errors.items()},
            "rows": [row.to_dict() for row in self.rows],
            "trials": list(self.trials),
            "fault": None if self.fault is None else asdict(self.fault),
            "notes": list(self.notes),
            **dict(self.facts),
        }

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _wrapped(word: str, texts: tuple[str, ...]) -> list[str]:
    """Texts as lines, numbered after a word, or after a dash."""
    lines = []
    for number, text in enumerate(texts, 1):
        head = f"{word} {number}: " if word else "- "
        lines += textwrap.wrap(shown(text, 400), WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
    return lines
