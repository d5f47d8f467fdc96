"""The whole way on one page: a symmetry, its terms, their certificate, a plan, a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symshare.core.bases.basis import Basis
from symshare.core.bases.certificate import Certificate
from symshare.errors import SymshareError

if TYPE_CHECKING:
    from symshare.core.poolings.pooling_set import PoolingSet
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan

__all__ = ["certify", "emit", "plan"]


def plan(basis: Basis | PoolingSet, **options: Any) -> Plan:
    """The steps of a layer for a basis or a PoolingSet; see `symshare.plans.planning.plan` for the options."""
    from symshare.plans.planning import plan as make

    return make(basis, **options)


def emit(source: Network | Plan | Basis | PoolingSet, **options: Any) -> str:
    """The source text of a torch layer, from a plan or a basis; it imports torch and needs nothing of symshare.

    For a basis or a PoolingSet the options are those of `plan` (`kind`, `reduce`, `coefficients`, `normalise_scale`,
    `normalise_factors`, `circular`, `channels`); a plan has its own, and asking for others raises SymshareError.

    >>> from symshare.core.bases.derivation import derive
    >>> emit(derive("abH", 1)).splitlines()[0]
    '\"\"\"Equivariant linear layer for abH.'
    """
    from symshare.codegen.layer import layer_source
    from symshare.codegen.network import network_source
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan

    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(source, Network):
        if given:
            raise SymshareError(f"a network has its own {', '.join(given)}\n  give them to network(..)")
        return network_source(source)
    if not isinstance(source, Plan):
        return layer_source(plan(source, **given))
    if "channels" in given:
        given["hints"] = tuple(sorted(given.pop("channels").items()))
    for name, value in given.items():
        if getattr(source, name, None) != value:
            made = f"{name}={getattr(source, name, None)!r}"
            raise SymshareError(f"the plan is made with {made}, not {value!r}\n  give it to plan(..)")
    return layer_source(source)


def certify(basis: Basis, *, seed: int = 0) -> Certificate:
    """Check a basis exactly; see `symshare.core.bases.certify.certify`."""
    from symshare.core.bases.certify import certify as check

    return check(basis, seed=seed)
