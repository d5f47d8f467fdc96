"""Layers on axes whose values have scales or signs: exact under random scales, with weights of values, at any length."""

import pytest
import torch

import symshare
from symshare import NotationError, derive, signature
from tests import zoo
from tests.measured import equivariance_errors, random_inputs

DUAL = {"Scaled": zoo.SCALED, "B": zoo.SIGNED}
LAYERS = zoo.WEIGHTS
CASES = [
    (LAYERS, [], {}),
    ("hbaH,hdH->hbH", ["h->b"], {}),
    ("bxH,dxH->bxH", ["b->x"], {}),
    ("LbaH,LcdH->LbaH,LcdH", ["L->b"], {"L": 2}),
    ("H->bdH", [], {}),
    ("bdH->dbH,bdH", [], {}),
]
OPTIONS = [
    (1, {}),
    (1, {"reduce": "sum"}),
    (2, {}),
    (2, {"reduce": "sum", "coefficients": "full"}),
    (2, {"normalise_factors": True}),
]


def lengths(one):
    return {axis: 3 + place for place, axis in enumerate(one.stacked().set_axes)} | dict(one.sizes)


@pytest.mark.parametrize("kind", sorted(DUAL))
@pytest.mark.parametrize(("text", "depends", "sizes"), CASES, ids=[text for text, *_ in CASES])
def test_layers_are_equivariant_with_all_their_options(text, depends, sizes, kind):
    one = signature(text, axes=DUAL[kind], depends=depends, sizes=sizes)
    for number, (order, options) in enumerate(OPTIONS):
        basis = derive(one.stacked(), order)
        scaled = [all("b" in own.axes for own in term.factor_tensors) for term in basis if term.order == 2]
        if options.get("normalise_factors") and kind == "Scaled" and any(scaled):
            with pytest.raises(symshare.SymshareError, match="has a norm that b=Scaled keeps"):
                symshare.plan(basis, **options)
            continue
        layer = zoo.layer(symshare.plan(basis, **options), number)
        errors = equivariance_errors(layer, one, random_inputs(layer, one, lengths(one)))
        assert {"b"} <= set(errors)
        assert max(errors.values()) < 1e-10


def drawn(random, size):
    """A permutation and scales from 1/4 to 4."""
    return torch.randperm(size, generator=random), 4 ** (
        2 * torch.rand(size, generator=random, dtype=torch.float64) - 1
    )


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("order", [1, 2])
def test_a_layer_commutes_with_scales_by_hand(order, reduce):
    """Values of b are multiplied, those of its dual divided; weights of values change places only."""
    layer = zoo.layer(symshare.plan(derive(signature(LAYERS, axes=DUAL["Scaled"]), order), reduce=reduce))
    random = torch.Generator().manual_seed(0)
    for b in (1, 4, 7):
        W1, v1, W2, v2 = (
            torch.randn(2, *shape, generator=random, dtype=torch.float64)
            for shape in (
                (b, 3, layer.in_channels[0]),
                (b, layer.in_channels[1]),
                (5, b, layer.in_channels[2]),
                (5, layer.in_channels[3]),
            )
        )
        images, scale = drawn(random, b)
        weights = torch.rand(2, b, generator=random, dtype=torch.float64)
        acted = (
            (W1 * scale[:, None, None])[:, images],
            (v1 * scale[:, None])[:, images],
            (W2 / scale[:, None])[:, :, images],
            v2,
        )
        for measure, moved in ((None, None), ({"b": weights}, {"b": weights[:, images]})):
            y1, y2, y3, y4 = layer(W1, v1, W2, v2, measure=measure)
            found = layer(*acted, measure=moved)
            expected = ((y1 * scale[:, None, None])[:, images], (y2 * scale[:, None])[:, images])
            expected += ((y3 / scale[:, None])[:, :, images], y4)
            for one, two in zip(found, expected, strict=True):
                assert torch.allclose(one, two, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", sorted(DUAL))
def test_a_dual_has_the_length_and_the_weights_of_its_axis(kind):
    layer = zoo.layer(symshare.plan(derive(signature(LAYERS, axes=DUAL[kind]), 1)))
    inputs = random_inputs(layer, signature(LAYERS, axes=DUAL[kind]), {"a": 2, "b": 3, "c": 4})
    with pytest.raises(ValueError, match=r"W2 needs shape .*b = 3"):
        layer(*inputs[:2], inputs[2][:, :, :2], inputs[3])
    with pytest.raises(ValueError, match=r"measure has 'd'; an axis is one of b, a, c"):
        layer(*inputs, measure={"d": torch.ones(2, 3)})


def test_weights_of_one_symmetry_are_refused_by_another():
    layers = [
        symshare.nn.compile("abH,cdH->abH", 2, 2, axes=axes)
        for axes in (None, *DUAL.values(), {"b": "Scaled", "d": "Scaled"})
    ]
    assert len({tuple(layer.spec.tolist()) for layer in layers}) == len(layers)


class Net(torch.nn.Module):
    """What a ReLU network's weights give that no scale of hidden neurons changes."""

    def __init__(self, broken=False):
        super().__init__()
        self.broken = broken
        self.mix = torch.nn.Parameter(torch.randn(3))

    def forward(self, W1, v1, W2):
        gains = (W1.square().sum(-1) + v1.square()).sqrt()
        total = torch.einsum("...cb,...b->...c", W2, gains if not self.broken else gains.tanh())
        return total * self.mix[0], W1 * self.mix[1]


def test_a_module_is_checked_with_scales():
    inputs = [torch.randn(shape, dtype=torch.float64) for shape in ((2, 4, 3), (2, 4), (2, 5, 4))]
    text = "ba,b,cd->c,ba"
    report = symshare.nn.check(Net(), text, *inputs, axes=DUAL["Scaled"])
    assert report.ok
    assert set(report.errors) == {"a", "b", "c"}
    assert report.to_dict()["axes"] == DUAL["Scaled"]
    broken = symshare.nn.check(Net(broken=True), text, *inputs, axes=DUAL["Scaled"])
    assert not broken.ok
    assert broken.errors["b"] > 1e-3
    assert broken.fault.operation == "tanh"
    # under signs alone it holds not either: the norm loses the sign that W2 has
    assert not symshare.nn.check(Net(), text, *inputs, axes=DUAL["B"]).ok
    with pytest.raises(symshare.CheckError, match="mixes values"):
        symshare.nn.check(Net(), text, *(one.round().to(torch.int64) for one in inputs), axes=DUAL["Scaled"])


@pytest.mark.parametrize("kind", sorted(DUAL))
def test_networks_and_poolings_are_refused_with_the_cure(kind):
    for make in (
        lambda: symshare.network("abH", 2, axes={"b": kind}),
        lambda: symshare.pools("abH", 2, axes={"b": kind}),
        lambda: symshare.pools("abH", 2, axes={"b": kind}, rule="none"),
        lambda: symshare.explain("ab", "ab,cb->ac", axes={"b": kind}),
        lambda: symshare.nn.compile("abH", 2, 2, axes={"b": kind}, kind="pooling", rank=2),
    ):
        with pytest.raises(symshare.SymshareError, match=f"has axes under another group .*b={kind}") as caught:
            make()
        assert len(str(caught.value).splitlines()) <= 3


def test_a_dual_alone_needs_its_axis():
    with pytest.raises(NotationError, match="which is no other axis"):
        signature("d->d", axes={"d": "dual(b)"})
