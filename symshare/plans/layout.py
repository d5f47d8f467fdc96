"""Where the channels of a value stand: last, as in inputs, or first, so that a contraction is a batched matrix product."""

from __future__ import annotations

from dataclasses import replace

from symshare.plans.operations import Contract, Mix, Reduce, Standardise, Step, Sum
from symshare.plans.parameters import RANK
from symshare.plans.rewrites import is_factor, rebuilt, renamed, started
from symshare.plans.steps import Plan

__all__ = ["channels_first"]


def channels_first(plan: Plan) -> Plan:
    """The products of a term with their channels first, where one of them is a matrix product.

    A matrix product over channels that stand last has to copy both operands and its result. Instead the matrices that mix
    the channels of the factors write them to the front, and the matrix that mixes those of the result reads them there:
    both are plain matrix products of a transposed view, which copy nothing.
    """
    made = {step.result: step for step in plan.steps}
    users: dict[str, list[Step]] = {}
    for step in plan.steps:
        for name in step.operands:
            users.setdefault(name, []).append(step)
    first: set[str] = set()
    for step in plan.steps:
        if _is_root(step) and step.result not in first:
            tree = _tree(made, step.operands[0])
            if tree and any(_is_matrix_product(one) for one in tree) and _alone(tree, step, users):
                first |= {step.result, *(one.result for one in tree)}
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = renamed(step, names)
        if step.result in first and isinstance(moved, Mix) and _is_root(step):
            moved = replace(moved, back=True)
        elif step.result in first:
            moved = replace(moved, first=True)
        names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def _is_root(step: Step) -> bool:
    """Whether a step mixes the channels of a product to those of an output."""
    return isinstance(step, Mix) and not step.along and step.matrices[0].shape[0] == RANK


def _tree(made: dict[str, Step], root: str) -> list[Step]:
    """The steps of a product down to the mixes of its factors; none where it is made of anything else."""
    found: dict[str, Step] = {}
    frontier = [root]
    while frontier:
        step = made.get(frontier.pop())
        if step is None:
            return []
        found[step.result] = step
        factor = isinstance(step, Mix) and is_factor(step) and not step.along
        inner = isinstance(step, Reduce | Sum | Standardise) or (isinstance(step, Contract) and not step.channels)
        if not factor and not inner:
            return []
        frontier += [] if factor else step.operands
    return list(found.values())


def _is_matrix_product(step: Step) -> bool:
    """Whether two values meet in a sum, and at least one of them has an index of its own."""
    if not isinstance(step, Contract) or len(step.operands) != 2:
        return False
    left, right = map(set, step.before)
    return bool((left & right) - set(step.after)) and left != right


def _alone(tree: list[Step], root: Step, users: dict[str, list[Step]]) -> bool:
    """Whether nothing outside a product uses a value of it."""
    inside = {step.result for step in tree} | {root.result}
    return all(user.result in inside for step in tree for user in users.get(step.result, []))
