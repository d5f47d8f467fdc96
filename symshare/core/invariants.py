"""Invariant tensors on the slots of axes that move together: as diagrams where these are known, else from a null space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, permutations, product
from math import comb, prod

from symshare.core.characters import components, mean
from symshare.core.constant import Constant, levi_civita, made, of_matrix, offsets, unit
from symshare.core.diagrams import double_factorial, groups_of, matchings, on_diagram, partitions
from symshare.core.elimination import rank_profile
from symshare.core.exact import PRIME, Number, modulo, simplest
from symshare.core.groups import AxisGroup
from symshare.core.matrices import Matrix, diagonal, from_entries
from symshare.errors import TooLargeError, amount

__all__ = ["Piece", "Pieces", "by_equations", "cells_together", "check_places", "pieces", "unravelled"]

Block = tuple[tuple[str, AxisGroup], ...]
"""Axes that move together: their letters and groups."""

Slots = tuple[tuple[str, bool], ...]
"""Slots of a block: the letter of each, and whether it is on the output."""

MOST_PIECES = 200_000
MOST_DIAGRAM_SLOTS = 6
MOST_PLACES = 1_000_000
MOST_CELLS = 2_000_000
ORTHOGONAL = ("O", "SO", "SO+")
PLANES = ("PlaneC", "PlaneD")
DIAGRAMS = ("S", "C", "B", *ORTHOGONAL, "Sp", "GL", "SL", "Trivial")


@dataclass(frozen=True, slots=True)
class Piece:
    """One invariant tensor: the index on each slot, numbered from 0, and constant tensors on some of the indices."""

    indices: tuple[int, ...]
    constants: tuple[tuple[Constant, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Pieces:
    """Invariant tensors that span all of them on some slots.

    `independent`: they are a basis. `permuted`: exchanging slots takes each to one of them, and none to its negative.
    `note` says why not, in words.
    """

    listed: tuple[Piece, ...]
    independent: bool
    permuted: bool
    note: str = ""


@lru_cache(maxsize=1024)
def pieces(block: Block, slots: Slots) -> Pieces:
    """Tensors that span the invariants of a block of axes on the given slots.

    - C(n): each choice of distances between the slots, tied by an offset tensor: a basis.
    - B(n): set partitions of the slots into blocks of even size, at most n of them: a basis.
    - O(d) and O(p, q): perfect matchings (Brauer 1937), independent up to 2d slots; SO adds one Levi-Civita tensor.
    - Sp(2d): perfect matchings with the symplectic form, independent up to 2d slots.
    - GL(d): matchings of covariant with contravariant slots (first fundamental theorem, Weyl 1939), independent up to 2d
      slots; SL(d) adds Levi-Civita tensors.
    - PlaneC(k), PlaneD(k): real and imaginary parts of products of z and its conjugate: a basis, in integers for every k.
    - any other group: a basis of the null space of its equations, one constant tensor each.

    >>> from symshare.core.families import O
    >>> found = pieces((("r", O(3)),), (("r", True), ("r", False), ("r", False), ("r", False)))
    >>> [piece.indices for piece in found.listed], found.independent
    ([(0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0)], True)
    """
    if not slots:
        return Pieces((Piece(()),), True, True)
    family = _family(block)
    group = block[0][1]
    single = len(block) == 1
    if family == "S":
        listed = tuple(Piece(one) for one in partitions(len(slots)) if max(one) < group.size)
        return Pieces(listed, True, True)
    if family == "C":
        return _cyclic(group, slots)
    if family == "B":
        return _even(group, slots)
    if family in ORTHOGONAL or family == "Sp":
        return _formed(group, slots, {letter: one.of for letter, one in block})
    if family in ("GL", "SL"):
        return _linear(group, slots, {letter: one.of for letter, one in block})
    if family == "Trivial" and single:
        return _units(group, slots)
    if family in PLANES:
        return _plane(block, slots)
    return _solved(block, slots)


def by_equations(block: Block) -> bool:
    """Whether the invariants of a block are made for each number of slots, for want of diagrams.

    >>> from symshare.core.families import D, O
    >>> by_equations((("t", D(4)),)), by_equations((("r", O(3)),))
    (True, False)
    """
    return _family(block) not in DIAGRAMS or (_family(block) == "Trivial" and len(block) > 1)


def _family(block: Block) -> str:
    families = {group.family for _, group in block}
    return families.pop() if len(families) == 1 and not any(group.tie for _, group in block) else ""


def _cyclic(group: AxisGroup, slots: Slots) -> Pieces:
    number = group.size ** (len(slots) - 1)
    _check(number)
    if len(slots) == 1:
        return Pieces((Piece((0,)),), True, True)
    indices = tuple(range(len(slots)))
    listed = tuple(
        Piece(indices, ((offsets(group.size, (0, *rest)), indices),))
        for rest in product(range(group.size), repeat=len(slots) - 1)
    )
    return Pieces(listed, True, True)


def _even(group: AxisGroup, slots: Slots) -> Pieces:
    """Partitions into blocks of even size."""

    def place(left: tuple[int, ...], used: int) -> Iterator[dict[int, int]]:
        if not left:
            yield {}
            return
        if used == group.size:
            return
        first, *others = left
        for size in range(1, len(left), 2):
            for chosen in combinations(others, size):
                rest = tuple(one for one in others if one not in chosen)
                for further in place(rest, used + 1):
                    yield dict.fromkeys((first, *chosen), used) | further

    listed = []
    for found in place(tuple(range(len(slots))), 0):
        listed.append(Piece(tuple(found[at] for at in range(len(slots)))))
        _check(len(listed))
    return Pieces(tuple(listed), True, True)


def _formed(group: AxisGroup, slots: Slots, duals: Mapping[str, str]) -> Pieces:
    """Perfect matchings by an invariant bilinear form, with one Levi-Civita tensor where determinants are 1."""
    size = group.size
    form = _form(group)
    raised = [output != bool(duals[letter]) for letter, output in slots]
    count = double_factorial(len(slots) - 1) if len(slots) % 2 == 0 else 0
    special = group.family in ("SO", "SO+") and len(slots) >= size and (len(slots) - size) % 2 == 0
    extra = comb(len(slots), size) * double_factorial(len(slots) - size - 1) if special else 0
    _check(count + extra)
    listed = [_piece(len(slots), pairs, raised, form, ()) for pairs in matchings(tuple(range(len(slots))))]
    if special:
        for legs in combinations(range(len(slots)), size):
            rest = tuple(one for one in range(len(slots)) if one not in legs)
            symbol = _symbol(group, tuple(raised[at] for at in legs))
            listed += [_piece(len(slots), pairs, raised, form, ((symbol, legs),)) for pairs in matchings(rest)]
    independent = (len(slots) <= 2 * size if group.family != "Sp" else len(slots) <= size) and (
        not extra or len(slots) == size
    )
    independent = independent or len(listed) <= 1
    note = ""
    if not independent:
        stable = size if group.family == "Sp" else 2 * size
        why = (
            f"Levi-Civita terms on {len(slots)} slots are"
            if extra
            else f"{len(slots)} slots on {group}, over {stable}, are"
        )
        note = f"{why} linearly dependent: a basis was chosen by rank, exact modulo a prime"
    permuted = not extra and group.family != "Sp"
    return Pieces(tuple(listed), independent, permuted, note)


def _form(group: AxisGroup) -> Constant | None:
    """The invariant form as a constant, or None for the plain scalar product."""
    if group.family == "Sp":
        half = group.size // 2
        cells: dict[tuple[int, int], Number] = {}
        for k in range(half):
            cells[k, half + k], cells[half + k, k] = 1, -1
        return of_matrix(f"J{group.size}", "symplectic form", from_entries(group.size, cells), -1)
    if len(group.numbers) == 2:
        p, q = group.numbers
        signs: Matrix = diagonal([1] * p + [-1] * q)
        return of_matrix(f"g{p}{q}", f"metric with {p} plus and {q} minus signs", signs, 1)
    return None


def _symbol(group: AxisGroup, raised: tuple[bool, ...]) -> Constant:
    """The Levi-Civita tensor; under a metric its upper legs carry the metric's signs."""
    plain = levi_civita(group.size)
    if len(group.numbers) < 2 or len(set(raised)) < 2:
        return plain
    signs = [1] * group.numbers[0] + [-1] * group.numbers[1]
    entries = tuple(
        (place, value if prod(signs[one] for one, up in zip(place, raised, strict=True) if up) == 1 else -value)
        for place, value in plain.entries
    )
    legs = "".join("u" if up else "d" for up in raised)
    meaning = "Levi-Civita tensor, upper legs by the metric"
    return Constant(f"{plain.name}{legs}", meaning, plain.shape, entries)


def _piece(
    number: int,
    pairs: Sequence[tuple[int, int]],
    raised: Sequence[bool],
    form: Constant | None,
    symbols: tuple[tuple[Constant, tuple[int, ...]], ...],
) -> Piece:
    """A matching as indices: one index for a pair of an upper and a lower slot, else two tied by the form."""
    index = [-1] * number
    constants: list[tuple[Constant, tuple[int, int]]] = []
    fresh = 0
    for one, other in sorted(pairs):
        index[one] = fresh
        if form is None or raised[one] != raised[other]:
            index[other] = fresh
        else:
            index[other] = fresh + 1
            constants.append((form, (fresh, fresh + 1)))
            fresh += 1
        fresh += 1
    legs: list[tuple[Constant, tuple[int, ...]]] = []
    for symbol, own in symbols:
        for at in own:
            index[at] = fresh
            fresh += 1
        legs.append((symbol, tuple(index[at] for at in own)))
    return Piece(tuple(index), (*constants, *legs))


def _linear(group: AxisGroup, slots: Slots, duals: Mapping[str, str]) -> Pieces:
    """Matchings of upper with lower slots; for SL also Levi-Civita tensors on upper or on lower slots."""
    size = group.size
    raised = [at for at, (letter, output) in enumerate(slots) if output != bool(duals[letter])]
    lowered = [at for at in range(len(slots)) if at not in raised]
    more, fewer = (raised, lowered) if len(raised) >= len(lowered) else (lowered, raised)
    surplus = len(more) - len(fewer)
    if surplus and (group.family == "GL" or surplus % size):
        return Pieces((), True, True)
    symbol = levi_civita(size) if surplus else None
    listed = []
    upper = [at in raised for at in range(len(slots))]
    number = prod(range(1, len(fewer) + 1)) * (comb(len(more), len(fewer)) if surplus else 1)
    _check(number)
    for legs in groups_of(tuple(more), size, surplus // size):
        rest = [at for at in more if not any(at in own for own in legs)]
        symbols = tuple((symbol, own) for own in legs if symbol is not None)
        for images in permutations(rest):
            pairs = [(min(one, other), max(one, other)) for one, other in zip(images, fewer, strict=True)]
            listed.append(_piece(len(slots), pairs, upper, None, symbols))
            _check(len(listed))
    independent = (len(slots) <= 2 * size and not surplus) or len(listed) <= 1
    what = "Levi-Civita terms" if surplus else f"matchings of {len(slots)} slots, over {2 * size},"
    note = (
        ""
        if independent
        else f"{what} under {group} are linearly dependent: a basis was chosen by rank, exact modulo a prime"
    )
    return Pieces(tuple(listed), independent, not surplus, note)


def _units(group: AxisGroup, slots: Slots) -> Pieces:
    """No symmetry: every choice of values is a term of its own."""
    _check(group.size ** len(slots))
    indices = tuple(range(len(slots)))
    shape = (group.size,) * len(slots)
    places = product(range(group.size), repeat=len(slots))
    return Pieces(tuple(Piece(indices, ((unit(place, shape), indices),)) for place in places), True, True)


Cells = dict[tuple[int, ...], Number]
"""A tensor on the slots by its nonzero entries."""


def _solved(block: Block, slots: Slots) -> Pieces:
    """The null space of the equations of the group, as diagrams and constant tensors with few nonzeros."""
    from symshare.core.ansatz import taylor
    from symshare.core.nullspace import solve

    groups = {letter: replace(group, of="", tie="block") for letter, group in block}
    outer = [at for at, (_, output) in enumerate(slots) if output]
    inner = [at for at, (_, output) in enumerate(slots) if not output]
    text = "".join(slots[at][0] for at in inner) + "->" + "".join(slots[at][0] for at in outer)
    places = prod(groups[letter].size for letter, _ in slots)
    check_places(block[0][1], len(slots), places)
    if not all(group.signed for group in groups.values()):
        number, together = cells_together(block, slots)
        if together > MOST_CELLS:
            raise TooLargeError(
                f"{number:,} constant tensors of {block[0][1]} on {len(slots)} slots have {together:,} places together, "
                f"over {MOST_CELLS:,}\n  lower the order; symshare solve gives dimensions and patterns without writing terms"
            )
    solution = solve(taylor(text, 1, axes={one: group for one, group in groups.items() if one in text}, least=1))
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
        return Pieces(tuple(_constants(block, slots, found, "invariant")), True, False, note)
    # each vector of an exact basis has a place to itself: where a tensor stands among them is told by its entries there
    held = Counter(place for cells in found for place in cells)
    leads = [next(place for place in cells if held[place] == 1) for cells in found]
    return _mostly_diagrams(block, slots, found, leads, "orbit" if solution.method == "orbits" else "invariant")


def check_places(group: AxisGroup, slots: int, places: int) -> None:
    """Raise TooLargeError for tensors of over a million places."""
    if places > MOST_PLACES:
        raise TooLargeError(
            f"the constant tensors of {group} on {slots} slots have {places:,} places, over {MOST_PLACES:,}\n"
            "  lower the order; symshare solve gives dimensions and patterns without writing terms"
        )


def cells_together(block: Block, slots: Slots) -> tuple[int, int]:
    """How many invariant tensors there are on some slots, 0 where characters do not tell, and their places together."""
    parts = components(block)
    number = 0 if parts is None else mean(parts, Counter((letter, 1 if output else -1) for letter, output in slots))
    sizes = {letter: group.size for letter, group in block}
    return number, max(1, number) * prod(sizes[letter] for letter, _ in slots)


def _plane(block: Block, slots: Slots) -> Pieces:
    """Rotations of the plane by parts of a whole turn: with z = x + iy on each slot, products of z and of its conjugate whose
    numbers differ by a multiple of the order are invariant; real and imaginary parts have integer coefficients. Under
    reflections the real parts are left."""
    group = block[0][1]
    (order,) = group.numbers
    _check(2 ** len(slots))
    found: list[Cells] = []
    for rest in product((1, -1), repeat=len(slots) - 1):
        signs = (1, *rest)
        if sum(signs) % order:
            continue
        for imaginary in (False, True) if group.family == "PlaneC" else (False,):
            cells: Cells = {}
            for place in product((0, 1), repeat=len(slots)):
                turns = sum(sign * at for sign, at in zip(signs, place, strict=True)) % 4
                value = ((0, 1, 0, -1) if imaginary else (1, 0, -1, 0))[turns]
                if value:
                    cells[place] = value
            found.append(cells)
    return _mostly_diagrams(block, slots, found, list(product((0, 1), repeat=len(slots))), "invariant")


def _mostly_diagrams(
    block: Block, slots: Slots, found: list[Cells], seen_at: Sequence[tuple[int, ...]], what: str
) -> Pieces:
    """The same span with as many diagrams without constants as it has; `seen_at` are places that tell its tensors apart."""
    diagrams = _diagrams(block, slots)
    rows = [[1 if on_diagram(diagram, place) else 0 for place in seen_at] for diagram in diagrams]
    own = [[modulo(cells.get(place, 0)) for place in seen_at] for cells in found]
    kept = rank_profile([*rows, *own], PRIME)
    listed = [Piece(diagrams[number]) for number in kept if number < len(rows)]
    listed += _constants(
        block, slots, _sparser([found[number - len(rows)] for number in kept if number >= len(rows)]), what
    )
    _check(len(listed))
    return Pieces(tuple(listed), True, False)


def _constants(block: Block, slots: Slots, found: Sequence[Cells], what: str) -> Iterator[Piece]:
    sizes = {letter: group.size for letter, group in block}
    shape = tuple(sizes[letter] for letter, _ in slots)
    indices = tuple(range(len(slots)))
    for number, cells in enumerate(found, 1):
        yield Piece(indices, ((made(f"T{number}", f"{what} {number} of {block[0][1]}", shape, cells), indices),))


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
        _piece(len(slots), pairs, [], None, ()).indices
        for pairs in matchings(tuple(range(len(slots))))
        if group.orthogonal or all(upper[one] != upper[other] for one, other in pairs)
    ]


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


def _check(number: int) -> None:
    if number > MOST_PIECES:
        raise TooLargeError(
            f"there are over {MOST_PIECES:,} invariant tensors on these slots ({amount(number)})\n"
            "  lower the order or the sizes"
        )
