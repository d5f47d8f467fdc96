"""Null spaces by exact elimination, against sympy, Cramer's rule and the enumeration of all vectors modulo a prime."""

import math
from fractions import Fraction
from itertools import product
from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from symshare.core.algebra.elimination import basis_modulo, null_space
from symshare.errors import TooLargeError


@settings(max_examples=60)
@given(st.integers(1, 8), st.integers(1, 10), st.integers(0, 2**32 - 1))
def test_random_integer_systems_against_sympy(columns, height, seed):
    sympy = pytest.importorskip("sympy")
    random = np.random.default_rng(seed)
    dense = random.integers(-4, 5, size=(height, columns)) * (random.random((height, columns)) < 0.4)
    vectors = null_space([{1: sparse.csr_array(dense.astype(np.int64))}], columns)
    expected = sympy.Matrix(dense.tolist()).nullspace()
    assert len(vectors) == len(expected)
    for vector in vectors:
        full = [vector.get(place, 0) for place in range(columns)]
        assert not (dense @ np.array(full, dtype=object)).any()
        assert gcd(*full) == 1
    if expected:
        echelon, _ = sympy.Matrix([list(one) for one in expected]).rref()
        rows = [[Fraction(vector.get(place, 0), vector[min(vector)]) for place in range(columns)] for vector in vectors]
        assert [[Fraction(int(e.p), int(e.q)) for e in echelon.row(k)] for k in range(len(rows))] == rows


def test_a_larger_sparse_system_has_the_nullity_of_its_rank():
    """A product of a 60 x 40 and a 40 x 70 matrix has rank 40 at most; numpy says what it is."""
    random = np.random.default_rng(3)
    left = random.integers(-1, 2, size=(60, 40)) * (random.random((60, 40)) < 0.05)
    right = random.integers(-1, 2, size=(40, 70)) * (random.random((40, 70)) < 0.05)
    dense = (left @ right).astype(np.int64)
    vectors = null_space([{1: sparse.csr_array(dense)}], 70)
    assert len(vectors) == 70 - np.linalg.matrix_rank(dense)
    for vector in vectors:
        assert not any(sum(int(row[place]) * entry for place, entry in vector.items()) for row in dense)


def test_a_null_vector_with_long_entries():
    """x1 = 1000 x0, x2 = 999 x1 / 7, ..: entries of several digits come back as coprime integers."""
    rows = sparse.csr_array(np.array([[1000, -1, 0, 0], [0, 999, -7, 0], [0, 0, 101, 3]]))
    (vector,) = null_space([{1: rows}], 4)
    assert vector == {0: 7, 1: 7000, 2: 999_000, 3: -33_633_000}


def test_long_rationals_are_lifted_from_several_primes():
    big = 2**40 + 15
    rows = sparse.csr_array(np.array([[big, -(big + 2), 0], [0, big + 4, -(big + 6)]]))
    found = np.array([(big + 2) * (big + 6), big * (big + 6), big * (big + 4)], dtype=object)
    found //= math.gcd(*found)
    assert null_space([{1: rows}], 3) == [dict(enumerate(found))]


def test_no_equations_and_no_unknowns():
    assert null_space([], 2) == [{0: 1}, {1: 1}]
    assert null_space([{1: sparse.csr_array((3, 2), dtype=np.int64)}], 2) == [{0: 1}, {1: 1}]
    assert null_space([], 0) == []
    assert null_space([{1: sparse.csr_array(np.eye(3, dtype=np.int64))}], 3) == []


def whole(rows):
    return sparse.csr_array(np.array(rows, dtype=np.int64))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("prime", [3, 7])
def test_the_basis_modulo_a_prime_spans_all_solutions(prime, seed):
    """Every vector is tried; the matrix is A + r B, where r stands for the root of B's radicand."""
    random = np.random.default_rng(seed)
    width, height = int(random.integers(1, 5)), int(random.integers(0, 6))
    one, other = (random.integers(-3, 4, (height, width)) * (random.random((height, width)) < 0.6) for _ in range(2))
    roots = {1: 1, 2: 3}
    found, in_echelon, _ = basis_modulo([{1: whole(one), 2: whole(other)}], roots, width, prime)
    dense = (one + 3 * other) % prime
    solutions = {
        place for place in product(range(prime), repeat=width) if not (dense @ np.array(place, dtype=int) % prime).any()
    }
    rows = [[vector.get(column, 0) for column in range(width)] for vector in found.values()]
    spanned = {
        tuple(
            sum(factor * row[column] for factor, row in zip(factors, rows, strict=True)) % prime
            for column in range(width)
        )
        for factors in product(range(prime), repeat=len(rows))
    }
    assert spanned == solutions
    assert prime ** len(rows) == len(solutions)
    assert in_echelon
    leads = [min(vector) for vector in found.values()]
    assert leads == list(found) == sorted(leads)
    assert all(vector.get(lead, 0) == int(lead == key) for key, vector in found.items() for lead in leads)


@pytest.mark.parametrize(("height", "width", "rank"), [(30, 24, 11), (12, 40, 9), (200, 20, 13), (150, 20, 20)])
@pytest.mark.parametrize("sparsely", [True, False])
def test_full_matrices_are_eliminated_as_sympy_does(monkeypatch, height, width, rank, sparsely):
    """Without a zero in them, some with far more rows than unknowns; row by row, or all of it densely."""
    if not sparsely:
        monkeypatch.setattr("symshare.core.algebra.elimination.MOST_FILLED", 0)
    matrices = pytest.importorskip("sympy.polys.matrices")
    domain = pytest.importorskip("sympy").GF(101, symmetric=False)
    random = np.random.default_rng(height)
    dense = random.integers(0, 101, (height, rank)) @ random.integers(0, 101, (rank, width)) % 101
    found, _, _ = basis_modulo([{1: whole(dense)}], {1: 1}, width, 101)
    expected = matrices.DomainMatrix([[domain(int(entry)) for entry in row] for row in dense], dense.shape, domain)
    assert len(found) == width - expected.rank()
    for vector in found.values():
        full = np.array([vector.get(column, 0) for column in range(width)])
        assert not (dense @ full % 101).any()


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        ("MOST_CELLS", r"^the equations of 6 unknowns have 12 coefficients to eliminate, over 2\n  lower the order"),
        ("MOST_BASIS", r"^the basis has over 2 nonzeros\n  lower the order or the sizes$"),
        ("MOST_DENSE", r"^the equations of 6 unknowns fill up when they are eliminated: 12 numbers, over 2\n  lower"),
    ],
)
def test_what_memory_does_not_hold_is_refused_with_the_number(monkeypatch, limit, problem):
    if limit == "MOST_DENSE":  # nothing is eliminated sparsely
        monkeypatch.setattr("symshare.core.algebra.elimination.MOST_FILLED", 0)
    monkeypatch.setattr(f"symshare.core.algebra.elimination.{limit}", 2)
    with pytest.raises(TooLargeError, match=problem):
        null_space([{1: whole([[1, 2, 3, 4, 5, 6], [1, 4, 9, 16, 25, 36]])}], 6)
