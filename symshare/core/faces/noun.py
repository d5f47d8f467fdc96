"""What every noun shows: a line, tables, HTML in a notebook, JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from symshare.core.faces.table import Table
from symshare.errors import shown

if TYPE_CHECKING:
    from rich.console import Group

__all__ = ["JSON_SCHEMA", "Noun", "brief"]

JSON_SCHEMA = 1
"""The version of the forms that `to_dict` and `to_json` write."""

LONGEST_LINE = 99
"""Characters of a `repr`; chosen, not measured."""

LEAST_PART = 10
"""Characters that are kept of a long part of a `repr`."""


class Noun(ABC):
    """A value that shows itself: `repr` is one line, `print` its tables, a notebook has these as HTML, programs take `to_json`.

    A noun says what its tables are and what it is as plain values (numbers that are no integers as texts, `"1/2"`, but for
    floats); the rest is here. Notation that stands in other texts (a signature, a term, a group) prints as its text, and
    its tables are what a notebook shows.
    """

    __slots__ = ()

    @abstractmethod
    def tables(self) -> tuple[Table, ...]:
        """What `print` and a notebook show."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The noun as plain values; `to_json` writes the same."""

    def to_json(self) -> str:
        """The noun as JSON text, with the version of the form as `schema`."""
        import json

        return json.dumps({"schema": JSON_SCHEMA} | self.to_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        return _text(self.tables())

    def _repr_html_(self) -> str:
        return "".join(one.html() for one in self.tables())

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """For notebooks: the tables as HTML, and as text where HTML is not shown."""
        tables = self.tables()
        found = {"text/plain": _text(tables), "text/html": "".join(one.html() for one in tables)}
        return {
            kind: text
            for kind, text in found.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }

    def __rich__(self) -> Group:
        from rich.console import Group

        return Group(*self.tables())


def _text(tables: tuple[Table, ...]) -> str:
    return "\n\n".join(map(str, tables))


def brief(name: str, *parts: str) -> str:
    """One line for a `repr`, under 100 characters: of parts that are too long the beginnings.

    >>> brief("Basis", "'abH'", "order=1")
    "Basis('abH', order=1)"
    >>> len(brief("Basis", "x" * 500, "y" * 50))
    99
    """
    texts = [shown(part, 1_000) for part in parts if part]
    line = f"{name}({', '.join(texts)})"
    while len(line) > LONGEST_LINE:
        place = max(range(len(texts)), key=lambda at: len(texts[at]))
        if len(texts[place]) <= LEAST_PART:
            return line[: LONGEST_LINE - 3] + "..)"
        kept = max(LEAST_PART, len(texts[place]) - len(line) + LONGEST_LINE) - 2
        texts[place] = texts[place][:kept] + ".."
        line = f"{name}({', '.join(texts)})"
    return line
