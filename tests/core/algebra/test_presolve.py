"""Short equations taken out beforehand: what is left has the null space of what was given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from symshare.core.algebra.presolve import presolved

ROWS = st.lists(st.integers(-2, 2), min_size=6, max_size=6)
SPARSE = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([-2, -1, 1, 2])), min_size=1, max_size=3).map(
    lambda cells: [sum(value for place, value in cells if place == column) for column in range(6)]
)
BLOCKS = st.lists(st.lists(SPARSE | SPARSE | SPARSE | ROWS, min_size=1, max_size=4), min_size=1, max_size=3)


def whole(rows):
    return sparse.csr_array(np.array(rows, dtype=np.int64))


def value(parts):
    return sum(np.sqrt(one) * matrix.toarray() for one, matrix in parts.items())


def null_space(dense):
    _, values, rows = np.linalg.svd(dense)
    return rows[int((values > 1e-9).sum()) :]


def unfolded(labels, vector):
    """The values of all unknowns from those of the orbits."""
    return np.sign(labels) * np.concatenate([[0], vector])[np.abs(labels)]


def check(blocks, unknowns):
    labels, rest = presolved(blocks, unknowns)
    number = int(np.abs(labels).max(initial=0))
    before = np.vstack([value(parts) for parts in blocks])
    after = np.vstack([np.zeros((0, number)), *map(value, rest)])
    kept = null_space(np.vstack([after, np.zeros((1, number))])) if number else np.zeros((0, 0))
    assert len(kept) == len(null_space(before))
    for vector in kept:
        assert np.abs(before @ unfolded(labels, vector)).max() < 1e-9
    return labels, rest


@settings(max_examples=200)
@given(BLOCKS)
def test_what_is_left_has_the_null_space_of_what_was_given(blocks):
    """And nothing is left that is short: no row of one unknown, none that says two are equal up to sign, none twice."""
    _, rest = check([{1: whole(rows)} for rows in blocks], 6)
    for parts in rest:
        rows = [tuple(row) for row in parts[1].toarray().tolist()]
        for row in rows:
            cells = [entry for entry in row if entry]
            assert len(cells) != 1
            assert len(cells) != 2 or abs(cells[0]) != abs(cells[1])


@settings(max_examples=100)
@given(BLOCKS, BLOCKS)
def test_equations_with_roots_in_them_merge_nothing_that_is_not_equal(one, other):
    pairs = [(rows, more) for rows, more in zip(one, other, strict=False) if len(rows) == len(more)]
    check([{1: whole(one[0])}, *({1: whole(rows), 2: whole(more)} for rows, more in pairs)], 6)


@pytest.mark.parametrize(
    ("rows", "expected", "left"),
    [
        ([[1, -1, 0]], [1, 1, 2], 0),
        ([[2, 2, 0]], [1, -1, 2], 0),
        ([[1, -2, 0]], [1, 2, 3], 1),
        ([[0, 5, 0]], [1, 0, 2], 0),
        ([[1, -1, 0], [0, 1, 1], [0, 0, 3]], [0, 0, 0], 0),
        ([[1, -1, 0], [1, 1, -4]], [1, 1, 2], 1),  # 2 x - 4 y after the first: x = 2 y is no equality
        ([[1, -1, 0], [1, 1, -2]], [1, 1, 1], 0),  # 2 x - 2 y after the first
        ([[1, 1, 1], [2, 2, 2], [-1, -1, -1], [1, -1, 0]], [1, 1, 2], 1),  # 2 x + y three times, kept once
    ],
)
def test_by_hand(rows, expected, left):
    labels, rest = presolved([{1: whole(rows)}], 3)
    assert labels.tolist() == expected
    assert sum(parts[1].shape[0] for parts in rest) == left


def test_a_root_times_an_unknown_is_another_unknown():
    labels, rest = presolved([{1: whole([[1, 0], [0, 0]]), 2: whole([[0, -1], [0, 0]])}], 2)
    assert labels.tolist() == [1, 2]
    assert np.allclose(np.vstack([value(parts) for parts in rest]), [[1, -np.sqrt(2)]])
