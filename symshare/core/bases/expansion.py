"""The coefficients of a sympy function: its Taylor series at a rational point, or its Laurent polynomial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symshare.core.algebra.numbers import Number, Surd
from symshare.core.equations.ansatz import Ansatz
from symshare.core.equations.monomials import Monomials
from symshare.errors import SymshareError, plural

__all__ = ["as_sympy", "expanded"]


def expanded(
    listed: Sequence[Any], ansatz: Ansatz, at: Mapping[Any, Any] | Sequence[Any] | None
) -> list[dict[int, Any]]:
    """The coefficients of each part by number of the unknown."""
    import sympy

    names = ansatz.entry_names()
    symbols = [sympy.Symbol(name, real=True) for name in names]
    own = dict(zip(names, symbols, strict=True))
    found: list[dict[int, Any]] = [{} for _ in ansatz.parts]
    for output, given in enumerate(listed):
        expression = as_sympy(given) if isinstance(given, int | float | Fraction) else given
        if not isinstance(expression, sympy.Expr):
            raise SymshareError(f"{given!r} is not a sympy expression\n  build it from symshare.entries(basis)")
        expression = expression.xreplace({one: own[str(one)] for one in expression.free_symbols if str(one) in own})
        unknown = sorted(str(symbol) for symbol in expression.free_symbols - set(symbols))
        if unknown:
            known = ", ".join(names[:8]) + (", .." if len(names) > 8 else "")
            raise SymshareError(f"{', '.join(unknown)} is no input entry\n  the entries are {known}")
        if ansatz.parts[0].kind == "laurent":
            part = _laurent(expression, symbols, ansatz.parts[0])
            found[0] |= {output * len(ansatz.parts[0]) + place: value for place, value in part.items()}
            continue
        for number, part in enumerate(_taylor(expression, symbols, ansatz, at)):
            found[number] |= {output * len(ansatz.parts[number]) + place: value for place, value in part.items()}
    return found


def _laurent(expression: Any, symbols: Sequence[Any], monomials: Monomials) -> dict[int, Any]:
    import sympy

    found: dict[int, Any] = {}
    for term in sympy.Add.make_args(sympy.expand(expression)):
        powers = term.as_powers_dict()
        row = [powers.pop(symbol, sympy.Integer(0)) for symbol in symbols]
        rest = sympy.Mul(*(base**power for base, power in powers.items()))
        if rest.free_symbols or not all(power.is_Integer for power in row):
            raise SymshareError(
                f"{term} is no Laurent monomial\n  give a sum of products of whole powers of the entries"
            )
        if not all(monomials.least <= int(power) <= monomials.most for power in row):
            raise SymshareError(
                f"{term} has a power outside {monomials.least}..{monomials.most}\n  solve a Laurent ansatz with a wider range"
            )
        place = int(monomials.numbers(np.array([[int(power) for power in row]]))[0])
        found[place] = found.get(place, 0) + rest
    return {place: value for place, value in found.items() if sympy.simplify(value) != 0}


def _taylor(expression: Any, symbols: Sequence[Any], ansatz: Ansatz, at: Any) -> list[dict[int, Any]]:
    """The Taylor coefficients by part, from the series along t in f(at + t x)."""
    import sympy

    point = _point(symbols, at)
    _check_analytic(expression, symbols, point)
    order = ansatz.parts[-1].degree
    polynomial = expression.is_polynomial(*symbols)
    t = sympy.Dummy("t")
    moved = expression.subs(
        {one: start + t * one for one, start in zip(symbols, point, strict=True)}, simultaneous=True
    )
    found: list[dict[int, Any]] = []
    by_degree: dict[int, Any] = {}
    if polynomial:
        for (power,), value in sympy.Poly(sympy.expand(moved), t).terms():
            by_degree[power] = value
    else:
        current = moved
        for degree in range(order + 1):
            value = current.subs(t, 0)
            if value.has(sympy.zoo, sympy.nan, sympy.oo):
                raise SymshareError(
                    f"{expression} has no Taylor series at the point {tuple(map(str, point))}\n"
                    "  give another point (at=..), or solve a Laurent ansatz"
                )
            by_degree[degree] = value / sympy.factorial(degree)
            current = sympy.diff(current, t)
    for part in ansatz.parts:
        own: dict[int, Any] = {}
        value = sympy.expand(by_degree.get(part.degree, sympy.Integer(0)))
        if not value.is_polynomial(*symbols):
            raise SymshareError(
                f"{expression} has no Taylor series at the point {tuple(map(str, point))}\n"
                "  give another point (at=..), or solve a Laurent ansatz"
            )
        if value != 0:
            terms = sympy.Poly(value, *symbols).terms()
            rows = np.array(
                [[v for v, power in enumerate(powers) for _ in range(power)] for powers, _ in terms], dtype=np.int64
            )
            if rows.ndim < 2 or rows.shape[1] != part.degree:
                raise SymshareError(
                    f"{expression} has no Taylor series with polynomial terms at this point\n  give another point (at=..)"
                )
            for place, (_, factor) in zip(part.numbers(rows).tolist(), terms, strict=True):
                own[place] = factor
        found.append(own)
    return found


def _check_analytic(expression: Any, symbols: Sequence[Any], point: Sequence[Any]) -> None:
    """Refuse functions that are no power series at a point: with kinks or jumps anywhere, or with a root of zero there."""
    import sympy

    rough: tuple[Any, ...] = (
        sympy.Max,
        sympy.Min,
        sympy.Abs,
        sympy.sign,
        sympy.Piecewise,
        sympy.floor,
        sympy.ceiling,
        sympy.Heaviside,
    )
    rough += (sympy.DiracDelta, sympy.Mod, sympy.frac, sympy.re, sympy.im, sympy.arg, sympy.conjugate)
    found = [one for one in expression.atoms(*rough) if one.free_symbols & set(symbols)]
    at = dict(zip(symbols, point, strict=True))
    found += [
        one
        for one in expression.atoms(sympy.Pow)
        if not (one.exp.is_Integer and one.exp >= 0) and not one.exp.free_symbols and one.base.subs(at) == 0
    ]
    if found:
        raise SymshareError(
            f"{found[0]} has no Taylor series at the point {tuple(map(str, point))}\n"
            "  give another point (at=..), a smooth function, or solve a Laurent ansatz"
        )


def _point(symbols: Sequence[Any], at: Any) -> list[Any]:
    import sympy

    if at is None:
        return [sympy.Integer(0)] * len(symbols)
    if isinstance(at, Mapping):
        unknown = sorted({str(key) for key in at} - {str(symbol) for symbol in symbols})
        if unknown:
            raise SymshareError(
                f"the point names {', '.join(unknown)}, which is no input entry\n  name input entries only"
            )
    if isinstance(at, Mapping):
        named = {str(key): value for key, value in at.items()}
        values = [named.get(str(symbol), 0) for symbol in symbols]
    elif isinstance(at, Iterable):
        values = list(at)
    else:
        raise SymshareError(f"at={at!r} is no point\n  give one number for each input entry, or a mapping from entries")
    if len(values) != len(symbols):
        raise SymshareError(
            f"the point has {plural(len(values), 'entry', 'entries')}, not {len(symbols)}\n  give one for each input entry"
        )
    found = [as_sympy(value) if isinstance(value, int | Fraction) else value for value in values]
    if not all(isinstance(value, sympy.Rational) for value in found):
        raise SymshareError(f"the point {values} is not rational\n  give integers or Fractions")
    return found


def as_sympy(value: Number) -> Any:
    """A number as sympy has it."""
    import sympy

    if isinstance(value, Surd):
        return sum(
            (sympy.Rational(f.numerator, f.denominator) * sympy.sqrt(r) for r, f in value.parts), sympy.Integer(0)
        )
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value)
