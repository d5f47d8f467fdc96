"""Images of exact numbers modulo a prime, against search among all residues."""

import math
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given

from symshare import NotationError
from symshare.core.algebra.numbers import as_float, root, simplest
from symshare.core.algebra.primes import LARGE_PRIME, PRIME
from symshare.core.algebra.residues import modulo
from tests.core.algebra.drawn import surds

SMALL = [3, 5, 7, 11, 17, 41, 97, 193, 257]
"""Some of them one more than many twos: 257 - 1 = 2^8, 193 - 1 = 2^6 3 .. which is where Tonelli's loop has to turn."""


@pytest.mark.parametrize("prime", [PRIME, LARGE_PRIME, 23, 10007])
@given(one=surds(), two=surds())
def test_the_image_modulo_a_prime_is_a_ring_homomorphism(prime, one, two):
    if prime in (23, 10007):  # few roots exist there: rationals alone
        one, two = (Fraction(math.floor(as_float(number))) for number in (one, two))
    assert modulo(simplest(one + two), prime) == (modulo(one, prime) + modulo(two, prime)) % prime
    assert modulo(simplest(one * two), prime) == modulo(one, prime) * modulo(two, prime) % prime


@pytest.mark.parametrize("prime", [PRIME, LARGE_PRIME])
@pytest.mark.parametrize("radicand", [-1, 2, 3, 5, 7, 11, 13, 6, -15, 30030])
def test_the_image_of_a_root_is_a_root(prime, radicand):
    """The primes are chosen so that -1 and every prime up to 13 are squares."""
    assert modulo(root(radicand), prime) ** 2 % prime == radicand % prime


@pytest.mark.parametrize(
    ("number", "prime", "problem"),
    [
        (0.5, PRIME, "is a float"),
        (Fraction(1, PRIME), PRIME, "has no value modulo"),
        (root(3), 7, "has no value modulo 7"),  # the squares modulo 7 are 1, 2, 4
    ],
)
def test_numbers_without_an_image(number, prime, problem):
    with pytest.raises(NotationError, match=problem):
        modulo(number, prime)


def square_free(number):
    return all(number % square**2 for square in range(2, math.isqrt(number) + 1))


@pytest.mark.parametrize("prime", SMALL)
def test_a_root_is_found_where_search_finds_one(prime):
    """Of the prime numbers: the lesser of the two roots; of their products the product of the roots."""
    for radicand in filter(square_free, range(2, 60)):
        factors = [q for q in range(2, radicand + 1) if radicand % q == 0 and all(q % d for d in range(2, q))]
        least = [min((x for x in range(1, prime) if (x * x - q) % prime == 0), default=None) for q in factors]
        if None in least:
            with pytest.raises(NotationError, match=f"has no value modulo {prime}"):
                modulo(root(radicand), prime)
        else:
            assert modulo(root(radicand), prime) == math.prod(least) % prime


@pytest.mark.parametrize("prime", SMALL)
def test_a_fraction_is_what_times_its_denominator_is_its_numerator(prime):
    for above, below in combinations(range(1, 15), 2):
        for number in (Fraction(above, below), Fraction(-below, above)):
            found = [x for x in range(prime) if (x * number.denominator - number.numerator) % prime == 0]
            if number.denominator % prime == 0:
                with pytest.raises(NotationError, match="use numbers with smaller denominators"):
                    modulo(number, prime)
            else:
                assert [modulo(number, prime)] == found
