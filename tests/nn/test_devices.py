"""Layers on a GPU: what they compute on a CPU in float64, in every type, masked, empty, compiled, and without waiting.

Nearly all are skipped where there is no GPU; SYMSHARE_DEVICE=cpu runs there what a CPU can.
"""

import inspect
import itertools
import os

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import symshare
from tests import zoo
from tests.measured import random_inputs, small_sizes
from tests.nn import test_empty as empty
from tests.nn import test_half as half
from tests.nn.sparse.made import SUPPORTS
from tests.zoo import ENDING, KINDS, by_name, listed, source

DEVICE = os.environ.get("SYMSHARE_DEVICE", "cuda")
THERE = pytest.mark.skipif(DEVICE != "cpu" and not torch.cuda.is_available(), reason="there is no GPU")
ON_GPU = pytest.mark.skipif(DEVICE == "cpu" or not torch.cuda.is_available(), reason="there is no GPU")
COMPILED = (
    # one of each kind of step: sums, diagonals, products, FFT, constants, normalised factors, rounds
    *("linear, sum", "polynomial, both", "full, factors", "pooling, both", "pooling, child left"),
    *("O(3), factors", "C(16), by FFT", "network, recurrent"),
)
NETWORKS = (
    *(
        ("x:ar,y:a->ar", f"r={group}", {})
        for group in ("O(3)", "SO(3)", "Lorentz", "Sp(4)", "U(2)", "B(3)", "Cube", "C(4)")
    ),
    ("x:ar->ar", "r=SO(3)", {"order": 3}),
    ("x:ar,y:ar->ar", "r=O(3)", {"types": "a,ar,aa,aar", "centred": ("x",)}),
)


def moved(inputs):
    return [one.to(DEVICE) for one in inputs]


def masks(signature, sizes):
    """Weights 0, 1 and 2 in turn for each axis that may have them, along its parents."""
    found = {}
    for letter in empty.free(signature):
        shape = [sizes[one] for one in (*signature.ancestors(letter), letter)]
        found[letter] = torch.arange(torch.Size(shape).numel(), dtype=torch.float64).add(1).remainder(3).reshape(shape)
    return {"measure": found} if found else {}


def error(found, expected, least=1e-30):
    """The largest difference, relative to the largest value, of `least` at the least."""
    assert found.device.type == torch.device(DEVICE).type
    assert found.shape == expected.shape
    largest = float(expected.abs().max()) if expected.numel() else 0.0
    return float((found.cpu().double() - expected).abs().max()) / max(largest, least) if expected.numel() else 0.0


@THERE
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_values_and_gradients_are_those_of_the_cpu(kind, masked):
    layer, signature, sizes = empty.layer_of(kind)
    inputs = empty.inputs(signature, sizes)
    measure = masks(signature, sizes) if masked else {}
    there = {"measure": {letter: one.to(DEVICE) for letter, one in measure["measure"].items()}} if measure else {}
    expected = listed(layer(*inputs, **measure))
    sum(one.square().sum() for one in expected).backward()
    slopes = {name: one.grad for name, one in layer.named_parameters() if one.grad is not None}
    layer.zero_grad()
    layer = layer.to(DEVICE)
    found = listed(layer(*moved(inputs), **there))
    sum(one.square().sum() for one in found).backward()
    for one, two in zip(found, expected, strict=True):
        assert error(one.detach(), two.detach(), 1e-6) < 1e-11
    for name, one in layer.named_parameters():
        assert (one.grad is None) == (name not in slopes)
        assert one.grad is None or error(one.grad, slopes[name], 1e-3) < 1e-9


@THERE
@pytest.mark.parametrize("text", zoo.BESIDE)
@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_every_family_of_groups_has_its_constants_there(family, text):
    one = zoo.signature(text, family)
    basis = symshare.derive(one, 2)
    if not all(any(term.order and term.output == at for term in basis) for at in range(len(one.outputs))):
        return
    plan = symshare.plan(basis)
    layer = zoo.layer(plan)
    inputs = random_inputs(layer, one, small_sizes(one))
    asked = inspect.signature(layer.forward).parameters.values()
    new = {one.name: 4 for one in asked if one.kind is one.KEYWORD_ONLY}  # lengths that no input has
    expected = listed(layer(*inputs, **new))
    ins, outs, rank = zoo.channels(one, 0)
    more = {"rank": rank} if plan.ranked else {}
    made = symshare.nn.compile(plan, ins, outs, dtype=torch.float64, device=DEVICE, **more).requires_grad_(False)
    assert {value.device.type for value in made.state_dict().values()} == {torch.device(DEVICE).type}
    made.load_state_dict(layer.state_dict())
    for found in (made(*moved(inputs), **new), layer.to(DEVICE)(*moved(inputs), **new)):
        for y, z in zip(listed(found), expected, strict=True):
            assert error(y, z, 1e-6) < 1e-11


@THERE
@pytest.mark.parametrize(("text", "group", "options"), NETWORKS, ids=lambda one: str(one))
def test_networks_under_groups_are_those_of_the_cpu(text, group, options):
    """Values and gradients in double precision, and compiled in single precision."""
    torch.manual_seed(0)
    made = {"order": 2, "axes": dict([group.split("=")]), **options}
    model, one = (
        symshare.nn.EinNet(text, 2, 1, 8, 4, 2, dtype=torch.float64, **made),
        symshare.signature(text, axes=made["axes"]),
    )
    sizes = small_sizes(one)
    given = [torch.randn(3, *(sizes[axis] for axis in tensor.axes), 2, dtype=torch.float64) for tensor in one.inputs]
    expected = model(*given)
    grads = torch.autograd.grad(expected.square().sum(), list(model.parameters()), allow_unused=True)
    model, given = model.to(DEVICE), moved(given)
    found = model(*given)
    assert error(found.detach(), expected.detach()) < 1e-12
    others = torch.autograd.grad(found.square().sum(), list(model.parameters()), allow_unused=True)
    for value, other in zip(grads, others, strict=True):
        assert (value is None) == (other is None)
        assert value is None or error(other, value, 1e-6) < 1e-10
    if DEVICE == "cpu":
        return  # compiled in tests of networks
    single, inputs = model.float(), [one.float() for one in given]
    assert error(torch.compile(single, fullgraph=True)(*inputs).detach(), expected.detach()) < 1e-4


@THERE
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("support", SUPPORTS)
def test_sparse_layers_are_those_of_the_cpu(support, order):
    torch.manual_seed(0)
    layer = symshare.nn.compile(
        "edges:aaH,nodes:aH", (2, 3), (3, 2), order=order, sparse=("edges",), dtype=torch.float64
    )
    pairs = SUPPORTS[support]
    given = [
        torch.randn(pairs.index.shape[1], 2, dtype=torch.float64),
        torch.randn(pairs.sizes[0], 3, dtype=torch.float64),
    ]
    expected = layer(*given, support=pairs)
    there = layer.to(DEVICE)(*moved(given), support=pairs.to(DEVICE))
    for found, wanted in zip(there, expected, strict=True):
        assert error(found.detach(), wanted.detach(), 1e-6) < 1e-12


@THERE
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("name", half.TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_is_close_to_double(kind, name, masked):
    dtype, tolerance = half.TYPES[name]
    signature, _ = source(kind)
    tried = 0
    for scale in (1e-4, 1e-2, 1.0, 300.0, 1e4):
        given = half.inputs(kind, scale, dtype)
        sizes = by_name(half.SIZES) | dict(signature.sizes)
        measure = masks(signature, sizes) if masked else {}
        there = {"measure": {letter: one.to(DEVICE) for letter, one in measure["measure"].items()}} if measure else {}
        expected = listed(half.layer(kind, torch.float64)(*(one.double() for one in given), **measure))
        largest = max(float(one.abs().max()) for one in expected)
        if dtype == torch.float16 and not 2e-5 < largest < 2e4:
            continue
        tried += 1
        if name.startswith("autocast"):
            with torch.autocast(torch.device(DEVICE).type, dtype):
                found = listed(half.layer(kind, torch.float32).to(DEVICE)(*moved(x.float() for x in given), **there))
        else:
            found = listed(half.layer(kind, dtype).to(DEVICE)(*moved(given), **there))
        for one, two in zip(found, expected, strict=True):
            if scale > half.FITS.get(kind, scale) and dtype == torch.float16 and not one.isfinite().all():
                continue
            assert error(one, two) < tolerance, (scale, error(one, two))
    assert tried >= (2 if kind in ("polynomial", "full", "pooling") else 3)


@THERE
@pytest.mark.parametrize("length", [5, 16, 20])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("order", [1, 2])
def test_convolutions_by_fft_take_every_length_in_every_type(order, dtype, length):
    """A GPU's FFT of half precision takes powers of two only, and of bfloat16 none."""
    basis = symshare.derive("atH", order, axes={"t": f"C({length})"})
    torch.manual_seed(0)
    layer = symshare.nn.compile(basis, 3, 2, circular="fft", dtype=torch.float64, **({"rank": 2} if order > 1 else {}))
    layer.requires_grad_(False)
    for weight in layer.parameters():
        weight.copy_(weight.to(torch.bfloat16))
    x = torch.randn(2, 4, length, 3).to(torch.bfloat16)
    expected = layer(x.double())
    found = layer.to(DEVICE, dtype)(x.to(DEVICE, dtype))
    assert found.dtype == dtype
    tolerance = {torch.float64: 1e-12, torch.float32: 1e-5, torch.float16: 0.02, torch.bfloat16: 0.15}[dtype]
    assert error(found, expected) < tolerance


@THERE
@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_empty_axes_and_batches_go_through(kind):
    layer, signature, sizes = empty.layer_of(kind)
    letters = empty.free(signature)
    chosen = [one for number in range(len(letters) + 1) for one in itertools.combinations(letters, number)]
    for none in chosen:
        for batch in ((2,), (0,), ()):
            whole = empty.inputs(signature, sizes, batch)
            given = [empty.without(x, tensor, none) for x, tensor in zip(whole, signature.inputs, strict=True)]
            expected = listed(layer.cpu()(*given))
            found = listed(layer.to(DEVICE)(*moved(given)))
            sum(one.square().sum() for one in found).backward()
            for one, two in zip(found, expected, strict=True):
                assert error(one.detach(), two.detach(), 1e-6) < 1e-11
            assert all(one.grad is None or torch.isfinite(one.grad).all() for one in layer.parameters())
            layer.zero_grad()


class Travels(TorchDispatchMode):
    """Refuses what takes values from one device to another."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        given, made = ({x.device for x in tree_leaves(some) if isinstance(x, torch.Tensor)} for some in (args, found))
        if (given and made - given) or func is torch.ops.aten._local_scalar_dense.default:
            raise AssertionError(f"{func} takes values from {given} to {made}")
        return found


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_no_value_goes_from_one_device_to_another(kind, masked):
    """Of a layer on the meta device, which stands for any: a GPU would wait for it."""
    layer, signature, sizes = empty.layer_of(kind)
    layer, inputs = layer.to("meta"), [one.to("meta") for one in empty.inputs(signature, sizes)]
    measure = masks(signature, sizes) if masked else {}
    there = {"measure": {letter: one.to("meta") for letter, one in measure["measure"].items()}} if measure else {}
    with Travels():
        sum(one.square().sum() for one in listed(layer(*inputs, **there))).backward()


@ON_GPU
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("kind", KINDS | ENDING)
def test_nothing_waits_for_the_gpu(kind, masked):
    """Nothing in a layer looks at values: it would keep the CPU from telling the GPU what comes next."""
    layer, signature, sizes = empty.layer_of(kind)
    layer, inputs = layer.to(DEVICE), moved(empty.inputs(signature, sizes))
    measure = masks(signature, sizes) if masked else {}
    there = {"measure": {letter: one.to(DEVICE) for letter, one in measure["measure"].items()}} if measure else {}
    sum(one.square().sum() for one in listed(layer(*inputs, **there))).backward()
    torch.cuda.set_sync_debug_mode("error")
    try:
        sum(one.square().sum() for one in listed(layer(*inputs, **there))).backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")


@ON_GPU
@pytest.mark.parametrize("weights", [[1.0, -1.0, 1.0], [1.0, float("nan"), 1.0], [1.0, float("inf"), 1.0]])
@pytest.mark.parametrize("text", ["aH", "abH", "aH->H"])
def test_weights_that_cannot_be_looked_at_make_the_result_no_number(text, weights):
    layer = symshare.nn.compile(symshare.derive(text, 1), 2, 2, device=DEVICE)
    x = torch.randn(2, *(3 for letter in text.split("H")[0]), 2, device=DEVICE)
    found = layer(x, measure={"a": torch.tensor(weights, device=DEVICE)})
    assert found.isnan().all()


@THERE
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", COMPILED)
def test_compiled_layers_give_what_they_give_alone(kind, dtype):
    """By the compiler that users get, at one size and then at another, with gradients."""
    torch.compiler.reset()
    layer, signature, sizes = empty.layer_of(kind)
    compiled = torch.compile(layer.to(DEVICE, dtype), fullgraph=True)
    reference, *_ = empty.layer_of(kind)
    reference.load_state_dict(layer.double().cpu().state_dict())
    layer.to(DEVICE, dtype)
    for more in (0, 2):
        grown = sizes | {letter: sizes[letter] + more for letter in empty.free(signature)}
        inputs = [x.to(dtype) for x in empty.inputs(signature, grown)]
        found, expected = listed(compiled(*moved(inputs))), listed(reference(*(x.double() for x in inputs)))
        sum(one.float().square().sum() for one in found).backward()
        for one, two in zip(found, expected, strict=True):
            assert error(one.detach(), two.detach()) < (1e-4 if dtype == torch.float32 else 0.15)
        assert all(one.grad is None or torch.isfinite(one.grad).all() for one in layer.parameters())
