"""Plan to plan, equal in value: small tensors first, equal work once, channel matrices joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from string import ascii_letters

from symshare.plans.builder import Steps
from symshare.plans.indices import Index, Indices
from symshare.plans.naming import RESERVED
from symshare.plans.operations import Contract, Fan, Mix, Part, Place, Read, Reduce, Roll, Step, Sum
from symshare.plans.parameters import Channels, Parameter
from symshare.plans.steps import Plan

__all__ = [
    "fan_out",
    "is_factor",
    "join_reductions",
    "merge_channels",
    "positions",
    "rebuilt",
    "reduce_first",
    "renamed",
    "share",
    "started",
]


def rebuilt(plan: Plan, steps: Steps, names: dict[str, str]) -> Plan:
    """A plan of new steps, of which only those are kept that an output needs; `names` gives the new name of each value."""
    addends = tuple(replace(addend, value=names.get(addend.value, addend.value)) for addend in plan.addends)
    return replace(plan, steps=steps.live(addend.value for addend in addends), addends=addends)


def started(plan: Plan) -> Steps:
    """The first state of a rewritten plan: no steps yet, the names of inputs and outputs taken."""
    return Steps(plan.inputs, {"y", *(f"y_{tensor.name}" for tensor in plan.signature.outputs)} | RESERVED)


def renamed(step: Step, names: Mapping[str, str]) -> Step:
    """A step with its operands under their new names."""
    return replace(step, operands=tuple([names.get(name, name) for name in step.operands]))


def share(plan: Plan) -> Plan:
    """Equal steps made once: equal up to the names of indices and the order of two factors.

    Source of the idea: common subexpression elimination by value numbering (J. Cocke, 1970).
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        names[step.result] = steps.add(renamed(step, names))
    return rebuilt(plan, steps, names)


def reduce_first(plan: Plan) -> Plan:
    """Channels mixed where tensors are small: after sums and diagonals, before values are repeated along new axes.

    Mixing channels commutes with whatever is done to the other axes, so a mix moves down over a `place` or a `roll` that
    precedes it, and sums and diagonals move before a mix. A product with a constant tensor is passed where it makes the
    value larger.
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = renamed(step, names)
        if isinstance(moved, Mix):
            names[step.result] = _mixed(steps, moved)
        elif isinstance(moved, Read):
            names[step.result] = _read(steps, moved)
        else:
            names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def _mixed(steps: Steps, step: Mix) -> str:
    """A mix as early as it can be."""
    before = steps.producer(step.operands[0])
    if step.along:  # it is as early as it can be
        return steps.add(step)
    if isinstance(before, Place | Roll) and not steps.is_read(before.result):
        (own,) = before.before
        inner = _mixed(steps, replace(step, operands=before.operands, before=(own,), after=own))
        return steps.add(replace(before, operands=(inner,)))
    if isinstance(before, Contract) and before.channels and before.array is None:
        held = [place for place, own in enumerate(before.channels[:-1]) if own]
        if len(held) == 1 and len(before.after) > len(before.before[held[0]]):
            (place,), operands = held, list(before.operands)
            own = before.before[place]
            operands[place] = _mixed(steps, replace(step, operands=(operands[place],), before=(own,), after=own))
            return steps.add(replace(before, operands=tuple(operands)))
    return steps.add(step)


def _read(steps: Steps, step: Read) -> str:
    """A sum or diagonal, before the mix of its operand."""
    before = steps.producer(step.operands[0])
    if isinstance(before, Mix) and not before.along:
        inner = _read(steps, replace(step, operands=before.operands))
        return steps.add(replace(before, operands=(inner,), before=(step.after,), after=step.after))
    return steps.add(step)


def join_reductions(plan: Plan) -> Plan:
    """Means over one index after the other at once, where nothing else needs what is between them."""
    uses = Counter(name for step in plan.steps for name in step.operands)
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = renamed(step, names)
        if isinstance(moved, Reduce | Sum) and uses[step.operands[0]] == 1:
            moved = _joined(moved, steps.producer(moved.operands[0]))
        names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def _joined(step: Reduce | Sum, before: Step | None) -> Step:
    """A reduction with the one before it in it, where that is of its kind; else as it is."""
    if not isinstance(before, Reduce | Sum) or type(before) is not type(step) or step.first != before.first:
        return step
    new = dict(zip(step.before[0], before.after, strict=True))
    after = tuple([new[index] for index in step.after])
    if not isinstance(step, Reduce) or not isinstance(before, Reduce):
        return replace(before, after=after)
    gone = [Index(new[one.name], one.axis, tuple([new[i] for i in one.own])) for one in step.gone]
    ranked = sorted((*gone, *before.gone), key=lambda one: before.before[0].index(one.name))
    return replace(before, after=after, gone=tuple(ranked))


def merge_channels(plan: Plan, full: int = 2) -> Plan:
    """Two channel matrices, one right after the other, as their product where that is fewer operations.

    Through `rank` channels an entry takes in x rank + rank x out products, with the merged matrix in x out. Only values of at
    least `full` indices are looked at (merging takes in x rank x out by itself), and only where channel numbers are known.
    """
    known, numbers = bool(plan.choices.channels or plan.lengths), dict(plan.choices.channels)
    steps, names = started(plan), dict[str, str]()
    uses = Counter(name for step in plan.steps for name in step.operands)
    for step in plan.steps:
        moved = renamed(step, names)
        before = steps.producer(moved.operands[0]) if isinstance(moved, Mix) else None
        if isinstance(moved, Mix) and isinstance(before, Mix) and uses[step.operands[0]] == 1 and known:
            chain = () if moved.along or before.along else (*before.matrices, *moved.matrices)
            if len(chain) == 2 and len(step.after) >= full and _is_less_merged(chain, numbers):
                moved = replace(moved, operands=before.operands, matrices=chain, chained=True)
        names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def _is_less_merged(chain: Sequence[Parameter], numbers: Mapping[str, int]) -> bool:
    """Whether the product of two matrices is less work than one after the other."""
    shapes = (*chain[0].shape, chain[1].shape[-1])
    into, rank, out = (numbers.get(one.side, 1) if isinstance(one, Channels) else one for one in shapes)
    return rank * (into + out) >= into * out


def fan_out(plan: Plan) -> Plan:
    """Matrices of equal shape that mix the channels of the same value, joined to one product whose parts are split again."""
    groups: dict[tuple[object, ...], list[Mix]] = {}
    for step in plan.steps:
        if isinstance(step, Mix) and is_factor(step) and not step.along:
            groups.setdefault(_fan(step), []).append(step)
    places = {step.result: place for own in groups.values() for place, step in enumerate(own)}
    fans: dict[tuple[object, ...], str] = {}
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = renamed(step, names)
        own = groups.get(_fan(step), []) if isinstance(step, Mix) and step.result in places else []
        if len(own) < 2:
            names[step.result] = steps.add(moved)
            continue
        mark, indices = _fan(own[0]), positions(len(step.after))
        where = (indices,), indices, step.term
        if mark not in fans:
            matrices = tuple(one.matrices[0] for one in own)
            fans[mark] = steps.add(Fan("", moved.operands, *where, matrices=matrices, first=step.first))
        part = Part("", (fans[mark],), *where, place=places[step.result], parts=len(own), first=step.first)
        names[step.result] = steps.add(part)
    return rebuilt(plan, steps, names)


def is_factor(step: Mix) -> bool:
    """Whether a mix takes the channels of one factor to the rank."""
    return len(step.matrices) == 1 and step.matrices[0].group == "factor"


def _fan(step: Mix) -> tuple[object, ...]:
    return step.operands[0], step.first, step.back, step.matrices[0].shape


def positions(number: int) -> Indices:
    """Indices named by place, since equal mixes may name them differently."""
    return tuple([*ascii_letters, *map(str, range(number))][:number])
