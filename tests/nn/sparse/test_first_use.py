"""What is kept with a support is plain, whatever its first use is a part of."""

import pytest
import torch
from torch.func import functional_call, functionalize, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._pytree import tree_leaves

from symshare.nn import Support
from symshare.nn.runtime.passes import _edge_order
from tests.nn.sparse.made import DOUBLE, plan_of

INDEX = torch.tensor([[0, 1, 2, 3, 3, 4, 0], [1, 1, 0, 3, 4, 4, 2]])
EDGES = torch.linspace(-1, 1, 14, dtype=DOUBLE).reshape(7, 2)
NODES = torch.linspace(-1, 2, 10, dtype=DOUBLE).reshape(5, 2)


class Values(torch.nn.Module):
    """A layer on one support."""

    def __init__(self, make):
        super().__init__()
        torch.manual_seed(0)
        _, module = plan_of("edges:aaH,nodes:aH", sparse="edges", order=1)
        self.make, self.layer = make, module.Layer(2, 2, dtype=DOUBLE)

    def forward(self, edges):
        on = self.make()
        _edge_order(on, 1)
        return torch.cat([one.flatten() for one in self.layer(edges, NODES, support=on)]).sin()


def mapped_weights(values):
    several = {name: torch.stack([one.detach(), one.detach()]) for name, one in values.named_parameters()}
    vmap(lambda own: functional_call(values, own, (EDGES,)))(several)


def with_tangents(values):
    with torch.autograd.forward_ad.dual_level():
        values(torch.autograd.forward_ad.make_dual(EDGES, EDGES))


def in_inference(values):
    with torch.inference_mode():
        values(EDGES)


def compiled(values):
    torch._dynamo.reset()
    return torch.compile(values, backend="aot_eager", fullgraph=True)(EDGES)


USES = {
    "grad": lambda values: grad(lambda edges: values(edges).sum())(EDGES),
    "vjp": lambda values: vjp(values, EDGES),
    "jvp": lambda values: jvp(values, (EDGES,), (EDGES,)),
    "vmap": lambda values: vmap(values)(EDGES[None]),
    "vmap of weights": mapped_weights,
    "hessian": lambda values: hessian(lambda edges: values(edges).sum())(EDGES),
    "jacrev": lambda values: jacrev(values)(EDGES),
    "jacfwd": lambda values: jacfwd(values)(EDGES),
    "slopes of each": lambda values: vmap(grad(lambda edges: values(edges).sum()))(EDGES[None]),
    "functionalize": lambda values: functionalize(values)(EDGES),
    "forward_ad": with_tangents,
    "inference": in_inference,
    "export": lambda values: torch.export.export(values, (EDGES,)),
    "trace": lambda values: torch.jit.trace(values, (EDGES,), check_trace=False),
    "make_fx": lambda values: make_fx(values, tracing_mode="fake", _allow_non_fake_inputs=True)(EDGES),
}


def is_plain(one):
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor(one) or torch._is_functional_tensor(one)
    return type(one) is torch.Tensor and not wrapped and not one.is_inference() and not one.requires_grad


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", USES)
def test_a_support_serves_all_uses_after_any_first_one(first):
    on = Support.from_edge_index(INDEX, 5)
    values = Values(lambda: on)
    USES[first](values)
    kept = [one for one in tree_leaves([*on.kept.values()]) if isinstance(one, torch.Tensor)]
    assert len(kept) >= 8
    assert all(map(is_plain, kept))
    fresh = Values(lambda: Support.from_edge_index(INDEX, 5))
    wanted = [fresh(EDGES), hessian(lambda edges: fresh(edges).sum())(EDGES)]
    found = [compiled(values), hessian(lambda edges: values(edges).sum())(EDGES)]
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("first", ["grad", "vjp", "jvp", "hessian", "jacrev", "jacfwd"])
def test_a_support_that_is_made_in_a_loss_outlives_it(first):
    made = []

    def make():
        made.append(Support.from_edge_index(INDEX, 5, torch.zeros(5, dtype=torch.int)))
        made.append(Support.batch([made[-1].without_duplicates(), Support.from_dense(torch.zeros(0, 0))]))
        return made[-2]

    USES[first](Values(make))
    kept = [(on.index, on.graphs, [*on.kept.values()]) for on in made]
    assert all(is_plain(one) for one in tree_leaves(kept) if isinstance(one, torch.Tensor))


def test_what_is_wrong_with_a_support_is_said_as_ever():
    on = Support(torch.zeros(2, 2, dtype=torch.long), (5, 5))
    with pytest.raises(ValueError, match="more than once"):
        grad(lambda edges: Values(lambda: on)(edges).sum())(EDGES[:2])
