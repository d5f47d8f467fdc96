"""Whether a layer is written as tables: it may be where all its terms are linear, and it is where they are many."""

from __future__ import annotations

from symshare.codegen.tables.forms import Forms, forms_of
from symshare.codegen.tables.labels import labels
from symshare.errors import SymshareError
from symshare.plans.steps import Plan

__all__ = ["MOST_AXES", "MOST_STATEMENTS", "tables_of"]

MOST_STATEMENTS = 200
"""Terms up to which a layer has a statement for each; chosen: 212 terms (of six layers) take 1,980 lines so, 777 as tables."""

MOST_AXES = 7
"""Axes of one tensor up to which its forms are listed: with all of them alike 877, found in a second."""


def tables_of(plan: Plan) -> Forms | None:
    """The forms of a plan's tensors where it is to be written as tables, else None.

    Raises SymshareError where it is asked for and cannot be.

    >>> from symshare.plans.planning import plan
    >>> tables_of(plan("abH")) is None, tables_of(plan("abH", form="tables")).terms
    (True, (1, 4))
    """
    asked = plan.choices.form
    if plan.choices.sparse or plan.choices.measured:
        return None
    if asked == "statements" or plan.choices.kind != "linear" or (asked is None and len(plan.terms) <= MOST_STATEMENTS):
        return None
    problem, forms = _problem(plan)
    if not problem:
        return forms
    if asked is None:
        return None
    raise SymshareError(
        f"this layer of {plan.signature} cannot be written as tables: {problem}\n  leave out form='tables' (--form tables)"
    )


def _problem(plan: Plan) -> tuple[str, Forms | None]:
    """Why a plan cannot be written as tables, if it cannot; else the forms of its tensors."""
    signature = plan.signature
    if signature.groups:
        return f"axis {signature.groups[0][0]} is under {signature.groups[0][1]}, and tables are of permuted axes", None
    factors = [axis for axis in signature.set_axes if signature.modulus(axis) != 1]
    if factors:
        return f"the values of {factors[0]} have scales or signs, and tables are of permuted axes", None
    if any(len({*own}) < len(own) for own in labels(signature)):
        return "two of its tensors have one name", None
    most = max(len(tensor.set_axes) for tensor in signature)
    if most > MOST_AXES:
        return f"a tensor has {most} axes, over the {MOST_AXES} that tables have forms for", None
    forms = forms_of(signature)
    if forms.terms != tuple(sum(term.order == order for term in plan.terms) for order in (0, 1)):
        return "it has some of its terms only", None
    return ("" if forms.plain else "lists on the same axes hang on each other in different ways"), forms
