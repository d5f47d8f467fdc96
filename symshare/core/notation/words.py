"""Reading a signature whose axes are words in parentheses, in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterable
from keyword import iskeyword

from symshare.core.notation.names import is_latent, place_of
from symshare.core.notation.strokes import blank, check_name, check_stroke, on_two_sides
from symshare.core.notation.tensor import Tensor
from symshare.errors import NotationError

__all__ = ["check_word", "read_words"]

_GROUP = re.compile(r"\(([^()]*)\)")
_AXES = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z][A-Za-z0-9_]*)*")
_TENSOR = re.compile(r"(?:([^:()]*):)?(?:\(([^()]*)\))?")
_NEVER = re.compile(r"[^A-Za-z0-9_,:>() -]|-(?!>)|(?<!-)>")
"""What no signature in words has, wherever it stands."""
_NAME = "a name is letters, digits and underscores, and begins with a letter"
_FORM = "write an axis as letters, digits and underscores, a tensor as 'W1:(hidden in)'"


def read_words(text: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], bool]:
    """The inputs and the outputs that a text names, and whether it has an arrow.

    >>> [str(tensor) for tensor in read_words("W1:(hidden in),b1:(hidden)->(in)")[0]]
    ['W1:(hidden in)', 'b1:(hidden)']
    """
    found = _NEVER.search(text)
    if found is not None:
        position = found.start()
        if text[position].isspace():
            cure = "words stand one space apart: '(hidden in)'"
            raise NotationError(text, position, f"has {blank(text[position])} in it", cure)
        check_stroke(text, position, _FORM)
    _check_parentheses(text)
    for group in _GROUP.finditer(text):
        before = re.search("[A-Za-z0-9_]+$", text[max(0, group.start() - 40) : group.start()])
        if before is not None:
            name = f"x{before[0]}" if before[0][0] in "0123456789_" else f"{before[0]}{'_' * iskeyword(before[0])}"
            cure = f"a tensor's name has a colon: '{name}:{group[0]}'; sizes stand beside: sizes={{'a': 3}}"
            raise NotationError(text, group.start(), f"has a bracket in it right after {before[0]!r}", cure)
        if not _AXES.fullmatch(group[1]):
            raise _mistaken(text, group.start(1), group[1])
    left, right = on_two_sides(text)
    inputs = _read_tensors(left, 0, text)
    outputs = inputs if right is None else _read_tensors(right, len(left) + 2, text)
    _check_axes(text, inputs if right is None else (*inputs, *outputs))
    return inputs, outputs, right is not None


def check_word(word: str, text: str, at: int) -> None:
    """Raise NotationError where a word that stands in a text at a place is no name of an axis."""
    if not _AXES.fullmatch(word) or " " in word:
        problem = f"has the axis {word!r}" if word else "has an axis without a name"
        raise NotationError(text, at, problem, f"{_NAME}: 'hidden', 'W1_in'")


def _check_parentheses(text: str) -> None:
    opened = -1
    for found in re.finditer(r"[()]", text):
        position = found.start()
        if found[0] == ")":
            if opened < 0:
                raise NotationError(text, position, "has a ')' without its '('", "write a tensor as '(hidden in)'")
            opened = -1
        elif opened >= 0:
            cure = "close one tensor before the next, '(hidden in),(hidden)'; parentheses are not nested"
            raise NotationError(text, position, "has a '(' within parentheses", cure)
        else:
            opened = position
    if opened >= 0:
        raise NotationError(text, opened, "has a '(' without its ')'", "write a tensor as '(hidden in)'")


def _mistaken(text: str, start: int, inside: str) -> NotationError:
    """The error for what stands in parentheses and is no list of axes."""
    if not inside.strip():
        cure = "a scalar is an empty place, without parentheses: ',(hidden)'; or a name and its colon: 's:'"
        return NotationError(text, start - 1, "has empty parentheses", cure)
    found = re.search("->|[,:]", inside)
    if found is not None:
        kind = {",": "a comma", ":": "a colon"}.get(found[0], "an arrow")
        cure = "axes of one tensor stand one space apart: '(hidden in)'; close its parentheses first"
        return NotationError(text, start + found.start(), f"has {kind} within parentheses", cure)
    found = re.search(r"^ | $|(?<= ) ", inside)
    if found is not None:
        cure = "axes stand one space apart, none beside the parentheses: '(hidden in)'"
        return NotationError(text, start + found.start(), "has a space too many in it", cure)
    place = next(place for place in re.finditer("[^ ]+", inside) if not _AXES.fullmatch(place[0]))
    kind = "a digit" if place[0][0].isdigit() else "an underscore"
    problem = f"has the axis {place[0]!r}, which begins with {kind}"
    return NotationError(text, start + place.start(), problem, f"{_NAME}: 'a{place[0]}'")


def _read_tensors(side: str, offset: int, text: str) -> tuple[Tensor, ...]:
    tensors: list[Tensor] = []
    names: set[str] = set()
    for piece in side.split(","):
        found = _TENSOR.fullmatch(piece)
        if found is None or " " in (found[1] or ""):
            raise _misplaced(text, offset, piece)
        name, axes = found[1], found[2]
        if name is not None:
            check_name(name, f"({axes})" if axes else "", offset, text, names)
        tensors.append(Tensor(tuple(axes.split(" ")) if axes else (), name))
        offset += len(piece) + 1
    return tuple(tensors)


def _misplaced(text: str, offset: int, piece: str) -> NotationError:
    """The error for a piece between commas that is more than a name and a pair of parentheses."""
    opened, closed = piece.find("("), piece.find(")") + 1
    after = piece[closed:] if closed else ""
    if after.strip():
        problem = f"has {after[:20]!r} right after a tensor"
        return NotationError(text, offset + closed, problem, "separate tensors with commas: '(hidden in),(hidden)'")
    outside = [place for place, one in enumerate(piece) if one == " " and not opened < place < closed]
    if outside:
        cure = "remove it: spaces stand between the axes of one tensor only, '(hidden in)'"
        return NotationError(text, offset + outside[0], "has a space in it", cure)
    name, colon, beside = (piece if opened < 0 else piece[:opened]).rpartition(":")
    if ":" in name:
        return NotationError(text, offset + name.index(":"), "has two colons in one tensor", "write 'name:(axes)'")
    cure = "write the axes of all tensors in parentheses, or of none: '(hidden in),(hidden)'"
    place = offset + len(name) + len(colon)
    return NotationError(text, place, f"has {beside!r} without parentheses beside tensors in them", cure)


def _check_axes(text: str, tensors: Iterable[Tensor]) -> None:
    """Refuse latent axes that a tensor has twice, and names that differ in case only (but for single letters)."""
    known: dict[str, str] = {}
    for number, tensor in enumerate(tensors):
        seen = set[str]()
        for place, axis in enumerate(tensor.axes):
            if axis in seen and is_latent(axis):
                cure = f"give each latent axis of a tensor a name of its own: '{axis}2'"
                raise NotationError(text, place_of(text, number, place), f"repeats the latent axis {axis!r}", cure)
            seen.add(axis)
            other = known.setdefault(axis.lower(), axis)
            if other != axis and len(axis) > 1:
                cure = f"an axis has one name, whatever its case: write {other!r} again, or another word"
                raise NotationError(text, place_of(text, number, place), f"has {axis!r} beside {other!r}", cure)
