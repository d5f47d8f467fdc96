"""Diagrams that pair slots, composed: beside the coefficient tensors that they stand for."""

import numpy as np
import pytest

from symshare.core.notation.reading import signature
from symshare.core.poolings.matchings import Matchings
from symshare.core.poolings.tensors import Tensors

CASES = [
    ("r,rr", {"r": "O(4)"}),
    ("r", {"r": "Sp(4)"}),
    ("r", {"r": "O(1,3)"}),
    ("r,s", {"r": "GL(3)", "s": "dual(r)"}),
]
KINDS = [((0, 0), (0, 0, 0, 0), 0), ((0, 0, 0, 0), (0, 0), 1), ((0, 0, 0, 0), (0, 0), 2), ((0, 0), (0, 0), 0)]


LINEAR = [((0, 0), (0, 0, 0, 1), 0), ((0, 0, 0, 1), (0, 0), 1), ((1, 1, 0, 1), (1, 1), 2), ((1, 1), (1, 1, 0, 1), 0)]
"""With as many upper as lower slots."""


def kinds_of(text):
    return LINEAR if text == "r,s" else KINDS


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_a_composition_is_the_contraction_of_tensors_up_to_a_factor(text, axes):
    one = signature(text, axes=axes)
    pairs, tensors = Matchings(one), Tensors(one)
    for outer, inner, place in kinds_of(text):
        found, wanted = pairs.plugged(outer, inner, place), tensors.plugged(outer, inner, place)
        assert found.shape == wanted.shape
        assert np.array_equal(found != 0, wanted != 0)
        assert found.any()


@pytest.mark.parametrize(("text", "axes"), CASES)
def test_an_exchange_is_the_transposition_of_tensors_up_to_a_sign(text, axes):
    one = signature(text, axes=axes)
    kinds = kinds_of(text)[1][0]
    for order in ((1, 0, 2), (2, 0, 1)):
        found, wanted = (kind(one).exchanged(kinds, order) for kind in (Matchings, Tensors))
        assert np.array_equal(found != 0, wanted != 0)


def test_a_term_is_one_of_its_diagrams():
    pairs = Matchings(signature("r", axes={"r": "O(3)"}))
    assert len(pairs.chosen((0, 0, 0, 0))) == 3
    assert [pairs.coefficients((0, 0, 0, 0), (), slots).sum() for slots in ((0, 0, 1, 1), (0, 1, 0, 1))] == [1, 1]
    assert pairs.coefficients((0, 0, 0, 0), (), (0, 0, 1, 1)).argmax() == 0
