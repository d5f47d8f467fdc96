"""Exact numbers: rationals and sums of square roots, and the arithmetic a person may write in a generator file."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from symshare.errors import NotationError

__all__ = [
    "LARGE_PRIME",
    "PRIME",
    "Number",
    "Surd",
    "as_float",
    "is_exact",
    "modulo",
    "read_number",
    "root",
    "simplest",
    "square_roots",
]

PRIME = 2147145001
"""The largest prime below 2^31 that is 1 modulo 120,120: -1 and every prime up to 13 have square roots modulo it."""

LARGE_PRIME = 2305843009213423681
"""The same below 2^61."""

_LONGEST = 200
_HIGHEST_POWER = 64
_MOST_DIGITS = 60


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
        for radicand, factor in _parts(other):
            found[radicand] = found.get(radicand, Fraction(0)) + factor
        return _made(found)

    def __mul__(self, other: Number) -> Number:
        if isinstance(other, float):
            return as_float(self) * other
        found: dict[int, Fraction] = {}
        for one, a in self.parts:
            for two, b in _parts(other):
                radicand, outside = _product(one, two)
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
        return self * _inverse(other)

    def __rtruediv__(self, other: Number) -> Number:
        return _inverse(self) * other

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
    return tuple(radicand for radicand, _ in _parts(number) if radicand != 1)


def modulo(number: Number, prime: int = PRIME) -> int:
    """The image of an exact number in the integers modulo a prime, each square root sent to one chosen root.

    Raises NotationError where a denominator or a radicand has no image.

    >>> modulo(root(2) * root(3), 23) == modulo(root(6), 23)
    True
    """
    if isinstance(number, float):
        raise NotationError(str(number), 0, "is a float, which has no exact value", "write it as '1/2' or 'sqrt(3)/2'")
    total = 0
    for radicand, factor in _parts(number):
        if factor.denominator % prime == 0:
            raise NotationError(str(number), 0, f"has no value modulo {prime}", "use numbers with smaller denominators")
        value = 1
        for factor_of_radicand in _prime_factors(radicand):
            value = value * _root_modulo(factor_of_radicand, prime) % prime
        total += factor.numerator * pow(factor.denominator, -1, prime) * value
    return total % prime


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
    if isinstance(written, int | Fraction | Surd):
        return simplest(written)
    if isinstance(written, float):
        if not math.isfinite(written):
            raise NotationError(str(written), 0, "is not a finite number", "write a number, such as 1 or '1/2'")
        return int(written) if written.is_integer() else written
    if not isinstance(written, str):
        raise NotationError(repr(written), 0, "is not a number", "write a whole number or a text such as '1/2'")
    if len(written) > _LONGEST:
        raise NotationError(written, _LONGEST, f"is longer than {_LONGEST} characters", "write a shorter number")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(written.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise NotationError(written, 0, "is not a number", "write a number such as '1/2' or 'sqrt(3)/2'") from None
    value = _Arithmetic(written).value(tree.body)
    if isinstance(value, _Angle):
        return float(value.turns) * math.pi
    if not isinstance(value, float) and any(radicand < 0 for radicand in square_roots(value)):
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
            return self.times(node, left, right.__rtruediv__(1) if isinstance(right, Surd) else _inverse(right))
        if isinstance(node.op, ast.Add | ast.Sub):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            if isinstance(left, _Angle) and isinstance(right, _Angle):
                return _Angle(left.turns + sign * right.turns)
            if isinstance(left, _Angle) or isinstance(right, _Angle):
                raise self.error(node, "adds an angle to a number")
            return self.bounded(node, _added(left, _multiplied(right, sign)))
        raise self.error(node, "has something in it that is not arithmetic")

    def times(self, node: ast.expr, left: Number | _Angle, right: Number | _Angle) -> Number | _Angle:
        if isinstance(left, _Angle) or isinstance(right, _Angle):
            angle, factor = (left, right) if isinstance(left, _Angle) else (right, left)
            if not isinstance(angle, _Angle) or not isinstance(factor, int | Fraction):
                raise self.error(node, "multiplies an angle by something that is not rational")
            return _Angle(angle.turns * factor)
        return self.bounded(node, _multiplied(left, right))

    def power(self, node: ast.BinOp, base: Number | _Angle, exponent: Number | _Angle) -> Number:
        whole = isinstance(exponent, int) and abs(exponent) <= _HIGHEST_POWER
        if isinstance(base, _Angle) or not isinstance(exponent, int) or not whole:
            raise self.error(node, f"has a power that is not a whole number up to {_HIGHEST_POWER}")
        if exponent < 0:
            if not base:
                raise self.error(node, "divides by zero")
            base, exponent = _inverse(base), -exponent
        value: Number = 1
        for _ in range(exponent):
            value = self.bounded(node, _multiplied(value, base))
        return value

    def function(self, node: ast.Call, name: str, value: Number | _Angle) -> Number:
        if name == "sqrt" and not isinstance(value, _Angle):
            if isinstance(value, int | Fraction):
                if max(abs(value.numerator), value.denominator) > 10**6:
                    raise self.error(node, "has the root of a number over 10^6")
                return _multiplied(root(value.numerator), _inverse(root(value.denominator)))
            if as_float(value) < 0:
                raise self.error(node, "has the root of a negative number")
            return math.sqrt(as_float(value))
        if name in ("sin", "cos"):
            turns = value.turns if isinstance(value, _Angle) else Fraction(0)
            if not isinstance(value, _Angle) and value:
                return (math.sin if name == "sin" else math.cos)(as_float(value))
            return _cosine(turns - Fraction(1, 2) if name == "sin" else turns)
        raise self.error(node, f"has the function {name!r}")

    def bounded(self, node: ast.expr, value: Number) -> Number:
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(node, "has a number that is too long")
        parts = () if isinstance(value, float) else _parts(value)
        if len(parts) > 32 or any(max(f.numerator.bit_length(), f.denominator.bit_length()) > 256 for _, f in parts):
            raise self.error(node, "has a number that is too long")
        return value

    def error(self, node: ast.expr, problem: str) -> NotationError:
        cure = "write numbers with + - * / and sqrt, such as '1/2' or 'sqrt(3)/2'"
        place = len(self.text) - len(self.text.lstrip()) + node.col_offset
        return NotationError(self.text, min(place, max(0, len(self.text) - 1)), problem, cure)


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
    return _multiplied(exact[degrees], sign) if degrees in exact else sign * math.cos(math.radians(float(degrees)))


def _added(one: Number, other: Number) -> Number:
    if isinstance(one, float) or isinstance(other, float):
        return as_float(one) + as_float(other)
    return simplest(one + other)


def _multiplied(one: Number, other: Number) -> Number:
    if isinstance(one, float) or isinstance(other, float):
        return as_float(one) * as_float(other)
    return simplest(one * other)


def _inverse(number: Number) -> Number:
    if isinstance(number, float):
        return 1 / number
    if not isinstance(number, Surd):
        return simplest(Fraction(1) / number)
    # multiply by conjugates until no root is left
    above: Number = 1
    below: Number = number
    while isinstance(below, Surd):
        prime = _prime_factors(below.parts[-1][0])[-1]
        conjugate = _made(
            {one: -factor if one % prime == 0 and _has(one, prime) else factor for one, factor in below.parts}
        )
        above, below = _multiplied(above, conjugate), _multiplied(below, conjugate)
    return _multiplied(above, Fraction(1) / below)


def _has(radicand: int, prime: int) -> bool:
    return prime in _prime_factors(radicand)


def _parts(number: Number) -> tuple[tuple[int, Fraction], ...]:
    if isinstance(number, Surd):
        return number.parts
    return ((1, Fraction(number)),) if number else ()


def _made(parts: Mapping[int, Fraction]) -> Number:
    return simplest(Surd(tuple(sorted((radicand, factor) for radicand, factor in parts.items() if factor))))


def _product(one: int, other: int) -> tuple[int, int]:
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


@lru_cache(maxsize=4096)
def _prime_factors(radicand: int) -> list[int]:
    """The prime factors of a square-free number, -1 among them."""
    found = [-1] if radicand < 0 else []
    left, divisor = abs(radicand), 2
    while divisor * divisor <= left:
        if left % divisor == 0:
            found.append(divisor)
            left //= divisor
        divisor += 1
    return found + ([left] if left > 1 else [])


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


def _written(radicand: int, factor: Fraction) -> str:
    if radicand == 1:
        return str(factor)
    inside = abs(radicand)
    name = ("i" if radicand < 0 else "") + ("*" if radicand < -1 else "") + (f"sqrt({inside})" if inside > 1 else "")
    return name if factor == 1 else f"-{name}" if factor == -1 else f"{factor}*{name}"
