"""The primes that exact linear algebra is done modulo, and the prime factors of integers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

__all__ = ["LARGE_PRIME", "PRIME", "prime_factors", "primes"]

PRIME = 2147145001
"""The largest prime below 2^31 that is 1 modulo 120,120: -1 and every prime up to 13 have square roots modulo it."""

LARGE_PRIME = 2305843009213423681
"""The same below 2^61."""


def primes(radicands: Iterable[int] = ()) -> Iterator[int]:
    """Primes below 2^61 that are 1 modulo 120,120, the largest first, modulo which all these have square roots.

    >>> next(primes()) == LARGE_PRIME
    True
    """
    from flint import fmpz

    needed = sorted({factor for radicand in radicands for factor in prime_factors(radicand)})
    prime = LARGE_PRIME
    while True:
        if all(pow(one, (prime - 1) // 2, prime) == 1 for one in needed) and fmpz(prime).is_prime():
            yield prime
        prime -= 120_120


@lru_cache(maxsize=4096)
def prime_factors(radicand: int) -> list[int]:
    """The prime factors of a square-free number, -1 among them."""
    found = [-1] if radicand < 0 else []
    left, divisor = abs(radicand), 2
    while divisor * divisor <= left:
        if left % divisor == 0:
            found.append(divisor)
            left //= divisor
        divisor += 1
    return found + ([left] if left > 1 else [])
