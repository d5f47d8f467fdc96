"""Which axis has a list of its own for each value of another: read off the tensors that carry both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from symshare.weights.atoms import Atoms
from symshare.weights.terms import Atom, Cat, Term
from symshare.weights.values import Trace

__all__ = ["Block", "Segments", "blocks", "nested", "segments", "settle"]

Factors = tuple[Atom, ...]
Block = tuple[Factors, ...]


@dataclass(frozen=True, slots=True)
class Segments:
    """A dimension as segments, each of them atoms and rows laid out as one."""

    rows: tuple[tuple[Atom | Segments, ...], ...]


def segments(atoms: Atoms, term: Term) -> Segments:
    """A dimension as segments in which all atoms go with each other."""
    found: list[tuple[Atom | Segments, ...]] = []
    for segment in atoms.segments(term):
        factors = atoms.factors(segment)
        place = next((at for at in range(len(factors)) if _parts_at(atoms, factors, at)), -1)
        if place < 0:
            found.append(tuple(one for one in factors if isinstance(one, Atom)))
            continue
        inner = segments(atoms, _spread(atoms, factors[place:]))
        before = tuple(one for one in factors[:place] if isinstance(one, Atom))
        found += [(*before, inner)] if before else list(inner.rows)
    return Segments(tuple(found))


def _parts_at(atoms: Atoms, factors: Sequence[Term], place: int) -> bool:
    """Whether a factor is a row, or a fixed one at whose values later ones have their own lists."""
    one = factors[place]
    if isinstance(one, Cat):
        return True
    return any(
        along == one and atoms.resolved(slice_) != atom
        for other in factors[place + 1 :]
        for atom in atoms.atoms(other)
        for along, _, slice_ in atoms.slices(atom)
    )


def _spread(atoms: Atoms, factors: Sequence[Term]) -> Term:
    """A product as a row of products along its first factor."""
    first, *others = factors
    if isinstance(first, Cat):
        return atoms.row([atoms.product([segment, *others]) for segment in atoms.segments(first)])
    return atoms.as_row(atoms.product(factors))


def choices(found: Segments) -> Iterator[Factors]:
    """The atoms of a dimension for each way to choose a segment in every row."""
    for row in found.rows:
        inner = [[(one,)] if isinstance(one, Atom) else list(choices(one)) for one in row]
        for choice in product(*inner):
            yield tuple(atom for atoms in choice for atom in atoms)


def blocks(atoms: Atoms, dims: Sequence[Term]) -> Iterator[Block]:
    """The parts that a tensor falls into where its dimensions are rows: the atoms of each dimension."""
    yield from product(*(list(choices(segments(atoms, term))) for term in dims))


def settle(trace: Trace) -> None:
    """Let axes have their own lists at single values of a fixed one only where every tensor that has them falls into parts
    along that one, in each of which they are one of these lists."""
    atoms = trace.atoms
    before = -1
    while before != (before := atoms.changes):
        for atom in atoms.sliced():
            known: dict[tuple[Atom, int], Term] = {}
            for along, place, slice_ in atoms.slices(atom):
                atoms.unify(known.setdefault((along, place), slice_), slice_)
        for atom, along in _lists(atoms):
            if not all(_falls_apart(atoms, dims, atom, along) for dims in trace.tensors):
                for other, _, slice_ in atoms.slices(atom):
                    if other == along:
                        atoms.unify(atom, slice_)
        written = {atom for dims in trace.weights for one in blocks(atoms, dims) for factors in one for atom in factors}
        for atom, _ in _lists(atoms):
            if atom in written:
                for _, _, slice_ in atoms.slices(atom):
                    atoms.unify(atom, slice_)


def _lists(atoms: Atoms) -> list[tuple[Atom, Atom]]:
    """Each atom that has lists of its own at values of another one."""
    return list(
        dict.fromkeys(
            (atom, along)
            for atom in atoms.sliced()
            for along, _, slice_ in atoms.slices(atom)
            if atoms.resolved(slice_) != atom
        )
    )


def _falls_apart(atoms: Atoms, dims: Sequence[Term], atom: Atom, along: Atom) -> bool:
    """Whether a tensor that has an atom has the one, too, at whose values this has its own lists."""
    present = {one for term in dims for one in atoms.atoms(term)}
    return atom not in present or along in present


def nested(found: Sequence[Block]) -> dict[Atom, set[Atom]]:
    """For each atom those for whose every value it has a list of its own.

    That is so where each tensor that has it has the other too, and tells by which of its places the list is chosen.
    """
    carried: dict[Atom, set[int]] = {}
    for number, block in enumerate(found):
        for atom in {atom for factors in block for atom in factors}:
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
    return set.intersection(*({atom for factors in found[number] for atom in factors} for number in numbers))


def _paired(block: Block, atom: Atom, other: Atom) -> bool:
    """Whether each place of an atom in a block has one place of another that it goes with."""
    total = sum(factors.count(other) for factors in block)
    return all(
        total == 1 or (factors.count(atom), factors.count(other)) == (1, 1) for factors in block if atom in factors
    )
