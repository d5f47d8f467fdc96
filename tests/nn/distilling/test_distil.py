"""What networks, functions and examples are made of: exact where there is an exact answer, checked against brute force."""

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy
import torch

from symshare import SymshareError, TooLargeError, distil, entries, evaluate, series, signature
from symshare.nn import EinNet, compile

FORM = {"nonlinearity": None, "normalise_factors": False, "dtype": torch.float64}


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def four_cycles(x):
    """Pairs of rows, pairs of columns, the product of the four entries: as slow as it reads."""
    found = torch.zeros(x.shape[:-2], dtype=x.dtype)
    for a, c in combinations(range(x.shape[-2]), 2):
        for b, d in combinations(range(x.shape[-1]), 2):
            found += x[..., a, b] * x[..., c, b] * x[..., c, d] * x[..., a, d]
    return found


def as_series(expression, text, order, **sizes):
    """The coefficients that `series` finds, by the einsum of the term."""
    found = series(expression, text, order=order, sizes=sizes)
    return {str(term): Fraction(int(value.p), int(value.q)) for term, value in found}


def found_by(one):
    """The coefficients by the einsum of the term; they are fractions."""
    return {term.to_einsum(): number for term, number in one.rounds[0].summands}


def test_four_cycles_are_recovered_as_fractions():
    one = distil([(x, four_cycles(x)) for x in (drawn(60, 4, 5), drawn(60, 5, 6, seed=1))], symmetry="ab->", order=4)
    quarter = Fraction(1, 4)
    named = {"ab,ab,ab,ab->": quarter, "ab,ab,ac,ac->": -quarter, "ab,ab,cb,cb->": -quarter, "ab,ac,db,dc->": quarter}
    found = found_by(one)
    assert sorted(found.values()) == sorted(named.values())
    for text, number in named.items():
        (alike,) = [value for term, value in one.rounds[0].summands if term == _read("X:ab->Y:", text)]
        assert alike == number
    assert "tr(" in one.texts()[0]
    assert one.equivariant


def _read(symmetry, text):
    from symshare import term

    return term(signature(symmetry), text)


def test_four_cycles_are_those_of_the_series():
    """At 4 x 4, where every term exists."""
    (x,) = entries("ab->", sizes={"a": 4, "b": 4})
    whole = sum(
        x[a, b] * x[c, b] * x[c, d] * x[a, d]
        for a, c in combinations(range(4), 2)
        for b, d in combinations(range(4), 2)
    )
    found = found_by(distil([(one, four_cycles(one)) for one in (drawn(200, 4, 4),)], symmetry="ab->", order=4))
    assert found == as_series(whole, "ab->", 4, a=4, b=4)


def test_the_determinant_is_recovered_and_that_of_the_series():
    x = drawn(300, 3, 3)
    one = distil([(x, torch.linalg.det(x))], symmetry="aa->", order=3, sizes={"a": 3})
    assert one.coefficient("tr(X X X)") == Fraction(1, 3)
    assert one.coefficient("aa,bb,cc->") == Fraction(1, 6)
    assert one.coefficient("aa,bc,cb->") == Fraction(-1, 2)
    (matrix,) = entries("aa->", sizes={"a": 3})
    assert found_by(one) == as_series(matrix.det(), "aa->", 3, a=3)


def test_the_trace_of_a_cube_is_recovered_at_every_size():
    pairs = [(x, torch.einsum("zab,zbc,zca->z", x, x, x)) for x in (drawn(60, 6, 6), drawn(60, 7, 7, seed=1))]
    one = distil(pairs, symmetry="aa->", order=3)
    assert found_by(one) == {"ab,bc,ca->": 1}
    (matrix,) = entries("aa->", sizes={"a": 6})
    assert found_by(one) == as_series((matrix**3).trace(), "aa->", 3, a=6)


def test_the_variance_of_a_set_is_recovered():
    """The mean of squares less the square of the mean; at n = 4 the same by `series`, as sums."""
    x = drawn(50, 4)
    pairs = [(one, one.var(-1, correction=0)) for one in (x, drawn(50, 7))]
    one = distil(pairs, symmetry="a->", order=2, reduce="mean")
    assert found_by(one) == {"a,a->": 1, "a,b->": -1}
    assert torch.allclose(one.evaluate(x), x.var(-1, correction=0))
    (values,) = entries("a->", sizes={"a": 4})
    mean = sum(values) / 4
    known = as_series(sympy.expand(sum((value - mean) ** 2 for value in values) / 4), "a->", 2, a=4)
    assert found_by(distil([(x, x.var(-1, correction=0))], symmetry="a->", order=2)) == known


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("inject", [False, True])
@pytest.mark.parametrize("rounds", [None, 3])
@pytest.mark.parametrize(
    ("text", "order"), [("abH", 3), ("aaH->aH", 2), ("ab,b->b,ab", 2), ("u:abH,v:bH,w:abH->aH,H", 2)]
)
def test_the_lines_are_the_network(text, order, rounds, inject, reduce):
    """Several channels, types and inputs; untied layers a line each."""
    torch.manual_seed(0)
    channels = 1 if order == 3 else 2
    model = EinNet(*(text, channels, 1, 2, 2, 2), order=order, rounds=rounds, inject=inject, reduce=reduce, **FORM)
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(0.1 * torch.randn_like(value))
    one = distil(model, simplify=False)
    assert one.reduce == reduce
    assert len(one.rounds) == 2
    assert len(one.checks) == 2
    assert all(check.after < 1e-9 for check in one.checks)
    assert one.equivariant
    assert json.loads(one.to_json())["equivariant"]


@pytest.mark.parametrize("options", [{"kind": "pooling"}, {"coefficients": "full"}, {}], ids=str)
@pytest.mark.parametrize("text", ["abH", "aH", "aaH"])
def test_the_line_is_the_layer(text, options):
    torch.manual_seed(0)
    number = 1 if text == "aaH" else 2
    layer = compile(text, number, number, order=2, dtype=torch.float64, **options)
    with torch.no_grad():
        for value in layer.parameters():
            value.normal_()
    one = distil(layer, simplify=False)
    assert one.begin is one.end is None
    x = drawn(5, *(4 for _ in range(text.index("H"))), number)
    assert torch.allclose(one.evaluate(x), layer(x), rtol=1e-9)


def iteration(pairs, seed=0):
    """A recurrent network that is Y <- sum of number * product, from Y = X: its rank is the number of products."""
    torch.manual_seed(seed)
    options = FORM | {"poolings": ["ab->ab", "ab,cb,cd->ad"], "reduce": "sum", "inject": True, "scaled": -1}
    model = EinNet("abH", 1, 1, 1, len(pairs), 1, order=3, rounds=6, **options)
    with torch.no_grad():
        for value in model.parameters():
            value.zero_()
        model.lift.weight.fill_(1.0)
        model.head.mix["ab__ab"].fill_(1.0)
        layer = model.layers[0]
        for place, (factors, number) in enumerate(pairs):
            key = "ab__ab" if len(factors) == 1 else "ab_cb_cd__ad"
            layer.mix[key][place, 0] = number
            for at, name in enumerate(factors):
                layer.factor[f"{key}__{at}"]["YX".index(name), place] = 1.0
    return model


def test_newton_and_schulz_is_recognised():
    """2 Y - Y X' Y, hidden in random numbers that are next to nothing: two terms, whole numbers."""
    model = iteration([("Y", 1.0), ("YXY", -1.0), ("X", 0.0), ("XXX", 0.0)])
    with torch.no_grad():
        for value in model.layers[0].parameters():
            value += 1e-7 * torch.randn_like(value)
    samples = [drawn(20, 4, 7, 1), drawn(20, 5, 6, 1)]
    one = distil(model, samples=samples, tolerance=1e-3)
    assert one.rounds[0].texts() == ["Y <- 2 Y - Y X' Y"]
    assert (one.coefficient("Y"), one.coefficient("Y X' Y"), one.coefficient("X X' X")) == (2, -1, 0)
    assert r"\sum_{cd}" in one.latex()
    assert one.kept[0] < one.kept[1]
    assert "2" in str(one)
    x = samples[0] / samples[0].square().sum((1, 2), keepdim=True).sqrt()
    y = x
    for found in one.evaluate(x, every=True):
        y = 2 * y - (y[..., 0] @ x[..., 0].mT @ y[..., 0])[..., None]
        assert torch.allclose(found, y, atol=1e-9)


def test_terms_that_matter_are_kept():
    model = iteration([("Y", 0.5), ("YXY", -0.7), ("X", 0.3), ("XYX", 0.11)])
    one = distil(model, samples=[drawn(20, 4, 7, 1), drawn(20, 5, 6, 1)], tolerance=1e-6)
    assert sorted(word for *_, word in one.rounds[0].rows()) == ["X", "X Y' X", "Y", "Y X' Y"]
    found = [float(one.coefficient(word)) for word in ("Y", "X", "Y X' Y", "X Y' X")]
    assert np.allclose(found, [1.5, 0.3, -0.7, 0.11])


def test_an_error_of_ones_own_decides_what_may_go():
    """An error that only sees whether outputs are finite lets nearly all go; one that sees everything keeps all."""
    model = iteration([("Y", 0.5), ("YXY", -0.7), ("X", 0.3), ("XYX", 0.11)])
    samples = [drawn(20, 4, 7, 1)]
    blind = distil(model, samples=samples, error=lambda found, x: 1.0, what="nothing")
    assert len(blind.rounds[0].summands) == 1
    assert blind.checks[0].before == blind.checks[0].after == 1.0


def test_a_network_with_gelu_is_refused_by_name_and_expanded_at_zero():
    torch.manual_seed(0)
    model = EinNet("abH->aH", 1, 1, 4, 2, 1, order=2, normalise_factors=False, dtype=torch.float64)
    with pytest.raises(SymshareError, match="GELU between its layers"):
        distil(model)
    x = drawn(3, 6, 5, 1)
    found = distil(model, order=2, samples=[drawn(40, 6, 5, 1), drawn(40, 5, 6, 1)])
    errors = [(found.evaluate(step * x) - model(step * x)).abs().max().item() for step in (1e-1, 1e-2)]
    assert errors[1] < 2e-3 * errors[0]  # what is left begins with order 3
    assert errors[0] > 0


def test_a_function_is_expanded_at_zero():
    """exp of a sum: 1, S, S^2 / 2, as numpy knows."""
    one = distil(lambda x: x.sum(-2).exp(), symmetry="aH->H", order=2, samples=[drawn(30, 4, 1), drawn(30, 5, 1)])
    found = {term.to_einsum(): float(number) for term, number in one.rounds[0].summands}
    assert found == pytest.approx({"->": 1.0, "a->": 1.0, "a,b->": 0.5}, abs=1e-8)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: distil(torch.nn.Linear(2, 2)), SymshareError, "Linear is no layer or network that symshare wrote"),
        (lambda: distil(compile("abH", 2, 2, order=2, normalise_scale=True)), SymshareError, "root mean square"),
        (lambda: distil(compile("abH", 2, 2, order=2, normalise_factors=True)), SymshareError, "normalised factors"),
        (lambda: distil(EinNet("abH", 1, 1, width=2, depth=1, rounds=2)), SymshareError, "size one after each round"),
        (lambda: distil(compile("abH", 9, 9, order=3)), TooLargeError, "terms, over 2,000"),
        (lambda: distil(compile("arH->arH", 1, 1, axes={"r": "O(3)"})), SymshareError, "order=3"),
        (lambda: distil(lambda x: x), SymshareError, "order=3"),
        (lambda: distil(lambda x: x, order=2), SymshareError, "symmetry='abH->aH'"),
        (lambda: distil([(drawn(3, 4), drawn(3))], order=2), SymshareError, "symmetry='ab->'"),
        (lambda: distil([(drawn(3, 4), drawn(3))], symmetry="a->", order=40), TooLargeError, "over 2,000"),
        (lambda: distil([(drawn(2, 2, 2), drawn(2))], symmetry="ab->", order=3), SymshareError, "2 of 16 terms apart"),
        (lambda: distil([], symmetry="a->", order=2), SymshareError, "not pairs of 1 inputs"),
        (lambda: distil([(drawn(3, 4, 1), drawn(3))], symmetry="aH->", order=2), SymshareError, "channels"),
    ],
)
def test_what_cannot_be_distilled_is_refused_in_three_lines(act, error, message):
    with pytest.raises(error, match=message) as caught:
        act()
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("text", ["a->aa", "ab->ba", "aa->a", "ab,cb,cd->ad", "->ab", "ab,ab->ab", "aa,b->cb"])
@pytest.mark.parametrize("reduce", ["mean", "sum"])
def test_values_of_terms_are_those_of_the_definition(text, reduce):
    from symshare import term
    from symshare.nn.distilling.lines import value

    kinds = {"a->aa": "X:a->Y:aa", "aa->a": "X:aa->Y:a", "aa,b->cb": "X:aa->Y:aa", "ab->ba": "X:aa->Y:aa"}
    left = kinds.get(text, "X:ab->Y:ab")
    one = term(left, "aa,bb->cb" if text == "aa,b->cb" else text)
    x = drawn(2, *(4 if axis == "a" else 3 for axis in one.signature.inputs[0].axes))
    wanted = evaluate(one, *[x.numpy()] * one.order, sizes={"a": 4, "b": 3}, reduce=reduce)
    found = value(one, {"X": x}, reduce)
    assert np.allclose(found.numpy(), np.broadcast_to(wanted, found.shape))
