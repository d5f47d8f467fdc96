"""The terms that a layer is made of: those of a basis or of poolings, or what a text stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symshare.core.bases.basis import Basis
from symshare.core.bases.derivation import as_basis
from symshare.core.notation.beside import check_beside
from symshare.core.notation.orders import USUAL_ORDER, check_order
from symshare.core.notation.reading import Groups
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.poolings.pooling_set import PoolingSet
from symshare.core.poolings.pools import pools
from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.plans.choices import MOST_LINEAR, MOST_TERMS

__all__ = ["poolings_of", "terms_of"]


def terms_of(
    source: Basis | PoolingSet | Signature | str,
    kind: str | None = None,
    *,
    order: int | None = None,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
    ordered: bool | None = None,
    only: Iterable[Term | str] | str = (),
    max_terms: int | None = None,
) -> Basis | PoolingSet:
    """A basis or poolings as they are; of a text or a Signature its basis to an order (by default 1), for a layer of the kind
    `"pooling"` its irreducible poolings.

    `only` names the terms of order 2 and more to keep (of poolings: all that are to be used), with their channels or without.
    Raises SymshareError where options beside a basis or poolings are not their own, TooLargeError for over `max_terms` terms
    (by default 4,000, of order 1 15,000).

    >>> terms_of("abH"), terms_of("abH", "pooling", order=3, only=["ab,cb,cd->ad"])
    (Basis('abH', order=1, counts=(1, 4)), PoolingSet('abH', complete_to=3, counts=(0, 0, 1), rule='chosen'))
    """
    symmetry: dict[str, Any] = {"depends": depends, "axes": axes, "sizes": sizes}
    found: Basis | PoolingSet
    if isinstance(source, PoolingSet) or (kind == "pooling" and not isinstance(source, Basis)):
        if ordered:
            raise SymshareError("poolings take their factors in any order\n  leave out ordered=True")
        found = poolings_of(source, order, **symmetry)
    else:
        if not isinstance(source, Basis):  # a layer has one form for all values of a latent axis with dependents
            source, symmetry = as_signature(source, **symmetry).stacked(), {}
        usual = MOST_LINEAR if order is None or order == 1 else MOST_TERMS
        limit = usual if max_terms is None else max_terms
        found = as_basis(source, order, **symmetry, ordered=ordered, max_terms=limit)
    named = [only] if isinstance(only, str) else list(only)
    return found.only(*named) if named else found


def poolings_of(
    source: PoolingSet | Signature | str,
    order: int | None = None,
    *,
    depends: Iterable[str] | str = (),
    axes: Groups | None = None,
    sizes: Mapping[str, int] | None = None,
) -> PoolingSet:
    """Poolings as they are, or the irreducible ones of a text or a Signature to an order, by default 1.

    Raises SymshareError where options beside poolings are not their own.

    >>> poolings_of("abH", 3)
    PoolingSet('abH', complete_to=3, counts=(3, 1, 1))
    """
    if not isinstance(source, PoolingSet):
        least = max(1, check_order(USUAL_ORDER if order is None else order))
        return pools(source, least, depends=depends, axes=axes, sizes=sizes)
    signature = as_signature(source.signature, sizes=dict(source.sizes))
    own = {"order": (order, source.complete_to)}
    check_beside("poolings", signature, own, depends=depends, axes=axes, sizes=sizes)
    return source
