"""Generators with entries that have images modulo a prime."""

from __future__ import annotations

from dataclasses import replace

from symshare.core.algebra.matrices import Matrix, from_rows
from symshare.core.algebra.numbers import root
from symshare.core.algebra.primes import PRIME, prime_factors
from symshare.core.algebra.residues import modulo
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError

__all__ = ["modular", "modular_elements"]


def modular(signature: Signature) -> Signature:
    """The same signature with generators that have images modulo the prime (see `modular_elements`)."""
    groups = tuple((letter, replace(group, elements=modular_elements(group))) for letter, group in signature.groups)
    return replace(signature, groups=groups)


def modular_elements(group: AxisGroup) -> tuple[Matrix, ...]:
    """The generators of a group with entries that have images modulo the prime.

    Turns of the plane by parts of a whole turn, whose sines and cosines may be no square roots, are written with a root of
    unity modulo the prime. Raises SymshareError where the prime has none, and for other floats.

    >>> from symshare.core.groups.naming import read_group
    >>> (turn,) = modular_elements(read_group("PlaneC(5)"))
    >>> [[entry % PRIME for _, entry in row] for row in (turn @ turn @ turn @ turn @ turn).rows]
    [[1, 0], [0, 1]]
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
