"""The ways in which tensors are read and written by linear terms, and the axes on which what is read meets what is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, permutations

from symshare.core.notation.names import is_latent
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor

__all__ = ["Form", "Forms", "Kind", "forms_of"]

MOVED, LATENT = "ijklmnopqrstuvwxyz", "IJKLMNOPQRSTUVWXYZ"
"""Letters for indices within one tensor."""
NAMES, LATENT_NAMES = "abcdefgh", "LMNOPQRS"
"""Letters for the axes of a kind."""


@dataclass(frozen=True, slots=True)
class Form:
    """How one tensor is read or written: the index of each slot, and those that its value has, in the order of the meeting.

    The others are summed over as it is read, and repeated along as it is written.
    """

    slots: str
    kept: str

    def __str__(self) -> str:
        return f"{self.slots}->{self.kept}"

    @property
    def written(self) -> str:
        """The form of a tensor that is written.

        >>> Form("ij", "i").written
        'i->ij'
        """
        return f"{self.kept}->{self.slots}"


@dataclass(frozen=True, slots=True)
class Kind:
    """Tensors that are alike up to the names of their axes: a letter for each, the slot that each depends on (else -1), the
    lengths of latent ones, and their forms."""

    letters: str
    parents: tuple[int, ...]
    lengths: tuple[int, ...]
    forms: tuple[Form, ...]


@dataclass(slots=True)
class Forms:
    """Every linear term of a signature as a form of an input and a form of an output that meet.

    `inputs` and `outputs` have the kind of each tensor, `kinds` the name of each kind on either side.
    """

    inputs: list[Kind] = field(default_factory=list)
    outputs: list[Kind] = field(default_factory=list)
    terms: tuple[int, int] = (0, 0)
    """The number of terms of order 0 and of order 1."""
    plain: bool = True
    """Whether the names of the axes tell meetings apart."""

    def named(self, side: Sequence[Kind]) -> dict[Kind, str]:
        """A name for each kind of one side: its letters, with a number where others have these too."""
        found: dict[Kind, str] = {}
        for kind in side:
            if kind not in found:
                same = sum(one.letters == kind.letters for one in found)
                found[kind] = (kind.letters or "scalar") + (str(same + 1) if same else "")
        return found


Place = tuple[str, int]
"""An index of a meeting: its axis, and the place of the index that it depends on among the others (else -1)."""


def forms_of(signature: Signature) -> Forms:
    """The forms of a signature's tensors, those alone that meet something on the other side.

    >>> from symshare.core.notation.reading import signature
    >>> found = forms_of(signature("W:ab,v:b->v:b"))
    >>> [[str(form) for form in kind.forms] for kind in found.inputs], found.terms
    ([['ij->j', 'ij->'], ['i->i', 'i->']], (1, 4))
    """
    meetings: dict[tuple[str, ...], list[tuple[Place, ...]]] = {}
    written = [list(_written(signature, tensor, meetings)) for tensor in signature.outputs]
    read = [list(_read(signature, tensor, meetings)) for tensor in signature.inputs]
    taken = {at for own in read for _, at in own} | {()}
    given = {at for own in written for _, at in own}
    found = Forms(plain=all(len(own) == 1 for own in meetings.values()))
    numbers = [dict.fromkeys(given, 0), dict.fromkeys(given, 0)]
    for side, tensors, every, others, count in (
        (found.inputs, signature.inputs, read, given, numbers[0]),
        (found.outputs, signature.outputs, written, taken, numbers[1]),
    ):
        for tensor, own in zip(tensors, every, strict=True):
            kept = [(form, at) for form, at in own if at in others]
            for _, at in kept:
                count[at] += 1
            side.append(_kind(signature, tensor, tuple(form for form, _ in kept)))
    found.terms = numbers[1].get((), 0), sum(numbers[0][at] * numbers[1][at] for at in given)
    return found


def _kind(signature: Signature, tensor: Tensor, forms: tuple[Form, ...]) -> Kind:
    letters: dict[str, str] = {}
    for axis in tensor.set_axes:
        if axis not in letters:
            latent = is_latent(axis)
            spare = LATENT_NAMES if latent else NAMES
            letters[axis] = spare[sum(is_latent(one) == latent for one in letters)]
    lengths = tuple(signature.size(axis) or 1 for axis in tensor.set_axes if is_latent(axis))
    parents = tuple(slot.parent for slot in signature.slots(tensor))
    return Kind("".join(letters[axis] for axis in tensor.set_axes), parents, lengths, forms)


def _written(
    signature: Signature, tensor: Tensor, meetings: dict[tuple[str, ...], list[tuple[Place, ...]]]
) -> Iterator[tuple[Form, tuple[Place, ...]]]:
    """Each way to write a tensor, in one order of its indices."""
    for letters, kept, places in _ways(signature, tensor):
        yield next(_orders(letters, kept, places, meetings))


def _read(
    signature: Signature, tensor: Tensor, meetings: dict[tuple[str, ...], list[tuple[Place, ...]]]
) -> Iterator[tuple[Form, tuple[Place, ...]]]:
    """Each way to read a tensor, in every order of its indices that a meeting does not tell apart."""
    for letters, kept, places in _ways(signature, tensor):
        yield from _orders(letters, kept, places, meetings)


def _orders(
    letters: str,
    kept: str,
    places: dict[str, tuple[str, str]],
    meetings: dict[tuple[str, ...], list[tuple[Place, ...]]],
) -> Iterator[tuple[Form, tuple[Place, ...]]]:
    """A form in the orders of its indices in which it is like a meeting that is known; else in its own, as a new one."""
    known = meetings.setdefault(tuple(sorted(places[one][0] for one in kept)), [])
    found = False
    for order in permutations(kept):
        at = _at(order, places)
        if at in known:
            found = True
            yield Form(letters, "".join(order)), at
    if not found:
        known.append(_at(tuple(kept), places))
        yield from _orders(letters, kept, places, meetings)


def _at(order: Sequence[str], places: dict[str, tuple[str, str]]) -> tuple[Place, ...]:
    return tuple((places[one][0], order.index(places[one][1]) if places[one][1] in order else -1) for one in order)


def _ways(signature: Signature, tensor: Tensor) -> Iterator[tuple[str, str, dict[str, tuple[str, str]]]]:
    """The indices of a tensor's slots, those that are kept, and for each its axis and the index that it depends on."""
    slots = signature.slots(tensor)
    for blocks in _partitions([(slot.axis, slot.parent) for slot in slots]):
        letters: dict[int, str] = {}
        for place, block in enumerate(blocks):
            if block not in letters:
                latent = is_latent(slots[place].axis)
                used = [one for one in letters.values() if one.isupper() == latent]
                letters[block] = (LATENT if latent else MOVED)[len(used)]
        text = "".join(letters[block] for block in blocks)
        places = {
            text[place]: (slot.axis, text[slot.parent] if slot.parent >= 0 else "")
            for place, slot in reversed([*enumerate(slots)])
        }
        moved = [one for one in dict.fromkeys(text) if one.islower()]
        for kept in chain.from_iterable(combinations(moved, size) for size in range(len(moved), -1, -1)):
            above = {places[one][1] for one in kept} - {""}
            latent_above = {one for one in above if one.isupper()}
            if above - latent_above <= set(kept):
                yield text, "".join(one for one in dict.fromkeys(text) if one in kept or one in latent_above), places


def _partitions(slots: Sequence[tuple[str, int]]) -> Iterator[tuple[int, ...]]:
    """Which slots share an index: slots of one axis, whose parents share one; the first slot of each index numbers it."""

    def placed(blocks: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(blocks) == len(slots):
            if all(_fits(slots, blocks, place) for place in range(len(slots))):
                yield blocks
            return
        axis = slots[len(blocks)][0]
        for block in dict.fromkeys(blocks):
            if slots[block][0] == axis:
                yield from placed((*blocks, block))
        yield from placed((*blocks, len(blocks)))

    yield from placed(())


def _fits(slots: Sequence[tuple[str, int]], blocks: tuple[int, ...], place: int) -> bool:
    """Whether the parent of a slot and that of the first slot with its index share one."""
    one, two = slots[place][1], slots[blocks[place]][1]
    return one == two or (one >= 0 and two >= 0 and blocks[one] == blocks[two])
