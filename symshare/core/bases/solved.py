"""Invariant tensors that no diagram gives: from the null space of the equations of a group, or from powers of z = x + iy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from symshare.core.algebra.numbers import simplest
from symshare.core.algebra.primes import PRIME
from symshare.core.algebra.ranks import rank_profile
from symshare.core.algebra.residues import modulo
from symshare.core.bases.spanning import Block, Cells, Invariant, Invariants, Slots, check_number
from symshare.core.groups.characters import components, mean
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.constant import made
from symshare.core.terms.partitions import matchings, on_diagram, partitions
from symshare.errors import TooLargeError, amount

__all__ = ["MOST_CELLS", "cells_together", "check_places", "plane", "solved", "unravelled"]

MOST_DIAGRAM_SLOTS = 6
"""Slots up to which diagrams are looked for among solved invariants, 203 partitions of them at most; chosen, not
measured."""

MOST_PLACES = 1_000_000
"""Places of one constant tensor; chosen, not measured."""

MOST_CELLS = 2_000_000
"""Places of all constant tensors on some slots together; chosen, not measured."""


def solved(block: Block, slots: Slots) -> Invariants:
    """The null space of the equations of the group, as diagrams and constant tensors with few nonzeros."""
    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.solution import solve

    groups = {letter: replace(group, of="", tie="block") for letter, group in block}
    outer = [at for at, (_, output) in enumerate(slots) if output]
    inner = [at for at, (_, output) in enumerate(slots) if not output]
    sides = [Tensor(tuple(slots[at][0] for at in side)) for side in (inner, outer)]
    one, own = Signature((sides[0],), (sides[1],)), {axis for axis, _ in slots}
    places = prod(groups[letter].size for letter, _ in slots)
    check_places(block[0][1], len(slots), places)
    if not all(group.signed for group in groups.values()):
        number, together = cells_together(block, slots)
        if together > MOST_CELLS:
            raise TooLargeError(
                f"{amount(number)} constant tensors of {block[0][1]} on {len(slots)} slots have {amount(together)} places "
                f"together, over {MOST_CELLS:,}\n"
                "  lower the order; symshare solve gives dimensions and patterns without writing terms"
            )
    solution = solve(taylor(one, 1, axes={axis: group for axis, group in groups.items() if axis in own}, least=1))
    order = [*outer, *inner]
    shape = tuple(groups[slots[at][0]].size for at in order)
    back = [order.index(at) for at in range(len(slots))]
    found: list[Cells] = []
    for vector in solution.parts[0].basis():
        cells = {}
        for column, entry in vector.items():
            place = unravelled(column, shape)
            cells[tuple(place[at] for at in back)] = entry
        found.append(cells)
    if not solution.exact:
        note = f"the invariants of {block[0][1]} are {solution.parts[0].spectrum}"
        return Invariants(tuple(_constants(block, slots, found, "invariant")), True, False, note)
    # each vector of an exact basis has a place to itself: where a tensor stands among them is told by its entries there
    held = Counter(place for cells in found for place in cells)
    leads = [next(place for place in cells if held[place] == 1) for cells in found]
    return _mostly_diagrams(block, slots, found, leads, "orbit" if solution.method == "orbits" else "invariant")


def check_places(group: AxisGroup, slots: int, places: int) -> None:
    """Raise TooLargeError for tensors of over a million places."""
    if places > MOST_PLACES:
        raise TooLargeError(
            f"the constant tensors of {group} on {slots} slots have {amount(places)} places, over {MOST_PLACES:,}\n"
            "  lower the order; symshare solve gives dimensions and patterns without writing terms"
        )


def cells_together(block: Block, slots: Slots) -> tuple[int, int]:
    """How many invariant tensors there are on some slots, 0 where characters do not tell, and their places together."""
    parts = components(block)
    number = 0 if parts is None else mean(parts, Counter((letter, 1 if output else -1) for letter, output in slots))
    sizes = {letter: group.size for letter, group in block}
    return number, max(1, number) * prod(sizes[letter] for letter, _ in slots)


def plane(block: Block, slots: Slots, *, imaginary: bool) -> Invariants:
    """Rotations of the plane by parts of a whole turn: with z = x + iy on each slot, products of z and of its conjugate whose
    numbers differ by a multiple of the order are invariant; real and imaginary parts have integer coefficients. Under
    reflections the real parts are left, the others are `imaginary`."""
    group = block[0][1]
    order = group.row.whole_turn(*group.numbers)
    check_number(2 ** len(slots))
    found: list[Cells] = []
    for rest in product((1, -1), repeat=len(slots) - 1):
        signs = (1, *rest)
        if sum(signs) % order:
            continue
        for odd in (False, True) if imaginary else (False,):
            cells: Cells = {}
            for place in product((0, 1), repeat=len(slots)):
                turns = sum(sign * at for sign, at in zip(signs, place, strict=True)) % 4
                value = ((0, 1, 0, -1) if odd else (1, 0, -1, 0))[turns]
                if value:
                    cells[place] = value
            found.append(cells)
    return _mostly_diagrams(block, slots, found, list(product((0, 1), repeat=len(slots))), "invariant")


def _mostly_diagrams(
    block: Block, slots: Slots, found: list[Cells], seen_at: Sequence[tuple[int, ...]], what: str
) -> Invariants:
    """The same span with as many diagrams without constants as it has; `seen_at` are places that tell its tensors apart."""
    diagrams = _diagrams(block, slots)
    rows = [[1 if on_diagram(diagram, place) else 0 for place in seen_at] for diagram in diagrams]
    own = [[modulo(cells.get(place, 0)) for place in seen_at] for cells in found]
    kept = rank_profile([*rows, *own], PRIME)
    listed = [Invariant(diagrams[number]) for number in kept if number < len(rows)]
    listed += _constants(
        block, slots, _sparser([found[number - len(rows)] for number in kept if number >= len(rows)]), what
    )
    check_number(len(listed))
    return Invariants(tuple(listed), True, False)


def _constants(block: Block, slots: Slots, found: Sequence[Cells], what: str) -> Iterator[Invariant]:
    sizes = {letter: group.size for letter, group in block}
    shape = tuple(sizes[letter] for letter, _ in slots)
    indices = tuple(range(len(slots)))
    for number, cells in enumerate(found, 1):
        yield Invariant(indices, ((made(f"T{number}", f"{what} {number} of {block[0][1]}", shape, cells), indices),))


def _diagrams(block: Block, slots: Slots) -> list[tuple[int, ...]]:
    """Diagrams without constants that any group of this kind leaves as they are, few indices first: partitions of the slots
    for permutations, matchings for orthogonal matrices, matchings of upper with lower slots for all others."""
    letters = {letter for letter, _ in slots}
    groups = dict(block)
    bases = {groups[letter].of or letter for letter in letters}
    if len(bases) > 1 or len(slots) > MOST_DIAGRAM_SLOTS:
        return []
    group = groups[next(iter(letters))]
    if group.permutes:
        return sorted(partitions(len(slots)), key=lambda one: (max(one), one))
    upper = [output != bool(groups[letter].of) for letter, output in slots]
    return [
        _paired(pairs)
        for pairs in matchings(tuple(range(len(slots))))
        if group.orthogonal or all(upper[one] != upper[other] for one, other in pairs)
    ]


def _paired(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The indices of a perfect matching of slots, one for each pair, in the order of their first slots."""
    number_of = {slot: number for number, pair in enumerate(sorted(pairs)) for slot in pair}
    return tuple(number_of[slot] for slot in range(len(number_of)))


def _sparser(found: list[Cells]) -> list[Cells]:
    """The same span with fewer nonzeros: a tensor is added to or taken from another where that shortens it."""
    if len(found) > 60:
        return found
    found = [dict(cells) for cells in found]
    changed = True
    while changed:
        changed = False
        for one, other in product(range(len(found)), repeat=2):
            if one == other or not set(found[one]) & set(found[other]):
                continue
            for sign in (1, -1):
                total = dict(found[one])
                for place, value in found[other].items():
                    total[place] = simplest(total.get(place, 0) + sign * value)
                total = {place: value for place, value in total.items() if value}
                if len(total) < len(found[one]):
                    found[one], changed = total, True
                    break
    return found


def unravelled(column: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The place in an array of a number in C order."""
    place = []
    for length in reversed(shape):
        column, at = divmod(column, length)
        place.append(at)
    return tuple(reversed(place))
