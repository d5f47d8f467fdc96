"""Null spaces of symmetries: orbits, exact elimination and singular values, against tables and brute force."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations_with_replacement, permutations, product
from math import gcd, prod

import numpy as np
import pytest
from scipy import linalg

from symshare import (
    SymshareError,
    complexified,
    constrain,
    count,
    laurent,
    signature,
    solve,
    taylor,
)
from symshare.core.actions.operators import actions
from symshare.core.algebra.matrices import from_entries, from_rows
from symshare.core.algebra.numbers import Surd, as_float
from symshare.core.groups.files import generators_from
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.naming import read_group

RNG = np.random.default_rng(7)


def dimensions(text, order, *, solver=None, ordered=False, **given_):
    return solve(taylor(text, order, ordered=ordered, **given_), solver=solver).dimensions


def linear(text, axes=None, **given_):
    """The dimension of the linear equivariant maps."""
    return solve(taylor(text, 1, least=1, axes=axes, **given_)).dimensions[0]


# --- the tables ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "given_", "ordered", "commuting"),
    [
        ("a->", {"sizes": {"a": 3}}, (1, 1, 2), (1, 1, 2)),  # the worked example
        ("t->", {"axes": {"t": "C(4)"}}, (1, 1, 4), (1, 1, 3)),  # A
        ("aH->", {"sizes": {"a": 2, "H": 2}}, (1, 2, 8), (1, 2, 6)),  # C
        ("ab->", {"sizes": {"a": 2, "b": 2}}, (1, 1, 4), (1, 1, 4)),  # D
        ("aa->", {"sizes": {"a": 2}}, (1, 2, 8), (1, 2, 6)),  # E
        ("a->a", {"sizes": {"a": 3}}, (1, 2, 5), (1, 2, 4)),  # F
    ],
)
@pytest.mark.parametrize("solver", [None, "rational", "numeric"])
def test_the_exercises_of_the_tutorial(text, given_, ordered, commuting, solver):
    """SEEDS.md A1, ordered coefficients and symmetric ones."""
    assert dimensions(text, 2, ordered=True, solver=solver, **given_) == ordered
    assert dimensions(text, 2, solver=solver, **given_) == commuting


def test_exercise_e_from_four_on():
    for size in (4, 5):
        assert dimensions("aa->", 2, sizes={"a": size}) == (1, 2, 11)


TYPES = {(0, 0, 0): 1, (-1, 0, 1): 6, (-2, 0, 2): 6, (-2, 1, 1): 3, (-1, -1, 2): 3}


def test_exercise_b_nineteen_laurent_monomials_of_125_are_invariant_under_scaling():
    found = solve(laurent("x->", (-2, 2), axes={"x": "Scale(1,1,1)"}))
    assert found.ansatz.unknowns == (125,)
    assert found.dimensions == (19,)
    powers = list(product(range(-2, 3), repeat=3))
    kept = [powers[place] for vector in found.parts[0].basis() for place in vector]
    assert kept == [power for power in powers if sum(power) == 0]
    assert {kind: sum(tuple(sorted(one)) == kind for one in kept) for kind in TYPES} == TYPES


def test_exercise_b_with_the_cyclic_shift_seven():
    """The shift turns the 19 exponents around in threes, (0, 0, 0) alone: 1 + 18 / 3 = 7."""
    axes = generators_from({"generator": [{"x": {"scale": [1, 1, 1]}}, {"x": [1, 2, 0]}]})
    found = solve(laurent("x->", (-2, 2), axes=axes))
    assert found.dimensions == (7,)
    assert sorted(len(vector) for vector in found.parts[0].basis()) == [1, 3, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("weights", [(1, 1), (1, -1), (1, 2, 3), (2, -3, 1), (0, 1)])
@pytest.mark.parametrize("powers", [(-2, 2), (-1, 3), (0, 4)])
def test_a_scaling_keeps_the_exponents_orthogonal_to_its_weights(weights, powers):
    expected = sum(
        sum(w * e for w, e in zip(weights, one, strict=True)) == 0
        for one in product(range(powers[0], powers[1] + 1), repeat=len(weights))
    )
    axes = {"x": f"Scale({','.join(map(str, weights))})"}
    assert solve(laurent("x->", powers, axes=axes)).dimensions == (expected,)


def test_laurent_monomials_under_signs_and_factors():
    """x -> -x keeps even powers; x -> 2 y, y -> x / 2 keeps x^a y^b + 2^(a-b) .. : one for each orbit that survives."""
    flip = generators_from({"generator": [{"x": [[-1]]}]})
    assert solve(laurent("x->", (-3, 3), axes=flip)).dimensions == (3,)
    assert solve(laurent("x->x", (-3, 3), axes=flip)).dimensions == (4,)
    swap = generators_from({"generator": [{"x": [[0, "1/2"], [2, 0]]}]})
    assert solve(laurent("x->", (-1, 1), axes=swap)).dimensions == (6,)  # orbits of exchanging two exponents
    double = generators_from({"generator": [{"x": [[2]]}]})
    assert solve(laurent("x->", (-3, 3), axes=double)).dimensions == (1,)


BELL = {(2, 4): 15, (2, 6): 15, (3, 4): 187, (3, 5): 202, (3, 6): 203}


@pytest.mark.parametrize(("rank", "size"), BELL)
def test_linear_maps_of_sets_are_set_partitions_into_at_most_n_blocks(rank, size):
    """Maron et al. 2019: Bell(4) = 15 and Bell(6) = 203; Bell(6) - S(6, 6) = 202, - S(6, 5) - S(6, 6) = 187."""
    text = "a" * rank + "->" + "a" * rank
    assert linear(text, sizes={"a": size}) == BELL[rank, size]


def test_cyclic_and_mixed_signatures():
    assert linear("tt->tt", {"t": "C(4)"}) == 64  # 4^4 / 4
    assert linear("at->at", {"t": "C(4)"}, sizes={"a": 3}) == 8
    assert dimensions("at->at", 2, axes={"t": "C(4)"}, sizes={"a": 3})[1:] == (8, 46)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("SO(3)", [1, 0, 1, 1, 3, 6, 15]), ("O(3)", [1, 0, 1, 0, 3, 0, 15]), ("SO(2)", [1, 0, 2, 0, 6, 0, 20])],
)
def test_invariant_tensors_under_rotations(name, expected):
    """SO(3): Riordan's numbers (OEIS A005043); SO(2): central binomial coefficients; O(3): (2k - 1)!! to rank 6."""
    found = [linear("r" * rank + "->", {"r": name}) if rank else 1 for rank in range(7)]
    assert found == expected


def test_point_clouds():
    """S x O(3): a point and the sum of all points; the sum of squared lengths and the squared length of the sum."""
    axes = {"r": "O(3)"}
    assert linear("ar->ar", axes) == 2
    assert dimensions("ar->", 2, axes=axes) == (1, 0, 2)
    assert dimensions("ar->", 2, axes={"r": "SO(3)"}) == (1, 0, 2)


# --- the groups of EMLP's test-suite ------------------------------------------------------------------------------

MAPS = {
    "V->V": ("a->a", 1),
    "invariants T2": ("a->aa", 0),
    "V->T2": ("a->aa", 1),
    "T2->V": ("aa->a", 1),
    "T2->T2": ("aa->aa", 1),
    "V*->V*": ("b->b", 1),
    "V->V*": ("a->b", 1),
    "V*V->V*V": ("ba->ba", 1),
}

ORTHOGONAL = {
    "SO(2)": (2, 2, 0, 0, 6),
    "SO(3)": (1, 1, 1, 1, 3),
    "SO(4)": (1, 1, 0, 0, 4),
    "O(2)": (1, 1, 0, 0, 3),
    "O(3)": (1, 1, 0, 0, 3),
    "O(4)": (1, 1, 0, 0, 3),
    "PlaneC(2)": (4, 4, 0, 0, 16),
    "PlaneC(3)": (2, 2, 2, 2, 6),
    "PlaneC(4)": (2, 2, 0, 0, 8),
    "PlaneC(8)": (2, 2, 0, 0, 6),
    "PlaneD(2)": (2, 2, 0, 0, 8),
    "PlaneD(3)": (1, 1, 1, 1, 3),
    "PlaneD(4)": (1, 1, 0, 0, 4),
    "PlaneD(8)": (1, 1, 0, 0, 3),
    "S(2)": (2, 2, 4, 4, 8),
    "S(4)": (2, 2, 5, 5, 15),
    "S(6)": (2, 2, 5, 5, 15),
    "C(2)": (2, 2, 4, 4, 8),
    "C(4)": (4, 4, 16, 16, 64),
    "C(6)": (6, 6, 36, 36, 216),
}
"""Measured with EMLP 1.0.3: V->V, invariants of T2, V->T2, T2->V, T2->T2 (its C(k), D(k), Z(n) are our PlaneC, PlaneD, C)."""

WITH_DUALS = {
    **{f"{name}(2)": (1, invariant, 1, invariant, 0, 0, 2, 2) for name, invariant in [("SU", 1), ("SL", 1)]},
    **{f"{name}({n})": (1, 0, 1, 0, 0, 0, 2, 2) for name in ("SU", "SL") for n in (3, 4)},
    **{f"{name}({n})": (1, 0, 1, 0, 0, 0, 2, 2) for name in ("U", "GL") for n in (2, 3, 4)},
    "SO+(1,1)": (2, 2, 2, 2, 0, 0, 6, 6),
    "SO+(1,3)": (1, 1, 1, 1, 0, 0, 4, 4),
    "SO(1,3)": (1, 1, 1, 1, 0, 0, 4, 4),
    "O(1,3)": (1, 1, 1, 1, 0, 0, 3, 3),
    "Sp(2)": (1, 1, 1, 1, 0, 0, 2, 2),
    "Sp(6)": (1, 1, 1, 1, 0, 0, 3, 3),
}
"""Measured with EMLP 1.0.3: V->V, invariants of T2, V*->V*, V->V*, V->T2, T2->V, T2->T2, V*V->V*V (its Sp(n) is our Sp(2n))."""

DUAL_ORDER = ["V->V", "invariants T2", "V*->V*", "V->V*", "V->T2", "T2->V", "T2->T2", "V*V->V*V"]


def _mapped(name, which):
    """The map as a signature of our own; a complex group's in its complexified form."""
    text, order = MAPS[which]
    axes = {"a": name} | ({"b": "dual(a)"} if "b" in text else {})
    if "a" not in text:  # the dual of an axis needs the axis
        text, axes = "a->a", {"a": _dual_group(name)}
    one = signature(text, axes=axes)
    return (complexified(one) if name.startswith(("U", "SU")) else one), order


def _dual_group(name):
    if name.startswith(("U", "SU")):
        return name
    group = read_group(name)
    elements = tuple(one.inverse().transpose() for one in group.elements)
    return AxisGroup(f"{name}*", group.size, elements, tuple(-one.transpose() for one in group.algebra), tie="own")


@pytest.mark.parametrize("name", ORTHOGONAL)
def test_dimensions_are_those_measured_with_emlp(name):
    found = [solve(taylor(*_mapped(name, which), least=MAPS[which][1])).dimensions[0] for which in list(MAPS)[:5]]
    assert tuple(found) == ORTHOGONAL[name]


@pytest.mark.parametrize("name", WITH_DUALS)
def test_dimensions_are_those_measured_with_emlp_duals_too(name):
    found = [solve(taylor(*_mapped(name, which), least=MAPS[which][1])).dimensions[0] for which in DUAL_ORDER]
    assert tuple(found) == WITH_DUALS[name]


COUNTED = [*ORTHOGONAL, *(name for name in WITH_DUALS if not name.startswith(("U", "SU")))]
COUNTED += ["U(2)", "SU(2)", "Cube", "Grid(2,2)", "Grid(2,4)", "Grid(3,2)", "Grid(3,4)", "B(3)", "D(5)", "O(2,1)"]


@pytest.mark.parametrize("name", COUNTED)
def test_dimensions_are_the_means_of_characters(name):
    texts = ["a->a", "a->aa"] + (["aa->aa"] if read_group(name).size < 9 else [])
    for text in texts:
        assert linear(text, {"a": name}) == count(text, 1, axes={"a": name})
    if not read_group(name).orthogonal:
        axes = {"a": name, "b": "dual(a)"}
        for text in ("a->b", "ab->ab", "ab->aa", "ab->"):
            assert linear(text, axes) == count(text, 1, axes=axes)


@pytest.mark.parametrize("name", ["SU(3)", "U(3)"])
def test_real_dimensions_of_complex_groups(name):
    """C^3 as R^6: maps to itself are a complex number's two, 1 and i."""
    assert linear("a->a", {"a": name}) == count("a->a", 1, axes={"a": name}) == 2


def test_the_complex_dimensions_of_su_2_and_its_real_ones():
    """T2->T2 of C^2: Schur-Weyl gives 1 and the exchange; over R^4 the algebra of real maps is larger."""
    assert linear("aa->aa", {"a": "SU(2)"}) == count("aa->aa", 1, axes={"a": "SU(2)"})
    one = complexified("aa->aa", axes={"a": "SU(2)"})
    assert solve(taylor(one, 1, least=1)).dimensions == (2,)


def test_commuting_degrees_are_the_means_of_characters():
    for text, name, order in [
        ("r->", "O(3)", 4),
        ("r->r", "SO(3)", 3),
        ("rr->", "SO(3)", 2),
        ("r->r", "Sp(4)", 3),
        ("r->", "Cube", 6),
        ("rr->", "SL(2)", 3),
        ("r->rr", "PlaneD(8)", 4),
        ("ar->r", "O(2)", 3),
    ]:
        one = signature(text, axes={"r": name}, sizes={"a": 2} if "a" in text else None)
        assert solve(taylor(one, order)).dimensions == tuple(count(one, degree) for degree in range(order + 1))


# --- that solutions are solutions, independent and in normal form -------------------------------------------------


def _dense(matrix):
    found = np.zeros((matrix.size, matrix.size))
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            found[number, column] = as_float(entry)
    return found


def _group_elements(one, sizes):
    """For each generator the float matrix of every letter; of the Lie algebra an element exp(0.37 A) of the group."""
    for letter in one.symmetric_axes:
        images = RNG.permutation(sizes[letter])
        yield {letter: np.eye(sizes[letter])[images]}
    for block in one.blocks:
        groups = {letter: one.group(letter) for letter in block}
        first = groups[block[0]]
        for place in range(len(first.elements)):
            yield {letter: _dense(group.elements[place]) for letter, group in groups.items()}
        for place in range(len(first.algebra)):
            yield {letter: linalg.expm(0.37 * _dense(group.algebra[place])) for letter, group in groups.items()}


def _moved(tensors, sizes, vector, matrices):
    """The entries of all tensors of a side, moved by one matrix on each axis."""
    pieces, start = [], 0
    for tensor in tensors:
        shape = [sizes[letter] for letter in tensor.axes]
        array = vector[start : start + prod(shape)].reshape(shape)
        start += prod(shape)
        for axis, letter in enumerate(tensor.axes):
            if letter in matrices:
                array = np.moveaxis(np.tensordot(matrices[letter], array, axes=(1, axis)), 0, axis)
        pieces.append(array.ravel())
    return np.concatenate(pieces)


def _monomials(x, part):
    if part.kind == "ordered":
        chosen = product(range(len(x)), repeat=part.degree)
    else:
        chosen = sorted(combinations_with_replacement(range(len(x)), part.degree), key=lambda row: row[::-1])
    return np.array([np.prod([x[k] for k in row]) for row in chosen])


def check(found, integral=True):
    """Every vector is an equivariant polynomial map, the vectors are independent, coprime and in reduced echelon form."""
    ansatz = found.ansatz
    one, sizes = ansatz.signature, ansatz.sizes
    x = RNG.normal(size=ansatz.variables)
    for part, null in zip(ansatz.parts, found.parts, strict=True):
        rows = null.floats()
        assert rows.shape == (null.dimension, null.unknowns)
        assert np.isfinite(rows).all()
        assert np.linalg.matrix_rank(rows) == null.dimension if null.dimension else True
        for matrices in _group_elements(one, sizes):
            before = _monomials(x, part)
            after = _monomials(_moved(one.inputs, sizes, x, matrices), part)
            for row in rows:
                table = row.reshape(ansatz.outputs, len(part))
                expected = _moved(one.outputs, sizes, table @ before, matrices)
                assert np.allclose(table @ after, expected, rtol=1e-7, atol=1e-7 * (1 + np.abs(expected).max()))
        if found.method == "numeric":
            assert np.allclose(rows @ rows.T, np.eye(len(rows)))
            continue
        leads = [min(vector) for vector in null.basis()]
        assert leads == sorted(set(leads))
        for number, vector in enumerate(null.basis()):
            assert not any(lead in vector for lead in leads if lead != leads[number])
            assert all(vector.values())
            if integral:
                assert all(isinstance(entry, int) for entry in vector.values())
                assert gcd(*vector.values()) == 1
                assert vector[leads[number]] > 0


CASES = [
    ("aa->aa", 1, {}, {"a": 3}, False),
    ("ab->ab", 2, {}, {"a": 2, "b": 2}, False),
    ("a->a", 3, {}, {"a": 3}, True),
    ("W:ab,b->b", 2, {}, {"a": 2, "b": 2}, False),
    ("t->tt", 2, {"t": "D(4)"}, {}, False),
    ("rr->r", 1, {"r": "B(3)"}, {}, False),
    ("r->rr", 2, {"r": "Cube"}, {}, False),
    ("ar->ar", 2, {"r": "O(2)"}, {"a": 2}, False),
    ("ar->r", 3, {"r": "SO(2)"}, {"a": 2}, True),
    ("rr->rr", 1, {"r": "SO(3)"}, {}, False),
    ("r,rr->r", 2, {"r": "SO(3)"}, {}, False),
    ("rr->rr", 1, {"r": "SO(1,3)"}, {}, False),
    ("rr->rr", 1, {"r": "Sp(4)"}, {}, False),
    ("rs->rs", 1, {"r": "GL(2)", "s": "dual(r)"}, {}, False),
    ("rrs->r", 1, {"r": "SL(2)", "s": "dual(r)"}, {}, False),
    ("r->r", 3, {"r": "SU(2)"}, {}, False),
    ("rH->H", 2, {"r": "SO(2)"}, {"H": 2}, False),
    ("rt->rt", 1, {"r": "SO(2)", "t": "C(3)"}, {}, False),
]


@pytest.mark.parametrize(("text", "order", "axes", "sizes", "ordered"), CASES)
def test_three_solvers_one_space(text, order, axes, sizes, ordered):
    """The solver that fits, full elimination, and singular values agree in dimension, and in the space itself."""
    ansatz = taylor(text, order, axes=axes, sizes=sizes, ordered=ordered)
    chosen, rational, numeric = (solve(ansatz, solver=one) for one in (None, "rational", "numeric"))
    assert chosen.dimensions == rational.dimensions == numeric.dimensions
    assert chosen.dimensions == tuple(count(ansatz.signature, degree, ordered=ordered) for degree in range(order + 1))
    assert chosen.exact
    assert rational.exact
    assert not numeric.exact
    for one in (chosen, rational, numeric):
        check(one)
    for a, b, c in zip(chosen.parts, rational.parts, numeric.parts, strict=True):
        assert a.basis() == b.basis()  # a reduced echelon form is unique
        if a.dimension:
            joint = np.vstack([a.floats(), c.floats()])
            assert np.linalg.matrix_rank(joint, tol=1e-6) == a.dimension


def test_dependencies_solve_to_their_count():
    one = signature("ab->ab", depends=["a->b"], sizes={"a": 3, "b": 2})
    found = solve(taylor(one, 2))
    assert found.method == "orbits"
    assert found.dimensions == tuple(count(one, degree) for degree in range(3))


@pytest.mark.parametrize("name", ["PlaneD(8)", "PlaneC(12)", "PlaneC(8)", "PlaneD(3)", "PlaneC(24)"])
def test_null_spaces_over_square_roots(name):
    """Against numpy's singular values of the dense equations g (x) g - 1, written here from cos and sin."""
    group = read_group(name)
    matrices = [_dense(one) for one in group.elements]
    for text, slots in [("r->r", 2), ("r->rr", 3), ("rr->rr", 4)]:
        stacked = []
        for g in matrices:  # orthogonal: a map is an invariant tensor
            power = np.eye(1)
            for _ in range(slots):
                power = np.kron(power, g)
            stacked.append(power - np.eye(2**slots))
        values = np.linalg.svd(np.vstack(stacked), compute_uv=False)
        found = solve(taylor(text, 1, least=1, axes={"r": name}))
        assert found.method == ("rational" if group.exact else "numeric")
        assert found.dimensions == (int((values < 1e-9).sum()),)
        assert np.abs(np.vstack(stacked) @ found.parts[0].floats().T).max(initial=0) < 1e-9
        check(found, integral=False)


def test_a_basis_with_square_roots_in_it():
    """The eigenspace of [[0, 2], [1, 0]] to sqrt(2) is spanned by (sqrt(2), 1); in echelon form (2, sqrt(2))."""
    axes = generators_from({"generator": [{"r": [[0, 2], [1, 0]], "s": [["sqrt(2)"]]}]})
    found = solve(taylor("s->r", 1, least=1, axes=axes))
    assert found.exact
    ((vector,),) = (part.basis() for part in found.parts)
    assert any(isinstance(entry, Surd) for entry in vector.values())
    assert as_float(vector[0]) / as_float(vector[1]) == pytest.approx(2**0.5)


def test_three_roots_at_once():
    """The eigenvalues of a rotation of order 24 need sqrt(2), sqrt(3), sqrt(6): commuting matrices are a + b J."""
    cosine, sine = "(sqrt(6)+sqrt(2))/4", "(sqrt(6)-sqrt(2))/4"
    axes = generators_from({"generator": [{"r": [[cosine, f"-({sine})"], [sine, cosine]]}]})
    found = solve(taylor("r->r", 1, least=1, axes=axes))
    assert found.parts[0].basis() == [{0: 1, 3: 1}, {1: 1, 2: -1}]
    assert solve(taylor("rrr->r", 1, least=1, axes=axes)).dimensions == (6,)  # as SO(2), 24 > 4


@pytest.mark.parametrize("seed", range(4))
def test_a_conjugated_group_has_conjugated_maps(seed):
    """so(3) in another integer basis: the same dimensions, and no generator that a signed permutation would be."""
    random = np.random.default_rng(seed)
    change = np.eye(3, dtype=int)
    inverse = np.eye(3, dtype=int)
    for _ in range(6):
        i, j = random.permutation(3)[:2]
        factor = int(random.integers(-2, 3))
        step, back = np.eye(3, dtype=int), np.eye(3, dtype=int)
        step[i, j], back[i, j] = factor, -factor
        change, inverse = step @ change, inverse @ back
    assert (change @ inverse == np.eye(3)).all()
    turns = []
    for i, j in [(0, 1), (1, 2), (0, 2)]:
        turn = np.zeros((3, 3), dtype=int)
        turn[i, j], turn[j, i] = -1, 1
        turns.append((change @ turn @ inverse).tolist())
    axes = generators_from({"generator": [{"lie": True, "r": turn} for turn in turns]})
    for text, expected in [("r->r", 1), ("rr->r", 1), ("rr->rr", 3), ("rrrr->", 3), ("rrrrr->", 6)]:
        found = solve(taylor(text, 1, least=1, axes=axes))
        assert found.dimensions == (expected,)
        check(found)
    form = solve(taylor("rr->", 1, least=1, axes=axes)).parts[0].floats()[0].reshape(3, 3)
    expected = inverse.T @ inverse  # x^T P^-T P^-1 x is what the conjugated rotations keep
    assert np.allclose(form * expected[0, 0], expected * form[0, 0])


# --- orbits -------------------------------------------------------------------------------------------------------


def test_a_sign_conflict_makes_an_orbit_vanish():
    """(0 1-) has order 4: its square is minus one, so no vector is kept; with two entries of the tensor some are."""
    axes = generators_from({"first": 1, "generator": [{"r": [-2, 1]}]})
    assert solve(taylor("r->", 1, least=1, axes=axes)).pattern().tolist() == [0, 0]
    found = solve(taylor("rr->", 1, least=1, axes=axes))
    assert found.method == "orbits"
    assert found.pattern().tolist() == [[1, 2], [-2, 1]]


def test_patterns_of_the_textbook():
    assert solve(taylor("a->a", 1, sizes={"a": 3})).pattern().tolist() == [[1, 2, 2], [2, 1, 2], [2, 2, 1]]
    assert solve(taylor("t->t", 1, axes={"t": "C(3)"})).pattern().tolist() == [[1, 2, 3], [3, 1, 2], [2, 3, 1]]
    skew = solve(taylor("r->r", 1, axes={"r": "SO(2)"}))
    assert skew.method == "rational"
    assert skew.pattern().tolist() == [[1, 2], [-2, 1]]
    with pytest.raises(SymshareError, match="is no pattern of equal coefficients"):
        solve(taylor("rr->rr", 1, axes={"r": "SO(3)"})).pattern()


def test_a_pattern_has_the_axes_of_the_coefficients():
    found = solve(taylor("aH->a", 1, sizes={"a": 3, "H": 2}))
    assert found.pattern(1).shape == (3, 3, 2)
    assert found.pattern(0).shape == (3,)
    assert solve(taylor("a->a", 2, sizes={"a": 3})).pattern().shape == (3, 6)


def test_the_reynolds_operator_agrees_with_orbits():
    """Brute force over all of S(3): the orbits of pairs of pairs."""
    size = 3
    places = list(product(range(size), repeat=4))
    orbits = {frozenset(tuple(g[k] for k in place) for g in permutations(range(size))) for place in places}
    labels = solve(taylor("aa->aa", 1, sizes={"a": size})).pattern(1).ravel()
    found = {
        frozenset(place for place, own in zip(places, labels, strict=True) if own == label) for label in set(labels)
    }
    assert found == orbits


# --- singular values ----------------------------------------------------------------------------------------------


def test_a_numeric_result_states_its_tolerance_and_gap():
    found = solve(taylor("r->r", 1, least=1, axes={"r": "PlaneC(5)"}))
    assert found.method == "numeric"
    assert not found.exact
    assert found.dimensions == (2,)
    spectrum = found.parts[0].spectrum
    assert spectrum.largest_zero < spectrum.tolerance < spectrum.least_nonzero <= spectrum.scale
    assert spectrum.least_nonzero > 0.5
    assert "tolerance" in str(spectrum)
    check(found)


def test_planes_turned_by_angles_that_need_floats():
    """PlaneC(5): a tensor of rank k has sum over e = k, k - 2, .. with 5 | e of binomials: 2, 0, 6 and, at 5 = 1 + 4, 2."""
    for slots, expected in [(2, 2), (3, 0), (4, 6), (5, 2), (6, 20)]:
        assert linear("r" * slots + "->", {"r": "PlaneC(5)"}) == expected


def test_generators_that_are_not_finite_are_refused():
    for value in (float("nan"), float("inf")):
        broken = AxisGroup("broken", 2, (from_entries(2, {(0, 0): value, (1, 1): 1.0, (0, 1): 1.0}),), tie="x")
        with pytest.raises(SymshareError, match="is not finite"):
            solve(taylor("r->r", 1, least=1, axes={"r": broken}))


def test_no_clear_gap_is_refused():
    nearly = generators_from({"generator": [{"r": [[1, 1e-13], [0, 1]]}]})
    with pytest.raises(SymshareError, match="no clear gap"):
        solve(taylor("r->r", 1, least=1, axes=nearly))


def test_a_numeric_dimension_that_is_not_the_count_is_refused():
    """A generator that claims to be a fifth of a turn and is a third of one: 1 + 2 maps, where characters count none."""
    third = from_rows([["cos(2*pi/3)", -np.sin(2 * np.pi / 3)], [np.sin(2 * np.pi / 3), "cos(2*pi/3)"]])
    false = replace(read_group("PlaneC(5)"), elements=(third,))
    with pytest.raises(SymshareError, match="has dimension 2, the exact count is 0"):
        solve(taylor("rr->r", 1, least=1, axes={"r": false}))


def test_generators_of_ones_own_are_not_held_against_the_signatures_count():
    """As many generators as the signature has, but others."""
    ansatz = taylor("r->r", 1, least=1, axes={"r": "PlaneD(8)"})
    own = generators_from({"generator": [{"r": [[-1, 0], [0, -1]]}, {"r": [[1, 0], [0, 1]]}]})
    chosen = constrain(ansatz, actions(signature("r->r", axes=own), {"r": 2}))
    assert solve(chosen).dimensions == (4,)
    assert solve(chosen, solver="numeric").dimensions == (4,)


@pytest.mark.parametrize("solver", [None, "numeric"])
def test_a_float_generator_leaves_other_tensors_alone(solver):
    """A rotation by a float angle moves r and not q: all 4 maps from q to q stay, none from r."""
    turn = [["cos(2*pi/5)", "-sin(2*pi/5)"], ["sin(2*pi/5)", "cos(2*pi/5)"]]
    axes = generators_from({"generator": [{"r": turn}], "sizes": {"q": 2}})
    found = solve(taylor("r,q->q", 1, axes=axes), solver=solver)
    assert found.dimensions == (2, 4)
    check(found)
    assert dimensions("r,q->q", 1, axes={"r": "PlaneC(5)", "q": "Trivial(2)"}) == (2, 4)
    assert dimensions("r,a->r,a", 1, axes={"r": "PlaneC(7)"}, sizes={"a": 3}) == (1, 4)


SUBPROCESS = """
import json, numpy as np, symshare
found = symshare.solve(symshare.taylor("aa->aa", 1, least=1, sizes={"a": 6}), solver="numeric").parts[0]
mixed = symshare.solve(symshare.taylor("rr->rr", 1, least=1, axes={"r": "SO(4)"}), solver="numeric").parts[0]
rows = [found.floats(), mixed.floats()]
print(json.dumps([[one.shape, bool(np.isfinite(one).all()), bool(np.allclose(one @ one.T, np.eye(len(one))))] for one in rows]))
"""


@pytest.mark.parametrize("kernel", [None, "SkylakeX"])
def test_one_thread_gives_fifteen_finite_vectors(kernel):
    """EMLP returns 1,296 NaN "basis elements" for S(6) T2->T2 where BLAS has one thread."""
    flags = ""
    if os.path.exists("/proc/cpuinfo"):  # noqa: PTH110
        with open("/proc/cpuinfo") as file:  # noqa: PTH123
            flags = file.read()
    if kernel is not None and "avx512f" not in flags:
        pytest.skip("this processor has no AVX-512")
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1"} | ({"OPENBLAS_CORETYPE": kernel} if kernel else {})
    one["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run([sys.executable, "-c", SUBPROCESS], env=one, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[[15, 1296], True, True], [[4, 256], True, True]]


# --- choices, limits, words ---------------------------------------------------------------------------------------


def test_wrong_choices_of_a_solver():
    with pytest.raises(SymshareError, match="solver='fast' is not one of orbits, rational, numeric"):
        solve(taylor("a->a", 1), solver="fast")
    with pytest.raises(SymshareError, match="does not permute the coefficients"):
        solve(taylor("r->r", 1, axes={"r": "SO(3)"}), solver="orbits")
    with pytest.raises(SymshareError, match="a generator has floats in it"):
        solve(taylor("r->r", 1, axes={"r": "PlaneC(5)"}), solver="rational")


def test_floats_of_very_different_sizes_are_refused():
    mixed = generators_from({"generator": [{"r": [[1.5, 0], [0, 1 / 3]]}, {"r": [[1e8 + 0.5, 0], [0, 1]]}]})
    with pytest.raises(SymshareError, match="write the generators exactly"):
        solve(taylor("r->", 2, axes=mixed))
