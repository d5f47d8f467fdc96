"""Laurent polynomials with packed exponents, against polynomials by tuples of exponents and constant terms in tables."""

from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import TooLargeError
from symshare.core.algebra.laurent import Laurent, constant_term, unpacked, variables

POWERS = st.tuples(*[st.integers(-1, 1)] * 3) | st.tuples(*[st.integers(-40, 40)] * 3)
TERMS = st.dictionaries(POWERS, st.integers(-5, 5), max_size=8)


def packed(terms):
    one = variables(3)
    return Laurent({sum(power * x for power, x in zip(powers, one, strict=True)): f for powers, f in terms.items()})


def by_tuples(polynomial):
    """The nonzero terms, by the exponents of the single variables."""
    return {unpacked(exponent, 3, 1): factor for exponent, factor in polynomial.terms.items() if factor}


def plus(one, other):
    found = {key: one.get(key, 0) + other.get(key, 0) for key in one | other}
    return {key: factor for key, factor in found.items() if factor}


def times(one, other):
    found = {}
    for (a, f), (b, g) in product(one.items(), other.items()):
        key = tuple(x + y for x, y in zip(a, b, strict=True))
        found[key] = found.get(key, 0) + f * g
    return plus(found, {})


@given(st.lists(st.integers(-(2**46), 2**46), min_size=1, max_size=5), st.integers(-3, 3))
def test_exponents_of_any_sign_are_unpacked_as_they_were_packed(powers, scale):
    exponent = sum(power * x for power, x in zip(powers, variables(len(powers)), strict=True))
    assert unpacked(exponent, len(powers), scale) == tuple(scale * power for power in powers)


@given(TERMS, TERMS, st.integers(-4, 4))
def test_sums_and_products_are_those_of_polynomials(one, other, number):
    left, right = packed(one), packed(other)
    constant = {(0, 0, 0): number}
    assert by_tuples(left + right) == plus(one, other)
    assert by_tuples(left * right) == times(one, other)
    assert by_tuples(left + number) == by_tuples(number + left) == plus(one, constant)
    assert by_tuples(left * number) == by_tuples(number * left) == times(one, constant)
    assert by_tuples(left**3) == times(one, times(one, one))
    assert by_tuples(left**0) == {(0, 0, 0): 1}
    assert constant_term(left, right) == times(one, other).get((0, 0, 0), 0)
    assert constant_term(left, number) == constant_term(number, left) == number * one.get((0, 0, 0), 0)


@given(st.dictionaries(st.integers(-40, 40), st.integers(1, 5), max_size=4))
def test_a_polynomial_is_moved_to_later_variables(terms):
    assert by_tuples(Laurent(terms).moved(2)) == {(0, 0, power): factor for power, factor in terms.items()}


def test_constant_terms_in_tables():
    """Central binomials, OEIS A000984; walks on the square lattice that come back, A002894; Catalan's numbers, A000108,
    as the mean over SU(2) by Weyl's density 1 - z^2."""
    x, y = (Laurent({one: 1, -one: 1}) for one in variables(2))
    density = Laurent({0: 1, 2: -1})
    for half, catalan in enumerate([1, 1, 2, 5, 14, 42, 132]):
        assert constant_term(x**half, x**half) == comb(2 * half, half)
        assert constant_term((x + y) ** half, (x + y) ** half) == comb(2 * half, half) ** 2
        assert constant_term(density, x ** (2 * half)) == catalan


def test_very_many_products_are_refused_with_their_number():
    long = Laurent(dict.fromkeys(range(5000), 1))
    with pytest.raises(TooLargeError, match="characters of 25,000,000 weights would be multiplied, over 20,000,000"):
        long * long


def test_a_product_that_memory_does_not_hold_is_refused():
    sparse = Laurent(dict.fromkeys(range(0, 4_000 * 4_000, 4_000), 1))
    with pytest.raises(TooLargeError, match="over 8,000,000 weights is too long"):
        sparse * Laurent(dict.fromkeys(range(4_000), 1))
