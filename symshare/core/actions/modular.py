"""What generators do to arrays modulo a prime."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.algebra.matrices import Matrix, from_rows
from symshare.core.algebra.numbers import root
from symshare.core.algebra.primes import PRIME, prime_factors
from symshare.core.algebra.residues import modulo
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Tensor
from symshare.errors import SymshareError

__all__ = ["acted", "modular_elements"]


def acted(matrices: Mapping[str, Matrix], lie: bool, tensor: Tensor, array: Array) -> Array:
    """What a generator does to an array of shape (point, *axes), modulo the prime; a Lie element acts as a derivation.

    >>> from symshare.core.algebra.matrices import permutation
    >>> acted({"t": permutation([1, 2, 0])}, False, Tensor("t"), np.array([[5, 6, 7]])).tolist()
    [[7, 5, 6]]
    """
    places = [axis for axis, letter in enumerate(tensor.axes, 1) if letter in matrices]
    if lie:
        total = np.zeros_like(array)
        for axis in places:
            total = (total + _times(matrices[tensor.axes[axis - 1]], array, axis)) % PRIME
        return total
    for axis in places:
        array = _times(matrices[tensor.axes[axis - 1]], array, axis)
    return array


def modular_elements(group: AxisGroup) -> tuple[Matrix, ...]:
    """The generators of a group with entries that have images modulo the prime.

    Turns of the plane by parts of a whole turn, whose sines and cosines may be no square roots, are written with a root of
    unity modulo the prime. Raises SymshareError where the prime has none, and for other floats.

    >>> from symshare.core.groups.naming import read_group
    >>> (turn,) = modular_elements(read_group("PlaneC(5)"))
    >>> array = np.array([[1, 0]])
    >>> for _ in range(5):
    ...     array = acted({"r": turn}, False, Tensor("r"), array)
    >>> array.tolist()
    [[1, 0]]
    """
    if group.exact:
        return group.elements
    order = group.row.whole_turn(*group.numbers)
    if not order or (PRIME - 1) % order:
        raise SymshareError(
            f"{group} has generators with floats, so that nothing can be checked exactly\n"
            "  write them exactly ('1/2', 'sqrt(3)/2'), or leave out the certificate"
        )
    candidates = (pow(base, (PRIME - 1) // order, PRIME) for base in range(2, PRIME))
    root_of_one = next(
        one for one in candidates if all(pow(one, order // prime, PRIME) != 1 for prime in set(prime_factors(order)))
    )
    inverse, half = pow(root_of_one, -1, PRIME), pow(2, -1, PRIME)
    cosine = (root_of_one + inverse) * half % PRIME
    sine = (root_of_one - inverse) * half * pow(modulo(root(-1)), -1, PRIME) % PRIME
    turn = from_rows([[cosine, PRIME - sine], [sine, cosine]])
    return (turn, *group.elements[1:])


def _times(matrix: Matrix, array: Array, axis: int) -> Array:
    moved = np.moveaxis(array, axis, 0)
    result = np.zeros_like(moved)
    for number, row in enumerate(matrix.rows):
        for column, entry in row:
            result[number] = (result[number] + modulo(entry) * moved[column]) % PRIME
    return np.moveaxis(result, 0, axis)
