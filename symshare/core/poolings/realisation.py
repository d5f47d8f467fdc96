"""From a pooling to its hypergraph and back, and why it is irreducible."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from symshare.core.notation.names import spelled
from symshare.core.notation.signature import Signature
from symshare.core.poolings.cuts import is_reducible
from symshare.core.poolings.hypergraph import Hypergraph, Layouts, edge_of, fit, without_pendants
from symshare.core.poolings.irreducible import layouts_of
from symshare.core.poolings.labels import labels
from symshare.core.poolings.order_one import identity
from symshare.core.terms.composition import network_term
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["hypergraph", "realised", "reason"]


def hypergraph(term: Term) -> Hypergraph:
    """The hypergraph of a term, its output the first edge.

    >>> from symshare.core.notation.reading import signature
    >>> hypergraph(Term.from_einsum(signature("ab"), "ab->cb"))
    Hypergraph(vertices=(('a', -1), ('b', -1), ('a', -1)), edges=(6, 3))
    """
    signature = term.signature
    parents: dict[int, int] = {}
    for tensor, indices in (
        *zip(term.factor_tensors, term.factor_indices, strict=True),
        (term.output_tensor, term.output_indices),
    ):
        for slot, index in zip(signature.slots(tensor), indices, strict=True):
            parents[index] = indices[slot.parent] if slot.parent >= 0 else -1
    vertices = tuple([(letter, parents[index]) for index, letter in enumerate(term.index_axes)])
    return Hypergraph(vertices, (edge_of(term.output_indices), *map(edge_of, term.factor_indices)))


def realised(signature: Signature, graph: Hypergraph) -> Term:
    """The term of a hypergraph whose first edge is the output, in the orientation that reads best.

    On slots of one axis vertices stand in one order for all tensors, the output's first vertex first and its other ones
    last: a matrix product is `ab,bc->ac`.
    """
    layouts = layouts_of(signature)
    graph = _relabelled(graph)
    ends = [vertex for vertex in range(len(graph.vertices)) if graph.edges[0] >> vertex & 1]
    first = {graph.vertices[vertex][0]: vertex for vertex in reversed(ends)}
    rank = {
        vertex: (0 if first.get(letter) == vertex else 2 if vertex in ends else 1, vertex)
        for vertex, (letter, _) in enumerate(graph.vertices)
    }
    own = len(graph.vertices)
    tensors: list[tuple[int, tuple[int, ...]]] = []
    for edge in graph.edges:
        found = fit(layouts, graph.vertices, edge)
        if found is None:
            raise SymshareError(f"{str(signature)!r} has no tensor for {graph}")
        number, chosen = found[0], _ordered(signature, found, graph, rank)
        spare = iter(range(own, own + len(chosen)))
        tensors.append((number, tuple([next(spare) if vertex < 0 else vertex for vertex in chosen])))
        own += chosen.count(-1)
    return network_term(identity(signature, 0), tensors[0], tensors[1:]).canonical()


def _relabelled(graph: Hypergraph) -> Hypergraph:
    """The same hypergraph with vertices and edges in canonical order, its first edge first."""
    _, numbers, order = labels(graph, rooted=True)
    ranked = sorted(range(len(graph.vertices)), key=lambda vertex: numbers[vertex])
    places = {vertex: place for place, vertex in enumerate(ranked)} | {-1: -1}
    vertices = tuple([(graph.vertices[vertex][0], places[graph.vertices[vertex][1]]) for vertex in ranked])
    turned = {number: edge_of(places[v] for v in ranked if edge >> v & 1) for number, edge in enumerate(graph.edges)}
    return Hypergraph(vertices, tuple([turned[number] for number in (0, *(one for one in order if one != 0))]))


def _ordered(
    signature: Signature, found: tuple[int, tuple[int, ...]], graph: Hypergraph, rank: Mapping[int, tuple[int, int]]
) -> tuple[int, ...]:
    """The same vertices on the same type, those of one axis in the order of their ranks where nothing hangs on them."""
    number, chosen = found
    layout = signature.slots(signature.inputs[number])
    parents = {slot.parent for slot in layout}
    best = list(chosen)
    for letter in dict.fromkeys(slot.axis for slot in layout):
        for parent in dict.fromkeys(slot.parent for slot in layout):
            places = [
                place
                for place, slot in enumerate(layout)
                if slot.axis == letter and slot.parent == parent and place not in parents
            ]
            ranked = sorted((chosen[place] for place in places), key=lambda vertex: rank.get(vertex, (3, 0)))
            for place, vertex in zip(places, ranked, strict=True):
                best[place] = vertex
    return tuple(best)


def reason(pooling: Term) -> str:
    """Why a pooling is irreducible: what would be left if its best set of factors were computed first.

    >>> from symshare.core.notation.reading import signature
    >>> reason(Term.from_einsum(signature("ab"), "ab,cb,cd->ad"))
    'ab,cb computed first leaves a, c: more of axis a than a tensor has'
    """
    signature, names = pooling.signature, pooling.names()
    if pooling.order < 2:
        return "one tensor"
    if signature.groups:
        return "no composition of lower order gives it"
    if pooling.order == 2:
        return _why_of_order_two(pooling)
    if is_reducible(layouts_of(signature), without_pendants(hypergraph(pooling))):
        return "a composition: explain it"
    graph = hypergraph(pooling)
    layouts = layouts_of(signature)
    best: tuple[tuple[int, int, tuple[int, ...]], str] | None = None
    for size in range(2, pooling.order):
        for part in combinations(range(pooling.order), size):
            inside = outside = 0
            for number, edge in enumerate(graph.edges):
                if number - 1 in part:
                    inside |= edge
                else:
                    outside |= edge
            left = [vertex for vertex in range(len(graph.vertices)) if (inside & outside) >> vertex & 1]
            key = (len(left), size, part)
            if best is None or key < best[0]:
                texts = [
                    spelled([names[index] for index in pooling.factor_indices[number]], signature.words)
                    for number in part
                ]
                left_names = ", ".join(names[vertex] for vertex in left)
                best = key, f"{','.join(texts)} computed first leaves {left_names}: {_excess(layouts, graph, left)}"
    return best[1] if best else ""


def _why_of_order_two(pooling: Term) -> str:
    graph, names = hypergraph(pooling), pooling.names()
    together = graph.edges[1] | graph.edges[2]
    if fit(layouts_of(pooling.signature), graph.vertices, together) is not None:
        return "the product, entry by entry: nothing of order 1 multiplies"
    held = [vertex for vertex in range(len(graph.vertices)) if together >> vertex & 1]
    excess = _excess(layouts_of(pooling.signature), graph, held)
    return (
        f"before the sum there are {', '.join(names[v] for v in held)}: {excess}, so no product entry by entry makes it"
    )


def _excess(layouts: Layouts, graph: Hypergraph, left: list[int]) -> str:
    """Why no tensor carries these indices."""
    for letter in dict.fromkeys(graph.vertices[vertex][0] for vertex in left):
        own = sum(graph.vertices[vertex][0] == letter for vertex in left)
        if own > max(sum(slot.axis == letter for slot in layout) for layout in layouts):
            return f"more of axis {letter} than a tensor has"
    return "no tensor has these together"
