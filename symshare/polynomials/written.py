"""Monomials in the inputs and polynomials in the weights, as text and as LaTeX, in the note's names: b^1_12 a^2_3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, count, islice
from typing import Any

__all__ = ["graded", "monomial_text", "polynomial_latex", "polynomial_text", "weight_text"]

Name = tuple[str, int, tuple[int, ...]]
"""The letter of a weight's layer, its unit, its inputs."""


def graded(exponents: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Low degrees before high ones; of one degree x1^2 before x1 x2 before x2^2."""
    return sum(exponents), tuple(-one for one in exponents)


def monomial_text(exponents: Sequence[int], letter: str = "x") -> str:
    """A monomial in the inputs.

    >>> monomial_text((2, 0, 1)), monomial_text((0, 0))
    ('x1^2 x3', '1')
    """
    pieces = [
        f"{letter}{place}" + (f"^{power}" if power > 1 else "") for place, power in enumerate(exponents, 1) if power
    ]
    return " ".join(pieces) or "1"


def weight_text(name: Name) -> str:
    """A weight: letter, unit, inputs, with commas where a number has two digits.

    >>> weight_text(("a", 1, (1, 2))), weight_text(("b", 12, (3,)))
    ('a^1_12', 'b^12_3')
    """
    letter, unit, inputs = name
    return f"{letter}^{unit}_{('' if max(inputs) < 10 else ',').join(map(str, inputs))}"


def _weight_latex(name: Name) -> str:
    letter, unit, inputs = name
    return f"{letter}^{{{unit}}}_{{{('' if max(inputs) < 10 else ',').join(map(str, inputs))}}}"


def _terms(polynomial: Any, names: Sequence[Name]) -> Iterator[tuple[Any, list[tuple[Name, int]]]]:
    """The terms as `(factor, [(name, power)])`, weights of later layers first; one after another, as few may be wanted."""
    for number in range(len(polynomial)):
        exponents = polynomial.monomial(number)
        powers = [(names[place], int(exponents[place])) for place in compress(count(), exponents)]
        yield polynomial.coefficient(number), sorted(powers, key=lambda one: (-ord(one[0][0]), one[0][1:]))


def polynomial_text(polynomial: Any, names: Sequence[Name], longest: int | None = None) -> str:
    """A flint polynomial in the weights; where it is longer than `longest` characters, its first terms."""
    text, left = "", len(polynomial)
    for factor, powers in _terms(polynomial, names):
        body = " ".join(weight_text(name) + (f"^{power}" if power > 1 else "") for name, power in powers)
        size = str(abs(factor))
        piece = body if size == "1" and body else f"{size} {body}".rstrip()
        sign = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
        if longest is not None and text and len(text) + len(sign) + len(piece) > longest:
            return f"{text} + .. ({left:,} more)"
        text += sign + piece
        left -= 1
    return text or "0"


def polynomial_latex(
    polynomial: Any, names: Sequence[Name], exponents: Sequence[int], *, bracketed: bool, most: int = 24
) -> str:
    """A coefficient beside its monomial in LaTeX; of over `most` terms the first."""
    pieces = []
    for factor, powers in islice(_terms(polynomial, names), most):
        body = " ".join(
            f"({_weight_latex(name)})^{{{power}}}" if power > 1 else _weight_latex(name) for name, power in powers
        )
        size = abs(factor)
        number = "" if size == 1 and body else str(size) if size.q == 1 else f"\\tfrac{{{size.p}}}{{{size.q}}}"
        pieces.append(("-" if factor < 0 else "+", f"{number} {body}".strip()))
    text = " ".join(f"{sign} {piece}" for sign, piece in pieces).removeprefix("+ ")
    if len(polynomial) > most:
        text += f" + \\dots\\;({len(polynomial) - most:,}\\text{{ more}})"
    symbols = " ".join(
        f"x_{{{place}}}" + (f"^{{{power}}}" if power > 1 else "") for place, power in enumerate(exponents, 1) if power
    )
    return f"\\left({text}\\right) {symbols}".strip() if bracketed else f"{text} {symbols}".strip()
