"""An empty axis is a fully masked one: finite values and gradients in every kind, with every normalisation, and in networks."""

import itertools

import pytest
import torch

import symshare
from tests import zoo
from tests.zoo import ENDING, KINDS, listed, source

SIZES = {"a": 3, "b": 2, "r": 3, "t": 16, "u": 4, "h": 3, "d": 2}


def layer_of(kind):
    """A layer in float64 with biases, the signature of its plan, and the sizes of its axes."""
    signature, text = source(kind)
    module = symshare.nn.load(text)
    ins, outs, _ = zoo.channels(signature, 0)
    torch.manual_seed(0)
    layer = (getattr(module, "EinNet", None) or module.Layer)(ins, outs, dtype=torch.float64)
    for name, weight in layer.named_parameters():
        if "bias" in name:
            torch.nn.init.normal_(weight)
    return layer, signature, zoo.by_name(SIZES) | dict(signature.sizes)


def inputs(signature, sizes, batch=(2,)):
    ins, *_ = zoo.channels(signature, 0)
    each = ins if isinstance(ins, tuple) else (ins,)
    shapes = [
        [*batch, *(sizes[letter] for letter in one.set_axes), n] for one, n in zip(signature.inputs, each, strict=True)
    ]
    return [torch.randn(shape, dtype=torch.float64) for shape in shapes]


def without(x, tensor, empty):
    """A tensor (.., *axes, channels) with no values on some axes."""
    for place, letter in enumerate(tensor.set_axes, -len(tensor.set_axes) - 1):
        x = x.narrow(place, 0, 0) if letter in empty else x
    return x


def free(signature):
    """The axes of the inputs that may have any length."""
    return sorted({one for tensor in signature.inputs for one in tensor.set_axes if one in signature.symmetric_axes})


@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_values_and_gradients_of_empty_axes_are_those_of_full_masks(kind):
    layer, signature, sizes = layer_of(kind)
    letters = free(signature)
    for empty in (one for number in range(1, len(letters) + 1) for one in itertools.combinations(letters, number)):
        whole = inputs(signature, sizes)
        none = [without(x, tensor, empty) for x, tensor in zip(whole, signature.inputs, strict=True)]
        found = listed(layer(*none))
        assert all(torch.isfinite(one).all() for one in found)
        layer.zero_grad()
        sum(one.square().sum() for one in found).backward()
        gradients = {name: one.grad for name, one in layer.named_parameters() if one.grad is not None}
        assert all(torch.isfinite(one).all() for one in gradients.values())
        chains = {one: (*signature.ancestors(one), one) for one in empty}
        masks = {one: torch.zeros([sizes[letter] for letter in own]) for one, own in chains.items()}
        masked = listed(layer(*whole, measure=masks))
        for tensor, one, two in zip(signature.outputs, found, masked, strict=True):
            if not set(empty) & set(tensor.axes):
                assert torch.allclose(one, two, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("batch", [(0,), (2, 0), (0, 3)])
@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_an_empty_batch_goes_through(kind, batch, dtype):
    layer, signature, sizes = layer_of(kind)
    found = listed(layer.to(dtype)(*(one.to(dtype) for one in inputs(signature, sizes, batch))))
    for tensor, one in zip(signature.outputs, found, strict=True):
        assert one.shape[:-1] == (*batch, *(sizes[letter] for letter in tensor.set_axes))
        assert one.dtype == dtype
    sum(one.sum() for one in found).backward()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_shapes_are_found_without_memory(kind, masked):
    """On the meta device, as tools do that size a model before it is made."""
    layer, signature, sizes = layer_of(kind)
    given = [one.to("meta") for one in inputs(signature, sizes)]
    chains = {one: (*signature.ancestors(one), one) for one in free(signature)} if masked else {}
    masks = {one: torch.ones([sizes[letter] for letter in own], device="meta") for one, own in chains.items()}
    found = listed(layer.to("meta")(*given, **({"measure": masks} if masks else {})))
    for tensor, one in zip(signature.outputs, found, strict=True):
        assert one.shape[1:-1] == tuple(sizes[letter] for letter in tensor.set_axes)
    with pytest.raises(TypeError, match=r"weights are torch\.float64: convert one"):
        layer(*(one.float() for one in given))


@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_a_single_value_on_every_axis_is_finite(kind):
    layer, signature, sizes = layer_of(kind)
    one_each = sizes | dict.fromkeys(free(signature), 1)
    found = listed(layer(*inputs(signature, one_each)))
    sum(one.square().sum() for one in found).backward()
    assert all(torch.isfinite(one).all() for one in found)
    assert all(one.grad is None or torch.isfinite(one.grad).all() for one in layer.parameters())
