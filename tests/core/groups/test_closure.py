"""Closing a group of matrices: its elements and classes, or that there is no end to them."""

from collections import Counter

import pytest

from symshare import SymshareError
from symshare.core.algebra.matrices import diagonal, from_rows, identity, permutation
from symshare.core.groups.closure import close
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import elements

SHEAR = from_rows([[1, 1], [0, 1]])
HYPERBOLIC = from_rows([[2, 1], [1, 1]])
REFLECTION = from_rows(
    [
        ["1/2", "1/2", "1/2", "-1/2"],
        ["1/2", "1/2", "-1/2", "1/2"],
        ["1/2", "-1/2", "1/2", "1/2"],
        ["-1/2", "1/2", "1/2", "1/2"],
    ]
)


def closed(*matrices):
    return close([matrices], [matrices[0].size])


@pytest.mark.parametrize(
    ("name", "order", "classes"),
    [
        # orders and the sizes of conjugacy classes, as in every table of characters
        ("S(4)", 24, [1, 3, 6, 6, 8]),
        ("A(4)", 12, [1, 3, 4, 4]),
        ("A(5)", 60, [1, 12, 12, 15, 20]),
        ("Icosahedral", 60, [1, 12, 12, 15, 20]),
        ("Q8", 8, [1, 1, 2, 2, 2]),
        ("Q8(4)", 8, [1, 1, 2, 2, 2]),
        ("D(4)", 8, [1, 1, 2, 2, 2]),
        ("D(5)", 10, [1, 2, 2, 5]),
        ("Cube", 24, [1, 3, 6, 6, 8]),
        ("B(2)", 8, [1, 1, 2, 2, 2]),
        ("C(6)", 6, [1] * 6),
        ("PlaneC(8)", 8, [1] * 8),
        ("PlaneD(12)", 24, [1, 1, 2, 2, 2, 2, 2, 6, 6]),
        ("O(1)", 2, [1, 1]),
    ],
)
def test_orders_and_classes(name, order, classes):
    found = closed(*read_group(name).elements)
    assert found.order == order == len(elements(read_group(name)))
    assert sorted(many for _, many in found.classes) == classes


def test_the_reflection_group_f4():
    """Order 1152, with 25 classes (Carter, Conjugacy classes in the Weyl group, 1972)."""
    signed = read_group("B(4)").elements
    found = closed(*signed, REFLECTION)
    assert (found.order, len(found.classes)) == (1152, 25)
    assert sum(many for _, many in found.classes) == 1152


def test_the_points_are_what_basis_vectors_come_to():
    """The ends of both axes of the plane; an element is a permutation of them."""
    found = closed(*read_group("PlaneD(4)").elements)
    assert set(found.points[0]) == {((0, 1),), ((0, -1),), ((1, 1),), ((1, -1),)}
    assert found.points[0][:2] == (((0, 1),), ((1, 1),))
    assert all(sorted(element) == list(range(4)) for element, _ in found.classes)


def test_axes_that_move_together_are_one_group():
    """A triangle's corners and plane: the same six elements; a square's shifts and turns of a third: the product of both."""
    corners, plane = read_group("D(3)").elements, read_group("PlaneD(3)").elements
    assert close([corners, plane], [3, 2]).order == 6
    assert close([read_group("C(4)").elements, read_group("PlaneC(3)").elements], [4, 2]).order == 12
    assert close([read_group("C(4)").elements, read_group("PlaneC(4)").elements], [4, 2]).order == 4


@pytest.mark.parametrize(
    "matrix", [SHEAR, HYPERBOLIC, diagonal([2, 1]), from_rows([["3/5", "-4/5"], ["4/5", "3/5"]])], ids=str
)
def test_an_infinite_group_has_no_closure(matrix):
    assert closed(matrix) is None


def test_a_group_with_floats_or_too_many_elements_has_none():
    assert closed(*read_group("PlaneC(5)").elements) is None
    assert closed(*read_group("S(9)").elements) is None


def test_generators_that_repeat_or_do_nothing_change_nothing():
    turn = permutation([1, 2, 0])
    assert closed(turn, identity(3), turn, turn @ turn).order == 3
    assert Counter(many for _, many in closed(identity(3)).classes) == {1: 1}


def test_mistakes():
    with pytest.raises(SymshareError, match=r"1 and 2 generators\n.*identity"):
        close([(SHEAR,), (SHEAR, SHEAR)], [2, 2])
    with pytest.raises(SymshareError, match="singular"):
        closed(from_rows([[1, 0], [0, 0]]))
