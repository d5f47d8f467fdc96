"""From terms to steps: the single-assignment form that layers are written from.

The package is called as a function: `symshare.plan(basis)` is `symshare.plan.planning.plan(basis)`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symshare.core.bases.basis import Basis
    from symshare.plan.steps import Plan


class _Package(ModuleType):
    """A package that can be called, since its name and that of its verb are one."""

    def __call__(self, basis: Basis, **options: Any) -> Plan:
        from symshare.plan.planning import plan

        return plan(basis, **options)


sys.modules[__name__].__class__ = _Package
