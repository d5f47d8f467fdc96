from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import SymshareError
from symshare.core.algebra.matrices import diagonal, from_entries, from_rows, identity, permutation
from symshare.core.algebra.numbers import as_float, multiplied, root
from tests.core.algebra.drawn import PRIMES


def dense(matrix):
    """The matrix as a numpy array of floats."""
    found = np.zeros((matrix.size, matrix.size))
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            found[number, column] = as_float(entry)
    return found


ENTRIES = st.sampled_from([0, 0, 1, -1, 2, Fraction(1, 2), Fraction(-3, 4), root(2), 1 + root(3), root(6) / 5])
SQUARES = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.lists(ENTRIES, min_size=size, max_size=size), min_size=size, max_size=size)
)
SIGNED = st.integers(1, 6).flatmap(
    lambda size: st.tuples(
        st.permutations(range(size)), st.lists(st.sampled_from([1, -1]), min_size=size, max_size=size)
    )
)


@given(SQUARES, st.data())
def test_products_and_transposes_are_those_of_numpy(rows, data):
    one = from_rows(rows)
    size = one.size
    two = from_rows(data.draw(st.lists(st.lists(ENTRIES, min_size=size, max_size=size), min_size=size, max_size=size)))
    assert np.allclose(dense(one @ two), dense(one) @ dense(two))
    assert np.allclose(dense(one.transpose()), dense(one).T)
    assert np.allclose(dense(-one), -dense(one))
    assert (one @ two).transpose() == two.transpose() @ one.transpose()
    assert one @ identity(size) == one


@given(SQUARES)
def test_an_inverse_is_one_on_both_sides_exactly(rows):
    one = from_rows(rows)
    try:
        inverse = one.inverse()
    except SymshareError as error:
        assert "is singular" in str(error)
        assert abs(np.linalg.det(dense(one))) < 1e-9
    else:
        assert one @ inverse == identity(one.size)
        assert inverse @ one == identity(one.size)


@pytest.mark.parametrize(
    "rows",
    [
        [[0]],
        [[1, 2], [2, 4]],
        [["sqrt(2)", 2], [1, "sqrt(2)"]],
        [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        [[0.1, 0.3], [0.2, 0.6]],  # 0.6 - 2 * 0.3 is rounding, not a pivot
    ],
)
def test_singular_matrices_have_no_inverse(rows):
    with pytest.raises(SymshareError, match="is singular"):
        from_rows(rows).inverse()


def test_the_inverse_of_a_float_matrix():
    rows = [[0.3, 1.7, 0], [2.5, -0.1, 1], [0, 0.6, 1e-3]]
    assert np.allclose(dense(from_rows(rows).inverse()), np.linalg.inv(rows))


@given(SIGNED, st.data())
def test_a_signed_permutation_sends_basis_vectors_to_basis_vectors(move, data):
    images, signs = move
    one = permutation(images, signs)
    assert one.monomial() == (tuple(images), tuple(signs))
    for j, image in enumerate(images):
        assert dense(one)[:, j].tolist() == [signs[j] if row == image else 0 for row in range(one.size)]
    assert one @ one.transpose() == identity(one.size)
    assert one.inverse() == one.transpose()
    other = data.draw(st.permutations(range(one.size)))
    assert one @ permutation(other) == permutation([images[k] for k in other], [signs[k] for k in other])


def test_which_matrices_are_monomial():
    assert from_rows([[0, 2], ["1/2", 0]]).monomial() == ((1, 0), (Fraction(1, 2), 2))
    assert from_rows([[1, 1], [0, 1]]).monomial() is None
    assert from_rows([[0, 1], [0, 1]]).monomial() is None
    assert from_rows([[0, 0], [0, 1]]).monomial() is None
    assert diagonal([3, root(2)]).monomial() == ((0, 1), (3, root(2)))


def test_zeros_are_not_stored_and_whole_fractions_are_ints():
    one = from_entries(2, {(0, 0): Fraction(4, 2), (0, 1): 0, (1, 1): root(2) * root(2)})
    assert one.rows == (((0, 2),), ((1, 2),))
    assert one == diagonal([2, 2])
    assert hash(one) == hash(diagonal([2, 2]))


def test_cycles_are_written_as_they_are_by_hand():
    assert str(permutation([1, 2, 0, 4, 3])) == "(0 1 2)(3 4)"
    assert str(identity(3)) == "()"
    assert str(permutation([1, 0], [1, -1])) == "(0 1-)"
    assert str(from_rows([["1/2", 0], [0, 2]])) == "[1/2 0; 0 2]"
    assert permutation([1, 0]).text() == "[0 1; 1 0]"


def test_every_permutation_of_four_is_written_differently():
    assert len({str(permutation(images)) for images in permutations(range(4))}) == 24


def test_what_is_exact_and_which_roots_it_needs():
    assert from_rows([["sqrt(2)/2", 1], [0, "sqrt(12)"]]).radicands == {2, 3}
    assert from_rows([["sqrt(2)/2", 1], [0, 1]]).exact
    assert not from_rows([[0.5, 1], [0, 1]]).exact
    assert from_rows([[2.0, 1], [0, 1]]).exact


def test_a_product_with_floats_is_not_exact():
    """sqrt(2) + 0.5 is a float, wherever it comes from."""
    one = from_rows([["sqrt(2)", 0.5], [0.25, 1]])
    assert not (one @ one).exact
    assert np.allclose(dense(one @ one), dense(one) @ dense(one))


@pytest.mark.parametrize("number", [2, 3, 4])
def test_the_inverse_of_a_matrix_of_roots(number):
    """A Vandermonde matrix of square roots, and a unit in the field of all of them."""
    matrix = from_rows([[power_of(root(prime), power) for power in range(number)] for prime in PRIMES[:number]])
    assert not matrix.singular
    assert matrix @ matrix.inverse() == identity(number) == matrix.inverse() @ matrix


def power_of(number, power):
    return 1 if power == 0 else multiplied(number, power_of(number, power - 1))
