"""Exact numbers drawn at random, and their values in floats and to many digits."""

import mpmath
import pytest
from hypothesis import strategies as st

from symshare.core.algebra.numbers import as_float, parts_of_number, root, simplest

PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]
FRACTIONS = st.fractions(min_value=-50, max_value=50, max_denominator=12)


@st.composite
def surds(draw):
    """A sum of up to four rational multiples of square roots, as an exact number."""
    total = draw(FRACTIONS)
    for radicand in draw(st.lists(st.sampled_from([2, 3, 5, 6, 7, 8, 12, 18, 30]), max_size=3)):
        total = total + draw(FRACTIONS) * root(radicand)
    return simplest(total)


def close(number, expected):
    assert as_float(number) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def precise(number):
    """The value to 60 digits, of what it is written as."""
    total = mpmath.mpc(0)
    for radicand, factor in parts_of_number(number):
        total += mpmath.mpf(factor.numerator) / factor.denominator * mpmath.sqrt(radicand)
    return total
