"""What the networks of a shape can be: the dimension of their set of functions, with and without a symmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.faces.noun import Noun, brief
from symshare.core.faces.table import Table, first
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, TooLargeError, amount
from symshare.polynomials.acting import Symmetry, act_on, equivariant_polynomials, find_symmetry
from symshare.polynomials.families import Family, families, spread, summed
from symshare.polynomials.gauge import unchanging
from symshare.polynomials.modular import PRIMES, check_unknowns, drawn, gradients, rank
from symshare.polynomials.network import PolynomialNetwork, check_total_degree

__all__ = ["Component", "Variety", "tangent_dimension", "variety"]

MOST_WORK = 40_000_000_000
"""Families times the cube of the weights; so many are 23 families of 1,200 weights, at 5 s each."""

SPARE = 4
"""Points more than there are weights."""


@dataclass(frozen=True, slots=True)
class Component:
    """A family of networks whose layers are equivariant, by how the group moves the hidden units of each layer.

    `parameters` are its free weights, `dimension` that of its set of functions, `expected` the least of its parameters
    without those that change no function, and of the equivariant polynomials there are. `swept` is the dimension of what it
    becomes when weights change so that no function does (hidden units are scaled; in degree 1 and of full forms also mixed,
    and factors exchanged), `tangent` that of the solutions of all equations on the weights, to first order, at a general
    point of it: where both are equal it is a component of the solution set, of that dimension.
    """

    hidden: tuple[str, ...]
    parameters: int
    dimension: int
    expected: int
    swept: int
    tangent: int

    @property
    def defect(self) -> int:
        """How much the dimension is below the expected one."""
        return self.expected - self.dimension

    @property
    def whole(self) -> bool:
        """Whether it is shown to be a component of the solution set; where it is not, that is open."""
        return self.swept == self.tangent

    def to_dict(self) -> dict[str, Any]:
        """The family as plain values."""
        return {
            "hidden": list(self.hidden),
            "parameters": self.parameters,
            "dimension": self.dimension,
            "fibre": self.parameters - self.dimension,
            "expected": self.expected,
            "defect": self.defect,
            "swept": self.swept,
            "tangent": self.tangent,
            "component": self.whole or None,
        }


@dataclass(frozen=True, slots=True)
class Variety(Noun):
    """The set of functions of a network: its dimension, that of a general fibre, the expected one, that of the polynomials.

    With a symmetry, the families of networks whose every layer is equivariant, too. Dimensions are ranks at random points
    modulo two primes: no dimension is lower, and the chance of a higher one is about the square of weights times degree over
    2^31 at most (Schwartz 1980, Zippel 1979).
    """

    network: PolynomialNetwork
    dimension: int
    expected: int
    ambient: int
    symmetry: str = ""
    equivariant: int | None = None
    components: tuple[Component, ...] = ()

    @property
    def fibre(self) -> int:
        """The dimension of the weights that give the same function as general ones."""
        return self.network.weights - self.dimension

    @property
    def defect(self) -> int:
        """How much the dimension is below the expected one."""
        return self.expected - self.dimension

    @property
    def filling(self) -> bool:
        """Whether almost every polynomial near one of them is the function of a network."""
        return self.dimension == self.ambient

    @property
    def symmetric_dimension(self) -> int | None:
        """The largest dimension of the functions of a family of equivariant layers."""
        return max((one.dimension for one in self.components), default=0) if self.symmetry else None

    def __repr__(self) -> str:
        return brief("Variety", self.network.described, self.symmetry, f"dimension={self.dimension}")

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        found = {
            "network": self.network.to_dict(),
            "dimension": self.dimension,
            "fibre": self.fibre,
            "expected": self.expected,
            "defect": self.defect,
            "ambient": self.ambient,
        }
        if not self.symmetry:
            return found
        return found | {
            "symmetry": self.symmetry,
            "equivariant": self.equivariant,
            "symmetric_dimension": self.symmetric_dimension,
            "components": [one.to_dict() for one in self.components],
        }

    def tables(self) -> tuple[Table, ...]:
        """The numbers without the symmetry; with it, a row for each family of equivariant layers."""
        rows = (
            ("weights", f"{self.network.weights:,}"),
            ("dimension of the functions", f"{self.dimension:,}"),
            ("expected", f"{self.expected:,}"),
            ("defect", f"{self.defect:,}"),
            ("fibre", f"{self.fibre:,}"),
            ("all polynomials", amount(self.ambient)),
        )
        whole = Table(self.network.described, (), rows)
        return (whole, self._families()) if self.symmetry else (whole,)

    def _families(self) -> Table:
        def row(one: Component) -> tuple[str, ...]:
            numbers = (one.parameters, one.dimension, one.expected, one.defect, one.swept, one.tangent)
            return " | ".join(one.hidden) or "none", *map(str, numbers), "yes" if one.whole else "open"

        notes = (
            f"Equivariant polynomials have dimension {self.equivariant}. A row is a way in which the group permutes the "
            "hidden units: orbits by their size, - with signs. Scaled: the dimension of its weights with all scalings of "
            "hidden units (in degree 1 and of full forms: all that changes no function); solutions: that of all weights with "
            "an equivariant function, to first order, near one of them. Where both are equal it is a component of all "
            "solutions; others may be. Solutions on no family are not listed.",
        )
        headings = ("hidden units", "weights", "functions", "expected", "defect", "scaled", "solutions", "component")
        return first(f"{self.symmetry}: layers that are equivariant", headings, self.components, row, notes=notes)


def variety(
    widths: Sequence[int] | PolynomialNetwork,
    degree: int | None = None,
    symmetry: Signature | str | None = None,
    *,
    constant: bool = False,
    form: str = "linear",
    activation: Any = (),
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Variety:
    """The dimension of the functions of networks of a shape, and of those whose layers have a symmetry.

    The rank of the gradients of the function by the weights at general weights and points, modulo two primes. Expected is
    the least of the weights without the directions that never change the function (hidden units scaled; in degree 1 and of
    full forms mixed, and factors exchanged), and of the polynomials there are. A network has a degree and options of its own.

    Raises NotationError where symmetry and widths do not fit, SymshareError for a network with a degree or options beside it,
    TooLargeError for over 1,200 weights and for more families than can be done. Source: Kileel, Trager, Bruna (2019); for one
    hidden layer and one output Alexander, Hirschowitz (1995).

    >>> found = variety((3, 5, 1), 4)
    >>> found.dimension, found.expected, found.defect
    (14, 15, 1)
    """
    network = _network(widths, degree, constant, form, activation)
    check_unknowns(network.weights)
    check_total_degree(network)
    acting = None
    if symmetry is not None:
        acting = find_symmetry(network, symmetry, depends=depends, axes=axes, sizes=sizes)
    ambient = network.widths[-1] * sum(comb(network.widths[0] + d - 1, d) for d in network.degrees())
    dimension = max(_dimension(network, np.arange(1, network.weights + 1), prime) for prime in PRIMES)
    free = max(rank(unchanging(network, drawn(prime, network.weights), prime), prime) for prime in PRIMES)
    expected = min(network.weights - free, ambient)
    if acting is None:
        return Variety(network, dimension, expected, ambient)
    equivariant = equivariant_polynomials(acting, network.degrees())
    listed = list(families(network, acting))
    _check_families(len(listed), network.weights)
    found = []
    for family in listed:
        found.append(_component(network, acting, family, equivariant))
        if progress is not None:
            progress(len(found))
    ordered = sorted(found, key=lambda one: -one.dimension)
    return Variety(network, dimension, expected, ambient, str(acting), equivariant, tuple(ordered))


def _network(
    widths: Sequence[int] | PolynomialNetwork, degree: int | None, constant: bool, form: str, activation: Any
) -> PolynomialNetwork:
    if not isinstance(widths, PolynomialNetwork):
        return PolynomialNetwork(widths, 2 if degree is None else degree, constant, form, activation)  # type: ignore[arg-type]  # it makes a tuple of them, or says what they are
    if (degree, constant, form, activation) != (None, False, "linear", ()):
        raise SymshareError(
            f"the network {widths.described} has a degree, a form, an activation already\n"
            "  leave them out beside a network, or give its widths"
        )
    return widths


def _check_families(number: int, weights: int) -> None:
    if number * weights**3 > MOST_WORK:
        raise TooLargeError(
            f"{number} families of {weights:,} weights take too long: ranks grow with the cube of the weights\n"
            "  give smaller widths or fewer layers"
        )


def _dimension(network: PolynomialNetwork, labels: Array, prime: int) -> int:
    """The dimension of the functions of a family of weights."""
    parameters = int(np.abs(labels).max(initial=0))
    weights = spread(labels, drawn(prime, parameters), prime)
    number = parameters + SPARE
    points = drawn(prime, number, network.widths[0], seed=1)
    covectors = drawn(prime, number, network.widths[-1], seed=2)
    rows = gradients(network, weights, points, covectors, prime)
    return rank(summed(labels, rows, prime), prime)


def _component(network: PolynomialNetwork, symmetry: Symmetry, family: Family, equivariant: int) -> Component:
    found = []
    for prime in PRIMES:
        weights = spread(family.labels, drawn(prime, family.parameters), prime)
        free = unchanging(network, weights, prime)
        swept = rank(np.concatenate([spread_rows(family.labels) % prime, free]), prime)
        dimension = _dimension(network, family.labels, prime)
        # Of the directions that change no function, those within the family are what sweeping it with all of them lacks.
        left = swept - rank(free, prime)
        found.append((dimension, left, swept, tangent_dimension(network, symmetry, weights, prime)))
    dimensions, lefts, swepts, tangents = zip(*found, strict=True)
    return Component(
        family.names,
        family.parameters,
        max(dimensions),
        min(max(lefts), equivariant),
        max(swepts),
        min(tangents),
    )


def spread_rows(labels: Array) -> Array:
    """The directions of a family's parameters, a row for each."""
    found = np.zeros((int(np.abs(labels).max(initial=0)) + 1, len(labels)), dtype=np.int64)
    found[np.abs(labels), np.arange(len(labels))] = np.sign(labels)
    return found[1:]


def tangent_dimension(network: PolynomialNetwork, symmetry: Symmetry, weights: Array, prime: int) -> int:
    """The dimension of the solutions of the equations on the weights, to first order, at weights that solve them.

    The equations say that f(g x) and g f(x) are the same; their gradients are taken at random points, with random covectors.
    """
    number = len(weights) + SPARE
    rows = []
    for at, (inner, outer) in enumerate(symmetry.generators):
        points = drawn(prime, number, network.widths[0], seed=2 * at + 1)
        covectors = drawn(prime, number, network.widths[-1], seed=2 * at + 2)
        moved, pulled = np.empty_like(points), np.empty_like(covectors)
        for value in range(points.shape[1]):
            image, sign = act_on(inner, value)
            moved[:, image] = sign * points[:, value]
        for value in range(covectors.shape[1]):
            image, sign = act_on(outer, value)
            pulled[:, value] = sign * covectors[:, image]
        rows.append(
            gradients(network, weights, moved % prime, covectors, prime)
            - gradients(network, weights, points, pulled % prime, prime)
        )
    return len(weights) - rank(np.concatenate(rows) % prime, prime) if rows else len(weights)
