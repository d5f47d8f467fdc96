"""Tensors in a row along a new dimension: each has axes of its own there, where the weights after them fall apart."""

from math import factorial as f

import pytest
import torch
from torch import nn

from symshare.weights import read_spec, spec
from tests.weights.written import Written

L = nn.Linear


def last_states(kind, **more):
    """The last states of all layers and directions, one after the other."""

    def does(net, x):
        found = net.g(x)[1]
        return net.o((found[0] if kind is nn.LSTM else found).transpose(0, 1).flatten(1))

    number = 4 if more.get("bidirectional") else 2
    return Written(does, g=kind(3, 4, 2, batch_first=True, **more), o=L(4 * number, 2))


def last_layer(kind):
    """The last state of the last layer."""

    def does(net, x):
        found = net.g(x)[1]
        return net.o((found[0] if kind is nn.LSTM else found)[-1])

    return Written(does, g=kind(3, 4, 2, batch_first=True), o=L(4, 2))


def two(joined, after, shape=(5, 2)):
    """Two layers, put in a row, and what comes after."""
    return Written(lambda net, x: after(net, joined([net.a(x), net.b(x)])), a=L(3, 5), b=L(3, 5), o=shape)


CASES = {
    **{
        f"all states, {kind.__name__}": (lambda kind=kind: last_states(kind), f(4) ** 2)
        for kind in (nn.RNN, nn.GRU, nn.LSTM)
    },
    **{
        f"last layer, {kind.__name__}": (lambda kind=kind: last_layer(kind), f(4) ** 2)
        for kind in (nn.RNN, nn.GRU, nn.LSTM)
    },
    "both directions": (lambda: last_states(nn.GRU, bidirectional=True), f(4) ** 4),
    "one of them is taken": (lambda: two(torch.stack, lambda net, y: torch.relu(y)[1] @ net.o), f(5) ** 2),
    "along the batch, one layer for both": (lambda: two(torch.cat, lambda net, y: torch.relu(y) @ net.o), f(5)),
    "summed": (lambda: two(torch.stack, lambda net, y: torch.relu(y).sum(0) @ net.o), f(5)),
    "laid out behind each other": (
        lambda: two(lambda both: torch.stack(both, 1), lambda net, y: torch.relu(y).flatten(1) @ net.o, (10, 2)),
        f(5) ** 2,
    ),
    "weights": (
        lambda: Written(
            lambda net, x: torch.einsum("bi,sih->bsh", x, torch.stack([net.a, net.b])).relu().flatten(1) @ net.o,
            a=(3, 5),
            b=(3, 5),
            o=(10, 2),
        ),
        f(5) ** 2,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_permutations(name):
    make, order = CASES[name]
    torch.manual_seed(1)
    module = make()
    inputs = torch.randn(2, 3, 3) if hasattr(module, "g") else torch.randn(4, 3)
    one = spec(module, inputs)
    assert one.order == order
    outcome = one.verify(module, inputs, redraw=True)
    assert outcome.error < 1e-10
    assert not outcome.missed
    assert read_spec(one.to_json()) == one
