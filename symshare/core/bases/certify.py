"""The certificate of a basis: its terms commute with the group, are independent, and none is missing. All exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symshare.core.actions.modular import modular
from symshare.core.algebra.primes import PRIME
from symshare.core.bases.basis import Basis
from symshare.core.bases.certificate import Certificate, OrderCertificate
from symshare.core.bases.choice import generating
from symshare.core.bases.commuting import broken, fits
from symshare.core.bases.forms import check_values
from symshare.core.bases.independence import independent
from symshare.core.counting.burnside import count, count_by_kinds
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, UnknownCharactersError

__all__ = ["certify", "check_certifiable"]

MOST_TERMS = 3_500
"""Terms of one order whose rank is taken; 1,365 take 4 s and 0.25 GiB (`derive -s r -k 4 --axis 'r=C(12)' --certify`), 3,584
24 s and more values than are kept (`derive -s ab -k 6 --certify`)."""


def certify(basis: Basis, *, seed: int = 0) -> Certificate:
    """Check a basis exactly, order by order, at random integer points modulo a prime.

    (a) Each term commutes with each generator of the group; (b) the values of the terms have rank equal to their number;
    (c) their number is `count`. With channels and other groups than the symmetric one, (b) and (c) are of the terms with
    all exchanges of their factors (`OrderCertificate.spanned`).

    Points are taken at the least sizes at which every term exists, or at the signature's where those are smaller (what holds
    there holds at every larger size, since the terms are the same). A wrong term passes (a), or an independent set fails
    (b), with probability below 1e-6 (Schwartz 1980, Zippel 1979); the points follow from `seed`.

    Raises TooLargeError above 4,000 terms in one order, or where one term needs over 50 million numbers.

    >>> from symshare.core.terms.enumeration import terms
    >>> from symshare.core.notation.reading import signature
    >>> print(certify(Basis(signature("a"), 1, terms("a", 0) + terms("a", 1))))
    certificate holds (exact mod 2147145001, at a=2)
    order  terms  commute  rank  counted
        0      1        1     1        1
        1      2        2     2        2
    """
    if not isinstance(basis, Basis):
        raise SymshareError(f"a certificate is of a Basis, not of {basis!r}\n  derive one: symshare.derive('abH', 1)")
    check_values(basis.signature, "a certificate")
    signature = basis.signature
    check_certifiable(basis.counts)
    random = np.random.default_rng(seed)
    orders = []
    for order in range(basis.order + 1):
        sizes = _sizes(signature, order)
        terms = basis.of_order(order)
        failing = tuple(broken(terms, signature, sizes, basis.ordered, random))
        spanned = None
        if signature.groups and order > 1 and not basis.ordered and signature.has_channels:
            kept, spanned = generating([one for one in terms if fits(one, signature, sizes)], signature, order)
            rank, expected = len(kept), _expected_by_kinds(signature, order)
        else:
            rank = _rank(terms, signature, sizes, basis.ordered, random) if terms else 0
            expected = _expected(signature, order, ordered=basis.ordered)
        orders.append(OrderCertificate(order, len(terms), rank, expected, failing, spanned))
    shown = {letter: size for letter, size in _sizes(signature, basis.order).items() if letter in signature.set_axes}
    return Certificate(tuple(orders), tuple(sorted(shown.items())), PRIME)


def _expected(signature: Signature, order: int, *, ordered: bool) -> int:
    """The number of terms by characters; where these are not known, the dimension of the null space of the whole ansatz."""
    try:
        return count(signature, order, ordered=ordered)
    except UnknownCharactersError:
        return _solved(signature, order, ordered=ordered)


def _expected_by_kinds(signature: Signature, order: int) -> int:
    """The number of ordered terms whose factors come in the order of their kinds; where characters are not known, the
    dimension of the null space of multilinear maps."""

    def solved(inner: tuple[str, ...], outer: tuple[str, ...]) -> int:
        axes = {*inner, *outer}
        groups = {
            axis: replace(group, of="", tie=group.tie or f"axis {signature.base(axis)}")
            for axis, group in signature.groups
            if axis in axes
        }
        one = as_signature(Signature((Tensor(inner),), (Tensor(outer),)), axes=groups)
        return _solved(one, 1) if axes else 1

    return count_by_kinds(signature, order, solved)


def _solved(signature: Signature, order: int, *, ordered: bool = False) -> int:
    """The dimension of the null space of one order."""
    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.solution import solve  # it brings scipy

    return solve(taylor(signature, order, ordered=ordered, least=order)).dimensions[0]


def check_certifiable(counts: Sequence[int], signature: Signature | None = None) -> None:
    """Raise TooLargeError where an order has more terms than `certify` can rank, SymshareError for generators with floats."""
    if signature is not None:
        modular(signature)
    largest = max(counts, default=0)
    if largest > MOST_TERMS:
        raise TooLargeError(
            f"a certificate of {largest:,} terms of one order is over the {MOST_TERMS:,} it can rank\n  lower the order"
        )


def _sizes(signature: Signature, order: int) -> dict[str, int]:
    """The sizes to check an order at."""
    sets = signature.symmetric_axes
    free = replace(signature, sizes=tuple((letter, size) for letter, size in signature.sizes if letter not in sets))
    least = witness_sizes(free, order)
    return {letter: min(size, dict(signature.sizes).get(letter, size)) for letter, size in least.items()}


def _rank(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], ordered: bool, random: np.random.Generator
) -> int:
    """The rank of the terms' values."""
    fitting = [term for term in terms if fits(term, signature, sizes)]
    return len(independent(fitting, signature, sizes, ordered=ordered, random=random))
