"""Vertex separators (cuts) of a hypergraph that one tensor can carry, the components they leave, and reducibility by them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from symshare.core.notation.forest import Slot
from symshare.core.poolings.hypergraph import Hypergraph, Layouts, Vertex, depth

__all__ = ["components", "is_reducible", "separators"]


@lru_cache(maxsize=16_384)
def separators(layouts: Layouts, vertices: tuple[Vertex, ...]) -> tuple[int, ...]:
    """The largest vertex sets that one tensor of some type can carry; a separator that a tensor carries lies in one of them."""
    found: set[int] = set()
    for layout in layouts:
        found |= _images(layout, vertices)
    largest = sorted(found, key=lambda one: (-one.bit_count(), one))
    kept: list[int] = []
    for one in largest:
        if not any(one & other == one for other in kept):
            kept.append(one)
    return tuple(kept)


def _images(layout: tuple[Slot, ...], vertices: tuple[Vertex, ...]) -> set[int]:
    """The vertex sets of a layout put on existing vertices, each slot on one where there is any."""
    below: dict[Vertex, list[int]] = {}
    for vertex, label in enumerate(vertices):
        below.setdefault(label, []).append(vertex)
    chosen = [-1] * len(layout)
    slots = sorted(range(len(layout)), key=lambda place: (depth(layout, place), place))
    found: set[int] = set()

    def place(step: int, image: int) -> None:
        if step == len(slots):
            found.add(image)
            return
        slot = layout[slots[step]]
        above = chosen[slot.parent] if slot.parent >= 0 else -1
        options = below.get((slot.axis, above), []) if slot.parent < 0 or above >= 0 else []
        for vertex in options or [-1]:
            chosen[slots[step]] = vertex
            place(step + 1, image | (1 << vertex if vertex >= 0 else 0))

    place(0, 0)
    return found


def components(edges: Sequence[int], cut: int) -> list[list[int]]:
    """The components of the edges without the vertices of a separator, each as a list of numbers of edges.

    >>> components((0b011, 0b110, 0b001), 0b010)
    [[0, 2], [1]]
    """
    found: list[tuple[int, list[int]]] = []
    for number, edge in enumerate(edges):
        rest = edge & ~cut
        together = [one for one in found if one[0] & rest]
        found = [one for one in found if not one[0] & rest]
        for one in together:
            rest |= one[0]
        found.append((rest, sorted([number, *(other for one in together for other in one[1])])))
    return sorted(numbers for _, numbers in found)


def is_reducible(layouts: Layouts, graph: Hypergraph) -> bool:
    """Whether a vertex separator that one tensor carries parts two or more edges from two or more others.

    Then one part can be computed first, as a tensor, and plugged in. With the output as one more edge the question does not
    depend on which edge it is: an irreducible pooling stays irreducible when output and factor change places.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("ab")
    >>> two_rows_two_columns = tuple((letter, -1) for letter in "aabb")
    >>> is_reducible((one.slots(one.inputs[0]),), Hypergraph(two_rows_two_columns, (0b0101, 0b0110, 0b1001, 0b1010)))
    False
    """
    total = len(graph.edges)
    if total < 4:
        return False
    for cut in separators(layouts, graph.vertices):
        sizes = [len(one) for one in components(graph.edges, cut)]
        if len(sizes) > 2 or (len(sizes) == 2 and min(sizes) > 1):
            return True
    return False
