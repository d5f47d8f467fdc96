"""Means of characters: over classes, over closed groups and over tori, against all elements and null spaces."""

from dataclasses import replace

import numpy as np
import pytest

from symshare import TooLargeError, count, molien_count, signature
from symshare.core.algebra.matrices import diagonal, from_rows, permutation
from symshare.core.groups.characters import components, group_order, mean
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.naming import read_group
from symshare.errors import UnknownCharactersError
from tests.core.groups.brute import elements, null_space_dimension

HALF_GOLDEN = "(1 + sqrt(5))/4"
HALF_ITS_INVERSE = "(sqrt(5) - 1)/4"
ICOSAHEDRON = AxisGroup(
    "icosahedron",
    3,
    (
        permutation([1, 2, 0]),
        from_rows(
            [
                [HALF_ITS_INVERSE, "-(1 + sqrt(5))/4", "1/2"],
                [HALF_GOLDEN, "1/2", HALF_ITS_INVERSE],
                ["-1/2", HALF_ITS_INVERSE, HALF_GOLDEN],
            ]
        ),
    ),
)
F4 = AxisGroup(
    "F4",
    4,
    (
        permutation([1, 0, 2, 3]),
        permutation([1, 2, 3, 0]),
        diagonal([-1, 1, 1, 1]),
        from_rows([[f"{2 * (i == j) - 1}/2" for j in range(4)] for i in range(4)]),
    ),
)
HEXAGON = AxisGroup("hexagon", 2, (from_rows([[0, -1], [1, 1]]),))
SWAP = AxisGroup("swap", 2, (from_rows([[0, 2], ["1/2", 0]]),))


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("O(3)", [1, 0, 1, 0, 1, 0, 1, 0, 1]),
        ("B(3)", [1, 0, 1, 0, 2, 0, 3, 0, 4]),  # degrees 2, 4, 6 (Chevalley 1955, Shephard and Todd 1954)
        ("B(2)", [1, 0, 1, 0, 2, 0, 2, 0, 3]),
        ("Cube", [1, 0, 1, 0, 2, 0, 3, 0, 4, 1, 5]),  # and one of degree 9
        ("PlaneD(5)", [1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 2]),  # degrees 2, 5
        ("PlaneC(3)", [1, 0, 1, 2, 1, 2, 3]),
        ("C(3)", [1, 1, 2, 4, 5, 7, 10]),  # necklaces, OEIS A007997
        (ICOSAHEDRON, [1, 0, 1, 0, 1, 0, 2, 0, 2, 0, 3, 0, 4, 0, 4, 1, 5]),  # degrees 2, 6, 10, and one of degree 15
        (F4, [1, 0, 1, 0, 1, 0, 2, 0, 3, 0, 3, 0, 5]),  # degrees 2, 6, 8, 12
        (HEXAGON, [1, 0, 1, 0, 1, 0, 3]),
        (SWAP, [1, 1, 2, 2, 3, 3]),
    ],
)
def test_the_molien_series_of_finite_groups(group, expected):
    assert [count("r->", n, axes={"r": group}) for n in range(len(expected))] == expected
    assert [molien_count("r->", n, axes={"r": group}) for n in range(len(expected))] == expected


FINITE = [
    *("C(1)", "C(4)", "C(6)", "D(1)", "D(2)", "D(3)", "D(4)", "D(6)", "B(1)", "B(2)", "B(3)", "Trivial(3)", "Cube"),
    *("PlaneC(1)", "PlaneC(2)", "PlaneC(5)", "PlaneC(8)", "PlaneD(1)", "PlaneD(2)", "PlaneD(3)", "PlaneD(8)"),
    *("PlaneD(5)", "Grid(1,4)", "Grid(2,1)", "Grid(2,2)", "Grid(2,4)", "Grid(3,1)", "Grid(3,2)", "Grid(3,4)"),
    *("Grid(4,2)", "Grid(4,4)", "Grid(6,4)", "S(4)", "O(1)"),
]


@pytest.mark.parametrize("group", [*map(read_group, FINITE), ICOSAHEDRON, HEXAGON, SWAP, F4], ids=str)
def test_means_over_finite_groups_are_those_over_all_elements(group):
    parts = components((("r", group),))
    assert sum(part.share for part in parts) == 1
    everything = elements(group)
    assert group_order(group) == len(everything)
    traces = {j: np.array([np.trace(np.linalg.matrix_power(one, j)) for one in everything]) for j in range(1, 6)}
    for factors in [{1: n} for n in range(5)] + [{j: 1} for j in (2, 3, 4, 5)] + [{1: 2, 2: 1}, {1: 1, 2: 1, 3: 2}]:
        expected = np.mean(np.prod([traces[j] ** many for j, many in factors.items()], axis=0) * np.ones(1))
        assert abs(mean(parts, {("r", j): many for j, many in factors.items()}) - expected) < 1e-6 * max(1, expected)


def custom(group):
    """The same generators without the name of the family."""
    return replace(group, family="", numbers=())


@pytest.mark.parametrize("name", ["C(6)", "D(5)", "B(3)", "Grid(3,4)", "Grid(4,4)", "PlaneD(8)", "Cube", "PlaneC(12)"])
def test_class_formulas_and_closing_the_group_agree(name):
    group = read_group(name)
    for text, order in [("r->r", 1), ("r->r", 2), ("rr->r", 2), ("r->", 6), ("rr->rr", 1)]:
        assert count(text, order, axes={"r": group}) == count(text, order, axes={"r": custom(group)})


def test_axes_that_move_together():
    """C(4) on four points and as quarter turns of the plane: R^4 is R + R' + the plane."""
    points, plane = (replace(read_group(name), tie="quarter") for name in ("C(4)", "PlaneC(4)"))
    axes = {"t": points, "p": plane}
    assert count("t->p", 1, axes=axes) == 2  # the plane's own maps: a + b i
    assert count("tp->", 1, axes=axes) == 2
    assert count("tp->tp", 1, axes=axes) == 16
    again = {"t": points, "s": points}
    assert count("t->s", 1, axes=again) == 4
    assert count("t->s", 1, axes={"t": "C(4)", "s": "C(4)"}) == 1
    assert count("ab->", 2, axes={letter: replace(read_group("SO(3)"), tie="x") for letter in "ab"}) == count(
        "aa->", 2, axes={"a": "SO(3)"}
    )


def test_groups_whose_characters_are_not_known():
    heisenberg = AxisGroup("Heisenberg", 3, (), (from_rows([[0, 1, 0], [0, 0, 0], [0, 0, 0]]),))
    shear = AxisGroup("shear", 2, (from_rows([[1, 1], [0, 1]]),))
    hyperbolic = AxisGroup("hyperbolic", 2, (from_rows([[2, 1], [1, 1]]),))
    fifth = custom(read_group("PlaneC(5)"))
    for group in (heisenberg, shear, hyperbolic, fifth, read_group("O(999)"), read_group("B(40)")):
        assert components((("r", group),)) is None
        # the diagrams of signed permutations are counted, whatever is known of their characters
        for counted in (count, molien_count) if group.name != "B(40)" else (molien_count,):
            with pytest.raises(UnknownCharactersError, match=r"r->r is not known from characters.*\n.*null space"):
                counted("r->r", 1, axes={"r": group})
    assert count("r->r", 1, axes={"r": "B(40)"}) == 1
    assert [group_order(group) for group in (heisenberg, shear, fifth)] == [None, None, None]
    assert group_order(read_group("Rubik")) == 43252003274489856000
    with pytest.raises(TooLargeError, match="weights"):
        molien_count("rrrrr->rrrrr", 3, axes={"r": "O(14)"})


SIZES = {"a": 3, "c": 2, "H": 2}
MIXED = [
    ("at->at", {"t": "C(4)"}, 3),
    ("t,a->at", {"t": "D(5)"}, 3),
    ("at,tc->ac", {"t": "C(3)"}, 3),
    ("tH->tH", {"t": "C(3)"}, 3),
    ("ar->ar", {"r": "O(3)"}, 5),
    ("ar->", {"r": "SO(3)"}, 6),
    ("a,ar->ar", {"r": "SO(2)"}, 4),
    ("rr->rr", {"r": "SO(4)"}, 3),
    ("r,s->rs", {"r": "SO(3)", "s": "SO(3)"}, 4),
    ("rs->rs", {"r": "O(2)", "s": "SO(5)"}, 3),
    ("ab->ab", {"a": "GL(2)", "b": "dual(a)"}, 4),
    ("a,b->a", {"a": "SL(3)", "b": "dual(a)"}, 6),
    ("ab,a->a", {"a": "SL(2)", "b": "dual(a)"}, 4),
    ("xu->xu", {"u": "U(2)", "x": "S(3)"}, 4),
    ("u->u", {"u": "SU(3)"}, 6),
    ("uu->u", {"u": "SU(2)"}, 3),
    ("ap->ap", {"p": "Sp(4)"}, 4),
    ("p->p", {"p": "PlaneD(8)"}, 9),
    ("ap->ap", {"p": "PlaneC(5)"}, 4),
    ("pq->pq", {"p": "PlaneC(3)", "q": "PlaneC(4)"}, 4),
    ("bt->bt", {"b": "B(3)", "t": "D(4)"}, 3),
    ("gc->g", {"g": "Grid(3,4)"}, 3),
    ("x->x", {"x": "Scale(1,1,2)"}, 3),
    ("xy->xy", {"x": "Scale(1,2)", "y": "dual(x)"}, 4),
    ("v->v", {"v": "Lorentz"}, 6),
    ("vw->vw", {"v": "SO(1,3)", "w": "SO+(2,1)"}, 3),
    ("ir->ir", {"i": ICOSAHEDRON, "r": "SO(3)"}, 3),
    ("hs->hs", {"h": HEXAGON, "s": SWAP}, 4),
    ("an->an", {"n": "Trivial(2)"}, 3),
]


@pytest.mark.parametrize(("text", "axes", "orders"), MIXED)
def test_the_factors_side_and_the_groups_side_agree(text, axes, orders):
    letters = {letter for letter in text if letter.isalpha()}
    one = signature(text, axes=axes, sizes={k: v for k, v in SIZES.items() if k in letters and k not in axes})
    for order in range(orders + 1):
        assert count(one, order) == molien_count(one, order)
    for order in range(min(orders, 4) + 1):
        assert count(one, order, ordered=True) == molien_count(one, order, ordered=True)


@pytest.mark.parametrize(
    ("text", "axes", "sizes", "order"),
    [
        ("ab->ab", {"a": "GL(2)", "b": "dual(a)"}, {}, 1),
        ("a,b->", {"a": "GL(2)", "b": "dual(a)"}, {}, 4),
        ("aab->a", {"a": "SL(2)", "b": "dual(a)"}, {}, 1),
        ("a->b", {"a": "SL(2)", "b": "dual(a)"}, {}, 3),
        ("aa->b", {"a": "SL(3)", "b": "dual(a)"}, {}, 1),
        ("p->p", {"p": "Sp(4)"}, {}, 3),
        ("pp->pp", {"p": "Sp(4)"}, {}, 1),
        ("vv->vv", {"v": "O(1,3)"}, {}, 1),
        ("v->v", {"v": "Lorentz"}, {}, 3),
        ("vvv->", {"v": "SO(1,2)"}, {}, 1),
        ("vvv->", {"v": "SO+(1,2)"}, {}, 1),
        ("vvv->", {"v": "O(1,2)"}, {}, 1),
        ("rr->rr", {"r": "SO(4)"}, {}, 1),
        ("r->rr", {"r": "SO(3)"}, {}, 3),
        ("u->u", {"u": "SU(2)"}, {}, 3),
        ("u->u", {"u": "U(2)"}, {}, 3),
        ("u->u", {"u": "SU(3)"}, {}, 2),
        ("bb->b", {"b": "B(3)"}, {}, 1),
        ("b->b", {"b": "B(3)"}, {}, 3),
        ("p->p", {"p": "PlaneD(8)"}, {}, 7),
        ("p->p", {"p": "PlaneC(5)"}, {}, 4),
        ("x->x", {"x": "Scale(1,1,2)"}, {}, 2),
        ("xy->xy", {"x": "Scale(1,2)", "y": "dual(x)"}, {}, 1),
        ("ar->ar", {"r": "O(2)"}, {"a": 3}, 2),
        ("ar,a->r", {"r": "O(3)"}, {"a": 2}, 2),
        ("tH->t", {"t": "D(4)"}, {"H": 2}, 2),
        ("i->i", {"i": ICOSAHEDRON}, {}, 4),
        ("hs->hs", {"h": HEXAGON, "s": SWAP}, {}, 2),
        ("ab->ab", {"a": SWAP, "b": "dual(a)"}, {}, 1),
    ],
)
def test_the_count_is_the_dimension_of_the_null_space(text, axes, sizes, order):
    one = signature(text, axes=axes, sizes=sizes)
    for ordered in (False, True):
        for degree in range(order + 1):
            assert count(one, degree, ordered=ordered) == null_space_dimension(one, degree, ordered)
