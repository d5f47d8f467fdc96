"""The noun Part: the null space of one part of an ansatz, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.numbers import as_float
from symshare.core.equations.ansatz import Ansatz
from symshare.errors import plural

if TYPE_CHECKING:
    from symshare.core.algebra.lifting import Vectors
    from symshare.core.algebra.numeric import Spectrum

__all__ = ["MOST_LISTED", "NEGLIGIBLE", "Part", "part_values", "unknown_names", "vector_text"]

NEGLIGIBLE = 1e-12
"""Floats below this share of the largest count as zero; rounding leaves about 1e-15."""

MOST_LISTED = 200_000
"""Unknowns up to which coefficients are listed; chosen, not measured."""

MOST_NAMES = 12
"""Coefficients that are printed of one vector; chosen, not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The null space of one part of an ansatz, in one of three forms: orbit labels, exact vectors or floats.

    `labels`: for each unknown its orbit, from 1, negative for minus the first of its orbit, 0 where it must vanish.
    `vectors`: a reduced echelon basis of coprime integer vectors (multiples of square roots where generators have some).
    `array`: an orthonormal float basis, one vector a row, with the `spectrum` it was cut from.
    """

    unknowns: int
    dimension: int
    labels: Array | None = None
    vectors: Vectors | None = None
    array: Array | None = None
    spectrum: Spectrum | None = None

    def __repr__(self) -> str:
        kind = "orbits" if self.labels is not None else "exact" if self.vectors is not None else "numeric"
        return f"Part({kind}, {self.dimension:,} of {plural(self.unknowns, 'unknown')})"

    def basis(self) -> Vectors:
        """The basis by nonzero entries, whatever the method; of a numeric one, entries above 1e-12 of the largest."""
        if self.vectors is not None:
            return self.vectors
        if self.labels is None:
            rows = self.array if self.array is not None else np.zeros((0, self.unknowns))
            return [
                {
                    int(place): float(row[place])
                    for place in np.flatnonzero(np.abs(row) > NEGLIGIBLE * np.abs(row).max())
                }
                for row in rows
            ]
        found: Vectors = [{} for _ in range(self.dimension)]
        alive = np.flatnonzero(self.labels)
        for place, label in zip(alive.tolist(), self.labels[alive].tolist(), strict=True):
            found[abs(label) - 1][place] = 1 if label > 0 else -1
        return found

    def floats(self) -> Array:
        """The basis as a float array of shape (dimension, unknowns)."""
        if self.array is not None:
            return self.array
        found = np.zeros((self.dimension, self.unknowns))
        for row, vector in zip(found, self.basis(), strict=True):
            for place, entry in vector.items():
                row[place] = as_float(entry)
        return found


def unknown_names(ansatz: Ansatz, number: int) -> list[str]:
    """A name for each unknown of a part; of a Laurent ansatz the monomials themselves.

    >>> from symshare.core.equations.ansatz import taylor
    >>> unknown_names(taylor("a->", 1, sizes={"a": 3}), 1)
    ['c_0', 'c_1', 'c_2']
    """
    if ansatz.parts[number].kind != "laurent":
        return ansatz.coefficient_names(number)
    texts = ansatz.monomial_names(number)
    if ansatz.outputs == 1:
        return texts
    return [f"{out}: {text}" for out in ansatz.entry_names(outputs=True) for text in texts]


def vector_text(vector: Mapping[int, Any], names: list[str], *, chain: bool) -> str:
    """A vector of a null space: equal coefficients as a chain, others entry by entry, of many the first.

    >>> vector_text({0: 1, 2: -1}, ["c_0", "c_1", "c_2"], chain=True)
    'c_0 = -c_2'
    >>> vector_text({0: 1, 2: -3}, ["c_0", "c_1", "c_2"], chain=False)
    'c_0: 1, c_2: -3'
    """
    entries = list(vector.items())[:MOST_NAMES]
    if chain:
        texts = [("" if value == 1 else "-") + names[place] for place, value in entries]
    else:
        texts = [f"{names[place]}: {_number(value)}" for place, value in entries]
    between = " = " if chain else ", "
    more = f"{between.rstrip()} .. ({len(vector) - MOST_NAMES:,} more)" if len(vector) > MOST_NAMES else ""
    return between.join(texts) + more


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def part_values(ansatz: Ansatz, number: int, part: Part) -> dict[str, Any]:
    """A part of a solution as plain values; numbers that are no integers and no floats are texts."""
    monomials = ansatz.parts[number]
    found: dict[str, Any] = {
        "kind": monomials.kind,
        "degree": monomials.degree if monomials.kind != "laurent" else None,
        "unknowns": part.unknowns,
        "dimension": part.dimension,
    }
    if part.unknowns <= MOST_LISTED:
        found["names"] = unknown_names(ansatz, number)
        if part.labels is not None:
            found["labels"] = part.labels.tolist()
        else:
            found["basis"] = [
                {str(place): value if isinstance(value, int | float) else str(value) for place, value in one.items()}
                for one in part.basis()
            ]
    if part.spectrum is not None:
        spectrum = part.spectrum
        found["spectrum"] = {
            "tolerance": spectrum.tolerance,
            "largest_zero": spectrum.largest_zero,
            "least_nonzero": spectrum.least_nonzero if spectrum.least_nonzero != float("inf") else None,
        }
    return found
