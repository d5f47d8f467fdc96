"""Networks under groups without a nonlinearity, with the inputs in every layer, with their size divided out; and all rounds."""

import shlex
from math import comb

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

from symshare import SymshareError, network, signature
from symshare.nn import EinNet
from tests.measured import equivariance_errors, random_inputs, small_sizes

FORM = {"nonlinearity": None, "normalise_factors": False, "inject": True}
STRETCHING = ("Lorentz", "GL(2)", "Sp(2)", "Scale(1,2)")
POINTS = "pos:arH,charge:aH->pos:arH,aH"


def made(text, group, **options):
    torch.manual_seed(0)
    one = signature(text, axes={"r": group})
    sizes = {"width": 3, "pool_width": 2, "depth": 1, "dtype": torch.float64} | options
    model = EinNet(one, (1, 2)[: len(one.inputs)] if len(one.inputs) > 1 else 2, 1, order=2, **sizes)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_().mul_(0.3)
    return one, model


def drawn(one, model):
    return random_inputs(model, one, small_sizes(one))


@pytest.mark.parametrize("options", [FORM, {"nonlinearity": None}, {"inject": True}, FORM | {"scaled": -1}], ids=str)
@pytest.mark.parametrize("rounds", [None, 2])
@pytest.mark.parametrize("group", ["O(3)", "SO(2)", "C(4)", "B(3)", "Cube", "U(1)", *STRETCHING])
@pytest.mark.parametrize("text", ["arH,aH->arH", "rH->arH"])
def test_every_form_keeps_the_group(text, group, rounds, options):
    if "scaled" in options and group in STRETCHING:
        with pytest.raises(SymshareError, match="is not invariant under r="):
            made(text, group, rounds=rounds, **options)
        return
    one, model = made(text, group, rounds=rounds, **options)
    assert max(equivariance_errors(model, one, drawn(one, model)).values()) < 1e-9


@pytest.mark.parametrize("group", ["O(3)", "Lorentz", "C(4)", "B(3)"])
def test_a_polynomial_it_is(group):
    """Along a line of inputs the outputs have a derivative of the order of the network, and none above."""
    one, model = made("arH,aH->arH", group, **FORM)
    inputs = drawn(one, model)
    for more in (0, 1):
        found = sum(
            (-1) ** place * comb(2 + more, place) * model(*(0.3 * place * value for value in inputs))
            for place in range(3 + more)
        )
        assert (float(found.abs().max()) < 1e-9) == bool(more)


def test_a_round_is_what_it_says():
    """h <- h + layer(h beside x), of vectors and matrices: written out by hand."""
    one, model = made("rH,rrH->rrH", "O(3)", rounds=3, **FORM)
    vector, matrix = drawn(one, model)
    types = [str(tensor) for tensor in network(one, 2, **FORM).pooling.signature.inputs]
    assert types == ["r", "rr", ""] or types[:2] == ["r", "rr"]
    hidden = [model.lift[0](vector), model.lift[1](matrix), vector.new_zeros(3)]
    for found in model(vector, matrix, every=True):
        for layer in model.layers:
            seen = torch.cat([hidden[0], vector], -1), torch.cat([hidden[1], matrix], -1), hidden[2]
            hidden = [old + new for old, new in zip(hidden, layer(*seen), strict=True)]
        assert torch.allclose(model.head(*hidden), found, rtol=1e-12)


@pytest.mark.parametrize("power", [-1, 0, 2])
@pytest.mark.parametrize("centred", [(), "pos"])
def test_the_size_of_the_inputs_goes_to_the_outputs(power, centred):
    one, model = made(POINTS, "O(3)", scaled=power, centred=centred)
    pos, charge = drawn(one, model)
    pos = pos - pos.mean(1, keepdim=True).mean(-1, keepdim=True) if pos.dim() == 4 else pos - pos.mean((-3, -1), True)
    for factor in (1e-3, 7.0):
        for small, large in zip(model(pos, charge), model(factor * pos, factor * charge), strict=True):
            assert torch.allclose(factor**power * small, large, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"scaled": 1}, FORM], ids=str)
@pytest.mark.parametrize("text", [POINTS, "pos:arH->pos:arH"])
def test_all_rounds_are_moved_with_the_points(text, options):
    one, model = made(text, "O(3)", rounds=3, centred="pos", **options)
    inputs = drawn(one, model)
    moved = inputs[0] + torch.tensor([3.0, -2.0, 7.0], dtype=torch.float64)[:, None]
    for every in (True, False):
        here, there = model(*inputs, every=every), model(moved, *inputs[1:], every=every)
        here, there = (list(each) if isinstance(each, tuple) else [each] for each in (here, there))
        assert torch.allclose(there[0] - here[0], moved - inputs[0], rtol=0, atol=1e-9)
        assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(here[1:], there[1:], strict=True))


@pytest.mark.parametrize(
    "flags",
    [
        "--inject",
        "--scaled=-1 --nonlinearity none",
        "--rounds 2 --inject --centre pos --scaled 1",
        "--width ar=3 --inject",
    ],
)
def test_files_name_their_command_and_hold(flags, tmp_path):
    def run(words):
        return CliRunner().invoke(main, shlex.split(words))

    words = f"emit -s {POINTS} --axis r=O(3) --network einnet --depth 1 --pool-width 2 {flags}"
    done = run(f"{words} -o {tmp_path / 'net.py'}")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "net.py").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("  symshare emit")]
    assert run(line.strip().removeprefix("symshare ")).stdout == text
    assert "No nonlinearity is possible" not in text
    assert run(f"verify {tmp_path / 'net.py'}").exit_code == 0


def test_a_size_that_changes_is_refused_with_a_cure():
    done = CliRunner().invoke(
        main, ["emit", "-s", "arH->arH", "--axis", "r=Lorentz", "--network", "einnet", "--scaled", "1"]
    )
    assert done.exit_code == 2 and "leave out scaled (--scaled)" in done.stderr
