"""Folding coefficients that signed permutations move to each other: against orbits counted by hand, and back."""

from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy import sparse

from symshare import taylor
from symshare.core.actions.operators import Action, Operator
from symshare.core.equations.folding import folded, move, unfolded, without_zeros

RNG = np.random.default_rng(0)


def signed(size, signs):
    return Operator(size, RNG.permutation(size), RNG.choice([-1, 1], size).astype(np.int8) if signs else None)


@pytest.mark.parametrize(("inner_signs", "outer_signs"), list(product([False, True], repeat=2)))
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_a_signed_permutation_moves_coefficients_as_it_moves_entries(inner_signs, outer_signs, ordered, degree):
    """x_j -> s_j x_p(j), y_i -> t_i y_q(i): the coefficient of y_i and x_j x_k .. goes to that of their images."""
    variables, outputs = 4, 3
    ansatz = taylor("a->b", degree, sizes={"a": variables, "b": outputs}, ordered=ordered, least=degree)
    inner, outer = signed(variables, inner_signs), signed(outputs, outer_signs)
    target, signs = move(ansatz, 0, Action("g", "ab", False, inner, outer))
    if ordered:
        monomials = list(product(range(variables), repeat=degree))
    else:
        monomials = sorted(combinations_with_replacement(range(variables), degree), key=lambda row: row[::-1])
    for place, (out, row) in enumerate(product(range(outputs), monomials)):
        image = tuple(int(inner.images[one]) for one in row)
        image = image if ordered else tuple(sorted(image))
        assert target[place] == int(outer.images[out]) * len(monomials) + monomials.index(image)
        sign = outer.signs[out] if outer_signs else 1
        for one in row:
            sign = sign * (inner.signs[one] if inner_signs else 1)
        assert (1 if signs is None else signs[place]) == sign


LABELS = [[1, 2, 3], [1, -1, 2], [0, 1, 0, -1, 2, 2], [0, 0], [], [1, 2, -2, 1, 3, -3, 0]]


@pytest.mark.parametrize("labels", LABELS)
def test_a_folded_coefficient_stands_on_its_whole_orbit(labels):
    dimension = max(map(abs, labels), default=0)
    found = folded(np.array(labels, dtype=np.int64), dimension).toarray()
    expected = [
        [(label > 0) - (label < 0) if abs(label) == one + 1 else 0 for one in range(dimension)] for label in labels
    ]
    assert found.shape == (len(labels), dimension)
    assert found.tolist() == expected


@pytest.mark.parametrize("labels", LABELS)
def test_unfolding_is_the_folding_matrix_times_the_vectors(labels):
    dimension = max(map(abs, labels), default=0)
    for chosen in product([0, 1, Fraction(-2, 3)], repeat=dimension):
        vector = {place: value for place, value in enumerate(chosen) if value}
        (found,) = unfolded([vector], np.array(labels, dtype=np.int64))
        signs = [(label > 0) - (label < 0) for label in labels]
        values = [sign * chosen[abs(label) - 1] if label else 0 for sign, label in zip(signs, labels, strict=True)]
        assert found == {place: value for place, value in enumerate(values) if value}
        assert list(found) == sorted(found)


def test_zeros_that_are_stored_are_dropped():
    """An orbit with its own negative: x - x is stored as 0."""
    one = sparse.csr_array((np.array([1, -1, 5]), (np.array([0, 0, 1]), np.array([0, 0, 2]))), shape=(2, 3))
    one.sum_duplicates()
    assert one.nnz == 2
    found = without_zeros({1: one})
    assert found[1].nnz == 1
    assert found[1].toarray().tolist() == [[0, 0, 0], [0, 0, 5]]
