"""Polynomials with whole coefficients in quantities that have names, such as sizes of axes and numbers of channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

__all__ = ["Polynomial", "Powers", "divides", "inverse", "multiplied", "powers_of", "product", "total", "written"]

Powers = tuple[tuple[str, int], ...]
"""A monomial: its symbols in order, each with its power, which is not 0."""


def powers_of(symbols: Iterable[str]) -> Powers:
    """The monomial that is the product of some symbols.

    >>> powers_of(["b", "rank", "a", "b"])
    (('a', 1), ('b', 2), ('rank', 1))
    """
    return multiplied(((symbol, 1),) for symbol in symbols)


def multiplied(monomials: Iterable[Powers]) -> Powers:
    """The product of some monomials.

    >>> multiplied([(("a", 1),), (("a", 1), ("b", 2)), (("b", -2),)])
    (('a', 2),)
    """
    found: dict[str, int] = {}
    for powers in monomials:
        for symbol, power in powers:
            found[symbol] = found.get(symbol, 0) + power
    return tuple(sorted(((symbol, power) for symbol, power in found.items() if power), key=_words_last))


def inverse(powers: Powers) -> Powers:
    """One over a monomial."""
    return tuple([(symbol, -power) for symbol, power in powers])


def divides(powers: Powers, other: Powers) -> bool:
    """Whether another monomial has every symbol of this one at least as often.

    >>> divides(powers_of("ab"), powers_of("abb")), divides(powers_of("aab"), powers_of("abb"))
    (True, False)
    """
    most = dict(other)
    return all(most.get(symbol, 0) >= power for symbol, power in powers)


def written(powers: Powers) -> str:
    """A monomial as text, its symbols as they stand.

    >>> written((("a", 2), ("x0", -1))), written(())
    ('a^2 x0^-1', '1')
    """
    return " ".join([symbol if power == 1 else f"{symbol}^{power}" for symbol, power in powers]) or "1"


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of monomials with whole coefficients: those of the highest degree first, then by their symbols.

    >>> a, b = product("a"), product("b", times=2)
    >>> print(a * a + b + b), (a * b).at({"a": 3, "b": 5})
    a^2 + 4 b
    (None, 30)
    """

    terms: tuple[tuple[Powers, int], ...] = ()

    def __add__(self, other: Polynomial) -> Polynomial:
        return total((self, other))

    def __mul__(self, other: Polynomial | int) -> Polynomial:
        if isinstance(other, int):
            other = product(times=other)
        return _collected(
            (multiplied((left, right)), one * two) for left, one in self.terms for right, two in other.terms
        )

    def at(self, sizes: Mapping[str, int]) -> int:
        """The value where every symbol has a number."""
        return sum(times * prod(sizes[symbol] ** power for symbol, power in powers) for powers, times in self.terms)

    def __str__(self) -> str:
        return " + ".join([_written(*term) for term in self.terms]) or "0"


def product(*symbols: str, times: int = 1) -> Polynomial:
    """A product of symbols.

    >>> print(product("in", "a", times=2))
    2 a in
    """
    return _collected([(powers_of(symbols), times)])


def total(polynomials: Iterable[Polynomial]) -> Polynomial:
    """Some polynomials added up.

    >>> print(total([product("a"), product("b"), product("a")]))
    2 a + b
    """
    return _collected(term for one in polynomials for term in one.terms)


def _collected(terms: Iterable[tuple[Powers, int]]) -> Polynomial:
    found: dict[Powers, int] = {}
    for powers, times in terms:
        found[powers] = found.get(powers, 0) + times
    kept: Iterable[tuple[Powers, int]] = ((powers, times) for powers, times in found.items() if times)
    return Polynomial(tuple(sorted(kept, key=lambda term: _graded(term[0]))))


def _graded(powers: Powers) -> tuple[int, Powers]:
    """High degrees before low ones; of one degree a^2 before a b before b^2."""
    return -sum(power for _, power in powers), inverse(powers)


def _words_last(power: tuple[str, int]) -> tuple[bool, str]:
    """Letters before words: what is along axes before what is not."""
    return len(power[0]) > 1, power[0]


def _written(powers: Powers, times: int) -> str:
    if not powers:
        return str(times)
    return written(powers) if times == 1 else f"{times} {written(powers)}"
