"""Reading a term from its einsum string, with an error of its own for each mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symshare.core.notation.signature import Signature, Tensor
from symshare.errors import NotationError, plural

__all__ = ["read_einsum"]

Indices = tuple[int, ...]

Read = tuple[int, Indices, Indices, tuple[Indices, ...], Indices, tuple[Indices, ...]]
"""Output, factors, output indices, factor indices, output latents, factor latents: the fields of a term in their order."""

_TOKEN = re.compile(r"[A-Za-z]|[0-9]|\([0-9]+\)")


def read_einsum(signature: Signature, text: str, factors: Sequence[int] | None, output: int | None) -> Read:
    """The output tensor, the input tensors, and the indices and the latent values that a text puts on both."""
    if not isinstance(text, str):
        raise NotationError(repr(text), 0, "is not a text", "write a term as 'ab,cb->ac'")
    if factors is not None and not isinstance(factors, Sequence):
        raise NotationError(text, 0, f"is given factors={factors!r}", "list the input of each factor: factors=(0, 1)")
    left, arrow, right = text.partition("->")
    if not arrow or "->" in right:
        raise NotationError(text, 0, "does not have one arrow", "write a term as 'ab,cb->ac'")
    pieces = [] if not left and not factors else left.split(",")
    if factors is not None and len(factors) != len(pieces):
        cure = f"give as many numbers as the term has factors: {len(pieces)}"
        raise NotationError(text, 0, f"has {plural(len(pieces), 'factor')}, not {len(factors)}", cure)
    reader = _Reader(signature, text)
    read = []
    position = 0
    for place, written in enumerate(pieces):
        piece = "" if written == "()" else written
        chosen = reader.choose(piece, position, signature.inputs, None if factors is None else factors[place])
        read.append((chosen, *reader.read(piece, position, signature.inputs[chosen])))
        position += len(written) + 1
    start = len(left) + 2
    target = reader.choose(right, start, signature.outputs, output)
    indices, latents = reader.read(right, start, signature.outputs[target])
    return (
        *(target, tuple(chosen for chosen, _, _ in read), indices),
        *(tuple(one for _, one, _ in read), latents, tuple(one for _, _, one in read)),
    )


class _Reader:
    """Names met so far while a term is read, with the axis and the parent index of each."""

    def __init__(self, signature: Signature, text: str) -> None:
        self.signature, self.text = signature, text
        self.numbers: dict[str, int] = {}
        self.places: dict[int, tuple[str, int]] = {}

    def choose(self, piece: str, position: int, tensors: Sequence[Tensor], given: int | None) -> int:
        length = len(_TOKEN.findall(piece))
        fitting = [number for number, tensor in enumerate(tensors) if len(tensor.axes) == length]
        known = ",".join(map(str, tensors))
        if given is not None and given not in fitting:
            raise self._error(position, f"has {piece!r}, which is not tensor {given} of {known!r}", "match its axes")
        if not fitting:
            raise self._error(
                position, f"has {piece!r} with {plural(length, 'axis', 'axes')}", f"the signature has {known!r}"
            )
        if given is None and len(fitting) > 1:
            raise self._error(
                position,
                f"has {piece!r}, which may be any of {known!r}",
                "say which, from 0: factors=(0, ..), output=0 (--factors 0,1 --output 0)",
            )
        return fitting[0] if given is None else given

    def read(self, piece: str, position: int, tensor: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The indices and the latent values that a piece puts on a tensor."""
        slots = self.signature.slots(tensor)
        sized = self.signature.sized_latents(tensor)
        names: list[tuple[str, int]] = []
        values: list[int] = []
        end = 0
        for axis, token in zip(tensor.axes, _TOKEN.finditer(piece), strict=True):
            place = position + token.start()
            if token.start() != end:
                raise self._error(position + end, f"has {piece[end]!r} in it", "write letters, ',' and '->' only")
            end = token.end()
            written = token.group()
            if axis.islower():
                if not written.isalpha():
                    raise self._error(place, f"has {written!r} where axis {axis!r} is", "write a letter")
                names.append((written, place))
            elif axis in sized:
                values.append(self._value(axis, written, place))
            elif written != axis:
                raise self._error(place, f"has {written!r} where the latent axis {axis!r} is", f"write {axis!r}")
        if end != len(piece):
            raise self._error(position + end, f"has {piece[end]!r} in it", "write letters, ',' and '->' only")
        for name, _ in names:
            self.numbers.setdefault(name, len(self.numbers))
        indices = tuple(self.numbers[name] for name, _ in names)
        for slot, (name, place), index in zip(slots, names, indices, strict=True):
            parent = indices[slot.parent] if slot.parent >= 0 else -1
            first = self.places.setdefault(index, (slot.letter, parent))
            if first[0] != slot.letter:
                cure = "an index runs over one axis: use another letter for one of the two"
                raise self._error(place, f"has {name!r} on the axes {first[0]!r} and {slot.letter!r}", cure)
            if first[1] != parent:
                above = self.signature.parent(slot.letter)
                cure = f"with '{above}->{slot.letter}' an index of {slot.letter!r} belongs to one index of {above!r}"
                raise self._error(place, f"has {name!r} under two indices of {above!r}", cure)
        return indices, tuple(values)

    def _value(self, axis: str, written: str, place: int) -> int:
        size = self.signature.size(axis) or 0
        if written.isalpha() or int(written.strip("()")[:9]) >= size:
            cure = f"write one of its values, 0 to {size - 1}"
            raise self._error(place, f"has {written!r} where the latent axis {axis!r} is", cure)
        return int(written.strip("()"))

    def _error(self, position: int, problem: str, cure: str) -> NotationError:
        return NotationError(self.text, min(position, max(0, len(self.text) - 1)), problem, cure)
