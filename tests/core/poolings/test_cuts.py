"""Vertex separators that one tensor carries, the components they leave, and whether they make a hypergraph reducible."""

from itertools import combinations, product

import networkx as nx
import pytest

from symshare import signature, terms
from symshare.core.poolings.cuts import components, is_reducible, separators
from symshare.core.poolings.hypergraph import Hypergraph, without_pendants
from symshare.core.poolings.irreducible import layouts_of
from symshare.core.poolings.realisation import hypergraph

PLAIN = [("ab", (), 3), ("aa", (), 3), ("a,bb->a,bb", (), 3), ("ab,bc->ab,bc", (), 3)]
CASES = [*PLAIN, ("ab", ("a->b",), 3), ("aab", ("a->b",), 2)]


def carried(layouts, vertices, members):
    """Whether some tensor has a slot for each of the vertices: every way to put its slots on them is tried."""
    return any(
        set(members) <= set(chosen)
        and all(
            vertex < 0 or vertices[vertex] == (slot.axis, chosen[slot.parent] if slot.parent >= 0 else -1)
            for slot, vertex in zip(layout, chosen, strict=True)
        )
        for layout in layouts
        for chosen in product([-1, *members], repeat=len(layout))
    )


def cases():
    for text, depends, order in CASES:
        one = signature(text, depends=depends)
        for term in terms(one, order)[::3]:
            yield layouts_of(one), without_pendants(hypergraph(term))


def test_separators_are_the_largest_sets_that_a_tensor_carries():
    for layouts, vertices in {(layouts, graph.vertices) for layouts, graph in cases()}:
        number = len(vertices)
        every = [
            set(members)
            for size in range(number + 1)
            for members in combinations(range(number), size)
            if carried(layouts, vertices, members)
        ]
        largest = [one for one in every if not any(one < other for other in every)]
        found = [{vertex for vertex in range(number) if cut >> vertex & 1} for cut in separators(layouts, vertices)]
        assert len(found) == len(largest)
        assert all(one in largest for one in found)


def test_components_of_edges_hang_together_outside_the_separator():
    for edges in product(range(16), repeat=3):
        for cut in (0, 0b0101, 0b1110):
            graph = nx.Graph()
            graph.add_nodes_from(range(3))
            graph.add_edges_from((a, b) for a, b in combinations(range(3), 2) if edges[a] & edges[b] & ~cut)
            assert components(edges, cut) == sorted(map(sorted, nx.connected_components(graph)))


def reducible(layouts, graph):
    """Whether two edges or more share with two others or more what one tensor carries: every part is tried."""
    edges = [{vertex for vertex in range(len(graph.vertices)) if edge >> vertex & 1} for edge in graph.edges]
    for size in range(2, len(edges) - 1):
        for part in combinations(range(len(edges)), size):
            inside = set().union(*[edges[number] for number in part])
            outside = set().union(*[edge for number, edge in enumerate(edges) if number not in part])
            if carried(layouts, graph.vertices, sorted(inside & outside)):
                return True
    return False


@pytest.mark.parametrize("order", [2, 3])
def test_a_hypergraph_is_reducible_if_some_part_shares_with_the_rest_what_a_tensor_carries(order):
    seen = set()
    for layouts, graph in cases():
        if len(graph.edges) == order + 1:
            found = is_reducible(layouts, graph)
            assert found == reducible(layouts, graph)
            seen.add(found)
    assert seen == ({False} if order == 2 else {False, True})


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_a_ring_of_matrices_is_a_product_of_two(number):
    """Its result is one of the edges: from four on two neighbours share two vertices with the rest."""
    edges = tuple(1 << at | 1 << (at + 1) % number for at in range(number))
    assert is_reducible(layouts_of(signature("aa")), Hypergraph((("a", -1),) * number, edges)) == (number > 3)


@pytest.mark.parametrize("number", [4, 5])
def test_complete_graphs_are_irreducible(number):
    edges = tuple(1 << one | 1 << other for one, other in combinations(range(number), 2))
    assert not is_reducible(layouts_of(signature("aa")), Hypergraph((("a", -1),) * number, edges))
