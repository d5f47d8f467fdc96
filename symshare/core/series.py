"""Expanding a function in a basis: its coordinates, or the coefficient that breaks the symmetry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from symshare.core.ansatz import Ansatz, Monomials, taylor
from symshare.core.basis import Basis
from symshare.core.constraints import block, constrain
from symshare.core.elimination import rank_profile
from symshare.core.evaluation import dense
from symshare.core.exact import PRIME, Number, Surd
from symshare.core.nullspace import Solution
from symshare.core.signature import Signature
from symshare.core.term import Term
from symshare.errors import SymshareError, TooLargeError

if TYPE_CHECKING:
    import sympy

__all__ = ["Coordinates", "entries", "series"]

MOST_UNKNOWNS = 50_000
ROUNDING = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """A function in a basis: `by_term` pairs each term of a Basis (for a Solution the polynomial that each vector is, as a
    text) with its exact coefficient, zeros left out."""

    by_term: tuple[tuple[Any, sympy.Expr], ...]

    def __str__(self) -> str:
        return " + ".join(f"{value} * {term}" for term, value in self.by_term) or "0"

    def __getitem__(self, term: object) -> sympy.Expr:
        """The coefficient of a term, named by itself or by its einsum string."""
        import sympy

        found = [value for one, value in self.by_term if one == term or str(one) == term]
        return found[0] if found else sympy.Integer(0)


def entries(problem: Basis | Solution | Ansatz | Signature) -> list[Any]:
    """The input entries of a basis or a solution as sympy symbols: a Matrix for two axes, an Array for any other number.

    A list with one for each input. Every axis needs a size: a basis of all sizes takes the least at which its terms are
    independent. The names are those of `Ansatz.entry_names`.

    >>> from symshare.core.notation import signature
    >>> entries(signature("a->", sizes={"a": 3}))
    [[x0, x1, x2]]
    """
    import sympy

    ansatz = _ansatz(problem)
    symbols = iter([sympy.Symbol(name) for name in ansatz.entry_names()])
    found = []
    for tensor in ansatz.signature.inputs:
        shape = [ansatz.sizes[letter] for letter in tensor.axes]
        own = [next(symbols) for _ in range(int(np.prod(shape, dtype=int)))]
        found.append(sympy.Matrix(*shape, own) if len(shape) == 2 else sympy.Array(own, shape) if shape else own[0])
    return found


def series(
    expression: Any, basis: Basis | Solution, *, at: Mapping[Any, Any] | Sequence[Any] | None = None
) -> Coordinates:
    """A function of the input entries in a basis, up to its order.

    `expression` is a sympy expression in the symbols that `entries` gives, or a list of them, one for each output entry.
    For a Basis, or the Solution of a Taylor ansatz, it is expanded around the rational point `at` (by default 0; the result
    is in x - at), for the Solution of a Laurent ansatz it must be a Laurent polynomial in the range of powers.

    Raises SymshareError for a function whose coefficients break the symmetry, naming the equation that fails, for one that
    has no such expansion, and for symbols that are no input entries.

    >>> from symshare.pipeline import derive
    >>> invariants = derive("aa->", 2, sizes={"a": 2})
    >>> (X,) = entries(invariants)
    >>> print(series(X.det(), invariants))
    1/2 * aa,bb-> + -1/2 * ab,ba->
    """
    ansatz = _ansatz(basis)
    _check_size(ansatz)
    listed = list(np.asarray(expression, dtype=object).ravel()) if not _is_scalar(expression) else [expression]
    if len(listed) != ansatz.outputs:
        raise SymshareError(
            f"{len(listed)} expressions were given for {ansatz.outputs} output entries\n  give a list with one for each"
        )
    coefficients = _expanded(listed, ansatz, at)
    _check_symmetric(coefficients, ansatz)
    found: list[tuple[Any, Any]] = []
    for number, values in enumerate(coefficients):
        if isinstance(basis, Basis):
            degree = ansatz.parts[number].degree
            terms = basis.of_order(degree)
            vectors = [_term_vector(term, ansatz, number) for term in terms]
            labels: list[Any] = list(terms)
        else:
            vectors = [
                {place: _sympy(value) for place, value in vector.items()} for vector in basis.parts[number].basis()
            ]
            labels = _vector_names(vectors, ansatz, number)
        solved = _coordinates(values, vectors, ansatz, number)
        found += [(label, value) for label, value in zip(labels, solved, strict=True) if value != 0]
    return Coordinates(tuple(found))


def _vector_names(vectors: Sequence[Mapping[int, Any]], ansatz: Ansatz, number: int) -> list[str]:
    """The polynomials of some vectors of a solution as texts, long ones cut."""
    monomials, outs = ansatz.monomial_names(number), ansatz.entry_names(outputs=True)
    found = []
    for vector in vectors:
        texts = []
        for place, value in list(vector.items())[:8]:
            out, monomial = divmod(place, len(monomials))
            text = monomials[monomial] if value == 1 else f"{value} {monomials[monomial]}"
            texts.append(f"{outs[out]}: {text}" if ansatz.outputs > 1 else text)
        found.append("(" + " + ".join(texts) + (" + .." if len(vector) > 8 else "") + ")")
    return found


def _is_scalar(expression: Any) -> bool:
    return not isinstance(expression, list | tuple | np.ndarray) and not hasattr(expression, "shape")


def _ansatz(problem: Basis | Solution | Ansatz | Signature) -> Ansatz:
    if isinstance(problem, Solution):
        return problem.ansatz
    if isinstance(problem, Ansatz):
        return problem
    if isinstance(problem, Basis):
        return taylor(problem.signature, problem.order, ordered=problem.ordered)
    return taylor(problem, 1)


def _check_size(ansatz: Ansatz) -> None:
    total = sum(ansatz.unknowns)
    if total > MOST_UNKNOWNS:
        raise TooLargeError(
            f"the ansatz has {total:,} coefficients, over {MOST_UNKNOWNS:,} for a series\n  give smaller sizes or a lower order"
        )
    if any(one.kind == "ordered" and one.degree > 1 for one in ansatz.parts):
        raise SymshareError("a function has no order of factors\n  use a basis without ordered=True")


def _expanded(
    listed: Sequence[Any], ansatz: Ansatz, at: Mapping[Any, Any] | Sequence[Any] | None
) -> list[dict[int, Any]]:
    """The coefficients of each part by number of the unknown."""
    import sympy

    names = ansatz.entry_names()
    symbols = [sympy.Symbol(name) for name in names]
    found: list[dict[int, Any]] = [{} for _ in ansatz.parts]
    for output, given in enumerate(listed):
        expression = _sympy(given) if isinstance(given, int | float | Fraction) else given
        if not isinstance(expression, sympy.Expr):
            raise SymshareError(f"{given!r} is not a sympy expression\n  build it from symshare.entries(basis)")
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
                raise SymshareError(f"{expression} has no Taylor series with polynomial terms at this point")
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
    values = [at.get(symbol, at.get(str(symbol), 0)) for symbol in symbols] if isinstance(at, Mapping) else list(at)
    if len(values) != len(symbols):
        raise SymshareError(f"the point has {len(values)} entries, not {len(symbols)}\n  give one for each input entry")
    found = [_sympy(value) if isinstance(value, int | Fraction) else value for value in values]
    if not all(isinstance(value, sympy.Rational) for value in found):
        raise SymshareError(f"the point {values} is not rational\n  give integers or Fractions")
    return found


def _check_symmetric(coefficients: Sequence[Mapping[int, Any]], ansatz: Ansatz) -> None:
    """Put the coefficients into the equations of every generator."""
    import sympy

    constraints = constrain(ansatz)
    for number, values in enumerate(coefficients):
        names = None
        for action in constraints.actions:
            for radicand_rows in _rows(block(ansatz, number, action)):
                left = sum((factor * values.get(place, 0) for place, factor in radicand_rows.items()), sympy.Integer(0))
                if left == 0 or sympy.simplify(left) == 0:
                    continue
                if left.has(sympy.Float) and abs(sympy.N(left)) < ROUNDING * max(
                    abs(sympy.N(factor * values.get(place, 0))) for place, factor in radicand_rows.items()
                ):
                    continue  # generators with floats fulfil their equations up to rounding
                names = names or ansatz.coefficient_names(number)
                shown = ", ".join(f"{names[place]} = {values.get(place, 0)}" for place in radicand_rows)
                raise SymshareError(
                    f"the function does not respect {action.label}\n"
                    f"  its coefficients {shown} break an equation; symshare.equations lists them"
                )


def _rows(parts: Mapping[int, Any]) -> list[dict[int, Any]]:
    """The rows of equations with exact factors, without those that are zero."""
    import sympy

    height = next(iter(parts.values())).shape[0]
    found: list[dict[int, Any]] = [{} for _ in range(height)]
    for radicand, matrix in parts.items():
        cells = matrix.tocoo()
        for row, column, value in zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True):
            factor = sympy.Float(value) if radicand == 0 else sympy.Integer(value) * sympy.sqrt(radicand)
            found[row][column] = found[row].get(column, 0) + factor
    return [row for row in found if row]


def _term_vector(term: Term, ansatz: Ansatz, number: int) -> dict[int, Any]:
    """A term as the coefficients of a polynomial: index by index, straight from its definition."""
    sizes = ansatz.sizes
    monomials = ansatz.parts[number]
    signature = ansatz.signature
    starts, outs = _starts(signature.inputs, sizes), _starts(signature.outputs, sizes)
    letters = term.index_letters
    constants = [(dense(constant), indices, constant) for constant, indices in term.constants]
    rows, places, values = [], [], []
    for chosen in np.ndindex(*(sizes[letter] for letter in letters)):
        factor: Any = 1
        for array, indices, constant in constants:
            place = tuple(chosen[index] for index in indices)
            factor = factor * (dict(constant.nonzeros).get(place, 0) if array[place] else 0)
            if not factor:
                break
        if not factor:
            continue
        rows.append(
            [
                starts[which] + _flat(signature, signature.inputs[which].axes, indices, latents, chosen, sizes)
                for which, indices, latents in zip(term.factors, term.factor_indices, term.factor_latents, strict=True)
            ]
        )
        out = signature.outputs[term.output]
        places.append(
            outs[term.output] + _flat(signature, out.axes, term.output_indices, term.output_latents, chosen, sizes)
        )
        values.append(_sympy(factor))
    found: dict[int, Any] = {}
    if rows:
        inner = monomials.numbers(np.array(rows, dtype=np.int64).reshape(len(rows), monomials.degree))
        for out_place, monomial, value in zip(places, inner.tolist(), values, strict=True):
            column = out_place * len(monomials) + monomial
            found[column] = found.get(column, 0) + value
    return {column: value for column, value in found.items() if value != 0}


def _starts(tensors: Sequence[Any], sizes: Mapping[str, int]) -> list[int]:
    found, total = [], 0
    for tensor in tensors:
        found.append(total)
        total += int(np.prod([sizes[letter] for letter in tensor.axes], dtype=int))
    return found


def _flat(
    signature: Signature,
    axes: str,
    indices: Sequence[int],
    latents: Sequence[int],
    chosen: Sequence[int],
    sizes: Mapping[str, int],
) -> int:
    rest, picked = iter(indices), iter(latents)
    flat = 0
    for letter in axes:
        flat = flat * sizes[letter] + (chosen[next(rest)] if letter.islower() else next(picked))
    return flat


def _sympy(value: Number) -> Any:
    import sympy

    if isinstance(value, Surd):
        return sum(
            (sympy.Rational(f.numerator, f.denominator) * sympy.sqrt(r) for r, f in value.parts), sympy.Integer(0)
        )
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.Integer(value) if isinstance(value, int) else sympy.Float(value)


def _coordinates(
    values: Mapping[int, Any], vectors: Sequence[Mapping[int, Any]], ansatz: Ansatz, number: int
) -> list[Any]:
    """The factors with which some independent vectors add up to the values."""
    import sympy

    if not vectors:
        return []
    columns = sorted({place for vector in vectors for place in vector})
    outside = sorted(set(values) - set(columns))
    if outside:
        name = ansatz.coefficient_names(number)[outside[0]]
        raise SymshareError(
            f"the coefficient {name} = {values[outside[0]]} has no term in the basis\n  derive the whole basis"
        )
    plain = all(getattr(value, "is_Integer", False) for vector in vectors for value in vector.values())
    if plain:
        rows = [[int(vector.get(column, 0)) for vector in vectors] for column in columns]
        chosen = _pivot_rows(rows)
        matrix = sympy.Matrix([[rows[at][v] for v in range(len(vectors))] for at in chosen])
    else:
        matrix = sympy.Matrix([[vector.get(column, 0) for vector in vectors] for column in columns])
        chosen = list(matrix.T.rref()[1])
        matrix = matrix.extract(chosen, list(range(len(vectors))))
    if len(chosen) < len(vectors):
        raise SymshareError(
            "terms of the basis depend on each other on a single point without channels\n"
            "  derive it without the latent axis, or at larger sizes"
        )
    right = sympy.Matrix([values.get(columns[at], sympy.Integer(0)) for at in chosen])
    solved = list(matrix.LUsolve(right))
    for column in columns:
        total = sum(
            (factor * vector.get(column, 0) for factor, vector in zip(solved, vectors, strict=True)), sympy.Integer(0)
        )
        if sympy.simplify(total - values.get(column, 0)) != 0:
            raise SymshareError("the function is not in the span of the basis\n  derive the whole basis")
    return [sympy.simplify(value) for value in solved]


def _pivot_rows(rows: Sequence[Sequence[int]]) -> list[int]:
    return rank_profile([[value % PRIME for value in row] for row in rows], PRIME)
