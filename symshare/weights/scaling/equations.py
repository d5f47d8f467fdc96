"""Linear equations between powers, of whole numbers or modulo 2."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from symshare.core.algebra.elimination import null_space

__all__ = ["solved", "solved_modulo_2"]

Row = dict[int, int]
"""The nonzero numbers of an equation, or of a solution, by their unknowns."""


def solved(rows: Iterable[Row], unknowns: int) -> list[Row]:
    """A basis of the solutions in coprime whole numbers, in reduced echelon form.

    >>> solved([{0: 1, 1: 1}], 3)
    [{0: 1, 1: -1}, {2: 1}]
    """
    from scipy import sparse

    listed = [(number, column, value) for number, row in enumerate(rows) for column, value in row.items()]
    if not unknowns:
        return []
    if not listed:
        return [{place: 1} for place in range(unknowns)]
    numbers, columns, values = map(list, zip(*listed, strict=True))
    shape = (max(numbers) + 1, unknowns)
    vectors = null_space([{1: sparse.csr_array((np.array(values), (numbers, columns)), shape=shape)}], unknowns)
    return [{place: int(value) for place, value in vector.items() if isinstance(value, int)} for vector in vectors]


def solved_modulo_2(rows: Iterable[Row], unknowns: int) -> list[Row]:
    """A basis of the solutions modulo 2, in reduced echelon form.

    >>> solved_modulo_2([{0: 1, 1: 1, 2: 2}], 3)
    [{0: 1, 1: 1}, {2: 1}]
    """
    # unknowns are read from the last, so that the first are free and lead the solutions
    leading: dict[int, int] = {}
    for row in rows:
        bits = sum(1 << place for place, value in row.items() if value % 2)
        for place in sorted(leading, reverse=True):
            if bits >> place & 1:
                bits ^= leading[place]
        if bits:
            lead = bits.bit_length() - 1
            for place, other in leading.items():
                if other >> lead & 1:
                    leading[place] = other ^ bits
            leading[lead] = bits
    return [
        {free: 1} | {lead: 1 for lead, bits in sorted(leading.items()) if bits >> free & 1}
        for free in range(unknowns)
        if free not in leading
    ]
