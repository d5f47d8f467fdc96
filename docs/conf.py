"""How Sphinx makes the site; `docs/assembling.py` gathers what it is made from."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import symshare

project = "symshare"
author = "The symshare authors"
copyright = "The symshare authors, MIT license"
version = release = symshare.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "mathml"]
exclude_patterns = ["_build"]
root_doc = "index"
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]
default_role = "code"
smartquotes = False  # `--order` is two dashes
toc_object_entries = False  # headings have the names already

autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = "symshare"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["sortable.js"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
# Without what a reader's browser would have to fetch: fonts are the system's, formulas MathML, search is a file.
html_theme_options: dict[str, Any] = {"sidebar_hide_name": False, "top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def _plainly(app: Any, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Docstrings are plain words: a star in them is a star, not the beginning of emphasis."""
    for place, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...", "..")):
            pieces = re.split(r"(`[^`]*`)", line)
            lines[place] = "".join(one if one.startswith("`") else one.replace("*", r"\*") for one in pieces)


def setup(app: Any) -> None:
    """Read docstrings as what they are."""
    app.connect("autodoc-process-docstring", _plainly)
