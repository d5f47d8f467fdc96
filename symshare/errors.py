"""The errors a user can meet: what was written, where it is wrong, what to write instead."""

from __future__ import annotations

__all__ = [
    "ExperimentError",
    "LayerFileError",
    "NotationError",
    "SymshareError",
    "TooLargeError",
    "UnknownCharactersError",
]


class SymshareError(ValueError):
    """The parent of every error that symshare raises for something a user can mend."""


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
        visible = "".join(character if character.isprintable() else "?" for character in text)
        if not visible:
            super().__init__(f"{text!r} {problem}\n  {cure}")
            return
        start = max(0, position - 40)
        window = visible[start : start + 80]
        shown = repr(text) if len(text) <= 80 else repr(text[:77] + "...")
        super().__init__(f"{shown} {problem}\n  {window}\n  {' ' * (position - start)}^  {cure}")

    def __reduce__(self) -> tuple[type[NotationError], tuple[str, int, str, str]]:
        return type(self), (self.text, self.position, self.problem, self.cure)


class TooLargeError(SymshareError):
    """A request whose answer would be too long to compute or hold; the message carries the number."""


class LayerFileError(SymshareError):
    """A layer file that is missing, broken, or not one that symshare writes."""


class ExperimentError(SymshareError):
    """An experiment that cannot start, go on, or be continued."""


class UnknownCharactersError(SymshareError):
    """A count that is not known from characters; the null space of the equations gives it."""
