"""symshare: from a symmetry on a whiteboard to every equivariant polynomial map, and to a torch layer.

>>> import symshare
>>> basis = symshare.derive("abH", 1)
>>> [str(term) for term in basis]
['->abH', 'abH->abH', 'abH->acH', 'abH->cbH', 'abH->cdH']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symshare.core.basis import Basis, Certificate
    from symshare.core.counting import count
    from symshare.core.enumeration import terms
    from symshare.core.evaluation import evaluate
    from symshare.core.mobius import diagrams_to_orbits, orbits_to_diagrams
    from symshare.core.molien import molien_count
    from symshare.core.notation import signature
    from symshare.core.pattern import sharing_pattern
    from symshare.core.signature import Signature
    from symshare.core.term import Term
    from symshare.errors import LayerFileError, NotationError, SymshareError, TooLargeError
    from symshare.pipeline import certify, derive, emit, plan
    from symshare.plan.steps import Plan

__version__ = "0.1.0"

_HOMES = {
    "Basis": "symshare.core.basis",
    "Certificate": "symshare.core.basis",
    "LayerFileError": "symshare.errors",
    "NotationError": "symshare.errors",
    "Plan": "symshare.plan.steps",
    "Signature": "symshare.core.signature",
    "SymshareError": "symshare.errors",
    "Term": "symshare.core.term",
    "TooLargeError": "symshare.errors",
    "certify": "symshare.pipeline",
    "count": "symshare.core.counting",
    "derive": "symshare.pipeline",
    "diagrams_to_orbits": "symshare.core.mobius",
    "emit": "symshare.pipeline",
    "evaluate": "symshare.core.evaluation",
    "molien_count": "symshare.core.molien",
    "orbits_to_diagrams": "symshare.core.mobius",
    "sharing_pattern": "symshare.core.pattern",
    "signature": "symshare.core.notation",
    "terms": "symshare.core.enumeration",
}

__all__ = [
    "Basis",
    "Certificate",
    "LayerFileError",
    "NotationError",
    "Plan",
    "Signature",
    "SymshareError",
    "Term",
    "TooLargeError",
    "certify",
    "count",
    "derive",
    "diagrams_to_orbits",
    "emit",
    "evaluate",
    "molien_count",
    "orbits_to_diagrams",
    "plan",
    "sharing_pattern",
    "signature",
    "terms",
]


def __getattr__(name: str) -> Any:
    """Import a public name, or a subpackage such as `symshare.nn`, when it is first asked for."""
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in ("nn", "plan", "show", "experiments"):
        return importlib.import_module(f"symshare.{name}")
    raise AttributeError(f"module 'symshare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "nn", "show"])
