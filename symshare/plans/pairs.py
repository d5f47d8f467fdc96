"""Products of several values as pairwise contractions in a good order."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.core.terms.cost import best_path
from symshare.plans.builder import Steps, Value
from symshare.plans.einsum import channel_letters
from symshare.plans.indices import Indices
from symshare.plans.operations import ConstantTensor, Contract, Cross, Place, Reduce, Sum
from symshare.plans.rewrites import rebuilt, renamed, started
from symshare.plans.steps import Plan

__all__ = ["in_pairs"]


def in_pairs(plan: Plan) -> Plan:
    """Every product two values at a time, along the path with the fewest operations.

    Axes without a size count as equally long. A sum over an index that the two share and nothing else has is taken after
    an elementwise product, where each entry meets one other only.
    """
    steps, names = started(plan), dict[str, str]()
    for step in plan.steps:
        moved = renamed(step, names)
        if isinstance(moved, Contract) and moved.array is None and not _joined(moved):
            names[step.result] = _contracted(plan, steps, moved)
        else:
            names[step.result] = steps.add(moved)
    return rebuilt(plan, steps, names)


def _joined(step: Contract) -> bool:
    """Whether values with several channel axes are among the operands."""
    return len({len(own) for own in step.channels if own}) > 1


def _contracted(plan: Plan, steps: Steps, step: Contract) -> str:
    bare = {name for name, own in zip(step.operands, step.channels, strict=False) if not own}
    given = [Value(name, indices) for name, indices in zip(step.operands, step.before, strict=True)]
    operands = _crossed(steps, step, given, bare)
    lengths = _lengths(plan, step)
    order = best_path([one.indices for one in operands], step.after, lengths)
    if len(operands) == 1 and operands[0].indices != step.after:
        order = [(0,)]
    for pair in order:
        taken = [operands[place] for place in pair]
        operands = [one for place, one in enumerate(operands) if place not in pair]
        needed = set(step.after).union(*(one.indices for one in operands))
        present = tuple(dict.fromkeys(index for one in taken for index in one.indices))
        kept = tuple([index for index in present if index in needed]) if operands else step.after
        operands.append(Value(_pair(steps, step, taken, present, kept, bare), kept))
    return operands[0].name


def _pair(steps: Steps, step: Contract, taken: Sequence[Value], present: Indices, kept: Indices, bare: set[str]) -> str:
    """One contraction of two values (or a sum over one), as a product and a sum where nothing else is left to meet."""
    names, texts = tuple(one.name for one in taken), tuple(one.indices for one in taken)
    gone = [index for index in present if index not in kept]
    plain = [name in bare for name in names]
    if not any(plain) and len(taken) == 2 and gone and set(texts[0]) == set(texts[1]):
        made = steps.add(Contract("", names, texts, present, step.term))
        return _reduced(steps, step, made, present, kept)
    channels: tuple[str, ...] = ()
    if any(plain):
        letter = channel_letters(present, 1)
        channels = (*("" if one else letter for one in plain), "" if all(plain) else letter)
    averaged = tuple(index for index in step.averaged if index.name in gone)
    on_legs = {name for own, bare_here in zip(texts, plain, strict=True) if bare_here for name in own}
    legs = tuple(index for index in step.legs if index.name in on_legs)
    made = steps.add(Contract("", names, texts, kept, step.term, averaged=averaged, legs=legs, channels=channels))
    if all(plain):
        bare.add(made)
    return made


def _reduced(steps: Steps, step: Contract, value: str, present: Indices, kept: Indices) -> str:
    """Means, then sums, over what goes, one index after the other; a child goes before what it depends on."""
    averaged = {index.name: index for index in step.averaged}
    own = {index.name: index.own for index in step.averaged}
    while gone := [index for index in present if index not in kept]:
        name = next(i for i in gone[::-1] if not any(i in own.get(j, ())[:-1] for j in gone))
        left = tuple([index for index in present if index != name])
        where = ("", (value,), (present,), left, step.term)
        mean = averaged.get(name)
        value = steps.add(Sum(*where) if mean is None else Reduce(*where, gone=(mean,)))
        present = left
    return value if present == kept else steps.add(Place("", (value,), (present,), kept, step.term))


def _lengths(plan: Plan, step: Contract) -> dict[str, int]:
    """The length of each index for comparing paths: known for the axes that have a size."""
    known = dict(plan.signature.sizes) | dict(plan.lengths)
    axes = dict(zip(plan.terms[step.term].names(), plan.terms[step.term].index_axes, strict=True))
    return {index: known.get(axes.get(index, ""), 1_000) for own in step.before for index in own}


def _crossed(steps: Steps, step: Contract, operands: list[Value], bare: set[str]) -> list[Value]:
    """Vector products where the Levi-Civita symbol of three dimensions joins two values."""
    for place, one in enumerate(operands):
        tensor = steps.producer(one.name)
        if not isinstance(tensor, ConstantTensor) or tensor.tensor.name != "e3":
            continue
        others = operands[:place] + operands[place + 1 :]
        for turn in range(3):
            legs = tuple([one.indices[(turn + further) % 3] for further in (1, 2, 0)])
            pair = _pair_of(step, legs, others, bare)
            if pair is None:
                continue
            left, right = pair
            both = dict.fromkeys(left.indices + right.indices)
            kept = (*(index for index in both if index not in legs), legs[2])
            axis = next(index.axis for index in step.legs if index.name == legs[2])
            where = ("", (left.name, right.name), (left.indices, right.indices), kept, step.term)
            made = Value(steps.add(Cross(*where, legs=legs, axis=axis)), kept)
            return _crossed(steps, step, [*(own for own in others if own not in pair), made], bare)
    return operands


def _pair_of(step: Contract, legs: Indices, others: Sequence[Value], bare: set[str]) -> tuple[Value, Value] | None:
    """The two values whose vector product over the first two legs has the third as its own, if that is all they share."""
    one, two, free = legs
    holders = [[own for own in others if index in own.indices] for index in (one, two)]
    alone = all(len(held) == 1 and held[0].name not in bare for held in holders)
    if not alone or holders[0] == holders[1] or one in step.after or two in step.after:
        return None
    left, right = holders[0][0], holders[1][0]
    shared = [index for index in left.indices if index in right.indices]
    if free in left.indices + right.indices or shared != [index for index in right.indices if index in left.indices]:
        return None
    return left, right
