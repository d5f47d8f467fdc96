"""The copy of a module that is tried: all that the module holds goes along, and nothing of it stays with the original."""

import functools

import pytest
import torch
from torch import nn

from symshare.errors import CheckError
from symshare.nn import check
from symshare.nn.checking.copying import copied

X = (2, 6, 3)


class Held(nn.Module):
    """A linear layer, and an offset for each place that begins as zeros."""

    def __init__(self):
        super().__init__()
        self.first, self.places = nn.Linear(3, 3), nn.Parameter(torch.zeros(6, 3))
        self.seen = {}

    def add(self, x):
        return x + self.places


def function(net):
    net.forward = lambda x: net.first(x) + net.places
    return net


def default(net):
    net.forward = lambda x, own=net: own.first(x) + own.places
    return net


def keyword(net):
    def forward(x, *, own=net):
        return own.first(x) + own.places

    net.forward = forward
    return net


def partial(net):
    net.forward = functools.partial(lambda own, x: own.first(x) + own.places, net)
    return net


def method(net):
    net.run = net.add
    net.forward = lambda x: net.run(net.first(x))
    return net


def listed(net):
    net.steps = [lambda x: net.first(x), {"add": (lambda x: x + net.places,)}]
    net.forward = lambda x: net.steps[1]["add"][0](net.steps[0](x))
    return net


def wrapped(net):
    def traced(inner):
        @functools.wraps(inner)
        def outer(x):
            return inner(x)

        return outer

    net.forward = traced(traced(lambda x: net.first(x) + net.places))
    return net


def hooked(net):
    net.first.register_forward_hook(lambda _module, _given, y: y + net.places)
    net.forward = lambda x: net.first(x)
    return net


def seen(net):
    net.first.register_forward_hook(lambda _module, _given, y: net.seen.update(y=y))

    def forward(x):
        net.first(x)
        return net.seen["y"] + net.places

    net.forward = forward
    return net


def around(net):
    feats = []
    net.first.register_forward_pre_hook(lambda _module, given: feats.append(given[0]))
    net.first.register_forward_hook(lambda _module, _given, y: y + net.places + 0 * feats.pop())
    net.forward = lambda x: net.first(x)
    return net


def counting(net):
    count = 0

    def before(_module, _given):
        nonlocal count
        count = 1

    net.first.register_forward_pre_hook(before)
    net.forward = lambda x: net.first(x) + count * net.places
    return net


WAYS = (counting, function, default, keyword, partial, method, listed, wrapped, hooked, seen, around)


@pytest.mark.parametrize("way", WAYS)
def test_functions_that_a_module_holds_are_those_of_the_copy(way):
    """They read the parameters of the copy, which are moved, and not those of the module itself."""
    torch.manual_seed(0)
    net = way(Held())
    report = check(net, "aH", torch.randn(X))
    assert not report.ok
    assert any(note.startswith("as given it holds") for note in report.notes)
    assert report.fault.known
    assert "places" in report.fault.parameter, str(report)
    net.places.requires_grad_(False)
    right = check(net, "aH", torch.randn(X))
    assert right.ok, str(right)
    assert not any("double" in note or "the same for another input" in note for note in right.notes)
    assert not net.seen


def test_a_function_that_knows_itself():
    net = Held()

    def again(x, left=2):
        return again(net.first(x), left - 1) if left else x + net.places

    net.forward = again
    made = copied(net)
    assert made.forward is not again
    assert made.forward(torch.ones(6, 3, dtype=torch.float64)).dtype == torch.float64
    assert not check(net, "aH", torch.randn(X)).ok


NORMED = {
    "weights, before a run": (torch.nn.utils.weight_norm, False),
    "weights, after a run": (torch.nn.utils.weight_norm, True),
    "spectra": (torch.nn.utils.spectral_norm, True),
    "weights, newer": (torch.nn.utils.parametrizations.weight_norm, True),
    "spectra, newer": (torch.nn.utils.parametrizations.spectral_norm, True),
    "orthogonal": (torch.nn.utils.parametrizations.orthogonal, False),
}


@pytest.mark.parametrize("name", NORMED)
@pytest.mark.filterwarnings("ignore:.*weight_norm.*")
def test_weights_that_are_made_of_others_at_each_run(name):
    norm, run = NORMED[name]
    for ends, holds in ((nn.Tanh(), True), (nn.LayerNorm((6, 3)), False)):
        net = nn.Sequential(norm(nn.Linear(3, 3)), ends)
        if run:
            net(torch.randn(X))
        report = check(net, "aH", torch.randn(X))
        assert report.ok == holds, str(report)
        assert not any("double" in note for note in report.notes)


def test_tensors_kept_from_an_earlier_run_are_copied():
    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.all, self.named = [], {}

        def forward(self, x):
            self.last = x * torch.ones(3, requires_grad=True)
            self.all.append(self.last)
            self.named["last"] = self.last
            return self.last

    net = Kept()
    net(torch.randn(X))
    assert check(net, "aH", torch.randn(X)).ok
    assert net.last.requires_grad
    assert len(net.all) == 1


def test_tied_parameters_stay_tied():
    net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))
    net[2].weight = net[0].weight
    made = copied(net)
    assert made[2].weight is made[0].weight
    assert made[0].weight is not net[0].weight
    assert check(net, "aH", torch.randn(X)).ok


def test_what_cannot_be_copied_is_told():
    net = Held()
    net.forward, net.open = lambda x: x, (x for x in ())
    with pytest.raises(CheckError, match="cannot be copied"):
        check(net, "aH", torch.randn(X))
