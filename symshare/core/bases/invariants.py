"""Invariant tensors on the slots of axes that move together: as diagrams where these are known, else from a null space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, permutations, product
from math import comb, prod

from symshare.core.algebra.matrices import Matrix, diagonal, from_entries
from symshare.core.algebra.numbers import Number
from symshare.core.bases.pieces import Block, Piece, Pieces, Slots, check_number
from symshare.core.bases.solved import plane, solved
from symshare.core.groups.group import AxisGroup
from symshare.core.terms.constant import Constant, levi_civita, of_matrix, offsets, unit
from symshare.core.terms.partitions import double_factorial, groups_of, matchings, partitions

__all__ = ["PLANES", "by_equations", "by_offsets", "constants_of_diagrams", "pieces"]

ORTHOGONAL = ("O", "SO", "SO+")
PLANES = ("PlaneC", "PlaneD")
DIAGRAMS = ("S", "C", "B", *ORTHOGONAL, "Sp", "GL", "SL", "Trivial")


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

    >>> from symshare.core.groups.families import O
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
        return plane(block, slots)
    return solved(block, slots)


def by_equations(block: Block) -> bool:
    """Whether the invariants of a block are made for each number of slots, for want of diagrams.

    >>> from symshare.core.groups.families import D, O
    >>> by_equations((("t", D(4)),)), by_equations((("r", O(3)),))
    (True, False)
    """
    return _family(block) not in DIAGRAMS or (_family(block) == "Trivial" and len(block) > 1)


def by_offsets(block: Block) -> bool:
    """Whether the slots of a block are tied by offsets around a cyclic axis.

    >>> from symshare.core.groups.families import C, D
    >>> by_offsets((("t", C(4)),)), by_offsets((("t", D(4)),))
    (True, False)
    """
    return _family(block) == "C"


def constants_of_diagrams(block: Block, slots: Slots) -> list[Constant]:
    """The constant tensors with one leg on each of some slots that the diagrams of a block have.

    >>> from symshare.core.groups.families import SO
    >>> [str(one) for one in constants_of_diagrams((("r", SO(1, 2)),), (("r", True), ("r", True)))]
    ['g12: metric with 1 plus and 2 minus signs, 3 x 3, 3 nonzeros']
    """
    family, group, duals = _family(block), block[0][1], {letter: one.of for letter, one in block}
    if family == "Trivial":
        return [constant for piece in _units(group, slots).listed for constant, _ in piece.constants]
    raised = tuple(output != bool(duals[letter]) for letter, output in slots)
    form = _form(group) if family in ORTHOGONAL or family == "Sp" else None
    found = [form] if form is not None and len(slots) == 2 else []
    if family in ("SO", "SO+", "SL") and len(slots) == group.size:
        found.append(levi_civita(group.size) if family == "SL" else _symbol(group, raised))
    return found


def _family(block: Block) -> str:
    families = {group.family for _, group in block}
    return families.pop() if len(families) == 1 and not any(group.tie for _, group in block) else ""


def _cyclic(group: AxisGroup, slots: Slots) -> Pieces:
    number = group.size ** (len(slots) - 1)
    check_number(number)
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
        check_number(len(listed))
    return Pieces(tuple(listed), True, True)


def _formed(group: AxisGroup, slots: Slots, duals: Mapping[str, str]) -> Pieces:
    """Perfect matchings by an invariant bilinear form, with one Levi-Civita tensor where determinants are 1."""
    size = group.size
    form = _form(group)
    raised = [output != bool(duals[letter]) for letter, output in slots]
    count = double_factorial(len(slots) - 1) if len(slots) % 2 == 0 else 0
    special = group.family in ("SO", "SO+") and len(slots) >= size and (len(slots) - size) % 2 == 0
    extra = comb(len(slots), size) * double_factorial(len(slots) - size - 1) if special else 0
    check_number(count + extra)
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
        metric = of_matrix(f"g{p}{q}", f"metric with {p} plus and {q} minus signs", signs, 1)
        return replace(metric, named=_two_on_two_legs(group))
    return None


def _symbol(group: AxisGroup, raised: tuple[bool, ...]) -> Constant:
    """The Levi-Civita tensor; under a metric its upper legs carry the metric's signs."""
    plain = replace(levi_civita(group.size), named=_two_on_two_legs(group))
    if len(group.numbers) < 2 or len(set(raised)) < 2:
        return plain
    signs = [1] * group.numbers[0] + [-1] * group.numbers[1]
    entries = tuple(
        (place, value if prod(signs[one] for one, up in zip(place, raised, strict=True) if up) == 1 else -value)
        for place, value in plain.entries
    )
    legs = "".join("u" if up else "d" for up in raised)
    meaning = "Levi-Civita tensor, upper legs by the metric"
    return Constant(f"{plain.name}{legs}", meaning, plain.shape, entries, named=plain.named)


def _two_on_two_legs(group: AxisGroup) -> bool:
    """Whether a metric and a Levi-Civita tensor have two legs each, as under SO(1, 1)."""
    return group.size == 2 and len(group.numbers) == 2 and group.family in ("SO", "SO+")


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
    check_number(number)
    for legs in groups_of(tuple(more), size, surplus // size):
        rest = [at for at in more if not any(at in own for own in legs)]
        symbols = tuple((symbol, own) for own in legs if symbol is not None)
        for images in permutations(rest):
            pairs = [(min(one, other), max(one, other)) for one, other in zip(images, fewer, strict=True)]
            listed.append(_piece(len(slots), pairs, upper, None, symbols))
            check_number(len(listed))
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
    check_number(group.size ** len(slots))
    indices = tuple(range(len(slots)))
    shape = (group.size,) * len(slots)
    places = product(range(group.size), repeat=len(slots))
    return Pieces(tuple(Piece(indices, ((unit(place, shape), indices),)) for place in places), True, True)
