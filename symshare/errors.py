"""The errors a user can meet: what was written, where it is wrong, what to write instead."""

from __future__ import annotations

import math
import os
import re
from itertools import accumulate

__all__ = [
    "CheckError",
    "ExperimentError",
    "LayerFileError",
    "NotationError",
    "PlanError",
    "SpecError",
    "SymshareError",
    "TooLargeError",
    "UnknownCharactersError",
    "amount",
    "plural",
    "shown",
]

_LONGEST_LINE = 300
"""Characters of a line of a message: longer texts from outside are cut."""

# Printable to Python and invisible all the same: joiners, fillers, variation selectors, the blank of braille.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def shown(text: object, limit: int | None = None) -> str:
    r"""A text from outside as it may be printed: what cannot be seen is escaped, what is over the limit is cut.

    Nothing in it moves the cursor, ends the line, changes the direction of writing or hides: control characters,
    bidirectional marks, characters of no width, separators of lines and surrogates become `\x1b`, `\u202e`. By default
    a path has up to 200 characters, another text 80.

    >>> print(shown("a\x1b[31m\nb"), shown("x" * 100, limit=10))
    a\x1b[31m\nb xxxxxxx...
    """
    given = str(text)
    limit = limit or (200 if isinstance(text, os.PathLike) else 80)
    if len(given) <= limit and given.isprintable() and not _UNSEEN.search(given):
        return given
    pieces = [_escaped(character) for character in given[: limit + 1]]
    ends = list(accumulate(map(len, pieces)))
    if ends[-1] <= limit:
        return "".join(pieces)
    return "".join(piece for piece, end in zip(pieces, ends, strict=True) if end <= limit - 3) + "..."


def amount(number: int) -> str:
    """A number as it may be printed: in full up to twenty digits, else its power of ten.

    >>> amount(1234567), amount(3 * 10**157)
    ('1,234,567', 'about 10^157')
    """
    return f"{number:,}" if abs(number) < 10**20 else f"about 10^{math.floor(math.log10(abs(number)))}"


def plural(number: int, noun: str, nouns: str = "") -> str:
    """A number of things.

    >>> plural(1, "term"), plural(2000, "term"), plural(2, "axis", "axes")
    ('1 term', '2,000 terms', '2 axes')
    """
    return f"{amount(number)} {noun if number == 1 else nouns or noun + 's'}"


class SymshareError(ValueError):
    """The parent of every error that symshare raises for something a user can mend.

    Its lines show what came from outside escaped, whoever wrote the message, and are cut where they are very long.
    """

    def __init__(self, message: str) -> None:
        super().__init__("\n".join(shown(line, _LONGEST_LINE) for line in message.split("\n")))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in the place of a traceback: the lines that the command line shows."""
        return f"{type(self).__name__}: {self}".split("\n")


class NotationError(SymshareError):
    """A symmetry, a term, a size or an order that cannot be read.

    `text` is what was written, `position` the index in it of the first wrong character, `problem` one clause that
    says what is wrong, and `cure` what to write instead.

    >>> print(NotationError("a bH", 1, "has a space in it", "write the axes of one tensor together: 'abH'"))
    'a bH' has a space in it
      a bH
       ^  write the axes of one tensor together: 'abH'
    """

    def __init__(self, text: str, position: int, problem: str, cure: str) -> None:
        self.text = text
        self.position = position
        self.problem = problem
        self.cure = cure
        mark = '"' if "'" in text and '"' not in text else "'"
        said, cure = f"{mark}{shown(text)}{mark} {shown(problem, _LONGEST_LINE)}", shown(cure, _LONGEST_LINE)
        if not text:
            super().__init__(f"{said}\n  {cure}")
            return
        start, column = _window(text, position)
        super().__init__(f"{said}\n  {shown(text[start : start + 80])}\n  {' ' * column}^  {cure}")

    def __reduce__(self) -> tuple[type[NotationError], tuple[str, int, str, str]]:
        return type(self), (self.text, self.position, self.problem, self.cure)


class TooLargeError(SymshareError):
    """A request whose answer would be too long to compute or hold; the message carries the number."""


class LayerFileError(SymshareError):
    """A layer file that is missing, broken, or not one that symshare writes."""


class CheckError(SymshareError):
    """A module that cannot be checked: it does not load, does not run, or gives other outputs than its symmetry says."""


class ExperimentError(SymshareError):
    """An experiment that cannot start, go on, or be continued."""


class PlanError(SymshareError):
    """A plan whose steps do not fit together; the message has the step and what is wrong with it."""


class SpecError(SymshareError):
    """A module whose weights' symmetry is not found, or a spec, a state or an element that do not fit each other."""


class UnknownCharactersError(SymshareError):
    """A count that is not known from characters; the null space of the equations gives it."""


def _escaped(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    return character.encode("unicode_escape").decode("ascii")


def _window(text: str, position: int) -> tuple[int, int]:
    """Where to begin so that a position stands in sight, and its column from there."""
    start = min(position, len(text))
    column = position - start
    while start and column + len(before := _escaped(text[start - 1])) <= 40:
        start, column = start - 1, column + len(before)
    return start, column
