"""Which axis has a list of its own for each value of another: read off the tensors that carry both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from symshare.weights.atoms import Atoms
from symshare.weights.terms import UNIT, Atom, Cat, Term
from symshare.weights.values import Trace

__all__ = ["Block", "blocks", "nested", "rows", "settle"]

Factors = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a tensor: for each dimension the places where it starts and stops, and the atoms laid out along it."""

    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    dims: tuple[Factors, ...]


def blocks(atoms: Atoms, dims: Sequence[Term]) -> Iterator[Block]:
    """The parts that a tensor falls into where its dimensions are rows."""
    for choice in product(*(list(rows(atoms, term)) for term in dims)):
        yield Block(
            tuple(start for start, _, _ in choice),
            tuple(size for _, size, _ in choice),
            tuple(factors for _, _, factors in choice),
        )


def rows(atoms: Atoms, term: Term, start: int = 0) -> Iterator[tuple[int, int, Factors]]:
    """The segments of a dimension: where each starts, its length, and its atoms, all of which go with each other."""
    for segment in atoms.segments(term):
        size = atoms.size(segment)
        if _apart(atoms, segment):
            yield from rows(atoms, _spread(atoms, segment), start)
        else:
            yield start, size, tuple(one for one in atoms.factors(segment) if isinstance(one, Atom))
        start += size


def _spread(atoms: Atoms, term: Term) -> Term:
    """A product with a row among its factors as a row of products."""
    first, *others = atoms.factors(term)
    if isinstance(first, Cat):
        return atoms.row([atoms.product([segment, *others]) for segment in atoms.segments(first)])
    return atoms.as_row(term)


def _apart(atoms: Atoms, term: Term) -> bool:
    """Whether the parts of a product differ along its first factor, or a factor is a row."""
    first, *others = atoms.factors(term) or (UNIT,)
    if any(isinstance(factor, Cat) for factor in (first, *others)):
        return True
    return any(
        along == first and atoms.resolved(slice_) != atom
        for other in others
        for atom in atoms.atoms(other)
        for along, _, slice_ in atoms.slices(atom)
    )


def settle(trace: Trace) -> None:
    """Let axes have their own lists at single values of a fixed one only where every tensor that has them has that one."""
    atoms = trace.atoms
    before = -1
    while before != (before := atoms.changes):
        carried = _carried(trace)
        for atom in atoms.sliced():
            if atoms.root(atom) != atom:
                continue
            found: dict[tuple[Atom, int], Term] = {}
            for along, place, slice_ in atoms.slices(atom):
                if atoms.root(atom) != atom:
                    break
                if (along, place) in found:
                    atoms.unify(found[along, place], slice_)
                found[along, place] = slice_
                if not carried.get(atom, set()) <= carried.get(along, set()):
                    atoms.unify(atom, slice_)


def _carried(trace: Trace) -> dict[Atom, set[int]]:
    """For each atom the numbers of the tensors that have it."""
    found: dict[Atom, set[int]] = {}
    for number, dims in enumerate(trace.tensors):
        for term in dims:
            for atom in trace.atoms.atoms(term):
                found.setdefault(atom, set()).add(number)
    return found


def nested(found: Sequence[Block]) -> dict[Atom, set[Atom]]:
    """For each atom those for whose every value it has a list of its own.

    That is so where each tensor that has it has the other too, and tells by which of its places the list is chosen.
    """
    carried: dict[Atom, set[int]] = {}
    for number, block in enumerate(found):
        for atom in {atom for factors in block.dims for atom in factors}:
            carried.setdefault(atom, set()).add(number)
    return {
        atom: {
            other
            for other in _common(found, numbers)
            if other != atom and all(_paired(found[number], atom, other) for number in numbers)
        }
        for atom, numbers in carried.items()
    }


def _common(found: Sequence[Block], numbers: set[int]) -> set[Atom]:
    """The atoms that some blocks have in common."""
    return set.intersection(*({atom for factors in found[number].dims for atom in factors} for number in numbers))


def _paired(block: Block, atom: Atom, other: Atom) -> bool:
    """Whether each place of an atom in a block has one place of another that it goes with."""
    total = sum(factors.count(other) for factors in block.dims)
    return all(
        total == 1 or (factors.count(atom), factors.count(other)) == (1, 1) for factors in block.dims if atom in factors
    )
