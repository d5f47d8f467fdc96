"""First values: standard normal inputs give outputs of standard deviation one, at any size and with any channels."""

from functools import cache

import pytest
import torch

from symshare import derive, pools
from symshare.nn import compile
from symshare.nn.runtime import first_values

NUMBERS = 60_000
"""About how many entries a measurement has, of an input and of an output."""
CHANNELS = [(1, 1), (4, 4), (32, 32), (1, 16), (32, 4)]
CASES = [
    *(("aH", "linear", 1), ("abH", "linear", 1), ("aaH", "linear", 1), ("abcH", "linear", 1)),
    *(("aH", "polynomial", 2), ("abH", "polynomial", 2), ("aaH", "polynomial", 2)),
    *(("aH", "polynomial", 3), ("abH", "polynomial", 3)),
    *(("aH", "pooling", 1), ("abH", "pooling", 1), ("aaH", "pooling", 1)),
    *(("aH", "pooling", 2), ("abH", "pooling", 2), ("aaH", "pooling", 2), ("abcH", "pooling", 2)),
    *(("aH", "pooling", 3), ("abH", "pooling", 3), ("aaH", "pooling", 3)),
]
SIZES = {"aH": (4, 16, 64, 512), "abH": (4, 16, 64), "aaH": (4, 16, 64), "abcH": (4, 8)}
NAMES = ["-".join(map(str, case)) for case in CASES]


@cache
def layer_of(text, kind, order, ins, outs, reduce="mean", seed=0):
    torch.manual_seed(seed)
    basis = pools(text, order) if kind == "pooling" else derive(text, order)
    return compile(basis, ins, outs, kind=kind, reduce=reduce)


@torch.no_grad()
def output(layer, text, size, seed=0):
    """The layer's output for a batch of standard normal inputs."""
    torch.manual_seed(seed)
    axes = len(text) - 1
    each = size**axes * max(layer.in_channels, layer.out_channels)
    return layer(torch.randn(max(2, NUMBERS // each), *[size] * axes, layer.in_channels))


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize(("text", "kind", "order"), CASES, ids=NAMES)
def test_outputs_of_normal_inputs_have_standard_deviation_one(text, kind, order, channels):
    for size in SIZES[text]:
        if size > 16 and (text, kind, order) in (("abH", "polynomial", 3), ("aaH", "polynomial", 2)):
            continue  # these take long; see the next test
        found = output(layer_of(text, kind, order, *channels), text, size).std()
        assert 0.8 < float(found) < 1.25, size


@pytest.mark.parametrize(
    ("text", "kind", "order", "size", "channels"),
    [
        *(("aH", "linear", 1, 64, 256), ("aaH", "linear", 1, 16, 256), ("aH", "polynomial", 3, 16, 256)),
        *(("abH", "pooling", 3, 16, 256), ("abH", "polynomial", 2, 64, 4), ("aaH", "polynomial", 2, 64, 4)),
    ],
)
def test_standard_deviations_of_many_channels_and_large_sets(text, kind, order, size, channels):
    found = output(layer_of(text, kind, order, channels, channels), text, size).std()
    assert 0.8 < float(found) < 1.25


@pytest.mark.parametrize(("text", "kind", "order"), CASES, ids=NAMES)
def test_sums_are_drawn_for_sixteen_values(text, kind, order):
    """The documented lengths: `n_a: int = 16` of reset_parameters."""
    size = 16 if len(text.strip("H")) < 3 else 8
    layer = layer_of(text, kind, order, 8, 8, reduce="sum")
    if size != 16:
        torch.manual_seed(0)
        layer.reset_parameters(**{f"n_{letter}": size for letter in text.strip("H")})
    assert 0.8 < float(output(layer, text, size).std()) < 1.25


@pytest.mark.parametrize("size", [4, 40])
@pytest.mark.parametrize("text", ["aH", "abH", "aaH"])
def test_sums_over_other_lengths_are_drawn_for_them_when_asked(text, size):
    torch.manual_seed(0)
    layer = compile(derive(text, 1), 8, 8, reduce="sum")
    layer.reset_parameters(**{f"n_{letter}": size for letter in set(text.strip("H"))})
    assert 0.8 < float(output(layer, text, size).std()) < 1.25


@pytest.mark.parametrize(
    ("text", "kind", "orders"),
    [
        # the orders with a term that neither averages nor reads or writes a diagonal
        *(("aH", "polynomial", (1, 2, 3)), ("abH", "polynomial", (1, 2)), ("aaH", "polynomial", (1, 2))),
        *(("aH", "pooling", (1, 2)), ("abH", "pooling", (1, 2)), ("aaH", "pooling", (1, 2))),
    ],
)
def test_every_order_adds_the_same_variance(text, kind, orders):
    size, channels = 64, 32
    for order in orders:
        torch.manual_seed(order)
        basis = pools(text, max(orders)) if kind == "pooling" else derive(text, max(orders))
        layer = compile(basis, channels, channels, kind=kind)
        for name, weight in layer.named_parameters():
            factors = name.split(".")[1].split("__")[0].split("_")
            if name.startswith("mix") and len(factors) != order:
                torch.nn.init.zeros_(weight)
        found = float(output(layer, text, size).var())
        assert found == pytest.approx(1 / len(orders), rel=0.25)


@pytest.mark.parametrize(("text", "kind", "order"), [CASES[2], CASES[5], CASES[-1]])
def test_new_values_are_drawn_by_seed(text, kind, order):
    basis = pools(text, order) if kind == "pooling" else derive(text, order)
    layer = compile(basis, 3, 4, kind=kind)

    def drawn(seed):
        torch.manual_seed(seed)
        layer.reset_parameters()
        return {name: weight.clone() for name, weight in layer.named_parameters()}

    first, again, other = drawn(0), drawn(0), drawn(1)
    for name, weight in first.items():
        assert torch.equal(weight, again[name])
        assert torch.equal(weight, other[name]) == name.startswith("bias")
        assert bool((weight == 0).all()) == name.startswith("bias")
        assert torch.isfinite(weight).all()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_first_values_of_other_float_types_have_the_same_scale(dtype):
    torch.manual_seed(0)
    layer = compile(pools("abH", 3), 16, 16, dtype=dtype)
    x = torch.randn(8, 16, 16, 16)
    assert 0.8 < float(layer(x.to(dtype)).float().std()) < 1.25


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_values_whose_squares_are_too_small_for_their_type_have_their_variance(dtype, each, monkeypatch):
    """Of a single channel a value is its own norm; one of 1e-4 has a square that is 0 in half precision."""
    fill = first_values._fill_each if each else first_values._fill
    monkeypatch.setattr(torch.nn.init, "normal_", lambda weight: weight.fill_(1e-4))
    weight = torch.empty(1, 3, dtype=dtype)
    fill(weight, 0.25)
    assert torch.allclose(weight.float(), torch.full((1, 3), 0.5), rtol=0.01)
