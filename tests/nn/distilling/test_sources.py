"""Every kind of generated layer and network is read, whatever its names, forms and files; how it is judged is checked."""

import importlib.util

import pytest
import torch

from symshare import SymshareError, distil, emit, network, signature
from symshare.nn import EinNet, compile

FORM = {"nonlinearity": None, "normalise_factors": False, "dtype": torch.float64}


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def moved(model):
    torch.manual_seed(0)
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(0.3 * torch.randn_like(value))
    return model


def inputs_of(model, text, batch, depends=()):
    one = signature(text, depends=depends)
    numbers = model.in_channels if isinstance(model.in_channels, tuple) else (model.in_channels,) * len(one.inputs)
    lengths = {axis: 3 + place for place, axis in enumerate(one.set_axes)}
    kinds = one.without_latents().inputs
    return [
        drawn(*batch, *(lengths[axis] for axis in tensor.axes), number, seed=place)
        for place, (tensor, number) in enumerate(zip(kinds, numbers, strict=True))
    ]


def same(one, two):
    assert type(one) is type(two)
    pairs = zip(one, two, strict=True) if isinstance(two, tuple) else [(one, two)]
    for a, b in pairs:
        assert a.shape == b.shape
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"rounds": 2, "inject": True}, {"scaled": 2, "inject": True}], ids=str)
@pytest.mark.parametrize(
    ("text", "channels", "width", "depends"),
    [
        ("Y:abH->abH", 1, 1, ()),  # names that a state, a channel or an unnamed tensor would have
        ("Y0:aH,Y1:abH->aH", 1, 1, ()),
        ("Y_0:aH,Z:aH->aH", 1, 2, ()),
        ("u:aH,u_0:aH->aH", (2, 1), 1, ()),
        ("X1:aH,aH->aH", 1, 2, ()),
        ("aH,X0:aH->aH,aH", (2, 3), 1, ()),
        ("abH->aH", 2, 2, ("a->b",)),  # a list for each value, its parent before and behind
        ("baH->baH", 1, 2, ("a->b",)),
        ("H,aH->aH,H", 1, 2, ()),
        ("(row col)->(row col)", 1, 2, ()),
    ],
)
def test_networks_of_any_names_and_lists(text, channels, width, depends, options):
    one = moved(EinNet(text, channels, 1, width, 2, 1, order=2, depends=depends, **FORM, **options))
    found = distil(one, simplify=False)
    every = {"rounds": 3, "every": True} if "rounds" in options else {}
    for batch in ((2,), (), (2, 3), (0,)):
        given = inputs_of(one, text, batch, depends)
        same(found.evaluate(*given, **every), one(*given, **every))
    names = [name for own in (*found.inputs, *found.outputs) for name in own]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("inject", [False, True])
def test_batches_that_differ_by_input(inject):
    one = moved(EinNet("u:abH,v:bH->abH,bH", (1, 2), 1, 2, 2, 1, order=2, rounds=2, inject=inject, **FORM))
    u, v = drawn(5, 4, 3, 2, 1), drawn(4, 2, 2)
    same(distil(one, simplify=False).evaluate(u, v, every=True), one(u, v, every=True))


@pytest.mark.parametrize(
    "options", [{}, {"order": 2}, {"form": "tables"}, {"form": "tables", "reduce": "sum"}], ids=str
)
@pytest.mark.parametrize("text", ["H->aH", "aH->abH", "aH->bbH,aH", "H,aH->abH", "abH->abH"])
def test_layers_in_tables_and_with_axes_that_no_input_has(text, options):
    kind = {} if options.get("order") else {"kind": "linear"}
    one = moved(compile(text, 2, 1, dtype=torch.float64, **kind, **options))
    free = {axis: 4 for axis in signature(text).set_axes if axis not in text.split("->")[0]}
    found = distil(one, simplify=False, sizes=free)
    given = inputs_of(one, text, (2,))
    same(found.evaluate(*given, sizes=free), one(*given, **free))
    if free:
        with pytest.raises(SymshareError, match="give its length: sizes="):
            found.evaluate(*given)
        with pytest.raises(SymshareError, match="sizes has 'q'"):
            distil(one, sizes={"q": 2})


@pytest.mark.parametrize("options", [{"rounds": 2}, {"scaled": -1}], ids=str)
def test_networks_with_axes_that_no_input_has(options):
    one = moved(EinNet("aH->abH", 1, 1, 2, 2, 1, order=2, **FORM, **options))
    found = distil(one, sizes={"b": 4})
    assert found.evaluate(drawn(3, 1), sizes={"b": 4}).shape == one(drawn(3, 1), b=4).shape == (3, 4, 1)
    assert max(check.after for check in found.checks) <= 1e-3


def loaded(path, options):
    path.write_text(emit(network("abH", 2, width=2, pool_width=2, depth=1, **options)))
    spec = importlib.util.spec_from_file_location("a_file_of_no_list", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_and_a_compiled_network_are_read(tmp_path):
    """The importlib recipe without an entry in sys.modules; a class of one's own; torch.compile."""
    module = loaded(tmp_path / "net.py", {"nonlinearity": None, "normalise_factors": False})

    class Mine(module.EinNet):
        pass

    for kind in (module.EinNet, Mine):
        one = moved(kind(1, 1, dtype=torch.float64))
        for given in (one, torch.compile(one, backend="eager")):
            assert max(check.after for check in distil(given, simplify=False).checks) < 1e-9


def test_another_function_than_that_of_the_terms_is_refused():
    class Mine(type(EinNet("abH", 1, 1, 1, 1, 1, **FORM))):
        def forward(self, x):
            return super().forward(x) + 1e-6 * x.square()

    with pytest.raises(SymshareError, match="not those of its terms"):
        distil(moved(Mine(1, 1, width=1, pool_width=1, depth=1, dtype=torch.float64)))


def test_outputs_that_cancel_are_no_fault():
    """A mean less itself: rounding alone is left, of values about a thousand."""
    one = compile("aH->H", 1, 1, order=1, dtype=torch.float64)
    with torch.no_grad():
        for value in one.parameters():
            value.zero_()
        one.mix["a__"].fill_(1)
        one.bias["__2" if "__2" in one.bias else next(iter(one.bias))].fill_(-1000.1)
    assert distil(one, samples=[torch.full((3, 7, 1), 1000.1, dtype=torch.float64)], simplify=False).rounds


def recurrent(weight=0.3):
    one = EinNet("abH", 1, 1, 1, 1, 1, order=3, rounds=8, reduce="sum", **FORM)
    torch.manual_seed(0)
    with torch.no_grad():
        for value in one.parameters():
            value.fill_(weight)
    return one


X = drawn(20, 4, 5, 1)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: distil(recurrent(1.0), samples=[X]), "outputs of the network are no number"),
        (
            lambda: distil(recurrent(1.0), samples=[X], error=lambda y, x: y.abs().mean()),
            "error of the network is no number",
        ),
        (
            lambda: distil(recurrent(), samples=[X], error=lambda y, x: float("nan")),
            "error of the network is no number",
        ),
        (lambda: distil(recurrent(), samples=[X], error=lambda y, x: None), "error gives None"),
        (lambda: distil(recurrent(float("nan"))), "weight .* no numbers"),
        (lambda: distil(recurrent(), rounds=0), "rounds=0"),
        (lambda: distil(recurrent(), rounds=1.5), "rounds=1.5"),
        (lambda: distil(compile("abH", 1, 1), rounds=2), "not recurrent"),
        (lambda: distil(recurrent(), samples=[X * float("nan")]), "sample 0 has values"),
        (lambda: distil(recurrent(), samples=[X[:0]]), "sample 0 has no values"),
        (lambda: distil(recurrent(), samples=[X[..., 0]], rounds=1), "5 channels"),
        (lambda: distil(recurrent(), samples=[X[0, 0]]), "has the shape"),
        (lambda: distil(recurrent(), samples="abc"), "samples='abc'"),
        (lambda: distil(recurrent(), samples=[(X, X)]), "2 tensors for 1 input"),
        (lambda: distil(recurrent(), tolerance=-1), "tolerance=-1"),
        (lambda: distil(recurrent(), reduce="mean"), "leave out reduce="),
        (lambda: distil(recurrent(), depends="a->b"), "leave out depends="),
        (lambda: distil(recurrent(), sizes={"a": 3}), "sizes has 'a'"),
        (lambda: distil(compile("bHG", 1, 1, depends="H->b", sizes={"H": 2})), "latent axes apart"),
    ],
)
def test_what_does_not_go_is_refused_in_three_lines(act, message):
    with pytest.raises(SymshareError, match=message) as caught:
        act()
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("error", [lambda y, x: -1.0 - y.std().item(), lambda y, x: y.abs().mean()])
def test_errors_below_zero_may_grow_by_a_share_of_their_size(error):
    one = moved(EinNet("abH", 1, 1, 1, 1, 1, order=2, rounds=2, reduce="sum", **FORM))
    found = distil(one, samples=[X], error=error, tolerance=0.5)
    (check,) = found.checks
    assert found.kept[0] < found.kept[1]
    assert check.after <= check.before + 0.5 * abs(check.before)


def test_samples_may_be_one_tensor_of_any_type():
    one = moved(EinNet("abH", 1, 1, 1, 1, 1, order=2, **FORM))
    for samples in (X, [X.float()], [X.numpy()], [(10 * X).long()]):
        assert len(distil(one, samples=samples, simplify=False).checks) == 1
