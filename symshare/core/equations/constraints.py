"""The linear equations that a symmetry puts on the coefficients of an ansatz, one block for each generator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb, lcm
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.actions.operators import Action, Operator, actions
from symshare.core.algebra.radicals import Parts, as_floats, kronecker, multiplied, scaled
from symshare.core.equations.ansatz import Ansatz, as_ansatz
from symshare.core.equations.monomials import Monomials
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.names import beside
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, TooLargeError, amount, plural

__all__ = ["Constraints", "block", "check_cells", "constrain"]

MOST_ROWS = 40_000_000
"""Equations of one generator on one part; chosen, not measured."""

MOST_CELLS = 12_000_000
"""Coefficients of the equations of one generator; 5.9 million take 2.3 s and 0.4 GiB (`solve -s 'tt->tt' -k 3 --axis
't=SO(8)'`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Constraints(Noun):
    """An ansatz and the generators that its coefficients must respect."""

    ansatz: Ansatz
    actions: tuple[Action, ...]

    @property
    def exact(self) -> bool:
        """Whether no generator has a float in it."""
        return not any(0 in (side.parts or {}) for one in self.actions for side in (one.inner, one.outer))

    def __repr__(self) -> str:
        return brief("Constraints", repr(self.ansatz), plural(len(self.actions), "generator"))

    def to_dict(self) -> dict[str, Any]:
        """The equations as plain values: the ansatz, and each generator's name, its axes, and how it acts."""
        generators = [{"label": one.label, "axes": beside(one.axes), "acts": _acts(one)} for one in self.actions]
        return {"ansatz": self.ansatz.to_dict(), "exact": self.exact, "generators": generators}

    def tables(self) -> tuple[Table, ...]:
        """One row for each generator, and the ansatz."""
        title = f"equations of {plural(len(self.actions), 'generator')}"
        generators = first(
            title, ("generator", "acts"), self.actions, lambda one: (one.label, _acts(one)), code=("generator",)
        )
        return (generators, *self.ansatz.tables())


def _acts(action: Action) -> str:
    """How a generator acts on the entries."""
    if action.lie:
        return "Lie algebra"
    return "permutes, up to signs" if action.monomial else "mixes"


def constrain(
    ansatz: Ansatz | Signature | str,
    generators: Iterable[Action] | None = None,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> Constraints:
    """The ansatz with generators that it must respect: those of its signature, or the given ones.

    A text or a Signature stands for its Taylor ansatz to `order`, by default 1.

    Equivariance under g is rho_out(g) f(x) = f(rho_in(g) x) for all x, and under an element A of the Lie algebra
    d rho_out(A) f(x) = Df(x) d rho_in(A) x: linear in the coefficients of f. Imposed on generators, it holds on the group.

    Raises SymshareError for a Laurent ansatz under anything but permutations, signs and scalings of the variables.

    >>> constrain("a->", sizes={"a": 3})
    Constraints(Ansatz(taylor, 'a->', a=3; unknowns 1, 3), 2 generators)
    """
    ansatz = as_ansatz(ansatz, order=order, depends=depends, axes=axes, sizes=sizes, ordered=ordered)
    chosen = tuple(actions(ansatz.signature, ansatz.sizes) if generators is None else generators)
    if ansatz.parts[0].kind == "laurent":
        for one in chosen:
            if not (one.monomial or _moves_one_to_one(one.inner, one.lie)):
                if _one_to_one_with_roots(one.inner):
                    raise SymshareError(
                        f"a Laurent ansatz takes factors that are rational; the generator {one.label} has a square root\n"
                        "  write a scaling as { scale = [1, 2] }, or give the axis another group"
                    )
                raise SymshareError(
                    f"a Laurent ansatz is closed only under permutations, signs and scalings of the variables;\n"
                    f"  the generator {one.label} mixes them: 1/(x0 + x1) is no Laurent polynomial\n"
                    "  use a Taylor ansatz, or give the axis another group"
                )
    return Constraints(ansatz, chosen)


def _one_to_one_with_roots(operator: Operator) -> bool:
    """Whether a matrix has one entry a row and column, but for a square root in some."""
    parts = operator.matrix()
    whole = sum(abs(matrix) for matrix in parts.values()).tocoo()
    return not set(parts) <= {0, 1} and whole.nnz == len(np.unique(whole.row)) == len(np.unique(whole.col))


def _moves_one_to_one(operator: Operator, lie: bool) -> bool:
    """Whether a matrix has one entry a row (for the Lie algebra: is diagonal), so that monomials stay monomials."""
    parts = operator.matrix()
    if set(parts) - {1}:
        return False
    matrix = parts[1].tocoo()
    if lie:
        return bool((matrix.row[matrix.data != 0] == matrix.col[matrix.data != 0]).all())
    return bool(len(np.unique(matrix.row)) == len(np.unique(matrix.col)) == matrix.nnz == operator.size)


def block(ansatz: Ansatz, part: int, action: Action) -> Parts:
    """The equations of one generator on one part: integer CSR matrices by radicand, unknowns in the columns.

    Their sum, each times the root of its radicand, times the vector of coefficients, is zero. Radicand 0 holds floats.
    """
    monomials = ansatz.parts[part]
    if ansatz.outputs * len(monomials) > MOST_ROWS:
        raise TooLargeError(
            f"{amount(ansatz.outputs * len(monomials))} equations of one generator are over {MOST_ROWS:,}"
        )
    if monomials.kind == "laurent":
        inner, below = _laurent(monomials, action)
    else:
        inner, below = _substituted(monomials, action)
    outer, outer_below = action.outer.matrix(), action.outer.denominator
    common = lcm(below, outer_below)
    left = multiplied(
        {1: sparse.eye_array(ansatz.outputs, dtype=np.int64, format="csr")},
        {one: scaled(sparse.csr_array(matrix.T), common // below) for one, matrix in inner.items()},
        kronecker,
    )
    right = multiplied(
        {one: scaled(matrix, common // outer_below) for one, matrix in outer.items()},
        {1: sparse.eye_array(len(monomials), dtype=np.int64, format="csr")},
        kronecker,
    )
    if 0 in left or 0 in right:
        return {0: sparse.csr_array(as_floats(left) - as_floats(right)) / common}
    found: Parts = {}
    for one in sorted({*left, *right}):
        pieces = [left[one]] if one in left else []
        pieces += [-right[one]] if one in right else []
        total = sparse.csr_array(sum(pieces[1:], start=pieces[0]))
        total.eliminate_zeros()
        found[one] = total
    return found


def check_cells(constraints: Constraints) -> None:
    """Raise TooLargeError where the equations of a generator that mixes unknowns have too many coefficients to hold."""
    ansatz = constraints.ansatz
    for monomials in reversed(ansatz.parts):
        for action in constraints.actions:
            if action.monomial or monomials.kind == "laurent":
                continue
            inner = _products(monomials, action)
            outer = sum(matrix.nnz for matrix in action.outer.matrix().values())
            cells = ansatz.outputs * inner + len(monomials) * outer
            if cells > MOST_CELLS:
                raise TooLargeError(
                    f"the equations of the generator {action.label} have {cells:,} coefficients, over {MOST_CELLS:,}\n"
                    "  lower the order or the sizes"
                )


def _products(monomials: Monomials, action: Action) -> int:
    """How many products of entries of a generator's matrix the images of all monomials have."""
    lengths = sum(np.diff(matrix.indptr) for matrix in action.inner.matrix().values()).tolist()
    degree, variables = monomials.degree, monomials.variables
    if not degree:
        return 1
    if action.lie:
        # each factor of each monomial is moved once: so often is each variable a factor
        ordered = degree * variables ** (degree - 1)
        return int(
            sum(lengths) * (ordered if monomials.kind == "ordered" else comb(variables + degree - 1, degree - 1))
        )
    if monomials.kind == "ordered":
        return int(sum(lengths) ** degree)
    complete = [1] + [0] * degree
    for length in lengths:
        for place in range(1, degree + 1):
            complete[place] += length * complete[place - 1]
    return int(complete[degree])


def _substituted(monomials: Monomials, action: Action) -> tuple[Parts, int]:
    """P with (g x)^m = sum over m' of P[m, m'] x^m' (for the Lie algebra: its derivative), times a denominator."""
    own, below = action.inner.matrix(), action.inner.denominator
    degree = monomials.degree
    if degree == 0:
        one = 0 if action.lie else 1
        return {1: sparse.csr_array(np.full((1, 1), one, dtype=np.int64))}, 1
    if monomials.variables**degree >= 2**62:
        raise TooLargeError(
            f"products of {degree} of {monomials.variables} variables have "
            f"{amount(monomials.variables**degree)} orders, over 2^62\n"
            "  lower the order or the sizes"
        )
    rows = monomials.table()
    total: Parts = {}
    places = range(degree) if action.lie else [0]
    unit: Parts = {1: sparse.eye_array(monomials.variables, dtype=np.int64, format="csr")}
    for moved in places:
        product: Parts | None = None
        for place in range(degree):
            chosen = own if not action.lie or place == moved else unit
            factor = {one: matrix[rows[:, place]] for one, matrix in chosen.items()}
            product = factor if product is None else multiplied(product, factor, _row_by_row)
        for one, matrix in (product or {}).items():
            total[one] = total[one] + matrix if one in total else matrix
    if monomials.kind == "commuting" and degree > 1:
        total = {one: _folded(monomials, matrix) for one, matrix in total.items()}
    return total, below if action.lie else below**degree


def _row_by_row(one: Any, other: Any) -> Any:
    """The Kronecker product of each row of one matrix with the same row of another."""
    one, other = sparse.csr_array(one), sparse.csr_array(other)
    counts_one, counts_other = np.diff(one.indptr), np.diff(other.indptr)
    lengths = counts_one * counts_other
    total = int(lengths.sum())
    if total > 60_000_000:
        raise TooLargeError(
            f"the equations have {amount(total)} coefficients, over 60,000,000\n  lower the order or the sizes"
        )
    row = np.repeat(np.arange(one.shape[0]), lengths)
    within = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    first = one.indptr[:-1][row] + within // counts_other[row]
    second = other.indptr[:-1][row] + within % counts_other[row]
    columns = one.indices[first].astype(np.int64) * other.shape[1] + other.indices[second]
    values = one.data[first] * other.data[second]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_array((values, columns, indptr), shape=(one.shape[0], one.shape[1] * other.shape[1]))


def _folded(monomials: Monomials, matrix: Any) -> Any:
    """Columns of ordered products added up into columns of commuting monomials."""
    cells = matrix.tocoo()
    base, degree = monomials.variables, monomials.degree
    table = np.empty((cells.nnz, degree), dtype=np.int64)
    rest = cells.col.astype(np.int64)
    for place in range(degree - 1, -1, -1):
        rest, table[:, place] = np.divmod(rest, base)
    columns = monomials.numbers(table)
    return sparse.csr_array(
        sparse.coo_array((cells.data, (cells.row, columns)), shape=(len(monomials), len(monomials)))
    )


def _laurent(monomials: Monomials, action: Action) -> tuple[Parts, int]:
    """The same for Laurent monomials under a permutation with signs or factors, or a scaling."""
    number = len(monomials)
    if action.lie:
        weights = action.inner.matrix()[1].diagonal()
        table = monomials.table().astype(np.int64)
        return {1: sparse.csr_array(sparse.diags_array(table @ weights, format="csr", dtype=np.int64))}, (
            action.inner.denominator
        )
    if action.inner.images is not None:
        images, signs = monomials.moved(action.inner)
        values = np.ones(number, dtype=np.int64) if signs is None else signs.astype(np.int64)
        return {1: sparse.csr_array((values, (images, np.arange(number))), shape=(number, number))}, 1
    cells = action.inner.matrix()[1].tocoo()
    images = np.empty(monomials.variables, dtype=np.int64)
    images[cells.col] = cells.row
    factors = {int(c): Fraction(int(v), action.inner.denominator) for c, v in zip(cells.col, cells.data, strict=True)}
    target, _ = monomials.moved(Operator(monomials.variables, images))
    grown = [_power_product(factors, row) for row in monomials.table().tolist()]
    below = lcm(*(one.denominator for one in grown))
    numerators = [int(one * below) for one in grown]
    if max(max(map(abs, numerators), default=0), below) >= 2**62:
        raise TooLargeError("the equations have coefficients over 2^62\n  give fewer powers or smaller factors")
    values = np.array(numerators, dtype=np.int64)
    return {1: sparse.csr_array((values, (target, np.arange(number))), shape=(number, number))}, below


def _power_product(factors: dict[int, Fraction], powers: list[int]) -> Fraction:
    found = Fraction(1)
    for variable, power in enumerate(powers):
        found *= factors[variable] ** power
    return found
