"""Powers of whole matrices, and numbers made of two: the number of permutations by hand, and that the spec holds."""

from math import factorial as f

import pytest
import torch
from torch import nn

from symshare.weights import spec
from tests.weights.written import Written

L = nn.Linear


def between(does, **own):
    return Written(lambda net, x: net.o(does(net, torch.tanh(net.a(x)))), a=L(3, 4), o=L(4, 2), **own)


CASES = {
    "an exponential": (lambda: between(lambda net, x: x @ torch.matrix_exp(net.w), w=(4, 4)), f(4)),
    "an exponential, summed": (
        lambda: Written(lambda net, x: x * torch.matrix_exp(net.w).square().sum(), w=(4, 4)),
        f(4),
    ),
    "a power": (lambda: between(lambda net, x: x @ torch.linalg.matrix_power(net.w, 3), w=(4, 4)), f(4)),
    "real and imaginary parts": (
        lambda: Written(lambda net, x: net.o(torch.complex(net.a(x), net.b(x)).abs()), a=L(3, 4), b=L(3, 4), o=L(4, 2)),
        f(4),
    ),
    "lengths and angles": (
        lambda: Written(lambda net, x: net.o(torch.polar(net.a(x).abs(), net.b).real), a=L(3, 4), b=(4,), o=L(4, 2)),
        f(4),
    ),
    "complex weights of real ones": (
        lambda: Written(
            lambda net, x: (x.to(torch.complex128) @ torch.complex(net.a, net.b)).tanh().abs() @ net.o,
            a=(3, 4),
            b=(3, 4),
            o=(4, 2),
        ),
        f(4),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_permutations(name):
    make, order = CASES[name]
    torch.manual_seed(1)
    module, inputs = make(), torch.randn(5, 3)
    one = spec(module, inputs, scales=True)
    assert one.order == order
    outcome = one.verify(module, inputs, redraw=True)
    assert outcome.error < 1e-8
    assert not outcome.missed
