"""Polynomials in the sizes of axes and the numbers of channels, with whole coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

__all__ = ["Polynomial", "product", "total"]

CHANNELS = ("in", "out", "rank")


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of products of symbols: pairs of the symbols, in order, and how often their product counts.

    >>> a, b = product("a"), product("b", times=2)
    >>> print(a * a + b + b), (a * b).at({"a": 3, "b": 5})
    a^2 + 4 b
    (None, 30)
    """

    terms: tuple[tuple[tuple[str, ...], int], ...] = ()

    def __add__(self, other: Polynomial) -> Polynomial:
        return total((self, other))

    def __mul__(self, other: Polynomial | int) -> Polynomial:
        if isinstance(other, int):
            other = product(times=other)
        found: dict[tuple[str, ...], int] = {}
        for left, one in self.terms:
            for right, two in other.terms:
                symbols = tuple(sorted(left + right, key=_key))
                found[symbols] = found.get(symbols, 0) + one * two
        return _ordered(found)

    def at(self, sizes: Mapping[str, int]) -> int:
        """The value where every symbol has a number."""
        return sum(times * prod(sizes[symbol] for symbol in symbols) for symbols, times in self.terms)

    @property
    def symbols(self) -> set[str]:
        """The symbols that occur."""
        return {symbol for symbols, _ in self.terms for symbol in symbols}

    def __str__(self) -> str:
        return " + ".join(map(_written, self.terms)) or "0"


def product(*symbols: str, times: int = 1) -> Polynomial:
    """A product of symbols."""
    return _ordered({tuple(sorted(symbols, key=_key)): times})


def total(polynomials: Iterable[Polynomial]) -> Polynomial:
    """Some polynomials added up.

    >>> print(total([product("a"), product("b"), product("a")]))
    2 a + b
    """
    found: dict[tuple[str, ...], int] = {}
    for one in polynomials:
        for symbols, times in one.terms:
            found[symbols] = found.get(symbols, 0) + times
    return _ordered(found)


def _ordered(found: Mapping[tuple[str, ...], int]) -> Polynomial:
    kept: Iterable[tuple[tuple[str, ...], int]] = ((symbols, times) for symbols, times in found.items() if times)
    return Polynomial(tuple(sorted(kept, key=lambda one: (-len(one[0]), one[0]))))


def _key(symbol: str) -> tuple[bool, str]:
    """Axes before channels."""
    return symbol.rstrip("0123456789") in CHANNELS, symbol


def _written(term: tuple[tuple[str, ...], int]) -> str:
    symbols, times = term
    powers = [(symbol, symbols.count(symbol)) for symbol in dict.fromkeys(symbols)]
    words = [symbol if power == 1 else f"{symbol}^{power}" for symbol, power in powers]
    return " ".join([str(times)] * (times != 1 or not words) + words)
