"""Orbits of signed permutations and equalities up to sign: against the dense equations, and counted in tables."""

from itertools import product
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare.core.algebra import orbits
from symshare.core.algebra.orbits import merged, orbit_labels


@st.composite
def signed_moves(draw):
    number = draw(st.integers(1, 9))
    moves = []
    for _ in range(draw(st.integers(0, 3))):
        images = np.array(draw(st.permutations(range(number))))
        signs = draw(st.none() | st.lists(st.sampled_from([1, -1]), min_size=number, max_size=number))
        moves.append((images, None if signs is None else np.array(signs, dtype=np.int8)))
    return number, moves


@given(signed_moves(), st.sampled_from([1, 2, 3, orbits.CHUNK]))
def test_orbits_are_the_null_space_of_the_dense_equations(case, chunk):
    number, moves = case
    with mock.patch.object(orbits, "CHUNK", chunk):
        labels = orbit_labels(number, moves)
    rows = [np.zeros((0, number))]
    for images, signs in moves:
        block = np.zeros((number, number))
        for j, image in enumerate(images):
            block[j, image] += 1
            block[j, j] -= 1 if signs is None else signs[j]
        rows.append(block)
    stacked = np.vstack(rows)
    dimension = int(np.abs(labels).max(initial=0))
    assert dimension == number - np.linalg.matrix_rank(stacked)
    seen = []
    for label in range(1, dimension + 1):
        vector = np.where(np.abs(labels) == label, np.sign(labels), 0)
        assert not (stacked @ vector).any()
        first = int(np.flatnonzero(vector)[0])
        assert vector[first] == 1  # the first of an orbit has the plus sign
        seen.append(first)
    assert seen == sorted(seen)


@st.composite
def equalities(draw):
    """Triples of left, right and signs (or none), and which coefficients vanish."""
    number = draw(st.integers(1, 8))
    places = st.lists(st.integers(0, number - 1), min_size=3, max_size=3)
    listed = [
        (
            np.array(draw(places)),
            np.array(draw(places)),
            draw(st.none() | st.lists(st.sampled_from([1, -1]), min_size=3, max_size=3).map(np.array)),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return number, listed, draw(st.none() | st.lists(st.integers(0, number - 1), max_size=2))


@given(equalities())
def test_what_equalities_merge_is_the_null_space_of_the_dense_equations(case):
    number, listed, vanishing = case
    labels = merged(number, listed, None if vanishing is None else np.array(vanishing, dtype=np.int64))
    rows = [np.eye(number)[place] for place in vanishing or ()]
    for left, right, signs in listed:
        factors = np.ones(3) if signs is None else signs
        rows += list(np.eye(number)[right] - factors[:, None] * np.eye(number)[left])
    stacked = np.array(rows).reshape(-1, number)
    dimension = int(np.abs(labels).max(initial=0))
    assert dimension == number - (np.linalg.matrix_rank(stacked) if len(rows) else 0)
    vectors = [np.where(np.abs(labels) == label, np.sign(labels), 0) for label in range(1, dimension + 1)]
    assert not any((stacked @ vector).any() for vector in vectors)
    firsts = [int(np.flatnonzero(vector)[0]) for vector in vectors]
    assert firsts == sorted(firsts)
    assert all(vector[first] == 1 for vector, first in zip(vectors, firsts, strict=True))


NECKLACES = [2, 3, 4, 6, 8, 14, 20, 36, 60, 108]
"""Binary strings of length 1, 2, .. up to turning: OEIS A000031."""
BRACELETS = [2, 3, 4, 6, 8, 13, 18, 30, 46, 78]
"""The same up to turning and reversal: OEIS A000029."""


@pytest.mark.parametrize("length", range(1, 11))
def test_turned_and_reversed_strings_are_necklaces_and_bracelets(length):
    strings = list(product((0, 1), repeat=length))
    number = {one: place for place, one in enumerate(strings)}
    turn = np.array([number[one[1:] + one[:1]] for one in strings])
    flip = np.array([number[one[::-1]] for one in strings])
    assert orbit_labels(len(strings), [(turn, None)]).max() == NECKLACES[length - 1]
    assert orbit_labels(len(strings), [(turn, None), (flip, None)]).max() == BRACELETS[length - 1]


@pytest.mark.parametrize("length", range(1, 9))
def test_turning_with_a_sign_keeps_the_odd_periods_alone(length):
    """A string turned is minus itself: after its period, times minus one for each turn, it must be itself."""
    strings = list(product((0, 1), repeat=length))
    number = {one: place for place, one in enumerate(strings)}
    turn = np.array([number[one[1:] + one[:1]] for one in strings])
    labels = orbit_labels(len(strings), [(turn, np.full(len(strings), -1))])
    for one, label in zip(strings, labels, strict=True):
        period = next(k for k in range(1, length + 1) if one[k:] + one[:k] == one)
        assert (label == 0) == (period % 2 == 1)
