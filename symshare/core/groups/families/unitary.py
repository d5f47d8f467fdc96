"""The unitary groups, on real and imaginary parts."""

from __future__ import annotations

from collections.abc import Callable

from symshare.core.algebra.matrices import Matrix, from_entries
from symshare.core.groups.families.linear import over_linear, over_special, rotation, twice
from symshare.core.groups.families.permutations import quarter_turns, transpositions
from symshare.core.groups.family import Family
from symshare.core.groups.spectra import Part, Spectrum

__all__ = ["ROWS"]


def _phased(size: int) -> list[Matrix]:
    """Exchanges of complex coordinates, and the first one times i."""
    i_first = {(0, size): -1, (size, 0): 1}
    phase = from_entries(2 * size, i_first | {(k, k): 1 for k in range(2 * size) if k not in (0, size)})
    return [*(twice(one) for one in transpositions(size)), phase]


def _antihermitian(size: int) -> list[Matrix]:
    return [from_entries(2 * size, {(0, size): -1, (size, 0): 1}), *(twice(one) for one in rotation(size))]


def _opposite_phases(size: int) -> dict[tuple[int, int], int]:
    """The first complex coordinate times i, the second times -i."""
    return {(0, size): -1, (size, 0): 1, (1, size + 1): 1, (size + 1, 1): -1}


def _special_phased(size: int) -> list[Matrix]:
    elements = [twice(one) for one in quarter_turns(size)]
    if size > 1:
        rest = {(k, k): 1 for k in range(2 * size) if k % size > 1}
        elements.append(from_entries(2 * size, _opposite_phases(size) | rest))
    return elements


def _special_antihermitian(size: int) -> list[Matrix]:
    algebra = [twice(one) for one in rotation(size)]
    return algebra + ([from_entries(2 * size, _opposite_phases(size))] if size > 1 else [])


def _realified(make: Callable[[int], list[Part] | None]) -> Callable[..., list[Part] | None]:
    """C^d as R^(2d): over the complex numbers the sum of C^d and its dual."""
    return lambda d: (
        [
            Part(part.share, Spectrum(part.spectrum.cycles + part.spectrum.inverse().cycles), part.roots, part.rank)
            for part in make(d) or []
        ]
        or None
    )


ROWS = (
    Family(
        "U",
        ("d",),
        "unitary maps of C^d as real matrices on 2d values: real parts first, then imaginary parts",
        _phased,
        _antihermitian,
        length=lambda d: 2 * d,
        of_size=lambda size: (size // 2,),
        classes=_realified(over_linear),
        complexification="GL",
    ),
    Family(
        "SU",
        ("d",),
        "unitary maps of C^d of determinant 1, on 2d values as U(d)",
        _special_phased,
        _special_antihermitian,
        length=lambda d: 2 * d,
        of_size=lambda size: (size // 2,),
        classes=_realified(over_special),
        complexification="SL",
    ),
)
