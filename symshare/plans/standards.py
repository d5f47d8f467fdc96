"""Plan to plan, equal in value: factors that are normalised alike, side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from symshare.plans.builder import canonical
from symshare.plans.operations import Fan, Mix, Part, Standardise
from symshare.plans.rewrites import is_factor, positions, rebuilt, renamed, started
from symshare.plans.steps import Plan

__all__ = ["standardise_together"]


def standardise_together(plan: Plan) -> Plan:
    """Factors of one value that are normalised over the same axes: one product, one mean and one root for all of them."""
    uses = Counter(name for step in plan.steps for name in step.operands)
    made = {step.result: step for step in plan.steps}
    groups: dict[object, list[Standardise]] = {}
    marks: dict[str, object] = {}
    for step in plan.steps:
        if isinstance(step, Standardise) and (mix := _factor(made.get(step.operands[0]))) and uses[mix.result] == 1:
            alike = mix.operands[0], mix.first, mix.matrices[0].shape, canonical(replace(step, operands=("",)))
            groups.setdefault(alike, []).append(step)
            marks[step.result] = alike
    steps, names = started(plan), dict[str, str]()
    whole: dict[object, str] = {}
    for step in plan.steps:
        own = groups.get(marks.get(step.result), [])
        if not isinstance(step, Standardise) or len(own) < 2:
            names[step.result] = steps.add(renamed(step, names))
            continue
        mark = marks[step.result]
        if mark not in whole:
            mixes = [mix for one in own if (mix := _factor(made[one.operands[0]]))]
            first = renamed(mixes[0], names)
            where = first.operands, first.before, first.after, first.term
            matrices = tuple([mix.matrices[0] for mix in mixes])
            fan = steps.add(Fan("", *where, matrices=matrices, first=first.first))
            whole[mark] = steps.add(replace(step, operands=(fan,)))
        indices = positions(len(step.after))
        place, parts = own.index(step), len(own)
        part = Part("", (whole[mark],), (indices,), indices, step.term, place=place, parts=parts, first=step.first)
        names[step.result] = steps.add(part)
    return rebuilt(plan, steps, names)


def _factor(step: object) -> Mix | None:
    """A step that takes the channels of one factor to the rank, or None."""
    return step if isinstance(step, Mix) and is_factor(step) and not (step.along or step.back) else None
