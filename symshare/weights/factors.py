"""What a signature can say of scales: axes whose values have one factor each, by which every weight with them is multiplied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import gcd

from symshare.weights.axes import Axis, Tensor
from symshare.weights.parts import nesting, parts
from symshare.weights.repeats import Repeat
from symshare.weights.scales import Factors, Scale
from symshare.weights.signatures import Place

__all__ = ["factors_of", "power_at"]


def factors_of(
    axes: Sequence[Axis],
    tensors: Sequence[Tensor],
    repeats: Sequence[Repeat],
    places: Sequence[Place],
    scales: Sequence[Scale],
) -> dict[str, Factors]:
    """What a signature says of the scales of each of its axes that has some.

    Positive numbers are Scaled where each weight is multiplied or divided by the number, once for each time that it has the
    axis, signs are B. The maps that commute with both are those that commute with positive ones, if a sign goes wherever
    a number does.
    """
    blocks = {name: own for repeat in repeats for name, own in repeat.axes}
    names = blocks | {axis.name: (axis.name,) for axis in axes if not any(axis.name in own for own in blocks.values())}
    named = {axis.name: axis for axis in axes}
    by_name = {tensor.name: tensor for tensor in tensors}
    found = {}
    for word, own in names.items():
        mine = {name: [one for one in scales if one.axis == name] for name in own}
        slots = [(place, slot) for place in places for slot, name in enumerate(place.part.axes) if name == word]
        if slots and any(mine.values()):
            lists = [
                {
                    kind: [
                        [power_at(scale, place, block, slot, by_name, named) for place, slot in slots]
                        for scale in mine[name]
                        if scale.kind == kind
                    ]
                    for kind in ("positive", "sign")
                }
                for block, name in enumerate(own)
            ]
            found[word] = _said(lists, [(place.name, slot) for place, slot in slots])
    return found


def power_at(
    scale: Scale, place: Place, block: int, slot: int, tensors: Mapping[str, Tensor], axes: Mapping[str, Axis]
) -> int:
    """By which power of a number the entries of a tensor of a signature are multiplied along one of its axes."""
    name = place.weights[block if place.repeats else 0]
    powers = scale.by_name.get(name)
    if powers is None:
        return 0
    part = list(parts(tensors[name], axes))[place.number]
    return powers[place.number][nesting(part)[slot]]


def _said(lists: Sequence[Mapping[str, list[list[int]]]], slots: Sequence[tuple[str, int]]) -> Factors:
    """What is said of an axis, from the powers at its slots, in each block that repeats, of each of its scales."""
    forms = [_form(one["positive"], one["sign"]) for one in lists]
    if any(one != forms[0] for one in forms):
        return Factors("", "blocks differ")
    name, powers = forms[0]
    if not powers:
        return Factors("", name)
    if 0 in powers:
        return Factors("", f"{slots[powers.index(0)][0]} is not multiplied")
    if set(map(abs, powers)) != {1}:
        return Factors("", "to powers that differ")
    return Factors(name, "", frozenset(slot for slot, power in zip(slots, powers, strict=True) if power == -1))


def _form(positive: list[list[int]], sign: list[list[int]]) -> tuple[str, list[int]]:
    """The name of what acts and its powers, the first of them positive; or why there is none, without powers."""
    if len(positive) > 1 or len(sign) > 1:
        return f"{max(len(positive), len(sign))} numbers for each value", []
    if not positive:
        return "B", [power % 2 for power in sign[0]]
    common = gcd(*positive[0]) * (-1 if next(iter(filter(None, positive[0])), 1) < 0 else 1)
    powers = [power // common for power in positive[0]] if common else positive[0]
    if sign and [power % 2 for power in sign[0]] != [power % 2 for power in powers]:
        return "signs of their own", []
    return "Scaled", powers
