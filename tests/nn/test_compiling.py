import copy
import pickle
import subprocess
import sys
import traceback

import pytest
import torch

import symshare
from symshare import derive, signature
from symshare.nn import compile, load
from tests.measured import equivariance_errors, random_inputs, small_sizes


def test_the_module_is_the_emitted_one():
    basis = derive("abH", 2)
    layer = compile(basis, 3, 4, rank=5, dtype=torch.float64)
    other = load(symshare.emit(basis)).Layer(3, 4, rank=5, dtype=torch.float64)
    other.load_state_dict(layer.state_dict())
    x = torch.randn(2, 6, 5, 3, dtype=torch.float64)
    assert torch.equal(layer(x), other(x))
    assert type(layer) is type(other)


def test_tracebacks_show_the_generated_lines():
    layer = compile(derive("aaH", 1), 2, 3)
    with pytest.raises(ValueError, match=r"x needs shape \(..., a, a, 2\), not \(4, 5, 2\)") as caught:
        layer(torch.zeros(4, 5, 2))
    shown = "".join(traceback.format_exception(caught.value))
    assert "in forward\n    _check(" in shown


@pytest.mark.parametrize("shape", [(5, 2), (2,), (3, 5, 3)])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match="x needs shape"):
        compile(derive("abH", 1), 2, 3)(torch.zeros(shape))


def test_sizes_that_disagree_between_inputs_are_named():
    layer = compile(derive("ab,b->ab", 1), 2, 3)
    with pytest.raises(ValueError, match="x1 needs shape"):
        layer(torch.zeros(3, 4, 2), torch.zeros(5, 2))


def test_a_compiled_layer_copies_and_pickles():
    layer = compile(derive("ab", 1), 2, 3)
    x = torch.randn(4, 5, 2)
    assert torch.equal(copy.deepcopy(layer)(x), layer(x))
    assert torch.equal(pickle.loads(pickle.dumps(layer))(x), layer(x))


def test_a_pickled_layer_loads_in_another_process(tmp_path):
    torch.manual_seed(0)
    layer = compile(derive("ab", 2), 2, 3, dtype=torch.float64)
    x = torch.ones(4, 5, 2, dtype=torch.float64)
    path = tmp_path / "layer.pkl"
    path.write_bytes(pickle.dumps(layer))
    code = (
        "import pickle, sys, torch\n"
        "layer = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(layer(torch.ones(4, 5, 2, dtype=torch.float64)).sum().item())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(layer(x).sum().item())


def test_source_that_fails_is_not_remembered():
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load("1 / 0")


def test_means_do_not_overflow_half_precision():
    layer = compile(derive("ab", 2), 2, 2, dtype=torch.float16)
    assert torch.isfinite(layer(torch.ones(300, 300, 2, dtype=torch.float16))).all()


@pytest.mark.parametrize("channels", [(0, 4), (4, 0), (-1, 4)])
def test_channels_start_at_one(channels):
    with pytest.raises(ValueError, match="is not a whole number, 1 or more"):
        compile(derive("ab", 1), *channels)


def test_a_size_that_is_none_is_refused():
    layer = compile(derive("a->ba", 1), 2, 3)
    with pytest.raises(ValueError, match="b=-1 is not a whole number"):
        layer(torch.zeros(4, 2), b=-1)


def test_state_dict_names_are_those_of_the_terms():
    layer = compile(derive("ab", 2), 2, 3)
    names = set(layer.state_dict())
    assert {
        "bias.__ab",
        "mix.ab__ab",
        "mix.ab__cd",
        "mix.ab_cb__ab",
        "factor.ab_cb__ab__0",
        "factor.ab_cb__ab__1",
    } <= names


def test_parameters_are_the_terms_times_the_channels():
    layer = compile(derive("aaH", 1), 3, 5)
    assert sum(one.numel() for one in layer.parameters()) == 15 * 3 * 5 + 2 * 5
    full = compile(derive("ab", 2), 3, 5, coefficients="full")
    assert sum(one.numel() for one in full.parameters()) == 17 * 3 * 3 * 5 + 4 * 3 * 5 + 5


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_float_types(dtype):
    layer = compile(derive("aa", 2), 2, 3).to(dtype)
    found = layer(torch.randn(3, 4, 4, 2).to(dtype))
    assert found.dtype == dtype
    assert torch.isfinite(found).all()


def test_gradients_are_right():
    layer = compile(derive("ab", 2), 2, 2, rank=2, dtype=torch.float64)
    x = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))


def test_sizes_of_one():
    for text, order in [("aaH", 1), ("ab", 2), ("abab", 1)]:
        layer = compile(derive(text, order), 2, 3)
        axes = len(signature(text).inputs[0].set_axes)
        assert layer(torch.randn(*(1,) * axes, 2)).shape == (*(1,) * axes, 3)


EQUIVARIANT = [
    ("abH", 2, ()),
    ("aaH", 1, ()),
    ("aab->ba", 1, ()),
    ("abc->ab", 2, ("a->b", "b->c")),
    ("abab", 1, ("a->b",)),
    ("W:ba,b:b,V:cb->V:cb,b:b", 1, ()),
    ("a->bb", 2, ()),
    ("ab->", 3, ()),
]


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize(("text", "order", "depends"), EQUIVARIANT)
def test_layers_commute_with_random_relabellings(text, order, depends, reduce):
    one = signature(text, depends=depends)
    torch.manual_seed(0)
    layer = compile(derive(one, order), 2, 3, kind="polynomial", reduce=reduce, dtype=torch.float64)
    for seed in range(3):
        inputs = random_inputs(layer, one, small_sizes(one), seed=seed)
        errors = equivariance_errors(layer, one, inputs, seed=seed)
        assert sorted(errors) == sorted(one.set_axes)
        assert max(errors.values()) < 1e-12


def test_a_layer_that_is_not_equivariant_is_found_out():
    class Broken(torch.nn.Module):
        in_channels = 2

        def forward(self, x):
            return x.cumsum(-2)

    one = signature("ab")
    errors = equivariance_errors(Broken(), one, random_inputs(Broken(), one, small_sizes(one)))
    assert errors["b"] > 0.1
    assert errors["a"] < 1e-12


def test_rows_permuted_alike_are_not_enough_under_a_dependency():
    """A layer for free rows and columns does not commute when every row has its own order."""
    nested = signature("ab", depends=["a->b"])
    layer = compile(derive("ab", 1), 2, 3, dtype=torch.float64)
    errors = equivariance_errors(layer, nested, random_inputs(layer, nested, small_sizes(nested)))
    assert errors["b"] > 1e-3
    assert errors["a"] < 1e-12


def test_one_factor_of_a_product_is_centred_and_divided_by_its_root_mean_square():
    """By hand: y = o(standard(f(x)) * g(x)), the mean and the mean square taken over rows and columns of each channel."""
    pools = symshare.pools("abH", 2).only("ab,ab->ab")
    layer = compile(pools, 3, 4, rank=5, normalise_factors=True, dtype=torch.float64)
    x = torch.randn(2, 6, 7, 3, dtype=torch.float64)
    first, second = (x @ layer.factor[f"ab_ab__ab__{place}"] for place in range(2))
    centred = first - first.mean((1, 2), keepdim=True)
    standard = centred / (centred.square().mean((1, 2), keepdim=True) + 1e-5).sqrt()
    expected = (standard * second) @ layer.mix["ab_ab__ab"]
    assert torch.allclose(layer(x), expected, rtol=1e-12, atol=1e-12)


def test_a_pooling_layer_is_linear_then_poolings_then_linear():
    """By hand, for all poolings of `abH` up to order 3: each factor mixed to h0 channels, einsum with means, mixed back."""
    layer = compile(symshare.pools("abH", 3), 3, 4, rank=5, dtype=torch.float64)
    x = torch.randn(2, 6, 7, 3, dtype=torch.float64)
    total = layer.bias["__ab"]
    for key, einsum, divisor in [
        ("ab__ab", "zabh->zabh", 1),
        ("ab__ac", "zabh->zah", 7),
        ("ab__cb", "zabh->zbh", 6),
        ("ab_ab__ab", "zabh,zabh->zabh", 1),
        ("ab_cb_cd__ad", "zabh,zcbh,zcdh->zadh", 6 * 7),
    ]:
        factors = [x @ layer.factor[f"{key}__{place}"] for place in range(einsum.count(",") + 1)]
        pooled = torch.einsum(einsum, *factors) / divisor @ layer.mix[key]
        total = total + {"ab__ac": pooled[:, :, None], "ab__cb": pooled[:, None]}.get(key, pooled)
    assert torch.allclose(layer(x), total, rtol=1e-12, atol=1e-12)
