"""Rubik's cube and square grids."""

from math import lcm

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from symshare import count, molien_count
from symshare.core.algebra.matrices import identity
from symshare.core.groups.characters import components, group_order
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import keeps, order


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Grid(3,1)", 9),
        ("Grid(3,2)", 18),
        ("Grid(3,4)", 36),
        ("Grid(4,4)", 64),
        ("Grid(5,2)", 50),
        ("Grid(2,2)", 4),  # half a turn moves nothing on a torus of side 2, a quarter turn exchanges its two directions
        ("Grid(2,4)", 8),
    ],
)
def test_orders(name, expected):
    group = read_group(name)
    assert order(group) == group_order(group) == expected
    assert not group.algebra
    assert keeps(group, identity(group.size))


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


def test_orbits_of_facelets_of_the_cube():
    """Orbits of the tuples of 48 facelets under the quarter turns, by scipy's connected components."""
    images = [np.array(one.monomial()[0]) for one in read_group("Rubik").elements]
    for k, expected in [(1, 2), (2, 9), (3, 51)]:
        places = np.indices((48,) * k).reshape(k, -1)
        targets = [np.ravel_multi_index(tuple(one[places]), (48,) * k) for one in images]
        pairs = np.concatenate([np.stack([np.arange(48**k), one]) for one in targets], axis=1)
        graph = coo_matrix((np.ones(pairs.shape[1]), tuple(pairs)), shape=(48**k,) * 2)
        orbits = connected_components(graph, directed=False)[0]
        assert count("f->", k, axes={"f": "Rubik"}, ordered=True) == orbits == expected
    parts = components((("f", read_group("Rubik")),))
    assert sum(part.share for part in parts) == 1
    assert count("f->f", 2, axes={"f": "Rubik"}) == molien_count("f->f", 2, axes={"f": "Rubik"})
