"""Supports: how they are made, several graphs as one, and the order of nodes and edges."""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from symshare import nn
from symshare.nn import Support
from tests.nn.sparse.made import DOUBLE, SUPPORTS, Case, assert_close

INDEX = torch.tensor([[0, 1, 2, 2], [1, 0, 2, 0]])
LAYERS = {
    "graph": ("edges:aaH,nodes:aH,whole:H", {}),
    "scaled": ("edges:aaH,nodes:aH,whole:H", {"normalise_scale": True}),
    "products": ("edges:aaH,nodes:aH", {"order": 2}),
    "pooling": ("edges:aaH,nodes:aH", {"order": 2, "kind": "pooling", "normalise_factors": True}),
}


def pairs(support):
    return set(zip(*support.index.tolist(), strict=True))


def test_supports_of_many_makes():
    sparse = pytest.importorskip("scipy.sparse")
    networkx = pytest.importorskip("networkx")
    mask = torch.zeros(3, 3)
    mask[INDEX[0], INDEX[1]] = 1
    directed = networkx.DiGraph()
    directed.add_nodes_from("uvw")
    directed.add_edges_from([("u", "v"), ("v", "u"), ("w", "w"), ("w", "u")])
    made = [
        Support.from_edge_index(INDEX, 3),
        Support.from_edge_index(INDEX.int(), (3, 3)),
        Support.from_dense(mask),
        Support.from_scipy(sparse.csr_matrix(np.asarray(mask))),
        Support.from_networkx(directed),
        Support.from_data(SimpleNamespace(edge_index=INDEX, num_nodes=3)),
    ]
    for one in made:
        assert (pairs(one), one.sizes) == ({(0, 1), (1, 0), (2, 2), (2, 0)}, (3, 3))
    line = Support.from_networkx(networkx.path_graph(3))
    assert pairs(line) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert Support.from_networkx(networkx.empty_graph(2)).index.shape == (2, 0)
    assert repr(made[0]) == "Support(4 pairs of (3, 3))"


def test_a_support_is_copied_without_what_it_keeps():
    case = Case("edges:aaH,nodes:aH", ["edges"], Support.from_edge_index(INDEX, 3), order=2)
    wanted = case.outputs()
    for other in (pickle.loads(pickle.dumps(case.support)), copy.deepcopy(case.support)):
        assert (other.kept, pairs(other)) == ({}, pairs(case.support))
        assert_close(case.layer(*case.inputs, support=other), wanted)


def test_pairs_that_stand_twice_are_refused_or_merged():
    twice = Support.from_edge_index(torch.tensor([[2, 0, 2, 1], [1, 0, 1, 1]]), 3)
    layer = nn.compile("edges:aaH", 2, 3, sparse=["edges"], dtype=DOUBLE)
    values = torch.randn(5, 4, 2, dtype=DOUBLE)
    with pytest.raises(ValueError, match=r"the pair \(2, 1\) more than once; take support.without_duplicates"):
        layer(values, support=twice)
    once = twice.without_duplicates()
    assert once.index.tolist() == [[2, 0, 1], [1, 0, 1]]
    merged = twice.merged(values)
    torch.testing.assert_close(merged, torch.stack([values[:, 0] + values[:, 2], values[:, 1], values[:, 3]], 1))
    assert layer(merged, support=once).shape == (5, 3, 3)


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_batch_of_graphs_is_each_alone(layer, reduce):
    symmetry, options = LAYERS[layer]
    several = [SUPPORTS[name] for name in ("directed", "empty", "mirrored", "none", "one")]
    cases = [Case(symmetry, ["edges"], one, reduce=reduce, **options) for one in several]
    together = Support.batch(several)
    number = torch.cat([torch.full((one.sizes[0],), place) for place, one in enumerate(several)])
    assert together.number == 5 and together.graphs[0].equal(number)
    joined = [
        torch.stack(own) if own[0].dim() == 1 else torch.cat(own, -2)
        for own in zip(*(case.inputs for case in cases), strict=True)
    ]
    found = cases[0].layer(*joined, support=together)
    wanted = []
    for case in cases:
        case.layer.load_state_dict(cases[0].layer.state_dict())
        wanted.append(case.outputs())
    assert_close(found, [torch.stack(o) if o[0].dim() == 1 else torch.cat(o, -2) for o in zip(*wanted, strict=True)])


def test_a_batch_of_graphs_from_the_graph_of_each_node():
    several = [SUPPORTS["directed"], SUPPORTS["mirrored"]]
    together = Support.batch(several)
    data = SimpleNamespace(edge_index=together.index, num_nodes=11, batch=together.graphs[0])
    again = Support.from_data(data)
    assert again.number == 2 and again.graphs[0].equal(together.graphs[0])
    assert Support.batch([together, several[0]]).number == 3


@pytest.mark.parametrize("layer", LAYERS)
def test_nodes_and_edges_in_any_order(layer):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS["directed"], **options)
    nodes, edges = torch.randperm(5), torch.randperm(SUPPORTS["directed"].index.shape[1])
    place = nodes.argsort()
    moved = Support.from_edge_index(place[SUPPORTS["directed"].index[:, edges]], 5)

    def turned(values):
        found = [values[0][edges], values[1][nodes]]
        return [*found, *values[2:]]

    assert_close(case.layer(*turned(case.inputs), support=moved), turned(case.outputs()))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Support.from_edge_index(INDEX, 2), "index has 2 in row 0; values are 0 to 1"),
        (lambda: Support.from_edge_index(-INDEX, 3), "index has -2 in row 0"),
        (lambda: Support.from_edge_index(INDEX, (3, 1)), "index has 2 in row 1; values are 0 to 0"),
        (lambda: Support.from_edge_index(INDEX.double(), 3), "give whole numbers"),
        (lambda: Support.from_edge_index(INDEX.mT, 3), r"index needs shape \(2, E\), not \(4, 2\)"),
        (lambda: Support.from_edge_index([[0, 1]], 3), r"index needs shape \(2, E\)"),
        (lambda: Support.from_edge_index(INDEX, 3, torch.zeros(2)), r"batch needs shape \(3,\)"),
        (lambda: Support.from_edge_index(INDEX, 3, torch.tensor([0, 1, 1])), "between nodes of two graphs"),
        (lambda: Support.batch([]), "needs one support or more"),
        (lambda: Support.from_edge_index(INDEX, 3.0), "two whole numbers of values"),
        (lambda: Support.from_edge_index(INDEX, None), "two whole numbers of values"),
        (lambda: Support.from_edge_index(INDEX[:, :0], -1), "two whole numbers of values"),
        (lambda: Support.from_edge_index(INDEX, (3, 3, 3)), "two whole numbers of values"),
        (lambda: Support.from_dense(torch.ones(3)), r"mask needs shape \(n, m\)"),
        (lambda: Support.from_edge_index(INDEX, 3, torch.tensor([-1, -1, -1])), "graphs are 0 and up"),
    ],
)
def test_what_is_no_support(made, said):
    with pytest.raises((ValueError, TypeError), match=said):
        made()


@pytest.mark.parametrize(
    ("edges", "nodes", "support", "said"),
    [
        ((4, 2), (3, 2), None, "support of edges is a NoneType"),
        ((4, 2), (3, 2), {"nodes": Support(INDEX, (3, 3))}, "support has no 'edges'"),
        ((5, 2), (3, 2), Support(INDEX, (3, 3)), r"edges needs shape \(..., 4, 2\), not \(5, 2\)"),
        ((4, 2), (4, 2), Support(INDEX, (3, 3)), r"nodes needs shape \(..., a, 2\), not \(4, 2\)"),
        ((4, 2), (3, 2), Support(INDEX, (3, 4)), r"support of edges has sizes \(3, 4\), and a = 3"),
        ((4, 3), (3, 2), Support(INDEX, (3, 3)), r"edges needs shape \(..., 4, 2\), not \(4, 3\)"),
    ],
)
def test_values_that_do_not_fit_a_support(edges, nodes, support, said):
    layer = nn.compile("edges:aaH,nodes:aH", 2, 3, sparse="edges")
    with pytest.raises((ValueError, TypeError), match=said):
        layer(torch.zeros(edges), torch.zeros(nodes), support=support)
