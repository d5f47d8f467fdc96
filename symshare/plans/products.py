"""The factors of a term multiplied: each mixed to a rank, or all met by an array over their channels."""

from __future__ import annotations

from symshare.plans.along import lengths, mixed, on_latents
from symshare.plans.builder import Value
from symshare.plans.draft import Passage
from symshare.plans.einsum import channel_letters
from symshare.plans.factors import circulated, offset_here, read, standardised
from symshare.plans.indices import Index, Indices
from symshare.plans.naming import local_names
from symshare.plans.operations import Contract, Mix, Place
from symshare.plans.parameters import RANK

__all__ = ["product"]


def product(passage: Passage) -> Value:
    """The factors of a term, mixed and contracted at once."""
    term = passage.term
    carried = (*term.factor_indices, *(indices for _, indices in term.constants))
    target = passage.target(passage.names[index] for indices in carried for index in indices)
    inputs = [passage.draft.inputs[factor] for factor in term.factors]
    if passage.draft.choices.coefficients == "full" and term.order > 1:
        target = passage.target([*target, *on_latents(passage, passage.names)])
        factors = [read(passage, place, value) for place, value in enumerate(inputs)]
        return _joined(passage, standardised(passage, factors), target)
    factors, seen = [], set[str]()
    for place, value in enumerate(inputs):
        factors.append(_ranked(passage, place, value, seen))
    factors = standardised(passage, factors)
    if term.order > 1 or term.constants:
        return passage.contract([*factors, *passage.constants()], target)
    (one,) = factors
    if one.indices == target:
        return one
    return Value(passage.add(Place("", (one.name,), (one.indices,), target, passage.number)), target)


def _ranked(passage: Passage, place: int, argument: str, seen: set[str]) -> Value:
    """A factor read, its channels mixed to the rank; `seen` are the indices of the factors before it."""
    key, family = f"{passage.key}__{place}", passage.family
    if family is not None:
        value = read(passage, place, argument)
        axes = family.axes if offset_here(passage, value.indices, family, seen) else ()
        seen |= set(value.indices)
        return circulated(passage, value, ("factor", key, RANK), place, axes)
    if on_latents(passage, [passage.names[index] for index in passage.term.factor_indices[place]]):
        value = read(passage, place, argument)
        others = [own for at, own in enumerate(passage.term.factor_indices) if at != place]
        elsewhere = {passage.names[index] for own in (*others, passage.term.output_indices) for index in own}
        kept = tuple([index for index in on_latents(passage, value.indices) if index in elsewhere])
        return mixed(passage, value, ("factor", key), (passage.into(place), RANK), kept)
    axes = passage.term.factor_tensors[place].set_axes
    own = tuple(local_names(axes, range(len(axes))).values())
    matrix = passage.parameter("factor", key, passage.into(place), RANK)
    return read(passage, place, passage.add(Mix("", (argument,), (own,), own, passage.number, matrices=(matrix,))))


def _joined(passage: Passage, factors: list[Value], target: Indices) -> Value:
    """The factors contracted one by one, last to first, with an array over all their channels and the output's."""
    order, number = passage.term.order, passage.number
    latent = on_latents(passage, passage.names)
    ins = (passage.into(place) for place in range(order))
    array = passage.parameter("mix", passage.key, *lengths(passage, latent), *ins, passage.out)
    along = tuple(Index(index, passage.axis_of[index]) for index in latent)
    constants = passage.constants()
    legs = {index for one in constants for index in one.indices}
    *inner, outer = tuple(channel_letters(passage.names, order + 1))
    value: Value | None = None
    for place in range(order - 1, -1, -1):
        operands = [factors[place]] if value is None else [factors[place], value]
        letters = ("".join(inner[: place + 1]) + outer, "".join(inner[:place]) + outer)
        needed = (set(target) | legs).union(*(one.indices for one in factors[:place]))
        met = [*(index for one in operands for index in one.indices), *(latent if value is None else ())]
        present = dict.fromkeys(met)
        kept = tuple([index for index in present if index in needed]) if place or legs else target
        step = Contract(
            *("", tuple(one.name for one in operands), tuple(one.indices for one in operands), kept, number),
            averaged=passage.averaged(index for index in present if index not in kept),
            channels=(inner[place], *letters),
            array=array if value is None else None,
            along=along if value is None else (),
        )
        value = Value(passage.add(step), kept)
    if value is None or not constants:
        return value or factors[0]
    return passage.contract([value, *constants], target)
