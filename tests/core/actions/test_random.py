"""Random elements: of set axes any permutation, of other groups what keeps what the group keeps."""

from itertools import permutations

import numpy as np
import pytest

from symshare import signature
from symshare.core.actions.blocks import act, blocks
from symshare.core.actions.random import random_element, random_elements
from symshare.core.notation.tensor import Tensor
from tests import zoo


def test_a_random_element_of_a_dependent_axis_moves_it_on_its_own_below_each_parent():
    one = signature("ab", depends=["a->b"])
    moved = random_element(blocks(one)[1], {"a": 2, "b": 5}, np.random.default_rng(3))
    x = np.arange(10).reshape(2, 5)
    y = act(moved, one.inputs[0], x)
    assert sorted(y[0]) == sorted(x[0])
    assert sorted(y[1]) == sorted(x[1])
    assert not np.array_equal(y[0] - x[0], y[1] - x[1])


def test_a_random_element_of_a_set_axis_may_be_any_permutation():
    (block,) = blocks(signature("a"))
    random = np.random.default_rng(0)
    x = np.arange(3)
    found = {tuple(act(random_element(block, {"a": 3}, random), Tensor(tuple("a")), x)) for _ in range(200)}
    assert found == set(permutations(range(3)))


@pytest.mark.parametrize("family", ["SO3", "Lorentz", "Sp", "Scale", "D", "PlaneC", "SL"])
def test_random_elements_keep_what_the_group_keeps(family):
    """Invariants that this test names by itself: lengths, areas, the sum of the entries, or the pairing with the dual."""
    one = zoo.signature("rsH->H" if family == "SL" else "rH->H", family)
    size = one.group("r").size
    forms = {
        "SO3": np.eye(3),
        "Lorentz": np.diag([1, -1, -1, -1]),
        "Sp": np.array([[0, 1], [-1, 0]]),
        "PlaneC": np.eye(2),
        "D": np.ones((4, 4)),
        "SL": np.eye(2),
    }
    random = np.random.default_rng(0)
    for element in random_elements(one, {"r": size, "s": size}, random):
        r = act(element, Tensor(tuple("r")), np.eye(size)).T
        s = act(element, Tensor(tuple("s")), np.eye(size)).T if family == "SL" else r
        if family == "Scale":
            assert np.array_equal(r, np.diag(np.diag(r)))
            assert np.allclose(np.diag(r)[2], np.diag(r)[0] ** 2)
        else:
            form = forms[family]
            assert np.allclose(r.T @ form @ s, form)
        assert not np.allclose(r, np.eye(size))


def test_each_block_has_its_elements_in_order():
    one = signature("abrs", depends=["a->b"], axes={"r": "SL(2)", "s": "dual(r)"})
    sizes = {"a": 3, "b": 2, "r": 2, "s": 2}
    found = ["".join(element.axes) for element in random_elements(one, sizes, np.random.default_rng(0))]
    assert found == ["a", "b", "rs", "rs", "rs"]


@pytest.mark.parametrize("family", ["A(4)", "C(4)", "D(5)", "B(3)", "Cube", "Q8(4)", "PlaneC(4)", "Grid(2,4)"])
def test_products_of_permutations_are_permutations(family):
    """So that whole numbers, of which floats have not all, are moved as they are."""
    one = signature("rr->", axes={"r": family})
    numbers = 2**60 + np.arange(one.size("r"))
    for element in random_elements(one, {"r": one.size("r")}, np.random.default_rng(0)):
        moved = act(element, Tensor(("r",)), numbers)
        assert moved.dtype == np.int64
        assert sorted(abs(moved)) == numbers.tolist()
