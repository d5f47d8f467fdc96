"""From terms to hypergraphs and back, and the reasons why a pooling is irreducible."""

import networkx as nx
import pytest

from symshare import SymshareError, Term, pools, signature, terms
from symshare.core.poolings.hypergraph import Hypergraph, without_pendants
from symshare.core.poolings.realisation import hypergraph, realised, reason


def test_reasons_name_what_is_too_much():
    product, matrix_product = pools("aa", 2).poolings
    assert reason(product) == "the product, entry by entry: nothing of order 1 multiplies"
    assert reason(matrix_product) == (
        "before the sum there are a, b, c: more of axis a than a tensor has, so no product entry by entry makes it"
    )
    assert reason(Term.from_einsum(signature("ab"), "ab,ab,ab->ab")) == "a composition: explain it"
    assert (
        reason(pools("aa", 5).poolings[-1]) == "ab,ac computed first leaves a, b, c: more of axis a than a tensor has"
    )
    mixed = next(term for term in pools("ab,bc->ab,bc", 3).poolings if str(term) == "ab,bc,dc->ad")
    assert reason(mixed) == "ab,bc computed first leaves a, c: no tensor has these together"


def test_the_same_pooling_comes_from_every_labelling():
    for text, depends, order in [("aa", (), 5), ("ab", (), 5), ("aab", ("a->b",), 3), ("abab", ("a->b",), 2)]:
        for pooling in pools(text, order, depends=depends).of_order(order):
            graph = hypergraph(pooling)
            number = len(graph.vertices)
            for shift in range(1, number):
                moved = [(vertex + shift) % number for vertex in range(number)]
                vertices = [("", -1)] * number
                for vertex, (letter, parent) in enumerate(graph.vertices):
                    vertices[moved[vertex]] = (letter, moved[parent] if parent >= 0 else -1)
                edges = [sum(1 << moved[v] for v in range(number) if edge >> v & 1) for edge in graph.edges]
                turned = Hypergraph(tuple(vertices), (edges[0], *edges[:0:-1]))
                assert realised(pooling.signature, turned) == pooling
    assert isinstance(pooling, Term)


TYPES = [
    ("ab", ()),
    ("aa", ()),
    ("aab", ()),
    ("ab,bc->ab,bc", ()),
    ("ab", ("a->b",)),
    ("aab", ("a->b",)),
    ("ba", ("a->b",)),
]


def incidences(vertices, edges):
    """A graph of vertices, marked by their letters, and edges, the first one marked, for networkx to compare."""
    graph = nx.DiGraph()
    for vertex, (letter, parent) in vertices.items():
        graph.add_node(("vertex", vertex), kind=letter)
        if parent is not None:
            graph.add_edge(("vertex", parent), ("vertex", vertex))
    for number, edge in enumerate(edges):
        graph.add_node(number, kind="output" if number == 0 else "factor")
        graph.add_edges_from((number, ("vertex", vertex)) for vertex in edge)
    return graph


def read(term, depends):
    """The same from the text of a term: a letter is a vertex; a child belongs to the nearest parent to its left, else right."""
    inputs, output = str(term).split("->")
    above = {child: parent for parent, child in (one.split("->") for one in depends)}
    vertices, edges = {}, []
    axes = [term.output_tensor.axes, *(tensor.axes for tensor in term.factor_tensors)]
    for letters, own in zip([output, *inputs.split(",")], axes, strict=True):
        edges.append(set(letters))
        for place, letter in enumerate(letters):
            holder = above.get(own[place])
            left = [at for at in range(place) if own[at] == holder]
            right = [at for at in range(place, len(own)) if own[at] == holder]
            vertices[letter] = (own[place], letters[left[-1]] if left else letters[right[0]] if right else None)
    return vertices, edges


def incidences_of(graph):
    vertices = {at: (letter, above if above >= 0 else None) for at, (letter, above) in enumerate(graph.vertices)}
    return incidences(vertices, [{at for at in vertices if edge >> at & 1} for edge in graph.edges])


def alike(one, other):
    return nx.is_isomorphic(one, other, node_match=lambda left, right: left["kind"] == right["kind"])


@pytest.mark.parametrize(("text", "depends"), TYPES)
@pytest.mark.parametrize("order", [1, 2])
def test_a_hypergraph_has_a_vertex_for_each_letter_of_the_text(text, depends, order):
    one = signature(text, depends=depends)
    for term in terms(one, order):
        assert alike(incidences_of(hypergraph(term)), incidences(*read(term, depends)))


@pytest.mark.parametrize(("text", "depends"), TYPES)
@pytest.mark.parametrize("order", [2, 3])
def test_the_term_of_a_hypergraph_has_it_besides_indices_of_its_own(text, depends, order):
    one = signature(text, depends=depends)
    for term in terms(one, order)[::4]:
        graph = without_pendants(hypergraph(term))
        vertices, edges = read(realised(one, graph), depends)
        shared = {letter: label for letter, label in vertices.items() if sum(letter in edge for edge in edges) > 1}
        cut = {letter: (axis, above if above in shared else None) for letter, (axis, above) in shared.items()}
        assert alike(incidences(cut, [edge & set(shared) for edge in edges]), incidences_of(graph))


def test_a_hypergraph_that_no_tensor_carries_has_no_term():
    with pytest.raises(SymshareError, match="'ab' has no tensor for Hypergraph"):
        realised(signature("ab"), Hypergraph((("a", -1), ("a", -1)), (0b11, 0b11)))


def test_one_tensor_has_no_reason():
    assert reason(Term.from_einsum(signature("ab"), "ab->cb")) == "one tensor"
