"""Networks under every group: equivariant, measured, one file, and able to learn what plain layers cannot."""

import importlib.util
import sys

import pytest
import torch

from symshare import NotationError, SymshareError, emit, network, signature
from symshare.nn import EinNet
from symshare.nn.compiling import load
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.zoo import ANY_LENGTH, FAMILIES, STRETCHING, axes

O3 = {"r": "O(3)"}
POINTS = "pos:arH,charge:aH->arH"
EXACT, LOOSE = 1e-12, 1e-9


SLOW = {"Q8", "Z", "D", "Grid", "SU", "U", "PlaneD", "Trivial"}
"""Families with so many invariant matrices that those of `rr` take over two seconds."""


def made(one, order=2, *, ins=2, outs=3, dtype=torch.float64, **options):
    torch.manual_seed(0)
    model = EinNet(one, ins, outs, 8, 4, 2, order=order, dtype=dtype, **options)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    return model


def of(text, family):
    groups = {axis: group for axis, group in axes(family).items() if axis in text}
    return signature(text, axes=groups)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - ANY_LENGTH))
@pytest.mark.parametrize("text", ["arH->arH", "arH,aH->aH,rH", "rrH,rH->rH"])
def test_networks_of_every_family_keep_its_group(family, text):
    text = text if family != "generators" else text.replace("rrH", "tH").replace("arH", "artH")
    if "rr" in text and family in SLOW:
        text = text.replace("rrH", "raH")
    one = of(text, family)
    model = made(one)
    errors = equivariance_errors(model, one, random_inputs(model, one, small_sizes(one)))
    limit = LOOSE if family in STRETCHING else EXACT
    assert max(errors.values()) < limit, errors


@pytest.mark.parametrize("group", ["O(3)", "SO(2)", "Cube", "C(4)", "B(3)", "Lorentz"])
def test_networks_keep_the_group_in_single_precision(group):
    one = signature("arH,aH->arH", axes={"r": group})
    torch.manual_seed(0)
    model = EinNet(one, 2, 3, 8, 4, 2, dtype=torch.float32)
    inputs = [x.float() for x in random_inputs(model, one, small_sizes(one))]
    assert max(equivariance_errors(model, one, inputs).values()) < 1e-5


@pytest.mark.parametrize(
    ("text", "order", "options"),
    [
        (POINTS, 3, {}),
        ("arH->H", 2, {}),
        ("arH->arrH", 2, {}),
        ("arH->arH", 2, {"types": "arr"}),
        ("arH->arH", 2, {"types": ["a,aa,aar"]}),
        ("rH->arH", 2, {}),
        ("arH,aaH->arH", 2, {}),
    ],
)
def test_hidden_types(text, order, options):
    one = signature(text, axes=O3)
    model = made(one, order, ins=(1, 2)[: len(one.inputs)] if len(one.inputs) > 1 else 2, **options)
    inputs = random_inputs(model, one, small_sizes(one))
    errors = equivariance_errors(model, one, inputs)
    assert max(errors.values()) < EXACT


def test_gates_are_opened_by_invariants():
    found = network(POINTS, 2, axes=O3, width={"ar": 16, "a": 32})
    assert [one.kind for one in found.acting] == ["gate", "gelu"] and found.acting[0].by == 1
    assert found.widths == (16, 32)
    assert [one.kind for one in network("arH->arH", axes={"r": "GL(2)"}).acting] == ["none"]
    assert "No nonlinearity is possible on ar" in emit(network("arH->arH", axes={"r": "GL(2)"}))
    assert [one.kind for one in network("rH->rH", axes={"r": "Scale(1,2)"}).acting] == ["none"]
    assert network("arH->arH", axes={"r": "B(3)"}).acting[0].kind == "odd"
    assert [one.kind for one in network("arH->arH", axes={"r": "C(4)"}).acting] == ["gelu"]


def test_a_polynomial_is_one():
    """Under GL alone, of vectors: linear, for want of duals."""
    model = made(signature("arH->arH", axes={"r": "GL(2)"}))
    x, y = torch.randn(2, 4, 5, 2, 2, dtype=torch.float64)
    assert torch.allclose(model(x + 3 * y), model(x) + 3 * model(y))


def test_widths_are_checked():
    with pytest.raises(NotationError, match="is no hidden type"):
        network(POINTS, axes=O3, width={"b": 3})
    with pytest.raises(SymshareError, match="is not a number of channels"):
        network(POINTS, axes=O3, width={"ar": 0})


@pytest.mark.parametrize("given", [5, None, 2.5])
@pytest.mark.parametrize("name", ["types", "centred", "poolings"])
def test_what_is_no_list_of_texts_is_refused(name, given):
    with pytest.raises(NotationError, match="is no text and no list of texts"):
        network(POINTS, axes=O3, **{name: given})


@pytest.mark.parametrize("name", ["width", "pool_width", "depth", "rounds"])
@pytest.mark.parametrize("given", [True, 0, 2.5, "3"])
def test_what_is_no_number_is_refused(name, given):
    with pytest.raises(SymshareError, match="is not a number of channels"):
        network(POINTS, axes=O3, **{name: given})


# Positions


@pytest.mark.parametrize("measured", [False, True])
def test_translations_are_kept(measured):
    one = signature("pos:arH,vel:arH,charge:aH->pos:arH,arH,aH", axes=O3)
    model = made(one, ins=(1, 2, 3), outs=(1, 2, 3), centred="pos")
    pos, vel, charge = random_inputs(model, one, {"a": 5, "r": 3})
    measure = {"a": torch.tensor([1.0, 2.0, 0.5, 0.0, 3.0], dtype=torch.float64)} if measured else None
    shift = torch.tensor([3.0, -2.0, 7.0], dtype=torch.float64)[:, None]
    here, there = model(pos, vel, charge, measure), model(pos + shift, vel, charge, measure)
    assert torch.allclose(there[0], here[0] + shift, rtol=0, atol=1e-10)
    assert torch.allclose(there[1], here[1], rtol=0, atol=1e-10) and torch.allclose(there[2], here[2], atol=1e-10)
    assert not torch.allclose(model(pos, vel + shift, charge, measure)[1], here[1])
    errors = equivariance_errors(model, one, [pos, vel, charge])
    assert max(errors.values()) < EXACT
    if measured:
        masked = pos.clone()
        masked[:, 3] += 100
        assert torch.allclose(model(masked, vel, charge, measure)[0][:, :3], here[0][:, :3], atol=1e-10)


@pytest.mark.parametrize(
    ("text", "centred", "said"),
    [
        (POINTS, "vel", "is no input that could be centred"),
        (POINTS, "charge", "has no positions of points"),
        ("pos:arH->pos:rH", "pos", "has other axes than those"),
    ],
)
def test_what_is_no_position_is_refused(text, centred, said):
    with pytest.raises(SymshareError, match=said):
        network(text, axes=O3, centred=centred)


# What a network can do besides


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
@pytest.mark.parametrize(
    "group", ["O(3)", "SO(3)", "C(4)", "B(2)", "Cube", "Lorentz", "O(2,2)", "Sp(2)", "Sp(4)", "SL(2)"]
)
def test_deep_networks_stay_finite(group, scale):
    one = signature("arH->arH", axes={"r": group})
    torch.manual_seed(0)
    model = EinNet(one, 2, 3, 16, 8, 6, order=2 if group in ("C(4)", "B(2)", "Cube") else 3)
    x = torch.randn(4, 5, one.size("r"), 2) * scale
    y = model(x)
    y.square().mean().backward()
    assert bool(torch.isfinite(y).all())
    assert all(bool(torch.isfinite(one.grad).all()) for one in model.parameters() if one.grad is not None)


@pytest.mark.parametrize("group", ["O(3)", "SO(2)", "C(3)", "B(2)", "GL(2)"])
def test_recurrent_networks_keep_the_group(group):
    one = signature("arH,aH->arH", axes={"r": group})
    model = made(one, rounds=3)
    inputs = random_inputs(model, one, small_sizes(one))
    assert max(equivariance_errors(model, one, inputs).values()) < LOOSE
    assert model(*inputs, every=True).shape[0] == 3


def test_a_file_needs_torch_alone(tmp_path):
    path = tmp_path / "points.py"
    path.write_text(emit(network(POINTS, 2, axes={"r": "SO(2)"}, width=8, pool_width=4, depth=2)))
    spec = importlib.util.spec_from_file_location("points_file", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["points_file"] = module
    spec.loader.exec_module(module)
    model = EinNet(POINTS, 2, 3, 8, 4, 2, axes={"r": "SO(2)"})
    other = module.EinNet(2, 3)
    other.load_state_dict(model.state_dict())
    inputs = torch.randn(5, 4, 2, 2), torch.randn(5, 4, 2)
    assert torch.equal(model(*inputs), other(*inputs))
    gate = module.Gate(3, 4)
    x = torch.randn(5, 4, 2, 3)
    assert torch.allclose(gate(x @ torch.eye(3), torch.zeros(5, 4, 4)).abs() <= x.abs(), torch.tensor(True))


def test_weights_of_another_network_are_refused():
    first, second = (EinNet(POINTS, 2, 3, 8, 4, 1, axes={"r": group}) for group in ("O(3)", "SO(3)"))
    with pytest.raises(RuntimeError, match=r"another layer|Missing|size mismatch"):
        second.load_state_dict(first.state_dict())


def test_masked_points_are_as_left_out():
    one = signature(POINTS, axes=O3)
    model = made(one)
    pos, charge = random_inputs(model, one, {"a": 5, "r": 3})
    measure = {"a": torch.tensor([1.0, 1, 1, 0, 0], dtype=torch.float64)}
    assert torch.allclose(model(pos, charge, measure)[:, :3], model(pos[:, :3], charge[:, :3]), atol=1e-9)


def test_checkpoints_export_compile_and_autocast():
    model = EinNet(POINTS, (1, 2), 1, 8, 4, 2, axes=O3)
    inputs = torch.randn(5, 4, 3, 1), torch.randn(5, 4, 2)
    wanted = model(*inputs)
    model.checkpoint = True
    assert torch.allclose(model(*inputs), wanted, atol=1e-6)
    model.checkpoint = False
    exported = torch.export.export(model, inputs).module()
    assert torch.allclose(exported(*inputs), wanted, atol=1e-5)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    assert torch.allclose(compiled(*inputs), wanted, atol=1e-6)
    with torch.autocast("cpu", torch.bfloat16):
        assert bool(torch.isfinite(model(*inputs)).all())


def test_poolings_by_name():
    found = network(POINTS, 2, axes=O3, poolings=["ar,ar->a", "ar,a->ar", "a->a", "ar->ar"])
    assert [str(term) for term in found.pooling.terms] == ["->a", "ar->ar", "a->a", "ar,a->ar", "ar,ar->a"]
    one_sided = network("adj:aaH,nodes:aH->nodes:aH", 2, poolings=["adj:ab,nodes:b->nodes:a", "nodes:a->nodes:a"])
    assert "ab,b->a" in [str(term) for term in one_sided.pooling.terms]


@pytest.mark.parametrize(
    ("text", "axes", "named", "printed"),
    [
        ("adj:aaH,pos:arH->pos:arH", O3, "adj:ab,pos:br->pos:ar", "ab,br->ar"),
        ("adj:aaH,pos:arH->pos:arH", O3, "adj:aaH,pos:arH->pos:arH", "aa,ar->ar"),
        ("pos:arH,vel:arH->pos:arH", {"r": "SO(3)"}, "pos:ar,vel:as,[rst]->vel:at", "ar,as,[rst]->at"),
        ("pos:arH,vel:arH,charge:aH->pos:arH", O3, "charge:a,vel:ar->pos:ar", "ar,a->ar"),
        (
            "pos:(points space H),q:(points H)->pos:(points space H)",
            {"space": "O(3)"},
            "pos:(points space),q:(points)->pos:(points space)",
            "(points space),(points)->(points space)",
        ),
    ],
)
def test_poolings_by_the_names_of_inputs(text, axes, named, printed):
    found = network(text, 2, axes=axes, poolings=named)
    assert printed in [str(term) for term in found.pooling.terms]
    assert emit(found) == emit(network(text, 2, axes=axes, poolings=printed))


def test_a_name_that_no_input_has():
    with pytest.raises(NotationError, match="has the name 'acc'"):
        network("pos:arH->pos:arH", 2, axes=O3, poolings="acc:ar->pos:ar")


def test_it_learns_a_vector_for_each_point():
    """The pull of all other points, softened: plain polynomial layers reach no tenth of its variance."""
    torch.manual_seed(0)

    def batch(number):
        pos, charge = torch.randn(number, 5, 3, 1), torch.rand(number, 5, 1)
        gap = pos[:, None] - pos[:, :, None]
        pull = (charge[:, None, :, None] * gap / (0.5 + gap.square().sum(-2, keepdim=True)) ** 1.5).sum(2)
        return pos, charge, pull

    model = EinNet("pos:arH,charge:aH->arH", 1, 1, {"ar": 16, "a": 32}, 8, 3, axes=O3, order=3, centred="pos")
    steps = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(150):
        pos, charge, pull = batch(64)
        loss = (model(pos, charge) - pull).square().mean()
        steps.zero_grad()
        loss.backward()
        steps.step()
    pos, charge, pull = batch(512)
    with torch.no_grad():
        error = (model(pos, charge) - pull).square().mean() / pull.square().mean()
    assert float(error) < 0.5


def test_constants_of_two_classes_are_apart():
    text = emit(network("rH->rsH,sH", 2, axes={"r": "SO(2)", "s": "D(3)"}, depth=1))
    names = [line.split(" = ")[0] for line in text.splitlines() if " = (" in line and line[0].isupper()]
    assert len(names) == len(set(names))
    assert load(text).EinNet(1, (1, 1))(torch.zeros(2, 2, 1))[0].shape == (2, 2, 3, 1)
