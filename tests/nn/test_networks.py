"""Networks of pooling layers: equivariant, measured, one file, and able to learn."""

import importlib.util
import sys

import pytest
import torch

import symshare
from symshare import NotationError, SymshareError, emit, network, signature
from symshare.nn import EinNet
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.nn.padding import padded

TYPES = [
    ("aH", 2, ()),
    ("abH", 3, ()),
    ("aaH", 2, ()),
    ("abH->aH", 3, ()),
    ("abH->H", 2, ()),
    ("aaH->aH", 2, ()),
    ("aab->b", 2, ()),
    ("a->ab", 2, ()),
    ("ab,b->ab", 2, ()),
    ("ab,ab->b,a", 2, ()),
    ("W:ab,v:b->v:b,W:ab", 2, ()),
    ("abH->aH", 2, ("a->b",)),
]


@pytest.mark.parametrize(("text", "order", "depends"), TYPES)
def test_networks_are_equivariant(text, order, depends):
    one = signature(text, depends=depends)
    torch.manual_seed(0)
    model = EinNet(one, 2, 3, width=8, pool_width=4, depth=2, order=order, dtype=torch.float64)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    inputs = random_inputs(model, one, small_sizes(one))
    errors = equivariance_errors(model, one, inputs)
    assert sorted(errors) == sorted(one.set_axes)
    assert max(errors.values()) < 1e-9


def test_a_network_file_needs_torch_alone(tmp_path):
    """Made in a fresh module with symshare out of reach, it computes what the model does."""
    path = tmp_path / "net.py"
    path.write_text(emit(network("abH->aH", 3, width=8, pool_width=4, depth=2)))
    assert "symshare" not in [line.split()[1] for line in path.read_text().splitlines() if line.startswith("import")]
    spec = importlib.util.spec_from_file_location("net_file", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["net_file"] = module
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    model = EinNet("abH->aH", 2, 3, width=8, pool_width=4, depth=2, order=3)
    other = module.EinNet(2, 3)
    other.load_state_dict(model.state_dict())
    x = torch.randn(5, 4, 6, 2)
    assert torch.equal(model(x), other(x))
    assert other.head(torch.randn(4, 6, 8)).shape == (4, 3)


@pytest.mark.parametrize(("text", "order"), [("aH->H", 2), ("abH->aH", 3), ("abH", 2)])
def test_padding_does_not_count(text, order):
    torch.manual_seed(0)
    model = EinNet(text, 2, 3, width=8, pool_width=4, depth=3, order=order, dtype=torch.float64)
    one = signature(text)
    x, wide, masks, kept = padded(one)
    found = model(wide, masks)[(slice(None), *kept)]
    assert torch.allclose(found, model(x), rtol=1e-12, atol=1e-12)


def test_checkpoints_change_nothing_but_memory():
    values = []
    for checkpoint in (False, True):
        torch.manual_seed(0)
        model = EinNet("abH->H", 2, 3, width=8, pool_width=4, order=2, checkpoint=checkpoint, dtype=torch.float64)
        x = torch.ones(3, 4, 2, dtype=torch.float64).cumsum(0).requires_grad_()
        model(x).square().sum().backward()
        values.append([x.grad, *(parameter.grad for parameter in model.parameters())])
    assert all(torch.allclose(one, two) for one, two in zip(*values, strict=True))


def test_a_network_compiles_and_exports_at_other_sizes():
    torch.manual_seed(0)
    model = EinNet("abH->aH", 2, 3, width=8, pool_width=4, depth=2, order=3)
    a, b = torch.export.Dim("a", min=2, max=64), torch.export.Dim("b", min=2, max=64)
    program = torch.export.export(model, (torch.randn(5, 6, 2),), dynamic_shapes=({0: a, 1: b},))
    compiled = torch.compile(model, fullgraph=True, dynamic=True, backend="aot_eager")
    x = torch.randn(9, 4, 2)
    assert torch.allclose(program.module()(x), model(x), atol=1e-5)
    assert torch.allclose(compiled(x), model(x), atol=1e-5)


def test_the_scale_of_a_network_is_that_of_its_input():
    """Lift and layers keep the standard deviation near one before any training."""
    for text, shape in [("aH", (64, 16)), ("abH", (16, 12)), ("aaH", (12, 12))]:
        torch.manual_seed(0)
        model = EinNet(text, 4, 32, width=32, depth=6, order=2)
        kept = []
        model.head.register_forward_pre_hook(lambda module, given, kept=kept: kept.append(given[0]))
        axes = signature(text).inputs[0].set_axes
        model(torch.randn(8, *shape[: len(axes)], 4))
        assert 0.8 < kept[0].std().item() < 1.6


def test_a_network_learns_a_product_of_rows_and_columns():
    """y_a = mean_b x_ab^2 is out of reach of means alone; the net fits it far better than the best constant."""
    torch.manual_seed(0)
    model = EinNet("abH->aH", 1, 1, width=16, pool_width=8, depth=2, order=2)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(120):
        x = torch.randn(32, 5, 6, 1)
        loss = (model(x) - x.square().mean(-2)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    x = torch.randn(500, 5, 6, 1)
    y = x.square().mean(-2)
    error = (model(x) - y).square().mean().item()
    assert error < 0.1 * y.var().item()


def test_poolings_are_chosen_by_name():
    few = network("aabH", 2, poolings=["aab->aab", "aab->aac", "aab,aab->aab"])
    assert len([term for term in few.pooling.terms if term.order]) == 3
    alone = EinNet("aabH", 2, 2, poolings=["aab->aab"], depth=1)
    x, y = torch.randn(2, 3, 3, 4, 2)
    y[0, 1, 2] = x[0, 1, 2]
    z = [alone.layers[0](torch.ones(1) * alone.lift(one)) for one in (x, y)]
    assert torch.equal(z[0][0, 1, 2], z[1][0, 1, 2])


@pytest.mark.parametrize("letter", "bdhxz")
def test_an_axis_that_no_input_has_may_have_any_letter(letter):
    """The keyword is the axis, unless an input has its name."""
    keyword = "n_x" if letter == "x" else letter
    model = EinNet(f"a->a{letter}", 2, 3, width=4, pool_width=2, depth=1)
    assert model(torch.randn(4, 2), **{keyword: 5}).shape == (4, 5, 3)
    layer = symshare.nn.compile(symshare.derive(f"a->a{letter}{letter}", 1), 2, 3)
    assert layer(torch.randn(4, 2), **{keyword: 5}).shape == (4, 5, 5, 3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"depth": 0}, SymshareError, "depth=0"),
        ({"width": 2.5}, SymshareError, "width=2.5"),
        ({"poolings": ["abc->ab"]}, NotationError, "abc"),
    ],
)
def test_wrong_numbers_and_poolings_are_named(options, error, message):
    with pytest.raises(error, match=message):
        network("abH", 2, **options)
    with pytest.raises(SymshareError, match="a network has its own reduce"):
        symshare.emit(network("abH", 2), reduce="sum")
