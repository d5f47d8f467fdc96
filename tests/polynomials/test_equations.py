"""The equations on the weights: the note's numbers, the note's form, and every solution is equivariant."""

import itertools

import numpy as np
import pytest
import sympy

from symshare.errors import NotationError, SymshareError
from symshare.polynomials import PolynomialNetwork, constraints
from tests.polynomials import plainly

NOTE = {
    # for N = 1, 2, ..: equality classes, the nullity with additive equations, of whole functions, with ordered indices
    "entries": (1, 6, 9, 11, 13, 15),
    "additive": (1, 5, 7, 8, 9, 10),
    "functions": (1, 5, 13, 28, 54, 94),
    "ordered": (1, 3, 4, 4, 4, 4),
}


@pytest.mark.parametrize("compare", NOTE)
@pytest.mark.parametrize("size", range(1, 7))
def test_the_numbers_of_the_note(compare, size):
    found = constraints(PolynomialNetwork((size, size), 2, form="full"), "a->a", compare=compare)
    assert found.nullity == NOTE[compare][size - 1]
    assert (found.classes is not None) == (compare in ("entries", "ordered") or size == 1)
    assert len(found.unknowns) == (size * size * (size + 1) // 2 if compare == "ordered" else size**3)


@pytest.mark.parametrize(
    ("compare", "nullity"),
    [("entries", 2 * 8 + 3), ("additive", 8 + 4), ("functions", 4 + 8 * 8 * 7 // 2), ("ordered", 4)],
)
def test_eight_inputs_have_a_large_group_and_few_equations(compare, nullity):
    """S_8 has 40,320 elements; generators are enough. The numbers go on as in the note from N = 3 on."""
    assert constraints(PolynomialNetwork((8, 8), 2, form="full"), "a->a", compare=compare).nullity == nullity


@pytest.mark.parametrize(
    ("size", "group", "whole"),
    [(3, "S(3)", True), (4, "S(4)", True), (9, "S(9)", True), (2, "C(2)", True), (3, "C(3)", False), (4, "D(4)", False)]
    + [(4, "A(4)", False), (1, "S(1)", True), (3, "D(3)", True), (2, "Trivial(2)", False), (5, "D(5)", False)],
)
def test_entries_are_compared_under_all_permutations_only(size, group, whole):
    network = PolynomialNetwork((size, size), 1)
    if whole:
        assert constraints(network, "a->a", axes={"a": group}, compare="entries").classes == min(size, 2)
    else:
        with pytest.raises(SymshareError, match="where all permutations"):
            constraints(network, "a->a", axes={"a": group}, compare="entries")


@pytest.mark.parametrize("size", range(2, 7))
def test_whole_functions_have_directions_that_change_nothing(size):
    ordered = NOTE["ordered"][size - 1]
    assert NOTE["functions"][size - 1] == ordered + size * size * (size - 1) // 2


@pytest.mark.parametrize("size", [2, 3, 4])
def test_classes_by_hand(size):
    """Union-find over a^k_ij = a^h_{s i, s j} for the exchange s of k and h, but for {i, j} = {k, h}."""
    numbers = range(size)
    parent = {one: one for one in itertools.product(numbers, repeat=3)}

    def root(one):
        while parent[one] != one:
            one = parent[one]
        return one

    for k, h in itertools.permutations(numbers, 2):
        exchange = {k: h, h: k}
        for i, j in itertools.product(numbers, repeat=2):
            if {i, j} != {k, h}:
                parent[root((k, i, j))] = root((h, exchange.get(i, i), exchange.get(j, j)))
    assert len({root(one) for one in parent}) == NOTE["entries"][size - 1]


def test_a_linear_layer_is_alpha_i_plus_beta_11():
    for size in range(2, 6):
        found = constraints(PolynomialNetwork((size, size), 1), "a->a")
        assert found.nullity == found.classes == 2
        matrices = []
        for vector in found.basis:
            matrix = np.zeros(size * size, dtype=int)
            matrix[list(vector)] = list(vector.values())
            matrices.append(matrix.reshape(size, size))
        assert {matrix.tobytes() for matrix in matrices} == {
            matrix.tobytes() for matrix in (np.eye(size, dtype=int), 1 - np.eye(size, dtype=int))
        }


def test_equations_in_the_form_of_the_note():
    found = constraints(PolynomialNetwork((3, 3), 2, form="full"), "a->a", compare="additive")
    assert "a^1_12 + a^1_21 = a^2_12 + a^2_21" in found.texts()
    assert "a^1_22 = a^2_11" in found.texts()
    assert "a^1_23 = a^2_13" in found.texts()
    assert "nullity 7" in str(found)
    left_aside = constraints(PolynomialNetwork((3, 3), 2, form="full"), "a->a", compare="entries").texts()
    assert not any("+" in text for text in left_aside)


def solutions(found):
    """A general solution of linear equations, as integers."""
    at = [0] * found.network.weights
    for number, vector in enumerate(found.basis, 1):
        for place, value in vector.items():
            at[place] += int(value) * (7 * number**2 % 31 + number)
    return at


@pytest.mark.parametrize("compare", ["functions", "ordered", "additive"])
@pytest.mark.parametrize("constant", [False, True])
def test_solutions_of_one_layer_are_equivariant(compare, constant):
    network = PolynomialNetwork((3, 3), 2, constant, "full")
    moves = [((1, 0, 2), (1, 0, 2)), ((1, 2, 0), (1, 2, 0))]
    found = constraints(network, "a->a", compare=compare)
    assert plainly.is_equivariant(network, solutions(found), moves)


def test_entries_alone_are_not_enough():
    network = PolynomialNetwork((3, 3), 2, form="full")
    found = constraints(network, "a->a", compare="entries")
    assert not plainly.is_equivariant(network, solutions(found), [((1, 0, 2), (1, 0, 2))])


@pytest.mark.parametrize(
    ("network", "symmetry", "options", "moves"),
    [
        (PolynomialNetwork((2, 2, 2), 2), "a->a", {}, [((1, 0), (1, 0))]),
        (PolynomialNetwork((3, 1, 1), 3), "a->", {}, [((1, 0, 2), (0,)), ((1, 2, 0), (0,))]),
        (PolynomialNetwork((3, 2, 3), 2), "t->t", {"axes": {"t": "C(3)"}}, [((1, 2, 0), (1, 2, 0))]),
        (PolynomialNetwork((2, 2, 2), 2, constant=True, activation="x^2 + x"), "a->a", {}, [((1, 0), (1, 0))]),
    ],
    ids=str,
)
def test_polynomial_equations_say_what_equivariance_says(network, symmetry, options, moves):
    """The ideals of both are spanned by the same polynomials: each equation of one is a combination of those of the other."""
    found = constraints(network, symmetry, **options)
    weights = plainly.symbols(network)
    variables = sympy.symbols(f"x1:{network.widths[0] + 1}")
    outputs = plainly.outputs(network)
    wanted = []
    for inner, outer in moves:
        moved = {variables[image]: variables[place] for place, image in enumerate(inner)}
        for place, image in enumerate(outer):
            difference = sympy.expand(outputs[image].subs(moved, simultaneous=True) - outputs[place])
            wanted += sympy.Poly(difference, *variables).coeffs()
    given = [
        sum(
            sympy.Rational(int(factor.p), int(factor.q))
            * sympy.prod([w ** int(p) for w, p in zip(weights, powers, strict=True)])
            for powers, factor in (left - right).to_dict().items()
        )
        for left, right in found.equations
    ]
    rows = [dict(sympy.Poly(one, *weights).terms()) for one in [*given, *wanted] if one != 0]
    columns = sorted({key for row in rows for key in row})
    matrix = sympy.Matrix([[row.get(column, 0) for column in columns] for row in rows])
    assert matrix.rank() == matrix[: len(given), :].rank() == matrix[len(given) :, :].rank()


def test_numbers_and_degrees_of_two_layers():
    """N = 3: two generators move each of 18 coefficients, 24 equations differ; every one is of degree 1 + 2."""
    found = constraints(PolynomialNetwork((3, 3, 3), 2), "a->a")
    assert (found.nullity, found.classes, found.degrees) == (None, None, {3: 24})
    assert constraints(PolynomialNetwork((2, 2, 2, 2), 2), "a->a").degrees == {7: 5}
    assert "24 equations on 18 weights (24 of degree 3)" in str(found)


@pytest.mark.parametrize(
    ("network", "symmetry", "compare", "error"),
    [
        (PolynomialNetwork((3, 3, 3), 2), "a->a", "ordered", SymshareError),
        (PolynomialNetwork((3, 3), 2, form="full"), "a->a", "nonsense", NotationError),
        (PolynomialNetwork((3, 1), 2, form="full"), "a->", "entries", SymshareError),
        (PolynomialNetwork((4, 4), 2, form="full"), "aa->aa", "additive", SymshareError),
        (PolynomialNetwork((3, 3), 2, form="full"), "A->A", "entries", SymshareError),
        (PolynomialNetwork((3, 2), 2, form="full"), "a->a", "functions", NotationError),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_told_in_three_lines(network, symmetry, compare, error):
    with pytest.raises(error) as caught:
        constraints(network, symmetry, compare=compare)
    assert 2 <= len(str(caught.value).splitlines()) <= 3
