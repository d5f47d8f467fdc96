"""What terms do on their set axes: which slots of the output and of the factors have the same index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from symshare.core.algebra.polynomial import Powers, powers_of
from symshare.core.notation.forest import Slot
from symshare.core.poolings.hypergraph import Layouts, depth, edge_of, fit
from symshare.core.terms.enumeration import placements

__all__ = ["Kinds", "Shape", "exchanged", "identity_shape", "letters_of", "parted", "plugged", "shapes"]

Kinds = tuple[int, ...]
"""The types of a term's tensors: that of the output first, then those of the factors."""

Shape = tuple[tuple[int, ...], ...]
"""The index on each set slot of the output, then of each factor, numbered by first appearance."""

Labels = dict[int, tuple[str, int]]
"""The axis of each index and the index that it belongs to (-1: none)."""


def shapes(layouts: Layouts, kinds: Kinds) -> Iterator[Shape]:
    """Every shape of some tensors, each with so many set slots as its type has.

    >>> [slots] = [(Slot("a", -1),)]
    >>> list(shapes((slots,), (0, 0)))
    [((0,), (0,)), ((0,), (1,))]
    """
    lengths = [len(layouts[kind]) for kind in kinds]
    flat: list[Slot] = []
    for kind in kinds:
        start = len(flat)
        flat += [replace(slot, parent=start + slot.parent) if slot.parent >= 0 else slot for slot in layouts[kind]]
    limits = dict.fromkeys(slot.axis for slot in flat)
    for nodes in placements(tuple(flat), {}, 0, limits):
        found, at = [], 0
        for length in lengths:
            found.append(nodes[at : at + length])
            at += length
        yield _numbered(found)


def _numbered(tensors: Sequence[Sequence[int]]) -> Shape:
    names: dict[int, int] = {}
    return tuple([tuple([names.setdefault(index, len(names)) for index in own]) for own in tensors])


def identity_shape(layouts: Layouts, kind: int) -> Shape:
    """The shape of the term that gives a tensor as it is."""
    return (tuple(range(len(layouts[kind]))),) * 2


def letters_of(layouts: Layouts, kinds: Kinds, shape: Shape) -> Labels:
    """The axis of each index of a shape, and the index that it belongs to."""
    found: Labels = {}
    for kind, own in zip(kinds, shape, strict=True):
        for slot, index in zip(layouts[kind], own, strict=True):
            found[index] = (slot.axis, own[slot.parent] if slot.parent >= 0 else -1)
    return found


def exchanged(shape: Shape, order: Sequence[int]) -> Shape:
    """The shape with its factors in another order: factor i is the one that was `order[i]`.

    >>> exchanged(((0,), (1,), (0,)), (1, 0))
    ((0,), (0,), (1,))
    """
    return _numbered([shape[0], *(shape[1 + one] for one in order)])


@lru_cache(maxsize=200_000)
def plugged(outer: Shape, inner: Shape, place: int, layouts: Layouts, kinds: Kinds) -> tuple[Shape, Powers]:
    """The shape that comes of putting a term in the place of a factor, and the sizes that multiply it, where an index is left
    on no tensor. `kinds` are the types of the outer term.

    >>> rows = (Slot("a", -1),)
    >>> plugged(((0,), (1,)), ((0,), (1,)), 0, (rows,), (0, 0))
    (((0,), (1,)), (('a', 1),))
    """
    start = 1 + max((index for own in outer for index in own), default=-1)
    above: dict[int, int] = {}

    def find(index: int) -> int:
        while index in above:
            index = above[index]
        return index

    for ours, theirs in zip(outer[1 + place], inner[0], strict=True):
        one, other = find(ours), find(start + theirs)
        if one != other:
            above[max(one, other)] = min(one, other)
    tensors = [
        *(outer[number] for number in range(1 + place)),
        *(tuple([start + index for index in own]) for own in inner[1:]),
        *outer[2 + place :],
    ]
    glued = [[find(index) for index in own] for own in tensors]
    kept = {index for own in glued for index in own}
    met = dict(zip(map(find, outer[1 + place]), [slot.axis for slot in layouts[kinds[1 + place]]], strict=True))
    return _numbered(glued), powers_of([letter for index, letter in met.items() if index not in kept])


def parted(
    layouts: Layouts, kinds: Kinds, shape: Shape, inside: Sequence[int], kind: int
) -> tuple[Shape, Shape] | None:
    """A shape as two: that of some factors (numbered from 0), computed first as a tensor of a type, and that of the others
    with this tensor as their first factor. None where the type cannot carry the indices that both have.

    Slots to spare repeat the tensor along indices that the others have, where there are any.
    """
    labels = letters_of(layouts, kinds, shape)
    own = [shape[1 + place] for place in inside]
    rest = [shape[0], *(shape[1 + place] for place in range(len(shape) - 1) if place not in inside)]
    there = sorted({index for indices in rest for index in indices})
    within = {index for indices in own for index in indices}
    cut = [index for index in there if index in within]
    vertices = tuple([labels[index] for index in range(len(labels))])
    found = fit((layouts[kind],), vertices, edge_of(cut))
    if found is None:
        return None
    layout = layouts[kind]
    chosen = found[1]
    inner, outer, new = list(chosen), list(chosen), len(vertices)
    for place in sorted(range(len(layout)), key=lambda one: depth(layout, one)):
        if chosen[place] >= 0:
            continue
        slot = layout[place]
        above = outer[slot.parent] if slot.parent >= 0 else -1
        options = [index for index in there if labels[index] == (slot.axis, above)]
        unused = [index for index in options if index not in outer]
        inner[place] = new
        outer[place] = unused[0] if unused else options[0] if options else new
        new += 1
    return _numbered([inner, *own]), _numbered([rest[0], outer, *rest[1:]])
