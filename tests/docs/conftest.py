"""The pages gathered, and the site that is built of them."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "docs"
sys.path.insert(0, str(FOLDER))

from assembling import assemble  # noqa: E402
from blocks import PAGES  # noqa: E402

__all__ = ["FOLDER", "PAGES", "ROOT"]


@pytest.fixture(scope="session")
def assembled(tmp_path_factory):
    return assemble(tmp_path_factory.mktemp("site"), drawn=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site as Sphinx builds it, with warnings as errors."""
    if not all(importlib.util.find_spec(name) for name in ("sphinx", "myst_nb", "furo")):
        pytest.skip("what builds the site is not installed: make docs does")
    out = tmp_path_factory.mktemp("built") / "docs"
    command = [sys.executable, str(FOLDER / "assembling.py"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stderr[-3000:]
    return out
