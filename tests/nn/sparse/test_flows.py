"""What goes from pairs to nodes and back: values by incidence matrices, derivatives by differences, and under torch.func."""

import pytest
import torch

import symshare
from symshare import nn
from symshare.nn.runtime import flows
from symshare.nn.runtime.edges import _onto_places
from symshare.nn.runtime.flows import _passed, _read, _written
from tests.nn.sparse.made import SUPPORTS, assert_close, is_traced, random_support

DOUBLE = torch.float64
WAYS = [(0,), (1,), (2,), (2, 0, 1), (1, 1)]
LEADING = [(), (2,), (2, 3)]


@pytest.fixture(params=["few", "many"], autouse=True)
def way_of_many(request, monkeypatch):
    """Few values go the way of many, too."""
    if request.param == "many":
        monkeypatch.setattr(flows, "_is_plain", is_traced)
    return request.param == "many"


def incidence(support, way):
    """Nodes by pairs: 1 where a way takes a pair to a node."""
    rows, columns = support.index
    found = torch.zeros(support.sizes[way if way < 2 else 0], len(rows), dtype=DOUBLE)
    for pair, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        if way < 2 or row == column:
            found[(row, column, row)[way], pair] = 1
    return found


def given(support, ways, leading, *, products=1, seed=0):
    """Values of nodes, and values of pairs with matrices."""
    torch.manual_seed(seed)
    nodes = [torch.randn(*leading, support.sizes[way if way < 2 else 0], 3, dtype=DOUBLE) for way in ways]
    flat = []
    for _ in range(products):
        flat += [torch.randn(*leading, support.index.shape[1], 2, dtype=DOUBLE), torch.randn(2, 3, dtype=DOUBLE)]
    return [one.requires_grad_() for one in (*nodes, *flat)]


def written(support, ways, values):
    flat = values[len(ways) :]
    return _written(support, tuple(zip(values, ways, strict=False)), *zip(flat[::2], flat[1::2], strict=True))


def expected(support, ways, values):
    flat = values[len(ways) :]
    total = sum(incidence(support, way).mT @ one for one, way in zip(values, ways, strict=False))
    return total + sum(x @ matrix for x, matrix in zip(flat[::2], flat[1::2], strict=True))


@pytest.mark.parametrize("leading", LEADING)
@pytest.mark.parametrize("ways", WAYS)
@pytest.mark.parametrize("support", SUPPORTS)
def test_values_are_those_of_incidence_matrices(support, ways, leading):
    on = SUPPORTS[support]
    x = torch.randn(*leading, on.index.shape[1], 3, dtype=DOUBLE)
    assert_close(_read(x, on, *ways), [incidence(on, way) @ x for way in ways])
    for products in (0, 1, 2):
        values = given(on, ways, leading, products=products)
        assert_close([written(on, ways, values)], [expected(on, ways, values)])


@pytest.mark.parametrize("transposed", [False, True])
def test_values_and_slopes_in_any_layout(transposed):
    """Expanded and transposed ones too, as sums and reshapes of others leave them."""
    on = SUPPORTS["directed"]
    x = torch.randn(3, on.index.shape[1], dtype=DOUBLE).mT if transposed else torch.ones(1, 3, dtype=DOUBLE)
    x = x.expand(on.index.shape[1], 3)
    assert_close(_read(x, on, 0, 1), [incidence(on, 0) @ x, incidence(on, 1) @ x])
    values = given(on, (0, 1), ())
    slope = x.clone() if transposed else x
    found = torch.autograd.grad(written(on, (0, 1), values), values, slope)
    wanted = torch.autograd.grad(expected(on, (0, 1), values), values, slope)
    assert_close(found, wanted)


def test_long_values_are_those_of_short_ones():
    """Pieces, and what is left after them."""
    on, ways = random_support(400, 300, 0.4), (0, 1)
    values = given(on, ways, (), products=2)
    rows, columns = on.index
    wanted = values[0][rows] + values[1][columns] + values[2] @ values[3] + values[4] @ values[5]
    assert_close([written(on, ways, values)], [wanted])
    assert on.index.shape[1] * 3 > 2**17


@pytest.mark.parametrize("leading", [(), (2,)])
@pytest.mark.parametrize("support", ["directed", "without loops", "empty", "one"])
def test_derivatives_by_differences(support, leading):
    on, ways = SUPPORTS[support], (2, 0, 1)
    x = torch.randn(*leading, on.index.shape[1], 2, dtype=DOUBLE, requires_grad=True)
    values = given(on, ways, leading, products=2)
    for function, inputs in (
        (lambda one: _read(one, on, *ways), [x]),
        (lambda *own: written(on, ways, own), values),
    ):
        assert torch.autograd.gradcheck(
            function, inputs, check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=False
        )
        assert torch.autograd.gradgradcheck(function, inputs, check_fwd_over_rev=True)


def turned(support, values):
    """Values of nodes, and of pairs, with a matrix here and another on the pairs turned around."""
    node, x, one, two = values
    return _written(support, ((node, 0),), (x, one, two, _onto_places(support, support, True)))


def by_incidence(support, values):
    node, x, one, two = values
    pairs = [*zip(*support.index.tolist(), strict=True)]
    back = torch.tensor([[float((b, a) == pair) for pair in pairs] for a, b in pairs], dtype=DOUBLE)
    return incidence(support, 0).mT @ node + x @ one + back.reshape(len(pairs), len(pairs)) @ x @ two


@pytest.mark.parametrize("leading", LEADING)
@pytest.mark.parametrize("support", SUPPORTS)
def test_values_on_pairs_turned_around(support, leading):
    on = SUPPORTS[support]
    values = [*given(on, (0,), leading), torch.randn(2, 3, dtype=DOUBLE, requires_grad=True)]
    assert_close([turned(on, values)], [by_incidence(on, values)])
    found, wanted = (
        torch.autograd.grad(one.sin().sum(), values) for one in (turned(on, values), by_incidence(on, values))
    )
    assert_close(found, wanted)


@pytest.mark.parametrize("support", ["directed", "mirrored"])
def test_derivatives_of_what_is_turned_around(support):
    on = SUPPORTS[support]
    values = [*given(on, (0,), ()), torch.randn(2, 3, dtype=DOUBLE, requires_grad=True)]
    assert torch.autograd.gradcheck(
        lambda *own: turned(on, own),
        values,
        check_forward_ad=True,
        check_batched_grad=True,
        check_batched_forward_grad=False,
    )
    assert torch.autograd.gradgradcheck(lambda *own: turned(on, own), values, check_fwd_over_rev=True)
    for needed in range(4):
        own = [one.detach().requires_grad_(at == needed) for at, one in enumerate(values)]
        found, wanted = (torch.autograd.grad(f(on, own).sin().sum(), own[needed]) for f in (turned, by_incidence))
        assert_close(found, wanted)


@pytest.mark.parametrize("places", [(0, None, None, None), (None, 0, 0, None), (None, None, None, 1), (1, 1, 1, 0)])
def test_what_is_turned_around_is_mapped(places):
    on = SUPPORTS["directed"]
    values = [one.detach() for one in (*given(on, (0,), ()), torch.randn(2, 3, dtype=DOUBLE))]
    several = [
        one if at is None else torch.stack([one, 2 * one, 3 * one], at) for one, at in zip(values, places, strict=True)
    ]
    found = torch.func.vmap(lambda *own: turned(on, own), places)(*several)
    for scale, one in zip((1, 2, 3), found, strict=True):
        own = [value if at is None else scale * value for value, at in zip(values, places, strict=True)]
        assert_close([one], [by_incidence(on, own)])


@pytest.mark.parametrize("again", [False, True])
def test_what_is_passed_on_has_its_own_derivative(again):
    """Also where it goes to several, by which its derivative is not of one alone."""
    on = SUPPORTS["directed"]
    values = [*given(on, (0,), ()), torch.randn(2, 3, dtype=DOUBLE, requires_grad=True)]

    def outputs(x, passed, sums):
        found = [turned(on, [values[0], passed, *values[2:]]), sums]
        return [*found, passed.cos(), turned(on, [values[0], passed, *values[2:]])] if again else found

    x = values[1]
    passed, sums = _passed(x, on, 1)
    found = torch.autograd.grad(sum(one.sin().sum() for one in outputs(x, passed, sums)), values)
    plain = sum(one.sin().sum() for one in outputs(x, x, incidence(on, 1) @ x))
    assert_close(found, torch.autograd.grad(plain, values))
    assert torch.autograd.gradgradcheck(lambda one: outputs(one, *_passed(one, on, 1)), [x], check_fwd_over_rev=True)


@pytest.mark.parametrize("needed", range(5))
def test_derivatives_by_some_of_the_values(needed):
    on, ways = SUPPORTS["directed"], (2, 0, 1)
    values = [one.detach() for one in given(on, ways, ())]
    values[needed].requires_grad_()
    found = torch.autograd.grad(written(on, ways, values).sin().sum(), values[needed])
    assert_close(found, torch.autograd.grad(expected(on, ways, values).sin().sum(), values[needed]))


@pytest.mark.parametrize("places", [(0, None, None, None), (None, 0, None, None), (1, 1, 1, 1), (None, None, None, 0)])
def test_mapped_over_some_of_the_values(places):
    on, ways = SUPPORTS["directed"], (0, 1)
    values = [one.detach() for one in given(on, ways, ())]
    several = [
        one if at is None else torch.stack([one, 2 * one, 3 * one], at) for one, at in zip(values, places, strict=True)
    ]
    found = torch.func.vmap(lambda *own: written(on, ways, own), places)(*several)
    for scale, one in zip((1, 2, 3), found, strict=True):
        own = [value if at is None else scale * value for value, at in zip(values, places, strict=True)]
        assert_close([one], [expected(on, ways, own)])


def layer_of(many, kind=DOUBLE, order=2):
    torch.manual_seed(0)
    module = nn.load(symshare.emit("edges:aaH,nodes:aH", sparse="edges", order=order))
    module._is_plain = is_traced if many else flows._is_plain
    layer = module.Layer(2, 3, dtype=kind)
    on = nn.Support.from_edge_index(SUPPORTS["directed"].index, 5)
    return layer, on, torch.randn(4, on.index.shape[1], 2, dtype=kind), torch.randn(4, 5, 2, dtype=kind)


def test_slopes_of_each_graph_of_a_batch(way_of_many):
    layer, on, edges, nodes = layer_of(way_of_many)
    weights = {name: one.detach() for name, one in layer.named_parameters()}

    def loss(own, one, two):
        first, second = torch.func.functional_call(layer, own, (one, two), {"support": on})
        return first.sin().sum() + second.sin().sum()

    found = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))(weights, edges, nodes)
    for place in range(len(edges)):
        wanted = torch.func.grad(loss)(weights, edges[place], nodes[place])
        assert_close([found[name][place] for name in weights], [wanted[name] for name in weights])


def test_jacobians_of_all_kinds(way_of_many):
    layer, on, edges, nodes = layer_of(way_of_many)

    def values(one, two):
        first, second = layer(one, two, support=on)
        return torch.cat([first.flatten(), second.flatten()]).sin()

    given = edges[0].requires_grad_(), nodes[0]
    found = values(*given)
    wanted = torch.stack([torch.autograd.grad(one, given[0], retain_graph=True)[0] for one in found])
    several = torch.autograd.grad(found, given[0], torch.eye(len(found), dtype=DOUBLE), is_grads_batched=True)[0]
    assert_close([several, torch.func.jacrev(values)(*given), torch.func.jacfwd(values)(*given)], [wanted] * 3)


def test_several_layers_at_once(way_of_many):
    layer, on, edges, nodes = layer_of(way_of_many)
    weights = {name: torch.randn(2, *one.shape, dtype=DOUBLE) for name, one in layer.named_parameters()}

    def values(own):
        return torch.func.functional_call(layer, own, (edges, nodes), {"support": on})

    found = torch.func.vmap(values)(weights)
    for place in range(2):
        wanted = values({name: one[place] for name, one in weights.items()})
        assert_close([one[place] for one in found], wanted)


def test_compiled_slopes_are_those_of_plain_ones(way_of_many):
    layer, on, edges, nodes = layer_of(way_of_many, order=1)
    edges.requires_grad_()

    def slopes(function):
        return torch.autograd.grad(sum(one.sin().sum() for one in function(edges, nodes, support=on)), edges)

    wanted = slopes(layer)  # first, so that what is kept with the support is there
    assert_close(slopes(torch.compile(layer, fullgraph=True, backend="aot_eager")), wanted)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_under_autocast(kind, way_of_many):
    layer, on, edges, nodes = layer_of(way_of_many, torch.float32)
    edges.requires_grad_()
    wanted = layer(edges, nodes, support=on)
    exact = torch.autograd.grad(sum(one.square().sum() for one in wanted), [edges, *layer.parameters()])
    with torch.autocast("cpu", kind):
        found = layer(edges, nodes, support=on)
    slopes = torch.autograd.grad(sum(one.square().sum() for one in found), [edges, *layer.parameters()])
    for one, other in zip((*found, *slopes), (*wanted, *exact), strict=True):
        assert (one - other).abs().max() < 0.05 * other.abs().max()
