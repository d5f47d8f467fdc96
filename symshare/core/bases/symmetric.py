"""Invariant tensors for products of equal factors only: far fewer than those that keep the factors apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement, groupby, product
from math import factorial, prod
from typing import TYPE_CHECKING

from symshare.core.algebra.numbers import Number
from symshare.core.bases.invariants import diagrams_of
from symshare.core.bases.solved import MOST_CELLS, cells_together, check_places, unravelled
from symshare.core.bases.spanning import Cells, Invariant, Invariants
from symshare.core.groups.family import Diagrams
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.signature import Signature
from symshare.core.terms.constant import made
from symshare.core.terms.exchanges import Kind

if TYPE_CHECKING:
    from symshare.core.algebra.lifting import Vectors

__all__ = ["commutes_alone", "symmetric_invariants"]

MOST_APART = 1_000
"""Places up to which equal factors are kept apart in any case: the numbers are small; chosen, not measured."""

MOST_EXCHANGES = 720
"""Exchanges of equal factors, 6!, from which factors are not kept apart; chosen, not measured."""

MOST_TENSORS = 1_000
"""Invariant tensors of signed permutations from which factors are not kept apart; chosen, not measured."""


def commutes_alone(signature: Signature, output: int, factors: Sequence[Kind]) -> bool:
    """Whether all axes move together under a group without diagrams, in products of equal factors that are too long for
    tensors that keep the factors apart."""
    if (
        signature.symmetric_axes
        or signature.latent_axes
        or len(signature.blocks) != 1
        or len(set(factors)) == len(factors)
    ):
        return False
    groups = dict(signature.groups)
    block = tuple((letter, groups[letter]) for letter in signature.blocks[0])
    tensors = [(signature.outputs[output], True), *((signature.inputs[number], False) for number, _ in factors)]
    slots = tuple((letter, outer) for tensor, outer in tensors for letter in tensor.axes)
    if not diagrams_of(block, len(slots)).written_out:
        return False
    if prod(groups[letter].size for letter, _ in slots) <= MOST_APART:
        return False
    if prod(map(factorial, Counter(factors).values())) > MOST_EXCHANGES:
        return True
    number, together = cells_together(block, slots)
    # signed permutations need no elimination, only as many ranks as there are tensors
    return number > MOST_TENSORS if all(group.signed for _, group in block) else together > MOST_CELLS


def symmetric_invariants(signature: Signature, output: int, factors: Sequence[Kind]) -> Invariants:
    """Tensors on the slots of the output and the factors, one for each independent map: a coefficient for each product of
    entries of the factors, written at one of the places that equal factors make of it.

    >>> from symshare.core.notation.reading import signature
    >>> found = symmetric_invariants(signature("r->", axes={"r": "PlaneC(3)"}), 0, [(0, ())] * 3)
    >>> [invariant.constants[0][0].nonzeros for invariant in found.listed]
    [(((0, 0, 0), 1), ((0, 1, 1), -3)), (((0, 0, 1), 3), ((1, 1, 1), -1))]
    """
    groups = dict(signature.groups)
    tensors = [signature.outputs[output], *(signature.inputs[number] for number, _ in factors)]
    letters = [letter for tensor in tensors for letter in tensor.axes]
    shape = tuple(groups[letter].size for letter in letters)
    first = groups[signature.blocks[0][0]]
    check_places(first, len(letters), prod(shape))
    note = ""
    kind = diagrams_of(tuple((letter, groups[letter]) for letter in signature.blocks[0]), len(letters))
    if kind in (Diagrams.POWERS, Diagrams.REAL_POWERS):
        found = list(_plane(first, signature, output, factors, imaginary=kind is Diagrams.POWERS))
    else:
        vectors, exact, note = _solution(signature, len(factors))
        found = [cells for vector in vectors if (cells := _cells(vector, signature, output, factors, len(factors)))]
        note = "" if exact else f"the invariants of {first} are {note}"
    indices = tuple(range(len(shape)))
    invariants = tuple(
        Invariant(indices, ((made(f"T{number}", f"invariant {number} of {first}", shape, cells), indices),))
        for number, cells in enumerate(found, 1)
    )
    return Invariants(invariants, True, not note, note)


@lru_cache(maxsize=16)
def _solution(signature: Signature, order: int) -> tuple[Vectors, bool, str]:
    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.solution import solve  # it brings scipy

    solution = solve(taylor(signature, order, least=order))
    return solution.parts[0].basis(), solution.exact, str(solution.parts[0].spectrum or "")


@lru_cache(maxsize=16)
def _monomials(signature: Signature, order: int) -> list[list[tuple[int, int]]]:
    """The monomials of an order: for each factor its input and the number of its entry there."""
    from symshare.core.equations.ansatz import taylor

    sizes = dict(signature.groups)
    lengths = [prod(sizes[letter].size for letter in tensor.axes) for tensor in signature.inputs]
    variables = [(number, entry) for number, length in enumerate(lengths) for entry in range(length)]
    table = taylor(signature, order, least=order).parts[0].table()
    return [[variables[variable] for variable in row] for row in table.tolist()]


def _cells(vector: dict[int, Number], signature: Signature, output: int, factors: Sequence[Kind], order: int) -> Cells:
    """A solution as a tensor on the slots; empty where it is of other factors or another output."""
    groups = dict(signature.groups)
    monomials = _monomials(signature, order)
    shapes = [tuple(groups[letter].size for letter in tensor.axes) for tensor in signature.inputs]
    outers = [tuple(groups[letter].size for letter in tensor.axes) for tensor in signature.outputs]
    before = sum(map(prod, outers[:output]))
    wanted = [number for number, _ in factors]
    cells: Cells = {}
    for column, value in vector.items():
        entry, monomial = divmod(column, len(monomials))
        if not before <= entry < before + prod(outers[output]) or [one for one, _ in monomials[monomial]] != wanted:
            return {}
        inner = [place for number, at in monomials[monomial] for place in unravelled(at, shapes[number])]
        cells[*unravelled(entry - before, outers[output]), *inner] = value
    return cells


def _plane(
    group: AxisGroup, signature: Signature, output: int, factors: Sequence[Kind], *, imaginary: bool
) -> Iterator[Cells]:
    """Real and imaginary parts of products of z and its conjugate, one for each way to deal the conjugates out to equal
    factors, as sums of commuting monomials."""
    order = group.row.whole_turn(*group.numbers)
    lengths = [len(signature.outputs[output].axes), *(len(signature.inputs[number].axes) for number, _ in factors)]
    runs = [1, *(len(list(own)) for _, own in groupby(factors))]
    starts = [sum(runs[:at]) for at in range(len(runs))]
    dealt = [
        list(combinations_with_replacement(product((1, -1), repeat=lengths[start]), run))
        for start, run in zip(starts, runs, strict=True)
    ]
    seen: set[tuple[tuple[tuple[int, ...], Number], ...]] = set()
    for chosen in product(*dealt):
        if sum(sign for run in chosen for signs in run for sign in signs) % order:
            continue
        total = _expanded(chosen)
        for part in (0, 1) if imaginary else (0,):
            cells: Cells = {place: value for place, values in sorted(total.items()) if (value := values[part])}
            # a product and its conjugate have the same real parts, and opposite imaginary ones
            first = -1 if cells and next(iter(total[place] for place in cells))[part] < 0 else 1
            plain = tuple((place, value * first) for place, value in cells.items())
            if cells and plain not in seen:
                seen.add(plain)
                yield dict(plain)


def _expanded(chosen: Sequence[Sequence[tuple[int, ...]]]) -> dict[tuple[int, ...], tuple[int, int]]:
    """A product of z = x + iy (sign 1) and conjugates (sign -1) over runs of equal factors: real and imaginary parts of the
    coefficient of each monomial, at its place with the entries of equal factors in order."""
    found: dict[tuple[tuple[int, ...], ...], tuple[int, int]] = {(): (1, 0)}
    for run in chosen:
        before = len(next(iter(found)))
        for signs in run:
            following: dict[tuple[tuple[int, ...], ...], tuple[int, int]] = {}
            for invariants, (real, imaginary) in found.items():
                for place in product((0, 1), repeat=len(signs)):
                    key = (*invariants[:before], *sorted([*invariants[before:], place]))
                    turns = sum(sign * at for sign, at in zip(signs, place, strict=True)) % 4
                    a, b = ((real, imaginary), (-imaginary, real), (-real, -imaginary), (imaginary, -real))[turns]
                    one, other = following.get(key, (0, 0))
                    following[key] = one + a, other + b
            found = following
    return {
        tuple(entry for invariant in invariants for entry in invariant): values for invariants, values in found.items()
    }
