"""Primes with the square roots that are asked of them, against sympy."""

from itertools import islice
from math import prod

import pytest

from symshare.core.algebra.primes import LARGE_PRIME, PRIME, prime_factors, primes

sympy = pytest.importorskip("sympy")


def test_the_primes_are_primes_with_the_roots_they_promise():
    for prime, below in ((PRIME, 2**31), (LARGE_PRIME, 2**61)):
        assert sympy.isprime(prime)
        assert prime < below
        assert prime % 120120 == 1
        assert not any(sympy.isprime(other) for other in range(prime + 120120, below, 120120))


@pytest.mark.parametrize("radicands", [(), (-1,), (2, 3, 5, 7, 11, 13), (17,), (-19, 23), (17 * 29, 31), (-37 * 41,)])
def test_no_prime_with_all_the_roots_is_passed_over(radicands):
    """Euler's criterion for each prime factor, over every number that is 1 modulo 120,120."""
    needed = {factor for radicand in radicands for factor in sympy.factorint(abs(radicand))}
    found = list(islice(primes(radicands), 4))
    expected = [
        number
        for number in range(LARGE_PRIME, found[-1] - 1, -120_120)
        if sympy.isprime(number) and all(sympy.is_quad_residue(factor, number) for factor in needed)
    ]
    assert found == expected


def test_the_factors_of_a_square_free_number_are_those_of_sympy():
    for number in range(-300, 301):
        factors = sympy.factorint(abs(number)) if number else {}
        if number and all(power == 1 for power in factors.values()):
            found = prime_factors(number)
            assert found == [-1] * (number < 0) + sorted(factors)
            assert prod(found) == number
