"""The arithmetic a person may write in a generator file, read without evaluating it."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational

from symshare.core.algebra.numbers import (
    Number,
    Surd,
    added,
    as_float,
    inverse,
    multiplied,
    parts_of_number,
    root,
    simplest,
    square_roots,
)
from symshare.errors import NotationError, TooLargeError

__all__ = ["read_number"]

_LONGEST = 200
"""Characters of one written number; chosen, not measured."""

_HIGHEST_POWER = 64
"""The highest whole power; `(1+sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7)+sqrt(11))**64` takes 0.04 s."""

_MOST_DIGITS = 60
"""Digits of a whole number, and the largest power of ten of a float; chosen, not measured."""

_MOST_BITS = 256
"""Bits of a numerator or a denominator that comes out of a calculation; chosen, not measured."""

_MOST_PARTS = 32
"""Square roots, with their products, in one number: those of 5 primes; the inverse of such a sum takes under 0.01 s."""


def read_number(written: object) -> Number:
    """A number as a person writes it: an int, a Fraction, or a text such as `"1/2"`, `"sqrt(3)/2"`, `"cos(2*pi/5)"`.

    Only literals, `+ - * /`, whole powers, brackets, `sqrt`, `sin`, `cos`, `pi` and `i` are read, by walking the syntax
    tree; nothing is evaluated. Multiples of 30 and 45 degrees stay exact; other angles and roots of roots become floats.
    The number must be real.

    Raises NotationError for anything else.

    >>> read_number("-sqrt(3)/2"), read_number("cos(pi/4)"), read_number("0.25")
    (Surd('-1/2*sqrt(3)'), Surd('1/2*sqrt(2)'), Fraction(1, 4))
    """
    if isinstance(written, bool):
        raise NotationError(str(written), 0, "is not a number", "write 0 or 1")
    if isinstance(written, Surd):
        return simplest(written)
    if isinstance(written, float):
        return _from_float(written)
    if isinstance(written, Rational):
        return _from_rational(written)
    if isinstance(written, str):
        return _from_text(written)
    raise NotationError(repr(written), 0, "is not a number", "write a whole number or a text such as '1/2'")


def _from_float(written: float) -> Number:
    if not math.isfinite(written):
        raise NotationError(str(written), 0, "is not a finite number", "write a number, such as 1 or '1/2'")
    if written and not 10.0**-_MOST_DIGITS <= abs(written) <= 10.0**_MOST_DIGITS:
        raise NotationError(str(written), 0, f"is a number of over {_MOST_DIGITS} digits", "write a shorter number")
    # above 2^53 a float holds no digits after the point: it is a measured number all the same
    return int(written) if written.is_integer() and abs(written) <= 2**53 else written


def _from_rational(written: Rational) -> Number:
    above, below = int(written.numerator), int(written.denominator)
    bits = max(above.bit_length(), below.bit_length())
    if bits > 4 * _MOST_DIGITS:
        shown = f"about 10^{bits * math.log10(2):.0f}"  # its digits may be too many to write out
        raise NotationError(shown, 0, f"is a number of over {_MOST_DIGITS} digits", "write a shorter number")
    return simplest(Fraction(above, below))


def _from_text(written: str) -> Number:
    if len(written) > _LONGEST:
        raise NotationError(written, _LONGEST, f"is longer than {_LONGEST} characters", "write a shorter number")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(written.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise NotationError(written, 0, "is not a number", "write a number such as '1/2' or 'sqrt(3)/2'") from None
    try:
        value = _Arithmetic(written).value(tree.body)
    except TooLargeError as error:
        problem, _, cure = str(error).partition("\n  ")
        raise NotationError(written, 0, f"is too long: {problem}", cure) from None
    if isinstance(value, _Angle):
        return float(value.turns) * math.pi
    if _is_complex(value):
        cure = "axes hold real numbers: write a complex matrix as a real one of twice the size"
        raise NotationError(written, 0, "is not a real number", cure)
    return simplest(value)


@dataclass(frozen=True, slots=True)
class _Angle:
    """A rational multiple of pi."""

    turns: Fraction


class _Arithmetic:
    """A walk over the syntax tree of a number."""

    def __init__(self, text: str) -> None:
        self.text = text

    def value(self, node: ast.expr) -> Number | _Angle:
        if isinstance(node, ast.Constant):
            return self.literal(node)
        if isinstance(node, ast.Name):
            if node.id == "pi":
                return _Angle(Fraction(1))
            if node.id == "i":
                return root(-1)
            raise self.error(node, f"has the name {node.id!r}")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            value = self.value(node.operand)
            return self.times(node, value, -1) if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return self.binary(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
            return self.function(node, node.func.id, self.value(node.args[0]))
        raise self.error(node, "has something in it that is not arithmetic")

    def literal(self, node: ast.Constant) -> Number:
        value = node.value
        source = ast.get_source_segment(self.text.strip(), node) or str(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(node, f"has {source!r} in it")
        if isinstance(value, int) and value.bit_length() > 4 * _MOST_DIGITS:
            raise self.error(node, f"has a number of over {_MOST_DIGITS} digits")
        exponent = source.lower().partition("e")[2] if isinstance(value, float) else ""
        if exponent and abs(int(exponent)) > _MOST_DIGITS:
            raise self.error(node, f"has a number of over {_MOST_DIGITS} digits")
        try:
            return simplest(Fraction(source.replace("_", "")))
        except (ValueError, OverflowError):
            return value

    def binary(self, node: ast.BinOp) -> Number | _Angle:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            return self.power(node, left, right)
        if isinstance(node.op, ast.Mult):
            return self.times(node, left, right)
        if isinstance(node.op, ast.Div):
            if isinstance(right, _Angle) or not right:
                raise self.error(node, "divides by zero" if not isinstance(right, _Angle) else "divides by an angle")
            return self.times(node, left, self.inverse(node, right))
        if isinstance(node.op, ast.Add | ast.Sub):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            if isinstance(left, _Angle) and isinstance(right, _Angle):
                return _Angle(left.turns + sign * right.turns)
            if isinstance(left, _Angle) or isinstance(right, _Angle):
                raise self.error(node, "adds an angle to a number")
            self.check_real(node, left, right)
            return self.bounded(node, added(left, multiplied(right, sign)))
        raise self.error(node, "has something in it that is not arithmetic")

    def times(self, node: ast.expr, left: Number | _Angle, right: Number | _Angle) -> Number | _Angle:
        if isinstance(left, _Angle) or isinstance(right, _Angle):
            angle, factor = (left, right) if isinstance(left, _Angle) else (right, left)
            if not isinstance(angle, _Angle) or not isinstance(factor, int | Fraction):
                raise self.error(node, "multiplies an angle by something that is not rational")
            return _Angle(angle.turns * factor)
        self.check_real(node, left, right)
        return self.bounded(node, multiplied(left, right))

    def power(self, node: ast.BinOp, base: Number | _Angle, exponent: Number | _Angle) -> Number:
        whole = isinstance(exponent, int) and abs(exponent) <= _HIGHEST_POWER
        if isinstance(base, _Angle) or not isinstance(exponent, int) or not whole:
            raise self.error(node, f"has a power that is not a whole number up to {_HIGHEST_POWER}")
        if exponent < 0:
            if not base:
                raise self.error(node, "divides by zero")
            base, exponent = self.inverse(node, base), -exponent
        value: Number = 1
        for _ in range(exponent):
            value = self.bounded(node, multiplied(value, base))
        return value

    def function(self, node: ast.Call, name: str, value: Number | _Angle) -> Number:
        if name == "sqrt" and not isinstance(value, _Angle):
            if isinstance(value, int | Fraction):
                if max(abs(value.numerator), value.denominator) > 10**6:
                    raise self.error(node, "has the root of a number over 10^6")
                return multiplied(root(value.numerator), inverse(root(value.denominator)))
            self.check_real(node, value, 0.0)
            if as_float(value) < 0:
                raise self.error(node, "has the root of a negative number")
            return math.sqrt(as_float(value))
        if name in ("sin", "cos"):
            turns = value.turns if isinstance(value, _Angle) else Fraction(0)
            if not isinstance(value, _Angle) and value:
                self.check_real(node, value, 0.0)
                return (math.sin if name == "sin" else math.cos)(as_float(value))
            return _cosine(turns - Fraction(1, 2) if name == "sin" else turns)
        raise self.error(node, f"has the function {name!r}")

    def inverse(self, node: ast.expr, value: Number) -> Number:
        return self.bounded(node, inverse(value))

    def check_real(self, node: ast.expr, *values: Number) -> None:
        """Refuse a complex number where floats are computed with."""
        if any(isinstance(value, float) for value in values) and any(map(_is_complex, values)):
            raise self.error(node, "is not a real number where only a float is known")

    def bounded(self, node: ast.expr, value: Number) -> Number:
        if isinstance(value, float) and not abs(value) < 2.0**_MOST_BITS:
            raise self.error(node, "has a number that is too long")
        parts = () if isinstance(value, float) else parts_of_number(value)
        if len(parts) > _MOST_PARTS or any(
            max(f.numerator.bit_length(), f.denominator.bit_length()) > _MOST_BITS for _, f in parts
        ):
            raise self.error(node, "has a number that is too long")
        return value

    def error(self, node: ast.expr, problem: str) -> NotationError:
        cure = "write numbers with + - * / and sqrt, such as '1/2' or 'sqrt(3)/2'"
        place = len(self.text) - len(self.text.lstrip()) + node.col_offset
        return NotationError(self.text, min(place, max(0, len(self.text) - 1)), problem, cure)


def _is_complex(value: Number) -> bool:
    return not isinstance(value, float) and any(radicand < 0 for radicand in square_roots(value))


def _cosine(turns: Fraction) -> Number:
    """cos(turns * pi), exact at multiples of 30 and 45 degrees."""
    degrees = turns * 180 % 360
    degrees = min(degrees, 360 - degrees)
    sign, degrees = (-1, 180 - degrees) if degrees > 90 else (1, degrees)
    exact: Mapping[Fraction, Number] = {
        Fraction(0): 1,
        Fraction(30): root(3) / 2,
        Fraction(45): root(2) / 2,
        Fraction(60): Fraction(1, 2),
        Fraction(90): 0,
    }
    return multiplied(exact[degrees], sign) if degrees in exact else sign * math.cos(math.radians(float(degrees)))
