"""Half precision and autocast at every scale: within rounding of float64, where float64's answer fits the type."""

import pytest
import torch

import symshare
from tests import zoo
from tests.zoo import KINDS, listed, source

FITS = {"linear, sum": 1e3, "network of order 3": 100.0, "polynomial, stacked": 100.0}
"""The scale up to which sums, and products of two factors, are no larger than half precision holds; beyond it the answer may be
no number, but never another one."""
TYPES = {
    # how close: a few units in the last place, times what layers of several steps add up
    "float16": (torch.float16, 0.02),
    "bfloat16": (torch.bfloat16, 0.15),
    "autocast to float16": (torch.float16, 0.02),
    "autocast to bfloat16": (torch.bfloat16, 0.15),
}
SIZES = {"a": 5, "b": 4, "r": 3, "t": 16, "h": 4, "d": 5}


def layer(kind, dtype):
    """A layer with the same weights in every type: first values, rounded to bfloat16."""
    signature, text = source(kind)
    module = symshare.nn.load(text)
    ins, outs, _ = zoo.channels(signature, 0)
    torch.manual_seed(0)
    made = getattr(module, "EinNet", None) or module.Layer
    found = made(ins, outs).requires_grad_(False)
    for weight in found.parameters():
        weight.copy_(weight.to(torch.bfloat16))
    return found.to(dtype)


def inputs(kind, scale, dtype):
    """Evenly drawn from -1 to 1 with a mean of their own, times a scale, rounded to a type."""
    signature, _ = source(kind)
    ins, *_ = zoo.channels(signature, 0)
    torch.manual_seed(1)
    sizes = zoo.by_name(SIZES) | dict(signature.sizes)
    each = ins if isinstance(ins, tuple) else (ins,)
    shapes = [
        [2, *(sizes[letter] for letter in one.set_axes), n] for one, n in zip(signature.inputs, each, strict=True)
    ]
    return [(scale * (1.4 * torch.rand(shape) - 0.4)).to(dtype) for shape in shapes]


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_is_close_to_double(kind, name, masked):
    dtype, tolerance = TYPES[name]
    cast = name.startswith("autocast")
    tried = 0
    for scale in (1e-4, 1e-2, 1.0, 300.0, 1e4):
        given = inputs(kind, scale, dtype)
        measure = {}
        signature, _ = source(kind)
        if masked and any(signature.group(letter) is None for one in signature.inputs for letter in one.set_axes):
            present = {letter for one in signature.inputs for letter in one.set_axes}
            weights = {"a": torch.tensor([1.0, 0, 2, 1, 1]), "b": torch.tensor([1, 3, 1, 0])}
            weights |= {"h": torch.tensor([[1, 3, 1, 0], [0, 1, 0, 0]])}
            weights |= {"b": torch.tensor([1, 3, 1, 0]).expand(5, 4)} if signature.depends else {}
            weights = zoo.by_name(weights)
            measure = {"measure": {letter: one for letter, one in weights.items() if letter in present}}
        expected = listed(layer(kind, torch.float64)(*(one.double() for one in given), **measure))
        largest = max(float(one.abs().max()) for one in expected)
        if dtype == torch.float16 and not 2e-5 < largest < 2e4:
            continue
        tried += 1
        if cast:
            with torch.autocast("cpu", dtype):
                found = listed(layer(kind, torch.float32)(*(one.float() for one in given), **measure))
        else:
            found = listed(layer(kind, dtype)(*given, **measure))
        for one, two in zip(found, expected, strict=True):
            if scale > FITS.get(kind, scale) and dtype == torch.float16 and not one.isfinite().all():
                continue
            error = float((one.double() - two).abs().max()) / max(float(two.abs().max()), 1e-30)
            assert error < tolerance, (scale, error)
    assert tried >= (2 if kind in ("polynomial", "full", "pooling") else 3)
