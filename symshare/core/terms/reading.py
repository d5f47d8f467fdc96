"""Reading a term from its text, with an error of its own for each mistake."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from symshare.core.notation.forest import Slot
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.pieces import legs_of, parted, pieces, tokens
from symshare.errors import NotationError, plural

__all__ = ["MOST_CHOICES", "Bracket", "Written", "ambiguous", "latents_fit", "listed", "readings"]

Indices = tuple[int, ...]

_CHARACTERS = "write letters, ',' and '->' only"
_SPACES = "write words one space apart in parentheses, ',' and '->'"
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

    `ties` has the slots of cyclic axes by the name that stands on them: for each its index, and how far around it is.
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
    cyclic: Collection[str] = (),
    most: int = MOST_CHOICES,
) -> list[Written]:
    """Every way to read a text: its factors and its output may be several tensors of the signature, in so many ways at most.

    `factors` and `output` number the tensors, where they are given; a tensor may have its name in the text (`W:ab`). On the
    axes `cyclic` indices may be written with offsets, `t+2`.
    """
    if not isinstance(text, str):
        raise NotationError(repr(text), 0, "is not a text", "write a term as 'ab,cb->ac'")
    if factors is not None and not isinstance(factors, Sequence):
        raise NotationError(text, 0, f"is given factors={factors!r}", "list the input of each factor: factors=(0, 1)")
    left, arrow, right = text.partition("->")
    if not arrow or "->" in right:
        example = "(hidden in)->(hidden in2)" if signature.words else "ab,cb->ac"
        raise NotationError(text, 0, "does not have one arrow", f"write a term as '{example}'")
    inside, brackets = pieces(left, factors)
    if factors is not None and len(factors) != len(inside):
        cure = f"give as many numbers as the term has factors: {len(inside)}"
        raise NotationError(text, 0, f"has {plural(len(inside), 'factor')}, not {len(factors)}", cure)
    sides = [
        (*piece, signature.inputs, None if factors is None else factors[place]) for place, piece in enumerate(inside)
    ]
    sides.append((right, len(left) + 2, signature.outputs, output))
    choices = [_fitting(signature, text, *side) for side in sides]
    if prod(map(len, choices)) > most:
        place = next(place for place, choice in enumerate(choices) if len(choice) > 1)
        raise ambiguous(text, *sides[place][:3], words=signature.words)
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


def ambiguous(text: str, piece: str, position: int, tensors: Sequence[Tensor], *, words: bool) -> NotationError:
    """The error for a piece of a text that may be several tensors."""
    cure = "say which, from 0: factors=(0, ..), output=0 (--factors 0,1 --output 0)"
    named = next((tensor.name for tensor in tensors if tensor.name), None)
    if named is not None:
        cure = f"name it, '{named}:{piece}', or {cure}"
    return _error(text, position, f"has {piece!r}, which may be any of {listed(tensors, words)!r}", cure)


def listed(tensors: Sequence[Tensor], words: bool) -> str:
    """Tensors beside each other, as a signature has them."""
    return ",".join([tensor.written(words) for tensor in tensors])


def _error(text: str, position: int, problem: str, cure: str) -> NotationError:
    return NotationError(text, min(position, max(0, len(text) - 1)), problem, cure)


def _stray(text: str, piece: str, position: int, stray: int) -> NotationError:
    """The error for what is no index of a piece."""
    cure = _SPACES if "(" in piece else _CHARACTERS
    return _error(text, position + stray, f"has {piece[stray : stray + 1]!r} in it", cure)


def _number(digits: str) -> int:
    """A number of any length, cut where it is far beyond every size."""
    return int(digits.lstrip("0")[:9] or 0)


def _fitting(
    signature: Signature, text: str, written: str, position: int, tensors: Sequence[Tensor], given: int | None
) -> list[int]:
    """The tensors that a piece may be: by its name, else by the number of its axes, of several those whose latent axes fit."""
    name, piece, start = parted(written, position)
    found, stray = tokens(piece)
    given_axes = [token for token, _ in found]
    known = listed(tensors, signature.words)
    if name and name not in [tensor.name for tensor in tensors]:
        raise _error(text, position, f"has the name {name!r}", f"the signature has {known!r}")
    fitting = [
        number
        for number, tensor in enumerate(tensors)
        if len(tensor.axes) == len(given_axes) and name in ("", tensor.name)
    ]
    if given is not None and given not in fitting:
        raise _error(text, position, f"has {written!r}, which is not tensor {given} of {known!r}", "match its axes")
    if not fitting and stray >= 0:
        raise _stray(text, piece, start, stray)
    if not fitting:
        problem = f"has {written!r} with {plural(len(given_axes), 'axis', 'axes')}"
        raise _error(text, position, problem, f"the signature has {known!r}")
    if given is not None:
        return [given]
    alike = [number for number in fitting if latents_fit(signature, tensors[number], given_axes)]
    return alike if len(fitting) > 1 and alike else fitting


def latents_fit(signature: Signature, tensor: Tensor, written: Sequence[str]) -> bool:
    """Whether what is written on latent axes fits them, and indices that are words are named after their axes."""
    sized = signature.sized_latents(tensor)
    indexed = tensor.set_axes
    for axis, token in zip(tensor.axes, written, strict=True):
        if axis in indexed:
            fits = token[0].isalpha() and (not signature.words or _named_after(token, signature.base(axis)))
        elif axis in sized:
            fits = not token[0].isalpha()
        else:
            fits = token == axis
        if not fits:
            return False
    return True


def _named_after(token: str, axis: str) -> bool:
    rest = token.partition("+")[0].removeprefix(axis)
    return token.startswith(axis) and (not rest or rest.removeprefix("_").isdigit())


class _Reader:
    """Names met so far while a term is read, with the axis and the parent index of each."""

    def __init__(self, signature: Signature, text: str, cyclic: Collection[str]) -> None:
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
        written_axes, stray = tokens(piece)
        if stray >= 0:
            raise _stray(self.text, piece, position, stray)
        indexed = tensor.set_axes
        for axis, (written, start) in zip(tensor.axes, written_axes, strict=True):
            place = position + start
            if axis in indexed:
                if not written[0].isalpha():
                    raise self._error(place, f"has {written!r} where axis {axis!r} is", "write a letter")
                names.append((written, place))
            elif axis in sized:
                values.append(self._value(axis, written, place))
            elif written != axis:
                raise self._error(place, f"has {written!r} where the latent axis {axis!r} is", f"write {axis!r}")
        return self._indices(names, self.signature.slots_at(tensor, tuple(values))), tuple(values)

    def _indices(self, names: Sequence[tuple[str, int]], slots: Sequence[Slot]) -> Indices:
        indices = [self._index(slot.axis, written, place) for slot, (written, place) in zip(slots, names, strict=True)]
        for slot, (written, place) in zip(slots, names, strict=True):
            axis, name = self.signature.base(slot.axis), written.partition("+")[0]
            parent = indices[slot.parent] if slot.parent >= 0 else slot.parent
            first = self.axes.setdefault(name, (axis, parent))
            if first[0] != axis:
                cure = "an index runs over one axis: use another name for one of the two"
                raise self._error(place, f"has {name!r} on the axes {first[0]!r} and {slot.axis!r}", cure)
            if first[1] != parent:
                above = self.signature.parent(slot.axis) or ""
                one, two = ("value", "values") if above in self.signature.latent_axes else ("index", "indices")
                cure = f"with '{above}->{slot.axis}' an index of {slot.axis!r} belongs to one {one} of {above!r}"
                raise self._error(place, f"has {name!r} under two {two} of {above!r}", cure)
        return tuple(indices)

    def _index(self, axis: str, written: str, place: int) -> int:
        """The number of the index on a slot; each slot of a cyclic axis has its own, tied to others by its name."""
        name, _, distance = written.partition("+")
        if axis not in self.cyclic:
            if distance:
                cure = f"offsets are for axes under C(n): write {name!r}"
                problem = f"has {written!r} on the axis {axis!r}, which is not cyclic"
                raise self._error(place + len(name), problem, cure)
            number = self.numbers.setdefault(name, len(self.places))
        else:
            size = self.signature.size(axis) or 0
            if _number(distance) >= size:
                problem = f"has {written!r} on the axis {axis!r} of {plural(size, 'place')}"
                raise self._error(place + len(name), problem, f"write an offset below {size}")
            number = len(self.places)
            self.ties.setdefault(name, []).append((number, _number(distance)))
        if number == len(self.places):
            self.places.append(place)
        return number

    def bracket(self, written: str, position: int) -> Bracket:
        """A constant tensor, with the indices on its legs."""
        found = legs_of(written)
        if found is None:
            cure = "write its indices, after its name if it has one: '[rst]', '[T1 rs]'"
            raise self._error(position, f"has {written!r}, which is no constant tensor", cure)
        name, legs = found
        for leg, start in legs:
            if leg not in self.numbers:
                cure = "the indices of a constant tensor stand on factors or on the output, without offsets"
                raise self._error(position + start, f"has the index {leg!r} in brackets only", cure)
            if start > next(first for other, first in legs if other == leg):
                cure = "give each leg an index of its own"
                raise self._error(position + start, f"has the index {leg!r} twice in brackets", cure)
        return Bracket(name, tuple(self.numbers[leg] for leg, _ in legs), position)

    def _value(self, axis: str, written: str, place: int) -> int:
        size = self.signature.size(axis) or 0
        value = size if written[0].isalpha() else _number(written.strip("()"))
        if value >= size:
            cure = f"write one of its values, 0 to {size - 1}"
            raise self._error(place, f"has {written!r} where the latent axis {axis!r} is", cure)
        return value

    def _error(self, position: int, problem: str, cure: str) -> NotationError:
        return _error(self.text, position, problem, cure)
