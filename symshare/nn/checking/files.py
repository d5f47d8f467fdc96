"""Python files that somebody else wrote, run as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from symshare.errors import SymshareError, shown
from symshare.nn.checking.subject import reason

__all__ = ["load_file"]

NAME = "symshare_checked_file"
"""What a file is imported as: under its own name it might stand before a module of Python."""


def load_file(path: Path, failure: type[SymshareError], cure: str) -> ModuleType:
    """Run a file and give its module; where that does not work raise a failure with a cure."""
    spec = importlib.util.spec_from_file_location(NAME, path)
    if spec is None or spec.loader is None:
        raise failure(f"{shown(path)} is not a Python file: its name does not end in .py\n  {cure}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    try:
        spec.loader.exec_module(module)
    except SystemExit as error:
        raise failure(f"{shown(path)} stops the process that runs it: {reason(error)}\n  {cure}") from error
    except BaseException as error:
        raise failure(f"{shown(path)} does not run: {reason(error)}\n  {cure}") from error
    return module
