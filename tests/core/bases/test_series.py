"""Functions in a basis: both sides must have the same value, and what breaks the symmetry is named."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import symshare
from symshare import SymshareError, derive, entries, laurent, series, solve, taylor
from tests.definition import filled
from tests.definition import number as float_of


def symbols_of(problem):
    """Every input entry as a symbol, in order."""
    return [symbol for one in entries(problem) for symbol in (one if hasattr(one, "shape") else [one])]


def written(term, problem):
    """A term as sympy expressions, one for each entry of its output: index by index, from the definition of a term."""
    sizes = taylor(problem.signature, problem.order).sizes
    signature = term.signature
    xs = [np.array(list(one) if hasattr(one, "shape") else [one], dtype=object) for one in entries(problem)]
    xs = [x.reshape([sizes[letter] for letter in t.axes]) for x, t in zip(xs, signature.inputs, strict=True)]
    outputs = [np.full([sizes[letter] for letter in t.axes], sympy.Integer(0), dtype=object) for t in signature.outputs]
    for chosen in np.ndindex(*(sizes[letter] for letter in term.index_axes)):
        factor = sympy.Integer(1)
        for constant, indices in term.constants:
            place = tuple(chosen[index] for index in indices)
            known = {} if constant.offsets else dict(constant.entries)
            factor *= exact(known.get(place, 0)) if known else int(filled(constant)[place])
        for which, indices in zip(term.factors, term.factor_indices, strict=True):
            factor *= xs[which][tuple(chosen[index] for index in indices)]
        outputs[term.output][tuple(chosen[index] for index in term.output_indices)] += factor
    return [entry for one in outputs for entry in one.ravel()]


def exact(value):
    if isinstance(value, int | Fraction):
        return sympy.Rational(value)
    return sympy.Float(float_of(value))


def total(coordinates, problem, size):
    found = [sympy.Integer(0)] * size
    for term, value in coordinates.by_term:
        found = [one + value * two for one, two in zip(found, written(term, problem), strict=True)]
    return found


def random_point(symbols, random):
    return {symbol: sympy.Rational(int(random.integers(-9, 10)), int(random.integers(1, 6))) for symbol in symbols}


def check(expressions, problem, at=None):
    """A polynomial within the order of the basis equals the terms times their coordinates, at random rational points."""
    coordinates = series(expressions if len(expressions) > 1 else expressions[0], problem, at=at)
    right = total(coordinates, problem, len(expressions))
    random = np.random.default_rng(0)
    for _ in range(3):
        point = random_point(symbols_of(problem), random)
        for one, two in zip(expressions, right, strict=True):
            difference = sympy.sympify(one).subs(point) - two.subs(point)
            assert difference == 0 or abs(sympy.N(difference)) < 1e-9
    return coordinates


def test_the_determinant_is_made_of_traces():
    """Newton (1707): det = (tr^3 - 3 tr tr2 + 2 tr3) / 6, here under conjugation by GL(3)."""
    basis = derive("ab->", 3, axes={"a": "GL(3)", "b": "dual(a)"})
    (x,) = entries(basis)
    found = check([x.det()], basis)
    assert sorted(value for _, value in found.by_term) == [
        sympy.Rational(-1, 2),
        sympy.Rational(1, 6),
        sympy.Rational(1, 3),
    ]
    assert str(check([(x**3).trace()], basis)).startswith("1 * a")
    assert len(check([(x**2).trace() * x.trace()], basis).by_term) == 1


def test_the_determinant_under_permutations_and_under_special_linear_maps():
    basis = derive("aa->", 2, sizes={"a": 2})
    (x,) = entries(basis)
    found = check([x.det()], basis)
    assert str(found) == "1/2 * aa,bb-> + -1/2 * ab,ba->"
    assert found["aa,bb->"] == sympy.Rational(1, 2)
    assert found["aa->"] == 0
    special = derive("ab->", 2, axes={"a": "SL(2)", "b": "SL(2)"})
    (x,) = entries(special)
    ((_, value),) = check([x.det()], special).by_term
    assert abs(value) == sympy.Rational(1, 2)


def test_the_trace_of_the_cube_of_a_matrix_under_permutations():
    basis = derive("aa->", 3, sizes={"a": 2})
    (x,) = entries(basis)
    assert check([(x**3).trace()], basis).by_term
    whole = derive("aa->", 2)
    (x,) = entries(whole)
    assert str(series((x**2).trace(), whole)) == "1 * ab,ba->"


@pytest.mark.parametrize("at", [None, [1, 1, 1], [Fraction(1, 2), Fraction(-1, 3), 2]])
def test_the_exponential_of_a_sum(at):
    """exp(s + t) = exp(s) (1 + t + t^2/2 + t^3/6); the sum is symmetric around every point."""
    basis = derive("a->", 3, sizes={"a": 3})
    (x,) = entries(basis)
    found = series(sympy.exp(sum(x)), basis, at=at)
    start = sympy.exp(sum(map(sympy.Rational, at)) if at else 0)
    expected = {"->": start, "a->": start, "a,b->": start / 2, "a,b,c->": start / 6}
    assert {str(term): sympy.simplify(value) for term, value in found.by_term} == expected


def test_taylor_at_a_point_that_the_group_moves_breaks_the_symmetry():
    basis = derive("a->", 2, sizes={"a": 2})
    (x,) = entries(basis)
    with pytest.raises(SymshareError, match="does not respect a"):
        series(x[0] * x[1], basis, at=[1, 2])
    found = series(x[0] * x[1], basis, at={x[0]: 3, "x1": 3})
    # (3 + s)(3 + t) = 9 + 3 (s + t) + s t
    assert (found["->"], found["a->"]) == (9, 3)


def test_remainders_are_of_higher_order():
    """Along t, a function minus its series goes with t^(order + 1)."""
    basis = derive("a->", 2, sizes={"a": 2})
    (x,) = entries(basis)
    f = sympy.cos(x[0]) * sympy.cos(x[1]) + 1 / (1 + x[0] + x[1])
    right = total(series(f, basis), basis, 1)[0]
    t = sympy.Symbol("t")
    along = (f - right).subs({x[0]: 2 * t, x[1]: -5 * t})
    assert all(sympy.simplify(sympy.diff(along, t, k).subs(t, 0)) == 0 for k in range(3))


def test_a_laurent_monomial_of_scaled_variables():
    """19 of 125 exponents have the sum zero."""
    solution = solve(laurent("a->", (-2, 2), axes={"a": "Scale(1,1,1)"}))
    assert solution.dimensions == (19,)
    (x,) = entries(solution)
    found = series(x[0] * x[1] / x[2] ** 2 + 5 * x[0] / x[1] - sympy.pi, solution)
    assert dict(found.by_term) == {"(x0 x1 x2^-2)": 1, "(x0 x1^-1)": 5, "(1)": -sympy.pi}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda x: x[0] * x[1] / x[2], "does not respect"),
        (lambda x: x[0] ** 3 / x[2] ** 3, "has a power outside -2..2"),
        (lambda x: sympy.exp(x[0]), "is no Laurent monomial"),
        (lambda x: 1 / (x[0] + x[1]), "is no Laurent monomial"),
        (lambda x: sympy.sqrt(x[0] / x[1]), "is no Laurent monomial"),
        (lambda x: x[0] ** x[1], "is no Laurent monomial"),
        (lambda x: sympy.Symbol("q"), "q is no input entry"),
    ],
)
def test_what_is_no_invariant_laurent_polynomial_is_refused(make, said):
    solution = solve(laurent("a->", (-2, 2), axes={"a": "Scale(1,1,1)"}))
    (x,) = entries(solution)
    with pytest.raises(SymshareError, match=said):
        series(make(list(x)), solution)


def test_the_vector_product_of_two_inputs():
    basis = derive("u:r,v:r->w:r", 2, axes={"r": "SO(3)"})
    u, v = (sympy.Matrix(list(one)) for one in entries(basis))
    found = check([*(u.cross(v) + 3 * u - v / 2)], basis)
    assert len(found.by_term) == 3
    with pytest.raises(SymshareError, match="does not respect r"):
        series([*(u.cross(v)[:2]), -u.cross(v)[2]], basis)


EQUIVARIANT = [
    ("r->r", 3, {"r": "O(2)"}, lambda x: [x[0] * (x[0] ** 2 + x[1] ** 2) / 7, x[1] * (x[0] ** 2 + x[1] ** 2) / 7]),
    ("r->r", 2, {"r": "PlaneC(3)"}, lambda x: [x[0] ** 2 - x[1] ** 2 - x[1], -2 * x[0] * x[1] + x[0]]),
    (
        "r->r",
        3,
        {"r": "PlaneC(5)"},
        lambda x: [x[0] * (x[0] ** 2 + x[1] ** 2) - x[1], x[1] * (x[0] ** 2 + x[1] ** 2) + x[0]],
    ),
    ("r->", 3, {"r": "PlaneD(3)"}, lambda x: [x[0] ** 3 - 3 * x[0] * x[1] ** 2 + x[0] ** 2 + x[1] ** 2]),
    ("r->", 2, {"r": "O(1,2)"}, lambda x: [x[0] ** 2 - x[1] ** 2 - x[2] ** 2 + 4]),
    ("t->t", 2, {"t": "C(3)"}, lambda x: [x[1] * x[2] + x[1], x[2] * x[0] + x[2], x[0] * x[1] + x[0]]),
    ("t->", 3, {"t": "D(4)"}, lambda x: [x[0] * x[1] + x[1] * x[2] + x[2] * x[3] + x[3] * x[0]]),
    ("r->r", 1, {"r": "SU(2)"}, lambda x: [-x[2], -x[3], x[0], x[1]]),  # multiplication by i
    ("rr->", 1, {"r": "Sp(2)"}, lambda x: [x[0, 1] - x[1, 0]]),
    ("r->r", 2, {"r": "Scale(1,2)"}, lambda x: [2 * x[0], x[1] - x[0] ** 2]),
    ("r->r", 2, {"r": "Trivial(2)"}, lambda x: [x[0] ** 2 + 1, x[0] * x[1] - x[1]]),
    ("r->r", 3, {"r": "Cube"}, lambda x: [x[0] ** 3, x[1] ** 3, x[2] ** 3]),
]


@pytest.mark.parametrize(("text", "order", "axes", "make"), EQUIVARIANT)
def test_equivariant_functions_have_coordinates(text, order, axes, make):
    basis = derive(text, order, axes=axes)
    (x,) = entries(basis)
    assert check(make(x), basis).by_term


BROKEN = [
    ("r->r", 2, {"r": "O(2)"}, lambda x: [x[0] ** 2 - x[1] ** 2, -2 * x[0] * x[1]]),
    ("r->r", 2, {"r": "PlaneC(5)"}, lambda x: [x[0] ** 2 - x[1] ** 2, -2 * x[0] * x[1]]),
    ("r->", 2, {"r": "Lorentz"}, lambda x: [x[0] ** 2 + x[1] ** 2 + x[2] ** 2 + x[3] ** 2]),
    ("t->t", 1, {"t": "C(3)"}, lambda x: [x[1], x[0], x[2]]),
    ("r->", 1, {"r": "O(3)"}, lambda x: [x[0]]),
    ("r->", 2, {"r": "Scale(1,1)"}, lambda x: [x[0] * x[1]]),
]


@pytest.mark.parametrize(("text", "order", "axes", "make"), BROKEN)
def test_a_broken_symmetry_is_named(text, order, axes, make):
    basis = derive(text, order, axes=axes)
    (x,) = entries(basis)
    with pytest.raises(SymshareError, match=r"does not respect .*\n  its coefficients c_.* break an equation"):
        series(make(x) if text.endswith(("r", "t")) else make(x)[0], basis)


@pytest.mark.parametrize(
    ("give", "at", "said"),
    [
        (lambda x: sympy.Symbol("q") + x[0], None, "q is no input entry"),
        (lambda x: sympy.Symbol("x9", real=True), None, "x9 is no input entry"),
        (lambda x: [x[0], x[1]], None, "2 expressions were given for 1 output entry"),
        (lambda x: [], None, "0 expressions were given"),
        (lambda x: "x0 + x1", None, "is not a sympy expression"),
        (lambda x: None, None, "is not a sympy expression"),
        (lambda x: x[0] + x[1], [1], "the point has 1 entry, not 2"),
        (lambda x: x[0] + x[1], [1, sympy.sqrt(2)], "is not rational"),
        (lambda x: x[0] + x[1], [1, 0.5], "is not rational"),
        (lambda x: x[0] + x[1], {"x5": 1}, "x5, which is no input entry"),
    ],
)
def test_wrong_symbols_lists_and_points_are_named(give, at, said):
    basis = derive("a->", 1, sizes={"a": 2})
    (x,) = entries(basis)
    with pytest.raises(SymshareError, match=said):
        series(give(x), basis, at=at)


def test_lists_have_one_expression_for_each_output_entry():
    basis = derive("a->ab", 1, sizes={"a": 2, "b": 2})
    (x,) = entries(basis)
    table = [[x[0], x[0]], [x[1], x[1]]]
    assert str(series(sympy.Matrix(table), basis)) == str(series(table, basis)) == "1 * a->ab"
    with pytest.raises(SymshareError, match="3 expressions were given for 4 output entries"):
        series([x[0]] * 3, basis)


def test_ordered_terms_and_large_sizes_are_refused():
    with pytest.raises(SymshareError, match="a function has no order of factors"):
        series(sympy.Integer(1), derive("a->", 2, sizes={"a": 2}, ordered=True))
    with pytest.raises(symshare.TooLargeError, match="over 50,000 for a series"):
        series([sympy.Integer(1)] * 900, derive("ab->ab", 1, sizes={"a": 30, "b": 30}))


def test_constants_and_numbers():
    basis = derive("a->", 1, sizes={"a": 2})
    assert str(series(0, basis)) == "0"
    assert str(series(Fraction(3, 7), basis)) == "3/7 * ->"


def test_a_solution_in_place_of_a_basis():
    solution = solve(taylor("a->", 2, sizes={"a": 2}))
    (x,) = entries(solution)
    found = series(x[0] * x[1] - 2 * x[0] - 2 * x[1], solution)
    assert sorted(value for _, value in found.by_term) == [-2, 1]
