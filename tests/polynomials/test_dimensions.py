"""Dimensions of sets of functions: published ones, and ranks over the rationals by sympy."""

from math import comb

import pytest
import sympy

from symshare.errors import NotationError, SymshareError, TooLargeError
from symshare.polynomials import PolynomialNetwork, variety
from tests.polynomials import plainly

EXCEPTIONS = {(3, 5, 4): 14, (4, 9, 4): 34, (5, 14, 4): 69, (5, 7, 3): 34}
"""Inputs, hidden units, degree of Alexander and Hirschowitz (1995), degree 2 apart."""


@pytest.mark.parametrize(("shape", "dimension"), EXCEPTIONS.items())
def test_the_exceptions_of_alexander_and_hirschowitz(shape, dimension):
    inputs, hidden, degree = shape
    found = variety((inputs, hidden, 1), degree)
    assert found.dimension == dimension
    assert found.expected == min(inputs * hidden, comb(inputs + degree - 1, degree))
    assert found.defect == 1


@pytest.mark.parametrize("degree", [3, 4, 5])
@pytest.mark.parametrize("inputs", [1, 2, 3, 4, 5])
def test_all_others_have_the_expected_dimension(inputs, degree):
    for hidden in range(1, 10 if inputs < 5 else 8):
        found = variety((inputs, hidden, 1), degree)
        wanted = min(inputs * hidden, comb(inputs + degree - 1, degree)) - ((inputs, hidden, degree) in EXCEPTIONS)
        assert (found.dimension, found.expected - found.defect) == (wanted, wanted), (inputs, hidden, degree)


@pytest.mark.parametrize("inputs", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("hidden", [1, 2, 3, 4, 5, 6])
def test_quadratic_forms_of_bounded_rank(inputs, hidden):
    """Symmetric n x n matrices of rank at most h."""
    n, h = inputs, min(inputs, hidden)
    assert variety((inputs, hidden, 1), 2).dimension == n * h - h * (h - 1) // 2
    assert (n * n - n * (n - 1) // 2 == n * (n + 1) // 2) is True


@pytest.mark.parametrize(
    ("width", "layers", "degree"),
    [(2, 2, 2), (2, 3, 2), (3, 2, 2), (3, 3, 2), (4, 2, 2), (4, 3, 2), (2, 3, 3), (3, 2, 4)],
)
def test_layers_of_equal_width_are_as_expressive_as_can_be(width, layers, degree):
    """Finkel, Rodriguez, Wu, Yahl (2024): d^2 L weights without the d (L - 1) scalings, from degree 2 on."""
    found = variety((width,) * (layers + 1), degree)
    assert found.dimension == width**2 * layers - width * (layers - 1)
    assert found.defect == 0


@pytest.mark.parametrize(("widths", "rank"), [((3, 1, 3), 1), ((3, 2, 3), 2), ((2, 4, 3), 2), ((4, 2, 3, 4), 2)])
def test_linear_networks_are_matrices_of_bounded_rank(widths, rank):
    rows, columns = widths[-1], widths[0]
    assert variety(widths, 1).dimension == rank * (rows + columns - rank)


BRUTE = [
    PolynomialNetwork((2, 2, 2), 2),
    PolynomialNetwork((3, 2, 2), 2),
    PolynomialNetwork((2, 2, 2, 1), 2),
    PolynomialNetwork((2, 2, 1), 3, constant=True),
    PolynomialNetwork((2, 2, 1), 2, activation="x^2 + x"),
    PolynomialNetwork((2, 2, 1), 2, form="full"),
    PolynomialNetwork((2, 2), 2, form="full", constant=True),
]


@pytest.mark.parametrize("network", BRUTE, ids=str)
def test_it_is_the_rank_of_the_jacobian_of_all_coefficients(network):
    weights = plainly.symbols(network)
    variables = sympy.symbols(f"x1:{network.widths[0] + 1}")
    coefficients = [one for output in plainly.outputs(network) for one in sympy.Poly(output, *variables).coeffs()]
    at = {weight: sympy.Integer(3 * place**2 % 17 + place + 1) for place, weight in enumerate(weights)}
    rank = sympy.Matrix([[sympy.diff(one, weight).subs(at) for weight in weights] for one in coefficients]).rank()
    found = variety(network)
    assert (found.dimension, found.fibre) == (rank, network.weights - rank)
    assert found.dimension <= found.expected <= found.ambient


@pytest.mark.parametrize(
    ("widths", "symmetry", "options", "wanted"),
    [
        ((3, 4, 3), "a->a", {}, (4, 4)),
        ((3, 3, 3), "a->a", {}, (3, 4)),
        ((3, 2, 3), "a->a", {}, (1, 4)),
        ((2, 2, 2), "a->a", {}, (3, 3)),
        ((3, 3, 3), "a->a", {"axes": {"a": "C(3)"}}, (5, 6)),
        ((4, 4, 4), "ab->ab", {"sizes": {"a": 2, "b": 2}}, (7, 10)),
        ((3, 3), "a->a", {}, (2, 2)),
        ((4, 4, 1), "a->", {}, (2, 2)),
    ],
)
def test_largest_symmetric_dimensions_and_the_polynomials_there_are(widths, symmetry, options, wanted):
    found = variety(widths, 2 if len(widths) > 2 else 1, symmetry, **options)
    assert (found.symmetric_dimension, found.equivariant) == wanted
    assert all(one.dimension <= one.expected and one.swept <= one.tangent for one in found.components)
    assert found.to_dict()["components"][0]["dimension"] == wanted[0]


def test_families_by_hand_at_two_and_three():
    """N = 2: a pair gives all three coefficients, a sum and a difference two; N = 3: three units lack one of four."""
    found = {one.hidden[0]: one for one in variety((2, 2, 2), 2, "a->a").components}
    assert {name: (one.parameters, one.dimension, one.swept, one.tangent) for name, one in found.items()} == {
        "2": (4, 3, 5, 5),
        "1 + 1-": (4, 2, 4, 5),
        "1 + 1": (4, 1, 4, 6),
        "1- + 1-": (4, 1, 4, 6),
    }
    assert [name for name, one in found.items() if one.whole] == ["2"]
    found = {one.hidden[0]: one.dimension for one in variety((3, 3, 3), 2, "a->a").components}
    assert found == {"3": 3, "3-": 2, "2 + 1": 1, "1 + 1 + 1": 1}


@pytest.mark.parametrize("degree", [2, 3, 4, 5])
def test_in_odd_degree_signs_are_seen(degree):
    """(x1 - x2)^r in both outputs alike for even r, with opposite signs for odd r; -(x1 - x2) is its exchange."""
    found = {one.hidden[0]: one for one in variety((2, 1, 2), degree, "a->a").components}
    assert set(found) == {"1", "1-"}
    assert {one.dimension for one in found.values()} == {1}


@pytest.mark.parametrize(("size", "nullity"), [(2, 5), (3, 13), (4, 28)])
def test_one_full_layer_has_the_solutions_of_the_note(size, nullity):
    """Shared weights and exchanges of factors are all weights with an equivariant function."""
    (found,) = variety((size, size), 2, "a->a", form="full").components
    assert (found.swept, found.tangent, found.whole) == (nullity, nullity, True)
    assert found.dimension == (3 if size == 2 else 4)


def test_an_activation_neither_even_nor_odd_takes_no_signs():
    found = variety(PolynomialNetwork((2, 2, 2), 2, activation="x^2 + x"), symmetry="a->a")
    assert {one.hidden[0] for one in found.components} == {"2", "1 + 1"}


@pytest.mark.parametrize(
    ("widths", "symmetry", "options", "error"),
    [
        ((3, 3, 4), "a->a", {}, NotationError),
        ((3, 3, 1), "a->a", {}, NotationError),
        ((3, 3, 3), "a->a", {"sizes": {"a": 2}}, NotationError),
        ((4, 3, 4), "ab->ab", {}, NotationError),
        ((3, 3, 3), "r->r", {"axes": {"r": "O(3)"}}, SymshareError),
        ((6, 3, 6), "a->a", {}, TooLargeError),
        ((8, 8), "a->a", {}, TooLargeError),
        ((30, 30, 30), None, {}, TooLargeError),
        ((600,) + (1,) * 12, None, {}, TooLargeError),
        ((3, 150, 3), "a->a", {}, TooLargeError),
        ((2,) * 12, "a->a", {}, TooLargeError),
        ((3, 0, 3), None, {}, NotationError),
    ],
)
def test_what_has_no_dimension_is_told_in_three_lines(widths, symmetry, options, error):
    with pytest.raises(error) as caught:
        variety(widths, 2, symmetry, **options)
    assert 2 <= len(str(caught.value).splitlines()) <= 3
