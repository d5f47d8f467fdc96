"""Images of rationals and square roots modulo a prime."""

from __future__ import annotations

from functools import lru_cache

from symshare.core.algebra.numbers import Number, parts_of_number
from symshare.core.algebra.primes import PRIME, prime_factors
from symshare.errors import NotationError

__all__ = ["modulo"]


def modulo(number: Number, prime: int = PRIME) -> int:
    """The image of an exact number in the integers modulo a prime, each square root sent to one chosen root.

    Raises NotationError where a denominator or a radicand has no image.

    >>> from symshare.core.algebra.numbers import root
    >>> modulo(root(2) * root(3), 23) == modulo(root(6), 23)
    True
    """
    if isinstance(number, float):
        raise NotationError(str(number), 0, "is a float, which has no exact value", "write it as '1/2' or 'sqrt(3)/2'")
    total = 0
    for radicand, factor in parts_of_number(number):
        if factor.denominator % prime == 0:
            raise NotationError(str(number), 0, f"has no value modulo {prime}", "use numbers with smaller denominators")
        value = 1
        for factor_of_radicand in prime_factors(radicand):
            value = value * _root_modulo(factor_of_radicand, prime) % prime
        total += factor.numerator * pow(factor.denominator, -1, prime) * value
    return total % prime


@lru_cache(maxsize=4096)
def _root_modulo(number: int, prime: int) -> int:
    """A square root modulo a prime (Tonelli 1891, Shanks 1973)."""
    number %= prime
    if pow(number, (prime - 1) // 2, prime) != 1:
        raise NotationError(f"sqrt({number})", 0, f"has no value modulo {prime}", "use roots of 2, 3, 5, 7, 11 or 13")
    odd, twos = prime - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    other = next(z for z in range(2, prime) if pow(z, (prime - 1) // 2, prime) == prime - 1)
    power, step, result = pow(number, odd, prime), pow(other, odd, prime), pow(number, (odd + 1) // 2, prime)
    while power != 1:
        low, square = 0, power
        while square != 1:
            square, low = square * square % prime, low + 1
        factor = pow(step, 1 << (twos - low - 1), prime)
        twos, step = low, factor * factor % prime
        power, result = power * step % prime, result * factor % prime
    return min(result, prime - result)
