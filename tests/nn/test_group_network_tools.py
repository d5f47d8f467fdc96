"""Networks under groups with torch's tools: exported at any size, compiled, over ONNX, mapped, in half precision."""

import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap

from symshare.nn import EinNet

DIM = torch.export.Dim.DYNAMIC
KINDS = {
    "centred": ("pos:arH,charge:aH->pos:arH", {"r": "SO(3)"}, {"order": 3, "centred": "pos"}),
    "metric": ("arH,aH->arH", {"r": "Lorentz"}, {"order": 3}),
    "signs": ("arH,aH->arH", {"r": "B(3)"}, {}),
    "no input has it": ("arH,arH->arH", {"r": "O(2)"}, {}),
}
EVERY = pytest.mark.parametrize("kind", KINDS)


def made(kind, seed=0):
    text, axes, options = KINDS[kind]
    torch.manual_seed(seed)
    return EinNet(text, (1, 2), 1, 8, 4, 2, axes=axes, **options)


def drawn(kind, batch, points):
    text, axes, _ = KINDS[kind]
    size = {"SO(3)": 3, "Lorentz": 4, "B(3)": 3, "O(2)": 2}[axes["r"]]
    second = (size,) if text.split("->")[0].count("r") > 1 and text.startswith("arH,ar") else ()
    return torch.randn(batch, points, size, 1), torch.randn(batch, points, *second, 2)


def shapes(inputs):
    return tuple({0: DIM, 1: DIM} for _ in inputs)


@pytest.mark.parametrize("kind", ["centred", "metric", "signs"])
def test_exported_networks_run_at_other_sizes(kind):
    model, inputs = made(kind), drawn(kind, 4, 5)
    measure = {"a": torch.rand(4, 5)}
    given = (*inputs, measure)
    program = torch.export.export(model, given, dynamic_shapes=(*shapes(inputs), {"a": {0: DIM, 1: DIM}})).module()
    for batch, points in ((4, 5), (2, 7), (3, 2)):
        here, weights = drawn(kind, batch, points), {"a": torch.rand(batch, points)}
        assert torch.allclose(program(*here, weights), model(*here, weights), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["centred", "metric"])
def test_compiled_networks_have_the_same_derivatives(kind):
    torch.compiler.reset()
    model, inputs = made(kind), drawn(kind, 3, 4)
    compiled = torch.compile(model, fullgraph=True, dynamic=True, backend="aot_eager")
    leaves = [one for one in model.parameters() if one.requires_grad]
    one, two = (
        torch.autograd.grad(each(*inputs).square().sum(), leaves, allow_unused=True) for each in (model, compiled)
    )
    for left, right in zip(one, two, strict=True):
        assert (left is None) == (right is None)
        assert left is None or torch.allclose(left, right, rtol=1e-4, atol=1e-5)


@EVERY
@pytest.mark.filterwarnings("ignore")
def test_onnx(kind):
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package)
    runtime = pytest.importorskip("onnxruntime")
    model, inputs = made(kind), drawn(kind, 3, 5)
    program = torch.onnx.export(model, inputs, dynamo=True, dynamic_shapes=shapes(inputs), verbose=False)
    session = runtime.InferenceSession(program.model_proto.SerializeToString())
    for batch, points in ((3, 5), (2, 7)):
        here = drawn(kind, batch, points)
        given = dict(zip([one.name for one in session.get_inputs()], [one.numpy() for one in here], strict=True))
        assert torch.allclose(torch.from_numpy(session.run(None, given)[0]), model(*here), rtol=1e-4, atol=1e-4)


@EVERY
def test_ensembles_and_any_batch_axes(kind):
    model, inputs = made(kind), drawn(kind, 6, 4)
    wanted = model(*inputs)
    assert torch.allclose(vmap(model)(*inputs), wanted, rtol=1e-4, atol=1e-5)
    deep = [one.reshape(2, 3, *one.shape[1:]) for one in inputs]
    assert torch.allclose(model(*deep).reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-5)
    alone = [one[0] for one in inputs]
    assert torch.allclose(model(*alone), wanted[0], rtol=1e-4, atol=1e-5)
    several = [made(kind, seed) for seed in range(2)]
    parameters, buffers = stack_module_state(several)
    found = vmap(lambda p, b: functional_call(model, (p, b), inputs))(parameters, buffers)
    assert torch.allclose(found, torch.stack([one(*inputs) for one in several]), rtol=1e-4, atol=1e-5)


@EVERY
def test_half_precision(kind):
    model, inputs = made(kind), drawn(kind, 3, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert bool(torch.isfinite(model(*inputs)).all())
    half = model.to(torch.bfloat16)
    assert bool(torch.isfinite(half(*(one.bfloat16() for one in inputs))).all())
