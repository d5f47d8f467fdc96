"""Labels of hypergraphs that are the same under renaming: canonical ones, and quick ones that tell most hypergraphs apart."""

from __future__ import annotations

from symshare.core.algebra.primes import LARGE_PRIME
from symshare.core.poolings.hypergraph import Hypergraph
from symshare.core.terms.canonical import Factor, canonical_labels

__all__ = ["Labels", "labels", "told_apart"]

_MIXED = 0x9E3779B97F4A7C15
"""An odd number of well-mixed bits, 2^64 over the golden ratio, that spreads what is hashed (Knuth 1973)."""

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
        return (tuple(kinds), *form[1]), numbers, order
    return _incidence_labels(graph, members, kinds, rooted)


def _incidence_labels(graph: Hypergraph, members: list[list[int]], kinds: list[str], rooted: bool) -> Labels:
    """The canonical form by way of a graph whose nodes are vertices and edges.

    Each vertex of an axis that its edge has several times is tied to the edge, together with the edge's other vertices.
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
    return (tuple(kinds), *form[1]), {node: label for node, label in numbers.items() if node < first}, order


def told_apart(graph: Hypergraph) -> Hypergraph:
    """The same hypergraph with vertices named and sorted by what their edges look like, and its edges sorted.

    Equal ones are isomorphic, and most that are isomorphic come out equal. A vertex is named by its axis, the rank of its
    colour and that of its parent's, so that canonical forms of what comes out are equal exactly for isomorphic ones: colours
    do not depend on the order of vertices and edges (Weisfeiler and Leman 1968, two rounds).

    >>> path, turned = (Hypergraph((("a", -1),) * 2, edges) for edges in [(0b11, 0b10), (0b01, 0b11)])
    >>> told_apart(path) == told_apart(turned)
    True
    """
    number = len(graph.vertices)
    members = [[vertex for vertex in range(number) if edge >> vertex & 1] for edge in graph.edges]
    colours = [int.from_bytes(axis.encode()) * _MIXED % LARGE_PRIME for axis, _ in graph.vertices]
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
        vertices.append((f"{letter} {ranks[colours[vertex]]}{above}", places.get(parent, -1)))
    edges = sorted([sum([1 << places[vertex] for vertex in one]) for one in members])
    return Hypergraph(tuple(vertices), tuple(edges))
