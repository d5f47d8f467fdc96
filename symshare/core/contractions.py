"""The terms of a signature with other groups than the symmetric one: diagrams of each axis put together, then chosen from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import combinations_with_replacement, islice, product
from math import factorial, prod

import numpy as np

from symshare.core.counting import witness_sizes
from symshare.core.enumeration import picks, placements
from symshare.core.evaluation import Array
from symshare.core.exact import PRIME
from symshare.core.exchanges import Kind, Orbits, Spans, exchanges, is_rigid, many_exchanges, numbered
from symshare.core.invariants import by_equations, pieces
from symshare.core.modular import independent, valued
from symshare.core.pieces import Piece, Pieces
from symshare.core.ranks import relations
from symshare.core.residues import MOST_ENTRIES
from symshare.core.signature import Signature, Slot
from symshare.core.symmetric import commutes_alone, symmetric_pieces
from symshare.core.tensors import cells_together
from symshare.core.term import Term
from symshare.errors import TooLargeError, amount

__all__ = ["contractions", "generating", "has_channels"]

MOST_CANDIDATES = 400_000
MOST_TRIED = 4_000
MOST_ARRANGED = 25_000
MOST_VALUES = 1_000_000_000
NUMERIC = "a basis was chosen numerically, to a relative 1e-9: the constant tensors are floats"
EXCHANGED = "of terms that differ by an exchange of equal factors a basis was chosen by rank, exact modulo a prime"

Progress = Callable[[int], None]


def contractions(
    signature: Signature, order: int, *, ordered: bool = False, progress: Progress | None = None
) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """All terms of one order, sorted, and notes on how a basis was chosen where diagrams are not independent.

    The group is a product, one for each block of axes, so its invariant tensors are sums of products of those of the
    blocks. Each product is a candidate; candidates that differ by an exchange of equal factors are one; where the rest may
    depend on each other, those are kept that are independent of the ones before them, by rank modulo a prime. With channels
    (a latent axis of no fixed size) an exchange of factors exchanges their channels too, so that a term counts as dependent
    only where it is a sum of exchanges of others: the vector product of two channels is a term, that of one with itself is 0.

    Raises TooLargeError above four hundred thousand candidates.

    >>> from symshare.core.notation import signature
    >>> found, notes = contractions(signature("ar->r", axes={"r": "O(3)"}), 3)
    >>> [str(term) for term in found], notes
    (['ar,ar,bs->s', 'ar,as,as->r', 'ar,as,bs->r', 'ar,bs,cs->r'], ())
    """
    kinds: list[Kind] = [
        (number, values) for number, tensor in enumerate(signature.inputs) for values in picks(signature, tensor)
    ]
    grouped: dict[object, dict[Term, None]] = {}
    number = 0
    notes: dict[str, None] = {}
    choose = False
    chosen_kinds = product(kinds, repeat=order) if ordered else combinations_with_replacement(kinds, order)
    for factors in chosen_kinds:
        for output, tensor in enumerate(signature.outputs):
            exchanged = not ordered and len(set(factors)) < len(factors)
            if exchanged and commutes_alone(signature, output, factors):
                parts = [symmetric_pieces(signature, output, factors)]
            else:
                if exchanged:
                    _check_ranks(signature, output, factors)
                parts = _parts(signature, output, factors)
            loose = [not one.independent or (exchanged and not one.permuted) for one in parts]
            choose = choose or any(loose)
            _check_products(signature, [one for one, own in zip(parts, loose, strict=True) if own], factors, ordered)
            notes |= dict.fromkeys(one.note for one in parts if one.note)
            kept = set(signature.set_letters).union(
                *(b for b, one in zip(signature.blocks, loose, strict=True) if not one)
            )
            restricted: dict[Term, tuple[tuple[int, ...], ...]] = {}
            for least, orbit in _leasts(signature, output, factors, parts, exchanged=exchanged):
                if exchanged and not least.constants:
                    least = least.canonical()
                if any(loose) and orbit[0] not in restricted:
                    restricted[orbit[0]] = min(_restricted(one, kept) for one in orbit)
                group = (output, factors, restricted.get(orbit[0]))
                for values in picks(signature, tensor):
                    grouped.setdefault((group, values), {})[replace(least, output_latents=values)] = None
                    number += 1
                if number > MOST_CANDIDATES:
                    raise TooLargeError(
                        f"there are over {MOST_CANDIDATES:,} candidate terms\n  lower the order or the sizes"
                    )
                if progress is not None and number % 256 == 0:
                    progress(number)
    found: list[Term] = []
    for own in grouped.values():
        listed = sorted(own, key=lambda term: (_complexity(term), term.sort_key))
        if choose and not ordered and has_channels(signature):
            listed, _ = generating(listed, signature, order)
        elif choose:
            listed = _independent(listed, signature, order, ordered)
        found += listed
    if choose and not all(constant.exact for term in found for constant, _ in term.constants):
        notes[NUMERIC] = None
    elif choose and not notes and len(found) < number:
        notes[EXCHANGED] = None
    return tuple(sorted(found, key=lambda term: term.sort_key)), tuple(notes)


def _check_products(signature: Signature, parts: Sequence[Pieces], factors: Sequence[Kind], ordered: bool) -> None:
    """Refuse to choose a basis by rank where the values of the candidates of one diagram are too many already."""
    least = prod(len(one.listed) for one in parts)
    if not ordered and not has_channels(signature):
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
    slots = [slot for own in _slots(signature, output, factors) for slot in own]
    width = sum(prod(sizes[letter] for letter in tensor.set_axes) for tensor in signature.outputs)
    for block in signature.blocks:
        own = tuple((letter, outer) for letter, _, outer in slots if letter in block)
        named = tuple((letter, groups[letter]) for letter in block)
        if len(own) == len(slots) or not by_equations(named):
            continue
        number, together = cells_together(named, own)
        points = max(2, -(-(number + 8) // width))
        if together * points > MOST_VALUES:
            raise TooLargeError(
                f"{amount(number)} constant tensors of {groups[block[0]]} on {len(own)} slots have {amount(together)} places "
                f"together, at {points} points over {MOST_VALUES:,} numbers\n  lower the order or the sizes"
            )


def _leasts(
    signature: Signature, output: int, factors: Sequence[Kind], parts: Sequence[Pieces], *, exchanged: bool
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


def _is_tensor(piece: Piece) -> bool:
    """Whether a piece is one constant tensor without symmetry on all its slots."""
    every = tuple(range(len(piece.indices)))
    return (
        piece.indices == every and [legs for _, legs in piece.constants] == [every] and is_rigid(piece.constants[0][0])
    )


def _over(most: int, signature: Signature, output: int, factors: Sequence[Kind]) -> bool:
    """Whether the set axes have more diagrams than this."""
    bare = tuple(Pieces((Piece(tuple(range(1_000))),), True, True) for _ in signature.blocks)
    return sum(1 for _ in islice(_candidates(signature, output, factors, bare), most + 1)) > most


def _least_with_tensors(
    signature: Signature,
    output: int,
    factors: Sequence[Kind],
    parts: Sequence[Pieces],
    tensors: Sequence[Sequence[Piece]],
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
            replace(part, listed=(Piece(own[0].indices),) if full else tuple(own))
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
                attached = [(piece.constants[0][0], on) for piece, on in zip(own, legs, strict=True)]
                constants = sorted([*least.constants, *attached], key=lambda pair: (pair[0].name, pair[1]))
                yield replace(least, constants=tuple(constants)), orbit


def _legs(term: Term, block: str) -> tuple[int, ...]:
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


def _complexity(term: Term) -> tuple[int, int]:
    """Few constants first, then few nonzeros."""
    return len(term.constants), sum(len(constant.entries) for constant, _ in term.constants)


def _slots(signature: Signature, output: int, factors: Sequence[Kind]) -> list[list[tuple[str, int, bool]]]:
    """For the output and each factor, its lower-case slots: the letter, the parent slot, whether on the output."""
    tensors = [(signature.outputs[output], True), *((signature.inputs[number], False) for number, _ in factors)]
    return [[(slot.letter, slot.parent, outer) for slot in signature.slots(tensor)] for tensor, outer in tensors]


def _parts(signature: Signature, output: int, factors: Sequence[Kind]) -> list[Pieces]:
    """The invariant tensors of each block on its slots, output first."""
    slots = [slot for own in _slots(signature, output, factors) for slot in own]
    groups = dict(signature.groups)
    return [
        pieces(
            tuple((letter, groups[letter]) for letter in block),
            tuple((letter, outer) for letter, _, outer in slots if letter in block),
        )
        for block in signature.blocks
    ]


def _candidates(signature: Signature, output: int, factors: Sequence[Kind], parts: Sequence[Pieces]) -> Iterator[Term]:
    """Every product of a diagram of the set axes and an invariant tensor of each block, as a term."""
    own = _slots(signature, output, factors)
    flat = [slot for slots in own for slot in slots]
    sets = set(signature.set_letters)
    block_of = {letter: number for number, block in enumerate(signature.blocks) for letter in block}
    places_of_sets = [place for place, (letter, _, _) in enumerate(flat) if letter in sets]
    number_of_set = {place: number for number, place in enumerate(places_of_sets)}
    starts = [sum(map(len, own[:number])) for number, slots in enumerate(own) for _ in slots]
    layout = [
        Slot(flat[place][0], number_of_set[starts[place] + flat[place][1]] if flat[place][1] >= 0 else -1)
        for place in places_of_sets
    ]
    limits: Mapping[str, int | None] = {letter: signature.size(letter) for letter in sets}
    lengths = [len(slots) for slots in own]
    for nodes in placements(tuple(layout), {}, 0, limits):
        for chosen in product(*(one.listed for one in parts)):
            counters = [0] * len(parts)
            labels: list[tuple[int, int]] = []
            for place, (letter, _, _) in enumerate(flat):
                if letter in sets:
                    labels.append((-1, nodes[number_of_set[place]]))
                else:
                    block = block_of[letter]
                    labels.append((block, chosen[block].indices[counters[block]]))
                    counters[block] += 1
            constants = [
                (constant, [(block, index) for index in indices])
                for block, piece in enumerate(chosen)
                for constant, indices in piece.constants
            ]
            pieces_of_labels, at = [], 0
            for length in lengths:
                pieces_of_labels.append(labels[at : at + length])
                at += length
            yield numbered(signature, output, factors, pieces_of_labels[1:], pieces_of_labels[0], constants)


def has_channels(signature: Signature) -> bool:
    """Whether some input has a latent axis of no fixed size; then all count as having channels, as in a layer they do."""
    return any(signature.free_latents(tensor) for tensor in signature.inputs)


def generating(listed: Sequence[Term], signature: Signature, order: int) -> tuple[list[Term], int]:
    """The terms that are no sum of exchanges of those before them, and how many dimensions all exchanges span.

    Values are taken at a point of its own for each factor, as channels allow. Terms that are sums of exchanges of later ones
    are left out too, the last first.
    """
    sizes = witness_sizes(signature, order)
    exact = all(constant.exact for term in listed for constant, _ in term.constants)
    if not listed:
        return [], 0
    if not exact or any(map(many_exchanges, listed)):
        return _generating_again(listed, signature, sizes, exact)
    orbits = [exchanges(term) for term in listed]
    owners = np.repeat(np.arange(len(listed)), [len(orbit) for orbit in orbits])
    every = [one for orbit in orbits for one in orbit]
    rows, chosen = valued(every, signature, sizes, ordered=True, random=np.random.default_rng(0))
    kept = sorted(set(owners[chosen].tolist()))
    if np.isin(owners, kept).sum() > len(chosen):
        places = np.flatnonzero(np.isin(owners, kept))
        left = relations(rows[places], PRIME)
        for number in reversed(kept):
            fewer = _without(left, np.flatnonzero(owners[places] == number))
            if fewer is not None and len(kept) > 1:
                left, kept = fewer, [one for one in kept if one != number]
    return [listed[number] for number in kept], len(chosen)


def _without(every: Array, rows: Array) -> Array | None:
    """The relations in which some rows have no part; None where the other rows do not span these."""
    left = every
    for row in rows:
        holders = np.flatnonzero(left[:, row])
        if not len(holders):
            return None
        pivot = left[holders[0]] * pow(int(left[holders[0], row]), -1, PRIME) % PRIME
        left = left.copy() if left is every else left
        left[holders] = (left[holders] - left[holders, row][:, None] * pivot) % PRIME
        left = np.delete(left, holders[0], axis=0)
    return left


def _generating_again(
    listed: Sequence[Term], signature: Signature, sizes: dict[str, int], exact: bool
) -> tuple[list[Term], int]:
    """The same by trying anew without each term: for floats, and for terms whose exchanges are too many to list."""
    spans = Spans(signature, sizes, max(term.order for term in listed))

    def spanning(numbers: Sequence[int], wanted: int | None = None) -> list[int]:
        """The owners of independent exchanges of some terms."""
        if exact:
            return [numbers[place] for place in spans.owners([listed[one] for one in numbers], wanted)]
        owners = [number for number in numbers for _ in exchanges(listed[number])]
        every = [one for number in numbers for one in exchanges(listed[number])]
        chosen = independent(every, signature, sizes, ordered=True, random=np.random.default_rng(0), wanted=wanted)
        return [owners[place] for place in chosen]

    found = spanning(range(len(listed)))
    kept = sorted(set(found))
    for number in reversed(kept):
        rest = [one for one in kept if one != number]
        if rest and len(spanning(rest, wanted=len(found))) == len(found):
            kept = rest
    return [listed[number] for number in kept], len(found)


def _independent(listed: list[Term], signature: Signature, order: int, ordered: bool) -> list[Term]:
    """The terms that are independent of those before them, at the least sizes at which all exist."""
    sizes = witness_sizes(signature, order)
    random = np.random.default_rng(0)
    chosen = independent(listed, signature, sizes, ordered=ordered, random=random)
    return [listed[place] for place in chosen]
