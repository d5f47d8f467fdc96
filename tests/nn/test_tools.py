"""Layers in the hands of torch's tools: compilers, exporters, transforms, autocast, checkpoints of weights."""

import copy
from functools import cache

import pytest
import torch
from torch.func import functional_call, hessian, jacfwd, jacrev, stack_module_state, vmap
from torch.utils.checkpoint import checkpoint

from symshare import derive, pools
from symshare.nn import compile

SIZES = {"a": 4, "b": 3}
NORMALISED = {"normalise_factors": True, "normalise_scale": True}
LAYERS = {
    # what to derive, set axes of the inputs, options
    "linear aH": (lambda: derive("aH", 1), ["a"], {}),
    "linear abH": (lambda: derive("abH", 1), ["ab"], {}),
    "linear aaH": (lambda: derive("aaH", 1), ["aa"], {}),
    "linear ab,b": (lambda: derive("ab,b->ab", 1), ["ab", "b"], {}),
    "linear nested": (lambda: derive("ab", 1, depends=["a->b"]), ["ab"], {}),
    "tables abH": (lambda: derive("abH", 1), ["ab"], {"form": "tables"}),
    "tables aaH": (lambda: derive("aaH", 1), ["aa"], {"form": "tables", "normalise_scale": True}),
    "tables ab,b": (lambda: derive("ab,b->ab", 1), ["ab", "b"], {"form": "tables", "reduce": "sum"}),
    "tables abH,bH->b": (lambda: derive("abH,bH->bH", 1), ["ab", "b"], {"form": "tables"}),
    "tables nested": (lambda: derive("ab", 1, depends=["a->b"]), ["ab"], {"form": "tables"}),
    "polynomial aH": (lambda: derive("aH", 2), ["a"], {"rank": 2}),
    "polynomial abH": (lambda: derive("abH", 3).only("ab,cb,cd->ad", "ab,ac,ad->ab"), ["ab"], {"rank": 2}),
    "polynomial full": (lambda: derive("abH->aH", 2), ["ab"], {"coefficients": "full", "reduce": "sum"}),
    "pooling abH": (lambda: pools("abH", 3), ["ab"], {"rank": 2, **NORMALISED}),
    "pooling aaH": (lambda: pools("aaH", 2), ["aa"], {"rank": 2}),
}
EVERY = pytest.mark.parametrize("name", LAYERS)
LOW = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
D = torch.export.Dim.DYNAMIC


@cache
def layer_of(name, seed=0, dtype=torch.float64):
    basis, _, options = LAYERS[name]
    torch.manual_seed(seed)
    layer = compile(basis(), 2, 3, dtype=dtype, **options)
    for name, weight in layer.named_parameters():
        if name.startswith("bias"):
            torch.nn.init.normal_(weight)
    return layer


def drawn(name, *batch, sizes=SIZES, dtype=torch.float64):
    torch.manual_seed(1)
    return tuple(torch.randn(*batch, *(sizes[letter] for letter in axes), 2, dtype=dtype) for axes in LAYERS[name][1])


def measured(name, *batch, sizes=SIZES, dtype=torch.float64):
    letters = sorted(set("".join(LAYERS[name][1])))
    own = {letter: "ab" if "nested" in name and letter == "b" else letter for letter in letters}
    return {letter: torch.rand(*batch, *(sizes[one] for one in own[letter]), dtype=dtype) for letter in letters}


def assert_close(one, two, error=1e-10):
    assert one.shape == two.shape
    assert float((one - two).detach().abs().max()) < error * max(1.0, float(two.detach().abs().max()))


def sizes_in_turn():
    return zip((2, 3), ({"a": 4, "b": 5}, {"a": 6, "b": 3}), strict=True)


@pytest.mark.parametrize(
    ("name", "weighted"),
    [
        *(
            ("linear aaH", False),
            ("tables aaH", True),
            ("tables ab,b", False),
            ("polynomial aH", False),
            ("polynomial aH", True),
            ("pooling aaH", True),
        ),
    ],
)
@torch.no_grad()
def test_torch_compile_takes_the_whole_layer_at_any_size(name, weighted):
    torch.compiler.reset()
    layer = layer_of(name)
    compiled = torch.compile(layer, fullgraph=True, dynamic=True, backend="aot_eager")
    for batch, sizes in sizes_in_turn():
        measure = measured(name, batch, sizes=sizes) if weighted else None
        inputs = drawn(name, batch, sizes=sizes)
        assert_close(compiled(*inputs, measure=measure), layer(*inputs, measure=measure))


def test_a_compiled_layer_learns_as_it_does_alone():
    torch.compiler.reset()
    layer, (x,) = layer_of("polynomial aH"), drawn("polynomial aH", 2)
    compiled = torch.compile(layer, fullgraph=True, dynamic=True, backend="aot_eager")
    leaves = [x.requires_grad_(), *layer.parameters()]
    one, two = (torch.autograd.grad(made(x).square().sum(), leaves) for made in (layer, compiled))
    for left, right in zip(one, two, strict=True):
        assert_close(left, right)


UNWEIGHTED = ("linear aaH", "tables abH", "tables abH,bH->b", "polynomial aH", "pooling abH")


@pytest.mark.parametrize(("name", "weighted"), [*((name, True) for name in LAYERS), *((n, False) for n in UNWEIGHTED)])
def test_an_exported_layer_runs_at_other_sizes(name, weighted):
    layer = layer_of(name)
    inputs, measure = drawn(name, 4, sizes={"a": 5, "b": 6}), measured(name, 4, sizes={"a": 5, "b": 6})
    shapes = tuple(dict.fromkeys(range(x.dim() - 1), D) for x in inputs)
    weights = {letter: dict.fromkeys(range(weight.dim()), D) for letter, weight in measure.items()}
    given = (*inputs, measure) if weighted else inputs
    exported = torch.export.export(layer, given, dynamic_shapes=(*shapes, weights) if weighted else shapes).module()
    for batch, sizes in sizes_in_turn():
        here = drawn(name, batch, sizes=sizes)
        here = (*here, measured(name, batch, sizes=sizes)) if weighted else here
        assert_close(exported(*here), layer(*here))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "weighted"),
    [
        *(("linear aH", True), ("linear abH", False), ("linear aaH", True)),
        *(("tables abH", True), ("tables aaH", False)),
        *(("pooling abH", False), ("polynomial aH", True)),
    ],
)
def test_onnx_runs_at_other_sizes_than_it_was_exported_with(name, weighted):
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package)
    runtime = pytest.importorskip("onnxruntime")
    layer = layer_of(name, dtype=torch.float32)
    (x,), measure = drawn(name, 3, sizes={"a": 5, "b": 6}, dtype=torch.float32), measured(name, 3, dtype=torch.float32)
    measure = {letter: torch.rand(3, {"a": 5, "b": 6}[letter]) for letter in measure}
    shapes = {"x": dict.fromkeys(range(x.dim() - 1), D)}
    more = {"measure": {letter: {0: D, 1: D} for letter in measure}} if weighted else {}
    keywords = {"measure": measure} if weighted else None
    program = torch.onnx.export(layer, (x,), kwargs=keywords, dynamo=True, dynamic_shapes=shapes | more, verbose=False)
    session = runtime.InferenceSession(program.model_proto.SerializeToString())
    for batch, sizes in ((3, {"a": 5, "b": 6}), (1, {"a": 7, "b": 2}), (4, {"a": 1, "b": 1})):
        (x,), measure = drawn(name, batch, sizes=sizes), measured(name, batch, sizes=sizes) if weighted else {}
        x, measure = x.float(), {letter: weight.float() for letter, weight in measure.items()}
        names = [one.name for one in session.get_inputs()]
        given = dict(zip(names, [one.numpy() for one in (x, *measure.values())], strict=True))
        assert_close(torch.from_numpy(session.run(None, given)[0]), layer(x, measure=measure or None), 1e-5)


@EVERY
def test_vmap_is_a_loop_over_inputs_weights_and_layers(name):
    layer, inputs, measure = layer_of(name), drawn(name, 5), measured(name, 5)
    assert_close(vmap(layer)(*inputs), layer(*inputs))
    assert_close(vmap(lambda x, m: layer(*x, measure=m))(inputs, measure), layer(*inputs, measure=measure))
    several = [layer_of(name, seed) for seed in range(3)]
    parameters, buffers = stack_module_state(several)
    found = vmap(lambda p, b: functional_call(layer, (p, b), inputs))(parameters, buffers)
    assert_close(found, torch.stack([one(*inputs) for one in several]))


@EVERY
def test_derivatives_forwards_and_backwards_agree(name):
    layer, inputs = layer_of(name), drawn(name)
    places = tuple(range(len(inputs)))
    for one, two in zip(jacrev(layer, places)(*inputs), jacfwd(layer, places)(*inputs), strict=True):
        assert_close(one, two)
    parameters = {key: weight.detach() for key, weight in layer.named_parameters()}
    for group in ("bias", "mix", "factor"):
        own = {key: weight for key, weight in parameters.items() if key.startswith(group)}
        if own:
            one, two = (d(lambda own: functional_call(layer, parameters | own, inputs))(own) for d in (jacrev, jacfwd))
            for key in own:
                assert_close(one[key], two[key])


@EVERY
def test_the_hessian_is_that_of_finite_differences(name):
    layer, (x, *rest), step = layer_of(name), drawn(name), 1e-5
    direction = torch.randn_like(x)

    def energy(x):
        return layer(x, *rest).square().sum()

    slope = torch.func.grad(energy)
    expected = (slope(x + step * direction) - slope(x - step * direction)) / (2 * step)
    assert_close(torch.tensordot(hessian(energy)(x), direction, x.dim()), expected, 1e-6)


@EVERY
def test_gradients_of_first_and_second_order_are_right(name):
    inputs = tuple(x.requires_grad_() for x in drawn(name, 1))
    assert torch.autograd.gradcheck(layer_of(name), inputs, fast_mode=True, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(layer_of(name), inputs, fast_mode=True)


@EVERY
def test_a_checkpointed_layer_has_the_same_values_and_gradients(name):
    layer, inputs = layer_of(name), tuple(x.requires_grad_() for x in drawn(name, 2))
    leaves = [*inputs, *layer.parameters()]
    one, two = layer(*inputs), checkpoint(layer, *inputs, use_reentrant=False)
    assert torch.equal(one, two)
    found = (torch.autograd.grad(value.square().sum(), leaves, allow_unused=True) for value in (one, two))
    for left, right in zip(*found, strict=True):
        assert left is right is None or torch.equal(left, right)


@LOW
@EVERY
def test_autocast_stays_low_and_close(name, dtype):
    layer, inputs = copy.deepcopy(layer_of(name)).float(), drawn(name, 2, dtype=torch.float32)
    with torch.autocast("cpu", dtype=dtype):
        found = layer(*inputs)
    assert found.dtype == dtype
    assert_close(found.float(), layer(*inputs), 0.03)
    found.float().sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in layer.parameters() if weight.grad is not None)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@EVERY
def test_other_float_types_come_close_to_float64(name, dtype):
    layer, inputs = layer_of(name), drawn(name, 2)
    found = copy.deepcopy(layer).to(dtype)(*(x.to(dtype) for x in inputs))
    assert found.dtype == dtype
    assert_close(found.double(), layer(*inputs), 1e-5 if dtype == torch.float32 else 0.05)


@EVERY
def test_layouts_and_batches_of_every_kind(name):
    layer, inputs = layer_of(name), drawn(name, 2, 3)
    expected, before = layer(*inputs), [x.clone() for x in inputs]
    assert all(torch.equal(x, y) for x, y in zip(inputs, before, strict=True))
    strided = (x.movedim(-1, 0).contiguous().movedim(0, -1) for x in inputs)
    assert_close(layer(*strided), expected)
    assert_close(layer(*(x[:, :1].expand(x.shape) for x in inputs)), expected[:, :1].expand(expected.shape))
    assert_close(layer(*(x[1, 2] for x in inputs)), expected[1, 2])
    assert layer(*(x[:0] for x in inputs)).shape == (0, *expected.shape[1:])
    assert layer(*(x[:, :0] for x in inputs)).shape == (2, 0, *expected.shape[2:])
    single = layer(*drawn(name, 2, sizes={"a": 1, "b": 1}))
    assert torch.isfinite(single).all()
    assert set(single.shape[1:-1]) <= {1}


def test_batches_of_several_inputs_are_broadcast():
    layer, (x, v) = layer_of("linear ab,b"), (drawn("linear ab,b", 5, 1)[0], drawn("linear ab,b", 6)[1])
    expected = torch.stack([torch.stack([layer(x[i, 0], v[j]) for j in range(6)]) for i in range(5)])
    assert_close(layer(x, v), expected)
