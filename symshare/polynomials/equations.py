"""The equations that a symmetry puts on the weights of a network, and their solution where they are linear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.equations.part import vector_text
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.errors import NotationError, plural
from symshare.polynomials.acting import find_symmetry
from symshare.polynomials.comparing import Equation, compared, unknown_weights
from symshare.polynomials.network import PolynomialNetwork, check_network
from symshare.polynomials.ring import reduced
from symshare.polynomials.written import polynomial_text, weight_text

__all__ = ["WeightEquations", "check_equations", "constraints"]


@dataclass(frozen=True, slots=True, eq=False)
class WeightEquations(Noun):
    """Equations on the weights of a network, each two flint polynomials that are equal; for one layer their solutions too.

    `unknowns` are the places of the weights that are there. `basis` spans the solutions of linear equations, each vector by
    the places of its weights.
    """

    network: PolynomialNetwork
    symmetry: str
    compare: str
    equations: tuple[Equation, ...]
    unknowns: tuple[int, ...]
    basis: tuple[Mapping[int, Any], ...] | None

    @property
    def nullity(self) -> int | None:
        """The dimension of the solutions, where the equations are linear."""
        return None if self.basis is None else len(self.basis)

    @property
    def classes(self) -> int | None:
        """How many different weights there are where each equation says that two are equal."""
        return self.nullity if all(len(left) == len(right) == 1 for left, right in self.equations) else None

    @property
    def degrees(self) -> dict[int, int]:
        """How many equations there are of each degree."""
        return dict(sorted(Counter((left - right).total_degree() for left, right in self.equations).items()))

    def texts(self) -> tuple[str, ...]:
        """The equations in the note's form.

        >>> network = PolynomialNetwork((2, 2), 2, form="full")
        >>> constraints(network, "a->a", compare="additive").texts()[-1]
        'a^1_12 + a^1_21 = a^2_12 + a^2_21'
        """
        names = self.network.names()
        return tuple(
            f"{polynomial_text(left, names)} = {polynomial_text(right, names)}" for left, right in self.equations
        )

    def solutions(self) -> tuple[str, ...]:
        """The vectors of the basis, equal weights as a chain."""
        names = [weight_text(name) for name in self.network.names()]
        return tuple(
            vector_text(one, names, chain=all(abs(value) == 1 for value in one.values()) and not self._mixed)
            for one in self.basis or ()
        )

    @property
    def _mixed(self) -> bool:
        """Whether a weight stands in several vectors of the basis."""
        places = [place for one in self.basis or () for place in one]
        return len(places) != len(set(places))

    __reduce__ = reduced

    def __repr__(self) -> str:
        return brief("WeightEquations", self.network.described, self.symmetry, plural(len(self.equations), "equation"))

    def to_dict(self) -> dict[str, Any]:
        """The equations as texts, and the basis of linear ones."""
        found = {
            "network": self.network.to_dict(),
            "symmetry": self.symmetry,
            "compare": self.compare,
            "unknowns": len(self.unknowns),
            "degrees": {str(degree): number for degree, number in self.degrees.items()},
            "equations": list(self.texts()),
        }
        if self.basis is None:
            return found
        names = [weight_text(name) for name in self.network.names()]
        vectors = [{names[place]: str(value) for place, value in one.items()} for one in self.basis]
        return found | {"nullity": self.nullity, "classes": self.classes, "basis": vectors}

    def tables(self) -> tuple[Table, ...]:
        """The equations, and what solves linear ones."""
        degrees = ", ".join(f"{number:,} of degree {degree}" for degree, number in self.degrees.items())
        title = f"{plural(len(self.equations), 'equation')} on {plural(len(self.unknowns), 'weight')}"
        title += f" ({degrees})" if degrees else ""
        names = self.network.names()

        def row(one: Equation) -> tuple[str, ...]:
            return tuple(polynomial_text(side, names, 200) for side in one)

        written = first(title, (), self.equations, lambda one: (" = ".join(row(one)),))
        if self.basis is None:
            return (written,)
        kind = plural(len(self.basis), "different weight") if self.classes is not None else f"nullity {self.nullity}"
        return written, first(f"solutions: {kind}", (), self.solutions(), lambda one: (one,))


def check_equations(equations: Any) -> None:
    """Raise NotationError for what are no equations on weights, such as a network."""
    if not isinstance(equations, WeightEquations):
        cure = "give constraints(PolynomialNetwork((3, 4, 3), 2), 'a->a')"
        raise NotationError(str(equations), 0, "are no equations on weights", cure)


def constraints(
    network: PolynomialNetwork,
    symmetry: Signature | str,
    *,
    compare: str = "functions",
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> WeightEquations:
    """The equations on the weights that say that the network has the symmetry, solved exactly where it has one layer.

    A full form has a weight for x_i x_j and one for x_j x_i, so that weights say more than the function they give; that is
    why four ways to compare coefficients differ, and which one is meant has to be said.

    - `functions`: coefficients of like monomials, a^k_ij + a^k_ji together. True of exactly the equivariant functions;
      what exchanges factors only, N * N (N - 1) / 2 directions of quadratic forms, is free beside them.
    - `ordered`: the same with weights for i <= j only: one weight for each monomial, nothing is free twice.
    - `additive`: weight by weight, a^k_ij with k and h exchanged in y_k is that of y_h; only for {i, j} = {k, h}, where x_k
      x_h becomes x_h x_k, their sums: a^k_hk + a^k_kh = a^h_hk + a^h_kh. Asks more than the function does.
    - `entries`: the same with these sums set aside: each equation says that two weights are equal, and what is counted is
      classes of equal weights. Asks less than `additive`: functions with such weights need not be equivariant.

    `additive` and `entries` look at exchanges of x_k and x_h, and at y_k and y_h alone. Several layers are compared as
    functions: equations between polynomials in the weights.

    Raises NotationError where symmetry and widths do not fit, SymshareError for ways that the network does not have,
    TooLargeError for too many terms or equations. Source: a working note on permutation-invariant networks, 2019.

    >>> quadratic = PolynomialNetwork((3, 3), 2, form="full")
    >>> [constraints(quadratic, "a->a", compare=way).nullity for way in ("entries", "additive", "functions", "ordered")]
    [9, 7, 13, 4]
    """
    check_network(network)
    acting = find_symmetry(network, symmetry, depends=depends, axes=axes, sizes=sizes)
    equations = compared(network, acting, compare)
    unknowns = unknown_weights(network, compare)
    basis = _solved(equations, unknowns) if len(network.layers) == 1 else None
    return WeightEquations(network, str(acting), compare, equations, unknowns, basis)


def _solved(equations: tuple[Equation, ...], unknowns: tuple[int, ...]) -> tuple[Mapping[int, Any], ...]:
    """A basis of the solutions of linear equations."""
    from symshare.core.algebra.elimination import null_space

    vectors = null_space([{1: _matrix(equations, unknowns)}], len(unknowns))
    return tuple({unknowns[place]: value for place, value in vector.items()} for vector in vectors)


def _matrix(equations: tuple[Equation, ...], unknowns: tuple[int, ...]) -> Any:
    from scipy import sparse

    place = {weight: at for at, weight in enumerate(unknowns)}
    cells: list[tuple[int, int, int]] = []
    for row, (left, right) in enumerate(equations):
        for exponents, factor in (left - right).to_dict().items():
            cells.append((row, place[exponents.index(1)], int(factor)))
    rows, columns, entries = (
        (np.array(part, dtype=np.int64) for part in zip(*cells, strict=True)) if cells else _nothing()
    )
    return sparse.csr_array((entries, (rows, columns)), shape=(max(1, len(equations)), len(unknowns)))


def _nothing() -> tuple[Array, Array, Array]:
    empty = np.zeros(0, dtype=np.int64)
    return empty, empty, empty
