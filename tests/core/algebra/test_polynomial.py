"""Polynomials in named quantities are the polynomials of algebra, written one way."""

from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product
from math import prod

import pytest

from symshare.core.algebra import polynomial
from symshare.core.algebra.polynomial import Polynomial, divides, inverse, multiplied, powers_of, total, written

SYMBOLS = ("a", "b", "in")
MONOMIALS = [one for degree in range(4) for one in combinations_with_replacement(SYMBOLS, degree)]
SIZES = [dict(zip(SYMBOLS, numbers, strict=True)) for numbers in product((2, 3, 7), repeat=3)]


def value(symbols, sizes):
    return prod(sizes[symbol] for symbol in symbols)


def test_sums_and_products_have_the_values_of_sums_and_products():
    some = [polynomial.product(*one, times=number - 4) for number, one in enumerate(MONOMIALS)]
    for left, right in product([Polynomial(), *some, total(some), some[3] + some[8]], repeat=2):
        for sizes in SIZES[:5]:
            assert (left + right).at(sizes) == left.at(sizes) + right.at(sizes)
            assert (left * right).at(sizes) == left.at(sizes) * right.at(sizes)
            assert (left * 3).at(sizes) == 3 * left.at(sizes)
            assert left * right == right * left


@pytest.mark.parametrize("symbols", MONOMIALS, ids=" ".join)
def test_a_monomial_is_the_product_of_its_symbols_in_any_order(symbols):
    for order in permutations(symbols):
        assert powers_of(order) == powers_of(symbols)
    assert dict(powers_of(symbols)) == {symbol: symbols.count(symbol) for symbol in symbols}
    for sizes in SIZES:
        assert polynomial.product(*symbols, times=5).at(sizes) == 5 * value(symbols, sizes)
    assert multiplied((powers_of(symbols), inverse(powers_of(symbols)))) == ()


@pytest.mark.parametrize("symbols", MONOMIALS, ids=" ".join)
def test_a_monomial_divides_what_takes_its_symbols_from(symbols):
    """At sizes that are different primes one number divides the other exactly where one monomial does."""
    sizes = {"a": 2, "b": 3, "in": 5}
    for other in MONOMIALS:
        ratio = Fraction(value(other, sizes), value(symbols, sizes))
        assert divides(powers_of(symbols), powers_of(other)) == (ratio.denominator == 1)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ([], "0"),
        ([(0, "a")], "0"),
        ([(2, ""), (1, "")], "3"),
        ([(1, "")], "1"),
        ([(1, "a"), (-1, "a")], "0"),
        ([(1, "b"), (2, "a"), (1, "aa")], "a^2 + 2 a + b"),
        ([(1, "bb"), (2, "ab"), (1, "aa")], "a^2 + 2 a b + b^2"),
        ([(1, "abb"), (1, "aab"), (4, "aaa"), (1, "bbb"), (9, "")], "4 a^3 + a^2 b + a b^2 + b^3 + 9"),
        ([(2, ["in", "a", "rank"])], "2 a in rank"),
        ([(1, ["out0", "in", "z", "in"])], "z in^2 out0"),
    ],
)
def test_writing(terms, text):
    """High degrees first, then as a dictionary has them; letters of axes stand before words."""
    for order in permutations(terms):
        assert str(total(polynomial.product(*symbols, times=times) for times, symbols in order)) == text


def test_a_monomial_is_written_with_its_symbols_as_they_stand():
    assert written((("x1", 1), ("x0", -2), ("b", 3))) == "x1 x0^-2 b^3"
    assert written(()) == "1"
