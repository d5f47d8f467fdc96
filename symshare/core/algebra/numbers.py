"""Exact numbers: rationals and sums of square roots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symshare.core.algebra.primes import prime_factors
from symshare.errors import NotationError, TooLargeError

__all__ = [
    "Number",
    "Surd",
    "added",
    "as_float",
    "independent_roots",
    "inverse",
    "is_exact",
    "multiplied",
    "parts_of_number",
    "root",
    "root_product",
    "simplest",
    "square_roots",
]

MOST_ROOTS = 5
"""So many independent square roots a sum may have of which the inverse is taken; it is a sum of 2^5."""


@dataclass(frozen=True, slots=True)
class Surd:
    """A sum of rational multiples of square roots, `((radicand, factor), ..)` by radicand; radicand -1 stands for i.

    Radicands are square-free; 1 stands for the rational part.

    >>> root(2) * root(6) / 2
    Surd('sqrt(3)')
    >>> 1 / (1 + root(2))
    Surd('-1 + sqrt(2)')
    """

    parts: tuple[tuple[int, Fraction], ...]

    def __add__(self, other: Number) -> Number:
        if isinstance(other, float):
            return as_float(self) + other
        found = dict(self.parts)
        for radicand, factor in parts_of_number(other):
            found[radicand] = found.get(radicand, Fraction(0)) + factor
        return _made(found)

    def __mul__(self, other: Number) -> Number:
        if isinstance(other, float):
            return as_float(self) * other
        found: dict[int, Fraction] = {}
        for one, a in self.parts:
            for two, b in parts_of_number(other):
                radicand, outside = root_product(one, two)
                found[radicand] = found.get(radicand, Fraction(0)) + a * b * outside
        return _made(found)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Number:
        return self * Fraction(-1)

    def __sub__(self, other: Number) -> Number:
        return self + (-other)

    def __rsub__(self, other: Number) -> Number:
        return -self + other

    def __truediv__(self, other: Number) -> Number:
        return self * inverse(other)

    def __rtruediv__(self, other: Number) -> Number:
        return inverse(self) * other

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __str__(self) -> str:
        texts = [_written(radicand, factor) for radicand, factor in self.parts]
        return " + ".join(texts).replace("+ -", "- ")

    def __repr__(self) -> str:
        return f"Surd({str(self)!r})"


Number = int | Fraction | Surd | float
"""What a matrix may hold; a float is not exact, and what is computed from it says so."""


def root(radicand: int) -> Number:
    """The square root of an integer, exactly.

    >>> root(12), root(9), root(-4)
    (Surd('2*sqrt(3)'), 3, Surd('2*i'))
    """
    free, outside = _square_free(radicand)
    return simplest(_made({free: Fraction(outside)}))


def simplest(number: Number) -> Number:
    """The same number as an int or a Fraction where it is one.

    >>> simplest(Fraction(4, 2)), simplest(root(2) * root(2))
    (2, 2)
    """
    if isinstance(number, Surd):
        if not number.parts:
            return 0
        if len(number.parts) == 1 and number.parts[0][0] == 1:
            return simplest(number.parts[0][1])
        return number
    if isinstance(number, Fraction) and number.denominator == 1:
        return number.numerator
    return number


def is_exact(number: Number) -> bool:
    """Whether a number is no float.

    >>> is_exact(root(2)), is_exact(0.5)
    (True, False)
    """
    return not isinstance(number, float)


def as_float(number: Number) -> float:
    """The nearest float of a real number; NotationError for one that is not real.

    >>> as_float(root(2) / 2)
    0.7071067811865476
    """
    if isinstance(number, Surd):
        if any(radicand < 0 for radicand, _ in number.parts):
            raise NotationError(str(number), 0, "is not a real number", "write real numbers where floats are needed")
        return math.fsum(float(factor) * math.sqrt(radicand) for radicand, factor in number.parts)
    return float(number)


def square_roots(number: Number) -> tuple[int, ...]:
    """The radicands of a number, without that of its rational part."""
    return tuple(radicand for radicand, _ in parts_of_number(number) if radicand != 1)


def added(one: Number, other: Number) -> Number:
    """The sum of two numbers, a float where one is."""
    if isinstance(one, float) or isinstance(other, float):
        return as_float(one) + as_float(other)
    return simplest(one + other)


def multiplied(one: Number, other: Number) -> Number:
    """The product of two numbers, a float where one is."""
    if isinstance(one, float) or isinstance(other, float):
        return as_float(one) * as_float(other)
    return simplest(one * other)


def inverse(number: Number) -> Number:
    """One over a number that is not zero; with n independent square roots the inverse has up to 2^n parts.

    Raises TooLargeError for a sum of over five independent square roots.

    >>> inverse(1 + root(-1)), inverse(root(-3) + root(2))
    (Surd('-1/2*i + 1/2'), Surd('-1/5*i*sqrt(3) + 1/5*sqrt(2)'))
    """
    if isinstance(number, float):
        return 1 / number
    if not isinstance(number, Surd):
        return simplest(Fraction(1) / number)
    roots = len(independent_roots(square_roots(number)))
    if roots > MOST_ROOTS:
        raise TooLargeError(
            f"one over a sum of {roots} independent square roots is a sum of {2**roots:,}: over {MOST_ROOTS} roots\n"
            "  divide by numbers with fewer roots"
        )
    # multiply by conjugates until no root is left
    above: Number = 1
    below: Number = number
    while isinstance(below, Surd):
        prime = prime_factors(square_roots(below)[-1])[-1]
        conjugate = _made(
            {one: -factor if one % prime == 0 and _has(one, prime) else factor for one, factor in below.parts}
        )
        above, below = multiplied(above, conjugate), multiplied(below, conjugate)
    return multiplied(above, Fraction(1) / below)


def independent_roots(radicands: Iterable[int]) -> list[int]:
    """The radicands whose roots are no rational multiples of products of roots before them.

    >>> independent_roots([6, 10, 15, 1])
    [6, 10]
    """
    found = []
    leads: dict[int, set[int]] = {}
    for radicand in radicands:
        left = set(prime_factors(radicand))
        while left and max(left) in leads:
            left ^= leads[max(left)]
        if left:
            leads[max(left)] = left
            found.append(radicand)
    return found


def _has(radicand: int, prime: int) -> bool:
    return prime in prime_factors(radicand)


def parts_of_number(number: Number) -> tuple[tuple[int, Fraction], ...]:
    """An exact number as `(radicand, factor)` pairs."""
    if isinstance(number, Surd):
        return number.parts
    return ((1, Fraction(number)),) if number else ()


def _made(parts: Mapping[int, Fraction]) -> Number:
    return simplest(Surd(tuple(sorted((radicand, factor) for radicand, factor in parts.items() if factor))))


def root_product(one: int, other: int) -> tuple[int, int]:
    """The square-free radicand of a product of two roots, and the integer in front of it."""
    shared = math.gcd(one, other)
    sign = -1 if one < 0 and other < 0 else 1
    return _signed(one, other) * (abs(one) // shared) * (abs(other) // shared), sign * shared


def _signed(one: int, other: int) -> int:
    return -1 if (one < 0) != (other < 0) else 1


def _square_free(number: int) -> tuple[int, int]:
    free, outside, left, divisor = (-1 if number < 0 else 1), 1, abs(number), 2
    if left == 0:
        return 1, 0
    while divisor * divisor <= left:
        while left % (divisor * divisor) == 0:
            left //= divisor * divisor
            outside *= divisor
        if left % divisor == 0:
            left //= divisor
            free *= divisor
        divisor += 1
    return free * left, outside


def _written(radicand: int, factor: Fraction) -> str:
    if radicand == 1:
        return str(factor)
    inside = abs(radicand)
    name = ("i" if radicand < 0 else "") + ("*" if radicand < -1 else "") + (f"sqrt({inside})" if inside > 1 else "")
    return name if factor == 1 else f"-{name}" if factor == -1 else f"{factor}*{name}"
