"""Whether equivariance as a whole forces it layer by layer: the witnesses, and the proofs, by sympy."""

import itertools
import random
import time
from fractions import Fraction

import numpy as np
import pytest
import sympy

from symshare.errors import SymshareError
from symshare.polynomials import PolynomialNetwork, constraints, groebner, sample, verdict
from symshare.polynomials.acting import find_symmetry
from symshare.polynomials.families import families
from symshare.polynomials.ideals import largest_free
from symshare.polynomials.layerwise import is_equivariant, is_layerwise
from symshare.polynomials.sampling import numeric
from tests.polynomials import plainly

SHAPES = [(inputs, hidden) for inputs in (2, 3) for hidden in (2, 3, 4)]
MOVES = {2: [((1, 0), (1, 0))], 3: [((1, 0, 2), (1, 0, 2)), ((1, 2, 0), (1, 2, 0))]}


def shape(inputs, hidden):
    network = PolynomialNetwork((inputs, hidden, inputs), 2)
    return network, find_symmetry(network, "a->a")


@pytest.mark.parametrize(("inputs", "hidden"), SHAPES)
def test_witnesses_are_equivariant_and_their_layers_are_not(inputs, hidden):
    network, symmetry = shape(inputs, hidden)
    found = verdict(network).weights
    assert plainly.is_equivariant(network, found.weights, MOVES[inputs])
    assert is_equivariant(network, symmetry, found.weights)
    assert not is_layerwise(network, symmetry, found.first, found.second)
    lines = {
        sympy.Matrix([row]).normalized()[:] and tuple(sympy.Matrix([row]) / next(one for one in row if one))
        for row in found.first
    }
    moved = {tuple(row[place] for place in inner) for row in lines for inner, _ in MOVES[inputs]}
    assert not {tuple(sympy.Matrix([row]) / next(one for one in row if one)) for row in moved} <= lines


@pytest.mark.parametrize(
    ("inputs", "hidden", "forced"),
    [(2, 2, True), (2, 3, True), (2, 4, True), (3, 2, False), (3, 3, False), (3, 4, False)],
)
def test_what_is_forced(inputs, hidden, forced):
    found = verdict(PolynomialNetwork((inputs, hidden, inputs), 2))
    assert (found.functions is None) is forced
    assert found.reason.startswith("yes" if forced else "no")
    assert found.to_dict()["functions_forced"] is forced


def family_ideals(inputs, hidden, wanted):
    """For each family of equivariant layers the equations that its function is the wanted one, as polynomials."""
    network, symmetry = shape(inputs, hidden)
    variables = sympy.symbols(f"x1:{inputs + 1}")
    for family in families(network, symmetry):
        symbols = sympy.symbols(f"p1:{family.parameters + 1}")
        at = [(0, *symbols)[abs(label)] * (1 if label > 0 else -1) for label in family.labels.tolist()]
        equations = []
        for found, one in zip(plainly.outputs(network, at), wanted, strict=True):
            equations += sympy.Poly(found - one, *variables).coeffs()
        yield family.names, [sympy.expand(one) for one in equations if one != 0], symbols


@pytest.mark.parametrize("hidden", [2, 4])
def test_no_family_has_the_function_of_the_witness_even_over_the_complex_numbers(hidden):
    network, _ = shape(3, hidden)
    wanted = plainly.outputs(network, verdict(network).functions.weights)
    tried = 0
    for _, equations, symbols in family_ideals(3, hidden, wanted):
        assert sympy.groebner(equations, *symbols, order="grevlex").exprs == [1]
        tried += 1
    assert tried == {2: 2, 4: 5}[hidden]


def test_three_hidden_units_have_it_over_the_complex_numbers_only():
    """In the one family that is left r = s, and then r (p - q)^2 = 6 and r (p + 2 q)^2 = -3: not over the reals."""
    network, _ = shape(3, 3)
    wanted = plainly.outputs(network, verdict(network).functions.weights)
    left = {}
    for names, equations, symbols in family_ideals(3, 3, wanted):
        if sympy.groebner(equations, *symbols, order="grevlex").exprs != [1]:
            left[names] = equations, symbols
    assert list(left) == [("3",)]
    equations, (p, q, r, s) = left["3",]
    z = sympy.Symbol("z")
    assert sympy.groebner([*equations, z * (r - s) - 1], p, q, r, s, z, order="grevlex").exprs == [1]
    basis = sympy.groebner([*equations, r - s], p, q, r, s, order="grevlex")
    assert basis.exprs != [1]
    assert basis.reduce(sympy.expand(r * (p - q) ** 2))[1] == 6
    assert -3 in {
        basis.reduce(sympy.expand(r * one**2))[1] for one in (p + 2 * q, 2 * p + q)
    }  # p may be of one or two inputs


def pair(a, b, c):
    """p, q, r, s with r (p x1 + q x2)^2 + s (q x1 + p x2)^2 = a x1^2 + b x2^2 + c x1 x2, where |c| < |a + b|."""
    p, q = 1.0, 0.0
    if c:
        ratio = (a + b) / c  # (p^2 + q^2) / (2 p q)
        q = ratio - np.sign(ratio) * np.sqrt(ratio**2 - 1)
    total, difference = (a + b) / (p * p + q * q), (a - b) / (p * p - q * q)
    return p, q, (total + difference) / 2, (total - difference) / 2


def test_two_inputs_three_units_reach_every_function():
    """A pair, and a multiple t of (x1 + x2)^2 or of (x1 - x2)^2."""
    for a, b, c in itertools.product(range(-2, 3), repeat=3):
        for sign, t in itertools.product((1, -1), (0, 0.5, -0.5, 3, -3, 40, -40)):
            rest = a - t, b - t, c - 2 * sign * t
            if abs(rest[2]) < abs(rest[0] + rest[1]) or not any(rest):
                break
            if rest[2] == 0 == rest[0] + rest[1]:
                break  # r x1^2 - r x2^2 is a pair already
        else:
            raise AssertionError((a, b, c))
        if rest[2] or rest[0] + rest[1]:
            p, q, r, s = pair(*rest)
            found = (r * p * p + s * q * q, r * q * q + s * p * p, 2 * p * q * (r + s))
            assert np.allclose(np.add(found, (t, t, 2 * sign * t)), (a, b, c))


def test_two_inputs_two_units_sampled():
    """Every sampled function of two hidden units is that of a pair, or of a sum and a difference: the proof's two cases."""
    network, _ = shape(2, 2)
    for weights in sample(constraints(network, "a->a"), 40):
        u, v = weights[:4].reshape(2, 2), weights[4:].reshape(2, 2)
        form = (u.T * v[0]) @ u
        a, b, c = form[0, 0], form[1, 1], 2 * form[0, 1]
        scale = max(abs(a), abs(b), abs(c), 1e-6)
        assert abs(a - b) < 1e-5 * scale or abs(c) <= abs(a + b) + 1e-5 * scale


@pytest.mark.parametrize(("widths", "dimension"), [((2, 2, 2), 5), ((2, 3, 2), 9), ((2, 4, 2), 13), ((3, 2, 3), 7)])
def test_dimensions_by_groebner_bases(widths, dimension):
    """N = 2: three equations of 8, 12, 16 weights, each component of at least that dimension. N = 3, two units: 7 is two
    parallel lines whose second layer cancels."""
    found = groebner(constraints(PolynomialNetwork(widths, 2), "a->a"), seconds=100)
    assert found.dimension == dimension
    assert found.to_dict()["dimension"] == dimension


def test_a_groebner_basis_is_that_of_sympy():
    equations = constraints(PolynomialNetwork((2, 1, 2), 2), "a->a")
    symbols = sympy.symbols("w0:4")

    def expression(polynomial):
        return sum(
            sympy.Rational(int(f.p), int(f.q)) * sympy.prod([w ** int(e) for w, e in zip(symbols, powers, strict=True)])
            for powers, f in polynomial.to_dict().items()
        )

    wanted = sympy.groebner(
        [expression(left - right) for left, right in equations.equations], *symbols, order="grevlex"
    ).exprs
    found = [expression(one) for one in groebner(equations).polynomials]
    assert {sympy.Poly(one, *symbols).monic() for one in found} == {sympy.Poly(one, *symbols).monic() for one in wanted}


@pytest.mark.parametrize(
    ("supports", "number", "wanted"),
    [([], 3, 3), ([{0}], 3, 2), ([{0, 1}, {1, 2}, {0, 2}], 3, 1), ([set()], 3, -1), ([{0, 1}, {0}], 2, 1)],
)
def test_the_largest_set_of_free_variables(supports, number, wanted):
    assert largest_free([frozenset(one) for one in supports], number) == wanted


def test_the_largest_set_of_free_variables_by_trying_all():
    draw = random.Random(0)
    for _ in range(20):
        supports = [frozenset(draw.sample(range(8), draw.randint(1, 4))) for _ in range(draw.randint(1, 12))]
        free = (set(one) for size in range(9) for one in itertools.combinations(range(8), size))
        assert largest_free(supports, 8) == max(len(one) for one in free if not any(part <= one for part in supports))


def test_the_largest_set_of_free_variables_is_looked_for_no_longer_than_said():
    draw = random.Random(0)
    supports = [frozenset(draw.sample(range(40), 5)) for _ in range(500)]
    assert largest_free(supports, 40, until=time.monotonic() + 0.1) is None


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 1e7, "1", None, True])
def test_no_time_is_none(seconds):
    with pytest.raises(SymshareError, match="is no time"):
        groebner(constraints(PolynomialNetwork((2, 1, 2), 2), "a->a"), seconds=seconds)


def test_a_basis_that_is_not_found_is_told():
    with pytest.raises(SymshareError, match=r"no Groebner basis is found in 0\.01 seconds"):
        groebner(constraints(PolynomialNetwork((3, 4, 3), 2), "a->a"), seconds=0.01)
    with pytest.raises(SymshareError, match="over 40"):
        groebner(constraints(PolynomialNetwork((5, 5, 5), 2), "a->a"))


@pytest.mark.parametrize(
    ("network", "symmetry"),
    [
        *((PolynomialNetwork(widths, 2), "a->a") for widths in ((2, 1, 2), (2, 3, 2), (3, 2, 3), (3, 3, 3), (3, 4, 3))),
        (PolynomialNetwork((2, 2, 2, 2), 2), "a->a"),
        (PolynomialNetwork((2, 2, 2), 3), "a->a"),
        (PolynomialNetwork((2, 2, 2), 2, constant=True), "a->a"),
        (PolynomialNetwork((2, 2, 2), 2, constant=True, activation="x^2 + x"), "a->a"),
        (PolynomialNetwork((3, 2, 1), 2), "a->"),
        (PolynomialNetwork((2, 2, 2), 2, form="full"), "a->a"),
        (PolynomialNetwork((3, 3), 1), "a->a"),
    ],
    ids=str,
)
def test_sampled_weights_have_equivariant_functions(network, symmetry):
    """To rounding of the function's own size, which is not small: near zero weights all functions are nearly equivariant."""
    inputs, outputs = network.widths[0], network.widths[-1]
    points = np.random.default_rng(0).normal(size=(7, inputs))
    for weights in sample(constraints(network, symmetry), 5, seed=1):
        variables = sympy.symbols(f"x1:{inputs + 1}")
        function = sympy.lambdify(variables, plainly.outputs(network, weights.tolist()), "numpy")

        def at(rows, function=function):
            return np.array([np.broadcast_to(one, len(rows)) for one in function(*rows.T)]).T

        found = at(points)
        assert np.abs(found).max() > 1e-3
        for inner, outer in MOVES[inputs]:
            moved, wanted = np.empty_like(points), np.empty_like(found)
            moved[:, inner] = points
            wanted[:, outer if outputs > 1 else (0,)] = found
            assert np.abs(at(moved) - wanted).max() < 1e-9 * np.abs(found).max()


@pytest.mark.parametrize(
    ("number", "seed"), [(-1, 0), (2.5, 0), ("2", 0), (True, 0), (None, 0), (1, -1), (1, "x"), (1, None), (10**9, 0)]
)
def test_what_is_no_sample_is_told(number, seed):
    with pytest.raises(SymshareError, match=r"is no (number|seed)|over 100,000") as caught:
        sample(constraints(PolynomialNetwork((2, 1, 2), 2), "a->a"), number, seed=seed)
    assert len(str(caught.value).splitlines()) <= 3


def test_without_a_symmetry_any_weights_are_a_sample():
    network = PolynomialNetwork((2, 2, 2), 2)
    found = sample(constraints(network, "a->a", axes={"a": "Trivial(2)"}), 3)
    assert found.shape == (3, 8)
    assert len({tuple(one) for one in found.tolist()}) == 3


def test_none_is_sampled_where_only_zero_is_equivariant():
    """y_1 = -y_2 and y_1 = y_2: signs of the inputs that the one output does not take."""
    network = PolynomialNetwork((2, 1, 1), 3)
    found = constraints(network, "r->", axes={"r": "B(2)"})
    with pytest.raises(SymshareError, match="of 40 starts 0 led to"):
        sample(found, 1)


def test_the_jacobian_is_that_of_differences():
    system = numeric(constraints(PolynomialNetwork((2, 2, 2), 2), "a->a"))
    at = np.random.default_rng(0).normal(size=8)
    for place in range(8):
        step = np.zeros(8)
        step[place] = 1e-6
        slope = (system.values(at + step) - system.values(at - step)) / 2e-6
        assert np.allclose(system.jacobian(at)[:, place], slope, atol=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (((1, 2), (2, 1)), ((3, 4), (4, 3)), True),
        (((1, 2), (4, 2)), ((3, 1), (4, Fraction(3, 4))), True),  # the second unit is twice as long
        (((1, 2), (2, 1)), ((3, 4), (4, 5)), False),
        (((1, -1), (1, 1)), ((1, 2), (1, 2)), True),  # a sign that squares do not see
        (((1, -1), (1, 1)), ((1, 2), (-1, 2)), False),
        (((0, 0), (1, 1)), ((1, 2), (1, 2)), True),
    ],
)
def test_layers_up_to_scaling(first, second, wanted):
    network, symmetry = shape(2, 2)
    assert is_layerwise(network, symmetry, first, second) is wanted


@pytest.mark.parametrize(
    "network",
    [PolynomialNetwork((4, 2, 4), 2), PolynomialNetwork((3, 3, 3), 3), PolynomialNetwork((2, 2, 2), 2, True)],
    ids=str,
)
def test_what_is_not_proved_is_not_said(network):
    with pytest.raises(SymshareError, match="not known"):
        verdict(network)
