"""Hypergraphs: which vertices one tensor can carry, against every way to put its slots on them."""

from itertools import product

import pytest

from symshare import signature
from symshare.core.notation.forest import Slot
from symshare.core.poolings.hypergraph import Hypergraph, depth, edge_of, fit, without_pendants

PLAIN = [("ab", ()), ("aa", ()), ("aab", ()), ("ab,bb,a->ab,bb,a", ())]
TYPES = [*PLAIN, ("aab", ("a->b",)), ("abb", ("a->b",)), ("abc", ("a->b", "b->c"))]
VERTICES = [
    # a letter, and the vertex it belongs to; without parents, then with b on a and c on b
    ((("a", -1), ("a", -1), ("b", -1), ("b", -1), ("a", -1)), ()),
    ((("a", -1), ("a", -1), ("b", 0), ("b", 0), ("b", 1)), ("a->b",)),
    ((("a", -1), ("b", 0), ("b", 0), ("c", 1), ("c", 2)), ("a->b", "b->c")),
]


def put(layout, vertices, members):
    """Every way to put slots on some vertices or to spare them (-1), so that no vertex is left out."""
    for chosen in product([-1, *members], repeat=len(layout)):
        if set(members) <= set(chosen) and all(
            vertex < 0
            or (
                vertices[vertex][0] == slot.axis
                and vertices[vertex][1] == (chosen[slot.parent] if slot.parent >= 0 else -1)
            )
            for slot, vertex in zip(layout, chosen, strict=True)
        ):
            yield chosen


@pytest.mark.parametrize(("text", "depends"), TYPES)
def test_a_tensor_carries_vertices_if_its_slots_can_be_put_on_all_of_them(text, depends):
    one = signature(text, depends=depends)
    layouts = tuple(one.slots(tensor) for tensor in one.inputs)
    found = 0
    for vertices, own in VERTICES:
        if not set(depends) <= set(own) or (own and not depends):
            continue
        for edge in range(1 << len(vertices)):
            members = [vertex for vertex in range(len(vertices)) if edge >> vertex & 1]
            if any(vertices[vertex][1] not in (-1, *members) for vertex in members):
                continue  # an index does not come without the one it belongs to
            every = [
                (len(layout), -chosen.count(-1), number, chosen)
                for number, layout in enumerate(layouts)
                for chosen in put(layout, vertices, members)
            ]
            taken = fit(layouts, vertices, edge)
            assert (taken is None) == (not every)
            if taken is not None:
                number, chosen = taken
                assert (len(layouts[number]), -chosen.count(-1)) == min(every)[:2]
                assert (len(layouts[number]), -chosen.count(-1), number, chosen) in every
                found += 1
    assert found


@pytest.mark.parametrize(("vertices", "depends"), VERTICES)
def test_vertices_on_one_edge_only_are_left_out(vertices, depends):
    number = len(vertices)
    for edges in product(range(0, 1 << number, 3), repeat=3):
        graph = Hypergraph(vertices, edges)
        sets = [{vertex for vertex in range(number) if edge >> vertex & 1} for edge in edges]
        degrees = [sum(vertex in one for one in sets) for vertex in range(number)]
        assert graph.degrees() == degrees
        kept = [vertex for vertex in range(number) if degrees[vertex] > 1]
        found = without_pendants(graph)
        assert [letter for letter, _ in found.vertices] == [vertices[vertex][0] for vertex in kept]
        assert [above for _, above in found.vertices] == [
            kept.index(vertices[vertex][1]) if vertices[vertex][1] in kept else -1 for vertex in kept
        ]
        assert [{kept[at] for at in range(len(kept)) if edge >> at & 1} for edge in found.edges] == [
            one & set(kept) for one in sets
        ]


def test_depth_and_sets_as_bits():
    chain = (Slot("c", 2), Slot("a", -1), Slot("b", 1))
    assert [depth(chain, place) for place in range(3)] == [2, 0, 1]
    assert edge_of([3, 0, 3]) == 0b1001
    assert edge_of([]) == 0
