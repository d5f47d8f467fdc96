"""Offsets around cyclic axes: a term is its untied form between rolls of whole tensors."""

import numpy as np
import pytest

from symshare import derive, signature
from symshare.core.terms.offsets import untied
from tests.core.terms.by_hand import by_hand

SIZES = {"a": 2, "b": 3}


def rolled(array, distances):
    for axis, distance in enumerate(distances):
        array = np.roll(array, distance, axis)
    return array


CASES = [
    ("t->t", {"t": "C(4)"}, 3),
    ("t->", {"t": "C(5)"}, 3),
    ("tt->t", {"t": "C(3)"}, 2),
    ("at->at", {"t": "C(3)"}, 2),
    ("t,bt->tb", {"t": "C(4)"}, 2),
    ("ts->st", {"t": "C(3)", "s": "C(2)"}, 2),
    ("->tt", {"t": "C(4)"}, 1),
    ("ab->b", {}, 2),
    ("tr->r", {"t": "C(3)", "r": "SO(2)"}, 2),
]


@pytest.mark.parametrize(("text", "axes", "order"), CASES)
def test_rolling_the_tensors_stands_for_the_offsets(text, axes, order):
    random = np.random.default_rng(0)
    one = signature(text, axes=axes)
    sizes = SIZES | dict(one.sizes)
    for term in derive(one, order).terms:
        operands = [
            random.integers(-9, 10, [sizes[letter] for letter in tensor.axes]) for tensor in term.factor_tensors
        ]
        plain = untied(term)
        moved = [
            rolled(operand, [-distance for distance in distances])
            for operand, distances in zip(operands, plain.inner, strict=True)
        ]
        found = rolled(by_hand(plain.term, moved, sizes), plain.outer)
        assert np.array_equal(found, by_hand(term, operands, sizes)), str(term)
        assert not any(constant.offsets for constant, _ in plain.term.constants)
        assert [constant for constant, _ in plain.term.constants] == [
            one for one, _ in term.constants if not one.offsets
        ]
        first = dict.fromkeys(i for row in (*plain.term.factor_indices, plain.term.output_indices) for i in row)
        assert list(first) == list(range(len(first)))


def test_a_term_without_offsets_is_its_own():
    for term in derive("ab->ba", 2).terms:
        plain = untied(term)
        assert plain.term == term
        assert not any(distance for distances in (*plain.inner, plain.outer) for distance in distances)
