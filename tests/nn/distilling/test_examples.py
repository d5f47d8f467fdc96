"""Coefficients from examples are fractions where these fit, at any scale and precision; what does not fit is refused."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import sympy
import torch

from symshare import SymshareError, distil, entries, series


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def found_by(one):
    return {term.to_einsum(): number for term, number in one.rounds[0].summands}


def permanent(x):
    return sum(x[..., 0, p] * x[..., 1, q] * x[..., 2, r] for p, q, r in permutations(range(3)))


def as_series(expression, text, order, **sizes):
    found = series(sympy.expand(expression), text, order=order, sizes=sizes)
    return {str(term): Fraction(int(value.p), int(value.q)) for term, value in found}


def test_the_permanent_is_that_of_the_series():
    (x,) = entries("ab->", sizes={"a": 3, "b": 3})
    whole = sum(x[0, p] * x[1, q] * x[2, r] for p, q, r in permutations(range(3)))
    one = distil([(drawn(200, 3, 3), permanent(drawn(200, 3, 3)))], symmetry="ab->", order=3, sizes={"a": 3, "b": 3})
    assert found_by(one) == as_series(whole, "ab->", 3, a=3, b=3)


def test_the_covariance_of_two_sets():
    x, y = drawn(60, 6), drawn(60, 6, seed=1)
    aim = (x * y).mean(-1) - x.mean(-1) * y.mean(-1)
    one = distil([((x, y), aim)], symmetry="u:a,v:a->", order=2, reduce="mean")
    assert found_by(one) == {"a,a->": 1, "a,b->": -1}


def test_a_cross_product_and_a_shift():
    """Terms with constant tensors: epsilon, and a tie between two places of a circle."""
    x = [drawn(40, 3, seed=seed) for seed in range(2)]
    one = distil([(x, torch.linalg.cross(*x) / 7)], symmetry="u:r,v:r->r", order=2, axes={"r": "SO(3)"})
    assert list(found_by(one).values()) == [Fraction(1, 7)]
    y = drawn(40, 6)
    one = distil([(y, 2 * y.roll(1, -1) + y)], symmetry="t", order=1, axes={"t": "C(6)"})
    assert sorted(found_by(one).values()) == [1, 2]
    assert torch.allclose(one.evaluate(y), 2 * y.roll(1, -1) + y)


@pytest.mark.parametrize(("text", "rows"), [("a->b", False), ("b->a", True)])
def test_sums_of_lists(text, rows):
    x = drawn(60, 4, 5)
    aim = (x.sum(1) if rows else x.sum(2)).square().sum(1)
    found = found_by(distil([(x, aim)], symmetry="ab->", order=2, depends=text))
    assert found == {("ab,cb->" if rows else "ab,ac->"): 1}


@pytest.mark.parametrize("power", [-200, -10, 0, 6, 200])
def test_the_scale_of_examples_does_not_matter(power):
    x, scale = drawn(40, 5), 10.0**power
    one = distil([(x, scale * (x.sum(-1) + 2 * x.square().sum(-1)))], symmetry="a->", order=2)
    assert np.allclose([float(number) / scale for number in found_by(one).values()], [1, 2], rtol=1e-9)


@pytest.mark.parametrize("number", ["1/36", "1/720", "1/5040", "355/113", "1000000/3"])
@pytest.mark.parametrize("tolerance", [0, 1e-9, 1e-3])
def test_fractions_of_any_size_are_found(number, tolerance):
    x = drawn(40, 5)
    one = distil([(x, float(Fraction(number)) * x.sum(-1))], symmetry="a->", order=2, tolerance=tolerance)
    assert found_by(one) == {"a->": Fraction(number)}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.int64])
def test_examples_of_any_type_give_fractions(dtype):
    x = (4 * drawn(60, 5)).round().to(dtype)
    aim = (x.double().sum(-1) ** 2 - x.double().square().sum(-1)) / 2
    one = distil([(x, aim.to(dtype))], symmetry="a->", order=2)
    assert found_by(one) == {"a,a->": Fraction(-1, 2), "a,b->": Fraction(1, 2)}


def test_numbers_of_no_short_fraction_stay_as_they_are():
    x = drawn(40, 5)
    one = distil([(x, np.pi * x.sum(-1))], symmetry="a->", order=2)
    assert one.coefficient("a->") == pytest.approx(np.pi, abs=1e-12)
    noisy = distil([(x, 2 * x.sum(-1) + 1e-6 * drawn(40, seed=1))], symmetry="a->", order=2)
    assert list(found_by(noisy)) == ["a->"]
    assert noisy.coefficient("a->") == pytest.approx(2, abs=1e-5)
    assert noisy.checks[0].after < 1e-5


def test_lists_and_arrays_are_examples():
    assert distil([([1, 2, 3], 6), ([1.0, 0, 3, 5], 9)], symmetry="a->", order=1).texts() == ["Y <- [X:a->]"]
    x = drawn(30, 4).numpy()
    assert distil(((x, x.sum(-1)) for _ in range(2)), symmetry="a->", order=1).texts() == ["Y <- [X:a->]"]


X = drawn(30, 5)
BAD = X.clone()
BAD[3, 2] = float("nan")


@pytest.mark.parametrize(
    ("examples", "symmetry", "options", "message"),
    [
        ([(BAD, X.sum(-1))], "a->", {}, "input 0 of example 0 has values that are no numbers"),
        ([(X, X.sum(-1)), (X, BAD.sum(-1))], "a->", {}, "output 0 of example 1 has values that are no numbers"),
        ([(X, X.sum(-1) / 0)], "a->", {}, "no numbers"),
        ([(X, X.sum(-1, keepdim=True))], "a->", {}, "batches"),
        ([(X, X[:7].sum(-1))], "a->", {}, "batches"),
        ([(X, X[:, :4])], "a", {}, "a = 4"),
        ([(drawn(30, 5, 4), X.sum(-1))], "aa->", {}, "a = 4"),
        ([(drawn(30, 4, 4), X.sum(-1))], "aa->", {"sizes": {"a": 3}}, "a = 4"),
        ([((X, X[:, :4]), X.sum(-1))], "u:a,v:a->", {}, "a = 4"),
        ([(X[0, 0], X[0, 0])], "a->", {}, "has the shape"),
        ([(X * 1j, X.sum(-1))], "a->", {}, "complex"),
        ([("a", "b")], "a->", {}, "'a'"),
        ([1, 2], "a->", {}, "example 0 is no pair"),
        (3, "a->", {}, "no list of examples"),
        ("abH", "a->", {}, "no list of examples"),
        (None, "a->", {}, "no list of examples"),
        ([(X, X.sum(-1))], "u:a,v:a->", {}, "1 tensors for 2"),
        ([(X, X.sum(-1))], "a->", {"order": "2"}, "order='2'"),
        ([(X, X.sum(-1))], "a->", {"order": -1}, "order=-1"),
        ([(X, X.sum(-1))], "a->", {"tolerance": -1}, "tolerance=-1"),
        ([(X, X.sum(-1))], "a->", {"tolerance": float("nan")}, "tolerance=nan"),
        ([(X, X.sum(-1))], "a->", {"tolerance": "x"}, "tolerance='x'"),
        ([(X, X.sum(-1))], "a->", {"reduce": "max"}, "reduce='max'"),
        ([(X, X.sum(-1))], "a->", {"rounds": 3}, "leave out rounds="),
        ([(X, X.sum(-1))], "a->", {"error": max}, "leave out error="),
        ([(X, X.sum(-1))], "a->", {"samples": [X]}, "leave out samples="),
        ([(X[:1], X[:1].sum(-1))], "a->", {}, "1 of 4 terms apart"),
        ([(drawn(90, 5, 5), drawn(90))], "aa->", {"order": 3}, "a = 6 or more"),
    ],
)
def test_examples_that_do_not_fit_are_refused(examples, symmetry, options, message):
    with pytest.raises(SymshareError, match=message) as caught:
        distil(examples, **{"symmetry": symmetry, "order": 2} | options)
    assert len(str(caught.value).splitlines()) <= 3
