"""Reading a signature with one letter for each axis, with a separate error for each common mistake."""

from __future__ import annotations

from string import ascii_letters, digits

from symshare.core.notation.names import LONGEST
from symshare.core.notation.strokes import STRAY, blank, check_name, check_stroke, on_two_sides
from symshare.core.notation.tensor import Tensor
from symshare.errors import NotationError

__all__ = ["read_letters"]


def read_letters(text: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], bool]:
    """The inputs and the outputs that a text names, and whether it has an arrow.

    >>> [str(tensor) for tensor in read_letters("W:ab,v:b->a")[0]]
    ['W:ab', 'v:b']
    """
    if len(text) > LONGEST:
        cure = "write one letter per axis; in words a signature may be as long as it is: '(hidden in)'"
        raise NotationError(text, LONGEST, f"is longer than {LONGEST} characters", cure)
    for position, character in enumerate(text):
        if character.isspace():
            near = text[max(0, position - 1) : position + 2]
            cure = "write the axes of one tensor together ('abH'); separate tensors with commas ('a,bH'); words: '(hidden in)'"
            if any(mark in near for mark in ",->:"):
                cure = "remove it: 'ab,b->ab' is written without spaces"
            raise NotationError(text, position, f"has {blank(character)} in it", cure)
        check_stroke(text, position, "an axis is one of the letters a-z (permuted) or A-Z (latent)")
    left, right = on_two_sides(text)
    inputs = _read_tensors(left, 0, text)
    return (inputs, inputs, False) if right is None else (inputs, _read_tensors(right, len(left) + 2, text), True)


def _read_tensors(side: str, offset: int, text: str) -> tuple[Tensor, ...]:
    tensors: list[Tensor] = []
    names: set[str] = set()
    for piece in side.split(","):
        name, colon, axes = piece.rpartition(":")
        if colon:
            check_name(name, axes, offset, text, names)
        tensors.append(Tensor(_read_axes(axes, offset + len(name) + len(colon), text), name if colon else None))
        offset += len(piece) + 1
    return tuple(tensors)


def _read_axes(axes: str, start: int, text: str) -> tuple[str, ...]:
    for position, letter in enumerate(axes, start):
        if letter in digits:
            cure = "an axis is one letter, or a word in parentheses ('(h1 h2)'); sizes stand beside it: sizes={'a': 3}"
            raise NotationError(text, position, "has a digit in it", cure)
        if letter not in ascii_letters:
            raise NotationError(text, position, *STRAY["_"])
        if letter.isupper() and letter in text[start:position]:
            cure = "give each latent axis of a tensor a letter of its own: 'aHK'"
            raise NotationError(text, position, f"repeats the latent axis {letter!r}", cure)
    return tuple(axes)
