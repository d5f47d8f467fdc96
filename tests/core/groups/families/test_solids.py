"""Rotations and reflections of the plane and of space."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from symshare import count, derive, molien_count
from symshare.core.algebra.arithmetic import read_number
from symshare.core.algebra.matrices import identity
from symshare.core.groups.characters import group_order
from symshare.core.groups.naming import read_group
from tests.core.groups import ways
from tests.core.groups.brute import dense, determinant, keeps, order


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cube", 24),
        ("Icosahedral", 60),
        *((f"PlaneC({k})", k) for k in (1, 2, 3, 4, 6, 8, 12)),
        *((f"PlaneD({k})", 2 * k) for k in (1, 2, 3, 4, 6, 8, 12)),
    ],
)
def test_orders(name, expected):
    group = read_group(name)
    assert order(group) == group_order(group) == expected
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


GOLDEN = read_number("(1 + sqrt(5))/2")
VERTICES = {
    corner
    for one, other in product((1, -1), (GOLDEN, -GOLDEN))
    for corner in ((0, one, other), (one, other, 0), (other, 0, one))
}


def test_icosahedral_rotations_permute_the_twelve_vertices():
    group = read_group("Icosahedral")
    assert group.exact
    assert {determinant(one) for one in group.elements} == {1}
    for one in group.elements:
        rows = [dict(row) for row in one.rows]
        images = {tuple(sum(row.get(k, 0) * corner[k] for k in range(3)) for row in rows) for corner in VERTICES}
        assert images == VERTICES
    assert len(VERTICES) == 12


def series(numerator, degrees, length):
    """The first coefficients of the sum of t^k over the product of 1 - t^d."""
    found = [numerator.count(k) for k in range(length)]
    for degree in degrees:
        for k in range(degree, length):
            found[k] += found[k - degree]
    return found


def test_the_molien_series_of_the_icosahedral_rotations():
    """Invariants of degree 2, 6 and 10 and one of degree 15 (Klein, Vorlesungen ueber das Ikosaeder, 1884; Stanley 1979)."""
    expected = series([0, 15], [2, 6, 10], 22)
    assert expected[:7] == [1, 0, 1, 0, 1, 0, 2]
    for counted in (count, molien_count):
        assert [counted("r->", order, axes={"r": "Icosahedral"}) for order in range(22)] == expected


def test_up_to_five_slots_icosahedral_tensors_are_those_of_all_rotations():
    """The representations of dimensions 1, 3 and 5 stay irreducible, those of 7, 9 and 11 have no invariant (Klein 1884)."""
    for slots in range(1, 10):
        icosahedral, all_ = (count("r" * slots + "->", 1, axes={"r": name}) for name in ("Icosahedral", "SO(3)"))
        assert (icosahedral == all_) == (slots <= 5)
        assert icosahedral >= all_


@pytest.mark.parametrize("text", ["rr->r", "rrr->rr", "arH->arH"])
def test_terms_of_icosahedral_rotations_are_those_of_all_rotations_up_to_five_slots(text):
    orders = 2 if text == "arH->arH" else 1
    ours, all_ = (derive(text, orders, axes={"r": name}, certified=True) for name in ("Icosahedral", "SO(3)"))
    assert list(map(str, ours)) == list(map(str, all_))
    assert ours.certificate.ok
    longer = derive("rrr->rrr", 1, axes={"r": "Icosahedral"}, certified=True)
    assert longer.certificate.ok
    assert longer.counts == (1, 16)  # 15 of all rotations, and one that holds the invariant of degree 6


def test_classes_of_icosahedral_rotations_and_closing_them_agree():
    group = read_group("Icosahedral")
    own = replace(group, family="", numbers=())
    for text, degree in [("r->r", 5), ("rr->rr", 1), ("r->", 15), ("rrr->r", 2)]:
        assert count(text, degree, axes={"r": group}) == count(text, degree, axes={"r": own})


@pytest.mark.parametrize(
    ("text", "degree", "sizes"),
    [
        *(("r->r", order, {}) for order in range(7)),
        *(("r->", order, {}) for order in range(8)),
        ("rr->rr", 1, {}),
        ("rr->r", 2, {}),
        ("rrr->rrr", 1, {}),
        ("ar->ar", 2, {"a": 3}),
        ("r,->r,", 3, {}),
    ],
)
def test_maps_of_icosahedral_rotations_are_counted_alike_by_every_way(text, degree, sizes):
    assert len(set(ways.dimensions(text, degree, {"r": "Icosahedral"}, sizes).values())) == 1


@pytest.mark.parametrize(("text", "degree"), [("arH->arH", 2), ("rH->rH", 3), ("rrH->rH", 2), ("r->r", 5)])
def test_layers_of_icosahedral_rotations_are_equivariant(text, degree):
    assert max(ways.errors(text, degree, {"r": "Icosahedral"}).values()) < 1e-12
