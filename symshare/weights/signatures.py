"""A spec as a signature: the one place where its axes become those of the notation, and which weight is which tensor there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from keyword import kwlist

from symshare.core.notation.names import is_latent
from symshare.core.notation.reading import signature
from symshare.core.notation.signature import Signature
from symshare.plans.naming import RESERVED
from symshare.weights.axes import Axis, Tensor
from symshare.weights.naming import fresh
from symshare.weights.parts import Part, nested, parts
from symshare.weights.repeats import Repeat, members, stacked
from symshare.weights.scales import Factors

__all__ = ["Place", "as_channels", "places", "signature_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A tensor of the signature: its name, its axes with their lengths, and the part of which weights it is.

    Where blocks repeat, its first axis is that along which they lie, and it is made of a weight of each of them.
    """

    name: str
    axes: tuple[str, ...]
    sizes: tuple[int, ...]
    weights: tuple[str, ...]
    part: Part
    number: int
    repeats: bool


def signature_of(
    axes: Sequence[Axis], found: Sequence[Place], repeats: Sequence[Repeat], factors: Mapping[str, Factors]
) -> Signature:
    """The weights as a signature: permuted axes have no size there, so that it serves other widths too, latent ones have.

    Axes whose values have factors are under Scaled or B; where entries are divided the dual is written.
    """
    sizes = {word: size for place in found for word, size in zip(place.axes, place.sizes, strict=True)}
    depends = [f"{above}->{axis}" for above, axis in _depends(axes, repeats) if _told_by(above, axis, found)]
    fixed = {word: size for word, size in sizes.items() if is_latent(word)}
    words = {word.lower() for word in sizes}
    duals = {axis: fresh(f"{axis}_dual", words) for axis, one in factors.items() if one.dual}
    acting = {axis: one.name for axis, one in factors.items() if one.name}
    return signature(
        {place.name: tuple(_with_duals(place, factors, duals)) for place in found},
        depends=depends,
        axes=acting | {own: f"dual({axis})" for axis, own in duals.items()},
        sizes=fixed,
    )


def _with_duals(place: Place, factors: Mapping[str, Factors], duals: Mapping[str, str]) -> Iterator[str]:
    """The axes of a tensor, by the name of the dual where its entries are divided."""
    for slot, axis in enumerate(place.axes, -int(place.repeats)):
        yield duals[axis] if axis in duals and (place.name, slot) in factors[axis].dual else axis


def as_channels(one: Signature) -> Signature:
    """A signature whose latent axes have no sizes but for those that others depend on: layers take them as channels.

    >>> as_channels(signature("LhH", depends=["L->h"], sizes={"L": 2, "H": 3})).sizes
    (('L', 2),)
    """
    kept = [pair for pair in one.sizes if not is_latent(pair[0]) or pair[0] in one.latent_parents]
    return replace(one, sizes=tuple(kept))


def places(axes: Sequence[Axis], tensors: Sequence[Tensor], repeats: Sequence[Repeat]) -> Iterator[Place]:
    """The tensors of the signature: each part of a weight with rows is one of its own.

    Buffers without a permuted axis are constants of the module, and left out.
    """
    named = _with_stacks(axes, repeats)
    labels = {one.lower() for one in (*RESERVED, *kwlist)}
    words = {name.lower() for name in named}
    again: dict[tuple[str, int], str] = {}
    for tensor in tensors:
        row = stacked(tensor, repeats) if tensor.kind in ("parameter", "buffer") else None
        if row is None:
            continue
        name, dims, repeat = row
        own = [nested(part) for part in parts(replace(tensor, dims=dims), named)]
        if tensor.kind == "buffer" and all(named[axis].fixed for part in own for axis in part.axes):
            continue
        for number, part in enumerate(own):
            held = (*([repeat.name] if repeat else []), *part.axes)
            yield Place(
                fresh(_label(name) + (f"_{number}" if len(own) > 1 else ""), labels),
                tuple(_apart(held, words, again)),
                tuple(named[axis].size for axis in held),
                members(tensor, repeat),
                part,
                number,
                repeat is not None,
            )


def _label(name: str) -> str:
    """The name of a weight as that of a tensor of a signature."""
    plain = re.sub("[^A-Za-z0-9_]+", "_", name).strip("_")
    return plain if plain[:1].isalpha() else f"t{plain}"


def _apart(held: Sequence[str], words: set[str], again: dict[tuple[str, int], str]) -> Iterator[str]:
    """Axes of which latent ones that come twice have names of their own."""
    for place, axis in enumerate(held):
        number = held[:place].count(axis)
        if number and is_latent(axis):
            if (axis, number) not in again:
                again[axis, number] = fresh(f"{axis}_again", words)
            axis = again[axis, number]
        yield axis


def _told_by(above: str, axis: str, found: Sequence[Place]) -> bool:
    """Whether a signature can say that an axis has its own lists: not where a latent one stands twice beside it, of which only
    the first may be a parent. The lists are then one, which is a smaller group."""
    own = [place for place in found if axis in place.axes]
    return bool(own) and not (is_latent(above) and any(place.part.axes.count(above) > 1 for place in own))


def _depends(axes: Sequence[Axis], repeats: Sequence[Repeat]) -> Iterator[tuple[str, str]]:
    """The dependencies between axes, those on blocks that repeat included."""
    named = _with_stacks(axes, repeats)
    homes = {name: repeat.name for repeat in repeats for name, _ in repeat.axes}
    for axis in named.values():
        above = axis.parent or homes.get(axis.name, "")
        if above and not axis.fixed:
            yield above, axis.name


def _with_stacks(axes: Sequence[Axis], repeats: Sequence[Repeat]) -> Mapping[str, Axis]:
    """All axes by their names, those along which blocks lie and those that the blocks have in common included."""
    found = {axis.name: axis for axis in axes}
    for repeat in repeats:
        names = {own[0]: name for name, own in repeat.axes}
        common = {
            name: replace(found[own[0]], name=name, parent=names.get(found[own[0]].parent, ""))
            for name, own in repeat.axes
        }
        for _, own in repeat.axes:
            for one in own:
                found.pop(one)
        found |= common
        found[repeat.name] = Axis(repeat.name, len(repeat.children), fixed="blocks that repeat")
    return found
