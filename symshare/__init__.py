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
    from symshare.core.ansatz import Ansatz, laurent, taylor
    from symshare.core.basis import Basis, Certificate
    from symshare.core.complexes import complexified
    from symshare.core.constraints import constrain, equations
    from symshare.core.cost import Cost, cost
    from symshare.core.counting import count
    from symshare.core.enumeration import terms
    from symshare.core.evaluation import evaluate
    from symshare.core.explanation import Composition, explain
    from symshare.core.generators import generators_from, read_generators
    from symshare.core.groups import AxisGroup
    from symshare.core.mobius import diagrams_to_orbits, orbits_to_diagrams
    from symshare.core.molien import molien_count
    from symshare.core.notation import signature
    from symshare.core.nullspace import Solution, solve
    from symshare.core.pattern import sharing_pattern
    from symshare.core.pooling import PoolingSet, pools
    from symshare.core.series import entries, series
    from symshare.core.signature import Signature
    from symshare.core.term import Term
    from symshare.errors import LayerFileError, NotationError, SymshareError, TooLargeError
    from symshare.pipeline import certify, derive, emit, network, plan
    from symshare.plan.costs import costs
    from symshare.plan.steps import Plan

__version__ = "0.1.0"

GROUPS = (
    *("B", "C", "Cube", "D", "GL", "Grid", "Lorentz", "O", "PlaneC", "PlaneD"),
    *("Rubik", "S", "SL", "SO", "SOplus", "SU", "Scale", "Sp", "Trivial", "U"),
)
"""Makers of axis groups: `from symshare import SO`, then `axes={"r": SO(3)}`, which is the same as `axes={"r": "SO(3)"}`."""

_HOMES = {
    "Ansatz": "symshare.core.ansatz",
    "AxisGroup": "symshare.core.groups",
    "Basis": "symshare.core.basis",
    "Certificate": "symshare.core.basis",
    "Composition": "symshare.core.explanation",
    "Cost": "symshare.core.cost",
    "LayerFileError": "symshare.errors",
    "NotationError": "symshare.errors",
    "Plan": "symshare.plan.steps",
    "PoolingSet": "symshare.core.pooling",
    "Signature": "symshare.core.signature",
    "Solution": "symshare.core.nullspace",
    "SymshareError": "symshare.errors",
    "Term": "symshare.core.term",
    "TooLargeError": "symshare.errors",
    "certify": "symshare.pipeline",
    "complexified": "symshare.core.complexes",
    "constrain": "symshare.core.constraints",
    "cost": "symshare.core.cost",
    "costs": "symshare.plan.costs",
    "count": "symshare.core.counting",
    "derive": "symshare.pipeline",
    "diagrams_to_orbits": "symshare.core.mobius",
    "emit": "symshare.pipeline",
    "entries": "symshare.core.series",
    "equations": "symshare.core.constraints",
    "evaluate": "symshare.core.evaluation",
    "explain": "symshare.core.explanation",
    "generators_from": "symshare.core.generators",
    "laurent": "symshare.core.ansatz",
    "molien_count": "symshare.core.molien",
    "network": "symshare.pipeline",
    "orbits_to_diagrams": "symshare.core.mobius",
    "pools": "symshare.core.pooling",
    "read_generators": "symshare.core.generators",
    "series": "symshare.core.series",
    "sharing_pattern": "symshare.core.pattern",
    "signature": "symshare.core.notation",
    "solve": "symshare.core.nullspace",
    "taylor": "symshare.core.ansatz",
    "terms": "symshare.core.enumeration",
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
        make = importlib.import_module("symshare.core.naming").named
        return partial(make, "SO+" if name == "SOplus" else name)
    if name in ("nn", "plan", "show", "experiments"):
        return importlib.import_module(f"symshare.{name}")
    raise AttributeError(f"module 'symshare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "nn", "show"])
