"""A sparse layer is what its terms say on the pairs of its support."""

import pytest
import torch

from tests.nn.sparse.made import SUPPORTS, Case, assert_close, plan_of, random_support

LAYERS = {
    "graph": ("edges:aaH,nodes:aH", {}),
    "graph and one value": ("edges:aaH,nodes:aH,whole:H", {}),
    "edges": ("edges:aaH", {}),
    "read": ("edges:aaH->aH", {}),
    "written": ("aH->edges:aaH", {}),
    "one value": ("edges:aaH->H", {}),
    "products": ("edges:aaH,nodes:aH", {"order": 2}),
    "pooling": ("edges:aaH,nodes:aH", {"order": 2, "kind": "pooling"}),
    "pooling to order 3": ("edges:aaH", {"order": 3, "kind": "pooling"}),
    "triangles": ("edges:aaH->aH", {"order": 3, "only": ["ab,bc,ca->a"]}),
    "names of the method": ("edges:aaH,n:aH,on:aH,key:H", {}),
    "ordered": ("edges:aaH->aH", {"order": 2, "ordered": True}),
    "of a size": ("edges:aaH", {"sizes": (("a", 2),)}),
    "normalised scale": ("edges:aaH,nodes:aH,whole:H", {"normalise_scale": True}),
    "normalised": ("edges:aaH,nodes:aH", {"order": 2, "normalise_factors": True}),
    "normalised pooling": ("edges:aaH,nodes:aH", {"order": 2, "kind": "pooling", "normalise_factors": True}),
    "full coefficients": ("edges:aaH,nodes:aH", {"order": 2, "coefficients": "full"}),
    "full coefficients, order 3": (
        "edges:aaH,nodes:aH->nodes:aH",
        {
            "order": 3,
            "coefficients": "full",
            "only": ["edges:ab,nodes:b,nodes:b->a", "edges:ab,edges:bc,edges:ca->b", "edges:ab,edges:cb,nodes:c->a"],
        },
    ),
    "known channels": ("edges:aaH,nodes:aH", {"order": 2, "channels": {"in": 3, "out": 4, "rank": 3}}),
}


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("support", SUPPORTS)
@pytest.mark.parametrize("layer", LAYERS)
def test_values_are_those_of_the_terms(layer, support, reduce):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS[support], reduce=reduce, **options)
    assert_close(case.outputs(), case.expected())


@pytest.mark.parametrize("layer", ["graph and one value", "products", "pooling", "normalised scale"])
def test_values_of_batches(layer):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS["directed"], batch=(2, 3), **options)
    assert_close(case.outputs(), case.expected())


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize(
    ("symmetry", "sparse"),
    [
        ("abH", ["ab"]),
        ("e:abH,n:aH->f:abH,bH", ["ab"]),
        ("(user film H)", ["user_film"]),
        ("e:abH,f:baH", ["e", "f"]),
        ("e:abH,f:bcH->g:acH", ["e", "f", "g"]),
    ],
)
def test_values_of_two_axes(symmetry, sparse, reduce, order):
    given = [random_support(4, 4, 0.5, seed=seed) for seed in (3, 4, 5)]
    if "c" not in symmetry and "f:ba" not in symmetry:
        given = [random_support(3, 5, 0.5)]
    case = Case(symmetry, sparse, given if len(given) > 1 else given[0], reduce=reduce, order=order)
    assert_close(case.outputs(), case.expected())


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("symmetry", ["e:aaH->f:aaH", "e:aaH,f:aaH", "e:aaH,n:aH->f:aaH,g:aH"])
def test_tensors_on_two_supports_and_on_one(symmetry, reduce, order):
    given = [SUPPORTS["directed"], random_support(5, 5, 0.5, seed=7)]
    for supports in (given, given[0]):
        case = Case(symmetry, ["aa"], supports, reduce=reduce, order=order)
        assert_close(case.outputs(), case.expected())


@pytest.mark.parametrize("layer", [one for one in LAYERS if "normalised" not in one])
@pytest.mark.parametrize("support", SUPPORTS)
def test_sums_are_those_of_the_dense_layer_with_the_same_weights(layer, support):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS[support], reduce="sum", **options)
    plain = case.made(*plan_of(symmetry, reduce="sum", **options))
    plain.load_state_dict(case.layer.state_dict())
    found = plain(*case.dense_inputs())
    assert_close(case.outputs(), case.on_supports(found if isinstance(found, tuple) else (found,)))


@pytest.mark.parametrize("layer", ["graph", "products", "triangles", "normalised", "normalised scale"])
@pytest.mark.parametrize("support", ["directed", "without loops"])
def test_gradients(layer, support):
    symmetry, options = LAYERS[layer]
    case = Case(symmetry, ["edges"], SUPPORTS[support], **options)
    learned = [*case.inputs, *case.layer.parameters()]

    def slopes(outputs):
        total = sum(one.sin().sum() for one in outputs)
        return torch.autograd.grad(total, learned, allow_unused=True, materialize_grads=True)

    assert_close(slopes(case.outputs()), slopes(case.expected()))


def test_derivatives_of_derivatives():
    case = Case("edges:aaH,nodes:aH", ["edges"], SUPPORTS["directed"], order=2)

    def second(outputs):
        total = sum(one.sin().sum() for one in outputs)
        slopes = torch.autograd.grad(total, case.inputs, create_graph=True)
        return torch.autograd.grad(sum(one.square().sum() for one in slopes), case.inputs)

    assert_close(second(case.outputs()), second(case.expected()))
