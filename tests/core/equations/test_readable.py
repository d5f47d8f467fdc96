"""Equations as a person reads them have the solutions that sympy finds."""

import numpy as np
import pytest
import sympy

from symshare import TooLargeError, constrain, equations, solve, taylor
from symshare.core.equations.readable import check_readable
from symshare.core.groups.files import generators_from


def test_equations_are_readable_and_right():
    shown = [str(one) for one in equations(constrain(taylor("a->a", 1, sizes={"a": 2})))]
    assert sorted(shown) == ["Eq(c_0, c_1)", "Eq(c_0_0, c_1_1)", "Eq(c_0_1, c_1_0)"]
    skew = [str(one) for one in equations(constrain(taylor("r->r", 1, axes={"r": "SO(2)"})), 1)]
    assert {"Eq(c_0_1, -c_1_0)", "Eq(c_0_0, c_1_1)"} <= set(skew)


@pytest.mark.parametrize(
    ("text", "order", "axes"),
    [
        ("a->a", 2, {"a": "S(3)"}),
        ("r->r", 2, {"r": "SO(2)"}),
        ("r->rr", 1, {"r": "PlaneD(3)"}),
        ("r->rr", 2, {"r": "PlaneD(8)"}),
        ("rr->", 1, {"r": "SO(1,1)"}),
        ("r->", 2, {"r": "Cube"}),
        ("r->r", 2, {"r": "B(2)"}),
    ],
)
def test_equations_have_the_solutions_that_solve_finds(text, order, axes):
    """sympy's own null space of the equations as they are read."""
    ansatz = taylor(text, order, axes=axes)
    constraints = constrain(ansatz)
    solution = solve(constraints)
    for part, null in enumerate(solution.parts):
        names = [sympy.Symbol(name) for name in ansatz.coefficient_names(part)]
        listed = equations(constraints, part)
        assert len(set(listed)) == len(listed)
        assert all(one.free_symbols <= set(names) for one in listed)
        if listed:
            matrix, _ = sympy.linear_eq_to_matrix(listed, names)
            rows = np.array(matrix.evalf(17).tolist(), dtype=float)
            assert null.dimension == len(names) - np.linalg.matrix_rank(rows)
            assert np.abs(rows @ null.floats().T).max(initial=0) < 1e-9
        else:
            assert null.dimension == len(names)


def test_too_many_unknowns_or_terms_are_refused_with_the_number(monkeypatch):
    with pytest.raises(
        TooLargeError, match="2,401 unknowns are too many to read, over 2,000\n  lower the order or the sizes"
    ):
        equations(constrain(taylor("aa->aa", 1, sizes={"a": 7})))
    check_readable(taylor("aa->aa", 1, sizes={"a": 7}), 0)
    axes = generators_from({"generator": [{"lie": True, "r": [[0, -1], [1, 0]]}]})
    rotation = constrain(taylor("r->r", 1, axes=axes))
    # A c = c A for A = ((0, -1), (1, 0)): four equations of two unknowns, alike in pairs; of degree 0 A c = 0: two of one
    monkeypatch.setattr("symshare.core.equations.readable.MOST_READ", 10)
    assert len(equations(rotation)) == 2 + 2
    monkeypatch.setattr("symshare.core.equations.readable.MOST_READ", 9)
    with pytest.raises(TooLargeError, match="the equations have 10 terms or more, over 9 to read\n  lower the order"):
        equations(rotation)


def test_roots_stand_in_equations_as_roots():
    """(sqrt(2), 1) is kept by ((0, 2), (1, 0)) up to the factor sqrt(2): c_0_0 = sqrt(2) c_1_0."""
    axes = generators_from({"generator": [{"r": [[0, 2], [1, 0]], "s": [["sqrt(2)"]]}]})
    for one in equations(constrain(taylor("s->r", 1, least=1, axes=axes))):
        assert sympy.simplify((one.lhs - one.rhs).subs({"c_0_0": sympy.sqrt(2), "c_1_0": 1})) == 0
        assert one.free_symbols == {sympy.Symbol("c_0_0"), sympy.Symbol("c_1_0")}
