"""Plan to plan, equal in value: small tensors first, equal work once, channel matrices joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from symshare.plans.builder import READS, RESERVED, Steps
from symshare.plans.steps import Plan, Step

__all__ = ["fan_out", "join_reductions", "merge_channels", "rebuilt", "reduce_first", "share"]


def rebuilt(plan: Plan, steps: Steps, names: dict[str, str]) -> Plan:
    """A plan of new steps, of which only those are kept that an output needs; `names` gives the new name of each value."""
    addends = tuple(replace(addend, value=names.get(addend.value, addend.value)) for addend in plan.addends)
    return replace(plan, steps=steps.live(addend.value for addend in addends), addends=addends)


def started(plan: Plan) -> Steps:
    """Steps to put a rewritten plan together from, with the same names reserved."""
    return Steps(plan.inputs, {"y", *(f"y_{tensor.name}" for tensor in plan.signature.outputs)} | RESERVED)


def share(plan: Plan) -> Plan:
    """Equal steps once: equal up to the names of indices and the order of two factors.

    Source of the idea: common subexpression elimination by value numbering (J. Cocke, 1970).
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        operands = tuple(names.get(name, name) for name in step.operands)
        names[step.result] = steps.add(replace(step, operands=operands))
    return rebuilt(plan, steps, names)


def reduce_first(plan: Plan) -> Plan:
    """Channels mixed where tensors are small: after sums and diagonals, before values are repeated along new axes.

    Mixing channels commutes with whatever is done to the other axes, so a mix moves down over a `place` or a `roll` that
    precedes it, and sums and diagonals move before a mix. A product with a constant tensor is passed where it makes the
    value larger.
    """
    steps, names = started(plan), dict[str, str]()

    def mixed(step: Step) -> str:
        """A mix as early as it can be."""
        before = steps.producer(step.operands[0])
        if (
            step.op == "mix"
            and before is not None
            and before.op in ("place", "roll")
            and not steps.is_read(before.result)
        ):
            inner = before.operands[0]
            spec = f"{before.before[0]}->{before.before[0]}"
            return steps.add(replace(before, operands=(mixed(replace(step, operands=(inner,), spec=spec)),)))
        if step.op == "mix" and before is not None and before.op == "contract" and before.channels:
            held = [place for place, own in enumerate(before.channels[:-1]) if own]
            if len(held) == 1 and not before.parameters and len(before.after) > len(before.before[held[0]]):
                own = before.before[held[0]]
                moved = replace(step, operands=(before.operands[held[0]],), spec=f"{own}->{own}")
                operands = list(before.operands)
                operands[held[0]] = mixed(moved)
                return steps.add(replace(before, operands=tuple(operands)))
        return steps.add(step)

    def read(step: Step) -> str:
        """A sum or diagonal, before the mix of its operand."""
        before = steps.producer(step.operands[0]) if step.op in READS else None
        if before is not None and before.op == "mix":
            inner = read(replace(step, operands=before.operands))
            return steps.add(replace(before, operands=(inner,), spec=f"{step.after}->{step.after}"))
        return steps.add(step)

    for step in plan.steps:
        moved = replace(step, operands=tuple(names.get(name, name) for name in step.operands))
        names[step.result] = mixed(moved) if step.op == "mix" else read(moved)
    return rebuilt(plan, steps, names)


def join_reductions(plan: Plan) -> Plan:
    """Means over one index after the other at once, where nothing else needs what is between them."""
    uses = Counter(name for step in plan.steps for name in step.operands)
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = replace(step, operands=tuple(names.get(name, name) for name in step.operands))
        before = steps.producer(moved.operands[0]) if step.op in ("reduce", "sum") else None
        if before is not None and before.op == step.op and uses[step.operands[0]] == 1 and step.method == before.method:
            new = dict(zip(step.before[0], before.after, strict=True))
            after = "".join(new[index] for index in step.after)
            sizes = tuple((new[index], letter) for index, letter in step.sizes)
            above = tuple((new[index], "".join(new[one] for one in own)) for index, own in step.above)
            ranked = sorted((*sizes, *before.sizes), key=lambda one: before.before[0].index(one[0]))
            joined = replace(
                before, spec=f"{before.before[0]}->{after}", sizes=tuple(ranked), above=(*above, *before.above)
            )
            names[step.result] = steps.add(joined)
        else:
            names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def merge_channels(plan: Plan, full: int = 2) -> Plan:
    """Two channel matrices, one right after the other, as their product where that is fewer operations.

    Through `rank` channels an entry takes in x rank + rank x out products, with the merged matrix in x out. Only values of at
    least `full` indices are looked at (merging takes in x rank x out by itself), and only where channel numbers are known.
    """
    hints = dict(plan.hints)
    steps, names = started(plan), dict[str, str]()
    uses = Counter(name for step in plan.steps for name in step.operands)
    for step in plan.steps:
        moved = replace(step, operands=tuple(names.get(name, name) for name in step.operands))
        before = steps.producer(moved.operands[0]) if moved.op == "mix" else None
        if before is not None and before.op == "mix" and uses[step.operands[0]] == 1 and hints:
            chain = (*before.parameters, *moved.parameters)
            into, rank, out = (
                hints.get(name.rstrip("0123456789"), 1) for name in (*chain[0].shape, chain[-1].shape[-1])
            )
            if len(chain) == 2 and len(step.after) >= full and rank * (into + out) >= into * out:
                moved = replace(moved, operands=before.operands, parameters=chain, method="chain")
        names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def fan_out(plan: Plan) -> Plan:
    """Matrices of equal shape that mix the channels of one value as one product, whose parts are taken apart again."""
    groups: dict[tuple[object, ...], list[Step]] = {}
    for step in plan.steps:
        if _single(step):
            groups.setdefault(_fan(step), []).append(step)
    places = {step.result: place for own in groups.values() for place, step in enumerate(own)}
    fans: dict[tuple[object, ...], str] = {}
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = replace(step, operands=tuple(names.get(name, name) for name in step.operands))
        mark = _fan(step) if _single(step) else ()
        own = groups.get(mark, [])
        if len(own) < 2:
            names[step.result] = steps.add(moved)
            continue
        if mark not in fans:
            parameters = tuple(one.parameters[0] for one in own)
            fans[mark] = steps.add(replace(moved, op="fan", parameters=parameters, spec=_positions(step.spec)))
        part = (places[step.result], len(own))
        names[step.result] = steps.add(
            Step("part", "", (fans[mark],), _positions(step.spec), step.term, part=part, method=step.method)
        )
    return rebuilt(plan, steps, names)


def _single(step: Step) -> bool:
    return step.op == "mix" and len(step.parameters) == 1 and step.parameters[0].group == "factor"


def _fan(step: Step) -> tuple[object, ...]:
    return step.operands[0], step.method, tuple(one.shape for one in step.parameters)


def _positions(spec: str) -> str:
    """A spec of one value with its indices renamed by place, since equal mixes may name them differently."""
    number = len(spec.split("->")[1])
    names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[:number]
    return f"{names}->{names}"
