"""Networks written out equal what sympy multiplies out, and their terms are as many as combinatorics says."""

from math import comb

import pytest
import sympy

from symshare.errors import TooLargeError
from symshare.polynomials import PolynomialNetwork, count_terms, expand
from tests.polynomials import plainly

SMALL = [
    PolynomialNetwork((2, 2), 1),
    PolynomialNetwork((2, 3, 2), 2),
    PolynomialNetwork((2, 2, 2, 1), 2),
    PolynomialNetwork((2, 2, 1), 3, constant=True),
    PolynomialNetwork((2, 2, 2), 2, activation="x^2 - 1/2 x"),
    PolynomialNetwork((1, 2, 2, 1), 2, constant=True, activation=(1, 0, "1/3")),
    PolynomialNetwork((2, 2, 1), 2, form="full"),
    PolynomialNetwork((2, 1, 2), 2, form="full", constant=True),
    PolynomialNetwork((1, 2, 1), 3, form="full"),
]


@pytest.mark.parametrize("network", SMALL, ids=str)
def test_it_is_the_network_multiplied_out(network):
    variables = sympy.symbols(f"x1:{network.widths[0] + 1}")
    weights = plainly.symbols(network)
    expansion = expand(network)
    assert len(expansion.outputs) == network.widths[-1]
    for output, wanted in zip(expansion.outputs, plainly.outputs(network), strict=True):
        found = {
            (*map(int, powers), *exponents): sympy.Rational(int(factor.p), int(factor.q))
            for exponents, one in output.items()
            for powers, factor in one.to_dict().items()
        }
        assert found == dict(sympy.Poly(wanted, *weights, *variables).terms())


@pytest.mark.parametrize("network", SMALL, ids=str)
def test_terms_are_counted_before(network):
    assert set(expand(network).terms) == {count_terms(network)}


@pytest.mark.parametrize("inputs", [1, 2, 3, 5])
@pytest.mark.parametrize("hidden", [1, 2, 4])
@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_one_hidden_layer_by_stars_and_bars(inputs, hidden, degree):
    """h powers of a form in n variables; with the constant input in n + 1, and an output's constant."""
    network = PolynomialNetwork((inputs, hidden, 1), degree)
    assert count_terms(network) == hidden * comb(inputs + degree - 1, degree)
    constant = PolynomialNetwork((inputs, hidden, 1), degree, constant=True)
    assert count_terms(constant) == hidden * comb(inputs + degree, degree) + 1


@pytest.mark.parametrize(("widths", "monomials"), [((3, 1, 1, 1, 1), 165), ((3, 1, 1, 1), 35), ((2, 1, 1, 1), 15)])
def test_all_monomials_up_to_a_degree_are_there(widths, monomials):
    """165 of degree at most 8 in 3 variables; 35 of degree 4, 15 in two."""
    network = PolynomialNetwork(widths, 2, constant=True)
    degree = 2 ** (len(widths) - 2)
    assert monomials == comb(widths[0] + degree, degree)
    (output,) = expand(network).outputs
    assert len(output) == monomials


def test_the_example_of_the_note():
    """Two layers of quadratic forms, N = 3, a constant input: 16 weights a form; x1 x2 has the products of a_1i a_2j."""
    expansion = expand(PolynomialNetwork((3, 3, 3), 2, constant=True, form="full"))
    forms, mixed, square = 16, 6, 3  # b^1_ij, i != j: 16^2 products each; b^1_ii: unordered pairs
    assert set(expansion.terms) == {mixed * forms**2 + square * forms * (forms + 1) // 2 + 2 * 3 * forms + 1}
    table = str(expansion.tables()[0])
    assert "y1: 2,041 terms, 35 monomials" in table
    assert "x1 x2             102  2 b^1_11 a^1_01 a^1_02" in table


def test_coefficients_in_the_names_of_the_note():
    network = PolynomialNetwork((2, 2), 2, form="full")
    expansion = expand(network)
    assert expansion.coefficient(1, (1, 1)) == "a^1_12 + a^1_21"
    assert expansion.coefficient(2, (0, 2)) == "a^2_22"
    assert expansion.coefficient(1, (3, 0)) == "0"
    assert expansion.latex().splitlines()[1] == r"y_{1} &= a^{1}_{11} x_{1}^{2} \\"
    assert r"\left(a^{2}_{12} + a^{2}_{21}\right) x_{1} x_{2}" in expansion.latex()
    assert expansion.to_dict()["outputs"][0][0] == {"monomial": [2, 0], "terms": 1, "coefficient": "a^1_11"}


@pytest.mark.parametrize(
    ("network", "number"),
    [
        (PolynomialNetwork((9, 9, 9, 9), 2), "6,265,755 terms"),
        (PolynomialNetwork((10, 40, 10), 6), "2,002,000 terms"),  # 40 * comb(15, 6) * 10
        (PolynomialNetwork((40, 40, 40, 1), 9), "too many to count"),
    ],
    ids=str,
)
def test_what_is_too_long_is_refused_with_its_number(network, number):
    with pytest.raises(TooLargeError, match=number):
        expand(network)
