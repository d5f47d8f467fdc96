"""Terms as vectors of coefficients, and the coordinates of an expansion in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import rank_profile
from symshare.core.bases.expansion import as_sympy
from symshare.core.equations.ansatz import Ansatz
from symshare.core.notation.names import is_moved
from symshare.core.notation.signature import Signature
from symshare.core.terms.evaluation import dense
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["coordinates", "term_vector"]


def term_vector(term: Term, ansatz: Ansatz, number: int) -> dict[int, Any]:
    """A term as the coefficients of a polynomial: index by index, straight from its definition."""
    sizes = ansatz.sizes
    monomials = ansatz.parts[number]
    signature = ansatz.signature
    starts, outs = _starts(signature.inputs, sizes), _starts(signature.outputs, sizes)
    letters = term.index_axes
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
    axes: Sequence[str],
    indices: Sequence[int],
    latents: Sequence[int],
    chosen: Sequence[int],
    sizes: Mapping[str, int],
) -> int:
    rest, picked = iter(indices), iter(latents)
    flat = 0
    for axis in axes:
        flat = flat * sizes[axis] + (chosen[next(rest)] if is_moved(axis) else next(picked))
    return flat


def coordinates(
    values: Mapping[int, Any], vectors: Sequence[Mapping[int, Any]], ansatz: Ansatz, number: int
) -> list[Any]:
    """The factors with which some independent vectors add up to the values."""
    import sympy

    columns = sorted({place for vector in vectors for place in vector})
    outside = sorted(set(values) - set(columns))
    if outside:
        name = ansatz.coefficient_names(number)[outside[0]]
        raise SymshareError(
            f"the coefficient {name} = {values[outside[0]]} has no term in the basis\n  derive the whole basis"
        )
    if not vectors:
        return []
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
