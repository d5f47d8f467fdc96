"""symshare: from a symmetry on a whiteboard to every equivariant polynomial map, and to a torch layer.

>>> import symshare
>>> basis = symshare.derive("abH", 1)
>>> [str(term) for term in basis]
['->abH', 'abH->abH', 'abH->acH', 'abH->cbH', 'abH->cdH']

The public names are those of `__init__.pyi`, and a maker for each group that has a name: `axes={"r": symshare.SO(3)}` is the
same as `axes={"r": "SO(3)"}`.
"""

from __future__ import annotations

import importlib
from typing import Any

import lazy_loader

__version__ = "0.1.0"

ROOMS = ("experiments", "nn", "polynomials", "show", "weights")
_imported, _, _names = lazy_loader.attach_stub(__name__, __file__)
__all__ = [name for name in _names if name not in ROOMS]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _names:
        return _imported(name)
    if not name.startswith("_"):
        make = importlib.import_module("symshare.core.groups.naming").maker(name)
        if make is not None:
            return make
    raise AttributeError(f"module 'symshare' has no attribute {name!r}")


def __dir__() -> list[str]:
    makers = importlib.import_module("symshare.core.groups.naming").makers()
    return sorted([*__all__, *makers, "__version__", *ROOMS])
