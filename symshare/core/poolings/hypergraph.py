"""A pooling as a hypergraph: its indices are vertices, its factors and its output are edges, all on one footing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from symshare.core.notation.forest import Slot

__all__ = ["Hypergraph", "Layouts", "Vertex", "depth", "edge_of", "fit", "without_pendants"]

Layouts = tuple[tuple[Slot, ...], ...]
"""The slots of each tensor type."""

Vertex = tuple[str, int]
"""The axis of a vertex and, under a dependency, the vertex it belongs to (its number, or -1)."""


@dataclass(frozen=True, slots=True)
class Hypergraph:
    """Vertices, and edges as sets of them in the bits of an integer; equal edges count apart.

    >>> path = Hypergraph((("a", -1), ("b", -1)), (0b11, 0b01))
    >>> path.degrees()
    [2, 1]
    """

    vertices: tuple[Vertex, ...]
    edges: tuple[int, ...]

    def degrees(self) -> list[int]:
        """The number of edges at each vertex."""
        return [sum(edge >> vertex & 1 for edge in self.edges) for vertex in range(len(self.vertices))]


def without_pendants(graph: Hypergraph) -> Hypergraph:
    """The hypergraph without its pendant vertices: those that lie on one edge only, or on none.

    >>> without_pendants(Hypergraph((("a", -1), ("b", -1)), (0b11, 0b01)))
    Hypergraph(vertices=(('a', -1),), edges=(1, 1))
    """
    kept = [vertex for vertex, degree in enumerate(graph.degrees()) if degree > 1]
    numbers = {vertex: number for number, vertex in enumerate(kept)}
    vertices = tuple([(graph.vertices[v][0], numbers.get(graph.vertices[v][1], -1)) for v in kept])
    edges = tuple([sum(1 << numbers[vertex] for vertex in kept if edge >> vertex & 1) for edge in graph.edges])
    return Hypergraph(vertices, edges)


def fit(layouts: Layouts, vertices: Sequence[Vertex], edge: int) -> tuple[int, tuple[int, ...]] | None:
    """A tensor that can carry a set of vertices: its type and the vertex on each slot (-1: to spare); None if none can.

    The type with the fewest slots is taken, and a vertex stands on one slot if it can.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("aab")
    >>> fit((one.slots(one.inputs[0]),), (("a", -1), ("b", -1)), 0b11)
    (0, (0, -1, 1))
    """
    members = [vertex for vertex in range(len(vertices)) if edge >> vertex & 1]
    places = {vertex: place for place, vertex in enumerate(members)}
    found = _fit(layouts, tuple([(vertices[vertex][0], places.get(vertices[vertex][1], -1)) for vertex in members]))
    if found is None:
        return None
    return found[0], tuple([members[place] if place >= 0 else -1 for place in found[1]])


@lru_cache(maxsize=65_536)
def _fit(layouts: Layouts, members: tuple[Vertex, ...]) -> tuple[int, tuple[int, ...]] | None:
    best: tuple[tuple[int, int], int, tuple[int, ...]] | None = None
    for number, layout in enumerate(layouts):
        for chosen in _coverings(layout, members):
            found = ((len(layout), -chosen.count(-1)), number, chosen)
            if best is None or found[0] < best[0]:
                best = found
    return None if best is None else best[1:]


def _coverings(layout: tuple[Slot, ...], members: tuple[Vertex, ...]) -> Iterator[tuple[int, ...]]:
    """Every way to put a layout's slots on the members, so that each member is on one at least; alike slots in one order."""
    chosen = [-1] * len(layout)
    slots = sorted(range(len(layout)), key=lambda place: (depth(layout, place), place))
    before = _alike_before(layout, slots)

    def place(step: int, left: int) -> Iterator[tuple[int, ...]]:
        if left > len(slots) - step:
            return
        if step == len(slots):
            yield tuple(chosen)
            return
        slot = layout[slots[step]]
        above = chosen[slot.parent] if slot.parent >= 0 else -1
        alike = before[slots[step]]
        least = chosen[alike] if alike >= 0 else 0
        free = (slot.parent < 0 or above >= 0) and least >= 0
        for member, (letter, parent) in enumerate(members):
            if free and member >= least and letter == slot.axis and parent == above:
                chosen[slots[step]] = -1
                new = member not in chosen
                chosen[slots[step]] = member
                yield from place(step + 1, left - new)
        chosen[slots[step]] = -1
        yield from place(step + 1, left)

    return place(0, len(members))


def _alike_before(layout: tuple[Slot, ...], slots: Sequence[int]) -> dict[int, int]:
    """For each slot the one before it with the same axis and parent, where nothing hangs on the two; -1 for none."""
    holders = {slot.parent for slot in layout}
    found: dict[int, int] = {}
    for at, place in enumerate(slots):
        alike = [
            other
            for other in slots[:at]
            if layout[other] == layout[place] and other not in holders and place not in holders
        ]
        found[place] = alike[-1] if alike else -1
    return found


def depth(layout: Sequence[Slot], place: int) -> int:
    """How many slots a slot depends on, directly or through others.

    >>> depth((Slot("a", -1), Slot("b", 0)), 1)
    1
    """
    found = 0
    while layout[place].parent >= 0:
        place, found = layout[place].parent, found + 1
    return found


def edge_of(vertices: Iterable[int]) -> int:
    """A set of vertices as an edge.

    >>> edge_of([0, 2])
    5
    """
    return sum(1 << vertex for vertex in set(vertices))
