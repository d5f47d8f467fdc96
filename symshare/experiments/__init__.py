"""Worked problems, runnable from the command line and from notebooks.

`symshare.experiments.run("pinv", out=Path("build/experiments"))` is `symshare experiment pinv`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symshare.experiments.harness.jobs import Setting
    from symshare.experiments.harness.running import run

__all__ = ["Setting", "run"]


def __getattr__(name: str) -> Any:
    """Import `run` and `Setting` when they are first asked for: they bring torch."""
    if name in __all__:
        home = "running" if name == "run" else "jobs"
        return getattr(importlib.import_module(f"symshare.experiments.harness.{home}"), name)
    raise AttributeError(f"module 'symshare.experiments' has no attribute {name!r}")
