"""The group of an axis: what its generators say, and its dual."""

import copy
import pickle

import numpy as np
import pytest

from symshare import NotationError, signature
from symshare.core.algebra.matrices import identity
from symshare.core.groups.group import dual
from symshare.core.groups.naming import read_group
from tests.core.groups.brute import added, dense, zero

SOME = [
    *(
        "S(3)",
        "A(4)",
        "C(5)",
        "D(4)",
        "B(3)",
        "Trivial(2)",
        "Q8",
        "Q8(4)",
        "O(3)",
        "SO(2)",
        "O(1,2)",
        "SO+(1,1)",
        "Lorentz",
    ),
    *("Sp(4)", "SL(2)", "GL(2)", "U(2)", "SU(2)", "Scale(1,2)", "Scale(0,0)", "PlaneC(5)", "PlaneC(7)", "PlaneD(5)"),
    *("PlaneC(1)", "PlaneD(12)", "Cube", "Icosahedral", "Rubik", "Grid(2,4)"),
]


@pytest.mark.parametrize("name", SOME)
def test_what_generators_say_of_a_group(name):
    """Orthogonal matrices have their transpose as inverse, skew ones their negative; rows add up to one, or to nothing."""
    group = read_group(name)
    elements, algebra = [dense(one) for one in group.elements], [dense(one) for one in group.algebra]
    one, ones = np.eye(group.size), np.ones(group.size)
    assert group.orthogonal == all(
        [np.allclose(g @ g.T, one) for g in elements] + [np.allclose(a.T, -a) for a in algebra]
    )
    assert group.keeps_ones == all(
        [np.allclose(g @ ones, ones) for g in elements] + [np.allclose(a @ ones, 0) for a in algebra]
    )
    signs = [np.allclose(abs(g), (abs(g) > 0.5)) and set(abs(g).sum(0)) == {1} for g in elements]
    assert group.signed == (not algebra and all(signs))
    assert group.permutes == (group.signed and all((g >= 0).all() for g in elements))


@pytest.mark.parametrize("name", ["SO(3)", "Q8(4)", "A(4)", "PlaneC(5)"])
def test_a_group_may_be_copied_and_pickled(name):
    group = read_group(name)
    for again in (copy.deepcopy(group), pickle.loads(pickle.dumps(group))):
        assert again == group
        assert again.row is group.row


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
