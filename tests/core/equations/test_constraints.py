"""The equations of a generator, against substitution by hand; what a Laurent ansatz takes and refuses."""

from itertools import combinations_with_replacement, product
from math import prod

import numpy as np
import pytest
from scipy import linalg

from symshare import SymshareError, TooLargeError, constrain, laurent, solve, taylor
from symshare.core.equations.constraints import block, check_cells
from symshare.core.groups.files import generators_from
from symshare.core.groups.naming import read_group


def test_equations_whose_numbers_are_too_large_are_refused():
    """Never an overflow that says nothing: A / d - B / e would be 0 modulo 2^64, but is not zero."""
    for content in (
        {"generator": [{"a": [[2**61]], "b": [[2**61 - 1]]}]},
        {"generator": [{"a": [[f"1/{2**61}"]], "b": [[f"1/{2**61 - 1}"]]}]},
        {"generator": [{"a": [[10**50]], "b": [[1]]}]},
    ):
        ansatz = taylor("a->b", 3, least=3, axes=generators_from(content))
        try:
            assert solve(ansatz).dimensions == (0,)
        except SymshareError as error:
            assert "2^62" in str(error)


@pytest.mark.parametrize("name", ["SO(2)", "O(3)", "GL(2)", "SO+(1,1)", "PlaneC(3)", "PlaneC(5)", "Sp(2)", "SU(2)"])
def test_a_laurent_ansatz_is_refused_under_what_mixes_variables(name):
    with pytest.raises(SymshareError, match="closed only under permutations, signs and scalings") as caught:
        constrain(laurent("r->", (-1, 1), axes={"r": name}))
    assert "mixes them" in str(caught.value)


@pytest.mark.parametrize("name", ["S(3)", "C(3)", "B(2)", "Cube", "Scale(1,2)", "PlaneC(4)", "PlaneD(2)"])
def test_a_laurent_ansatz_is_taken_under_monomial_actions(name):
    """Against orbit counting by hand: every element of the closed group moves an exponent to one, with a sign."""
    size = read_group(name).size
    found = solve(laurent("r->", (-2, 2), axes={"r": name}))
    exponents = list(product(range(-2, 3), repeat=size))
    if name == "Scale(1,2)":
        assert found.dimensions == (sum(a + 2 * b == 0 for a, b in exponents),)
        return
    moves = [one.monomial() for one in read_group(name).elements]
    number = {one: k for k, one in enumerate(exponents)}
    rows = []
    for images, signs in moves:
        block = np.zeros((len(exponents), len(exponents)))
        for k, one in enumerate(exponents):
            target = [0] * size
            for j, power in enumerate(one):
                target[images[j]] = power
            block[k, number[tuple(target)]] += 1
            block[k, k] -= prod(int(s) ** (abs(e) % 2) for s, e in zip(signs, one, strict=True))
        rows.append(block)
    assert found.dimensions == (len(exponents) - np.linalg.matrix_rank(np.vstack(rows)),)


HALF, ROOT = 0.5, 3**0.5 / 2
GENERATORS = [
    # the matrix of `r` and that of `s` as written and as floats, of a group or of a Lie algebra
    ([[0, -1], [1, 0]], [[2, 1], [1, 1]], None, False),
    ([[1, 2, 0], [0, 1, -1], [3, 0, 1]], [[-1]], None, False),
    (
        [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]],
        [["sqrt(2)", "1/3"], [0, 1]],
        ([[HALF, -ROOT], [ROOT, HALF]], [[2**0.5, 1 / 3], [0, 1]]),
        False,
    ),
    ([[0, -1], [1, 0]], [[0, 0], [0, 1]], None, True),
    ([["1/2", 1], [0, "sqrt(2)"]], [[3]], ([[HALF, 1], [0, 2**0.5]], [[3]]), True),
    ([[0.3, 1], [0, 1]], [[1, 0], [0, -1.7]], None, False),
]


def on_entries(tensors, matrices, lie):
    """A generator on all entries of some tensors: a Kronecker product of axis matrices, for a Lie element the sum."""
    blocks = []
    for axes in tensors.split(","):
        choices = [range(len(axes))] if not lie else [[place] for place in range(len(axes))]
        length = prod(len(matrices[letter]) for letter in axes)
        total = np.zeros((length, length))
        for moved in choices:
            one = np.eye(1)
            for place, letter in enumerate(axes):
                own = np.array(matrices[letter], dtype=float)
                one = np.kron(one, own if place in moved else np.eye(len(own)))
            total += one
        blocks.append(total)
    return linalg.block_diag(*blocks)


@pytest.mark.parametrize(("inner", "outer", "floats", "lie"), GENERATORS)
@pytest.mark.parametrize(("text", "ordered"), [("r->s", False), ("r->s", True), ("s,r->s", False), ("rs->r,s", False)])
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_the_equations_say_what_is_left_of_a_map_at_moved_points(inner, outer, floats, lie, text, ordered, degree):
    """f(g x) - g f(x), or Df(x) A x - A f(x), times one whole number, for any coefficients at any points."""
    axes = generators_from({"generator": [{"r": inner, "s": outer, "lie": lie}]})
    constraints = constrain(taylor(text, degree, axes=axes, ordered=ordered, least=degree))
    (action,) = constraints.actions
    matrices = dict(zip("rs", floats or (inner, outer), strict=True))
    before, after = (on_entries(side, matrices, lie) for side in text.split("->"))
    monomials = list(product(range(len(before)), repeat=degree))
    if not ordered:
        monomials = sorted(combinations_with_replacement(range(len(before)), degree), key=lambda row: row[::-1])
    random = np.random.default_rng(degree)
    given = random.integers(-3, 4, size=(len(after), len(monomials)))

    def value(coefficients, points):
        factors = [prod(point[one] for point, one in zip(points, row, strict=True)) for row in monomials]
        return coefficients @ np.array(factors, dtype=float)

    rows = block(constraints.ansatz, 0, action)
    assert (0 in rows) == (not constraints.exact)
    found = sum((matrix @ given.ravel()) * (radicand**0.5 or 1) for radicand, matrix in rows.items())
    ratios = []
    for _ in range(3):
        x = random.normal(
            size=(degree, len(before))
        )  # the factors of an ordered product are taken at points of their own
        x = x if ordered else np.repeat(x[:1], degree, axis=0)
        if lie:
            moved = [
                [before @ point if at == place else point for at, point in enumerate(x)] for place in range(degree)
            ]
            expected = sum((value(given, points) for points in moved), np.zeros(len(after))) - after @ value(given, x)
        else:
            expected = value(given, x @ before.T) - after @ value(given, x)
        left = value(found.reshape(given.shape), x)
        place = np.abs(expected).argmax()
        if abs(expected[place]) < 1e-9:
            assert np.abs(left).max() < 1e-9
            continue
        ratios.append(left[place] / expected[place])
        assert np.allclose(left, ratios[-1] * expected)
    assert np.allclose(ratios, np.round(ratios[:1]))
    assert all(ratio > HALF for ratio in ratios)


@pytest.mark.parametrize(
    ("text", "inner", "lie", "degree", "cells"),
    [
        # x0 -> x0 + x1: x0^2, x0 x1, x1^2 become 4, 2 and 1 products; beside them one number for each monomial
        ("r->", [[1, 1], [0, 1]], False, 2, 7 + 3),
        # x0 and x1 become 2 and 1 products for each of two outputs; the outputs have 3 entries for each of two monomials
        ("r->r", [[1, 1], [0, 1]], False, 1, 2 * 3 + 2 * 3),
        # the derivative of x0 is x1, that of x1 is 0
        ("r->r", [[0, 1], [0, 0]], True, 1, 2 * 1 + 2 * 1),
    ],
)
def test_equations_that_memory_does_not_hold_are_refused_with_their_number(
    monkeypatch, text, inner, lie, degree, cells
):
    axes = generators_from({"generator": [{"r": inner, "lie": lie}]})
    constraints = constrain(taylor(text, degree, axes=axes, least=degree))
    monkeypatch.setattr("symshare.core.equations.constraints.MOST_CELLS", cells)
    check_cells(constraints)
    monkeypatch.setattr("symshare.core.equations.constraints.MOST_CELLS", cells - 1)
    with pytest.raises(
        TooLargeError, match=f"have {cells} coefficients, over {cells - 1}\n  lower the order or the sizes"
    ):
        check_cells(constraints)


def test_what_permutes_unknowns_needs_no_equations(monkeypatch):
    monkeypatch.setattr("symshare.core.equations.constraints.MOST_CELLS", 0)
    check_cells(constrain(taylor("ab->ab", 2, sizes={"a": 3, "b": 3})))
    monkeypatch.setattr("symshare.core.equations.constraints.MOST_ROWS", 8)
    one = constrain(taylor("a->a", 1, sizes={"a": 3}))
    with pytest.raises(TooLargeError, match="9 equations of one generator are over 8"):
        block(one.ansatz, 1, one.actions[0])


def test_a_scaling_by_a_root_is_refused_with_the_way_to_write_it():
    root = generators_from({"generator": [{"r": [["sqrt(2)"]]}]})
    with pytest.raises(
        SymshareError, match=r"takes factors that are rational.*has a square root\n  write a scaling as"
    ):
        constrain(laurent("r->", (-1, 1), axes=root))
