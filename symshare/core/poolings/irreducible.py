"""The irreducible hypergraphs of a tensor type, grown edge by edge up to isomorphism."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from symshare.core.notation.forest import Slot
from symshare.core.notation.signature import Signature
from symshare.core.poolings.cuts import is_reducible
from symshare.core.poolings.hypergraph import Hypergraph, Layouts, depth, edge_of, fit, without_pendants
from symshare.core.poolings.labels import labels, told_apart
from symshare.core.terms.enumeration import placements
from symshare.errors import TooLargeError, shown

__all__ = ["MOST_TRIED", "cover", "irreducible_hypergraphs", "is_regular", "layouts_of", "rootings"]

MOST_TRIED = 2_000_000
"""Steps of a search: one to look at a hypergraph, and more to bring it to canonical form; `pools -s abc -k 6` takes 3 s."""


def layouts_of(signature: Signature) -> Layouts:
    """The slots of each tensor of a signature, whose inputs and outputs are the same."""
    return tuple(signature.slots(tensor) for tensor in signature.inputs)


def is_regular(layouts: Layouts) -> bool:
    """Whether an irreducible pooling has no slot to spare: one type, in which axes with a dependent axis occur once.

    Say an edge has a slot to spare for an axis, below the same parent as other edges. If another edge has one too, both
    can take a new vertex there; if none has, the others are full, and the edge can take a vertex of theirs. Either way the
    pooling comes from another one that has more, by summing and repeating. So an irreducible one has no slot to spare.
    """
    if len(layouts) != 1:
        return False
    letters = [slot.axis for slot in layouts[0]]
    parents = {layouts[0][slot.parent].axis for slot in layouts[0] if slot.parent >= 0}
    return all(letters.count(letter) == 1 for letter in parents)


def irreducible_hypergraphs(
    signature: Signature, edges: int, budget: list[int] | None = None
) -> tuple[Hypergraph, ...]:
    """Every irreducible hypergraph with this many edges (one for the output, the others for the factors), up to isomorphism.

    Every vertex lies on two edges or more; no cut that fits one tensor parts two edges from two others
    (`hypergraph.is_reducible`); and it is none of those that a larger one gives by summing, repeating and
    diagonals (`cover`). Grown edge by edge, connected, with these cuts: no edge lies within a tensor together with another
    one (from four edges on), and the vertices that still need edges do not outnumber the slots to come. `budget` holds how
    many steps the search may take; what is used is taken from it.

    Raises TooLargeError where it is used up.
    """
    layouts = layouts_of(signature)
    regular = is_regular(layouts)
    needed = _least_degree(layouts) if edges > 3 else 2
    budget = [MOST_TRIED] if budget is None else budget
    found: dict[object, Hypergraph] = {(): Hypergraph((), ())}
    for step in range(edges):
        grown: dict[object, Hypergraph] = {}
        looked_at: set[Hypergraph] = set()
        room = {
            letter: (edges - step - 1) * max(sum(slot.axis == letter for slot in layout) for layout in layouts)
            for letter in signature.set_axes
        }
        for graph in found.values():
            candidates = (
                _fuller(layouts[0], graph, room, needed, budget) if regular else _longer(layouts, graph, budget)
            )
            for longer in candidates:
                edge, *others = longer.edges[::-1]
                if edges > 3 and any(_within(layouts, longer.vertices, edge | other, regular) for other in others):
                    continue
                budget[0] -= 1 + sum(one.bit_count() for one in longer.edges) ** 3 // 400
                if budget[0] < 0:
                    raise TooLargeError(
                        f"the poolings of '{shown(signature, 40)}' of order {edges - 1} have over {len(grown):,} parts of "
                        f"{step + 1} factors\n  ask for a lower order, or for a type with fewer axes"
                    )
                told = told_apart(longer)
                if told not in looked_at:  # a canonical form costs ten times as much
                    looked_at.add(told)
                    grown.setdefault(labels(told)[0], longer)
        found = grown
    kept: dict[object, Hypergraph] = {}
    for graph in found.values():
        closed = without_pendants(graph)
        if (regular and closed != graph) or is_reducible(layouts, closed):
            continue
        if not regular and (labels(closed)[0] in kept or cover(layouts, closed) is not None):
            continue
        kept.setdefault(labels(closed)[0], closed)
    return tuple(kept.values())


def _least_degree(layouts: Layouts) -> int:
    """How many edges every vertex of an irreducible hypergraph has at least.

    The edges at one vertex form a part whose cut has what is left of them. Where there is one axis, m times, d edges
    leave d (m - 1) vertices, which fit a tensor up to d = m / (m - 1).
    """
    letters = {slot.axis for layout in layouts for slot in layout}
    if len(layouts) > 1 or len(letters) > 1 or not letters:
        return 2
    return {1: 1_000, 2: 3}.get(len(layouts[0]), 2)


def _longer(layouts: Layouts, graph: Hypergraph, budget: list[int]) -> Iterator[Hypergraph]:
    """The hypergraph with one edge more, in every way that keeps it connected: for any types."""
    below: dict[tuple[str, int], list[int]] = {}
    for vertex, label in enumerate(graph.vertices):
        below.setdefault(label, []).append(vertex)
    first = len(graph.vertices)
    tried = set()
    for layout in layouts:
        limits = {slot.axis: None for slot in layout}
        for chosen in placements(layout, below, first, limits):
            edge = edge_of(chosen)
            new = {
                vertex: (slot.axis, chosen[slot.parent] if slot.parent >= 0 else -1)
                for slot, vertex in zip(layout, chosen, strict=True)
                if vertex >= first
            }
            vertices = graph.vertices + tuple([new[vertex] for vertex in sorted(new)])
            budget[0] -= 1
            if (edge, vertices) in tried or (graph.edges and layout and not any(edge & one for one in graph.edges)):
                continue
            tried.add((edge, vertices))
            yield Hypergraph(vertices, (*graph.edges, edge))


def _fuller(
    layout: tuple[Slot, ...], graph: Hypergraph, room: dict[str, int], needed: int, budget: list[int]
) -> Iterator[Hypergraph]:
    """The hypergraph with one edge more that has no slot to spare, in every way that keeps it connected and can be closed.

    Axis by axis, those first on which others hang: which of the vertices there, and how many new ones.
    """
    degrees = graph.degrees()
    letters = [layout[place].axis for place in sorted(range(len(layout)), key=lambda one: (depth(layout, one), one))]
    letters = list(dict.fromkeys(letters))
    places = {own: [place for place, slot in enumerate(layout) if slot.axis == own] for own in letters}
    missing = {
        own: sum(max(0, needed - degrees[v]) for v, (letter, _) in enumerate(graph.vertices) if letter == own)
        for own in letters
    }

    def choose(step: int, vertices: tuple[tuple[str, int], ...], edge: int, joined: bool) -> Iterator[Hypergraph]:
        budget[0] -= 1
        if step == len(letters):
            if joined or not graph.edges or not layout:
                yield Hypergraph(vertices, (*graph.edges, edge))
            return
        own = letters[step]
        above = layout[layout[places[own][0]].parent].axis if layout[places[own][0]].parent >= 0 else ""
        parent = next((v for v, (letter, _) in enumerate(vertices) if letter == above and edge >> v & 1), -1)
        there = [v for v, label in enumerate(vertices) if label == (own, parent)]
        for size in range(min(len(there), len(places[own])), -1, -1):
            new = len(places[own]) - size
            for taken in combinations(there, size):
                gained = sum(degrees[vertex] < needed for vertex in taken)
                if missing[own] - gained + new * (needed - 1) > room[own] or budget[0] < 0:
                    continue
                start = len(vertices)
                wider = vertices + ((own, parent),) * new
                more = edge_of((*taken, *range(start, start + new)))
                yield from choose(step + 1, wider, edge | more, joined or size > 0)

    return choose(0, graph.vertices, 0, False)


def _within(layouts: Layouts, vertices: Sequence[tuple[str, int]], edge: int, regular: bool) -> bool:
    if regular:
        return edge.bit_count() == len(layouts[0])
    return fit(layouts, vertices, edge) is not None


def rootings(graph: Hypergraph) -> tuple[Hypergraph, ...]:
    """The hypergraph with one edge put first, as the output: one for each class of edges under its automorphisms.

    >>> path = Hypergraph((("a", -1), ("a", -1)), (0b01, 0b11, 0b10))
    >>> len(rootings(path))
    2
    """
    found: dict[object, Hypergraph] = {}
    for number, edge in enumerate(graph.edges):
        turned = Hypergraph(graph.vertices, (edge, *graph.edges[:number], *graph.edges[number + 1 :]))
        found.setdefault(labels(turned, rooted=True)[0], turned)
    return tuple(found[key] for key in sorted(found, key=repr))


def cover(layouts: Layouts, graph: Hypergraph) -> tuple[Hypergraph, tuple[int, ...]] | None:
    """A larger hypergraph that gives this one by leaving out incidences or merging vertices, and for each of its vertices
    the vertex here that it becomes (-1: none); None where there is none.

    Order-1 operations on the factors and on the output let one go down: leave a vertex out of an edge (sum over it, or
    repeat along it), or make two vertices of an edge one (a diagonal). Going up is to put a vertex on one more edge, to put a
    new vertex on all edges that can take it, if they are two or more, or to split a vertex in two that share an edge. Where
    nothing is above, the pooling is maximal.
    """
    return _put(layouts, graph) or _put_new(layouts, graph) or _split(layouts, graph)


def _put(layouts: Layouts, graph: Hypergraph) -> tuple[Hypergraph, tuple[int, ...]] | None:
    for vertex, (_, parent) in enumerate(graph.vertices):
        for number, edge in enumerate(graph.edges):
            if edge >> vertex & 1 or (parent >= 0 and not edge >> parent & 1):
                continue
            if fit(layouts, graph.vertices, edge | 1 << vertex) is not None:
                edges = (*graph.edges[:number], edge | 1 << vertex, *graph.edges[number + 1 :])
                return Hypergraph(graph.vertices, edges), tuple(range(len(graph.vertices)))
    return None


def _put_new(layouts: Layouts, graph: Hypergraph) -> tuple[Hypergraph, tuple[int, ...]] | None:
    hanging = {
        (slot.axis, layout[slot.parent].axis if slot.parent >= 0 else "") for layout in layouts for slot in layout
    }
    new = len(graph.vertices)
    for letter, above in sorted(hanging):
        for parent in [v for v, (own, _) in enumerate(graph.vertices) if own == above] if above else [-1]:
            vertices = (*graph.vertices, (letter, parent))
            open_to = [
                number
                for number, edge in enumerate(graph.edges)
                if (parent < 0 or edge >> parent & 1) and fit(layouts, vertices, edge | 1 << new) is not None
            ]
            if len(open_to) > 1:
                edges = tuple([edge | (number in open_to) << new for number, edge in enumerate(graph.edges)])
                return Hypergraph(vertices, edges), (*range(new), -1)
    return None


def _split(layouts: Layouts, graph: Hypergraph) -> tuple[Hypergraph, tuple[int, ...]] | None:
    new = len(graph.vertices)
    for vertex, (letter, parent) in enumerate(graph.vertices):
        at = [number for number, edge in enumerate(graph.edges) if edge >> vertex & 1]
        children = [child for child, (_, above) in enumerate(graph.vertices) if above == vertex]
        for size in range(len(children) // 2 + 1):
            for moved in combinations(children, size):
                vertices = [*graph.vertices, (letter, parent)]
                for child in moved:
                    vertices[child] = (vertices[child][0], new)
                found = _shared_out(layouts, graph, tuple(vertices), vertex, at, children, moved)
                if found is not None:
                    return found, (*range(new), vertex)
    return None


def _shared_out(
    layouts: Layouts,
    graph: Hypergraph,
    vertices: tuple[tuple[str, int], ...],
    vertex: int,
    at: list[int],
    children: list[int],
    moved: tuple[int, ...],
) -> Hypergraph | None:
    """Edges on one or both halves of a vertex, as their children demand, both halves on two edges or more, one on both."""
    old, new = 1 << vertex, 1 << len(graph.vertices)
    options = []
    for number in at:
        bare = graph.edges[number] & ~old
        wanted = (new if any(bare >> child & 1 for child in moved) else 0) | (
            old if any(bare >> child & 1 for child in children if child not in moved) else 0
        )
        halves = [half for half in (old, new, old | new) if half & wanted == wanted]
        options.append([bare | half for half in halves if fit(layouts, vertices, bare | half) is not None])
    for chosen in product(*options):
        both = sum(edge & old != 0 and edge & new != 0 for edge in chosen)
        if both and all(sum(edge & half != 0 for edge in chosen) > 1 for half in (old, new)):
            edges = list(graph.edges)
            for number, edge in zip(at, chosen, strict=True):
                edges[number] = edge
            return Hypergraph(vertices, tuple(edges))
    return None
