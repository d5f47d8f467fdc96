"""Layers under other groups: they commute with random elements, trace, export, and say what is wrong with an input."""

import numpy as np
import pytest
import torch

import symshare
from symshare import derive
from symshare.core.actions.blocks import blocks
from symshare.core.actions.random import random_element
from symshare.core.actions.relabelling import Relabelling
from symshare.nn import compile
from tests.definition import act, move
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.plans.test_groups_plan import CASES, NAMES, drawn, planned


def made_layer(case, dtype=torch.float64):
    """A layer with random parameters and its inputs."""
    made = planned(case)
    ins, outs, parameters, inputs, sizes = drawn(made, np.random.default_rng(0))
    more = {"rank": 3} if made.ranked else {}
    each = tuple(ins) if len(ins) > 1 else ins[0], tuple(outs) if len(outs) > 1 else outs[0]
    layer = compile(made, *each, dtype=dtype, **more)
    state = {name: torch.from_numpy(array).to(dtype) for name, array in parameters.items()}
    assert layer.load_state_dict(state, strict=False) == (["spec"], [])
    return made, layer, [torch.from_numpy(x).to(dtype) for x in inputs], sizes


def listed(result):
    return result if isinstance(result, tuple) else (result,)


def moved(matrices, signature, tensor, x):
    """A group element on a tensor (batch, *axes, channels)."""
    array = np.moveaxis(x.numpy(), 0, -1)
    axes = len(tensor.set_axes)
    flat = array.reshape(*array.shape[:axes], -1)
    return torch.from_numpy(np.moveaxis(act(matrices, signature, tensor, flat).reshape(array.shape), -1, 0).copy())


WORDS = {
    "p": [{"p": [[0.5, -(3**0.5) / 2], [3**0.5 / 2, 0.5]]}],
    "su": [{"s": np.eye(3)[[2, 0, 1]], "u": np.eye(2)[[1, 0]]}],
}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_layers_commute_with_random_elements(case):
    """Elements made from what the group is (QR, expm, ..), not from the generators of the library."""
    made, layer, inputs, sizes = made_layer(case)
    signature = made.signature
    random = np.random.default_rng(1)
    words = {key: value for key, value in WORDS.items() if key[0] in case[2] and not isinstance(case[2][key[0]], str)}
    for _ in range(2):
        axes = dict(case[2])
        matrices = move(signature, axes, sizes, random, words)
        if signature.depends:
            matrices.pop("b")  # each list has its own order: see tests/core/bases/test_under_groups.py
        there = [moved(matrices, signature, t, x) for t, x in zip(signature.inputs, inputs, strict=True)]
        with torch.no_grad():
            expected = [
                moved(matrices, signature, t, y) for t, y in zip(signature.outputs, listed(layer(*inputs)), strict=True)
            ]
            found = listed(layer(*there))
        scale = max(1.0, *(float(one.abs().max()) for one in expected))
        for one, two in zip(found, expected, strict=True):
            assert float((one - two).abs().max()) < 1e-10 * scale


@pytest.mark.parametrize("case", CASES[::3], ids=NAMES[::3])
def test_the_librarys_own_measure_agrees(case):
    made, layer, inputs, _ = made_layer(case)
    errors = equivariance_errors(layer, made.signature, inputs, seed=3)
    assert errors
    assert max(errors.values()) < 1e-10


def test_a_layer_of_a_smaller_group_is_found_out():
    one = symshare.signature("rH->rH", axes={"r": "O(3)"})
    layer = compile(derive("rH->rH", 2, axes={"r": "SO(3)"}), 2, 3, dtype=torch.float64)
    errors = [
        equivariance_errors(layer, one, random_inputs(layer, one, small_sizes(one)), seed=seed)["r"]
        for seed in range(6)
    ]
    assert max(errors) > 1e-3


def matrix(own, size):
    """What an element does to the axis r, as a matrix."""
    if not isinstance(own, Relabelling):
        return own["r"].floats()
    found = np.zeros((size, size))
    found[own.images["r"], np.arange(size)] = own.factors.get("r", np.ones(size))
    return found


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("C(2)", 2),
        ("C(4)", 4),
        ("C(8)", 8),
        ("PlaneC(4)", 2),
        ("PlaneC(2)", 2),
        ("PlaneD(2)", 2),
        ("D(4)", 4),
        ("S(2)", 2),
    ],
)
def test_random_elements_are_not_the_identity_and_reach_the_whole_group(name, size):
    """Words of one even length would only give the identity of C(4) and half of D(4)."""
    one = symshare.signature("rH->rH", axes={"r": name.replace("S(", "D(")})
    (block,) = blocks(one)
    random = np.random.default_rng(0)
    matrices = [matrix(random_element(block, {}, random).own, size) for _ in range(200)]
    found = {tuple(np.round(matrix, 6).ravel() + 0.0) for matrix in matrices}
    assert tuple(np.eye(size).ravel()) not in found
    most = {"PlaneD(2)": 3, "D(4)": 7}
    assert len(found) == most.get(name, 1)


@pytest.mark.parametrize("name", ["C(4)", "C(8)", "D(4)"])
def test_a_layer_without_the_symmetry_of_a_small_ring_is_found_out(name):
    """Multiplication by the place commutes with no shift."""

    class Broken(torch.nn.Module):
        in_channels = 2

        def forward(self, x):
            return x * torch.arange(x.shape[-2], dtype=x.dtype)[:, None]

    one = symshare.signature("tH->tH", axes={"t": name})
    for seed in range(5):
        inputs = random_inputs(Broken(), one, small_sizes(one))
        assert equivariance_errors(Broken(), one, inputs, seed=seed)["t"] > 1e-2


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_single_precision_is_close_to_double(case):
    _, layer, inputs, _ = made_layer(case)
    _, single, small, _ = made_layer(case, torch.float32)
    with torch.no_grad():
        for one, two in zip(listed(layer(*inputs)), listed(single(*small)), strict=True):
            assert two.dtype == torch.float32
            assert float((one - two).abs().max()) < 2e-4 * max(1.0, float(one.abs().max()))


def test_layers_move_to_another_type():
    """Constant tensors and offsets are buffers: they follow `.to`."""
    for axes, text, order in [
        ({"r": "SO(3)"}, "rrH->rH", 1),
        ({"t": "C(5)"}, "tH->tH", 1),
        ({"r": "U(2)"}, "rH->rH", 1),
    ]:
        layer = compile(derive(text, order, axes=axes), 2, 3).to(torch.float64)
        one = symshare.signature(text, axes=axes)
        x = random_inputs(layer, one, small_sizes(one))
        assert layer(*x).dtype == torch.float64


@pytest.mark.parametrize("case", CASES[::4], ids=NAMES[::4])
def test_the_state_goes_round(case):
    _, layer, inputs, _ = made_layer(case)
    _, other, _, _ = made_layer(case)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert set(layer.state_dict()) == {name for name, _ in layer.named_parameters()} | {"spec"}
    other.load_state_dict(layer.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(listed(layer(*inputs)), listed(other(*inputs)), strict=True))


TRACED = [
    ("arH->arH", 2, {"r": "SO(3)"}, {}, {}),
    ("atH->atH", 1, {"t": "C(4)"}, {}, {}),
    ("atH->atH", 1, {"t": "C(24)"}, {}, {}),
    ("arH->arH", 1, {"r": "Lorentz"}, {}, {}),
    ("arH->arH", 1, {"r": "O(3)"}, {}, {"normalise_scale": True}),
    ("atH->tH", 1, {"t": "D(4)"}, {}, {}),
]


@pytest.mark.parametrize("case", TRACED, ids=[f"{c[0]}|{'-'.join(c[2].values())}" for c in TRACED])
def test_layers_compile_and_export_with_any_batch_and_set_size(case):
    _, layer, (x,), _ = made_layer(case)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager", dynamic=True)
    shape = tuple(x.shape)
    other = torch.randn(5, 7, *shape[2:], dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(compiled(x), layer(x), atol=1e-12)
        assert torch.allclose(compiled(other), layer(other), atol=1e-12)
    dims = ({0: torch.export.Dim("batch", min=2, max=64), 1: torch.export.Dim("a", min=2, max=64)},)
    exported = torch.export.export(layer, (torch.randn(3, 4, *shape[2:], dtype=torch.float64),), dynamic_shapes=dims)
    with torch.no_grad():
        for one in (x, other):
            assert torch.allclose(exported.module()(one), layer(one), atol=1e-12)


@pytest.mark.parametrize("n", [3, 4, 15, 16, 17])
def test_a_fast_convolution_is_the_direct_one(n):
    x = torch.randn(2, n, 3, dtype=torch.float64)
    for text, order in [("tH->tH", 1), ("tH->tH", 2), ("tH->H", 2)]:
        basis = derive(text, order, axes={"t": f"C({n})"}) if n < 8 or order == 1 else None
        if basis is None:
            continue
        one, two = (compile(basis, 3, 2, circular=how, dtype=torch.float64) for how in ("fft", "direct"))
        two.load_state_dict(one.state_dict())
        assert torch.allclose(one(x), two(x), atol=1e-12)


def test_a_convolution_is_its_definition():
    """y[s] = b + sum over t of x[t] K[(s - t) mod n], by loops."""
    layer = compile(derive("tH->tH", 1, axes={"t": "C(6)"}), 2, 3, dtype=torch.float64)
    state = {name: torch.randn_like(value) for name, value in layer.named_parameters()}
    layer.load_state_dict(state, strict=False)
    (kernel,) = (value for name, value in state.items() if name.startswith("mix"))
    (bias,) = (value for name, value in state.items() if name.startswith("bias"))
    x = torch.randn(6, 2, dtype=torch.float64)
    expected = torch.stack([bias + sum(x[t] @ kernel[(s - t) % 6] for t in range(6)) for s in range(6)])
    assert torch.allclose(layer(x), expected)


@pytest.mark.parametrize(
    ("text", "axes", "shape", "said"),
    [
        ("rH->rH", {"r": "SO(3)"}, (2, 4, 2), r"x needs shape \(\.\.\., 3, 2\), not \(2, 4, 2\)"),
        ("arH->rH", {"r": "SO(3)"}, (3, 2), r"x needs shape \(\.\.\., a, 3, 2\), not \(3, 2\)"),
        ("tH->tH", {"t": "C(8)"}, (7, 2), r"x needs shape \(\.\.\., 8, 2\), not \(7, 2\)"),
        ("tH->tH", {"t": "C(40)"}, (39, 2), r"x needs shape \(\.\.\., 40, 2\)"),
        ("tH->tH", {"t": "D(4)"}, (4, 3), r"x needs shape \(\.\.\., 4, 2\), not \(4, 3\)"),
        ("rrH->rH", {"r": "SO(3)"}, (3, 4, 2), r"x needs shape \(\.\.\., 3, 3, 2\)"),
        ("abH->abH", {"a": "GL(2)", "b": "dual(a)"}, (2, 3, 2), r"x needs shape \(\.\.\., 2, 2, 2\)"),
    ],
)
def test_wrong_axis_lengths_are_named(text, axes, shape, said):
    with pytest.raises(ValueError, match=said):
        compile(derive(text, 1, axes=axes), 2, 3)(torch.zeros(shape))


NORMALISED = [
    ("arH->arH", 2, {"r": "O(3)"}),
    ("rH->rH", 2, {"r": "SO(3)"}),
    ("tH->tH", 1, {"t": "C(4)"}),
    ("rH->rH", 1, {"r": "U(2)"}),
    ("u:rH,v:rH->w:rH", 2, {"r": "SO(3)"}),
    ("abH->abH", 2, {}),
]


@pytest.mark.parametrize(("text", "order", "axes"), NORMALISED)
def test_a_normalised_layer_does_not_see_the_scale_of_its_input(text, order, axes):
    one = symshare.signature(text, axes=axes)
    layer = compile(derive(one, order), 2, 3, normalise_scale=True, dtype=torch.float64)
    inputs = random_inputs(layer, one, small_sizes(one))
    for factor in (1e-8, 0.3, 7.0, 1e8):
        assert torch.allclose(layer(*(factor * x for x in inputs)), layer(*inputs), atol=1e-10)
    assert max(equivariance_errors(layer, one, inputs).values()) < 1e-10


@pytest.mark.parametrize(("text", "order", "axes"), NORMALISED)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_normalised_layer_at_zero_has_finite_values_and_gradients(text, order, axes, dtype):
    one = symshare.signature(text, axes=axes)
    layer = compile(derive(one, order), 2, 3, normalise_scale=True, dtype=dtype)
    inputs = [torch.zeros_like(x).to(dtype).requires_grad_() for x in random_inputs(layer, one, small_sizes(one))]
    found = layer(*inputs)
    assert torch.isfinite(found).all()
    found.sum().backward()
    assert all(torch.isfinite(x.grad).all() for x in inputs)
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in layer.parameters())


def test_one_zero_example_in_a_batch_does_not_spoil_the_others():
    layer = compile(derive("rH->rH", 2, axes={"r": "SO(3)"}), 2, 3, normalise_scale=True, dtype=torch.float64)
    x = torch.randn(4, 3, 2, dtype=torch.float64)
    y = x.clone()
    y[1] = 0
    assert torch.allclose(layer(x)[[0, 2, 3]], layer(y)[[0, 2, 3]])
    assert torch.equal(layer(y)[1], torch.zeros(3, 3, dtype=torch.float64))


def test_gradients_are_right():
    for text, order, axes in [
        ("rH->rH", 2, {"r": "SO(3)"}),
        ("tH->tH", 1, {"t": "C(17)"}),
        ("tH->tH", 2, {"t": "C(3)"}),
    ]:
        layer = compile(derive(text, order, axes=axes), 2, 2, dtype=torch.float64)
        x = torch.randn(
            2, next(iter(small_sizes(symshare.signature(text, axes=axes)).values())), 2, dtype=torch.float64
        )
        assert torch.autograd.gradcheck(layer, (x.requires_grad_(),))


def test_constants_come_back_when_a_layer_is_materialised():
    """A layer made on the meta device has its constant tensors and offsets after `reset_parameters`."""
    for text, axes, name, total in [("rH->rH", {"r": "SO(2)"}, "e2", 0.0), ("tH->tH", {"t": "C(4)"}, "around_4", 24.0)]:
        module = symshare.nn.load(symshare.emit(symshare.derive(text, 1, axes=axes)))
        layer = module.Layer(2, 2, device="meta").to_empty(device="cpu")
        layer.reset_parameters()
        buffer = dict(layer.named_buffers())[name]
        assert float(buffer.sum()) == total
        assert float(buffer.abs().sum()) > 0


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_convolutions_by_fft_work_in_half_precision(dtype):
    layer = symshare.nn.compile(symshare.derive("tH->tH", 1, axes={"t": "C(20)"}), 2, 3)
    x = torch.randn(4, 20, 2, generator=torch.Generator().manual_seed(0))
    exact = layer(x)
    half = layer.to(dtype)(x.to(dtype))
    assert half.dtype == dtype
    assert float((half.float() - exact).abs().max()) < 0.05 * float(exact.abs().max())


def test_the_scale_of_tiny_and_huge_inputs_does_not_matter():
    layer = symshare.nn.compile(symshare.derive("abH", 1), 2, 2, normalise_scale=True)
    x = torch.randn(3, 4, 5, 2, generator=torch.Generator().manual_seed(0))
    for scale in (1e-25, 1e25):
        assert float((layer(x * scale) - layer(x)).abs().max()) < 1e-5
