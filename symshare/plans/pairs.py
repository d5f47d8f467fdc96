"""Products of several values as pairwise contractions in a good order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symshare.core.terms.cost import best_path
from symshare.plans.builder import Steps
from symshare.plans.rewrites import rebuilt, started
from symshare.plans.steps import Plan, Step, channel_letters

__all__ = ["in_pairs"]

Operand = tuple[str, str]


def in_pairs(plan: Plan) -> Plan:
    """Every product two values at a time, along the path with the fewest operations.

    Axes without a size count as equally long. A sum over an index that the two share and nothing else has is taken after
    an elementwise product, where each entry meets one other only.
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = replace(step, operands=tuple(names.get(name, name) for name in step.operands))
        joined = bool(step.channels) and len({len(own) for own in step.channels if own}) > 1
        if step.op != "contract" or step.parameters or joined:
            names[step.result] = steps.add(moved)
            continue
        names[step.result] = _contracted(plan, steps, moved)
    return rebuilt(plan, steps, names)


def _contracted(plan: Plan, steps: Steps, step: Step) -> str:
    bare = {name for name, own in zip(step.operands, step.channels, strict=False) if not own}
    operands = _crossed(steps, step, list(zip(step.operands, step.before, strict=True)), bare)
    lengths = _lengths(plan, step)
    order = best_path([indices for _, indices in operands], step.after, lengths)
    if len(operands) == 1 and operands[0][1] != step.after:
        order = [(0,)]
    for pair in order:
        taken = [operands[place] for place in pair]
        operands = [one for place, one in enumerate(operands) if place not in pair]
        needed = set(step.after).union(*(indices for _, indices in operands))
        present = "".join(dict.fromkeys("".join(indices for _, indices in taken)))
        kept = "".join(index for index in present if index in needed) if operands else step.after
        name = _pair(steps, step, taken, present, kept, bare)
        operands.append((name, kept))
    return operands[0][0]


def _pair(steps: Steps, step: Step, taken: Sequence[Operand], present: str, kept: str, bare: set[str]) -> str:
    """One contraction of two values (or a sum over one), as a product and a sum where nothing else is left to meet."""
    names = tuple(name for name, _ in taken)
    texts = [indices for _, indices in taken]
    gone = [index for index in present if index not in kept]
    more = _gone(step, gone)
    plain = [name in bare for name in names]
    if not any(plain) and len(taken) == 2 and gone and set(texts[0]) == set(texts[1]):
        made = steps.add(Step("contract", "", names, f"{','.join(texts)}->{present}", step.term))
        return _reduced(steps, step, made, present, kept)
    if any(plain):
        letter = channel_letters("".join(texts), 1)
        more["channels"] = (*("" if one else letter for one in plain), "" if all(plain) else letter)
    spec = f"{','.join(texts)}->{kept}"
    made = steps.add(Step("contract", "", names, spec, step.term, **more))  # type: ignore[arg-type]  # fields of Step
    if all(plain):
        bare.add(made)
    return made


def _reduced(steps: Steps, step: Step, value: str, present: str, kept: str) -> str:
    """Means, then sums, over what goes, one index after the other; a child goes before what it depends on."""
    averaged = dict(step.sizes)
    while gone := [index for index in present if index not in kept]:
        index = next(i for i in gone[::-1] if not any(i in step.own(j)[:-1] for j in gone))
        left = present.replace(index, "")
        op, spec = "reduce" if index in averaged else "sum", f"{present}->{left}"
        more = _gone(step, [index])
        value = steps.add(Step(op, "", (value,), spec, step.term, **more))  # type: ignore[arg-type]  # fields of Step
        present = left
    return value if present == kept else steps.add(Step("place", "", (value,), f"{present}->{kept}", step.term))


def _gone(step: Step, gone: Sequence[str]) -> dict[str, object]:
    """Of the indices that go, those whose sum is an average."""
    return {
        "sizes": tuple((index, letter) for index, letter in step.sizes if index in gone),
        "above": tuple((index, own) for index, own in step.above if index in gone),
    }


def _lengths(plan: Plan, step: Step) -> dict[str, int]:
    """The length of each index for comparing paths: known for the axes that have a size."""
    known = dict(plan.signature.sizes) | dict(plan.hints)
    letters = dict(zip(plan.terms[step.term].names(), plan.terms[step.term].index_letters, strict=True))
    return {index: known.get(letters.get(index, ""), 1_000) for text in step.before for index in text}


def _crossed(steps: Steps, step: Step, operands: list[Operand], bare: set[str]) -> list[Operand]:
    """Vector products where the Levi-Civita symbol of three dimensions joins two values."""
    for at, (name, legs) in enumerate(operands):
        before = steps.producer(name)
        if before is None or before.constant is None or before.constant.name != "e3":
            continue
        others = [one for place, one in enumerate(operands) if place != at]
        for turn in range(3):
            free, one, two = (legs[(turn + further) % 3] for further in range(3))
            holders = [[own for own in others if index in own[1]] for index in (one, two)]
            alone = all(len(held) == 1 and held[0][0] not in bare for held in holders)
            if not alone or holders[0] == holders[1] or one in step.after or two in step.after:
                continue
            left, right = holders[0][0], holders[1][0]
            shared = [index for index in left[1] if index in right[1]]
            if free in left[1] + right[1] or shared != [index for index in right[1] if index in left[1]]:
                continue
            rest = [own for own in others if own not in (left, right)]
            kept = "".join(dict.fromkeys(left[1] + right[1])).replace(one, "").replace(two, "") + free
            spec = f"{left[1]},{right[1]}->{kept}"
            made = steps.add(Step("cross", "", (left[0], right[0]), spec, step.term, around=one + two + free))
            return _crossed(steps, step, [*rest, (made, kept)], bare)
    return operands
