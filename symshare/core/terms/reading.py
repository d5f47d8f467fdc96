"""Reading a term from its text, with an error of its own for each mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from symshare.core.notation.forest import Slot
from symshare.core.notation.signature import Signature, Tensor
from symshare.errors import NotationError, plural

__all__ = ["TOKEN", "Bracket", "Written", "ambiguous", "indices_of", "latents_fit", "parted", "pieces_of", "readings"]

Indices = tuple[int, ...]

TOKEN = re.compile(r"[A-Za-z](?:\+[0-9]+)?|[0-9]|\([0-9]+\)")
_BRACKET = re.compile(r"\[(?:(\w+) )?([A-Za-z]+)\]")
_CHARACTERS = "write letters, ',' and '->' only"
_BESIDE = re.compile(r"\w+:|\[[^\]]*\],|,?\[[^\]]*\]")
MOST_CHOICES = 1_000


@dataclass(frozen=True, slots=True)
class Bracket:
    """A constant tensor in a text: its name, if it has one there, the indices in its brackets, and where it begins."""

    name: str
    legs: Indices
    position: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says of a term; indices are numbered by first appearance, factors first.

    `ties` has the slots of cyclic axes by the letter that stands on them: for each its index, and how far around it is.
    `places` says where in the text each index stands first.
    """

    output: int
    factors: Indices
    output_indices: Indices
    factor_indices: tuple[Indices, ...]
    output_latents: Indices
    factor_latents: tuple[Indices, ...]
    ties: tuple[tuple[tuple[int, int], ...], ...]
    brackets: tuple[Bracket, ...]
    places: Indices


def readings(
    signature: Signature,
    text: str,
    factors: Sequence[int] | None,
    output: int | None,
    cyclic: str = "",
    most: int = MOST_CHOICES,
) -> list[Written]:
    """Every way to read a text: its factors and its output may be several tensors of the signature, in so many ways at most.

    `factors` and `output` number the tensors, where they are given; a tensor may have its name in the text (`W:ab`). On the
    letters `cyclic` indices may be written with offsets, `t+2`.
    """
    if not isinstance(text, str):
        raise NotationError(repr(text), 0, "is not a text", "write a term as 'ab,cb->ac'")
    if factors is not None and not isinstance(factors, Sequence):
        raise NotationError(text, 0, f"is given factors={factors!r}", "list the input of each factor: factors=(0, 1)")
    left, arrow, right = text.partition("->")
    if not arrow or "->" in right:
        raise NotationError(text, 0, "does not have one arrow", "write a term as 'ab,cb->ac'")
    pieces, brackets = pieces_of(left, factors)
    if factors is not None and len(factors) != len(pieces):
        cure = f"give as many numbers as the term has factors: {len(pieces)}"
        raise NotationError(text, 0, f"has {plural(len(pieces), 'factor')}, not {len(factors)}", cure)
    sides = [
        (*piece, signature.inputs, None if factors is None else factors[place]) for place, piece in enumerate(pieces)
    ]
    sides.append((right, len(left) + 2, signature.outputs, output))
    choices = [_fitting(signature, text, *side) for side in sides]
    if prod(map(len, choices)) > most:
        place = next(place for place, choice in enumerate(choices) if len(choice) > 1)
        raise ambiguous(text, *sides[place][:3])
    found: list[Written] = []
    errors: list[NotationError] = []
    for chosen in product(*choices):
        try:
            found.append(_Reader(signature, text, cyclic).read(sides, chosen, brackets))
        except NotationError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def ambiguous(text: str, piece: str, position: int, tensors: Sequence[Tensor]) -> NotationError:
    """The error for a piece of a text that may be several tensors."""
    cure = "say which, from 0: factors=(0, ..), output=0 (--factors 0,1 --output 0)"
    named = next((tensor.name for tensor in tensors if tensor.name), None)
    if named is not None:
        cure = f"name it, '{named}:{piece}', or {cure}"
    return _error(text, position, f"has {piece!r}, which may be any of {','.join(map(str, tensors))!r}", cure)


def indices_of(text: str) -> str:
    """A text without names of tensors and constants in brackets.

    >>> indices_of("W:ab,[rst],v:b->W:a"), indices_of("r,[T1 rs]->s"), indices_of("[at0 r]->r")
    ('ab,b->a', 'r->s', '->r')
    """
    return _BESIDE.sub("", text)


def pieces_of(left: str, factors: Sequence[int] | None) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The factors and the constant tensors of the left side, each with where it begins."""
    found: list[tuple[str, int]] = []
    position = 0
    for piece in [] if not left and not factors else left.split(","):
        found.append((piece, position))
        position += len(piece) + 1
    return [one for one in found if one[0][:1] != "["], [one for one in found if one[0][:1] == "["]


def _error(text: str, position: int, problem: str, cure: str) -> NotationError:
    return NotationError(text, min(position, max(0, len(text) - 1)), problem, cure)


def _number(digits: str) -> int:
    """A number of any length, cut where it is far beyond every size."""
    return int(digits.lstrip("0")[:9] or 0)


def parted(piece: str, position: int) -> tuple[str, str, int]:
    """The name and the axes of a piece, and where the axes begin."""
    name, colon, axes = piece.rpartition(":")
    return name, "" if axes == "()" else axes, position + len(name) + len(colon)


def _fitting(
    signature: Signature, text: str, written: str, position: int, tensors: Sequence[Tensor], given: int | None
) -> list[int]:
    """The tensors that a piece may be: by its name, else by the number of its axes, of several those whose latent axes fit."""
    name, piece, _ = parted(written, position)
    tokens = TOKEN.findall(piece)
    known = ",".join(map(str, tensors))
    if name and name not in [tensor.name for tensor in tensors]:
        raise _error(text, position, f"has the name {name!r}", f"the signature has {known!r}")
    fitting = [
        number for number, tensor in enumerate(tensors) if len(tensor.axes) == len(tokens) and name in ("", tensor.name)
    ]
    if given is not None and given not in fitting:
        raise _error(text, position, f"has {written!r}, which is not tensor {given} of {known!r}", "match its axes")
    if not fitting:
        problem = f"has {written!r} with {plural(len(tokens), 'axis', 'axes')}"
        raise _error(text, position, problem, f"the signature has {known!r}")
    if given is not None:
        return [given]
    alike = [number for number in fitting if latents_fit(signature, tensors[number], tokens)]
    return alike if len(fitting) > 1 and alike else fitting


def latents_fit(signature: Signature, tensor: Tensor, tokens: Sequence[str]) -> bool:
    """Whether a piece has the latent axes of a tensor with as many axes, and letters on its other axes."""
    sized = signature.sized_latents(tensor)
    for axis, token in zip(tensor.axes, tokens, strict=True):
        moved = axis in tensor.set_axes
        if not moved and not (token == axis if axis not in sized else not token[0].isalpha()):
            return False
        if moved and not token[0].isalpha():
            return False
    return True


class _Reader:
    """Names met so far while a term is read, with the axis and the parent index of each."""

    def __init__(self, signature: Signature, text: str, cyclic: str) -> None:
        self.signature, self.text, self.cyclic = signature, text, cyclic
        self.numbers: dict[str, int] = {}
        self.axes: dict[str, tuple[str, int]] = {}
        self.places: list[int] = []
        self.ties: dict[str, list[tuple[int, int]]] = {}

    def read(
        self,
        sides: Sequence[tuple[str, int, Sequence[Tensor], int | None]],
        chosen: Sequence[int],
        brackets: Sequence[tuple[str, int]],
    ) -> Written:
        """The term whose factors and output are the chosen tensors."""
        read = []
        for (written, position, tensors, _), number in zip(sides, chosen, strict=True):
            _, piece, start = parted(written, position)
            read.append(self.tensor(piece, start, tensors[number]))
        *inner, outer = read
        return Written(
            *(chosen[-1], tuple(chosen[:-1]), outer[0], tuple(indices for indices, _ in inner), outer[1]),
            tuple(latents for _, latents in inner),
            tuple(map(tuple, self.ties.values())),
            tuple(self.bracket(*one) for one in brackets),
            tuple(self.places),
        )

    def tensor(self, piece: str, position: int, tensor: Tensor) -> tuple[Indices, Indices]:
        """The indices and the latent values that a piece puts on a tensor."""
        sized = self.signature.sized_latents(tensor)
        names: list[tuple[str, int]] = []
        values: list[int] = []
        end = 0
        for axis, token in zip(tensor.axes, TOKEN.finditer(piece), strict=True):
            place = position + token.start()
            if token.start() != end:
                raise self._error(position + end, f"has {piece[end]!r} in it", _CHARACTERS)
            end = token.end()
            written = token.group()
            if axis in tensor.set_axes:
                if not written[0].isalpha():
                    raise self._error(place, f"has {written!r} where axis {axis!r} is", "write a letter")
                names.append((written, place))
            elif axis in sized:
                values.append(self._value(axis, written, place))
            elif written != axis:
                raise self._error(place, f"has {written!r} where the latent axis {axis!r} is", f"write {axis!r}")
        if end != len(piece):
            raise self._error(position + end, f"has {piece[end]!r} in it", _CHARACTERS)
        return self._indices(names, self.signature.slots_at(tensor, tuple(values))), tuple(values)

    def _indices(self, names: Sequence[tuple[str, int]], slots: Sequence[Slot]) -> Indices:
        indices = [
            self._index(slot.letter, written, place) for slot, (written, place) in zip(slots, names, strict=True)
        ]
        for slot, (written, place) in zip(slots, names, strict=True):
            letter = self.signature.base(slot.letter)
            parent = indices[slot.parent] if slot.parent >= 0 else slot.parent
            first = self.axes.setdefault(written[0], (letter, parent))
            if first[0] != letter:
                cure = "an index runs over one axis: use another letter for one of the two"
                raise self._error(place, f"has {written[0]!r} on the axes {first[0]!r} and {slot.letter!r}", cure)
            if first[1] != parent:
                above = self.signature.parent(slot.letter)
                one, two = ("value", "values") if above in tuple(self.signature.latents) else ("index", "indices")
                cure = f"with '{above}->{slot.letter}' an index of {slot.letter!r} belongs to one {one} of {above!r}"
                raise self._error(place, f"has {written[0]!r} under two {two} of {above!r}", cure)
        return tuple(indices)

    def _index(self, letter: str, written: str, place: int) -> int:
        """The number of the index on a slot; each slot of a cyclic axis has its own, tied to others by its letter."""
        name, _, distance = written.partition("+")
        if letter not in self.cyclic:
            if distance:
                cure = f"offsets are for axes under C(n): write {name!r}"
                raise self._error(place + 1, f"has {written!r} on the axis {letter!r}, which is not cyclic", cure)
            number = self.numbers.setdefault(name, len(self.places))
        else:
            size = self.signature.size(letter) or 0
            if _number(distance) >= size:
                problem = f"has {written!r} on the axis {letter!r} of {plural(size, 'place')}"
                raise self._error(place + 1, problem, f"write an offset below {size}")
            number = len(self.places)
            self.ties.setdefault(name, []).append((number, _number(distance)))
        if number == len(self.places):
            self.places.append(place)
        return number

    def bracket(self, written: str, position: int) -> Bracket:
        """A constant tensor, with the indices on its legs."""
        found = _BRACKET.fullmatch(written)
        if found is None:
            cure = "write its indices, after its name if it has one: '[rst]', '[T1 rs]'"
            raise self._error(position, f"has {written!r}, which is no constant tensor", cure)
        start = position + found.start(2)
        for place, leg in enumerate(found[2], start):
            if leg not in self.numbers:
                cure = "the indices of a constant tensor stand on factors or on the output, without offsets"
                raise self._error(place, f"has the index {leg!r} in brackets only", cure)
            if place - start > found[2].index(leg):
                raise self._error(
                    place, f"has the index {leg!r} twice in brackets", "give each leg an index of its own"
                )
        return Bracket(found[1] or "", tuple(self.numbers[leg] for leg in found[2]), position)

    def _value(self, axis: str, written: str, place: int) -> int:
        size = self.signature.size(axis) or 0
        value = size if written[0].isalpha() else _number(written.strip("()"))
        if value >= size:
            cure = f"write one of its values, 0 to {size - 1}"
            raise self._error(place, f"has {written!r} where the latent axis {axis!r} is", cure)
        return value

    def _error(self, position: int, problem: str, cure: str) -> NotationError:
        return _error(self.text, position, problem, cure)
