"""Formulas as MathML, which browsers show by themselves: no script, and nothing to fetch."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx

__all__ = ["setup"]


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_written(node.astext(), block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="formula">{_written(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def _written(formula: str, *, block: bool) -> str:
    element = latex2mathml.tex2mathml(formula, as_block=block)
    return str(element)


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the place of Sphinx's own way with formulas."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
