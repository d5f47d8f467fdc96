"""Sparse tensors with dense axes after their pairs, and dense tensors of two axes beside them."""

import subprocess
import sys

import pytest
import torch

import symshare
from symshare.nn import Support
from tests.nn.sparse.made import DOUBLE, SUPPORTS, Case, assert_close, plan_of, random_support

LAYERS = {
    "third axis": ("edges:aabH,nodes:aH", {}),
    "third axis, read": ("edges:aabH->aH,bH,abH,baH,H", {}),
    "third axis, written": ("edges:aabH,nodes:aH,bH,baH,whole:H->edges:aabH", {}),
    "third axis, products": ("edges:aabH,bH->edges:aabH", {"order": 2}),
    "third axis, pooling": ("edges:aabH,nodes:aH", {"order": 2, "kind": "pooling"}),
    "third axis, full coefficients": ("edges:aabH->edges:aabH", {"order": 2, "coefficients": "full"}),
    "third axis, normalised": ("edges:aabH->edges:aabH", {"order": 2, "normalise_factors": True}),
    "third axis, one scale": ("edges:aabH,bH,nodes:aH", {"normalise_scale": True}),
    "third axis, order 3": (
        "edges:aabH",
        {"order": 3, "kind": "pooling", "only": ["acb,cdb,adb->acb", "acb,cdb->adb"]},
    ),
    "third of a table": ("edges:abcH,bH", {"order": 2, "kind": "pooling"}),
    "two more": ("edges:aabbH->edges:aabbH,bbH,aH", {}),
    "two more, different": ("edges:aabcH->y:aacbH,aH", {}),
    "words": ("edges:(user user time H),(user H)", {}),
    "the same axis again": ("edges:aaaH->aH,aaH,H", {}),
    "the same axis again, written": ("aH,aaH,H->edges:aaaH", {}),
    "beside a dense matrix": ("edges:aaH,f:aaH,nodes:aH", {}),
    "products with a dense matrix": ("edges:aaH,f:aaH->aH,H", {"order": 2}),
    "products of a dense matrix": (
        "edges:aaH,f:aaH->f:aaH",
        {"order": 2, "only": ["f:ab,f:bc->ac", "edges:ab,f:ab->ab"]},
    ),
    "a dense matrix, normalised": ("edges:aaH,f:aaH,H->edges:aaH,f:aaH", {"normalise_scale": True}),
    "a dense table": ("edges:aaH,baH->edges:aaH,abH,bH", {}),
    "pooling with a dense table": ("edges:aaH,abH", {"order": 2, "kind": "pooling"}),
}
SAME = "edges:aabH,nodes:abH,parts:bH->edges:aabH,baH,bH"


def sides(case):
    """The inputs of the dense layer, and 1 and 0 as the weights of its pairs."""
    (mask,) = case.supports.values()
    weights = torch.zeros(*mask.sizes, dtype=DOUBLE)
    weights[tuple(mask.index)] = 1
    return case.dense_inputs(), weights


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("support", ["directed", "without loops", "full", "empty", "one", "none"])
@pytest.mark.parametrize("layer", LAYERS)
def test_values_are_those_of_the_terms(layer, support, reduce):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS[support], reduce=reduce, **options)
    assert_close(case.outputs(), case.expected())


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize(
    "layer", ["third axis", "third axis, normalised", "third axis, pooling", "beside a dense matrix"]
)
def test_it_is_the_dense_layer_with_weights_of_pairs(layer, reduce):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS["directed"], reduce=reduce, **options)
    plain = case.made(*plan_of(symmetry, measured=["edges"], reduce=reduce, **options))
    plain.load_state_dict(case.layer.state_dict())
    inputs, weights = sides(case)
    inputs[0] = inputs[0] + 7 * (1 - weights)[(..., *[None] * (inputs[0].dim() - 2))]  # what is off it does not count
    found = plain(*inputs, measure={"edges": weights})
    assert_close(case.outputs(), case.on_supports(found if isinstance(found, tuple) else (found,)))


@pytest.mark.parametrize(
    "layer", ["third axis", "third axis, read", "third axis, pooling", "two more", "a dense table"]
)
def test_values_and_gradients_of_batches(layer):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS["directed"], batch=(2, 3), **options)
    learned = [*case.inputs, *case.layer.parameters()]

    def slopes(outputs):
        total = sum(one.sin().sum() for one in outputs)
        return torch.autograd.grad(total, learned, allow_unused=True, materialize_grads=True)

    assert_close(case.outputs(), case.expected())
    assert_close(slopes(case.outputs()), slopes(case.expected()))


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize(
    ("symmetry", "order"),
    [("e:aabH,f:bbH->e:aabH,f:bbH", 1), ("e:aabH,f:aaH->e:aabH", 2), ("e:aabH,f:abH->f:abH,bH", 2)],
)
def test_tensors_on_two_supports(symmetry, order, reduce):
    small = random_support(2, 2, 0.6, seed=3) if "bb" in symmetry else random_support(5, 2, 0.6, seed=3)
    small = random_support(5, 5, 0.5, seed=7) if "f:aa" in symmetry else small
    case = Case(symmetry, ["e", "f"], [SUPPORTS["directed"], small], reduce=reduce, order=order)
    assert_close(case.outputs(), case.expected())


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_a_batch_of_graphs_is_each_alone(reduce):
    several = [SUPPORTS[name] for name in ("directed", "empty", "mirrored", "none", "one")]
    cases = [Case(SAME, ["edges"], one, reduce=reduce, normalise_scale=True) for one in several]
    inputs = [*zip(*(case.inputs for case in cases), strict=True)]
    joined = [torch.cat(inputs[0]), torch.cat(inputs[1]), torch.stack(inputs[2])]
    found = cases[0].layer(*joined, support=Support.batch(several))
    for case in cases:
        case.layer.load_state_dict(cases[0].layer.state_dict())
    wanted = [*zip(*(case.outputs() for case in cases), strict=True)]
    assert_close(found, [torch.cat(wanted[0]), torch.cat(wanted[1], 1), torch.stack(wanted[2])])


def test_several_graphs_are_refused_where_a_matrix_is_dense():
    case = Case(*("edges:aaH,f:aaH", ["edges"], SUPPORTS["directed"]))
    with pytest.raises(ValueError, match="f has values for pairs of all nodes, and the support is of 2 graphs"):
        case.layer(*case.inputs, support=Support.batch([SUPPORTS["directed"], SUPPORTS["one"]]))


def test_nodes_and_edges_in_any_order():
    case, support = Case(SAME, ["edges"], SUPPORTS["directed"]), SUPPORTS["directed"]
    nodes, edges = torch.randperm(5), torch.randperm(support.index.shape[1])
    moved = Support.from_edge_index(nodes.argsort()[support.index[:, edges]], 5)
    one, two, three = case.inputs
    found = case.layer(one[edges], two[nodes], three, support=moved)
    wanted = case.outputs()
    assert_close(found, [wanted[0][edges], wanted[1][:, nodes], wanted[2]])


@pytest.mark.parametrize("layer", ["third axis", "third axis, pooling", "a dense table"])
def test_compiled_exported_mapped_and_derived_twice(layer):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS["directed"], batch=(2,), **options)
    inputs = [one.detach() for one in case.inputs]

    class On(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = case.layer

        def forward(self, *given):
            return self.layer(*given, support=SUPPORTS["directed"])

    wanted = On()(*inputs)
    assert_close(torch.compile(On(), fullgraph=True, backend="aot_eager")(*inputs), wanted)
    assert_close(torch.export.export(On(), tuple(inputs)).module()(*inputs), wanted)
    assert_close(torch.func.vmap(On())(*inputs), wanted)

    def second(outputs):
        slopes = torch.autograd.grad(sum(one.sin().sum() for one in outputs), case.inputs, create_graph=True)
        return torch.autograd.grad(sum(one.square().sum() for one in slopes), case.inputs)

    assert_close(second(case.outputs()), second(case.expected()))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_adds_in_single(kind):
    _, module = plan_of("edges:aabH->aH", sparse=["edges"], reduce="sum")
    layer = module.Layer(1, 1, dtype=kind)
    with torch.no_grad():
        for name, one in layer.named_parameters():
            one.fill_(name == "mix.acb__a")
    index = torch.stack([torch.zeros(300, dtype=torch.long), torch.arange(300)])
    found = layer(torch.ones(300, 10, 1, dtype=kind), support=Support.from_edge_index(index, 300))
    assert found.dtype == kind and found[0].item() == torch.tensor(3000.0).to(kind).item()


def test_a_file_stands_alone(tmp_path):
    file = tmp_path / "graph.py"
    file.write_text(symshare.emit("edges:aabH,nodes:aH", sparse="edges", order=2, kind="pooling"), encoding="utf-8")
    code = (
        "import sys, torch, graph\n"
        "support = graph.Support.from_edge_index(torch.tensor([[0, 1], [1, 2]]), 3)\n"
        "y, z = graph.Layer((2, 3), 4)(torch.ones(2, 5, 2), torch.ones(3, 3), support=support)\n"
        "assert y.shape == (2, 5, 4) and z.shape == (3, 4) and 'symshare' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("edges", "nodes", "said"),
    [
        ((11, 2, 2), (5, 3), r"edges needs shape \(..., 10, b, 2\)"),
        ((10, 2), (5, 3), r"edges needs shape \(..., 10, b, 2\), not \(10, 2\)"),
        ((10, 2, 2), (4, 3), "nodes needs shape"),
    ],
)
def test_values_that_do_not_fit(edges, nodes, said):
    case = Case("edges:aabH,nodes:aH", ["edges"], SUPPORTS["directed"])
    assert SUPPORTS["directed"].index.shape[1] == 10
    with pytest.raises(ValueError, match=said):
        case.layer(torch.zeros(edges, dtype=DOUBLE), torch.zeros(nodes, dtype=DOUBLE), support=SUPPORTS["directed"])
