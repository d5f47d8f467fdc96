"""Networks that are polynomials: no nonlinearity, the inputs in every layer, their size divided out and given back."""

import importlib.util
import shlex
import subprocess
from math import comb
from operator import mul

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

from symshare import SymshareError, emit, network, signature
from symshare.nn import EinNet
from tests.measured import equivariance_errors, random_inputs, small_sizes
from tests.nn.padding import padded
from tests.nn.test_recurrent import TYPES, ruff

FORM = {"nonlinearity": None, "normalise_factors": False, "inject": True}
SEVERAL = [("aaH->aH", 2, ()), ("ab,ab->ab", 2, ()), ("ab,b->b,ab", 2, ("b->a",))]


def run(arguments):
    return CliRunner().invoke(main, shlex.split(arguments))


def made(text, order=2, rounds=3, seed=0, **options):
    torch.manual_seed(seed)
    sizes = {"width": 3, "pool_width": 2, "depth": 2, "dtype": torch.float64} | FORM | options
    return EinNet(text, 2, 1, order=order, rounds=rounds, **sizes)


@pytest.mark.parametrize("options", [{}, {"scaled": -1}, {"scaled": 2, "reduce": "sum"}], ids=str)
@pytest.mark.parametrize("rounds", [None, 2])
@pytest.mark.parametrize(("text", "order", "depends"), TYPES)
def test_they_are_equivariant(text, order, depends, rounds, options):
    one = signature(text, depends=depends)
    model = made(one, order, rounds, **options)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_().mul_(0.3)
    errors = equivariance_errors(model, one, random_inputs(model, one, small_sizes(one)))
    assert sorted(errors) == sorted(one.set_axes)
    assert max(errors.values()) < 1e-9


def test_a_round_is_what_it_says():
    """h <- h + layer(h beside x) for both layers, from the lift on; the head at the end: written out by hand."""
    model, x = made("abH"), torch.randn(4, 6, 2, dtype=torch.float64)
    hidden = model.lift(x)
    for found in model(x, every=True):
        for layer in model.layers:
            hidden = hidden + layer(torch.cat([hidden, x], -1))
        assert torch.allclose(model.head(hidden), found, rtol=1e-12)


def test_inputs_of_one_type_stand_side_by_side():
    torch.manual_seed(0)
    options = {"width": 3, "pool_width": 2, "depth": 1, "dtype": torch.float64} | FORM
    model = EinNet("u:abH,v:bH,w:abH->abH", (1, 2, 4), 1, order=2, **options)
    u, v, w = (torch.randn(*shape, dtype=torch.float64) for shape in ((5, 4, 6, 1), (6, 2), (4, 6, 4)))
    one, two = model.lift[0](u) + model.lift[2](w), model.lift[1](v)
    many = w.expand(5, 4, 6, 4)
    added = model.layers[0](torch.cat([one, u, many], -1), torch.cat([two, v], -1).expand(5, 6, 5))
    assert torch.allclose(model(u, v, w), model.head(one + added[0], two + added[1]), rtol=1e-12)


@pytest.mark.parametrize(("text", "order", "depends"), [("abH->aH", 3, ()), *SEVERAL])
def test_a_polynomial_it_is(text, order, depends):
    """Along a line of inputs the outputs have a derivative of the order of the network, and none above."""
    one = signature(text, depends=depends)
    model = made(one, order, 1, depth=1)
    inputs = random_inputs(model, one, small_sizes(one))
    for more in (0, 1):
        weights = [(-1) ** place * comb(order + more, place) for place in range(order + more + 1)]
        values = [model(*(0.3 * place * value for value in inputs)) for place in range(order + more + 1)]
        values = [value if isinstance(value, tuple) else (value,) for value in values]
        differences = [sum(map(mul, weights, outputs)).abs().max() for outputs in zip(*values, strict=True)]
        assert (max(differences) < 1e-9) == bool(more)


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("power", [-1, 0, 1, 3])
@pytest.mark.parametrize(("text", "order", "depends"), SEVERAL)
def test_the_size_of_the_inputs_goes_to_the_outputs(text, order, depends, power, reduce):
    one = signature(text, depends=depends)
    model = made(one, order, scaled=power, reduce=reduce)
    inputs = random_inputs(model, one, small_sizes(one))
    for factor in (1e-3, 7.0, 1e80):
        small, large = model(*inputs), model(*(factor * value for value in inputs))
        pairs = zip(small, large, strict=True) if isinstance(small, tuple) else [(small, large)]
        assert all(torch.allclose(factor**power * a, b, rtol=1e-9) for a, b in pairs)


@pytest.mark.parametrize("reduce", ["mean", "sum"])
def test_the_size_is_the_root_of_the_squares(reduce):
    x = torch.randn(3, 4, 6, 2, dtype=torch.float64)
    squares = x.square().mean(-1)
    size = (squares.sum((-1, -2)) if reduce == "sum" else squares.mean((-1, -2))).sqrt()[:, None, None, None]
    model, plain = made("abH", scaled=2, reduce=reduce), made("abH", reduce=reduce)
    assert torch.allclose(model(x), plain(x / size) * size**2, rtol=1e-12)
    assert torch.isfinite(model(torch.zeros_like(x))).all()


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize(("text", "order"), [("aH->H", 2), ("abH", 2)])
def test_padding_does_not_count(text, order, reduce):
    model, one = made(text, order, scaled=-1, reduce=reduce), signature(text)
    x, wide, masks, kept = padded(one)
    found = model(wide, masks, every=True)[(slice(None), slice(None), *kept)]
    assert torch.allclose(found, model(x, every=True), rtol=1e-10, atol=1e-12)


FLAGS = ("--inject", "--scaled=-1 --plain-factors", "--nonlinearity none", "--scaled 2 --inject")
TEXTS = ("abH->aH", "W:ab,n_a:b->b,W:ab", "size:aH,seen:H->aH", "'W:(hidden in),b:(hidden)'")


@pytest.mark.parametrize("place", range(len(TEXTS)))
def test_files_are_clean_and_name_their_command(place, tmp_path):
    """With all flags; two of them are verified, others for each text."""
    for number, flags in enumerate(FLAGS):
        words = "-k 2 --network einnet --depth 1 --width 4 --pool-width 2 --rounds 2"
        done = run(f"emit -s {TEXTS[place]} {words} {flags}")
        assert done.exit_code == 0, done.output
        lines = done.stdout.splitlines()
        command = lines[lines.index("Made by:") + 1].strip().removeprefix("symshare ")
        assert run(command).stdout == done.stdout
        (tmp_path / f"net{number}.py").write_text(done.stdout)
    for words in (["check", "--isolated"], ["format", "--isolated", "--check"]):
        checked = subprocess.run([ruff(), *words, str(tmp_path)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    for number in (place, (place + 1) % len(FLAGS)):
        assert run(f"verify {tmp_path / f'net{number}.py'}").exit_code == 0


def test_a_file_computes_what_the_model_does(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(emit(network("abH", 3, width=3, pool_width=2, depth=2, rounds=3, scaled=-1, **FORM)))
    spec = importlib.util.spec_from_file_location("polynomial_file", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, other = made("abH", 3, scaled=-1), module.EinNet(2, 1, dtype=torch.float64)
    other.load_state_dict(model.state_dict())
    x = torch.randn(4, 6, 2, dtype=torch.float64)
    assert torch.equal(model(x, every=True), other(x, every=True))


def test_it_compiles_in_one_piece_and_is_exported():
    model = made("abH", 2, 2, scaled=-1, depth=1, dtype=torch.float32)
    compiled = torch.compile(model, fullgraph=True, dynamic=True, backend="aot_eager")
    x = torch.randn(4, 6, 2)
    assert torch.allclose(compiled(x), model(x), atol=1e-5)
    a, b = torch.export.Dim("a", min=2, max=64), torch.export.Dim("b", min=2, max=64)
    program = torch.export.export(model, (x,), dynamic_shapes=({0: a, 1: b},))
    other = torch.randn(5, 7, 2)
    assert torch.allclose(program.module()(other), model(other), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nonlinearity": "relu"}, "nonlinearity='relu'"),
        ({"scaled": 0.5}, "scaled=0.5"),
        ({"scaled": True}, "scaled=True"),
    ],
)
def test_forms_that_are_none_are_refused(options, message):
    with pytest.raises(SymshareError, match=message):
        network("abH", 2, **options)


@pytest.mark.parametrize("flag", ["--inject", "--scaled=-1", "--nonlinearity none"])
def test_forms_are_of_networks(flag):
    done = run(f"emit -s abH {flag}")
    assert done.exit_code == 2
    assert f"{flag.partition('=')[0].split()[0]} is for a network; add --network einnet" in done.output


FORMS = [
    {"nonlinearity": None},
    {"nonlinearity": None, "inject": True},
    {"scaled": -1},
    {"scaled": 0},
    {"scaled": 2},
    {"scaled": 2, "nonlinearity": None},
    {},
]


@pytest.mark.parametrize("text", ["abH", "u:aH,v:H->aH,H"])
def test_weights_of_another_form_are_refused(text):
    """Without nonlinearity, at another power of the size: the shapes are the same, the function is not."""

    def of(form):
        return EinNet(text, 1, 1, 2, 2, 1, order=2, **form)

    for one in FORMS:
        for two in FORMS:
            if one == two:
                of(two).load_state_dict(of(one).state_dict())
                continue
            with pytest.raises(RuntimeError, match=r"weights of another layer|size mismatch"):
                of(two).load_state_dict(of(one).state_dict())


@pytest.mark.parametrize("power", [0, 1, 2])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_inputs_below_the_least_normal_number_are_inputs(dtype, power):
    """One over their size is no number any more; they over their size are."""
    model = made("abH", scaled=power, dtype=dtype)
    least = torch.finfo(dtype).tiny
    x = torch.randn(4, 6, 2, dtype=torch.float64).sign().to(dtype)
    found = [model(x * factor) for factor in (1.0, least / 8)]
    assert all(torch.isfinite(one).all() for one in found)
    if power == 0:
        assert torch.allclose(*found, rtol=0.05)


@pytest.mark.parametrize("flags", ["--rounds 12 --inject --scaled=-1", "--depth 6 --reduce sum"])
def test_a_polynomial_of_high_degree_is_verified(flags, tmp_path):
    """Its degree is beyond what double precision holds at weights of size one; it is equivariant all the same."""
    path = tmp_path / "net.py"
    path.write_text(
        run(
            f"emit -s abH -k 3 --network einnet --width 8 --pool-width 4 --nonlinearity none --plain-factors {flags}"
        ).stdout
    )
    done = run(f"verify {path}")
    assert done.exit_code == 0, done.output


def test_a_polynomial_that_breaks_is_still_found(tmp_path):
    path = tmp_path / "net.py"
    text = run(
        "emit -s abH -k 2 --network einnet --nonlinearity none --plain-factors --inject --rounds 2 --width 4"
    ).stdout
    broken = text.replace("hidden = hidden + added", "hidden = hidden + added * torch.arange(added.shape[-2])[:, None]")
    assert broken != text
    path.write_text(broken)
    assert run(f"verify {path}").exit_code == 1
