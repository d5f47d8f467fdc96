"""Activations that are polynomials: how they are written, read, and refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import Any

from symshare.errors import NotationError

__all__ = ["activation_text", "check_activation", "read_activation", "shifted_power"]

MOST_POWER = 64
"""The highest power in an activation: that of a layer's degree; chosen, not measured."""

MOST_PART = 1_000_000
"""The largest numerator or denominator in an activation: below the primes that ranks are taken modulo."""

_TERM = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?:(?P<factor>\d+(?:/\d+)?)(?:\s*\*(?=\s*x))?\s*)?(?P<x>x(?:\s*(?:\^|\*\*)\s*(?P<power>\d+))?)?",
    re.ASCII,
)
_CURE = "write a sum of powers of x with rational factors: x^2 + 1/2 x"


def read_activation(text: str) -> tuple[Fraction, ...]:
    """The coefficients of a polynomial in x, from that of 1 on; it is read, never evaluated.

    Raises NotationError for what is no polynomial in x, or a constant.

    >>> read_activation("x^2 - 1/2 x")
    (Fraction(0, 1), Fraction(-1, 2), Fraction(1, 1))
    """
    found: dict[int, Fraction] = {}
    position = 0
    while text[position:].strip() or not found:
        match = _TERM.match(text, position)
        if match is None or not (match["factor"] or match["x"]) or (position and not match["sign"]):
            at = min(position + len(text[position:]) - len(text[position:].lstrip()), max(0, len(text) - 1))
            raise NotationError(text, at, "is not a polynomial in x", _CURE)
        factor = _fraction(match["factor"] or "1", text, match.start("factor") if match["factor"] else position)
        power = int((match["power"] or "1")[:9]) if match["x"] else 0
        if power > MOST_POWER:
            raise NotationError(text, match.start("power"), f"has a power over {MOST_POWER}", "give lower powers")
        found[power] = found.get(power, Fraction(0)) + (-factor if match["sign"] == "-" else factor)
        position = match.end()
    if not any(power and factor for power, factor in found.items()):
        raise NotationError(text, 0, "is no activation: it is constant", _CURE)
    return check_activation([found.get(power, Fraction(0)) for power in range(max(found) + 1)])


def check_activation(activation: Sequence[Any] | str, degree: int | None = None) -> tuple[Fraction, ...]:
    """The coefficients of an activation of a degree, by default x^degree, from that of 1 on, as fractions.

    Raises NotationError for what is not a polynomial of that degree.

    >>> check_activation((), 2)
    (Fraction(0, 1), Fraction(0, 1), Fraction(1, 1))
    """
    if isinstance(activation, str):
        found = read_activation(activation)
    elif isinstance(activation, bytes | bytearray) or not isinstance(activation, Sequence):
        raise NotationError(str(activation), 0, "is not a polynomial", "give its coefficients, or a text: 'x^2 + x'")
    else:
        found = tuple(map(_fraction, activation))
    if not found and degree is not None:
        return tuple(Fraction(power == degree) for power in range(degree + 1))
    while found and not found[-1]:
        found = found[:-1]
    if len(found) < 2:
        raise NotationError(activation_text(found), 0, "is no activation: it is constant", _CURE)
    if degree is not None and len(found) - 1 != degree:
        cure = f"say degree {len(found) - 1}, or give an activation of degree {degree}"
        raise NotationError(activation_text(found), 0, f"is not of degree {degree}", cure)
    return found


def shifted_power(activation: Sequence[Fraction]) -> tuple[Fraction, Fraction] | None:
    """`t` and `d` of an activation that is c (x - t)^degree + d, else None.

    >>> shifted_power(read_activation("x^2 + x"))  # (x + 1/2)^2 - 1/4
    (Fraction(-1, 2), Fraction(-1, 4))
    >>> shifted_power(read_activation("x^3 + x")) is None
    True
    """
    degree, leading = len(activation) - 1, activation[-1]
    shift = -activation[-2] / (degree * leading) if degree > 1 else Fraction(0)
    wanted = [leading * comb(degree, power) * (-shift) ** (degree - power) for power in range(degree + 1)]
    return (shift, activation[0] - wanted[0]) if list(activation[1:]) == wanted[1:] else None


def _fraction(value: Any, text: str = "", position: int = 0) -> Fraction:
    """One coefficient; floats are refused, as they are no rationals that somebody wrote."""
    try:
        found = Fraction(value) if not isinstance(value, float | bool) and len(str(value)) < 20 else None
    except (TypeError, ValueError, ArithmeticError):
        found = None
    if found is None or max(abs(found.numerator), found.denominator) > MOST_PART:
        cure = f"give whole numbers or fractions, none of their parts over {MOST_PART:,}: '1/2'"
        raise NotationError(text or str(value), position, "has a factor that is no short fraction", cure)
    return Fraction(int(found.numerator), int(found.denominator))  # those of numpy stay their own otherwise


def activation_text(activation: Sequence[Fraction]) -> str:
    """An activation as it is written, the highest power first.

    >>> activation_text((Fraction(1), Fraction(0), Fraction(-1, 2)))
    '-1/2 x^2 + 1'
    """
    pieces = []
    for power in range(len(activation) - 1, -1, -1):
        factor = activation[power]
        if factor:
            symbol = "" if not power else "x" if power == 1 else f"x^{power}"
            number = "" if abs(factor) == 1 and symbol else str(abs(factor))
            pieces.append(("-" if factor < 0 else "+", " ".join(filter(None, (number, symbol)))))
    text = " ".join(f"{sign} {piece}" for sign, piece in pieces)
    return text.removeprefix("+ ").replace("- ", "-", 1) if text.startswith("- ") else text.removeprefix("+ ") or "0"
