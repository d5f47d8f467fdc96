"""The coefficients of a function: its Taylor series at a point or its Laurent polynomial, against sympy and by hand."""

from fractions import Fraction
from itertools import product

import pytest
import sympy

from symshare import SymshareError, derive, entries, laurent, series, taylor
from symshare.core.algebra.numbers import root
from symshare.core.bases.expansion import as_sympy, expanded


@pytest.mark.parametrize(
    "make",
    [
        lambda x: 1 / (x[0] + x[1] + x[2]),
        lambda x: sympy.log(x[0] + x[1] + x[2]),
        lambda x: sympy.sqrt(x[0] ** 2 + x[1] ** 2 + x[2] ** 2),
        lambda x: sympy.Abs(x[0] + x[1] + x[2]),
        lambda x: x[0] * x[1] / x[2] ** 2,
        lambda x: x[0] ** 2 / x[1],
    ],
)
def test_poles_and_kinks_at_the_point_have_no_series(make):
    basis = derive("a->", 2, sizes={"a": 3})
    (x,) = entries(basis)
    with pytest.raises(SymshareError, match="has no Taylor series at the point"):
        series(make(x), basis)


def test_a_pole_elsewhere_does_not_matter():
    """1 / s around s = 3: 1/3 - t/9 + t^2/27."""
    basis = derive("a->", 2, sizes={"a": 3})
    (x,) = entries(basis)
    found = series(1 / (x[0] + x[1] + x[2]), basis, at=[1, 1, 1])
    assert [found[name] for name in ("->", "a->", "a,b->")] == [
        sympy.Rational(1, 3),
        sympy.Rational(-1, 9),
        sympy.Rational(1, 27),
    ]


X = sympy.symbols("x0 x1", real=True)


def coefficient(function, powers, at):
    """The Taylor coefficient by derivatives at the point."""
    for symbol, power in zip(X, powers, strict=True):
        function = sympy.diff(function, symbol, power) / sympy.factorial(power)
    return function.subs(dict(zip(X, at, strict=True)))


@pytest.mark.parametrize("at", [(0, 0), (1, 2), (Fraction(1, 2), -1)])
@pytest.mark.parametrize(
    "function",
    [
        X[0] ** 2 * X[1] - 3 * X[1] + 7,
        sympy.exp(X[0] - 2 * X[1]),
        sympy.sin(X[0]) * sympy.cos(X[1]),
        1 / (5 + X[0] + X[0] * X[1]),
        sympy.sqrt(9 + X[0] ** 2 + X[1]),
    ],
)
def test_taylor_coefficients_are_derivatives_at_the_point(function, at):
    ansatz = taylor("a->", 3, sizes={"a": 2})
    found = expanded([function], ansatz, at)
    for degree, own in enumerate(found):
        monomials = [row for row in product(range(degree + 1), repeat=2) if sum(row) == degree]
        names = ansatz.monomial_names(degree)
        for powers in monomials:
            name = " ".join([f"x{at}" for at, power in enumerate(powers) for _ in range(power)]) or "1"
            expected = coefficient(function, powers, at)
            assert sympy.simplify(own.get(names.index(name), 0) - expected) == 0
        assert set(own) <= set(range(len(monomials)))


def test_outputs_stand_one_after_the_other():
    ansatz = taylor("a->a", 1, sizes={"a": 2})
    assert expanded([5 * X[1], 3 + X[0]], ansatz, None) == [{1: 3}, {1: 5, 2: 1}]
    assert expanded([0, Fraction(2, 3)], ansatz, {}) == [{1: sympy.Rational(2, 3)}, {}]


@pytest.mark.parametrize("powers", [(1, -2), (-2, 0), (2, 2), (0, 0)])
def test_laurent_monomials_are_found_by_their_powers(powers):
    ansatz = laurent("a->", (-2, 2), sizes={"a": 2})
    function = 3 * X[0] ** powers[0] * X[1] ** powers[1]
    number = list(product(range(-2, 3), repeat=2)).index(powers)
    assert expanded([function + X[0] - X[0]], ansatz, None) == [{number: 3}]
    assert expanded([(X[0] + 1) / X[0] - 1 / X[0] - 1], ansatz, None) == [{}]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (sympy.exp(X[0]), "is no Laurent monomial\n  give a sum of products of whole powers of the entries"),
        (sympy.sqrt(X[0]), "is no Laurent monomial"),
        (1 / (X[0] + X[1]), "is no Laurent monomial"),
        (X[0] ** 3, "has a power outside -2..2\n  solve a Laurent ansatz with a wider range"),
        (X[0] + X[1] ** -3, "has a power outside -2..2"),
    ],
)
def test_what_is_no_laurent_polynomial_in_range_is_refused(function, said):
    with pytest.raises(SymshareError, match=said):
        expanded([function], laurent("a->", (-2, 2), sizes={"a": 2}), None)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (3, "at=3 is no point\n  give one number for each input entry, or a mapping from entries"),
        ([1], "the point has 1 entry, not 2"),
        ({"x7": 1}, "the point names x7, which is no input entry"),
        ([1, 0.5], "is not rational\n  give integers or Fractions"),
    ],
)
def test_what_is_no_point_is_refused(at, said):
    with pytest.raises(SymshareError, match=said):
        expanded([X[0]], taylor("a->", 1, sizes={"a": 2}), at)


@pytest.mark.parametrize(
    "function",
    [sympy.Max(X[0], X[1]), sympy.sign(X[0]), sympy.floor(X[1]), sympy.Abs(X[0] - X[1]), X[0] ** sympy.Rational(3, 2)],
)
def test_kinks_jumps_and_roots_have_no_series(function):
    with pytest.raises(SymshareError, match="has no Taylor series at the point"):
        expanded([function], taylor("a->", 2, sizes={"a": 2}), None)


def test_numbers_as_sympy_has_them():
    assert as_sympy(3) == sympy.Integer(3)
    assert as_sympy(Fraction(-2, 3)) == sympy.Rational(-2, 3)
    assert as_sympy(root(8) + Fraction(1, 2) * root(3)) == 2 * sympy.sqrt(2) + sympy.sqrt(3) / 2
    assert as_sympy(0.25) == sympy.Float(0.25)
