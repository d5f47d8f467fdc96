"""Networks on supports: layer by layer the dense network with the weights 1 and 0 of its pairs, read on them."""

import subprocess
import sys

import pytest
import torch

import symshare
from symshare import nn
from symshare.core.bases.derivation import derive
from symshare.core.poolings.pools import pools
from symshare.nn import Support
from symshare.plans.network import network
from symshare.plans.sparse import label, sparse_labels
from tests.nn.sparse.brute import dense, mask, read
from tests.nn.sparse.made import DOUBLE, SUPPORTS, assert_close, random_support

NETS = {
    "graph": ("edges:aaH,nodes:aH,whole:H->edges:aaH,nodes:aH,H", {"sparse": "edges"}),
    "sums": ("edges:aaH,nodes:aH->aH", {"sparse": "edges", "reduce": "sum", "normalise_factors": False}),
    "edges to nodes": ("edges:aaH->aH", {"sparse": "aa"}),
    "nodes to edges": ("nodes:aH->edges:aaH", {"sparse": "edges", "types": ["aa", ""]}),
    "a value to edges": ("whole:H,nodes:aH->edges:aaH", {"sparse": "edges", "types": ["aa"]}),
    "injected": ("edges:aaH,nodes:aH,whole:H->aH", {"sparse": "edges", "inject": True}),
    "rounds": ("edges:aaH,nodes:aH->aH", {"sparse": "edges", "rounds": 2}),
    "widths": ("edges:aaH,nodes:aH->aH", {"sparse": "edges", "types": ["a"], "width": {"aa": 3, "a": 5}}),
    "names of the method": ("on:aaH,layer:aH,sizes:H->aH", {"sparse": "on", "types": ["a"]}),
    "words": ("e:(user user H),(user H)->e:(user user H)", {"sparse": "e"}),
    "two of one type": ("e:aaH,f:aaH,nodes:aH->aH", {"sparse": "aa"}),
    "third axis": ("edges:aabH,nodes:aH->edges:aabH,aH,bH", {"sparse": "edges"}),
    "third axis alone": ("edges:aabH,whole:bH->bH,H", {"sparse": "edges", "types": ["aab", "ab", "b", ""]}),
    "nodes to a third axis": ("nodes:aH,bH->edges:aabH", {"sparse": "edges", "types": ["aab"]}),
    "beside a dense table": ("edges:aaH,parts:abH->abH,edges:aaH", {"sparse": "edges"}),
    "dense hidden pairs": ("edges:aaH,parts:baH->aH", {"sparse": "edges", "types": ["ba", "a"], "reduce": "sum"}),
    "message passing": ("edges:aaH,nodes:aH->aH", {"sparse": "edges", "poolings": ["edges:aa,nodes:a->nodes:a"]}),
}
TABLES = {
    "table": ("cells:abH,aH->abH,bH", {"sparse": "ab"}),
    "turned": ("cells:abH,back:baH->abH,aH", {"sparse": ("ab", "back")}),
}


class Net:
    """A network with small random weights, and inputs of it on supports (one, or one for each set of axes)."""

    def __init__(self, text, options, supports, *, batch=()):
        torch.manual_seed(1)
        self.made = network(text, **{"width": 4, "pool_width": 3, "depth": 2} | options)
        self.plain = self.made.signature.without_latents()
        ins, outs = len(self.plain.inputs), len(self.plain.outputs)
        numbers = [tuple(range(2, 2 + count)) if count > 1 else 2 for count in (ins, outs)]
        self.module = nn.load(symshare.emit(self.made))
        self.net = self.module.EinNet(*numbers, dtype=DOUBLE)
        for one in self.net.parameters():
            torch.nn.init.normal_(one, std=0.5)
        self.supports, labels = {}, sparse_labels(self.plain, self.made.sparse)
        for name, tensor in labels.items():
            given = supports if isinstance(supports, dict) else {tensor.set_axes: supports}
            self.supports[name] = given[tensor.set_axes]
        self.on = {tensor.set_axes: self.supports[name] for name, tensor in labels.items()}
        self.sizes = {a: n for axes, one in self.on.items() for a, n in zip(axes, one.sizes, strict=False)}
        for axis in self.plain.set_axes:
            self.sizes.setdefault(axis, 2)
        self.support = next(iter(self.supports.values())) if len(self.on) == 1 else self.supports
        self.inputs = [
            torch.randn(*batch, *self.lengths(one), channels, dtype=DOUBLE, requires_grad=True)
            for channels, one in enumerate(self.plain.inputs, 2)
        ]

    def lengths(self, tensor):
        axes = tensor.set_axes
        pairs = [self.on[axes].index.shape[1]] if axes in self.on else []
        return [*pairs, *(self.sizes[axis] for axis in axes[2 * len(pairs) :])]

    def outputs(self):
        found = self.net(*self.inputs, support=self.support)
        return found if isinstance(found, tuple) else (found,)

    def weighted(self, source, **options):
        """A dense layer whose pairs have weights."""
        axes = {one.set_axes: label(one) for one in source.signature.inputs + source.signature.outputs}
        measured = [name for axes_, name in axes.items() if axes_ in self.on]
        made = nn.load(
            symshare.emit(symshare.plan(source, reduce=self.made.pooling.choices.reduce, measured=measured, **options))
        )
        return made, {name: mask(self.on[axes_]) for axes_, name in axes.items() if axes_ in self.on}

    def expected(self):
        """The network by hand, from dense layers with the weights of its own, read on its supports."""
        made, net, inner = self.made, self.net, self.made.pooling.signature
        chosen = pools(inner, made.order)
        chosen = chosen.only(*(one for one in made.pooling.terms if one.order)) if made.chosen else chosen
        numbers = dict(made.pooling.choices.channels)
        options = {"channels": numbers, "normalise_factors": made.pooling.choices.normalise_factors}
        pooling, weights = self.weighted(chosen, **options)
        head, ends = self.weighted(derive(made.head.signature, 1), kind="linear")
        given = [
            dense(self.on[t.set_axes], x, len(t.set_axes) - 2) if t.set_axes in self.on else x
            for t, x in zip(self.plain.inputs, self.inputs, strict=True)
        ]
        lifts = net.lift if len(given) > 1 else [net.lift]
        widths = net.layers[0].out_channels
        widths = widths if isinstance(widths, tuple) else (widths,)
        hidden = [
            torch.zeros(*[self.sizes[a] for a in one.set_axes], width, dtype=DOUBLE)
            for one, width in zip(inner.inputs, widths, strict=True)
        ]
        for lift, x, kind in zip(lifts, given, made.lifted, strict=True):
            hidden[kind] = hidden[kind] + lift(x)
        for _ in range(made.rounds or 1):
            for own in net.layers:
                layer = pooling.Layer(own.in_channels, own.out_channels, rank=own.rank, dtype=DOUBLE)
                seen = [torch.nn.functional.gelu(one) for one in hidden]
                for x, kind in zip(given, made.lifted, strict=True):
                    seen[kind] = torch.cat([seen[kind], x], -1) if made.inject else seen[kind]
                added = torch.func.functional_call(
                    layer, dict(own.named_parameters()), tuple(seen), {"measure": weights}
                )
                added = added if isinstance(added, tuple) else (added,)
                hidden = [one + more for one, more in zip(hidden, added, strict=True)]
            if made.rounds:
                hidden = [one * torch.rsqrt(one.square().mean(-1, keepdim=True) + 1e-12) for one in hidden]
        last = head.Layer(net.head.in_channels, net.head.out_channels, dtype=DOUBLE)
        found = torch.func.functional_call(last, dict(net.head.named_parameters()), tuple(hidden), {"measure": ends})
        found = found if isinstance(found, tuple) else (found,)
        return [
            read(self.on[t.set_axes], y, len(t.set_axes) - 2) if t.set_axes in self.on else y
            for t, y in zip(self.plain.outputs, found, strict=True)
        ]


@pytest.mark.parametrize("support", ["directed", "without loops", "mirrored", "empty", "full"])
@pytest.mark.parametrize("name", NETS)
def test_values_are_those_of_dense_layers_with_weights(name, support):
    net = Net(*NETS[name], SUPPORTS[support])
    assert_close(net.outputs(), net.expected())


@pytest.mark.parametrize("name", TABLES)
def test_values_of_two_axes(name):
    on = {("a", "b"): random_support(3, 5, 0.6), ("b", "a"): random_support(5, 3, 0.5, seed=2)}
    net = Net(*TABLES[name], on)
    assert_close(net.outputs(), net.expected())


@pytest.mark.parametrize("name", ["graph", "injected"])
def test_values_and_gradients_of_batches(name):
    net = Net(*NETS[name], SUPPORTS["directed"], batch=(2,))
    learned = [*net.inputs, *net.net.parameters()]
    found, wanted = (
        [*ys, *torch.autograd.grad(sum(y.sin().sum() for y in ys), learned, allow_unused=True, materialize_grads=True)]
        for ys in (net.outputs(), net.expected())
    )
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["graph", "sums", "nodes to edges", "a value to edges", "injected", "rounds"])
def test_a_batch_of_graphs_is_each_alone(name):
    several = [SUPPORTS[one] for one in ("directed", "empty", "mirrored", "none", "one")]
    nets = [Net(*NETS[name], one) for one in several]
    for net in nets[1:]:
        net.net.load_state_dict(nets[0].net.state_dict())
    joined = [
        torch.stack(own) if own[0].dim() == 1 else torch.cat(own, -2)
        for own in zip(*(net.inputs for net in nets), strict=True)
    ]
    found = nets[0].net(*joined, support=Support.batch(several))
    found = found if isinstance(found, tuple) else (found,)
    wanted = zip(*(net.outputs() for net in nets), strict=True)
    assert_close(found, [torch.stack(o) if o[0].dim() == 1 else torch.cat(o, -2) for o in wanted])


def test_nodes_and_edges_in_any_order():
    net = Net(*NETS["graph"], SUPPORTS["directed"])
    nodes, edges = torch.randperm(5), torch.randperm(SUPPORTS["directed"].index.shape[1])
    moved = Support.from_edge_index(nodes.argsort()[SUPPORTS["directed"].index[:, edges]], 5)
    turned = [net.inputs[0][edges], net.inputs[1][nodes], net.inputs[2]]
    found, own = net.net(*turned, support=moved), net.outputs()
    assert_close(found, [own[0][edges], own[1][nodes], own[2]])


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision(kind):
    net = Net(*NETS["graph"], SUPPORTS["mirrored"])
    wanted = [y.detach() for y in net.outputs()]
    net.net.to(kind)
    found = net.net(*(x.to(kind) for x in net.inputs), support=net.support)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == kind
        assert (one - other).abs().max() < 0.1 * other.abs().max()


class _OnOne(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net, self.support = net.net, net.support

    def forward(self, *inputs):
        return self.net(*inputs, support=self.support)


def test_compiled_and_exported():
    net = Net(*NETS["graph"], SUPPORTS["directed"])
    whole, inputs, wanted = _OnOne(net), [x.detach() for x in net.inputs], net.outputs()
    assert_close(torch.compile(whole, fullgraph=True, backend="aot_eager")(*inputs), wanted)
    assert_close(torch.export.export(whole, tuple(inputs)).module()(*inputs), wanted)


def test_derivatives_of_derivatives():
    net = Net(*NETS["graph"], SUPPORTS["directed"])

    def second(outputs):
        slopes = torch.autograd.grad(sum(y.sin().sum() for y in outputs), net.inputs, create_graph=True)
        return torch.autograd.grad(sum(one.square().sum() for one in slopes), net.inputs)

    for one, other in zip(second(net.outputs()), second(net.expected()), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_poolings_that_need_all_pairs_are_refused_by_name():
    made = network("edges:aaH->aH", 3, poolings=["ab,bc,cd->ad"], sparse="edges")
    with pytest.raises(symshare.SymshareError, match="ab,bc,cd->ad needs values for all pairs") as caught:
        symshare.emit(made)
    assert len(str(caught.value).splitlines()) <= 3


def test_weights_are_those_of_the_dense_network():
    sparse, plain = (network("edges:aaH,nodes:aH->aH", width=4, sparse=own) for own in ("edges", ()))
    one, two = (nn.load(symshare.emit(own)).EinNet((2, 3), 4) for own in (sparse, plain))
    two.load_state_dict(one.state_dict())
    one.load_state_dict(two.state_dict())


def ring(*lengths):
    """Cycles of some lengths, both directions of each pair."""
    pairs, first = [], 0
    for length in lengths:
        pairs += [(first + at, first + (at + 1) % length) for at in range(length)]
        first += length
    return Support.from_edge_index(torch.tensor(pairs + [pair[::-1] for pair in pairs]).T, first)


def test_cycles_of_four_are_not_told_apart_and_triangles_are():
    text = "edges:aaH,nodes:aH->H"
    options = {
        "width": 8,
        "depth": 3,
        "normalise_factors": False,
    }  # values that are all the same have nothing off their mean
    made = network(text, sparse="edges", **options)
    assert made.complete_to is False
    assert made.unreached() == ("ab,bc,cd->ad",)
    assert "also reach ab,bc,cd->ad" in " ".join(symshare.emit(made).split())
    torch.manual_seed(0)
    net = nn.load(symshare.emit(made)).EinNet(1, 2, dtype=DOUBLE)
    whole = nn.load(symshare.emit(network(text, **options))).EinNet(1, 2, dtype=DOUBLE)

    def value(*lengths):
        support = ring(*lengths)
        edges, nodes = torch.ones(support.index.shape[1], 1, dtype=DOUBLE), torch.ones(sum(lengths), 1, dtype=DOUBLE)
        return net(edges, nodes, support=support), whole(dense(support, edges), nodes)

    (own, full), (other, others), (three, _) = value(8), value(4, 4), value(3, 5)
    torch.testing.assert_close(own, other, rtol=1e-10, atol=1e-12)
    assert not torch.allclose(full, others, rtol=1e-6)
    assert not torch.allclose(own, three, rtol=1e-6)


def test_it_learns_how_many_triangles_a_node_is_in():
    torch.manual_seed(0)
    support = random_support(30, 30, 0.15, mirrored=True, loops=False, seed=5)
    adjacent = dense(support, torch.ones(support.index.shape[1], 1))[..., 0]
    wanted = (adjacent @ adjacent @ adjacent).diagonal()[:, None]
    wanted = (wanted - wanted.mean()) / wanted.std()
    options = {"sparse": ("edges",), "reduce": "sum", "normalise_factors": False}
    net = nn.EinNet("edges:aaH,nodes:aH->aH", 1, 1, width=8, pool_width=8, depth=1, **options)
    given = torch.ones(support.index.shape[1], 1), torch.ones(30, 1)
    steps = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(200):
        loss = (net(*given, support=support) - wanted).square().mean()
        steps.zero_grad()
        loss.backward()
        steps.step()
    assert loss < 0.05


def test_a_file_works_without_symshare(tmp_path):
    file = tmp_path / "graph.py"
    file.write_text(symshare.emit(network("edges:aaH,nodes:aH->aH", sparse="edges", width=4)), encoding="utf-8")
    code = (
        "import sys, torch, graph\n"
        "support = graph.Support.from_edge_index(torch.tensor([[0, 1], [1, 2]]), 3)\n"
        "y = graph.EinNet((2, 3), 4, checkpoint=True)(torch.ones(2, 2), torch.ones(3, 3), support=support)\n"
        "y.sum().backward()\n"
        "assert y.shape == (3, 4) and 'symshare' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("edges:aaH,nodes:aH->aH", {"sparse": "nodes"}, "nodes has 1 axis, and a support is of pairs"),
        ("edges:aaH,nodes:aH->aH", {"sparse": "links"}, "sparse='links' is no tensor"),
        ("e:aaH,f:aaH->aH", {"sparse": "e"}, "f is dense, and shares hidden values with e, which is sparse"),
        ("nodes:aH->edges:aaH", {"sparse": "edges"}, "let it carry some: types=('aa',), or --types"),
        ("whole:H->edges:aaH", {"sparse": "edges"}, "give it an input with axis a"),
        ("edges:aaH->aH", {"sparse": "edges", "scaled": 1}, "no scaled yet"),
        ("cells:abH->aH", {"sparse": "cells", "depends": ["a->b"]}, "permuted axes that hang on no other"),
        ("edges:aaH->aH", {"sparse": 3}, "is no list of names"),
    ],
)
def test_what_networks_on_supports_are_not_for(text, options, said):
    with pytest.raises(symshare.SymshareError) as caught:
        network(text, **options)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize(
    ("support", "shapes", "said"),
    [
        ({}, [(3, 2), (3, 3), (3, 4)], "support has no 'e'"),
        ("two", [(3, 2), (3, 3), (3, 4)], "e and f share their hidden values, and have two supports"),
        ("one", [(4, 2), (3, 3), (3, 4)], r"e needs shape \(..., 3, 2\), not \(4, 2\)"),
        ("one", [(3, 2), (3, 3), (4, 4)], r"nodes needs shape \(..., a, 4\), not \(4, 4\)"),
    ],
)
def test_calls_that_do_not_fit(support, shapes, said):
    net = Net(*NETS["two of one type"], random_support(3, 3, -1.0)).net
    own = Support.from_edge_index(torch.tensor([[0, 1, 2], [1, 2, 0]]), 3)
    given = (
        {"two": {"e": own, "f": Support(own.index.flip(0), (3, 3))}, "one": own}.get(support, support)
        if support
        else support
    )
    with pytest.raises(ValueError, match=said):
        net(*(torch.zeros(shape, dtype=DOUBLE) for shape in shapes), support=given)
