"""The places of an axis in the tensors of a module's graph: along which of their dimensions, and at which entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from symshare.weights.axes import Axis, Piece, Tensor, pieces_of
from symshare.weights.found import listed_atoms, row_of
from symshare.weights.occurrences import segments
from symshare.weights.parts import Part, entered, parts
from symshare.weights.scales import Powers
from symshare.weights.terms import Atom, Term, tightened
from symshare.weights.values import Trace, Value

__all__ = ["Places", "Slot"]

Slot = tuple[Any, int, int]
"""A tensor (the name of a weight, or the number of another), the number of a part of it, and that of an axis of this part."""


class Places:
    """What lies along the dimensions of all tensors of a graph, and one value of each axis, which is the one looked at."""

    def __init__(self, trace: Trace, axes: Sequence[Axis], tensors: Sequence[Tensor]) -> None:
        self._trace = trace
        self.axes = {axis.name: axis for axis in axes}
        self._values = {axis.name: int(torch.randint(axis.size, ())) if axis.size else 0 for axis in axes}
        self._names = {id(dims): name for name, dims in trace.parameters.items() if dims}
        self._pieces: dict[Atom, Piece] = {}
        for tensor in tensors:
            own = listed_atoms(trace.atoms, trace.parameters.get(tensor.name, ()))
            if own:
                self._pieces |= dict(zip(own, pieces_of(tensor.dims), strict=True))
        self._known: dict[Any, tuple[tuple[int, ...], tuple[Part, ...]]] = {}
        for dims in filter(None, trace.parameters.values()):
            self._laid_out(Value(dims))

    def _owner(self, value: Value) -> Any:
        return self._names.get(id(value.dims), id(value))

    def _piece(self, atom: Atom) -> Piece:
        """What stands for an atom: what does in the weights, or an axis of its own that nothing moves."""
        if atom not in self._pieces:
            name = f"atom {atom.number}"
            self.axes[name] = Axis(name, self._trace.atoms.size(atom), fixed="no weight has it")
            self._pieces[atom] = Piece(name)
        return self._pieces[atom]

    def _laid_out(self, value: Value) -> tuple[tuple[int, ...], tuple[Part, ...]]:
        owner = self._owner(value)
        if owner not in self._known:
            atoms = self._trace.atoms
            terms = tuple(tightened(atoms.resolved(term), atoms.new) for term in value.dims)
            self._known[owner] = tuple(map(atoms.size, terms)), tuple(self._of(terms))
        return self._known[owner]

    def _of(self, terms: tuple[Term, ...]) -> Iterator[Part]:
        """The parts of a tensor, apart for each value of a dimension at whose values others have their own lists."""
        atoms = self._trace.atoms
        along = next((place for place, term in enumerate(terms) if self._decides(terms, term)), -1)
        if along < 0:
            rows = tuple(row_of(segments(atoms, term), self._piece) for term in terms)
            yield from parts(Tensor("", tuple(map(atoms.size, terms)), rows), self.axes)
            return
        for value in range(atoms.size(terms[along])):
            rest = tuple(atoms.at(term, terms[along], value) for term in (*terms[:along], *terms[along + 1 :]))
            for part in self._of(rest):
                places = (*part.places[:along], torch.tensor([value]), *part.places[along:])
                yield replace(part, places=places)

    def _decides(self, terms: Sequence[Term], one: Term) -> bool:
        """Whether other dimensions have their own lists at the values of one."""
        atoms = self._trace.atoms
        one = atoms.resolved(one)
        return isinstance(one, Atom) and any(
            along == one and atoms.resolved(slice_) != atom
            for term in terms
            for atom in atoms.atoms(term)
            for along, _, slice_ in atoms.slices(atom)
        )

    def parts(self, value: Value) -> tuple[Part, ...]:
        """The parts that a tensor falls into."""
        return self._laid_out(value)[1]

    def weights(self, axis: str) -> list[Slot]:
        """The places of an axis in all weights."""
        return [slot for dims in self._trace.parameters.values() for slot in self.slots(Value(dims), axis)]

    def slots(self, value: Value, axis: str) -> Iterator[Slot]:
        """The places of an axis in a tensor; constants have none."""
        if value.constant is None and value.dims:
            for number, part in enumerate(self._laid_out(value)[1]):
                for slot, name in enumerate(part.axes):
                    if name == axis:
                        yield self._owner(value), number, slot

    def mask(self, place: Slot) -> torch.Tensor:
        """The entries of a tensor at the value that is looked at, of what its axis depends on too."""
        owner, number, slot = place
        shape, all_parts = self._known[owner]
        part = all_parts[number]
        sizes = [self.axes[name].size for name in part.axes]
        inside = torch.ones(sizes, dtype=torch.bool)
        for one in part.chain(slot):
            at = torch.arange(sizes[one]) == self._values[part.axes[one]]
            inside &= at.reshape([-1 if place == one else 1 for place in range(len(sizes))])
        mask = torch.zeros(shape, dtype=torch.bool)
        entered(part, inside, mask)
        return mask

    def above(self, slot: Slot) -> Slot:
        """The place of what the axis at a place depends on."""
        owner, number, place = slot
        return owner, number, self._known[owner][1][number].parents[place]

    def powers(self, found: Mapping[Slot, int]) -> tuple[tuple[str, Powers], ...]:
        """The powers of weights by their names, for each part along each of its axes."""
        result = []
        for name, dims in self._trace.parameters.items():
            if any(owner == name for owner, _, _ in found):
                own = self._laid_out(Value(dims))[1]
                rows = tuple(
                    tuple(found.get((name, number, slot), 0) for slot in range(len(part.axes)))
                    for number, part in enumerate(own)
                )
                result.append((name, rows))
        return tuple(result)
