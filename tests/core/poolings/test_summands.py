"""Sums with factors and sizes."""

from fractions import Fraction

import numpy as np

from symshare.core.poolings.summands import added


def test_whole_numbers_stay_whole_and_floats_are_divided():
    third = Fraction(1, 3)
    values = [(third, (), np.array([1, 4])), (third, (("a", 1),), np.array([1, 1]))]
    assert added(values, {"a": 2}).tolist() == [1, 2]
    assert added(values, {"a": 2}).dtype.kind == "i"
    assert added([(one, powers, value / 2) for one, powers, value in values], {"a": 2}).tolist() == [0.5, 1.0]
