"""Dimensions of sets of functions: published ones, and ranks over the rationals by sympy."""

import itertools
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


DEEPER = {
    # degree: widths and dimensions, as printed by the notebooks that check minimal filling shapes and their neighbours
    2: {
        (2, 3, 4, 5, 4, 6, 4, 1): 65,
        (2, 2, 4, 5, 4, 6, 4, 1): 35,
        (2, 3, 3, 5, 4, 6, 4, 1): 60,
        (2, 3, 4, 4, 4, 6, 4, 1): 62,
        (2, 3, 4, 5, 3, 6, 4, 1): 39,
        (2, 3, 4, 5, 4, 5, 4, 1): 61,
        (2, 3, 4, 5, 4, 6, 3, 1): 59,
        (2, 3, 4, 5, 9, 7, 10, 3): 195,
        (2, 2, 4, 5, 9, 7, 10, 3): 101,
        (2, 3, 3, 5, 9, 7, 10, 3): 181,
        (2, 3, 4, 4, 9, 7, 10, 3): 163,
        (2, 3, 4, 4, 8, 7, 10, 3): 163,
        (2, 3, 4, 4, 9, 6, 10, 3): 133,
        (2, 3, 4, 4, 9, 7, 9, 3): 160,
        (2, 3, 4, 4): 20,
        (2, 4, 5, 4): 20,
        (2, 3, 4, 5, 3): 27,
        (2, 3, 4, 5, 4): 36,
        (3, 2, 4, 1): 7,
        (3, 3, 8, 1): 12,
        (3, 9, 2, 1): 11,
        (3, 4, 3, 1): 15,
        (3, 8, 10, 3, 1): 42,
        (3, 2, 7, 7, 1): 9,
        (3, 1, 6, 8, 1): 3,
    },
    3: {
        (2, 3, 7, 6, 15, 8, 1): 244,
        (2, 2, 7, 6, 15, 8, 1): 84,
        (2, 3, 6, 6, 15, 8, 1): 240,
        (2, 3, 7, 5, 15, 8, 1): 223,
        (2, 3, 7, 6, 14, 8, 1): 233,
        (2, 3, 7, 6, 15, 7, 1): 231,
    },
}
"""Dao, Rodriguez, Minimal filling architectures of polynomial neural networks (2026), arXiv 2605.09609: the repository
daokevin06/MFA_PNNs, with the code of Kubjas, Li, Wiesmann (2024) in SageMath."""


@pytest.mark.parametrize(("degree", "widths"), [(degree, widths) for degree in DEEPER for widths in DEEPER[degree]])
def test_published_dimensions_of_deeper_networks(degree, widths):
    found = variety(widths, degree)
    assert found.dimension == DEEPER[degree][widths]
    assert found.ambient == widths[-1] * comb(widths[0] - 1 + degree ** (len(widths) - 2), widths[0] - 1)


def is_identified(widths, degree, constant):
    """Usevich, Borsoi, Derand, Clausel, Identifiability of deep polynomial neural networks (2025), Proposition 12 for each two
    layers by Theorem 11; with a constant input Corollary 28."""
    more = int(constant)
    for place in range(1, len(widths) - 1):
        least, own = min(widths[:place]), widths[place]
        if not constant and min(least, own) < 2:
            return False
        if degree * (min(own, least) - 1 + more) < 2 * (own + more) - min(own + more, widths[place + 1]):
            return False
    return True


IDENTIFIED = [
    (widths, degree, constant)
    for widths in itertools.chain(*(itertools.product((1, 2, 3, 4), repeat=length) for length in (3, 4)))
    for degree in (2, 3)
    for constant in (False, True)
    if is_identified(widths, degree, constant)
]


def test_deep_networks_that_are_identified_are_as_expressive_as_can_be():
    """All weights but one scaling of each hidden unit; among them all widths that never grow, of two outputs or more."""
    pyramids = [one for one in itertools.product((2, 3, 4), repeat=4) if tuple(sorted(one, reverse=True)) == one]
    assert {(widths, 2, False) for widths in pyramids} <= set(IDENTIFIED)
    for widths, degree, constant in IDENTIFIED[::5]:
        found = variety(widths, degree, constant=constant)
        assert found.dimension == found.network.weights - sum(widths[1:-1]), (widths, degree, constant)


@pytest.mark.parametrize(
    ("degree", "activation"),
    [
        (2, "x^2 + x"),
        (2, "-1/2 x^2 + 3"),
        (2, "2 x^2 - x + 1"),
        (3, "x^3 + 3 x^2 + 3 x"),
        (3, "x^3 - 7"),
        (1, "2 x + 5"),
    ],
)
@pytest.mark.parametrize("widths", [(2, 2, 2), (3, 2, 1), (2, 2, 2, 1), (1, 3, 1)])
def test_a_power_that_is_shifted_has_the_numbers_of_the_power(widths, degree, activation):
    """With a constant input in every layer each shift is made good by it."""
    found, power = (variety(widths, degree, constant=True, activation=one) for one in (activation, ()))
    assert (found.dimension, found.expected, found.defect) == (power.dimension, power.expected, power.defect)


@pytest.mark.parametrize(("widths", "symmetry"), [((2, 2, 2), "a->a"), ((2, 2, 1), "a->"), ((3, 3, 3), "a->a")])
@pytest.mark.parametrize("activation", ["x^2 + x", "x^2 + 1"])
def test_families_of_a_shifted_power_are_those_of_the_power(widths, symmetry, activation):
    """Those without signs: their weights are moved by a shift to such."""
    power = {one.hidden: one for one in variety(widths, 2, symmetry, constant=True).components}
    for one in variety(widths, 2, symmetry, constant=True, activation=activation).components:
        other = power[one.hidden]
        assert (one.parameters, one.dimension, one.expected) == (other.parameters, other.dimension, other.expected)
        assert (one.swept, one.tangent) == (other.swept, other.tangent)


@pytest.mark.parametrize(
    ("widths", "rank"), [((3, 2, 3), 2), ((2, 4, 3), 2), ((4, 2, 2, 4), 2), ((1, 3, 1), 1), ((2, 5, 5, 2), 2)]
)
def test_linear_networks_lack_no_dimension(widths, rank):
    """Matrices of bounded rank: all weights without the mixings of hidden units, or all matrices."""
    found = variety(widths, 1)
    assert (found.dimension, found.defect) == (rank * (widths[0] + widths[-1] - rank), 0)


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("widths", [(1, 5, 1), (1, 2, 2), (2, 3, 1), (1, 1, 1), (2, 1, 3, 1)])
def test_nothing_has_more_dimensions_than_expected(widths, degree, constant):
    for form in ("linear", "full"):
        found = variety(widths, degree, constant=constant, form=form)
        assert 0 <= found.dimension <= found.expected <= found.ambient


def test_components_of_linear_networks_by_hand():
    """W = W2 W1 commutes with the exchange of two: two equations on eight weights, so each component has six dimensions;
    either W1 and W2 are an exchange of the units away from each other, or one has the kernel of the other's sign."""
    found = {one.hidden[0]: one for one in variety((2, 2, 2), 1, "a->a").components}
    assert {name: (one.swept, one.tangent) for name, one in found.items() if one.whole} == {
        "2": (6, 6),
        "1 + 1-": (6, 6),
    }
    assert {name for name, one in found.items() if not one.whole} == {"1 + 1", "1- + 1-"}
    assert [one["component"] for one in variety((2, 2, 2), 1, "a->a").to_dict()["components"]].count(None) == 2


def test_families_of_full_forms_lack_only_what_is_mixed():
    found = variety((2, 2, 2), 2, "a->a", form="full")
    assert {(one.hidden[0], one.dimension, one.defect) for one in found.components} == {
        ("2", 4, 0),
        ("1 + 1-", 4, 0),
        ("1 + 1", 3, 0),
        ("1- + 1-", 1, 0),
    }


@pytest.mark.parametrize(
    "beside", [{"degree": 2}, {"degree": 3}, {"constant": True}, {"form": "full"}, {"activation": "x^2"}]
)
def test_what_a_network_has_already_is_not_taken_beside_it(beside):
    with pytest.raises(SymshareError, match="has a degree, a form, an activation already"):
        variety(PolynomialNetwork((2, 2, 2), 2), **beside)


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
        (5, None, {}, NotationError),
        (None, None, {}, NotationError),
        ("3,4,3", None, {}, NotationError),
    ],
)
def test_what_has_no_dimension_is_told_in_three_lines(widths, symmetry, options, error):
    with pytest.raises(error) as caught:
        variety(widths, 2, symmetry, **options)
    assert 2 <= len(str(caught.value).splitlines()) <= 3
