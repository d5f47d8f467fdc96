"""Means of characters over the groups of axes: class formulas for finite groups, Weyl's integration formula for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import prod

from symshare.core.algebra.laurent import Laurent, constant_term
from symshare.core.algebra.numbers import Number, simplest
from symshare.core.algebra.work import charge
from symshare.core.groups.closure import Closed, Vector, close
from symshare.core.groups.group import AxisGroup, dual
from symshare.core.groups.spectra import Spectrum
from symshare.core.groups.weyl import density, invariants
from symshare.errors import SymshareError

__all__ = ["Component", "components", "group_order", "mean", "whole"]


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a group with its share of the Haar measure: a conjugacy class, or the cosets of a torus that fill it.

    The mean of a class function over it is the constant term of the function times `density`. `roots` names the roots in
    it (A, B, C or D; SL for A with determinant 1; C_k for the k-th roots of unity, T for a torus alone) and `rank` counts
    the torus variables, or is k for C_k. `spectra` has for each letter what the part does to that axis.
    """

    share: Fraction
    spectra: tuple[tuple[str, Spectrum], ...]
    roots: str = "T"
    rank: int = 0

    @property
    def variables(self) -> int:
        """The number of torus variables in the spectra."""
        return 1 if self.roots == "C_k" else self.rank

    def density(self, degree: int) -> Laurent:
        """A polynomial to multiply with before the constant term is read, right for products of so many weights."""
        return density(self.roots, self.rank, degree)


@lru_cache(maxsize=64)
def components(groups: tuple[tuple[str, AxisGroup], ...]) -> tuple[Component, ...] | None:
    """The parts of the group of axes that move together: for each letter its AxisGroup.

    None where they are not known: for a group with a Lie algebra that has no name here, and for a finite one that is too
    large or has floats in its matrices.

    >>> from symshare.core.groups.naming import read_group
    >>> [(str(one.share), dict(one.spectra)["t"].cycles) for one in components((("t", read_group("C(4)")),))]
    [('1/4', ((1, 1, 0, 4),)), ('1/4', ((2, 1, 0, 2),)), ('1/2', ((4, 1, 0, 1),))]
    """
    first = next((group for _, group in groups if not group.of), groups[0][1])
    parts = first.row.classes(*first.numbers)
    if parts is not None and all(_same(group, first) for _, group in groups):
        return tuple(
            Component(
                part.share,
                tuple((letter, part.spectrum.inverse() if group.of else part.spectrum) for letter, group in groups),
                part.roots,
                part.rank,
            )
            for part in parts
        )
    if any(group.algebra for _, group in groups):
        return None
    different = list(dict.fromkeys(group.elements for _, group in groups))
    sizes = [next(group.size for _, group in groups if group.elements == one) for one in different]
    closed = close(different, sizes)
    if closed is None:
        return None
    shares: Counter[tuple[Spectrum, ...]] = Counter()
    for element, many in closed.classes:
        shares[_spectra(closed, sizes, element)] += many
    return tuple(
        Component(
            Fraction(many, closed.order),
            tuple((letter, spectra[different.index(group.elements)]) for letter, group in groups),
        )
        for spectra, many in shares.items()
    )


def mean(parts: Sequence[Component], factors: Mapping[tuple[str, int], int]) -> int:
    """The Haar mean of a product of traces: `factors` says how often the trace of g^j on an axis occurs, by (letter, j),
    where j may be negative.

    >>> from symshare.core.groups.naming import read_group
    >>> [mean(components((("r", read_group("SO(3)")),)), {("r", 1): n}) for n in range(9)]
    [1, 0, 1, 1, 3, 6, 15, 36, 91]
    """
    degree = sum(abs(power) * many for (_, power), many in factors.items())
    longest_first = sorted(factors.items(), key=lambda item: -abs(item[0][1]))
    cycles = sum(len(spectrum.cycles) for one in parts for _, spectrum in one.spectra[:1])
    charge(len(parts) + len(factors) * (len(parts) + cycles // 2))
    total: Number = 0
    for one in parts:
        spectra = dict(one.spectra)
        factor: Number = one.share
        traces: list[Laurent] = []
        for (letter, power), many in longest_first:
            trace = spectra[letter].trace(power)
            if isinstance(trace, Laurent):
                traces += [trace] * many
            else:
                factor = factor * prod([trace] * many)
                if not factor:
                    break
        if not factor:
            continue
        if one.roots in ("T", "C_k"):
            halves = prod(traces[::2], start=one.density(degree)), prod(traces[1::2], start=Laurent({0: 1}))
            total = total + factor * constant_term(*halves)
        else:
            total = total + factor * invariants(one.roots, one.rank, traces)
    return whole(total)


def whole(number: Number) -> int:
    """A mean as the whole number that it must be."""
    found = simplest(number)
    if not isinstance(found, int):
        raise SymshareError(f"a mean of characters came out as {found}, which is no whole number\n  report this")
    return found


def group_order(group: AxisGroup) -> int | None:
    """The number of elements of a group; None for an infinite one, and where it is not known.

    >>> from symshare.core.groups.naming import read_group
    >>> group_order(read_group("B(3)")), group_order(read_group("Cube")), group_order(read_group("O(3)"))
    (48, 24, None)
    """
    if group.algebra:
        return None
    order = group.row.order
    if order is not None:
        return order(*group.numbers)
    closed = close([group.elements], [group.size])
    return None if closed is None else closed.order


def _same(group: AxisGroup, first: AxisGroup) -> bool:
    """Whether an axis is moved as the first one is, or as its dual."""
    if group.row is not first.row or group.numbers != first.numbers:
        return False
    other = dual(first, group.of) if group.of else first
    return not group.exact or (group.elements, group.algebra) == (other.elements, other.algebra)


def _spectra(closed: Closed, sizes: Sequence[int], element: Sequence[int]) -> tuple[Spectrum, ...]:
    """What an element of a finite group does to each axis."""
    found, start = [], 0
    for points, size in zip(closed.points, sizes, strict=True):
        images = [image - start for image in element[start : start + len(points)]]
        monomial = all(len(vector) == 1 and vector[0][1] in (1, -1) for vector in points)
        found.append(_signed_cycles(points, images, size) if monomial else _power_traces(points, images, size))
        start += len(points)
    return tuple(found)


def _signed_cycles(points: Sequence[Vector], images: Sequence[int], size: int) -> Spectrum:
    moved = [points[image][0] for image in images[:size]]
    seen: set[int] = set()
    found: Counter[tuple[int, int, int]] = Counter()
    for start in range(size):
        if start in seen:
            continue
        length, sign, place = 0, 1, start
        while place not in seen:
            seen.add(place)
            length, sign = length + 1, sign if moved[place][1] == 1 else -sign
            place = moved[place][0]
        found[length, sign, 0] += 1
    return Spectrum(tuple((*cycle, many) for cycle, many in sorted(found.items())))


def _power_traces(points: Sequence[Vector], images: Sequence[int], size: int) -> Spectrum:
    at = list(range(len(points)))
    traces: list[Number] = []
    while not traces or at[:size] != list(range(size)):
        traces.append(simplest(sum((dict(points[at[place]]).get(place, 0) for place in range(size)), start=0)))
        at = [images[one] for one in at]
    return Spectrum(traces=tuple(traces))
