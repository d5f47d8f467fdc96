"""The whole way on one page: a symmetry, its terms, their certificate, a plan, a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from symshare.errors import SymshareError
from symshare.plans.choices import takes_options

if TYPE_CHECKING:
    from symshare.core.bases.basis import Basis
    from symshare.core.bases.certificate import Certificate
    from symshare.core.poolings.pooling_set import PoolingSet
    from symshare.plans.choices import Options
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan

__all__ = ["certify", "emit", "plan"]


@takes_options
def plan(basis: Basis | PoolingSet, *, rewrites: bool = True, check: bool = False, **options: Unpack[Options]) -> Plan:
    """The steps of a layer for a basis or a PoolingSet; see `symshare.plans.planning.plan` for the options."""
    from symshare.plans.planning import plan as make

    return make(basis, rewrites=rewrites, check=check, **options)


@takes_options
def emit(
    source: Network | Plan | Basis | PoolingSet,
    *,
    rewrites: bool | None = None,
    check: bool | None = None,
    **options: Unpack[Options],
) -> str:
    """The source text of a torch layer, from a plan or a basis; it imports torch and needs nothing of symshare.

    For a basis or a PoolingSet the options are those of `plan`; a plan has its own, and asking for others raises SymshareError.

    >>> from symshare.core.bases.derivation import derive
    >>> emit(derive("abH", 1)).splitlines()[0]
    '\"\"\"Equivariant linear layer for abH.'
    """
    from symshare.codegen.layer import layer_source
    from symshare.codegen.network import network_source
    from symshare.plans.network import Network
    from symshare.plans.steps import Plan

    asked: dict[str, Any] = {**options, "rewrites": rewrites, "check": check}
    given = {name: value for name, value in asked.items() if value is not None}
    if isinstance(source, Network):
        if given:
            raise SymshareError(f"a network has its own {', '.join(given)}\n  give them to network(..)")
        return network_source(source)
    if not isinstance(source, Plan):
        return layer_source(plan(source, **given))
    own = source.choices.options()
    for name, value in given.items():
        if own.get(name) != value:
            raise SymshareError(f"the plan is made with {name}={own.get(name)!r}, not {value!r}\n  give it to plan(..)")
    return layer_source(source)


def certify(basis: Basis, *, seed: int = 0) -> Certificate:
    """Check a basis exactly; see `symshare.core.bases.certify.certify`."""
    from symshare.core.bases.certify import certify as check

    return check(basis, seed=seed)
