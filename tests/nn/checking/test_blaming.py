"""Where a fault begins in modules whose activations are no plain numbers: sparse, quantized, nested, conjugated."""

import pytest
import torch
from torch import nn

from symshare.nn import check

X = (6, 3)


class Steps(nn.Module):
    """What is done before, by an unusual step, and after it."""

    def __init__(self, before, unusual, after):
        super().__init__()
        self.before, self.unusual, self.after = before, unusual, after

    def forward(self, a, x):
        return self.after(self.unusual(a, self.before(x)))


UNUSUAL = {
    # steps that keep the symmetry and have activations that no array holds as they are
    "by coordinates": lambda a, x: torch.sparse.mm(a.to_sparse(), x),
    "coalesced": lambda a, x: (a.relu().to_sparse().coalesce() * 2) @ x,
    "by rows": lambda a, x: a.to_sparse_csr() @ x,
    "by columns": lambda a, x: a.to_sparse_csc() @ x,
    "quantized": lambda a, x: (
        a @ x + 0 * torch.quantize_per_tensor(x.float(), 0.1, 0, torch.qint8).dequantize().double()
    ),
    "nested": lambda a, x: a @ torch.nested.as_nested_tensor([x, x]).to_padded_tensor(0.0)[0],
    "conjugated": lambda a, x: (torch.complex(a, a) @ torch.complex(x, x).conj()).real,
    "in half precision for nothing": lambda a, x: a @ x + 0 * x.half().double(),
}
AROUND = {
    # before, after, and the operation that is at fault
    "before": (lambda x: x.cumsum(0), torch.relu, "cumsum"),
    "after": (torch.relu, lambda x: x.cumsum(0), "cumsum"),
    "nowhere": (torch.relu, torch.tanh, ""),
}


@pytest.mark.parametrize("place", AROUND)
@pytest.mark.parametrize("name", UNUSUAL)
@pytest.mark.filterwarnings("ignore")
def test_a_fault_beside_activations_that_are_no_plain_numbers(name, place):
    torch.manual_seed(0)
    before, after, operation = AROUND[place]
    report = check(Steps(before, UNUSUAL[name], after), "aa,aH->aH", torch.randn(6, 6), torch.randn(X))
    assert report.ok == (not operation), str(report)
    if operation:
        assert report.fault.known, str(report)
        assert report.fault.operation == operation, str(report)


WRONG = {
    # steps that are at fault themselves, and words that are said of it
    "by coordinates": (lambda a, x: torch.sparse.mm(a.triu().to_sparse(), x), "triu"),
    "only the first": (lambda a, x: torch.sparse.mm(a.to_sparse(), x).to_sparse().to_dense().cumsum(0), "cumsum"),
    "indices of a sparse one": (lambda a, x: x * a.to_sparse().indices()[1][: len(x), None], "slice|mul"),
    "values of a sparse one": (
        lambda a, x: x * a.to_sparse_csr().values()[:: a.shape[0]][:, None],
        "slice|values|as_strided|select",
    ),
    "nested": (
        lambda a, x: torch.nested.as_nested_tensor([x, x]).to_padded_tensor(0.0)[0].cumsum(0) + 0 * (a @ x),
        "cumsum",
    ),
    "a part of a nested one": (
        lambda a, x: (
            torch.nested.as_nested_tensor([x[:2], x[2:]]).to_padded_tensor(0.0).flatten(0, 1)[: len(x)] + 0 * (a @ x)
        ),
        "begins",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.filterwarnings("ignore")
def test_a_fault_at_activations_that_are_no_plain_numbers(name):
    torch.manual_seed(0)
    step, words = WRONG[name]
    report = check(Steps(torch.relu, step, torch.tanh), "aa,aH->aH", torch.randn(6, 6), torch.randn(X), resize=False)
    assert not report.ok
    assert any(word in str(report) for word in words.split("|")), str(report)


@pytest.mark.filterwarnings("ignore")
def test_what_lacks_numbers_is_found_behind_sparse_activations():
    report = check(
        Steps(torch.relu, UNUSUAL["by coordinates"], lambda x: (x - 100).sqrt()),
        "aa,aH->aH",
        torch.randn(6, 6),
        torch.randn(X),
    )
    assert report.fault.operation == "sqrt"


class Picture(nn.Module):
    """A convolution of pixels that are listed one after the other, between two others of single pixels."""

    def __init__(self, *, torus):
        super().__init__()
        self.before, self.after = nn.Linear(1, 2), nn.Linear(2, 1)
        self.filter = nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular" if torus else "zeros")

    def forward(self, x):
        h = self.before(x[..., None]).mT.unflatten(-1, (6, 6))
        return self.after(self.filter(h).flatten(-2).mT)[..., 0]


@pytest.mark.parametrize("turns", [1, 2, 4])
@pytest.mark.parametrize("torus", [True, False])
def test_a_convolution_of_a_grid_is_named_and_not_its_view(turns, torus):
    torch.manual_seed(0)
    report = check(Picture(torus=torus), "g", torch.randn(2, 36), axes={"g": f"Grid(6,{turns})"})
    assert report.ok == (torus and turns == 1), str(report)
    if not report.ok:
        assert report.fault.module == "filter", str(report)


class Repeated(nn.Module):
    def __init__(self, between):
        super().__init__()
        self.first, self.between = nn.Linear(3, 3), between

    def forward(self, x, *, a):
        return self.between(self.first(x)[..., None, :].expand(*x.shape[:-1], a, -1))


@pytest.mark.parametrize(
    ("between", "word"),
    [
        (lambda y: y * torch.arange(y.shape[-2])[:, None], "mul"),
        (lambda y: y + torch.eye(max(y.shape))[: y.shape[-2], : y.shape[-1]], "add"),
        (lambda y: y.cumsum(-2), "cumsum"),
        (lambda y: y.mT if y.shape[-1] == y.shape[-2] else y, ""),
        (torch.tanh, ""),
    ],
)
@pytest.mark.parametrize("batch", [(), (2,), (3, 2)])
def test_an_axis_that_only_the_output_has(between, word, batch):
    """Its length is none that the channels have, and what is blamed is no input."""
    torch.manual_seed(0)
    report = check(Repeated(between), "H->aH", torch.randn(*batch, 3))
    assert report.ok == (not word), str(report)
    if word:
        assert (report.fault.operation, report.fault.after) == (word, "first"), str(report)
        assert "a = 3" not in str(report)


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = nn.ModuleList(nn.Linear(3, 3) for _ in range(3))
        self.named = nn.ModuleDict({"last": nn.Linear(3, 3)})

    def forward(self, x):
        h = self.steps[1](self.steps[0](x)).cumsum(-2)
        return self.named["last"](h)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_neighbours_in_lists_are_named_by_their_lists_too(depth):
    net = Listed()
    for _ in range(depth):
        net = nn.ModuleDict({"inner": net})
        net.forward = net["inner"].__call__
    report = check(net, "aH", torch.randn(2, 6, 3))
    assert report.fault.module == ".".join(["inner"] * depth)
    assert (report.fault.after, report.fault.before) == ("steps.1", "named.last")
