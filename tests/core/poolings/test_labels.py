"""Labels of hypergraphs: equal exactly for those that renaming makes equal, by trying every renaming."""

from itertools import combinations, permutations, product
from random import Random

import pytest

from symshare.core.poolings.hypergraph import Hypergraph
from symshare.core.poolings.labels import labels, told_apart

VERTICES = [
    (("a", -1), ("a", -1), ("a", -1)),
    (("a", -1), ("a", -1), ("b", -1), ("b", -1)),
    (("a", -1), ("a", -1), ("b", 0), ("b", 1)),
]


def renamed(graph, images, order):
    vertices = [("", -1)] * len(images)
    for vertex, (letter, parent) in enumerate(graph.vertices):
        vertices[images[vertex]] = (letter, images[parent] if parent >= 0 else -1)
    edges = [sum(1 << images[v] for v in range(len(images)) if edge >> v & 1) for edge in graph.edges]
    return Hypergraph(tuple(vertices), tuple([edges[number] for number in order]))


def least(graph, rooted):
    """The least of all renamings of vertices and of all orders of edges (`rooted`: but the first)."""
    number, edges = len(graph.vertices), len(graph.edges)
    return min(
        (one.vertices, one.edges[:1] if rooted else (), tuple(sorted(one.edges[rooted:])))
        for images in permutations(range(number))
        for one in [renamed(graph, images, range(edges))]
    )


def graphs(vertices):
    edges = [
        edge
        for edge in range(1, 1 << len(vertices))
        if all(parent < 0 or edge >> parent & 1 for v, (_, parent) in enumerate(vertices) if edge >> v & 1)
    ]
    listed = [Hypergraph(vertices, chosen) for chosen in product(edges, repeat=3)]
    return listed if len(listed) < 400 else Random(0).sample(listed, 400)


@pytest.mark.parametrize("vertices", VERTICES)
@pytest.mark.parametrize("rooted", [False, True])
def test_labels_are_equal_exactly_for_isomorphic_hypergraphs(vertices, rooted):
    pairs = {(labels(graph, rooted=rooted)[0], least(graph, rooted)) for graph in graphs(vertices)}
    forms, classes = ({pair[at] for pair in pairs} for at in (0, 1))
    assert len(pairs) == len(forms) == len(classes) > 3


@pytest.mark.parametrize("vertices", VERTICES)
@pytest.mark.parametrize("rooted", [False, True])
def test_the_numbers_of_isomorphic_hypergraphs_carry_one_to_the_other(vertices, rooted):
    """Numbers of vertices and the order of edges say which renaming it is."""
    random = Random(1)
    for graph in graphs(vertices)[::5]:
        images = random.sample(range(len(vertices)), len(vertices))
        order = [0, *random.sample([1, 2], 2)] if rooted else random.sample(range(3), 3)
        turned = renamed(graph, images, order)
        (_, one, one_order), (_, other, other_order) = labels(graph, rooted=rooted), labels(turned, rooted=rooted)
        back = {number: vertex for vertex, number in other.items()}
        used = [vertex for vertex in range(len(vertices)) if vertex in one]
        for mine, theirs in zip(one_order, other_order, strict=True):
            edge = {back[one[vertex]] for vertex in used if graph.edges[mine] >> vertex & 1}
            assert edge == {vertex for vertex in range(len(vertices)) if turned.edges[theirs] >> vertex & 1}


@pytest.mark.parametrize("vertices", VERTICES)
def test_what_comes_out_told_apart_is_the_same_hypergraph(vertices):
    """Equal ones are isomorphic; and canonical forms of what comes out are equal exactly for isomorphic ones."""
    found = [(told_apart(graph), least(graph, False)) for graph in graphs(vertices)]
    for (one, own), (other, theirs) in combinations(found[:150], 2):
        assert one != other or own == theirs
        assert (labels(one)[0] == labels(other)[0]) == (own == theirs)
    for graph, _ in found:
        assert sorted(letter[0] for letter, _ in graph.vertices) == [letter for letter, _ in vertices]
        assert all(graph.vertices[parent][0][0] == "a" for _, parent in graph.vertices if parent >= 0)


def test_most_renamings_come_out_equal():
    """Among 200 renamed hypergraphs on four vertices nearly all are known without a canonical form."""
    random = Random(2)
    equal = 0
    for _ in range(200):
        edges = tuple(random.randrange(1, 16) for _ in range(5))
        graph = Hypergraph((("a", -1),) * 4, edges)
        equal += told_apart(graph) == told_apart(renamed(graph, random.sample(range(4), 4), random.sample(range(5), 5)))
    assert equal > 150
