"""Rotations and reflections of the plane and of space."""

import numpy as np
import pytest

from symshare.core.algebra.matrices import identity
from symshare.core.groups.characters import group_order
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import dense, determinant, keeps, order


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cube", 24),
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
