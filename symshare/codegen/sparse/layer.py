"""The source text of a layer with tensors that have values on the pairs of a support only."""

from __future__ import annotations

from importlib.resources import files

from symshare.codegen.layout import laid_out
from symshare.codegen.modules import module_lines
from symshare.codegen.names import Names
from symshare.codegen.preamble import preamble
from symshare.codegen.runtime import MARK, REMARKS, brought
from symshare.codegen.source import literal, sequence, wrapped
from symshare.codegen.sparse.forward import Forward
from symshare.plans.sparse import label, sparse_labels
from symshare.plans.steps import Plan

__all__ = ["MEANING", "MEANS", "looped_lines", "sparse_source", "support_lines"]

MEANING = (
    "Inputs on a support count as 0 off it, and outputs are given on it; what is between is read there too, so that a "
    "stack of layers lacks what goes through other pairs (paths whose ends no pair joins)."
)
MEANS = "A mean is divided once a term, by the number of entries that the supports have for it; without any it is 0."


def sparse_source(plan: Plan, header: list[str]) -> str:
    """The text of a file with the names of `layer_source`, `SPARSE` and `class Support`."""
    names = Names(plan)
    module = laid_out(module_lines(plan, names, "Layer", forward=Forward(plan, names).lines()))
    labels = sparse_labels(plan.signature, plan.choices.sparse)
    said = laid_out([*header, *sequence("SPARSE = ", [literal(one) for one in labels])])
    lines = [*preamble(plan, names, _notes(plan, names)), "", "import torch", "", *said]
    support = support_lines()
    return "\n".join([*lines, *brought([*support, *module]), "", "", *support, "", "", *module]) + "\n"


def support_lines() -> list[str]:
    """The class Support, as a file has it for people who make theirs without symshare."""
    path = files("symshare").joinpath("nn", "travelling", "support.py")  # naming the module would import torch
    return REMARKS.sub("", path.read_text(encoding="utf-8").split(MARK)[1]).strip().split("\n")


def _notes(plan: Plan, names: Names) -> list[str]:
    """What a support means for the terms, and which of them need pairs of a value with itself."""
    lines = ["", *wrapped(f"{MEANING} {MEANS if plan.choices.reduce == 'mean' else ''}".strip())]
    return [*lines, *looped_lines(plan, names)]


def looped_lines(plan: Plan, names: Names) -> list[str]:
    """The terms that need pairs of a value with itself, in lines of their own; nothing where none do."""
    looped = [text for number, text in names.texts if _looped(plan, number)]
    which = "this one is 0" if len(looped) == 1 else f"these {len(looped)} are 0"
    text = f"On a support without pairs (a, a) {which}: {', '.join(looped)}."
    return ["", *wrapped(text)] if looped else []


def _looped(plan: Plan, number: int) -> bool:
    """Whether a term reads or writes nothing but pairs of a value with itself, in one of its sparse tensors."""
    term, signature, labels = plan.terms[number], plan.signature, sparse_labels(plan.signature, plan.choices.sparse)
    carried = [*zip(term.factor_tensors, term.factor_indices, strict=True)]
    carried.append((signature.outputs[term.output], term.output_indices))
    return any(label(tensor) in labels and indices[0] == indices[1] for tensor, indices in carried)
