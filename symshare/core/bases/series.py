"""Expanding a function in a basis: its coordinates, or the coefficient that breaks the symmetry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symshare.core.bases.basis import Basis
from symshare.core.bases.coordinates import coordinates, term_vector
from symshare.core.bases.derivation import as_basis
from symshare.core.bases.expansion import as_sympy, expanded
from symshare.core.bases.forms import check_values
from symshare.core.bases.reading import term as as_term
from symshare.core.equations.ansatz import Ansatz, as_ansatz, taylor
from symshare.core.equations.constraints import block, constrain
from symshare.core.equations.solution import Solution
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, amount, plural

if TYPE_CHECKING:
    import sympy

__all__ = ["Coordinates", "entries", "series"]

MOST_UNKNOWNS = 50_000
"""Input entries or coefficients, each a symbol; 49,729 entries take 1.3 s and 0.15 GiB (`entries` of `aa`, 223 values)."""

ROUNDING = 1e-10
"""What may be left of a difference of floats, as a share of the largest of them; chosen, not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates(Noun):
    """A function in a basis: `by_term` pairs each term of a Basis (for a Solution the polynomial that each vector is, as a
    text) with its exact coefficient, zeros left out."""

    by_term: tuple[tuple[Any, sympy.Expr], ...]

    def __str__(self) -> str:
        return " + ".join(f"{value} * {term}" for term, value in self.by_term) or "0"

    def __repr__(self) -> str:
        return brief("Coordinates", plural(len(self.by_term), "term"), str(self))

    def to_dict(self) -> dict[str, Any]:
        """The coordinates as plain values: coefficients as texts."""
        return {"coordinates": [{"term": str(term), "coefficient": str(value)} for term, value in self.by_term]}

    def tables(self) -> tuple[Table, ...]:
        """The coefficient of each term."""
        title = f"coordinates in {plural(len(self.by_term), 'term')}"
        return (
            first(
                title,
                ("coefficient", "term"),
                self.by_term,
                lambda pair: (str(pair[1]), str(pair[0])),
                code=("coefficient", "term"),
            ),
        )

    def __iter__(self) -> Iterator[tuple[Any, sympy.Expr]]:
        return iter(self.by_term)

    def __len__(self) -> int:
        return len(self.by_term)

    def __getitem__(self, term: object) -> sympy.Expr:
        """The coefficient of a term, named by itself or by a text, with its channels or without."""
        import sympy

        found = [value for one, value in self.by_term if one == term or str(one) == term]
        named = next((one for one, _ in self.by_term if isinstance(one, Term)), None)
        if not found and named is not None and isinstance(term, str):
            read = as_term(named.signature, term)
            found = [value for one, value in self.by_term if one == read]
        return found[0] if found else sympy.Integer(0)


def entries(
    problem: Basis | Solution | Ansatz | Signature | str,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Any]:
    """The input entries of a basis or a solution as sympy symbols: a Matrix for two axes, an Array for any other number.

    A list with one for each input. Every axis needs a size: a text, a Signature or a basis without one takes the least at
    which its terms to the order are independent. The names are those of `Ansatz.entry_names`.

    >>> entries("a->", sizes={"a": 3})
    [[x0, x1, x2]]
    """
    import sympy

    ansatz = _ansatz(problem, order=order, depends=depends, axes=axes, sizes=sizes)
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
    expression: Any,
    basis: Basis | Solution | Signature | str,
    *,
    order: int | None = None,
    at: Mapping[Any, Any] | Sequence[Any] | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Coordinates:
    """A function of the input entries in a basis, up to its order.

    A text or a Signature stands for its basis to `order`, by default 1.

    `expression` is a sympy expression in the symbols that `entries` gives, or a list of them, one for each output entry.
    For a Basis, or the Solution of a Taylor ansatz, it is expanded around the rational point `at` (by default 0; the result
    is in x - at), for the Solution of a Laurent ansatz it must be a Laurent polynomial in the range of powers.

    Raises SymshareError for a function whose coefficients break the symmetry, naming the equation that fails, for one that
    has no such expansion, and for symbols that are no input entries.

    >>> (X,) = entries("aa->", sizes={"a": 2})
    >>> print(series(X.det(), "aa->", order=2, sizes={"a": 2}))
    1/2 * aa,bb-> + -1/2 * ab,ba->
    """
    options: dict[str, Any] = {"order": order, "depends": depends, "axes": axes, "sizes": sizes}
    if not isinstance(basis, Basis | Solution):
        basis, options = as_basis(basis, **options), {}
    if isinstance(basis, Basis):
        check_values(basis.signature, "an expansion")
    ansatz = _ansatz(basis, **options)
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
            vectors = [term_vector(term, ansatz, number) for term in terms]
            labels: list[Any] = list(terms)
        else:
            vectors = [
                {place: as_sympy(value) for place, value in vector.items()} for vector in basis.parts[number].basis()
            ]
            labels = _vector_names(vectors, ansatz, number)
        solved = coordinates(values, vectors, ansatz, number)
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


def _ansatz(problem: Basis | Solution | Ansatz | Signature | str, **options: Any) -> Ansatz:
    if isinstance(problem, Basis):
        basis = as_basis(problem, **options)
        return taylor(basis.signature, basis.order, ordered=basis.ordered)
    return as_ansatz(problem.ansatz if isinstance(problem, Solution) else problem, **options)


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
