"""Networks written out equal what sympy multiplies out, and their terms are as many as combinatorics says."""

import random
import re
from fractions import Fraction
from math import comb, prod

import pytest
import sympy

from symshare.errors import NotationError, TooLargeError
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


@pytest.mark.parametrize(
    "network",
    [
        PolynomialNetwork((1,) * 22, 64),  # of degree 64^20
        PolynomialNetwork((1, 2, 1, 1, 1), 20, activation="x^20 + x^3"),
        PolynomialNetwork((140, 140), 1),  # 19,600 terms, of 19,600 powers each
        PolynomialNetwork((2, 60, 60), 3, constant=True, activation="x^3 + x^2 + x + 1"),
    ],
    ids=str,
)
def test_what_takes_too_long_is_refused(network):
    with pytest.raises(TooLargeError, match=r"over 1,000|too many to write") as caught:
        expand(network)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("output", [0, -1, 3, 1.0, True, "y1", None])
def test_outputs_are_numbered_from_one(output):
    found = expand(PolynomialNetwork((2, 2, 2), 2))
    for asked in (lambda: found.coefficient(output, (1, 1)), lambda: found.table(output)):
        with pytest.raises(NotationError, match="is no output"):
            asked()


@pytest.mark.parametrize("exponents", [(1,), (1, 1, 0), (-1, 3), (1, 0.5), "11", "x1 x2", b"ab", 3, None, ()])
def test_a_monomial_has_a_power_for_each_input(exponents):
    with pytest.raises(NotationError, match="is no monomial in 2 inputs"):
        expand(PolynomialNetwork((2, 2, 2), 2)).coefficient(1, exponents)


def test_powers_may_be_a_list():
    found = expand(PolynomialNetwork((2, 1, 1), 2))
    assert found.coefficient(1, [1, 1]) == found.coefficient(1, (1, 1)) == "2 b^1_1 a^1_1 a^1_2"


@pytest.mark.parametrize("terms", ["100", None, 1e6, True])
def test_no_number_of_terms(terms):
    with pytest.raises(NotationError, match="is no number of terms"):
        expand(PolynomialNetwork((2, 2), 1), max_terms=terms)


def latex_values(text, weights, inputs):
    """The outputs in a LaTeX block at some weights, by `(letter, unit, inputs)`, and inputs: read as arithmetic."""
    lines = text.removeprefix("\\begin{align*}\n").removesuffix("\n\\end{align*}").replace(" \\\\\n&\\quad", "")
    for line in lines.split(" \\\\\n"):
        line = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"(Fraction(\1,\2))", line.split(" &= ")[1])
        line = re.sub(r"([a-w])\^\{(\d+)\}_\{([\d,]+)\}", r"(weights['\1','\2','\3'])", line)
        line = re.sub(r"x_\{(\d+)\}", r"(inputs[\1 - 1])", line)
        line = line.replace("\\left", "").replace("\\right", "")
        line = re.sub(r"\^\{(\d+)\}", r"**\1", line)
        line = re.sub(r"(?<=[)\d]) (?=[(\d])", "*", line)
        yield eval(line, {"Fraction": Fraction, "weights": weights, "inputs": inputs})  # noqa: S307


@pytest.mark.parametrize(
    "network",
    [
        *(network for network in SMALL if network.widths != (1, 2, 2, 1)),  # whose coefficients are cut
        PolynomialNetwork((1, 1, 1), 2, activation="-2/3 x^2 - x"),
        PolynomialNetwork((2, 1, 2), 3, constant=True, activation="-x^3 + 1/2"),
        PolynomialNetwork((11, 1), 1),
        PolynomialNetwork((2, 11, 1), 2),
    ],
    ids=str,
)
def test_latex_says_the_network(network):
    """Read back as arithmetic it gives the outputs at random fractions; signs stand once."""
    draw = random.Random(0)
    numbers = {name: Fraction(draw.randint(-9, 9), draw.randint(1, 5)) for name in network.names()}
    inputs = [Fraction(draw.randint(-9, 9), draw.randint(1, 5)) for _ in range(network.widths[0])]
    values = inputs
    for place, layer in enumerate(network.layers):
        if place and network.form == "linear":
            values = [sum(factor * one**power for power, factor in enumerate(network.activation)) for one in values]
        values = [
            sum(
                numbers[layer.letter, unit, column] * prod([1, *values][one] for one in column)
                for column in layer.columns
            )
            for unit in range(1, layer.units + 1)
        ]
    weights = {
        (letter, str(unit), ("" if max(column) < 10 else ",").join(map(str, column))): value
        for (letter, unit, column), value in numbers.items()
    }
    text = expand(network).latex()
    assert not re.search(r"[+-] *(&\\quad)? *[+-]", text)
    assert list(latex_values(text, weights, inputs)) == values
