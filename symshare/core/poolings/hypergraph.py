"""A pooling as a hypergraph: its indices are vertices, its factors and its output are edges, all on one footing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from symshare.core.algebra.numbers import LARGE_PRIME
from symshare.core.notation.forest import Slot
from symshare.core.terms.canonical import Factor, canonical_labels

__all__ = [
    "Hypergraph",
    "Labels",
    "cut_sets",
    "depth",
    "edge_of",
    "fit",
    "groups",
    "is_reducible",
    "labels",
    "told_apart",
    "without_own",
]

Layouts = tuple[tuple[Slot, ...], ...]
"""The slots of each tensor type."""

_MIXED = 0x9E3779B97F4A7C15

Vertex = tuple[str, int]
"""The axis letter of a vertex and, under a dependency, the vertex it belongs to (its number, or -1)."""


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


def without_own(graph: Hypergraph) -> Hypergraph:
    """The hypergraph without the vertices that lie on one edge only (or none).

    >>> without_own(Hypergraph((("a", -1), ("b", -1)), (0b11, 0b01)))
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
            if free and member >= least and letter == slot.letter and parent == above:
                chosen[slots[step]] = -1
                new = member not in chosen
                chosen[slots[step]] = member
                yield from place(step + 1, left - new)
        chosen[slots[step]] = -1
        yield from place(step + 1, left)

    return place(0, len(members))


def _alike_before(layout: tuple[Slot, ...], slots: Sequence[int]) -> dict[int, int]:
    """For each slot the one before it with the same letter and parent, where nothing hangs on the two; -1 for none."""
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
    """How many slots a slot hangs on, one below the other.

    >>> depth((Slot("a", -1), Slot("b", 0)), 1)
    1
    """
    found = 0
    while layout[place].parent >= 0:
        place, found = layout[place].parent, found + 1
    return found


@lru_cache(maxsize=16_384)
def cut_sets(layouts: Layouts, vertices: tuple[Vertex, ...]) -> tuple[int, ...]:
    """The largest sets of vertices that one tensor of some type can carry."""
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
        options = below.get((slot.letter, above), []) if slot.parent < 0 or above >= 0 else []
        for vertex in options or [-1]:
            chosen[slots[step]] = vertex
            place(step + 1, image | (1 << vertex if vertex >= 0 else 0))

    place(0, 0)
    return found


def groups(edges: Sequence[int], cut: int) -> list[list[int]]:
    """The edges that hang together when the vertices of a cut are taken away, as lists of their numbers.

    >>> groups((0b011, 0b110, 0b001), 0b010)
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
    """Whether two edges or more can be parted from two or more others by vertices that fit one tensor.

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
    for cut in cut_sets(layouts, graph.vertices):
        sizes = [len(one) for one in groups(graph.edges, cut)]
        if len(sizes) > 2 or (len(sizes) == 2 and min(sizes) > 1):
            return True
    return False


Labels = tuple[tuple[object, ...], dict[int, int], list[int]]
"""A canonical form, the canonical number of each vertex, and the edges in canonical order."""


def labels(graph: Hypergraph, *, rooted: bool = False) -> Labels:
    """The canonical form of a hypergraph; `rooted` keeps its first edge apart from the others.

    >>> edges = (("a", -1), ("a", -1), ("a", -1))
    >>> labels(Hypergraph(edges, (0b011, 0b110)))[0] == labels(Hypergraph(edges, (0b101, 0b110)))[0]
    True
    """
    members = [[vertex for vertex in range(len(graph.vertices)) if edge >> vertex & 1] for edge in graph.edges]
    lettered = [[(graph.vertices[vertex][0], vertex) for vertex in one] for one in members]
    kinds = sorted({letter for letter, _ in graph.vertices})
    if all(len({letter for letter, _ in one}) == len(one) for one in lettered):
        factors: list[Factor] = []
        for number, one in enumerate(lettered):
            mask = sum(1 << kinds.index(letter) for letter, _ in one)
            kind = 2 * mask + (0 if rooted and number == 0 else 1)
            factors.append((kind, tuple([vertex for _, vertex in sorted(one)])))
        form, numbers, order = canonical_labels((), factors)
        return ("".join(kinds), *form[1]), numbers, order
    return _incidence_labels(graph, members, kinds, rooted)


def _incidence_labels(graph: Hypergraph, members: list[list[int]], kinds: list[str], rooted: bool) -> Labels:
    """The canonical form by way of a graph whose nodes are vertices and edges.

    Each vertex of a letter that its edge has several times is tied to the edge, together with the edge's other vertices.
    """
    first, last = len(graph.vertices), (len(kinds) + 3) << (len(kinds) + 1)
    factors: list[Factor] = [(0, (first,))] if rooted else []
    for number, one in enumerate(members):
        letters = [graph.vertices[vertex][0] for vertex in one]
        single = [vertex for vertex, letter in zip(one, letters, strict=True) if letters.count(letter) == 1]
        single.sort(key=lambda vertex: graph.vertices[vertex][0])
        mask = sum(1 << kinds.index(graph.vertices[vertex][0]) for vertex in single)
        several = [vertex for vertex in one if vertex not in single]
        for vertex in several:
            kind = 2 + kinds.index(graph.vertices[vertex][0]) + (mask + 1) * (len(kinds) + 3)
            factors.append((kind, (first + number, vertex, *single)))
        if not several:
            factors.append((1 + (mask + 1) * (len(kinds) + 3), (first + number, *single)))
    factors += [(last, (parent, vertex)) for vertex, (_, parent) in enumerate(graph.vertices) if parent >= 0]
    form, numbers, _ = canonical_labels((), factors)
    order = sorted(range(len(members)), key=lambda number: numbers[first + number])
    return ("".join(kinds), *form[1]), {node: label for node, label in numbers.items() if node < first}, order


def told_apart(graph: Hypergraph) -> Hypergraph:
    """The same hypergraph with vertices named and sorted by what their edges look like, and its edges sorted.

    Equal ones are isomorphic, and most that are isomorphic come out equal. A vertex is named by its letter, the rank of its
    colour and that of its parent's, so that canonical forms of what comes out are equal exactly for isomorphic ones: colours
    do not depend on the order of vertices and edges (Weisfeiler and Leman 1968, two rounds).

    >>> path, turned = (Hypergraph((("a", -1),) * 2, edges) for edges in [(0b11, 0b10), (0b01, 0b11)])
    >>> told_apart(path) == told_apart(turned)
    True
    """
    number = len(graph.vertices)
    members = [[vertex for vertex in range(number) if edge >> vertex & 1] for edge in graph.edges]
    colours = [ord(letter) * _MIXED % LARGE_PRIME for letter, _ in graph.vertices]
    for _ in range(2):
        sums = [0] * number
        for one in members:
            together = sum([colours[vertex] for vertex in one]) ** 2 % LARGE_PRIME
            for vertex in one:
                sums[vertex] += together * (together ^ colours[vertex])
        colours = [total % LARGE_PRIME for total in sums]
    order = sorted(range(number), key=colours.__getitem__)
    ranks = {colour: rank for rank, colour in enumerate(dict.fromkeys([colours[vertex] for vertex in order]))}
    places = {vertex: place for place, vertex in enumerate(order)}
    vertices = []
    for vertex in order:
        letter, parent = graph.vertices[vertex]
        above = f".{ranks[colours[parent]]}" if parent >= 0 else ""
        vertices.append((f"{letter}{ranks[colours[vertex]]}{above}", places.get(parent, -1)))
    edges = sorted([sum([1 << places[vertex] for vertex in one]) for one in members])
    return Hypergraph(tuple(vertices), tuple(edges))


def edge_of(vertices: Iterable[int]) -> int:
    """A set of vertices as an edge.

    >>> edge_of([0, 2])
    5
    """
    return sum(1 << vertex for vertex in set(vertices))
