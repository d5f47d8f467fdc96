"""Subspaces modulo a prime, beside ranks by flint."""

import numpy as np
import pytest

from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import rank_profile
from symshare.core.algebra.spans import Span, combination


def rows(seed, number, length, rank):
    random = np.random.default_rng(seed)
    return random.integers(-3, 4, (number, rank)) @ random.integers(-3, 4, (rank, length))


@pytest.mark.parametrize("seed", range(4))
def test_a_span_grows_by_the_rows_that_raise_the_rank(seed):
    given = rows(seed, 12, 7, 4)
    span = Span(7)
    taken = [place for place, row in enumerate(given) if span.add(row)]
    assert taken == rank_profile(given % PRIME, PRIME)
    assert all(span.has(row) for row in given)
    assert not span.has(rows(seed + 10, 1, 7, 7)[0])


def test_a_copy_grows_apart():
    span = Span(2)
    span.add(np.array([1, 1]))
    other = span.copy()
    assert other.add(np.array([0, 1])) and other.full and not span.full


@pytest.mark.parametrize("seed", range(4))
def test_a_combination_adds_up(seed):
    given = rows(seed, 6, 5, 3)
    target = np.array([1, -2, 0, 3, 1, 5]) @ given
    found = combination(given, target)
    total = sum(value * given[place].astype(object) for place, value in found.items())
    assert [(one - other) % PRIME for one, other in zip(total, target, strict=True)] == [0] * 5
    assert combination(np.eye(3, dtype=np.int64)[:2], np.array([0, 0, 1])) is None
