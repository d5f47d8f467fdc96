"""Equations on coefficients as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from symshare.core.algebra.radicals import Parts
from symshare.core.equations.ansatz import Ansatz
from symshare.core.equations.constraints import Constraints, block
from symshare.core.equations.solution import as_constraints
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.errors import TooLargeError

if TYPE_CHECKING:
    import sympy

__all__ = ["MOST_EQUATIONS", "MOST_READ", "check_readable", "equations"]

MOST_EQUATIONS = 2_000
"""Unknowns of a part whose equations are written out; 1,980 take 1.1 s (`solve -s 'a->a' -k 3 --size a=9 --equations`)."""

MOST_READ = 100_000
"""Coefficients of the equations that are written out together; chosen, not measured."""


def equations(
    constraints: Constraints | Ansatz | Signature | str,
    part: int | None = None,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> list[sympy.Equality]:
    """The equations as sympy reads them, `Eq(c_0, c_1)`, each once, without those that say nothing.

    For one part of the ansatz (a degree), or for all. A text or a Signature stands for its Taylor ansatz to `order`, by
    default 1. Raises TooLargeError for over two thousand.

    >>> equations("a->", 1, sizes={"a": 3})
    [Eq(c_0, c_1), Eq(c_1, c_2), Eq(c_0, c_2)]
    """
    constraints = as_constraints(constraints, order=order, depends=depends, axes=axes, sizes=sizes, ordered=ordered)
    check_readable(constraints.ansatz, part)
    import sympy

    ansatz = constraints.ansatz
    found: dict[sympy.Equality, None] = {}
    terms = 0
    for number in range(len(ansatz.parts)) if part is None else [part]:
        symbols = [sympy.Symbol(name) for name in ansatz.coefficient_names(number)]
        for action in constraints.actions:
            rows = block(ansatz, number, action)
            terms += sum(matrix.nnz for matrix in rows.values())
            if terms > MOST_READ:
                raise TooLargeError(
                    f"the equations have {terms:,} terms or more, over {MOST_READ:,} to read\n"
                    "  lower the order or the sizes, or give generators with fewer nonzeros"
                )
            for row in _rows(rows):
                equation = _readable(row, symbols)
                if equation is not None:
                    found[equation] = None
    return list(found)


def check_readable(ansatz: Ansatz, part: int | None = None) -> None:
    """Raise TooLargeError for an ansatz with a part (or one part) of more unknowns than `equations` writes out."""
    for number in ansatz.unknowns if part is None else [ansatz.unknowns[part]]:
        if number > MOST_EQUATIONS:
            raise TooLargeError(
                f"{number:,} unknowns are too many to read, over {MOST_EQUATIONS:,}\n  lower the order or the sizes"
            )


def _rows(parts: Parts) -> Iterator[dict[int, Any]]:
    """The rows of a block as `{column: exact number}`."""
    import sympy

    first = next(iter(parts.values()))
    for number in range(first.shape[0]):
        row: dict[int, Any] = {}
        for radicand, matrix in parts.items():
            for at in range(matrix.indptr[number], matrix.indptr[number + 1]):
                value = matrix.data[at]
                exact = sympy.Float(float(value)) if radicand == 0 else sympy.Integer(int(value)) * sympy.sqrt(radicand)
                column = int(matrix.indices[at])
                row[column] = row.get(column, 0) + exact
        yield {column: value for column, value in sorted(row.items()) if value != 0}


def _readable(row: dict[int, Any], symbols: list[Any]) -> Any:
    """One equation solved for its first unknown, or None for a row of zeros."""
    import sympy

    if not row:
        return None
    first = min(row)
    rest = sympy.Add(*(-value / row[first] * symbols[column] for column, value in row.items() if column != first))
    return sympy.Eq(symbols[first], rest, evaluate=False)
