"""symshare: from a symmetry on a whiteboard to every equivariant polynomial map, and to a torch layer.

>>> import symshare
>>> basis = symshare.derive("abH", 1)
>>> [str(term) for term in basis]
['->abH', 'abH->abH', 'abH->acH', 'abH->cbH', 'abH->cdH']
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symshare.core.bases.basis import Basis
    from symshare.core.bases.certificate import Certificate
    from symshare.core.bases.mobius import diagrams_to_orbits, orbits_to_diagrams
    from symshare.core.bases.pattern import sharing_pattern
    from symshare.core.bases.series import entries, series
    from symshare.core.counting.burnside import count
    from symshare.core.counting.molien import molien_count
    from symshare.core.equations.ansatz import Ansatz, laurent, taylor
    from symshare.core.equations.constraints import constrain, equations
    from symshare.core.equations.solution import Solution, solve
    from symshare.core.groups.files import generators_from, read_generators
    from symshare.core.groups.group import AxisGroup
    from symshare.core.notation.complexified import complexified
    from symshare.core.notation.reading import signature
    from symshare.core.notation.signature import Signature
    from symshare.core.poolings.explanation import Composition, explain
    from symshare.core.poolings.pools import PoolingSet, pools
    from symshare.core.terms.cost import Cost, cost
    from symshare.core.terms.enumeration import terms
    from symshare.core.terms.evaluation import evaluate
    from symshare.core.terms.term import Term
    from symshare.errors import LayerFileError, NotationError, SymshareError, TooLargeError
    from symshare.pipeline import certify, derive, emit, network, plan
    from symshare.plans.costs import costs
    from symshare.plans.steps import Plan

__version__ = "0.1.0"

GROUPS = (
    *("B", "C", "Cube", "D", "GL", "Grid", "Lorentz", "O", "PlaneC", "PlaneD"),
    *("Rubik", "S", "SL", "SO", "SOplus", "SU", "Scale", "Sp", "Trivial", "U"),
)
"""Makers of axis groups: `from symshare import SO`, then `axes={"r": SO(3)}`, which is the same as `axes={"r": "SO(3)"}`."""

_HOMES = {
    "Ansatz": "symshare.core.equations.ansatz",
    "AxisGroup": "symshare.core.groups.group",
    "Basis": "symshare.core.bases.basis",
    "Certificate": "symshare.core.bases.basis",
    "Composition": "symshare.core.poolings.explanation",
    "Cost": "symshare.core.terms.cost",
    "LayerFileError": "symshare.errors",
    "NotationError": "symshare.errors",
    "Plan": "symshare.plans.steps",
    "PoolingSet": "symshare.core.poolings.pools",
    "Signature": "symshare.core.notation.signature",
    "Solution": "symshare.core.equations.solution",
    "SymshareError": "symshare.errors",
    "Term": "symshare.core.terms.term",
    "TooLargeError": "symshare.errors",
    "certify": "symshare.pipeline",
    "complexified": "symshare.core.notation.complexified",
    "constrain": "symshare.core.equations.constraints",
    "cost": "symshare.core.terms.cost",
    "costs": "symshare.plans.costs",
    "count": "symshare.core.counting.burnside",
    "derive": "symshare.pipeline",
    "diagrams_to_orbits": "symshare.core.bases.mobius",
    "emit": "symshare.pipeline",
    "entries": "symshare.core.bases.series",
    "equations": "symshare.core.equations.constraints",
    "evaluate": "symshare.core.terms.evaluation",
    "explain": "symshare.core.poolings.explanation",
    "generators_from": "symshare.core.groups.files",
    "laurent": "symshare.core.equations.ansatz",
    "molien_count": "symshare.core.counting.molien",
    "network": "symshare.pipeline",
    "orbits_to_diagrams": "symshare.core.bases.mobius",
    "plan": "symshare.pipeline",
    "pools": "symshare.core.poolings.pools",
    "read_generators": "symshare.core.groups.files",
    "series": "symshare.core.bases.series",
    "sharing_pattern": "symshare.core.bases.pattern",
    "signature": "symshare.core.notation.reading",
    "solve": "symshare.core.equations.solution",
    "taylor": "symshare.core.equations.ansatz",
    "terms": "symshare.core.terms.enumeration",
}

__all__ = [
    "Ansatz",
    "AxisGroup",
    "Basis",
    "Certificate",
    "Composition",
    "Cost",
    "LayerFileError",
    "NotationError",
    "Plan",
    "PoolingSet",
    "Signature",
    "Solution",
    "SymshareError",
    "Term",
    "TooLargeError",
    "certify",
    "complexified",
    "constrain",
    "cost",
    "costs",
    "count",
    "derive",
    "diagrams_to_orbits",
    "emit",
    "entries",
    "equations",
    "evaluate",
    "explain",
    "generators_from",
    "laurent",
    "molien_count",
    "network",
    "orbits_to_diagrams",
    "plan",
    "pools",
    "read_generators",
    "series",
    "sharing_pattern",
    "signature",
    "solve",
    "taylor",
    "terms",
]


def __getattr__(name: str) -> Any:
    """Import a public name, or a subpackage such as `symshare.nn`, when it is first asked for."""
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in GROUPS:
        make = importlib.import_module("symshare.core.groups.naming").named
        return partial(make, "SO+" if name == "SOplus" else name)
    if name in ("nn", "show", "experiments"):
        return importlib.import_module(f"symshare.{name}")
    raise AttributeError(f"module 'symshare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "nn", "show"])
