"""Solving for the coefficients that a symmetry leaves free: by orbits, over the rationals, or numerically."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from scipy import sparse

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.orbits import orbit_labels
from symshare.core.algebra.radicals import as_floats
from symshare.core.equations.ansatz import Ansatz, as_ansatz, shape
from symshare.core.equations.constraints import Constraints, block, check_cells, constrain
from symshare.core.equations.folding import folded, move, unfolded, without_zeros
from symshare.core.equations.part import MOST_LISTED, NEGLIGIBLE, Part, part_values, unknown_names, vector_text
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import MOST_ROWS, Table
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, TooLargeError, plural

__all__ = ["Solution", "as_constraints", "as_solution", "solve"]

MOST_SPREAD = 1e6
"""The largest float of a generator over its least: beyond, a numeric null space cannot tell small entries from none
(chosen, not measured)."""

MOST_NUMBERS = 30_000_000
"""A basis of 28 million numbers took 1.3 GiB (`a->a`, 69 values, order 3)."""
MOST_EQUATIONS = 25_000_000
"""Eliminating 11 million equations of 5.5 million unknowns took 1.3 GiB (`a->a`, 75 values, order 3)."""
SOLVERS = ("orbits", "rational", "numeric")


@dataclass(frozen=True, slots=True, eq=False)
class Solution(Noun):
    """The free coefficients of an ansatz under a symmetry, part by part (degree by degree)."""

    ansatz: Ansatz
    method: str
    parts: tuple[Part, ...]

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The number of free coefficients of each part."""
        return tuple(part.dimension for part in self.parts)

    @property
    def exact(self) -> bool:
        """Whether the solution was found without floats."""
        return self.method != "numeric"

    def pattern(self, part: int = -1) -> Array:
        """The orbit labels of one part, by default the last, of shape (*output axes, *input axes of each factor) where the
        coefficients have such axes, else (output entries, monomials).

        Raises SymshareError where the null space is no pattern of equal and opposite coefficients.

        >>> from symshare.core.equations.ansatz import taylor
        >>> solve(taylor("a", 1, sizes={"a": 3})).pattern().tolist()
        [[1, 2, 2], [2, 1, 2], [2, 2, 1]]
        """
        if not isinstance(part, int) or not -len(self.parts) <= part < len(self.parts):
            raise SymshareError(f"there is no part {part!r}\n  the parts are 0 to {len(self.parts) - 1}")
        number = part % len(self.parts)
        labels = self.parts[number].labels
        if labels is None:
            labels = _as_labels(self.parts[number])
        if labels is None:
            raise SymshareError(
                f"the {self.method} null space is no pattern of equal coefficients\n"
                f"  read its basis: solution.parts[{number}].basis()"
            )
        axes = shape(self.ansatz, number)
        return labels.reshape(axes if axes is not None else (self.ansatz.outputs, -1))

    def __repr__(self) -> str:
        return brief("Solution", self.method, repr(self.ansatz), f"dimensions={self.dimensions}")

    def to_dict(self) -> dict[str, Any]:
        """The solution as plain values: the names of the unknowns of each part, and its orbits or its basis."""
        parts = enumerate(self.parts)
        return {
            **self.ansatz.signature.to_dict(),
            "method": self.method,
            "exact": self.exact,
            "dimensions": list(self.dimensions),
            "unknowns": list(self.ansatz.unknowns),
            "parts": [part_values(self.ansatz, number, part) for number, part in parts],
        }

    def tables(self) -> tuple[Table, ...]:
        """The free coefficients: which are equal, or the vectors of a basis entry by entry."""
        signature = self.ansatz.signature
        named = "".join(f", {letter} under {group}" for letter, group in signature.named_groups.items())
        total, free = sum(self.ansatz.unknowns), sum(self.dimensions)
        by_part = ", ".join(f"{number:,}" for number in self.dimensions)
        title = f"{signature}{named}: {free:,} free of {plural(total, 'coefficient')} ({by_part}), by {self.method}"
        sizes = ", ".join(f"{letter} = {size}" for letter, size in signature.sizes)
        notes = [f"at {sizes}"] if sizes else []
        notes += [str(part.spectrum) for part in self.parts if part.spectrum is not None]
        rows = list(islice(self._rows(), MOST_ROWS))
        return (Table(title, ("order", "free coefficient"), tuple(rows), tuple(notes), free - len(rows)),)

    def _rows(self) -> Iterator[tuple[str, str]]:
        """For each free coefficient the order, and the unknowns that it stands for."""
        for number, part in enumerate(self.parts):
            monomials = self.ansatz.parts[number]
            order = "Laurent" if monomials.kind == "laurent" else str(monomials.degree)
            if part.unknowns <= MOST_LISTED and part.dimension:
                names = unknown_names(self.ansatz, number)
                for vector in part.basis():
                    yield order, vector_text(vector, names, chain=part.labels is not None)


def solve(
    problem: Constraints | Ansatz | Signature | str,
    *,
    solver: str | None = None,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool = False,
) -> Solution:
    """The null space of the equations of a symmetry, exactly where the generators are exact.

    A text or a Signature stands for its Taylor ansatz to `order`, by default 1.

    `orbits` where every generator permutes the coefficients up to sign; `rational` for other exact generators, after the
    orbits of those that do permute; `numeric` (singular values, with tolerance and gap) for floats. `solver` overrides the
    choice; `"rational"` then eliminates every equation. A numeric dimension is checked against the exact count where
    characters give one.

    Raises SymshareError for a solver that does not fit the generators, and where a numeric result is in doubt.

    >>> solve("rr->", axes={"r": "SO(3)"})
    Solution(rational, Ansatz(taylor, 'rr->', r=3; unknowns 1, 9), dimensions=(1, 1))
    """
    constraints = as_constraints(problem, order=order, depends=depends, axes=axes, sizes=sizes, ordered=ordered)
    chosen = solver or _fitting(constraints)
    if chosen not in SOLVERS:
        raise SymshareError(f"solver={chosen!r} is not one of {', '.join(SOLVERS)}")
    mixing = [one for one in constraints.actions if not one.monomial]
    if chosen == "orbits" and mixing:
        raise SymshareError(
            f"the generator {mixing[0].label} does not permute the coefficients\n  use --solver rational, or leave the choice"
        )
    if chosen == "rational" and not constraints.exact:
        raise SymshareError(
            "a generator has floats in it\n  write it exactly ('1/2', 'sqrt(3)/2'), or use --solver numeric"
        )
    check_cells(constraints)
    if chosen == "rational":
        from symshare.core.algebra.lifting import check_roots  # orbits need no elimination

        check_roots(one for action in mixing for side in (action.inner, action.outer) for one in side.parts or ())
    parts = tuple(
        _solved(constraints, number, chosen, everything=solver == "rational")
        for number in range(len(constraints.ansatz.parts))
    )
    found = Solution(constraints.ansatz, chosen, parts)
    if chosen == "numeric":
        _check_count(found, constraints)
    return found


def as_constraints(problem: Constraints | Ansatz | Signature | str, **options: Any) -> Constraints:
    """Constraints as they are, or those of an ansatz, a text or a Signature, with the options of `constrain`.

    >>> as_constraints("a->", sizes={"a": 3})
    Constraints(Ansatz(taylor, 'a->', a=3; unknowns 1, 3), 2 generators)
    """
    if not isinstance(problem, Constraints):
        return constrain(problem, **options)
    as_ansatz(problem.ansatz, **options)
    return problem


def as_solution(problem: Solution | Constraints | Ansatz | Signature | str, **options: Any) -> Solution:
    """A solution as it is, or that of what `solve` takes, with its options.

    >>> as_solution("a->", sizes={"a": 3}).dimensions
    (1, 1)
    """
    if not isinstance(problem, Solution):
        return solve(problem, **options)
    as_ansatz(problem.ansatz, **options)
    return problem


def _fitting(constraints: Constraints) -> str:
    if all(one.monomial for one in constraints.actions):
        return "orbits"
    return "rational" if constraints.exact else "numeric"


def _solved(constraints: Constraints, number: int, solver: str, *, everything: bool) -> Part:
    ansatz = constraints.ansatz
    unknowns = ansatz.unknowns[number]
    if everything:
        from symshare.core.algebra.elimination import null_space

        _check_equations(unknowns, len(constraints.actions))
        vectors = null_space((block(ansatz, number, one) for one in constraints.actions), unknowns)
        return Part(unknowns, len(vectors), vectors=vectors)
    monomial = [one for one in constraints.actions if one.monomial]
    labels = orbit_labels(unknowns, (move(ansatz, number, one) for one in monomial))
    dimension = int(np.abs(labels).max(initial=0))
    if solver == "orbits":
        return Part(unknowns, dimension, labels=labels)
    fold = folded(labels, dimension)
    rest = (
        {one: sparse.csr_array(matrix @ fold) for one, matrix in block(ansatz, number, action).items()}
        for action in constraints.actions
        if not action.monomial
    )
    if solver == "rational":
        from symshare.core.algebra.elimination import null_space

        vectors = null_space(map(without_zeros, rest), dimension)
        return Part(unknowns, len(vectors), vectors=unfolded(vectors, labels))
    from symshare.core.algebra.numeric import numeric_null_space

    _check_spread(constraints)
    basis, spectrum = numeric_null_space([as_floats(parts) for parts in rest], dimension)
    if len(basis) * unknowns > MOST_NUMBERS:
        raise TooLargeError(
            f"a numeric basis of {len(basis):,} vectors of {unknowns:,} coefficients has {len(basis) * unknowns:,} numbers, "
            f"over {MOST_NUMBERS:,}\n  lower the order or the sizes, or use an exact solver"
        )
    array = np.linalg.qr(fold @ basis.T)[0].T  # orbits have different lengths
    return Part(unknowns, len(basis), array=array, spectrum=spectrum)


def _check_equations(unknowns: int, generators: int) -> None:
    if unknowns * (generators + 2) > MOST_EQUATIONS:
        raise TooLargeError(
            f"{unknowns * generators:,} equations of {unknowns:,} unknowns are too many to eliminate: with the unknowns twice "
            f"over {MOST_EQUATIONS:,}\n  lower the order or the sizes, or leave the choice of the solver"
        )


def _check_spread(constraints: Constraints) -> None:
    """Refuse floats of so different sizes that rounding of the large ones may hide the small ones."""
    for action in constraints.actions:
        for side in (action.inner, action.outer):
            values = np.abs(as_floats(side.parts).data) if side.parts is not None and 0 in side.parts else np.ones(1)
            values = values[values > NEGLIGIBLE * values.max(initial=0.0)]
            if len(values) and values.max() > MOST_SPREAD * values.min():
                raise SymshareError(
                    f"the generator {action.label} has floats from {values.min():.1e} to {values.max():.1e}\n"
                    "  singular values cannot tell such small ones from zero: write the generators exactly"
                )


def _as_labels(part: Part) -> Array | None:
    """Orbit labels where a basis of vectors with entries 1 and -1 and no overlap is one."""
    labels = np.zeros(part.unknowns, dtype=np.int64)
    if part.vectors is None:
        return None
    for number, vector in enumerate(part.vectors, 1):
        for place, entry in vector.items():
            if entry not in (1, -1) or labels[place]:
                return None
            labels[place] = number if entry == 1 else -number
    return labels


def _check_count(solution: Solution, constraints: Constraints) -> None:
    """Compare numeric dimensions with the exact count, where the generators are the signature's own."""
    for number, expected in _counted(constraints):
        if solution.parts[number].dimension != expected:
            raise SymshareError(
                f"the numeric null space of degree {number} has dimension {solution.parts[number].dimension}, "
                f"the exact count is {expected}\n  write the generators exactly, or use --solver rational"
            )


def _counted(constraints: Constraints) -> Iterator[tuple[int, int]]:
    """The exact dimension of each part that characters give."""
    from symshare.core.counting.burnside import count

    ansatz = constraints.ansatz
    own = [(one.label, one.lie) for one in constrain(ansatz).actions]
    if [(one.label, one.lie) for one in constraints.actions] != own or ansatz.parts[0].kind == "laurent":
        return
    for number, monomials in enumerate(ansatz.parts):
        try:
            yield number, count(ansatz.signature, monomials.degree, ordered=monomials.kind == "ordered")
        except SymshareError:
            return
