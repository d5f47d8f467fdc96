"""Monomials: how many, in which order, and where signed permutations take them."""

from itertools import combinations_with_replacement, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare.core.actions.operators import Operator
from symshare.core.equations.monomials import Monomials
from symshare.errors import TooLargeError


@given(st.sampled_from(["commuting", "ordered", "laurent"]), st.integers(1, 5), st.integers(0, 4), st.data())
def test_monomials_are_numbered_as_listed(kind, variables, degree, data):
    one = Monomials(kind, variables, degree)
    if kind == "laurent":
        one = Monomials(kind, min(variables, 3), 0, -2, degree - 2)
    table = one.table()
    assert len(table) == len(one) == len({tuple(row) for row in table.tolist()})
    assert one.numbers(table).tolist() == list(range(len(one)))
    images = np.array(data.draw(st.permutations(range(one.variables))))
    signs = np.array(data.draw(st.lists(st.sampled_from([1, -1]), min_size=one.variables, max_size=one.variables)))
    moved, sign = one.moved(Operator(one.variables, images, signs.astype(np.int8)))
    x = np.random.default_rng(0).uniform(1, 2, size=one.variables)  # (g^-1 x)_j = s_j x_images[j]
    turned = signs * x[images]

    def values(point):
        if kind == "laurent":
            return (point[None, :] ** table.astype(float)).prod(axis=1)
        return np.array([np.prod(point[row]) for row in table.astype(int)])

    expected = values(x)[moved] * (1 if sign is None else sign)
    assert np.allclose(values(turned), expected)


@pytest.mark.parametrize("variables", range(1, 6))
@pytest.mark.parametrize("degree", range(5))
def test_monomials_of_a_degree_are_multisets_or_lists_of_variables(variables, degree):
    multisets = sorted(combinations_with_replacement(range(variables), degree), key=lambda row: row[::-1])
    lists = list(product(range(variables), repeat=degree))
    for kind, expected in (("commuting", multisets), ("ordered", lists)):
        one = Monomials(kind, variables, degree)
        assert [tuple(row) for row in one.table().tolist()] == expected
        assert one.number == len(one) == len(expected)


@pytest.mark.parametrize(("variables", "least", "most"), [(1, -2, 2), (2, -1, 1), (3, 0, 2), (2, -3, -2), (4, 0, 1)])
def test_laurent_monomials_are_lists_of_powers(variables, least, most):
    one = Monomials("laurent", variables, 0, least, most)
    assert [tuple(row) for row in one.table().tolist()] == list(product(range(least, most + 1), repeat=variables))
    assert one.number == (most - least + 1) ** variables


def test_commuting_variables_come_in_any_order():
    one = Monomials("commuting", 4, 3)
    for number, row in enumerate(one.table().tolist()):
        turned = np.array(list(permutations(row)))
        assert one.numbers(turned).tolist() == [number] * len(turned)


def test_numbers_that_no_list_holds_are_known():
    """n (n + 1) (n + 2) / 6 multisets of three of n variables."""
    number = 10**9
    assert Monomials("commuting", number, 3).number == number * (number + 1) * (number + 2) // 6
    assert Monomials("ordered", 10**6, 10).number == 10**60


def test_what_mixes_variables_moves_no_monomial():
    mixing = Operator(2, parts={1: np.ones((2, 2), dtype=np.int64)})
    with pytest.raises(TooLargeError, match="only signed permutations move monomials to monomials"):
        Monomials("commuting", 2, 2).moved(mixing)
