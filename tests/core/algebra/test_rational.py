"""Numbers with square roots as rational blocks: the regular representation of their field, inverses and ranks."""

from fractions import Fraction
from itertools import combinations
from math import isqrt, prod, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symshare import TooLargeError
from symshare.core.algebra.numbers import as_float, root, simplest
from symshare.core.algebra.primes import LARGE_PRIME
from symshare.core.algebra.rational import field_basis, inverted, number_of, of_full_rank, over_rationals
from tests.core.algebra.drawn import PRIMES

BASIS = (1, 2, 3, 6)
FACTORS = st.lists(st.fractions(-9, 9, max_denominator=6), min_size=4, max_size=4)


def rows_of(dense):
    return [[(column, entry) for column, entry in enumerate(row) if entry] for row in dense]


def number(factors):
    return simplest(sum((factor * root(one) for factor, one in zip(factors, BASIS, strict=True)), Fraction(0)))


def value(factors):
    """In floats, without any arithmetic of ours."""
    return sum(float(factor) * sqrt(one) for factor, one in zip(factors, BASIS, strict=True))


def square_free(product):
    return next(product // k**2 for k in range(isqrt(product), 0, -1) if product % k**2 == 0)


@pytest.mark.parametrize("radicands", [(), (2,), (2, 3), (6, 10, 15), (2, 3, 6), (30, 42, 70, 105), (5, 7, 11, 385)])
def test_the_basis_of_a_field_has_the_products_of_all_subsets_of_roots(radicands):
    products = {square_free(prod(some)) for k in range(len(radicands) + 1) for some in combinations(radicands, k)}
    found = field_basis([rows_of([[1 + root(one) for one in radicands]])], 1)
    assert found[0] == 1
    assert len(found) == len(set(found))
    assert set(found) == products


@pytest.mark.parametrize(
    ("roots", "size", "fits"), [(0, 256, 1), (0, 257, 0), (3, 32, 1), (3, 33, 0), (8, 1, 1), (9, 1, 0)]
)
def test_a_basis_too_long_for_its_matrix_is_none(roots, size, fits):
    assert (field_basis([[[(0, root(one)) for one in PRIMES[:roots]]]], size) is not None) == bool(fits)


@given(FACTORS, FACTORS)
def test_a_block_multiplies_the_coordinates_of_a_number(one, other):
    """Against the product of two floats."""
    block = over_rationals(rows_of([[number(one)]]), BASIS)
    entries = [[Fraction(int(block[r, c].p), int(block[r, c].q)) for c in range(4)] for r in range(4)]
    assert [row[0] for row in entries] == one
    moved = [sum(a * b for a, b in zip(row, other, strict=True)) for row in entries]
    assert value(moved) == pytest.approx(value(one) * value(other), rel=1e-9, abs=1e-9)
    assert as_float(number_of([block[place, 0] for place in range(4)], BASIS)) == pytest.approx(value(one))


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.booleans())
def test_inverses_and_ranks_are_those_of_sympy(size, seed, rooted):
    """Over the rationals, and with sqrt(2) in them; ones of dependent rows among them."""
    sympy = pytest.importorskip("sympy")
    random = np.random.default_rng(seed)
    plain, other = random.integers(-2, 3, (2, size, size)).tolist()
    if not rooted:
        other = np.zeros((size, size), dtype=int).tolist()
    if size > 1 and seed % 2:
        plain[-1], other[-1] = plain[0], other[0]
    dense = [[a + b * root(2) for a, b in zip(*pair, strict=True)] for pair in zip(plain, other, strict=True)]
    theirs = sympy.Matrix(plain) + sympy.sqrt(2) * sympy.Matrix(other)
    regular = sympy.expand(theirs.det(method="berkowitz")) != 0
    found = inverted(rows_of(dense))
    assert (found is not None) == regular == of_full_rank(rows_of(dense))
    if found is not None:
        floats = np.array([[as_float(entry) for entry in row] for row in found])
        assert np.allclose(floats @ np.array(theirs.tolist(), dtype=float), np.eye(size))


def test_a_number_that_the_first_prime_divides_is_no_zero():
    for entry in (LARGE_PRIME, Fraction(1, LARGE_PRIME)):
        assert of_full_rank([[(0, entry)]])
        assert inverted([[(0, entry)]]) == [[1 / Fraction(entry)]]


def test_many_roots_are_refused_with_their_number():
    rows = [[(0, root(one)) for one in PRIMES[:8]], [(1, 1)]]
    said = r"^the inverse of a matrix of 2 rows with 8 independent square roots has 512 rows of rationals, over 256\n  give"
    with pytest.raises(TooLargeError, match=said):
        inverted(rows)
    with pytest.raises(
        TooLargeError, match=r"^a matrix with 11 independent square roots, over 10\n  write it with fewer"
    ):
        of_full_rank([[(0, sum(map(root, PRIMES[:11])))]])
    assert of_full_rank([[(0, sum(map(root, PRIMES[:5])))]])
