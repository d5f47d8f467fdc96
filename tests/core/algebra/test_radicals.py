"""Sparse matrices by radicand, against dense matrices of floats."""

from fractions import Fraction
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from symshare import TooLargeError
from symshare.core.algebra.matrices import from_entries, from_rows
from symshare.core.algebra.numbers import as_float, root
from symshare.core.algebra.radicals import as_floats, kronecker, multiplied, one_kind, parts_of, scaled

ENTRIES = st.sampled_from(
    [0, 0, 1, -2, Fraction(3, 4), Fraction(-1, 6), root(2), 1 - root(3), root(6) / 5, root(8) + root(27)]
)
MATRICES = st.lists(st.lists(ENTRIES, min_size=3, max_size=3), min_size=3, max_size=3)


def dense(rows):
    return np.array([[as_float(entry) for entry in row] for row in rows])


def value(parts, denominator=1):
    """What parts stand for: the sum of root times integers over the denominator."""
    return sum(sqrt(one) * matrix.toarray() for one, matrix in parts.items()) / denominator


@given(MATRICES)
def test_parts_are_whole_numbers_over_one_denominator(rows):
    parts, denominator = parts_of(from_rows(rows))
    assert all(matrix.dtype == np.int64 for matrix in parts.values())
    assert all(matrix.nnz for matrix in parts.values()) or set(parts) == {1}
    assert np.allclose(value(parts, denominator), dense(rows))
    assert np.allclose(as_floats(parts).toarray(), denominator * dense(rows))


@given(MATRICES, MATRICES)
@pytest.mark.parametrize("name", ["matmul", "kron"])
def test_products_by_radicand_are_products(name, one, other):
    """sqrt(2) sqrt(6) = 2 sqrt(3): the integer in front goes into the entries."""
    ours, theirs = {"matmul": (lambda a, b: a @ b, np.matmul), "kron": (kronecker, np.kron)}[name]
    (left, below), (right, under) = parts_of(from_rows(one)), parts_of(from_rows(other))
    found = multiplied(left, right, ours)
    assert all(radicand % square**2 for radicand in found for square in range(2, 7))
    assert np.allclose(value(found, below * under), theirs(dense(one), dense(other)))


def test_a_float_swallows_the_exact_parts():
    rows = [[0.5, root(2)], [0, 1]]
    parts, denominator = parts_of(from_entries(2, {(r, c): rows[r][c] for r, c in product(range(2), repeat=2)}))
    assert (list(parts), denominator) == ([0], 1)
    assert np.allclose(parts[0].toarray(), dense(rows))
    exact, _ = parts_of(from_rows([[1, 0], ["sqrt(3)", 2]]))
    both = multiplied(exact, parts, lambda a, b: a @ b)
    assert list(both) == [0]
    assert np.allclose(both[0].toarray(), as_floats(exact).toarray() @ dense(rows))
    mixed, kept = one_kind({0: parts[0], **exact}, 7)
    assert (list(mixed), kept) == ([0], 7)
    assert np.allclose(mixed[0].toarray(), dense(rows) + as_floats(exact).toarray())
    assert one_kind(exact, 3) == (exact, 3)


def test_an_empty_product_keeps_the_type_of_its_entries():
    empty, one = sparse.csr_array((2, 2), dtype=np.int64), sparse.csr_array(np.eye(2, dtype=np.int64))
    assert kronecker(empty, one).dtype == np.int64
    assert kronecker(empty, one.astype(float)).dtype == float
    assert parts_of(from_rows([[0, 0], [0, 0]]))[0][1].nnz == 0


LARGE, LESS, HALF = (sparse.csr_array(np.array([[number]])) for number in (2**31, 2**31 - 1, 2**30))
EQUATIONS = "the equations have coefficients over 2^62\n  write generators with smaller numbers"
GENERATOR = "a generator has numbers over 2^62\n  write it with smaller numbers"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: scaled(LARGE, 2**31), EQUATIONS),
        (lambda: scaled(LARGE.astype(float), 2**62), EQUATIONS),
        (lambda: multiplied({1: LARGE}, {1: LARGE}, lambda a, b: a @ b), EQUATIONS),
        (lambda: multiplied({6: LARGE}, {6: HALF}, lambda a, b: a @ b), EQUATIONS),  # times six
        (lambda: parts_of(from_rows([[2**62]])), GENERATOR),
        (lambda: parts_of(from_rows([[2**31, Fraction(1, 2**31)], [0, 1]])), GENERATOR),
    ],
)
def test_what_64_bits_do_not_hold_is_refused(make, problem):
    with pytest.raises(TooLargeError) as caught:
        make()
    assert str(caught.value) == problem


def test_what_just_fits_is_exact():
    assert scaled(LARGE, 2**31 - 1).toarray().item() == 2**31 * (2**31 - 1)
    assert multiplied({1: LARGE}, {1: LESS}, lambda a, b: a @ b)[1].toarray().item() == 2**31 * (2**31 - 1)
    assert multiplied({1: LARGE}, {6: HALF}, lambda a, b: a @ b)[6].toarray().item() == 2**61


def test_products_of_very_many_entries_are_refused_with_their_number(monkeypatch):
    monkeypatch.setattr("symshare.core.algebra.radicals.MOST_NONZEROS", 8)
    three = sparse.csr_array(np.eye(3, dtype=np.int64))
    with pytest.raises(TooLargeError, match=r"^a generator has 9 nonzeros on this space, over 8\n  lower the order"):
        kronecker(three, three)
