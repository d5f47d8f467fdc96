"""Invariant tensors on the slots of axes that move together: as diagrams where these are known, else from a null space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, permutations, product
from math import comb, prod
from typing import assert_never

from symshare.core.bases.solved import plane, solved
from symshare.core.bases.spanning import Block, Invariant, Invariants, Slots, check_number
from symshare.core.groups.family import Diagrams, Form
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.monomial import balanced
from symshare.core.terms.constant import Constant, levi_civita, of_matrix, offsets, unit
from symshare.core.terms.partitions import double_factorial, groups_of, matchings, partitions

__all__ = ["constants_on", "diagrams_of", "spanning_invariants"]


@lru_cache(maxsize=1024)
def spanning_invariants(block: Block, slots: Slots) -> Invariants:
    """Tensors that span the invariants of a block of axes on the given slots, by the diagrams of its family.

    - set partitions (permutations), those whose blocks are balanced (with signs or scales): a basis.
    - offsets (shifts): each choice of distances between the slots, tied by an offset tensor: a basis.
    - perfect matchings by a form on d values (Brauer 1937), independent up to 2d slots, an antisymmetric form up to d; where
      determinants are 1 one Levi-Civita tensor beside them.
    - matchings of covariant with contravariant slots (first fundamental theorem, Weyl 1939), independent up to 2d slots;
      where determinants are 1 Levi-Civita tensors beside them.
    - real and imaginary parts of products of z and its conjugate: a basis, in integers.
    - for any other group a basis of the null space of its equations, one constant tensor each.

    >>> from symshare.core.groups.naming import read_group
    >>> found = spanning_invariants((("r", read_group("O(3)")),), (("r", True), ("r", False), ("r", False), ("r", False)))
    >>> [invariant.indices for invariant in found.listed], found.independent
    ([(0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0)], True)
    """
    if not slots:
        return Invariants((Invariant(()),), True, True)
    group = block[0][1]
    duals = {letter: one.of for letter, one in block}
    kind = diagrams_of(block, len(slots))
    match kind:
        case Diagrams.PARTITIONS:
            return _partitions(group, slots, duals)
        case Diagrams.OFFSETS:
            return _cyclic(group, slots)
        case Diagrams.MATCHINGS:
            return _formed(group, slots, duals)
        case Diagrams.DUAL_MATCHINGS:
            return _linear(group, slots, duals)
        case Diagrams.PLACES:
            return _units(group, slots)
        case Diagrams.POWERS | Diagrams.REAL_POWERS:
            return plane(block, slots, imaginary=kind is Diagrams.POWERS)
        case Diagrams.EQUATIONS:
            return solved(block, slots)
        case _:
            assert_never(kind)


def diagrams_of(block: Block, slots: int) -> Diagrams:
    """The kind of spanning invariants on so many slots of axes that move together; axes that do not move as one family says
    have equations.

    >>> from symshare.core.groups.naming import read_group
    >>> [diagrams_of((("r", read_group(name)),), 2).name for name in ("O(3)", "D(4)", "Trivial(2)")]
    ['MATCHINGS', 'EQUATIONS', 'PLACES']
    """
    row, numbers = block[0][1].row, block[0][1].numbers
    alike = all(group.row is row and not group.tie for _, group in block)
    # the place of a tensor says nothing of which of its indices are dual
    if not alike or not row.enough(slots, *numbers) or (row.diagrams is Diagrams.PLACES and len(block) > 1):
        return Diagrams.EQUATIONS
    return row.diagrams


def constants_on(block: Block, legs: Slots) -> list[Constant]:
    """The constant tensors with one leg on each of some slots that the diagrams of a block have.

    >>> from symshare.core.groups.naming import read_group
    >>> [str(one) for one in constants_on((("r", read_group("SO(1,2)")),), (("r", True), ("r", True)))]
    ['g12: metric with 1 plus and 2 minus signs, 3 x 3, 3 nonzeros']
    """
    group, duals = block[0][1], {letter: one.of for letter, one in block}
    kind = diagrams_of(block, len(legs))
    if kind is Diagrams.PLACES:
        return [constant for invariant in _units(group, legs).listed for constant, _ in invariant.constants]
    if kind not in (Diagrams.MATCHINGS, Diagrams.DUAL_MATCHINGS):
        return []
    form = _form(group)
    found = [form] if form is not None and len(legs) == 2 else []
    if group.row.levi_civita and len(legs) == group.size:
        raised = tuple(output != bool(duals[letter]) for letter, output in legs)
        found.append(_symbol(group.size, group.row.form(*group.numbers), raised))
    return found


def _cyclic(group: AxisGroup, slots: Slots) -> Invariants:
    number = group.size ** (len(slots) - 1)
    check_number(number)
    if len(slots) == 1:
        return Invariants((Invariant((0,)),), True, True)
    indices = tuple(range(len(slots)))
    listed = tuple(
        Invariant(indices, ((offsets(group.size, (0, *rest)), indices),))
        for rest in product(range(group.size), repeat=len(slots) - 1)
    )
    return Invariants(listed, True, True)


def _partitions(group: AxisGroup, slots: Slots, duals: Mapping[str, str]) -> Invariants:
    """Partitions into at most as many blocks as there are values, all of them balanced."""
    modulus = group.row.modulus
    if modulus == 1:
        listed = [Invariant(one) for one in partitions(len(slots)) if max(one) < group.size]
        return Invariants(tuple(listed), True, True)
    weights = [-1 if output != bool(duals[letter]) else 1 for letter, output in slots]

    def place(left: tuple[int, ...], used: int) -> Iterator[dict[int, int]]:
        if not left:
            yield {}
            return
        if used == group.size:
            return
        first, *others = left
        for size in range(1, len(left)):
            for chosen in combinations(others, size):
                if not balanced([sum(weights[at] for at in (first, *chosen))], modulus):
                    continue
                rest = tuple(one for one in others if one not in chosen)
                for further in place(rest, used + 1):
                    yield dict.fromkeys((first, *chosen), used) | further

    listed = []
    for found in place(tuple(range(len(slots))), 0):
        listed.append(Invariant(tuple(found[at] for at in range(len(slots)))))
        check_number(len(listed))
    return Invariants(tuple(listed), True, True)


def _formed(group: AxisGroup, slots: Slots, duals: Mapping[str, str]) -> Invariants:
    """Perfect matchings by an invariant bilinear form, with one Levi-Civita tensor where determinants are 1."""
    size = group.size
    own = group.row.form(*group.numbers)
    form = _form(group)
    signed = own is not None and own.sign < 0
    raised = [output != bool(duals[letter]) for letter, output in slots]
    count = double_factorial(len(slots) - 1) if len(slots) % 2 == 0 else 0
    special = group.row.levi_civita and len(slots) >= size and (len(slots) - size) % 2 == 0
    extra = comb(len(slots), size) * double_factorial(len(slots) - size - 1) if special else 0
    check_number(count + extra)
    listed = [_piece(len(slots), pairs, raised, form, ()) for pairs in matchings(tuple(range(len(slots))))]
    if special:
        for legs in combinations(range(len(slots)), size):
            rest = tuple(one for one in range(len(slots)) if one not in legs)
            symbol = _symbol(size, own, tuple(raised[at] for at in legs))
            listed += [_piece(len(slots), pairs, raised, form, ((symbol, legs),)) for pairs in matchings(rest)]
    stable = size if signed else 2 * size
    independent = (len(slots) <= stable and (not extra or len(slots) == size)) or len(listed) <= 1
    note = ""
    if not independent:
        why = (
            f"Levi-Civita terms on {len(slots)} slots are"
            if extra
            else f"{len(slots)} slots on {group}, over {stable}, are"
        )
        note = f"{why} linearly dependent: a basis was chosen by rank, exact modulo a prime"
    return Invariants(tuple(listed), independent, not extra and not signed, note)


def _form(group: AxisGroup) -> Constant | None:
    """The invariant form as a constant, or None for the plain scalar product; it is named beside a symbol with two legs too."""
    own = group.row.form(*group.numbers)
    if own is None:
        return None
    made = of_matrix(own.name, own.meaning, own.matrix, own.sign)
    return replace(made, named=group.size == 2 and group.row.levi_civita)


def _symbol(size: int, form: Form | None, raised: tuple[bool, ...]) -> Constant:
    """The Levi-Civita tensor; under a metric its upper legs carry the metric's signs."""
    plain = replace(levi_civita(size), named=size == 2 and form is not None)
    if form is None or len(set(raised)) < 2:
        return plain
    signs = [dict(row)[place] for place, row in enumerate(form.matrix.rows)]
    entries = tuple(
        (place, value if prod(signs[one] for one, up in zip(place, raised, strict=True) if up) == 1 else -value)
        for place, value in plain.entries
    )
    legs = "".join("u" if up else "d" for up in raised)
    meaning = "Levi-Civita tensor, upper legs by the metric"
    return Constant(f"{plain.name}{legs}", meaning, plain.shape, entries, named=plain.named)


def _piece(
    number: int,
    pairs: Sequence[tuple[int, int]],
    raised: Sequence[bool],
    form: Constant | None,
    symbols: tuple[tuple[Constant, tuple[int, ...]], ...],
) -> Invariant:
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
    return Invariant(tuple(index), (*constants, *legs))


def _linear(group: AxisGroup, slots: Slots, duals: Mapping[str, str]) -> Invariants:
    """Matchings of upper with lower slots; for SL also Levi-Civita tensors on upper or on lower slots."""
    size = group.size
    raised = [at for at, (letter, output) in enumerate(slots) if output != bool(duals[letter])]
    lowered = [at for at in range(len(slots)) if at not in raised]
    more, fewer = (raised, lowered) if len(raised) >= len(lowered) else (lowered, raised)
    surplus = len(more) - len(fewer)
    if surplus and (not group.row.levi_civita or surplus % size):
        return Invariants((), True, True)
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
    return Invariants(tuple(listed), independent, not surplus, note)


def _units(group: AxisGroup, slots: Slots) -> Invariants:
    """No symmetry: every choice of values is a term of its own."""
    check_number(group.size ** len(slots))
    indices = tuple(range(len(slots)))
    shape = (group.size,) * len(slots)
    places = product(range(group.size), repeat=len(slots))
    return Invariants(tuple(Invariant(indices, ((unit(place, shape), indices),)) for place in places), True, True)
