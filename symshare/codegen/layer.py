"""The source text of a layer: one module that imports torch and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.codegen.axes import axes_lines
from symshare.codegen.layout import laid_out
from symshare.codegen.modules import constant_lines, module_lines
from symshare.codegen.names import Names
from symshare.codegen.preamble import preamble
from symshare.codegen.runtime import brought
from symshare.codegen.source import literal, sequence
from symshare.codegen.sparse.layer import sparse_source
from symshare.codegen.tables.choosing import tables_of
from symshare.codegen.tables.layer import tables_source
from symshare.core.notation.signature import Signature
from symshare.plans.choices import OPTIONS
from symshare.plans.steps import Plan

__all__ = ["header", "layer_source", "symmetry_lines"]


def layer_source(plan: Plan) -> str:
    """The text of a file with `SIGNATURE`, `DEPENDS`, `SIZES`, `TERMS` and `class Layer(torch.nn.Module)`.

    The same plan gives the same text, to the byte.

    >>> from symshare.core.bases.derivation import derive
    >>> from symshare.plans.planning import plan
    >>> [line for line in layer_source(plan(derive("a", 1))).splitlines() if "x @" in line]
    ['        y = x @ self.mix["a__a"]']
    """
    forms = tables_of(plan)
    if forms is not None:
        return tables_source(plan, forms)
    if plan.choices.sparse:
        return sparse_source(plan, header(plan, Names(plan)))
    names = Names(plan)
    module = laid_out(module_lines(plan, names, "Layer"))
    lines = [*preamble(plan, names), "", "import torch", "", *laid_out([*header(plan, names), *constant_lines(plan)])]
    return "\n".join([*lines, *brought(module), "", "", *module]) + "\n"


def symmetry_lines(signature: Signature, terms: Sequence[str]) -> list[str]:
    """A symmetry, with terms that keep it, as a program may read them."""
    depends = [literal(one) for one in signature.dependencies]
    sizes = ", ".join(f"{literal(letter)}: {size}" for letter, size in signature.sizes)
    return [
        f"SIGNATURE = {literal(str(signature))}",
        *sequence("DEPENDS = ", depends),
        f"SIZES = {{{sizes}}}",
        *axes_lines(signature),
        *sequence("TERMS = ", [literal(text) for text in terms]),
    ]


def header(plan: Plan, names: Names) -> list[str]:
    """What a file says of its symmetry to a program."""
    return [
        *symmetry_lines(plan.signature, [text for _, text in names.texts]),
        *(f"{one.name.upper()} = True" for one in OPTIONS if one.told and getattr(plan.choices, one.name)),
    ]
