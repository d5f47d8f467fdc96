"""Messages along weights: which values meet which weights, and what they are for, in a network that reads networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import prod

from symshare.core.notation.signature import Signature
from symshare.errors import SpecError, TooLargeError

__all__ = ["Message", "alike_texts", "kinds_of", "matrices", "messages_along"]

MOST_MESSAGES = 10_000


@dataclass(frozen=True, slots=True)
class Message:
    """The product of a weight tensor with values on some of its axes, summed over what the result lacks.

    `weight` is the number of the tensor, `sources` those of the values that meet it, `targets` those of the results (none
    for numbers that only the end of a network has). `form` is an einsum with channels C last, `length` how many products are
    added, `text` the same in words.
    """

    weight: int
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    form: str
    length: int
    text: str

    @property
    def invariant(self) -> bool:
        """Whether it is of numbers that no axis has."""
        return self.form.endswith("->...C")

    def row(self, before: Sequence[int]) -> tuple[int, tuple[int, ...], tuple[int, ...], str, int]:
        """What a table in a file has of it, for weights of so many channels: a single one has no letter."""
        form = self.form if before[self.weight] > 1 else self.form.replace("C", "", 1)
        return (self.weight, self.sources, self.targets, form, self.length)


def kinds_of(axes: Sequence[tuple[str, ...]]) -> tuple[tuple[int, ...], ...]:
    """The numbers of the tensors with the same axes, in the order in which these come first.

    >>> kinds_of([("a",), ("b", "a"), ("a",)])
    ((0, 2), (1,))
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for number, own in enumerate(axes):
        found.setdefault(own, []).append(number)
    return tuple(map(tuple, found.values()))


def alike_texts(axes: Sequence[tuple[str, ...]]) -> list[str]:
    """What mixes the tensors on these axes entry by entry, each term as it is written, and the constants.

    >>> alike_texts([("a",), ("b", "a")])
    ['(a)->(a)', '->(a)', '(b a)->(b a)', '->(b a)']
    """
    found = list[str]()
    for kind in kinds_of(axes):
        names = f"({' '.join(_names(axes[kind[0]]))})"
        found += [f"{names}->{names}"] * len(kind) ** 2 + [f"->{names}"] * len(kind)
    return found


def messages_along(hidden: Signature, sizes: Sequence[Sequence[int]]) -> tuple[Message, ...]:
    """All messages along the tensors of a network's layer, channels their last axis; `sizes` are the lengths of the others.

    Values on some axes of a weight, and on what these depend on, are multiplied by it and added up to values on its other
    axes: forward from the units before a linear map to those after it, back, and from all to numbers. They are terms of
    order 2 of the layer's symmetry; those alone in which each index of the weight is summed once or stays. Raises SpecError
    where there are none.
    """
    if hidden.latent_parents:
        what = f"messages in blocks along {hidden.latent_parents[0]} are not offered"
        raise SpecError(f"{what}\n  leave out messages=True, or find the spec of one block")
    axes = [tensor.axes[:-1] for tensor in hidden.inputs]
    kinds = {axes[own[0]]: own for own in kinds_of(axes)}
    found = list[Message]()
    for number, (own, lengths) in enumerate(zip(axes, sizes, strict=True)):
        for kept in product((False, True), repeat=len(own)):
            found += _messages(hidden, kinds, number, kept, lengths)
        if len(found) > MOST_MESSAGES:
            raise TooLargeError(
                f"there are over {MOST_MESSAGES:,} messages along {len(axes)} tensors\n  leave out messages=True"
            )
    if not found:
        raise SpecError(
            "no weight has an axis of permuted units, along which values could move\n  leave out messages=True"
        )
    return tuple(found)


def matrices(messages: Sequence[Message], before: Sequence[int], width: int, between: int) -> int:
    """The parameters of what mixes the channels of weights, more than one, of values sent, and of results."""
    weights = {one.weight for one in messages if before[one.weight] > 1}
    sources = {source for one in messages for source in one.sources}
    return between * (sum(before[one] for one in weights) + width * (len(sources) + len(messages)))


def _messages(
    hidden: Signature,
    kinds: Mapping[tuple[str, ...], tuple[int, ...]],
    number: int,
    kept: tuple[bool, ...],
    sizes: Sequence[int],
) -> list[Message]:
    """Those along one tensor whose results have these of its indices."""
    own, above = hidden.inputs[number].axes[:-1], _above(hidden, number)
    after = [index for index, one in enumerate(kept) if one]
    gone = [index for index, one in enumerate(kept) if not one]
    if not gone:
        return []
    before = sorted({*gone, *(each for index in gone for each in _line(above, index))})

    def layouts(indices: Sequence[int]) -> list[tuple[int, ...]]:
        """These in each order that tensors have, each of them behind what it belongs to there as here."""
        found = []
        for each in permutations(indices):
            alike = kinds.get(tuple(own[index] for index in each), ())
            places = _above(hidden, alike[0]) if alike else ()
            if alike and all(above[one] == (each[up] if up >= 0 else -1) for one, up in zip(each, places, strict=True)):
                found.append(each)
        return found

    sources, targets = layouts(before), layouts(after)
    found = []
    for left in sources:
        for right in targets or ([()] if not after else []):
            letters = ["".join(chr(ord("a") + index) for index in each) for each in (range(len(own)), left, right)]
            form = "...{}C,...{}C->...{}C".format(*letters)
            names = _names(own)
            words = [f"({' '.join(names[index] for index in each)})" for each in (range(len(own)), left, right)]
            found.append(
                Message(
                    number,
                    kinds[tuple(own[index] for index in left)],
                    kinds.get(tuple(own[index] for index in right), ()),
                    form,
                    prod(sizes[index] for index in gone),
                    "{},{}->{}".format(*words),
                )
            )
    return found


def _above(hidden: Signature, number: int) -> list[int]:
    """For each index of a tensor the place of that which it belongs to, or -1."""
    return [slot.parent for slot in hidden.slots(hidden.inputs[number])]


def _line(above: Sequence[int], index: int) -> list[int]:
    """What an index belongs to, and what that belongs to, and so on."""
    found = list[int]()
    while (index := above[index]) >= 0:
        found.append(index)
    return found


def _names(axes: Sequence[str]) -> list[str]:
    """A name for each index: the first on an axis has the axis' name, others a number too."""
    return [
        axis if axis not in axes[:index] else f"{axis}_{axes[:index].count(axis) + 1}"
        for index, axis in enumerate(axes)
    ]
