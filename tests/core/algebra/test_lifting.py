"""Null spaces of long rationals: lifted from several primes, held against fraction arithmetic, or refused with the number."""

from collections import Counter
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from scipy import sparse

from symshare import certify, count, derive, solve, taylor
from symshare.core.algebra.elimination import null_space
from symshare.core.algebra.matrices import from_rows, permutation
from symshare.core.algebra.numbers import Surd, root
from symshare.core.groups.group import AxisGroup
from symshare.errors import TooLargeError


def echelon(rows, width):
    """The null space by elimination over the fractions: vectors with first entries 1, in reduced echelon form."""
    rows = [[Fraction(int(entry)) for entry in row] for row in rows]
    # reduced echelon form of the null space: pivots of the equations from the last unknown on
    pivots = {}
    for column in reversed(range(width)):
        row = next((row for row in rows if row[column]), None)
        if row is None:
            continue
        rows.remove(row)
        row = [entry / row[column] for entry in row]
        rows = [[a - other[column] * b for a, b in zip(other, row, strict=True)] for other in rows]
        pivots = {
            at: [a - other[column] * b for a, b in zip(other, row, strict=True)] for at, other in pivots.items()
        } | {column: row}
    return [
        [-pivots[at][free] if at in pivots else Fraction(int(at == free)) for at in range(width)]
        for free in range(width)
        if free not in pivots
    ]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("digits", [1, 6, 15])
def test_long_null_spaces_agree_with_fraction_arithmetic(seed, digits):
    random = Random(seed)
    width = random.randint(3, 9)
    height = random.randint(1, width - 1)
    rows = [[random.randint(-(10**digits), 10**digits) for _ in range(width)] for _ in range(height)]
    found = null_space([{1: sparse.csr_array(np.array(rows, dtype=np.int64))}], width)
    scaled = [
        [Fraction(vector.get(place, 0), next(iter(vector.values()))) for place in range(width)] for vector in found
    ]
    assert scaled == echelon(rows, width)
    assert all(isinstance(entry, int) for vector in found for entry in vector.values())


@pytest.mark.parametrize("radicands", [(1, 2, 3), (1, 6), (6, 10, 15), (1, -1, -6), (2, 30030)])
@pytest.mark.parametrize("seed", range(6))
def test_long_vectors_of_roots_are_solutions(seed, radicands):
    random = Random(seed)
    parts = {
        one: sparse.csr_array(np.array([[random.randint(-(10**9), 10**9) for _ in range(4)] for _ in range(3)]))
        for one in radicands
    }
    (vector,) = null_space([parts], 4)
    assert any(isinstance(entry, Surd) for entry in vector.values())
    for row in range(3):
        total = 0
        for radicand, matrix in parts.items():
            for place, entry in vector.items():
                total = total + int(matrix[row, place]) * root(radicand) * entry
        assert total == 0


def conjugate(matrix, steps, random):
    """The matrix in another basis of whole numbers."""
    size = matrix.size
    base = [[int(row == column) for column in range(size)] for row in range(size)]
    for _ in range(steps):
        one, other = random.sample(range(size), 2)
        factor = random.choice([-1, 1])
        base[one] = [a + factor * b for a, b in zip(base[one], base[other], strict=True)]
    change = from_rows(base)
    return change @ matrix @ change.inverse()


@pytest.mark.parametrize(
    ("seed", "steps", "text", "order"),
    [(1, 6, "s,t->", 4), (1, 8, "s,t->s,t", 3), (2, 8, "s,t->", 4), (5, 8, "s,t->st", 3), (11, 8, "s,t->s,t", 3)],
)
def test_a_cyclic_group_of_order_12_in_long_numbers(seed, steps, text, order):
    """A third and a quarter of a turn at once, on three and on two values: the count does not depend on the basis."""
    random = Random(seed)
    plain = permutation([1, 2, 0]), from_rows([[0, -1], [1, 0]])
    moved = [conjugate(one, steps, random) for one in plain]
    groups = [
        {letter: AxisGroup("c12", one.size, (one,), tie="c12") for letter, one in zip("st", own, strict=True)}
        for own in (plain, moved)
    ]
    basis = derive(text, order, axes=groups[1])
    assert list(basis.counts) == [count(text, degree, axes=groups[0]) for degree in range(order + 1)]
    assert certify(basis).ok


def test_a_large_random_system_is_solved():
    """5,000 equations of three of 8,000 unknowns: the rank modulo another prime says how many are free."""
    random = np.random.default_rng(0)
    places = np.array([random.choice(8000, 3, replace=False) for _ in range(5000)])
    values = random.choice([-3, -2, -1, 1, 2, 3], (5000, 3)).astype(np.int64)
    matrix = sparse.csr_array((values.ravel(), (np.repeat(np.arange(5000), 3), places.ravel())), shape=(5000, 8000))
    found = null_space([{1: matrix}], 8000)
    assert len(found) == 3000
    # each has an unknown to itself, so that they are independent
    held = Counter(place for vector in found for place in vector)
    assert all(any(held[place] == 1 for place in vector) for vector in found)
    for vector in found:
        touched = matrix[:, list(vector)].tocoo()
        totals = [0] * 5000
        entries = list(vector.values())
        for row, at, value in zip(touched.row.tolist(), touched.col.tolist(), touched.data.tolist(), strict=True):
            totals[row] += value * entries[at]
        assert not any(totals)


def test_numbers_that_are_too_long_are_refused_with_their_length():
    random = Random(1)
    rows = tuple(tuple(random.randint(-9, 9) for _ in range(44)) for _ in range(44))
    group = AxisGroup("any", 44, (from_rows(rows),))
    with pytest.raises(TooLargeError, match=r"1,936 unknowns has 44 vectors of rationals with over \d+ bits"):
        solve(taylor("r->r", 1, axes={"r": group}, least=1))
