"""Values of terms modulo a prime, and their ranks, against plain arithmetic with fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import derive, evaluate
from symshare.core.algebra.matrices import from_rows
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import Profile, rank_profile
from symshare.core.bases.values import products, values
from symshare.core.groups.group import AxisGroup

S3 = AxisGroup("s3", 2, (from_rows([[-1, 1], [-1, 0]]), from_rows([[0, 1], [1, 0]])), tie="s3")
CASES = [
    ("bc->bc", {"b": "D(9)"}, 2),
    ("bc,b->bbc", {"b": "D(5)"}, 1),
    ("bb->b", {"b": "D(7)"}, 2),
    ("rs->rs", {"r": "D(6)", "s": "SO(3)"}, 1),
    ("ar->", {"r": "SU(2)"}, 2),
    ("ar,r->r", {"r": S3}, 3),
    ("r->rr,r", {"r": S3}, 3),
    ("->rr", {"r": S3}, 1),
]


@pytest.mark.parametrize(("text", "axes", "order"), CASES, ids=[case[0] for case in CASES])
def test_values_modulo_the_prime_are_those_of_the_definition(text, axes, order):
    basis = derive(text, order, axes=axes)
    sizes = dict.fromkeys("abc", 3) | dict(basis.signature.sizes)
    random = np.random.default_rng(1)
    tensors = [basis.signature.without_channels(one) for one in basis.signature.inputs]
    at = [
        [random.integers(0, 9, size=(2, *(sizes[letter] for letter in one.axes)), dtype=np.int64) for one in tensors]
        for _ in range(order)
    ]
    whole = [one for one in basis.terms if all(type(value) is int for c, _ in one.constants for _, value in c.nonzeros)]
    assert whole
    for term in whole:
        operands = [at[place][number] for place, number in enumerate(term.factors)]
        expected = evaluate(term, *operands, sizes=sizes) % PRIME
        for monomials in (None, products(term, at)):
            found = values(term, at, sizes, monomials)
            assert (np.broadcast_to(found, np.broadcast_shapes(found.shape, expected.shape)) == expected).all(), term


def independent_rows(rows):
    """The rows that are no combination of rows before them, by elimination with fractions."""
    found, basis = [], []
    for number, row in enumerate(rows):
        left = [Fraction(value) for value in row]
        for lead, other in basis:
            left = [a - left[lead] * b for a, b in zip(left, other, strict=True)]
        lead = next((place for place, value in enumerate(left) if value), None)
        if lead is not None:
            basis.append((lead, [value / left[lead] for value in left]))
            found.append(number)
    return found


@given(st.integers(0, 2**32), st.integers(1, 8), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_the_profile_of_a_matrix_that_grows(seed, number, widths):
    """Small entries: no minor of the matrix reaches the prime."""
    random = np.random.default_rng(seed)
    profile, rows = Profile(number), np.zeros((number, 0), dtype=np.int64)
    mix = random.integers(-1, 2, size=(number, random.integers(1, number + 1)))
    for width in widths:
        fresh = mix @ random.integers(-1, 2, size=(mix.shape[1], width))
        rows = np.hstack([rows, fresh])
        profile.widen(fresh % PRIME)
        assert profile.chosen == independent_rows(rows.tolist())


def test_products_of_long_residues_are_exact():
    from symshare.core.algebra.ranks import product_modulo

    random = np.random.default_rng(0)
    one, other = (random.integers(PRIME - 9, PRIME, size=shape) for shape in ((3, 5000), (5000, 4)))
    expected = [
        [sum(int(a) * int(b) for a, b in zip(row, column, strict=True)) % PRIME for column in other.T] for row in one
    ]
    assert product_modulo(one, other).tolist() == expected


def test_the_rank_profile_names_the_first_independent_rows():
    assert rank_profile([[0, 0], [1, 2], [2, 4], [0, 1], [5, 5]], 101) == [1, 3]
    assert rank_profile([], 101) == []
