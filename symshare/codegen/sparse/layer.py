"""The source text of a layer whose tensors of two axes have values on the pairs of a support only."""

from __future__ import annotations

from symshare.codegen.layout import laid_out
from symshare.codegen.modules import module_lines
from symshare.codegen.names import Names
from symshare.codegen.preamble import preamble
from symshare.codegen.runtime import brought
from symshare.codegen.source import literal, sequence
from symshare.codegen.sparse.forward import Forward
from symshare.plans.sparse import sparse_labels
from symshare.plans.steps import Plan

__all__ = ["sparse_source"]


def sparse_source(plan: Plan, header: list[str]) -> str:
    """The text of a file with the names of `layer_source`, `SPARSE` and `class Support`."""
    names = Names(plan)
    module = laid_out(module_lines(plan, names, "Layer", forward=Forward(plan, names).lines()))
    labels = sparse_labels(plan.signature, plan.choices.sparse)
    said = laid_out([*header, *sequence("SPARSE = ", [literal(one) for one in labels])])
    lines = [*preamble(plan, names), "", "import torch", "", *said]
    # people make supports by hand, so that the class is there though no line of the layer names it
    return "\n".join([*lines, *brought([*module, "Support"]), "", "", *module]) + "\n"
