"""Expansions at zero are those of repeated forward derivatives; what has none is refused."""

import math

import pytest
import torch

from symshare import SymshareError, distil
from symshare.nn import EinNet, compile


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def derivative(function, order):
    """The part of a degree of t -> function(t), by forward derivatives within each other."""

    def once(inner):
        return lambda t: torch.func.jvp(inner, (t,), (torch.ones_like(t),))[1]

    found = function
    for _ in range(order):
        found = once(found)
    return found(torch.zeros((), dtype=torch.float64)) / math.factorial(order)


def net(**options):
    torch.manual_seed(0)
    return EinNet("abH->aH", 1, 1, 3, 2, 2, order=2, **{"normalise_factors": False, "dtype": torch.float64} | options)


def layer(text, channels, **options):
    torch.manual_seed(0)
    return compile(text, channels, 1, order=2, dtype=torch.float64, **options)


X = drawn(3, 6, 5, 1)
FUNCTIONS = {
    "GELU": (net(), X, 2, {}),
    "normalised factors": (net(normalise_factors=True), X, 2, {}),
    "rounds": (net(rounds=2), X, 1, {}),
    "inputs beside": (net(inject=True, rounds=1, nonlinearity=None), X, 3, {}),
    "far samples": (net(), X, 2, {"samples": [50 * drawn(40, 6, 5, 1), 50 * drawn(40, 5, 6, 1)]}),
    "near samples": (net(), X, 2, {"samples": [1e-4 * drawn(40, 6, 5, 1), 1e-4 * drawn(40, 5, 6, 1)]}),
    "one size": (net(reduce="sum"), drawn(3, 5, 6, 1), 2, {"samples": [drawn(40, 5, 6, 1)]}),
    "lists": (layer("abH", 1, depends="a->b"), X, 2, {}),
    "cyclic": (layer("tH", 1, axes={"t": "C(4)"}), drawn(3, 4, 1), 2, {}),
    "rotations": (layer("rH", 2, axes={"r": "SO(3)"}), drawn(3, 3, 2), 2, {}),
    "exp": (lambda x: (5 * x.sum(-2)).exp(), drawn(3, 6, 1), 3, {"symmetry": "aH->H"}),
    "sine": (lambda x: torch.sin(30 * x), drawn(3, 6, 1), 3, {"symmetry": "aH"}),
    "pole": (lambda x: 1 / (1 - x), drawn(3, 6, 1), 3, {"symmetry": "aH"}),
    "small": (lambda x: 1e-11 * x**2, drawn(3, 6, 1), 2, {"symmetry": "aH"}),
    "large": (lambda x: 1e11 * x**2 / 3, drawn(3, 6, 1), 2, {"symmetry": "aH"}),
    "channels": (
        lambda x: x[..., :1] * x[..., 1:],
        drawn(3, 6, 2),
        2,
        {"symmetry": "aH", "samples": [drawn(40, 6, 2)]},
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_parts_are_the_derivatives(name):
    function, x, order, options = FUNCTIONS[name]
    found = distil(function, order=order, **options)
    assert found.equivariant
    for degree in range(order + 1):
        wanted = derivative(lambda t: function(t * x), degree)
        part = derivative(lambda t: found.evaluate(t * x), degree)
        assert torch.allclose(part, wanted, rtol=1e-7, atol=1e-9 * wanted.abs().max().item()), degree


def test_coefficients_of_functions_are_fractions():
    one = distil(lambda x: (x.sum(-2) / 3).exp(), symmetry="aH->H", order=2)
    assert one.texts() == ["Y <- 1 + 1/3 [X:a->] + 1/18 [X:a,X:b->]"]


@pytest.mark.parametrize(
    "function", [torch.relu, torch.abs, lambda x: 1 / x, lambda x: x * float("nan"), lambda x: x.sign(), torch.log]
)
def test_what_is_not_smooth_is_refused(function):
    with pytest.raises(SymshareError, match="no expansion at zero"):
        distil(function, symmetry="aH", order=2)


@pytest.mark.parametrize("options", [{"scaled": -1}, {"scaled": 1}, {"scaled": 2, "nonlinearity": None}])
def test_networks_that_divide_by_sizes_are_refused(options):
    with pytest.raises(SymshareError, match="no expansion at zero"):
        distil(net(**options), order=2)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: distil(lambda x: x * x[..., :1, :], symmetry="aH", order=2), "degree 2"),
        (lambda: distil(lambda x: x.cumsum(-2), symmetry="aH", order=1), "not made of terms"),
        (
            lambda: distil(lambda x: x**3 / x.square().sum(-2, keepdim=True), symmetry="aH", order=1),
            "not made of terms",
        ),
        (lambda: distil(net(reduce="sum"), order=1), "other coefficients at other sizes"),
        (lambda: distil(lambda x: x.sum(-2), symmetry="aH", order=1), "gives has the shape"),
        (lambda: distil(lambda x: (x, x), symmetry="aH", order=1), "2 outputs"),
        (lambda: distil(lambda x: x, symmetry="H", order=20), "order=20"),
        (lambda: distil(lambda x: x, symmetry="aH", order=1.0), "order=1.0"),
        (lambda: distil(lambda x: x, symmetry="aH", order=True), "order=True"),
        (lambda: distil(lambda x: x, symmetry="aH", order=1, rounds=3), "leave out rounds="),
        (lambda: distil(net(), order=1, reduce="sum"), "leave out reduce="),
        (lambda: distil(layer("bHG", 1, depends="H->b", sizes={"H": 2}), order=1), "latent axes apart"),
    ],
)
def test_what_does_not_go_is_refused_in_three_lines(act, message):
    with pytest.raises(SymshareError, match=message) as caught:
        act()
    assert len(str(caught.value).splitlines()) <= 3
