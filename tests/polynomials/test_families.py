"""Families of equivariant layers: their functions are equivariant, and no weight of them is missing."""

import numpy as np
import pytest
import sympy

from symshare.polynomials import PolynomialNetwork
from symshare.polynomials.acting import act_on, find_symmetry
from symshare.polynomials.dimensions import tangent_dimension
from symshare.polynomials.families import families, seen_by_next
from symshare.polynomials.gauge import unchanging
from symshare.polynomials.layerwise import is_equivariant
from symshare.polynomials.modular import PRIMES, drawn, gradients, rank, values

CASES = [
    (PolynomialNetwork((2, 3, 2), 2), "a->a", {}),
    (PolynomialNetwork((3, 3, 3), 2), "a->a", {}),
    (PolynomialNetwork((3, 3, 3), 3), "a->a", {}),
    (PolynomialNetwork((3, 2, 2, 1), 2), "a->", {}),
    (PolynomialNetwork((2, 2, 2, 2), 3, constant=True), "a->a", {}),
    (PolynomialNetwork((2, 2, 2), 2, form="full"), "a->a", {}),
    (PolynomialNetwork((2, 2, 2), 2, activation="x^2 + x"), "a->a", {}),
    (PolynomialNetwork((2, 2, 2), 4, activation="x^4 - 2 x^2"), "a->a", {}),
    (PolynomialNetwork((3, 4, 3), 3), "r->r", {"axes": {"r": "B(3)"}}),
    (PolynomialNetwork((4, 2, 4), 2), "ab->ab", {"sizes": {"a": 2, "b": 2}}),
    (PolynomialNetwork((4, 4, 4), 2), "t->t", {"axes": {"t": "C(4)"}}),
]

FULL = [
    (PolynomialNetwork((3, 2, 2), 2, form="full"), "", {}),
    (PolynomialNetwork((2, 2, 2, 1), 2, form="full", constant=True), "", {}),
    (PolynomialNetwork((2, 2), 3, form="full", constant=True), "", {}),
]


@pytest.mark.parametrize(("network", "text", "options"), CASES, ids=str)
def test_functions_of_a_family_are_equivariant(network, text, options):
    symmetry = find_symmetry(network, text, **options)
    found = list(families(network, symmetry))
    assert found
    assert len({one.names for one in found}) == len(found)
    for family in found:
        parameters = np.arange(3, 3 + family.parameters) ** 2 % 23 + 1
        assert is_equivariant(
            network,
            symmetry,
            at(family, parameters),
        )


def at(family, parameters):
    padded = [0, *parameters.tolist()]
    return [padded[abs(label)] * (1 if label > 0 else -1) for label in family.labels.tolist()]


def test_units_that_no_orbit_is_small_enough_for_are_zero():
    """Signed permutations of three inputs: lines are permuted three at least at a time."""
    network = PolynomialNetwork((3, 4, 3), 3)
    found = [one.names for one in families(network, find_symmetry(network, "r->r", axes={"r": "B(3)"}))]
    assert ("3a- + 0",) in found or ("3- + 0",) in found
    assert all(name != ("0 + 0 + 0 + 0",) for name in found)
    small = PolynomialNetwork((3, 2, 3), 3)
    assert [one.names for one in families(small, find_symmetry(small, "r->r", axes={"r": "B(3)"}))] == [("0 + 0",)]


@pytest.mark.parametrize(("network", "text", "options"), [CASES[0], CASES[1], CASES[2], CASES[8], CASES[9]], ids=str)
def test_no_equivariant_weight_is_missing(network, text, options):
    """W g = rho(g) W, solved by sympy, has as many solutions as the family has parameters."""
    symmetry = find_symmetry(network, text, **options)
    for family in families(network, symmetry):
        sizes = [len(one.generators[0]) for one in family.hidden[0]]
        hidden = [
            sympy.diag(*(matrix(one.generators[step]) for one in family.hidden[0]))
            for step in range(len(symmetry.generators))
        ]
        after = [
            sympy.diag(*(matrix(seen_by_next(network, one.generators)[step]) for one in family.hidden[0]))
            for step in range(len(hidden))
        ]
        assert sum(sizes) == network.widths[1]
        first = solutions([(matrix(inner), rho) for (inner, _), rho in zip(symmetry.generators, hidden, strict=True)])
        second = solutions([(rho, matrix(outer)) for (_, outer), rho in zip(symmetry.generators, after, strict=True)])
        assert first + second == family.parameters


def matrix(moves):
    found = sympy.zeros(len(moves), len(moves))
    for place in range(len(moves)):
        image, sign = act_on(moves, place)
        found[image, place] = sign
    return found


def solutions(pairs):
    """The dimension of the matrices W with W A = B W for all pairs (A, B)."""
    rows = [
        sympy.kronecker_product(sympy.eye(b.rows), a.T) - sympy.kronecker_product(b, sympy.eye(a.rows))
        for a, b in pairs
    ]
    whole = sympy.Matrix.vstack(*rows)
    return whole.cols - whole.rank()


@pytest.mark.parametrize("network", [case[0] for case in CASES[:8]], ids=str)
def test_gradients_and_values_modulo_a_prime(network):
    """Values are those of the definition; the gradient is what one weight more changes, to first order."""
    prime = PRIMES[0]
    rng = np.random.default_rng(0)
    weights = rng.integers(-3, 4, network.weights)
    points = rng.integers(-3, 4, (3, network.widths[0]))
    covectors = rng.integers(-3, 4, (3, network.widths[-1]))
    slope = gradients(network, weights % prime, points, covectors, prime)
    step = sympy.Symbol("e")
    from tests.polynomials import plainly

    variables = sympy.symbols(f"x1:{network.widths[0] + 1}")
    for point in range(2):
        place = {variable: int(value) for variable, value in zip(variables, points[point], strict=True)}
        found = values(network, weights % prime, points, prime)[point]
        for value, wanted in zip(found, plainly.outputs(network, weights.tolist()), strict=True):
            rational = sympy.Rational(wanted.subs(place))
            assert (int(value) * rational.q - rational.p) % prime == 0
        for weight in (0, network.weights // 2, network.weights - 1):
            moved = [int(one) + step * int(at == weight) for at, one in enumerate(weights)]
            total = sum(int(c) * one for c, one in zip(covectors[point], plainly.outputs(network, moved), strict=True))
            derivative = sympy.Rational(sympy.diff(total.subs(place), step).subs(step, 0))
            assert (int(slope[point, weight]) * derivative.q - derivative.p) % prime == 0


def free(network):
    """One scaling of each hidden unit by a power; of full forms an affine map of each layer, and exchanges of factors."""
    hidden = network.widths[1:-1]
    if network.form == "linear":
        return sum(hidden) if len(network.exponents) == 1 else 0
    exchanges = sum(
        layer.units * (len(layer.columns) - len({tuple(sorted(one)) for one in layer.columns}))
        for layer in network.layers
    )
    return exchanges + sum(width * (width + network.constant) for width in hidden)


SHIFTED = [
    # directions of general weights that change no function: with a constant input as many as the power without shifts has
    (PolynomialNetwork((2, 2, 2), 2, constant=True, activation="x^2 + x"), 2),
    (PolynomialNetwork((2, 3, 2), 2, constant=True, activation="3 x^2 - 1/2 x + 5"), 3),
    (PolynomialNetwork((2, 2, 2, 1), 2, constant=True, activation="x^2 + 1"), 4),
    (PolynomialNetwork((2, 2, 1), 3, constant=True, activation="x^3 + 3 x^2 + 3 x"), 2),
    (PolynomialNetwork((2, 2, 1), 3, constant=True, activation="x^3 + x"), 0),
    (PolynomialNetwork((2, 2, 1), 2, activation="x^2 + x"), 0),
    (PolynomialNetwork((2, 2, 1), 2, activation="x^2 + 1"), 0),
    # of degree 1 any two units may be mixed, as h x h matrices are (with a constant input: affine maps), where h is at most
    # the inputs or outputs
    (PolynomialNetwork((3, 2, 3), 1), 4),
    (PolynomialNetwork((3, 2, 2, 3), 1), 8),
    (PolynomialNetwork((3, 2, 3), 1, constant=True), 6),
    (PolynomialNetwork((3, 2, 3), 1, constant=True, activation="2 x - 3"), 6),
    (PolynomialNetwork((3, 2, 3), 1, activation="2 x - 3"), 2),  # those that leave the sum of the units' weights
    (PolynomialNetwork((1, 3, 1), 1), 5),  # 9 without those that leave a row and a column, (3 - 1)^2
    (PolynomialNetwork((1, 5, 1), 2, form="full"), 29),  # all 30 give a multiple of x1^4
]


@pytest.mark.parametrize(
    ("network", "number"), [*((network, free(network)) for network, *_ in [*CASES, *FULL]), *SHIFTED], ids=str
)
def test_what_changes_nothing(network, number):
    prime = PRIMES[1]
    weights = drawn(prime, network.weights)
    directions = unchanging(network, weights, prime)
    assert rank(directions, prime) == number
    slope = gradients(
        network, weights, drawn(prime, 5, network.widths[0], seed=1), drawn(prime, 5, network.widths[-1], seed=2), prime
    )
    for direction in directions:
        change = sum((slope[:, place] * int(step)) % prime for place, step in enumerate(direction)) % prime
        assert not change.any()


def test_everything_solves_the_equations_of_no_group():
    network = PolynomialNetwork((2, 2, 2), 2)
    trivial = find_symmetry(network, "a->a", axes={"a": "Trivial(2)"})
    assert tangent_dimension(network, trivial, drawn(PRIMES[0], 8), PRIMES[0]) == 8
