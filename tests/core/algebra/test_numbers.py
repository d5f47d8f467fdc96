"""Sums of square roots, against floats, decimals of sixty digits and the laws of a field."""

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symshare import NotationError
from symshare.core.algebra.numbers import (
    Surd,
    as_float,
    independent_roots,
    inverse,
    is_exact,
    root,
    simplest,
    square_roots,
)
from tests.core.algebra.drawn import FRACTIONS, PRIMES, close, precise, surds


@given(surds(), surds())
def test_the_arithmetic_of_surds_is_that_of_real_numbers(one, two):
    a, b = as_float(one), as_float(two)
    close(one + two, a + b)
    close(one - two, a - b)
    close(one * two, a * b)
    assert (one == two) == (not (one - two))


@given(surds(), surds(), surds())
def test_surds_are_a_field(one, two, three):
    """Associative, commutative, distributive, with inverses: exactly, not within a tolerance."""
    assert simplest((one + two) + three) == simplest(one + (two + three))
    assert simplest((one * two) * three) == simplest(one * (two * three))
    assert simplest(one * (two + three)) == simplest(one * two + one * three)
    assert simplest(one * two) == simplest(two * one)
    assert simplest(one - one) == 0
    if two:
        quotient = one / two if isinstance(two, Surd) or isinstance(one, Surd) else Fraction(one) / Fraction(two)
        assert simplest(quotient * two) == one


COMPLEX = st.dictionaries(st.sampled_from([1, -1, 2, -2, 3, -3, 5, 6, -6, 15, -30, 26, -77]), FRACTIONS, max_size=5)


@given(COMPLEX)
def test_every_number_but_zero_has_an_inverse(parts):
    number = simplest(sum((factor * root(radicand) for radicand, factor in parts.items()), Fraction(0)))
    with mpmath.workdps(60):
        if number:
            assert mpmath.almosteq(precise(inverse(number)) * precise(number), 1, rel_eps=1e-30)
            assert simplest(inverse(number) * number) == 1
        else:
            assert abs(precise(number)) == 0


@given(COMPLEX)
def test_the_field_of_a_number_has_the_dimension_of_what_its_roots_multiply_to(parts):
    number = simplest(sum((factor * root(radicand) for radicand, factor in parts.items()), Fraction(0)))
    products = {1}
    for radicand in square_roots(number):
        products |= {_square_free_product(radicand, other) for other in products}
    assert 2 ** len(independent_roots(square_roots(number))) == len(products)


def _square_free_product(one, other):
    product = one * other
    for divisor in range(2, 1000):
        while product % divisor**2 == 0:
            product //= divisor**2
    return product


@given(st.integers(-400, 400))
def test_the_square_of_a_root(number):
    assert root(number) * root(number) == number
    if number >= 0:
        close(root(number), math.sqrt(number))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (root(2) * root(3), root(6)),
        (root(8), 2 * root(2)),
        (root(12) + root(27), 5 * root(3)),
        (1 / (root(3) - root(2)), root(3) + root(2)),
        ((1 + root(5)) / 2 * ((1 + root(5)) / 2), (1 + root(5)) / 2 + 1),  # the golden ratio
        (1 / (1 + root(2) + root(3)), Fraction(1, 2) + root(2) / 4 - root(6) / 4),
        (root(-1) * root(-1), -1),
        (root(-2) * root(-3), -root(6)),
        (1 / root(-1), -root(-1)),
        (root(0), 0),
        (root(49), 7),
    ],
)
def test_identities_between_square_roots(left, right):
    assert simplest(left) == simplest(right)


def test_a_surd_beside_a_float_is_a_float():
    """What is computed from a float is not exact, and says so."""
    for value in (
        root(2) + 0.5,
        0.5 + root(2),
        root(2) - 0.5,
        0.5 - root(2),
        root(2) * 0.5,
        0.5 / root(2),
        root(2) / 4.0,
    ):
        assert isinstance(value, float)
        assert not is_exact(value)
    assert root(2) + 0.5 == pytest.approx(math.sqrt(2) + 0.5)
    assert 0.5 - root(2) == pytest.approx(0.5 - math.sqrt(2))


def test_division_by_zero_and_floats_of_complex_numbers():
    with pytest.raises(ZeroDivisionError):
        root(2) / 0
    with pytest.raises(NotationError, match="is not a real number"):
        as_float(root(-2) + 1)


def test_square_roots_are_the_radicands_of_the_irrational_part():
    assert square_roots(1 + root(2) + root(12)) == (2, 3)
    assert square_roots(Fraction(1, 2)) == ()
    assert is_exact(root(2))
    assert not is_exact(0.5)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_one_over_few_roots_is_exact(number):
    total = sum(map(root, PRIMES[:number]))
    assert simplest(inverse(total) * total) == 1


def test_roots_that_are_products_of_others_count_once():
    total = sum(map(root, [2, 3, 5, 6, 10, 15, 30]))
    assert simplest(inverse(total) * total) == 1
