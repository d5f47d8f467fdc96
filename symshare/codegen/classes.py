"""The class of a layer, with what a file has to say before it, as tables or as statements."""

from __future__ import annotations

from dataclasses import dataclass

from symshare.codegen.layer import header
from symshare.codegen.layout import laid_out
from symshare.codegen.modules import constant_lines, module_lines
from symshare.codegen.names import Names
from symshare.codegen.tables.choosing import tables_of
from symshare.codegen.tables.layer import tables_class
from symshare.plans.steps import Plan

__all__ = ["LayerClass", "layer_class"]


@dataclass(frozen=True, slots=True)
class LayerClass:
    """The lines of one class: tables and constants before the functions that travel, what these make of them, the class."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    lines: tuple[str, ...]


def layer_class(plan: Plan, title: str) -> LayerClass:
    """The class of a plan's layer under a title, which also begins the names of its tables unless it is `Layer`.

    >>> from symshare.plans.planning import plan
    >>> layer_class(plan("a"), "Layer").lines[0]
    'class Layer(torch.nn.Module):'
    """
    forms = tables_of(plan)
    if forms is not None:
        facts, _, module = tables_class(plan, forms, title)
        return LayerClass(tuple(facts.lines()), tuple(laid_out(facts.listing())), tuple(module))
    names = Names(plan)
    said = header(plan, names) if title == "Layer" else []
    before = laid_out([*said, *constant_lines(plan)])
    return LayerClass(tuple(before), (), tuple(laid_out(module_lines(plan, names, title))))
