"""Candidates for the terms of a signature with other groups than the symmetric one: diagrams of each axis put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice, product
from math import factorial, prod

from symshare.core.bases.invariants import constants_on, diagrams_of, spanning_invariants
from symshare.core.bases.solved import cells_together
from symshare.core.bases.spanning import Block, Invariant, Invariants, Slots
from symshare.core.bases.symmetric import commutes_alone, symmetric_invariants
from symshare.core.bases.values import MOST_ENTRIES
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.balance import imbalance
from symshare.core.terms.constant import Constant
from symshare.core.terms.enumeration import by_slots, placements
from symshare.core.terms.exchanges import Kind, Orbits, is_rigid, numbered
from symshare.core.terms.term import Term
from symshare.errors import TooLargeError, amount

__all__ = ["candidates", "check_candidates", "check_products", "complexity", "constants_of", "invariants_of"]

MOST_CANDIDATES = 400_000
"""Candidate terms of one order; 22,719 terms take 10 s (`derive -s 'rrrr->rr' -k 3 --axis 'r=O(12)' --max-terms 30000`)."""

MOST_TRIED = 4_000
"""Candidates from which their least forms are found without listing all; chosen, not measured."""

MOST_ARRANGED = 25_000
"""Diagrams of the permuted axes that tensors of other groups are put on; chosen, not measured."""

MOST_VALUES = 1_000_000_000
"""Numbers that are ranked to choose among constant tensors of one order; chosen, not measured."""


def candidates(
    signature: Signature,
    output: int,
    factors: Sequence[Kind],
    parts: Sequence[Invariants],
    loose: Sequence[bool],
    *,
    exchanged: bool,
) -> Iterator[tuple[object, Term]]:
    """The candidates up to exchanges of equal factors, each after a key: only candidates with the same key can be
    dependent."""
    kept = set(signature.symmetric_axes).union(*(b for b, one in zip(signature.blocks, loose, strict=True) if not one))
    restricted: dict[Term, tuple[tuple[int, ...], ...]] = {}
    for alike in by_slots(signature, signature.outputs[output]).values():
        for least, orbit in _leasts(signature, (output, alike[0]), factors, parts, exchanged=exchanged):
            if exchanged and not least.constants:
                least = least.canonical()
            if any(loose) and orbit[0] not in restricted:
                restricted[orbit[0]] = min(_restricted(one, kept) for one in orbit)
            for values in alike:
                group = (output, factors, restricted.get(orbit[0]), values)
                yield group, replace(least, output_latents=values)


def check_candidates(number: int) -> None:
    """Raise TooLargeError for more candidates than can be looked at."""
    if number > MOST_CANDIDATES:
        raise TooLargeError(f"there are over {MOST_CANDIDATES:,} candidate terms\n  lower the order or the sizes")


def check_products(signature: Signature, parts: Sequence[Invariants], factors: Sequence[Kind], ordered: bool) -> None:
    """Raise TooLargeError where the rank of the products of invariant tensors would take more memory than there may be."""
    least = prod(len(one.listed) for one in parts)
    if not ordered and not signature.has_channels:
        least //= prod(map(factorial, Counter(factors).values()))
    if parts and least**2 > MOST_ENTRIES:
        raise TooLargeError(
            f"the rank of {amount(least)} products of invariant tensors needs {amount(least**2)} numbers, over "
            f"{MOST_ENTRIES:,}\n"
            "  lower the order or the sizes"
        )


def _check_ranks(signature: Signature, output: int, factors: Sequence[Kind]) -> None:
    """Refuse constant tensors that would take too long to choose from by their values, where characters give their number."""
    groups, sizes = dict(signature.groups), witness_sizes(signature, len(factors))
    slots = _slots(signature, output, factors)
    width = sum(prod(sizes[letter] for letter in tensor.set_axes) for tensor in signature.outputs)
    for block in signature.blocks:
        own = tuple((letter, outer) for letter, outer in slots if letter in block)
        named = tuple((letter, groups[letter]) for letter in block)
        if len(own) == len(slots) or not diagrams_of(named, len(own)).written_out:
            continue
        number, together = cells_together(named, own)
        points = max(2, -(-(number + 8) // width))
        if together * points > MOST_VALUES:
            raise TooLargeError(
                f"{amount(number)} constant tensors of {groups[block[0]]} on {len(own)} slots have {amount(together)} places "
                f"together, at {points} points over {MOST_VALUES:,} numbers\n  lower the order or the sizes"
            )


def _leasts(
    signature: Signature, output: Kind, factors: Sequence[Kind], parts: Sequence[Invariants], *, exchanged: bool
) -> Iterator[tuple[Term, tuple[Term, ...]]]:
    """The candidates up to exchanges, each by its least, with the orbit of what exchanges permute in it."""
    if not exchanged:
        yield from ((term, (term,)) for term in _candidates(signature, output, factors, parts))
        return
    tensors = [[one for one in part.listed if _is_tensor(one)] for part in parts]
    if any(tensors) and _over(MOST_TRIED // prod(len(part.listed) or 1 for part in parts), signature, output, factors):
        yield from _least_with_tensors(signature, output, factors, parts, tensors)
        return
    orbits, seen = Orbits(), set()
    for term in _candidates(signature, output, factors, parts):
        least, orbit = orbits.least(term)
        if least not in seen:
            seen.add(least)
            yield least, orbit


def _is_tensor(invariant: Invariant) -> bool:
    """Whether an invariant is one constant tensor without symmetry on all its slots."""
    every = tuple(range(len(invariant.indices)))
    return (
        invariant.indices == every
        and [legs for _, legs in invariant.constants] == [every]
        and is_rigid(invariant.constants[0][0])
    )


def _over(most: int, signature: Signature, output: Kind, factors: Sequence[Kind]) -> bool:
    """Whether the set axes have more diagrams than this."""
    bare = tuple(Invariants((Invariant(tuple(range(1_000))),), True, True) for _ in signature.blocks)
    return sum(1 for _ in islice(_candidates(signature, output, factors, bare), most + 1)) > most


def _least_with_tensors(
    signature: Signature,
    output: Kind,
    factors: Sequence[Kind],
    parts: Sequence[Invariants],
    tensors: Sequence[Sequence[Invariant]],
) -> Iterator[tuple[Term, tuple[Term, ...]]]:
    """The same with constant tensors on the least arrangement only: as they are a basis, they span what exchanges make of
    them on the others."""
    if _over(MOST_ARRANGED, signature, output, factors):
        raise TooLargeError(
            f"there are over {MOST_ARRANGED:,} diagrams of the permuted axes in {len(factors)} factors, each with tensors of "
            "other groups\n  lower the order or the sizes"
        )
    orbits = Orbits()
    choices = [
        [(own, True)] * bool(own) + [([one for one in part.listed if one not in own], False)]
        for part, own in zip(parts, tensors, strict=True)
    ]
    for chosen in product(*choices):
        bare = [
            replace(part, listed=(Invariant(own[0].indices),) if full else tuple(own))
            for part, (own, full) in zip(parts, chosen, strict=True)
        ]
        seen: set[Term] = set()
        for term in _candidates(signature, output, factors, bare):
            least, orbit = orbits.least(term)
            if least in seen:
                continue
            seen.add(least)
            legs = [_legs(least, block) for block, (_, full) in zip(signature.blocks, chosen, strict=True) if full]
            for own in product(*(listed for listed, full in chosen if full)):
                attached = [(invariant.constants[0][0], on) for invariant, on in zip(own, legs, strict=True)]
                constants = sorted([*least.constants, *attached], key=lambda pair: (pair[0].name, pair[1]))
                yield replace(least, constants=tuple(constants)), orbit


def _legs(term: Term, block: Sequence[str]) -> tuple[int, ...]:
    """The indices on the slots of a block, output first."""
    tensors = [(term.output_tensor, term.output_indices), *zip(term.factor_tensors, term.factor_indices, strict=True)]
    return tuple(
        index
        for tensor, indices in tensors
        for letter, index in zip(tensor.set_axes, indices, strict=True)
        if letter in block
    )


def _restricted(term: Term, letters: Set[str]) -> tuple[tuple[int, ...], ...]:
    """What a term does on some axes only, whose diagrams are a basis that exchanges permute: the maps of all terms are the
    direct sum over these diagrams (up to exchanges), so that a basis can be chosen for each on its own."""
    axes = [tensor.set_axes for tensor in (*term.factor_tensors, term.output_tensor)]
    numbers: dict[int, int] = {}
    found = []
    for letters_here, indices in zip(axes, (*term.factor_indices, term.output_indices), strict=True):
        own = [index for letter, index in zip(letters_here, indices, strict=True) if letter in letters]
        found.append(tuple(numbers.setdefault(index, len(numbers)) for index in own))
    for constant, indices in term.constants:
        if all(index in numbers for index in indices):
            found.append((*constant.offsets, *(entry for place, _ in constant.entries[:1] for entry in place)))
            found.append(tuple(numbers[index] for index in indices))
    return tuple(found)


def complexity(term: Term) -> tuple[int, int]:
    """A sort key: terms with few constant tensors first, then those whose constant tensors have few nonzeros."""
    return len(term.constants), sum(len(constant.entries) for constant, _ in term.constants)


def _slots(signature: Signature, output: int, factors: Sequence[Kind]) -> list[tuple[str, bool]]:
    """The slots of the output and of each factor that indices go on: the axis, and whether it is on the output."""
    tensors = [(signature.outputs[output], True), *((signature.inputs[number], False) for number, _ in factors)]
    return [(axis, outer) for tensor, outer in tensors for axis in tensor.set_axes]


def invariants_of(signature: Signature, output: int, factors: Sequence[Kind], *, exchanged: bool) -> list[Invariants]:
    """The spanning invariants of each set of axes that move together, on its slots, output first; where there is a single
    set, only those that exchanges of equal factors leave as they are."""
    if exchanged and not commutes_alone(signature, output, factors):
        _check_ranks(signature, output, factors)
    return [_invariants_of(signature, output, factors, block, exchanged=exchanged) for block in signature.blocks]


def _invariants_of(
    signature: Signature, output: int, factors: Sequence[Kind], block: Sequence[str], *, exchanged: bool
) -> Invariants:
    if exchanged and commutes_alone(signature, output, factors):
        return symmetric_invariants(signature, output, factors)
    return spanning_invariants(_named(signature, block), _slots_of(signature, output, factors, block))


def _named(signature: Signature, block: Sequence[str]) -> Block:
    return tuple((letter, group) for letter, group in signature.groups if letter in block)


def _slots_of(signature: Signature, output: int, factors: Sequence[Kind], block: Sequence[str]) -> Slots:
    return tuple((axis, outer) for axis, outer in _slots(signature, output, factors) if axis in block)


def constants_of(
    signature: Signature, output: int, factors: Sequence[Kind], block: Sequence[str], legs: Slots, *, exchanged: bool
) -> list[Constant]:
    """The constant tensors of axes that move together, with one index on each of some slots, as the terms with these factors
    have them."""
    named, slots = _named(signature, block), _slots_of(signature, output, factors, block)
    if not diagrams_of(named, len(slots)).written_out:
        return constants_on(named, legs)
    listed = _invariants_of(signature, output, factors, block, exchanged=exchanged).listed
    found = dict.fromkeys(constant for invariant in listed for constant, _ in invariant.constants)
    sizes = dict(signature.sizes)
    return [one for one in found if one.shape == tuple(sizes[letter] for letter, _ in legs)]


def _candidates(
    signature: Signature, output: Kind, factors: Sequence[Kind], parts: Sequence[Invariants]
) -> Iterator[Term]:
    """Every product of a diagram of the set axes and an invariant tensor of each block, as a term."""
    tensors = [(signature.outputs[output[0]], output[1]), *((signature.inputs[one], values) for one, values in factors)]
    own = [signature.slots_at(*pair) for pair in tensors]
    flat = [slot for slots in own for slot in slots]
    sets = set(signature.symmetric_axes)
    block_of = {letter: number for number, block in enumerate(signature.blocks) for letter in block}
    places_of_sets = [place for place, slot in enumerate(flat) if slot.axis in sets]
    number_of_set = {place: number for number, place in enumerate(places_of_sets)}
    starts = [sum(map(len, own[:number])) for number, slots in enumerate(own) for _ in slots]
    layout = [
        replace(flat[place], parent=number_of_set[starts[place] + flat[place].parent])
        if flat[place].parent >= 0
        else flat[place]
        for place in places_of_sets
    ]
    limits: Mapping[str, int | None] = {letter: signature.size(letter) for letter in sets}
    lengths = [len(slots) for slots in own]
    sides = [-1 if place < len(own[0]) else 1 for place in places_of_sets]
    for nodes in placements(tuple(layout), {}, 0, limits):
        if signature.monomial and imbalance(signature, zip(sides, layout, nodes, strict=True)):
            continue
        for chosen in product(*(one.listed for one in parts)):
            counters = [0] * len(parts)
            labels: list[tuple[int, int]] = []
            for place, slot in enumerate(flat):
                if slot.axis in sets:
                    labels.append((-1, nodes[number_of_set[place]]))
                else:
                    block = block_of[slot.axis]
                    labels.append((block, chosen[block].indices[counters[block]]))
                    counters[block] += 1
            constants = [
                (constant, [(block, index) for index in indices])
                for block, invariant in enumerate(chosen)
                for constant, indices in invariant.constants
            ]
            pieces_of_labels, at = [], 0
            for length in lengths:
                pieces_of_labels.append(labels[at : at + length])
                at += length
            yield numbered(
                signature, output[0], factors, pieces_of_labels[1:], pieces_of_labels[0], constants, output[1]
            )
