from itertools import product
from math import factorial, lcm

import numpy as np
import pytest

import symshare
from symshare import NotationError, signature
from symshare.core.algebra.matrices import Matrix, diagonal, from_entries, identity
from symshare.core.algebra.numbers import as_float
from symshare.core.groups.families import FAMILIES
from symshare.core.groups.group import dual
from symshare.core.groups.naming import read_group

MAKERS = sorted({"SOplus" if family == "SO+" else family for family in FAMILIES})


def zero(size):
    return Matrix(size, ((),) * size)


def added(one, other):
    found = {(r, c): entry for r, row in enumerate(one.rows) for c, entry in row}
    for r, row in enumerate(other.rows):
        for c, entry in row:
            found[r, c] = found.get((r, c), 0) + entry
    return from_entries(one.size, found)


def trace(one):
    return sum(entry for r, row in enumerate(one.rows) for c, entry in row if r == c)


def determinant(one):
    """By Laplace's expansion, exactly."""

    def of(rows):
        if not rows:
            return 1
        total = 0
        for c, entry in rows[0]:
            minor = [[(k - (k > c), e) for k, e in row if k != c] for row in rows[1:]]
            total = total + (-1) ** c * entry * of(minor)
        return total

    return of([list(row) for row in one.rows])


def dense(matrix):
    found = np.zeros((matrix.size, matrix.size))
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            found[number, column] = as_float(entry)
    return found


def keeps(group, form):
    """Whether every generator keeps a bilinear form: g^T F g = F, and A^T F + F A = 0 in the Lie algebra."""
    whole = all(g.transpose() @ form @ g == form for g in group.elements)
    return whole and all(added(a.transpose() @ form, form @ a) == zero(group.size) for a in group.algebra)


def generated_lie_algebra(group):
    """The dimension of the Lie algebra that the algebra elements generate under brackets and the group's elements."""
    elements = [dense(g) for g in group.elements]
    found = [dense(a) for a in group.algebra]
    basis = np.zeros((0, group.size**2))
    while found:
        a = found.pop()
        grown = np.vstack([basis, a.ravel() / max(1e-300, np.abs(a).max())])
        if np.linalg.matrix_rank(grown, tol=1e-8) == len(basis):
            continue
        basis = grown
        known = [row.reshape(group.size, group.size) for row in basis]
        found += [a @ b - b @ a for b in known]
        found += [g @ a @ np.linalg.inv(g) for g in elements]
    return len(basis)


def order(group, limit=100_000):
    """The number of elements, by closure: every element times every generator until nothing is new."""
    start = identity(group.size)
    found, edge = {start}, [start]
    while edge:
        new = {one @ g for one in edge for g in group.elements} - found
        found |= new
        edge = list(new)
        assert len(found) <= limit
    return len(found)


@pytest.mark.parametrize("size", range(1, 7))
def test_orthogonal_groups(size):
    for name in ("O", "SO"):
        group = read_group(f"{name}({size})")
        assert group.size == size
        assert keeps(group, identity(size))
        assert group.orthogonal
        assert generated_lie_algebra(group) == size * (size - 1) // 2
    signs = {determinant(g) for g in read_group(f"O({size})").elements}
    assert -1 in signs
    assert {determinant(g) for g in read_group(f"SO({size})").elements} <= {1}


@pytest.mark.parametrize(("p", "q"), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 2)])
def test_pseudo_orthogonal_groups_keep_the_metric(p, q):
    metric = diagonal([1] * p + [-1] * q)
    components = {}
    for name in ("O", "SO", "SO+"):
        group = read_group(f"{name}({p},{q})")
        assert group.size == p + q
        assert keeps(group, metric)
        assert generated_lie_algebra(group) == (p + q) * (p + q - 1) // 2
        # the components of O(p, q) are told apart by the signs of the determinants of its two diagonal blocks
        blocks = {
            (round(np.linalg.det(dense(g)[:p, :p])), round(np.linalg.det(dense(g)[p:, p:]))) for g in group.elements
        }
        reached = {(1, 1)}
        for _ in range(4):
            reached |= {(a * c, b * d) for a, b in reached for c, d in blocks}
        components[name] = reached
    assert components == {
        "O": set(product((1, -1), repeat=2)),
        "SO": {(1, 1), (-1, -1)},
        "SO+": {(1, 1)},
    }


def test_the_lorentz_group_is_o_1_3_with_its_name():
    one, other = read_group("Lorentz"), read_group("O(1,3)")
    assert (one.elements, one.algebra, one.size) == (other.elements, other.algebra, 4)
    assert str(one) == "Lorentz"


@pytest.mark.parametrize("half", range(1, 5))
def test_symplectic_groups_keep_the_symplectic_form(half):
    group = read_group(f"Sp({2 * half})")
    form = from_entries(2 * half, {(k, half + k): 1 for k in range(half)} | {(half + k, k): -1 for k in range(half)})
    assert keeps(group, form)
    assert generated_lie_algebra(group) == half * (2 * half + 1)
    assert not group.orthogonal


@pytest.mark.parametrize("size", range(1, 6))
def test_linear_groups(size):
    special, general = read_group(f"SL({size})"), read_group(f"GL({size})")
    assert all(determinant(g) == 1 for g in special.elements)
    assert all(trace(a) == 0 for a in special.algebra)
    assert generated_lie_algebra(special) == size**2 - 1
    assert all(determinant(g) in (1, -1) for g in general.elements)
    assert generated_lie_algebra(general) == size**2
    assert size == 1 or any(determinant(g) == -1 for g in general.elements)


@pytest.mark.parametrize("size", range(1, 5))
def test_unitary_groups_are_orthogonal_and_commute_with_i(size):
    i = from_entries(2 * size, {(k, size + k): -1 for k in range(size)} | {(size + k, k): 1 for k in range(size)})
    for name, dimension in (("U", size**2), ("SU", size**2 - 1)):
        group = read_group(f"{name}({size})")
        assert group.size == 2 * size
        assert keeps(group, identity(2 * size))
        assert all(g @ i == i @ g for g in (*group.elements, *group.algebra))
        assert generated_lie_algebra(group) == dimension
        for g in group.elements:
            complex_matrix = dense(g)[:size, :size] + 1j * dense(g)[size:, :size]
            assert name == "U" or np.linalg.det(complex_matrix) == pytest.approx(1)
        for a in group.algebra:  # the complex trace is zero in su(d): so is that of i A
            assert name == "U" or trace(i @ a) == trace(a) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((f"S({n})", factorial(n)) for n in range(1, 6)),
        *((f"C({n})", n) for n in range(1, 9)),
        *((f"Z({n})", n) for n in (2, 4, 6)),
        ("D(1)", 1),  # on one value and on two, shifts and reversal are the same
        ("D(2)", 2),
        *((f"D({n})", 2 * n) for n in range(3, 9)),
        *((f"B({n})", 2**n * factorial(n)) for n in range(1, 5)),
        ("Cube", 24),
        ("Trivial(5)", 1),
        ("Grid(3,1)", 9),
        ("Grid(3,2)", 18),
        ("Grid(3,4)", 36),
        ("Grid(4,4)", 64),
        ("Grid(5,2)", 50),
        ("Grid(2,2)", 4),  # half a turn moves nothing on a torus of side 2, a quarter turn exchanges its two directions
        ("Grid(2,4)", 8),
        *((f"PlaneC({k})", k) for k in (1, 2, 3, 4, 6, 8, 12)),
        *((f"PlaneD({k})", 2 * k) for k in (1, 2, 3, 4, 6, 8, 12)),
    ],
)
def test_the_orders_of_finite_groups(name, expected):
    group = read_group(name)
    assert order(group) == expected
    assert not group.algebra
    assert keeps(group, identity(group.size))


def test_the_rotations_of_the_cube_are_the_signed_permutations_of_determinant_one():
    group = read_group("Cube")
    found, edge = {identity(3)}, [identity(3)]
    while edge:
        edge = list({a @ g for a in edge for g in group.elements} - found)
        found |= set(edge)
    assert {determinant(one) for one in found} == {1}
    assert all(one.monomial() is not None for one in found)


def test_plane_groups_turn_by_the_angle_they_say():
    for k in (2, 3, 4, 5, 7, 8, 12):
        turn = dense(read_group(f"PlaneC({k})").elements[0])
        angle = 2 * np.pi / k
        assert np.allclose(turn, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert read_group(f"PlaneC({k})").exact == (k not in (5, 7))
        assert read_group(f"PlaneD({k})").orthogonal


@pytest.fixture(scope="module")
def rubik():
    return [one.monomial()[0] for one in read_group("Rubik").elements]


def cycles(images):
    found, seen = [], set()
    for start in range(len(images)):
        cycle = []
        while start not in seen:
            seen.add(start)
            cycle.append(start)
            start = images[start]
        if len(cycle) > 1:
            found.append(len(cycle))
    return sorted(found)


def test_a_face_of_rubiks_cube_turns_twenty_facelets_in_five_cycles_of_four(rubik):
    """A quarter turn moves 4 corners and 4 edges: 12 + 8 facelets."""
    assert len(rubik) == 6
    assert all(len(one) == 48 for one in rubik)
    assert all(cycles(one) == [4, 4, 4, 4, 4] for one in rubik)


def test_the_facelets_of_corners_and_edges_are_two_orbits_of_24(rubik):
    left, orbits = set(range(48)), []
    while left:
        orbit = edge = {min(left)}
        while edge:
            edge = {one[place] for place in edge for one in rubik} - orbit
            orbit = orbit | edge
        orbits.append(len(orbit))
        left -= orbit
    assert orbits == [24, 24]


def test_opposite_faces_of_rubiks_cube_commute_and_neighbours_have_order_63_or_105(rubik):
    """Singmaster (1981): R U has order 105, R U^-1 order 63; which of the two depends on the senses of the turns."""
    for at, one in enumerate(rubik):
        for two in rubik[at + 1 :]:
            product_, reverse = tuple(one[k] for k in two), tuple(two[k] for k in one)
            moved = {k for k in range(48) if one[k] != k} & {k for k in range(48) if two[k] != k}
            assert (product_ == reverse) == (not moved)
            assert lcm(*cycles(product_)) in ((63, 105) if moved else (4,))


def test_the_order_of_rubiks_group_is_the_known_one(rubik):
    """43,252,003,274,489,856,000 = 8! 3^7 12! 2^11 / 2, by Schreier and Sims as sympy has them."""
    combinatorics = pytest.importorskip("sympy.combinatorics")
    group = combinatorics.PermutationGroup([combinatorics.Permutation(list(one)) for one in rubik])
    assert group.order() == 43_252_003_274_489_856_000


def test_permuting_groups_and_others():
    for name in ("S(4)", "C(5)", "D(4)", "Rubik", "Grid(3,4)", "Trivial(2)"):
        assert read_group(name).permutes
    for name in ("B(3)", "O(3)", "Cube", "Scale(1,2)", "PlaneC(4)", "GL(2)"):
        assert not read_group(name).permutes


@pytest.mark.parametrize("name", ["GL(3)", "SL(2)", "Sp(4)", "O(1,3)", "SO+(1,1)", "SU(2)", "PlaneD(8)", "Scale(1,2)"])
def test_a_vector_and_its_dual_pair_to_an_invariant(name):
    """g on a vector and the transposed inverse of g on the dual keep the pairing: (g*)^T g = 1, A*^T + A = 0."""
    group = read_group(name)
    other = dual(group, "a")
    assert (str(other), other.of) == ("dual(a)", "a")
    for g, h in zip(group.elements, other.elements, strict=True):
        assert h.transpose() @ g == identity(group.size)
    for a, b in zip(group.algebra, other.algebra, strict=True):
        assert added(b.transpose(), a) == zero(group.size)


def test_a_scaling_has_its_weights_as_lie_algebra():
    group = read_group("Scale(1,-2,0)")
    assert (group.size, group.elements, group.algebra) == (3, (), (diagonal([1, -2, 0]),))


@pytest.mark.parametrize("maker", MAKERS)
def test_every_maker_gives_what_its_name_gives(maker):
    arguments = {
        **dict.fromkeys(["Cube", "Lorentz", "Rubik"], ()),
        "Grid": (3, 4),
        "SOplus": (1, 3),
        "Scale": (1, 1, 2),
        "Sp": (4,),
    }.get(maker, (3,))
    made = getattr(symshare, maker)(*arguments)
    name = maker.replace("SOplus", "SO+")
    assert made == read_group(f"{name}({','.join(map(str, arguments))})" if arguments else name)
    assert read_group(str(made)) == made


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("S", 5, "S(5)"),
        ("C", 8, "C(8)"),
        ("Z", 8, "C(8)"),
        ("O", 3, "O(3)"),
        ("Sp", 4, "Sp(4)"),
        ("U", 6, "U(3)"),
        ("SU", 4, "SU(2)"),
        ("Trivial", 2, "Trivial(2)"),
        ("Cube", 3, "Cube"),
        ("C( 4 )", None, "C(4)"),
        ("SO(1, 3)", 4, "SO(1,3)"),
    ],
)
def test_a_group_takes_its_number_from_the_size(name, size, expected):
    assert str(read_group(name, size=size)) == expected


# the name, the size of the axis, a piece of the problem, the place of the caret
MISTAKES = [
    ("Q", None, "names the group 'Q'", 0),
    ("s(3)", None, "names the group 's'", 0),
    ("SO3", None, "names the group 'SO3'", 0),
    (" S(3)", None, "names the group ' S'", 0),
    ("S", None, "names S without its numbers", 0),
    ("Grid", None, "names Grid without its numbers", 0),
    ("Grid", 9, "names Grid, which does not follow from the size 9", 0),
    ("SO+", 4, "names SO+, which does not follow from the size 4", 0),
    ("Scale", 3, "names Scale, which does not follow from the size 3", 0),
    ("Sp", 3, "names Sp, which does not follow from the size 3", 0),
    ("U", 5, "names U, which does not follow from the size 5", 0),
    ("S(3", None, "has a bracket that is not closed", 2),
    ("S(3)x", None, "has a bracket that is not closed", 4),
    ("S(", None, "has a bracket that is not closed", 1),
    ("S()", None, "gives S the numbers ()", 1),
    ("S(0)", None, "has the size zero", 2),
    ("S(-3)", None, "gives S the numbers (-3,)", 1),
    ("S(3,4)", None, "gives S the numbers (3, 4)", 1),
    ("S(x)", None, "has 'x' in its brackets", 2),
    ("S(3.0)", None, "has '3.0' in its brackets", 2),
    ("S(3))", None, "has '3)' in its brackets", 2),
    ("S(3,)", None, "has '' in its brackets", 4),
    ("S(+3)", None, "has '+3' in its brackets", 2),
    ("S(--3)", None, "has '--3' in its brackets", 2),
    ("S(٣)", None, "has '٣' in its brackets", 2),
    ("S(1e3)", None, "has '1e3' in its brackets", 2),
    ("S(__import__('os'))", None, "has \"__import__('os')\" in its brackets", 2),
    ("S(9999999999)", None, "has a size over 999,999,999", 2),
    ("S(100001)", None, "has an axis of 100,001 values, over 100,000", 0),
    ("Grid(317,4)", None, "has an axis of 100,489 values, over 100,000", 0),
    ("U(60000)", None, "has an axis of 120,000 values, over 100,000", 0),
    ("O(0)", None, "gives O the numbers (0,)", 1),
    ("O(1,2,3)", None, "gives O the numbers (1, 2, 3)", 1),
    ("O(3,0)", None, "gives O the numbers (3, 0)", 1),
    ("SO+(3)", None, "gives SO+ the numbers (3,)", 3),
    ("Sp(3)", None, "gives Sp the numbers (3,)", 2),
    ("Sp(0)", None, "gives Sp the numbers (0,)", 2),
    ("Lorentz(4)", None, "gives Lorentz the numbers (4,)", 7),
    ("Rubik(3)", None, "gives Rubik the numbers (3,)", 5),
    ("Cube(3)", None, "gives Cube the numbers (3,)", 4),
    ("Grid(3)", None, "gives Grid the numbers (3,)", 4),
    ("Grid(3,3)", None, "gives Grid the numbers (3, 3)", 4),
    ("Scale()", None, "gives Scale the numbers ()", 5),
    ("Scale(-100)", None, "gives Scale the numbers (-100,)", 5),
    ("PlaneC(0)", None, "gives PlaneC the numbers (0,)", 6),
    ("S(3)", 4, "has 3 values, but the axis has the size 4", 0),
    ("Lorentz", 3, "has 4 values, but the axis has the size 3", 0),
    ("PlaneD(8)", 8, "has 2 values, but the axis has the size 8", 0),
]


@pytest.mark.parametrize(("name", "size", "problem", "place"), MISTAKES)
def test_each_mistake_in_a_groups_name_has_an_error_of_its_own(name, size, problem, place):
    with pytest.raises(NotationError) as caught:
        read_group(name, size=size)
    error = caught.value
    assert error.problem.startswith(problem)
    assert error.cure
    lines = str(error).split("\n")
    assert len(lines) == 3
    assert problem in lines[0]
    assert lines[1] == "  " + name
    assert error.position == place
    assert lines[2].index("^") == 2 + place


def test_the_cure_lists_the_groups():
    with pytest.raises(NotationError) as caught:
        read_group("Q")
    assert all(name in caught.value.cure for name in FAMILIES)


@pytest.mark.parametrize(
    ("axes", "problem"),
    [
        ({"r": "dual(x)"}, "is the dual of 'x', which is no other axis"),
        ({"r": "dual(r)"}, "is the dual of 'r', which is no other axis"),
        ({"r": "dual()"}, "does not name one axis"),
        ({"r": "dual(a"}, "does not name one axis"),
        ({"r": "dual(ab)"}, "does not name one axis"),
        ({"r": "dual(a)"}, "is the dual of 'a', a set axis"),
        ({"a": "GL(2)", "b": "dual(a)", "r": "dual(b)"}, "is the dual of 'b', itself a dual"),
    ],
)
def test_each_mistake_in_a_dual_has_an_error_of_its_own(axes, problem):
    with pytest.raises(NotationError) as caught:
        signature("rab", axes=axes)
    assert caught.value.problem.startswith(problem)
    assert len(str(caught.value).split("\n")) == 3


def test_a_group_depends_on_no_axis():
    with pytest.raises(NotationError, match="has the axis 'r' with group"):
        signature("ar", axes={"r": "O(3)"}, depends=["a->r"])
