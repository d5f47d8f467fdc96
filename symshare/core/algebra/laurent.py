"""Laurent polynomials in the variables of a torus, as the characters of a connected group are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from symshare.core.algebra.numbers import Number
from symshare.core.algebra.work import charge
from symshare.errors import TooLargeError, amount

__all__ = ["Laurent", "constant_term", "unpacked", "variables"]

MOST_KEPT = 8_000_000
"""Terms of one product; as many, all different, take 0.6 GiB."""

_BITS = 48
"""How many bits of an exponent belong to one variable."""


@dataclass(frozen=True, slots=True)
class Laurent:
    """A Laurent polynomial in the variables of a torus: `{exponent: coefficient}`.

    The exponents of all variables are packed into one integer, 48 bits each, so that monomials multiply by an addition.

    >>> z = Laurent({1: 1, -1: 1})
    >>> z * z + 1
    Laurent(terms={2: 1, 0: 3, -2: 1})
    """

    terms: Mapping[int, Number]

    def __add__(self, other: Laurent | Number) -> Laurent:
        charge(len(self.terms) // 4)
        found = dict(self.terms)
        for exponent, factor in (other.terms if isinstance(other, Laurent) else {0: other}).items():
            found[exponent] = found.get(exponent, 0) + factor
        return Laurent(found)

    def __mul__(self, other: Laurent | Number) -> Laurent:
        if not isinstance(other, Laurent):
            return Laurent({exponent: factor * other for exponent, factor in self.terms.items()} if other else {})
        found: dict[int, Number] = {}
        few, many = sorted((self.terms, other.terms), key=len)
        charge(len(few) * len(many))
        for one, a in few.items():
            for two, b in many.items():
                exponent = one + two
                found[exponent] = found.get(exponent, 0) + a * b
            if len(found) > MOST_KEPT:
                raise TooLargeError(
                    f"a character of over {amount(MOST_KEPT)} weights is too long\n"
                    "  ask for a lower order or for a smaller group"
                )
        return Laurent(found)

    def __pow__(self, power: int) -> Laurent:
        return prod([self] * power, start=Laurent({0: 1}))

    __radd__ = __add__
    __rmul__ = __mul__

    def moved(self, variables: int) -> Laurent:
        """The same polynomial with the number of each variable raised by `variables`."""
        return Laurent({exponent << (_BITS * variables): factor for exponent, factor in self.terms.items()})


def constant_term(one: Laurent | Number, other: Laurent | Number) -> Number:
    """The constant term of the product of two polynomials, without multiplying them out.

    >>> constant_term(Laurent({1: 2, 0: 1}), Laurent({-1: 3, 0: 1}))
    7
    """
    few, many = sorted((_terms(one), _terms(other)), key=len)
    return sum((factor * many[-exponent] for exponent, factor in few.items() if -exponent in many), start=0)


def _terms(value: Laurent | Number) -> Mapping[int, Number]:
    return value.terms if isinstance(value, Laurent) else {0: value}


def variables(rank: int) -> list[int]:
    """The exponents of the single variables of a torus.

    >>> unpacked(variables(2)[0] - 3 * variables(2)[1], 2, 1)
    (1, -3)
    """
    return [1 << (_BITS * place) for place in range(rank)]


def unpacked(exponent: int, rank: int, scale: int) -> tuple[int, ...]:
    """The exponent of each of the `rank` variables in a packed exponent, times `scale`."""
    found = []
    for _ in range(rank):
        one = (exponent + (1 << (_BITS - 1))) % (1 << _BITS) - (1 << (_BITS - 1))
        found.append(scale * one)
        exponent = (exponent - one) >> _BITS
    return tuple(found)
