"""What is wrong is said at the door, in words that name the tensor, the axis or the number."""

from functools import partial

import numpy as np
import pytest
import torch

import symshare
from symshare import derive, pools
from symshare.nn import EinNet, compile

WHOLE = "is not a whole number, 1 or more"
WRONG = [
    2.5,
    "3",
    None,
    0,
    -1,
    True,
    float("nan"),
    1e9,
    torch.tensor(3),
    [2],
    {},
    10**30,
    np.array(3.0),
    np.array([2, 3]),
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda n: compile(derive("abH", 1), n, 2), "in_channels"),
        (lambda n: compile(derive("abH", 1), 2, n), "out_channels"),
        (lambda n: compile(derive("abH", 2), 2, 2, rank=n), "rank"),
        (lambda n: compile(pools("abH", 2), 2, 2, rank=n), "rank"),
        (lambda n: compile(derive("abH,bH->bH", 1), (2, n), 2), "in_channels"),
        (lambda n: compile(derive("aH->aH,H", 1), 2, (n, 2)), "out_channels"),
        (lambda n: symshare.nn.load(symshare.emit(symshare.network("aH", 2))).EinNet(n, 2), "in_channels"),
        (lambda n: symshare.nn.load(symshare.emit(symshare.network("aH", 2))).EinNet(2, n), "out_channels"),
        (lambda n: symshare.nn.load(symshare.emit(symshare.network("aH", 2))).EinNet(2, 2, width=n), "width"),
        (lambda n: symshare.nn.load(symshare.emit(symshare.network("aH", 2))).EinNet(2, 2, pool_width=n), "pool_width"),
        (lambda n: symshare.nn.load(symshare.emit(symshare.network("aH", 2))).EinNet(2, 2, depth=n), "depth"),
        (lambda n: EinNet("aH", 2, 2, rounds=1, width=4, depth=1)(torch.zeros(3, 2), rounds=n), "rounds"),
        (lambda n: compile(derive("aH->abH", 1), 2, 2)(torch.zeros(3, 2), b=n), "b"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_numbers(make, name, wrong):
    with pytest.raises(
        (ValueError, symshare.SymshareError), match=rf"{name}.*{WHOLE}|{name}.*numbers? (is|are) needed"
    ):
        make(wrong)


def test_whole_numbers_of_numpy_are_numbers():
    layer = compile(derive("abH", 2), np.int64(2), np.int32(3), rank=np.int64(4))
    assert layer(torch.zeros(3, 4, 2)).shape == (3, 4, 3)


@pytest.mark.parametrize("given", [(2,), (2, 3, 4), ()], ids=repr)
def test_as_many_channel_numbers_as_tensors(given):
    with pytest.raises(ValueError, match=r"in_channels: 2 numbers are needed, not"):
        compile(derive("abH,bH->bH", 1), given, 2)


X = torch.zeros(3, 4, 2)
SHAPES = [
    # kind of layer, its inputs, what is said
    (
        lambda: compile(derive("abH", 1), 2, 3),
        [torch.zeros(3, 4, 5)],
        r"x needs shape \(\.\.\., a, b, 2\), not \(3, 4, 5\)",
    ),
    (lambda: compile(derive("abH", 1), 2, 3), [torch.zeros(2)], r"x needs shape \(\.\.\., a, b, 2\), not \(2,\)"),
    (lambda: compile(derive("abH", 1), 2, 3), [torch.tensor(2.0)], r"x needs shape \(\.\.\., a, b, 2\), not \(\)"),
    (lambda: compile(derive("H->H", 1), 2, 3), [torch.tensor(2.0)], r"x needs shape \(\.\.\., 2\), not \(\)"),
    (
        lambda: compile(derive("W:abH,v:bH->v:bH", 1), 2, 3),
        [X, torch.zeros(5, 2)],
        r"v needs shape \(\.\.\., b, 2\), not",
    ),
    (
        lambda: compile(derive("W:abH,v:bH->v:bH", 1), (2, 3), 3),
        [torch.zeros(4, 3), X],
        r"W needs shape \(\.\.\., a, b, 2\)",
    ),
    (lambda: EinNet("abH", 2, 3, width=4, depth=1), [torch.zeros(3, 4, 5)], r"x needs shape \(\.\.\., a, b, 2\), not"),
    (lambda: EinNet("abH->aH", 2, 3, width=4, depth=1), [torch.zeros(4, 2)], r"x needs shape \(\.\.\., a, b, 2\), not"),
    (lambda: EinNet("aaH", 2, 3, width=4, depth=1), [X], r"x needs shape \(\.\.\., a, a, 2\), not \(3, 4, 2\)"),
    (
        lambda: EinNet("abH,bH->bH", (2, 5), 3, width=4, depth=1),
        [torch.zeros(4, 5), X],
        r"x0 needs shape \(\.\.\., a, b, 2\)",
    ),
    (lambda: EinNet("abH,bH->bH", 2, 3, width=4, depth=1), [X, torch.zeros(3, 2)], r"x1 needs shape \(\.\.\., b, 2\)"),
]


@pytest.mark.parametrize("case", range(len(SHAPES)))
def test_shapes(case):
    make, inputs, said = SHAPES[case]
    with pytest.raises(ValueError, match=said):
        make()(*inputs)


@pytest.mark.parametrize("wrong", [[[1.0, 2.0]], np.zeros((3, 4, 2)), None, "x"], ids=["list", "numpy", "none", "text"])
@pytest.mark.parametrize("net", [False, True])
def test_what_is_no_tensor(net, wrong):
    layer = EinNet("abH", 2, 3, width=4, depth=1) if net else compile(derive("abH", 1), 2, 3)
    with pytest.raises(TypeError, match=r"x is a \w+, not a tensor"):
        layer(wrong)


MEASURES = [
    # the text, the measure, the error, what is said
    ("abH", torch.ones(3), TypeError, "measure is a Tensor; give a dict of tensors for a, b"),
    ("abH", [1.0, 2.0], TypeError, "measure is a list; give a dict of tensors for a, b"),
    ("abH", np.ones(3), TypeError, "measure is a ndarray; give a dict of tensors for a, b"),
    ("aH", np.ones(3), TypeError, "measure is a ndarray; give a dict of tensors for a"),
    ("aH", [1.0, 2.0, 3.0], TypeError, "measure is a list; give a dict of tensors for a"),
    ("abH", {"a": [1.0, 2.0, 3.0]}, TypeError, "measure of a is list; give a tensor of real numbers"),
    ("abH", {"b": None}, TypeError, "measure of b is NoneType; give a tensor of real numbers"),
    ("abH", {"b": np.ones(4)}, TypeError, "measure of b is ndarray; give a tensor of real numbers"),
    ("abH", {"b": torch.ones(4, dtype=torch.complex64)}, TypeError, "measure of b is torch.complex64; give"),
    ("abH", {"c": torch.ones(4)}, ValueError, "measure has 'c'; an axis is one of a, b"),
    ("abH", {0: torch.ones(4)}, ValueError, "measure has 0; an axis is one of a, b"),
    ("abH", {"a": torch.tensor([1.0, -1, 1])}, ValueError, "measure of a has weights that are negative or not finite"),
    ("abH", {"a": torch.tensor([1, -1, 1])}, ValueError, "measure of a has weights that are negative or not finite"),
    ("abH", {"a": torch.tensor([1, torch.nan, 1])}, ValueError, "measure of a has weights that are negative or not"),
    ("abH", {"a": torch.tensor([1, torch.inf, 1])}, ValueError, "measure of a has weights that are negative or not"),
]


@pytest.mark.parametrize("net", [False, True], ids=["layer", "network"])
@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("case", range(len(MEASURES)))
def test_measures(case, reduce, net):
    text, measure, kind, said = MEASURES[case]
    make = (
        partial(EinNet, width=4, depth=1)
        if net
        else lambda text, *rest, **more: compile(derive(text, 1), *rest, **more)
    )
    layer = make(text, 2, 3, reduce=reduce)
    with pytest.raises(kind, match=said):
        layer(torch.zeros(3, 4, 2)[..., : len(text) - 1, :] if text == "aH" else X, measure=measure)


@pytest.mark.parametrize("weights", [[3e38, 3e38, 1e38], [1e-42, 3e-42, 0.0]], ids=["large", "small"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_weights_near_the_ends_of_their_type_are_proportions(weights, dtype):
    layer = compile(derive("aH->H", 1), 2, 3, dtype=torch.float32).requires_grad_(False)
    weight, x = torch.tensor(weights, dtype=dtype), torch.randn(3, 2)
    expected = (x.double() * (weight.double() / weight.double().sum())[:, None]).sum(0) @ layer.mix["a__"].double()
    assert torch.allclose(layer(x, weight).double(), expected, rtol=1e-4)


def test_weights_of_double_precision_beyond_single_precision():
    layer = compile(derive("aH->H", 1), 2, 3).requires_grad_(False)
    x, weight = torch.randn(3, 2), torch.tensor([1e300, 2e300, 0], dtype=torch.float64)
    assert torch.allclose(layer(x, weight), layer(x, torch.tensor([1.0, 2, 0])), rtol=1e-5)


def test_a_negative_weight_that_cannot_be_looked_at_is_no_number():
    """Under torch.vmap, and in compiled graphs: never another result without a word."""
    layer = compile(derive("aH->H", 1), 2, 3).requires_grad_(False)
    x, weights = torch.randn(4, 3, 2), torch.tensor([[1.0, 1, 1], [1, -1, 1], [0, 0, 1], [1, 2, 3]])
    found = torch.vmap(layer)(x, weights)
    assert torch.isnan(found[1]).all()
    assert torch.isfinite(found[[0, 2, 3]]).all()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    assert torch.isnan(compiled(x[1], weights[1])).all()


TYPED = {
    "fft": lambda: compile(derive("tH->tH", 1, axes={"t": "C(16)"}), 2, 3, circular="fft"),
    "direct": lambda: compile(derive("tH->tH", 1, axes={"t": "C(16)"}), 2, 3, circular="direct"),
    "linear": lambda: compile(derive("tH->tH", 1), 2, 3),
    "scale": lambda: compile(derive("tH->tH", 1), 2, 3, normalise_scale=True),
    "products": lambda: compile(derive("tH->tH", 2), 2, 3, normalise_factors=True),
    "network": lambda: EinNet("tH->tH", 2, 3, width=4, depth=1),
}
OTHERS = (torch.float64, torch.float16, torch.int64, torch.bool, torch.complex64)


@pytest.mark.parametrize("given", OTHERS, ids=str)
@pytest.mark.parametrize("kind", TYPED)
def test_an_input_of_another_type_is_refused_by_name(kind, given):
    with pytest.raises(TypeError, match=rf"x is {given}, weights are torch.float32: convert one"):
        TYPED[kind]()(torch.zeros(16, 2, dtype=given))


@pytest.mark.parametrize("net", [False, True])
def test_batches_that_do_not_go_together(net):
    layer = EinNet("abH,bH->bH", 2, 3, width=4, depth=1) if net else compile(derive("abH,bH->bH", 1), 2, 3)
    with pytest.raises(ValueError, match=r"inputs have batches that do not go together: \(2,\), \(3,\)"):
        layer(torch.zeros(2, 3, 4, 2), torch.zeros(3, 4, 2))
