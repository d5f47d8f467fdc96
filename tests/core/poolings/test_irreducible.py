"""Irreducible hypergraphs are the graphs of the definition, listed one by one."""

from itertools import combinations, combinations_with_replacement, permutations, product

import networkx as nx
import pytest

from symshare import TooLargeError, pools, signature
from symshare.core.poolings.hypergraph import Hypergraph, without_pendants
from symshare.core.poolings.irreducible import cover, irreducible_hypergraphs, is_regular, layouts_of, rootings
from symshare.core.poolings.realisation import hypergraph


def reducible(edges, limits):
    """Whether some factors can be computed first, or an index occurs once; edges are sets of pairs (letter, number)."""
    if any(sum(vertex in edge for edge in edges) < 2 for vertex in set().union(*edges)):
        return True
    factors = range(1, len(edges))
    for size in range(2, len(factors)):
        for part in combinations(factors, size):
            inside = set().union(*[edges[number] for number in part])
            outside = set().union(*[edge for number, edge in enumerate(edges) if number not in part])
            letters = [letter for letter, _ in inside & outside]
            if all(letters.count(letter) <= limit for letter, limit in limits.items()):
                return True
    return False


def rooted(edges):
    """A graph with its first edge marked."""
    graph = nx.Graph()
    for number, (one, other) in enumerate(edges):
        graph.add_edge(one, other, root=number == 0)
    return graph


def same_rooted(one, other):
    return nx.is_isomorphic(one, other, edge_match=lambda left, right: left["root"] == right["root"])


def test_matrix_poolings_are_the_three_connected_graphs_rooted_at_an_edge():
    graphs = [
        graph
        for graph in nx.graph_atlas_g()
        if graph.number_of_edges() <= 10 and graph.number_of_nodes() > 3
        if min(dict(graph.degree).values()) > 2 and nx.node_connectivity(graph) > 2
    ]
    poolings = pools("aa", 9)
    for order in range(3, 10):  # 10 edges have 6 vertices at most, and the atlas has all graphs up to 7
        wanted = []
        for graph in [graph for graph in graphs if graph.number_of_edges() == order + 1]:
            for edge in graph.edges:
                one = rooted([edge, *[other for other in graph.edges if other != edge]])
                if not any(same_rooted(one, other) for other in wanted):
                    wanted.append(one)
        assert len(poolings.of_order(order)) == len(wanted)
        for term in poolings.of_order(order):
            one = rooted([term.output_indices, *term.factor_indices])
            assert one.number_of_edges() == order + 1
            (match,) = [other for other in wanted if same_rooted(one, other)]
            wanted.remove(match)
        assert not wanted


def bipartite(edges):
    """Every simple graph of rows and columns with so many edges, two or more at each vertex, as sets of columns by row."""
    for columns in range(2, edges // 2 + 1):
        rows = [row for size in range(2, columns + 1) for row in combinations(range(columns), size)]
        for number in range(2, edges // 2 + 1):
            for chosen in combinations_with_replacement(rows, number):
                degrees = [sum(column in row for row in chosen) for column in range(columns)]
                if sum(degrees) == edges and min(degrees) > 1:
                    yield chosen


def least_rooted(rows, root):
    """The least way to write such a graph with one row and one of its columns marked."""
    marked = [(number == root[0], row) for number, row in enumerate(rows)]
    return min(
        (order[root[1]], sorted([(mark, sorted([order[column] for column in row])) for mark, row in marked]))
        for order in permutations(range(max(map(max, rows)) + 1))
    )


def rows_of(term):
    """The rows of the graph of a term, its output the first column of the first row."""
    tensors = [term.output_indices, *term.factor_indices]
    columns = list(dict.fromkeys(column for _, column in tensors))
    rows = dict.fromkeys(row for row, _ in tensors)
    return [[columns.index(column) for other, column in tensors if other == row] for row in rows]


def test_two_axes_have_the_bipartite_graphs_of_the_definition():
    poolings = pools("ab", 8)
    assert [term.to_einsum() for term in poolings.of_order(2)] == ["ab,ab->ab"]
    for order in range(3, 9):
        found = []
        for rows in bipartite(order + 1):
            cells = [(number, column) for number, row in enumerate(rows) for column in row]
            for root in cells:
                edges = [{("a", row), ("b", column)} for row, column in [root, *[one for one in cells if one != root]]]
                if not reducible(edges, {"a": 1, "b": 1}) and (one := least_rooted(rows, root)) not in found:
                    found.append(one)
        assert sorted(least_rooted(rows_of(term), (0, 0)) for term in poolings.of_order(order)) == sorted(found)


def partitions(number):
    """Every partition of so many things, as the number of the block of each, without blocks of one."""
    return [
        blocks
        for blocks in product(range(number // 2), repeat=number)
        if all(block <= max(blocks[:place], default=-1) + 1 for place, block in enumerate(blocks))
        if all(blocks.count(block) > 1 for block in blocks)
    ]


@pytest.mark.parametrize(("text", "order"), [("a", 5), ("ab", 5), ("abc", 4), ("abcd", 3)])
def test_axes_of_different_letters_have_the_partitions_of_the_definition(text, order):
    """An index is a block of tensors, the output the first of them."""
    poolings = pools(text, order)
    for degree in range(2, order + 1):
        found = set()
        for indices in product(partitions(degree + 1), repeat=len(text)):
            tensors = list(zip(*indices, strict=True))
            edges = [set(zip(text, tensor, strict=True)) for tensor in tensors]
            if not reducible(edges, dict.fromkeys(text, 1)):
                found.add(least_order(tensors))
        terms = poolings.of_order(degree)
        assert len(terms) == len(found)
        assert {least_order([term.output_indices, *term.factor_indices]) for term in terms} == found


def least_order(tensors):
    return min(numbered_by_letter([tensors[0], *rest]) for rest in permutations(tensors[1:]))


def numbered_by_letter(tensors):
    """Tensors with the indices of each letter numbered by first appearance."""
    columns = [tuple([list(dict.fromkeys(one)).index(index) for index in one]) for one in zip(*tensors, strict=True)]
    return tuple(zip(*columns, strict=True))


@pytest.mark.parametrize("text", ["ab", "aa", "abc", "aab", "abb", "aaa"])
@pytest.mark.parametrize("depends", [(), ("a->b",)])
def test_regular_types_are_found_by_the_general_search_too(text, depends, monkeypatch):
    if depends and "b" not in text:
        return
    one = signature(text, depends=depends)
    if not is_regular(layouts_of(one)):
        return
    found = {order: irreducible_hypergraphs(one, order + 1) for order in (2, 3)}
    monkeypatch.setattr("symshare.core.poolings.irreducible.is_regular", lambda layouts: False)
    for order, graphs in found.items():
        general = irreducible_hypergraphs(one, order + 1)
        assert len(general) == len(graphs)
        assert sum(len(rootings(graph)) for graph in general) == sum(len(rootings(graph)) for graph in graphs)


@pytest.mark.parametrize(("text", "depends"), [("ab", ()), ("aa", ()), ("abc", ()), ("aab", ()), ("abb", ("a->b",))])
def test_no_pooling_has_a_hypergraph_above_it(text, depends):
    for pooling in pools(text, 3, depends=depends).poolings:
        assert cover(layouts_of(pooling.signature), without_pendants(hypergraph(pooling))) is None


@pytest.mark.parametrize(
    ("edges", "classes"),
    [
        ([(0, 1), (1, 2), (2, 0)], 1),  # a triangle
        ([(0, 1), (1, 2), (2, 3)], 2),  # a path: its ends, its middle
        (
            [(0, 1), (0, 2), (0, 3), (1, 2)],
            3,
        ),  # a triangle with a tail: the tail, the two edges at it, the one opposite
        (list(combinations(range(4), 2)), 1),
        ([(0, 1), (2, 3), (0, 2), (1, 3), (0, 4), (1, 4)], 4),  # a house: ground, walls, ceiling, roof
    ],
)
def test_a_hypergraph_is_rooted_once_for_each_class_of_edges(edges, classes):
    number = max(map(max, edges)) + 1
    graph = Hypergraph((("a", -1),) * number, tuple(1 << one | 1 << other for one, other in edges))
    found = rootings(graph)
    assert len(found) == classes
    for one in found:
        assert one.vertices == graph.vertices
        assert sorted(one.edges) == sorted(graph.edges)


@pytest.mark.parametrize(
    ("text", "depends", "regular"),
    [
        ("ab", (), True),
        ("aab", (), True),
        ("ab", ("a->b",), True),
        ("abb", ("a->b",), True),
        ("aab", ("a->b",), False),  # a second index a without b below it
        ("ab,bc->ab,bc", (), False),
        ("abbc", ("b->c",), False),
        ("aabc", ("b->c",), True),
    ],
)
def test_one_type_is_regular_if_what_others_hang_on_stands_once(text, depends, regular):
    one = signature(text, depends=depends)
    assert is_regular(layouts_of(one)) == regular
    assert [[slot.axis for slot in layout] for layout in layouts_of(one)] == [
        list(t) for t in text.split("->")[0].split(",")
    ]


@pytest.mark.parametrize(
    ("text", "vertices", "edges", "higher", "below"),
    [
        # a sum over a that the second edge could have: put it there
        ("ab", "ab", (0b11, 0b10, 0b11), (0b11, 0b11, 0b11), (0, 1)),
        # no edge has an a: a new one on all three
        ("ab", "b", (0b1, 0b1, 0b1), (0b11, 0b11, 0b11), (0, -1)),
        # all slots of all edges are taken
        ("aa", "aa", (0b11, 0b11, 0b11), None, None),
        ("ab", "ab", (0b11, 0b11, 0b11), None, None),
    ],
)
def test_one_step_up_adds_what_the_slots_to_spare_can_take(text, vertices, edges, higher, below):
    graph = Hypergraph(tuple((letter, -1) for letter in vertices), edges)
    found = cover(layouts_of(signature(text)), graph)
    assert (found and (found[0].edges, found[1])) == (higher and (higher, below))


def test_a_search_takes_from_its_budget_and_ends_with_it():
    budget = [10_000]
    irreducible_hypergraphs(signature("aa"), 4, budget)
    assert 0 < budget[0] < 10_000
    with pytest.raises(TooLargeError, match="the poolings of 'aa' of order 5 have over") as told:
        irreducible_hypergraphs(signature("aa"), 6, [20])
    assert "ask for a lower order, or for a type with fewer axes" in str(told.value)
