"""Coefficients that a signed permutation moves to each other, folded into one unknown, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from symshare.core.actions.operators import Action
from symshare.core.algebra.arrays import Array
from symshare.core.algebra.radicals import Parts
from symshare.core.equations.ansatz import Ansatz

if TYPE_CHECKING:
    from symshare.core.algebra.lifting import Vectors

__all__ = ["folded", "move", "unfolded", "without_zeros"]


def move(ansatz: Ansatz, number: int, action: Action) -> tuple[Array, Array | None]:
    """Where a signed permutation takes each coefficient of a part: c[g out, g monomial] = sign * c[out, monomial]."""
    monomials = ansatz.parts[number]
    images, signs = monomials.moved(action.inner)
    outer = action.outer.images if action.outer.images is not None else np.zeros(0, dtype=np.int64)
    kind: Any = np.int32 if ansatz.unknowns[number] < 2**31 else np.int64
    target = ((outer * len(monomials)).astype(kind)[:, None] + images.astype(kind)[None, :]).ravel()
    if signs is None and action.outer.signs is None:
        return target, None
    out_signs = np.ones(len(outer), dtype=np.int8) if action.outer.signs is None else action.outer.signs
    in_signs = np.ones(len(monomials), dtype=np.int8) if signs is None else signs
    return target, (out_signs[:, None] * in_signs[None, :]).ravel()


def folded(labels: Array, dimension: int) -> Any:
    """The matrix, a scipy CSR array, that takes one value for each orbit to all its coefficients, with their signs."""
    alive = np.flatnonzero(labels)
    cells = (np.sign(labels[alive]), (alive, np.abs(labels[alive]) - 1))
    return sparse.csr_array(cells, shape=(len(labels), dimension), dtype=np.int64)


def without_zeros(parts: Parts) -> Parts:
    """Equations without the zeros that are stored in them."""
    for matrix in parts.values():
        matrix.eliminate_zeros()
    return parts


def unfolded(vectors: Vectors, labels: Array) -> Vectors:
    """Vectors over orbits as vectors over the unknowns."""
    members: dict[int, list[tuple[int, int]]] = {}
    wanted = {place for vector in vectors for place in vector}
    for place in np.flatnonzero(labels).tolist():
        label = int(labels[place])
        if abs(label) - 1 in wanted:
            members.setdefault(abs(label) - 1, []).append((place, 1 if label > 0 else -1))
    return [
        dict(
            sorted(
                (place, entry if sign > 0 else -entry)
                for orbit, entry in vector.items()
                for place, sign in members[orbit]
            )
        )
        for vector in vectors
    ]
