"""Terms to steps as they are written down, at full size: what the rewrites start from."""

from __future__ import annotations

from symshare.core.bases.basis import Basis
from symshare.core.terms.offsets import Untied, untied
from symshare.core.terms.term import Term
from symshare.plans.along import lengths, mixed, on_latents
from symshare.plans.builder import Value
from symshare.plans.choices import Choices
from symshare.plans.draft import Draft, Passage
from symshare.plans.factors import circulated, read
from symshare.plans.indices import Index, Indices
from symshare.plans.naming import term_key
from symshare.plans.offsets import Family, families
from symshare.plans.operations import Bias, Mix, Place, Roll
from symshare.plans.parameters import RANK, Channels
from symshare.plans.products import product
from symshare.plans.steps import Addend, Plan

__all__ = ["fresh_key", "literal"]


def literal(basis: Basis, terms: tuple[Term, ...], choices: Choices, fft_from: int) -> Plan:
    """The plan that does what each term says, one after the other, at full size.

    >>> from symshare.core.bases.derivation import derive
    >>> basis = derive("a", 1)
    >>> print(literal(basis, basis.terms, Choices("linear"), 16))
    linear layer for a, 3 terms, 6 steps, mean
    result  op      operands  axes  parameters
    t1      bias              ->    bias.__a
    t2      place   t1        ->a
    t3      mix     x         a->a  mix.a__a
    x_all   reduce  x         a->
    t4      place   x_all     ->b
    t5      mix     t4        b->b  mix.a__b
    output 0 (a) = t2 + t3 + t5
    """
    draft = Draft(basis.signature, choices, fft_from)
    found = families(basis.signature, terms, choices.coefficients)
    heads = {family.members[0]: family.text() for family in found.values()}
    covered = tuple(sorted(set(found) - set(heads)))
    keys: set[str] = set()
    addends = []
    for number, term in enumerate(terms):
        if number not in covered:
            addends.append(_written(draft, number, term, found.get(number), keys))
    return Plan(
        *(basis.signature, terms, choices, draft.inputs),
        *(tuple(draft.steps), tuple(draft.parameters), tuple(addends)),
        families=tuple(sorted(heads.items())),
        covered=covered,
        ordered=basis.ordered,
        totals=basis.totals,
    )


def _written(draft: Draft, number: int, term: Term, family: Family | None, keys: set[str]) -> Addend:
    """The steps of one term, and what it adds to an output."""
    loose = untied(term) if family is None else Untied(family.term, ((),) * term.order, ())
    key = fresh_key(term_key(draft.signature, term if family is None else family.term), keys)
    passage = Passage(draft, number, loose, key, family)
    term, out = loose.term, passage.out
    latent = on_latents(passage, dict.fromkeys(passage.names[index] for index in term.output_indices))
    into: Channels | None = None
    if term.order == 0:
        value = passage.with_constants(_bias(passage, latent))
    elif term.order == 1 and draft.choices.kind != "pooling":
        value = read(passage, 0, draft.inputs[term.factors[0]])
        if latent or on_latents(passage, value.indices):
            value = mixed(passage, value, ("mix", key), (passage.into(0), out), latent)
        elif family is not None:
            value = circulated(passage, value, ("mix", key, out), 0, family.axes)
        else:
            into = passage.into(0)
        value = passage.with_constants(value)
    else:
        value = product(passage)
        if term.order == 1 or draft.choices.coefficients == "rank":
            into = RANK
        if latent and into is not None:
            value, into = mixed(passage, value, ("mix", key), (into, out), latent), None
    return _placed(passage, value, into)


def _bias(passage: Passage, latent: Indices) -> Value:
    """The vector of a constant, one for each value of the output's indices on latent axes."""
    vector = passage.parameter("bias", passage.key, *lengths(passage, latent), passage.out)
    along = tuple(Index(index, passage.axis_of[index]) for index in latent)
    return Value(passage.add(Bias("", (), (), latent, passage.number, vector=vector, along=along)), latent)


def _placed(passage: Passage, value: Value, into: Channels | None) -> Addend:
    """A term's value brought to the axes of its output, and mixed there from the channels `into`, if any."""
    number = passage.number
    matrix = None if into is None else passage.parameter("mix", passage.key, into, passage.out)
    shifts = tuple((place, distance) for place, distance in enumerate(passage.loose.outer) if distance)
    name, full, labels = _in_place(passage, value, whole=bool(shifts))
    where = (labels,), labels, number
    if shifts:
        name = passage.add(Roll("", (name,), *where, shifts=shifts))
    if matrix is not None:
        name = passage.add(Mix("", (name,), *where, matrices=(matrix,)))
    return Addend(name, passage.term.output, number, full)


def _in_place(passage: Passage, value: Value, *, whole: bool) -> tuple[str, bool, Indices]:
    """A value brought to the output's axes: reordered, repeated (all the way where it is to be `whole`), embedded. Whether it
    then has every axis in full, and its indices."""
    labels = tuple([passage.names[index] for index in passage.term.output_indices])
    indices = value.indices
    new = [index for index in dict.fromkeys(passage.term.output_indices) if passage.names[index] not in indices]
    names = [passage.names[index] for index in new]
    repeated = {index for index in names if labels.count(index) > 1}
    full = whole or repeated.issuperset(names)
    if indices == labels:
        return value.name, full, labels
    step = Place(
        *("", (value.name,), (indices,), labels, passage.number),
        new=tuple(Index(passage.names[index], passage.axes[index]) for index in new),
        spread=tuple([index for index in names if whole or index in repeated]),
    )
    return passage.add(step), full, labels


def fresh_key(wanted: str, keys: set[str]) -> str:
    """A name for a term that none before has; all parameters of the term are named after it, whatever their group."""
    key, number = wanted, 1
    while key in keys or (len(key) > 4 and key.startswith("__") and key.endswith("__")):  # no name of Python's
        number += 1
        key = f"{wanted}_{number}"
    keys.add(key)
    return key
