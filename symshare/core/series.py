"""Expanding a function in a basis: its coordinates, or the coefficient that breaks the symmetry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symshare.core.ansatz import Ansatz, taylor
from symshare.core.basis import Basis
from symshare.core.constraints import block, constrain
from symshare.core.evaluation import dense
from symshare.core.exact import PRIME
from symshare.core.expansion import as_sympy, expanded
from symshare.core.nullspace import Solution
from symshare.core.ranks import rank_profile
from symshare.core.signature import Signature
from symshare.core.term import Term
from symshare.errors import SymshareError, TooLargeError, amount, plural

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

    def __iter__(self) -> Iterator[tuple[Any, sympy.Expr]]:
        return iter(self.by_term)

    def __len__(self) -> int:
        return len(self.by_term)

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
    if ansatz.variables > MOST_UNKNOWNS:
        raise TooLargeError(
            f"there are {amount(ansatz.variables)} input entries, over {MOST_UNKNOWNS:,}\n  give smaller sizes"
        )
    symbols = iter([sympy.Symbol(name, real=True) for name in ansatz.entry_names()])
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
            f"{plural(len(listed), 'expression')} {'was' if len(listed) == 1 else 'were'} given for "
            f"{plural(ansatz.outputs, 'output entry', 'output entries')}\n"
            "  give a list with one for each"
        )
    coefficients = expanded(listed, ansatz, at)
    _check_symmetric(coefficients, ansatz, moved=at is not None)
    found: list[tuple[Any, Any]] = []
    for number, values in enumerate(coefficients):
        if isinstance(basis, Basis):
            degree = ansatz.parts[number].degree
            terms = basis.of_order(degree)
            vectors = [_term_vector(term, ansatz, number) for term in terms]
            labels: list[Any] = list(terms)
        else:
            vectors = [
                {place: as_sympy(value) for place, value in vector.items()} for vector in basis.parts[number].basis()
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
            f"the ansatz has {amount(total)} coefficients, over {MOST_UNKNOWNS:,} for a series\n"
            "  give smaller sizes or a lower order"
        )
    if any(one.kind == "ordered" and one.degree > 1 for one in ansatz.parts):
        raise SymshareError("a function has no order of factors\n  use a basis without ordered=True")


def _check_symmetric(coefficients: Sequence[Mapping[int, Any]], ansatz: Ansatz, *, moved: bool) -> None:
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
                    + ("\n  around a point that the group moves, a function has less symmetry" if moved else "")
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
        values.append(as_sympy(factor))
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
