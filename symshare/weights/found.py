"""The axes of a module's weights, as its trace shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod

from symshare.weights.atoms import Atoms
from symshare.weights.axes import Axis, Piece, Row, Tensor
from symshare.weights.naming import named
from symshare.weights.occurrences import Segments, blocks, nested, segments, settle
from symshare.weights.terms import Atom, Term
from symshare.weights.values import Trace

__all__ = ["found", "listed_atoms", "row_of"]

NOT_CARRIED = "no weight has it"


def found(trace: Trace) -> tuple[tuple[Axis, ...], tuple[Tensor, ...]]:
    """The axes of a trace's weights, and what is laid out along the dimensions of these."""
    atoms = trace.atoms
    settle(trace)
    own = _seen(trace)
    carried = [
        atom for tensor in own if tensor[1] in ("parameter", "buffer") for atom in listed_atoms(atoms, tensor[2])
    ]
    for _, _, dims in own:
        for atom in listed_atoms(atoms, dims):
            if atom not in carried:
                atoms.fix(atom, NOT_CARRIED)
    settle(trace)
    below = nested([block for dims in trace.tensors for block in blocks(atoms, dims)])
    listed = dict.fromkeys(atom for _, _, dims in own for atom in listed_atoms(atoms, dims))
    groups = _together(atoms, list(listed), below)
    parents = _parents(atoms, groups, below)
    names = named(
        [
            (
                atoms.why_fixed(group[0]),
                [(name, places) for name, _, dims in own if (places := _where(atoms, dims, group))],
            )
            for group in groups
        ]
    )
    axes = tuple(
        Axis(
            names[number],
            prod(map(atoms.size, group)),
            "" if parents[number] < 0 else names[parents[number]],
            atoms.why_fixed(group[0]),
            tuple(map(atoms.size, group)) if len(group) > 1 else (),
        )
        for number, group in enumerate(groups)
    )
    pieces = {
        atom: Piece(names[number], member) for number, group in enumerate(groups) for member, atom in enumerate(group)
    }
    tensors = tuple(
        Tensor(
            name,
            tuple(map(atoms.size, dims)),
            tuple(row_of(segments(atoms, term), pieces.__getitem__) for term in dims),
            kind,
            trace.tied.get(name, ()),
            _labels(trace, name, pieces),
        )
        for name, kind, dims in own
    )
    return axes, tensors


def _seen(trace: Trace) -> list[tuple[str, str, Sequence[Term]]]:
    """Each weight, and each input and output, by its name and kind."""
    kinds: list[tuple[str, str, Sequence[Term]]] = [
        (name, "buffer" if name in trace.buffers else "parameter", dims) for name, dims in trace.parameters.items()
    ]
    kinds += [(f"input {number}", "input", dims) for number, dims in enumerate(trace.inputs) if trace.permuted[0]]
    kinds += [(f"output {number}", "output", dims) for number, dims in enumerate(trace.outputs) if trace.permuted[1]]
    return kinds


def _labels(trace: Trace, name: str, pieces: Mapping[Atom, Piece]) -> str:
    for number, term in trace.labels.items():
        if name == f"input {number}":
            atom = trace.atoms.resolved(term)
            if isinstance(atom, Atom) and atom in pieces:
                return pieces[atom].axis
    return ""


def listed_atoms(atoms: Atoms, dims: Sequence[Term]) -> list[Atom]:
    """The atoms along some dimensions, from left to right."""
    return [atom for term in dims for atom in _atoms(segments(atoms, term))]


def _atoms(found: Segments) -> Iterator[Atom]:
    for row in found.rows:
        for one in row:
            yield from (one,) if isinstance(one, Atom) else _atoms(one)


def _where(atoms: Atoms, dims: Sequence[Term], group: Sequence[Atom]) -> list[int]:
    """The dimensions in which a group of atoms occurs."""
    return [place for place, term in enumerate(dims) if set(group) & set(listed_atoms(atoms, [term]))]


def row_of(found: Segments, piece: Callable[[Atom], Piece]) -> Row:
    """A dimension with what stands for each of its atoms."""
    return Row(
        tuple(tuple(piece(one) if isinstance(one, Atom) else row_of(one, piece) for one in row) for row in found.rows)
    )


def _together(atoms: Atoms, listed: Sequence[Atom], below: Mapping[Atom, set[Atom]]) -> list[tuple[Atom, ...]]:
    """Atoms that every tensor has together are one axis."""
    groups: list[list[Atom]] = []
    for atom in listed:
        for group in groups:
            if not atoms.why_fixed(atom) and all(
                atom in below[other] and other in below[atom] and not atoms.why_fixed(other) for other in group
            ):
                group.append(atom)
                break
        else:
            groups.append([atom])
    return [tuple(group) for group in groups]


def _parents(atoms: Atoms, groups: Sequence[tuple[Atom, ...]], below: Mapping[Atom, set[Atom]]) -> dict[int, int]:
    """The axis that each depends on: of those possible the one that itself depends on most."""
    above = {
        number: {
            other
            for other, two in enumerate(groups)
            if other != number and not atoms.why_fixed(group[0]) and all(b in below[a] for a in group for b in two)
        }
        for number, group in enumerate(groups)
    }
    result: dict[int, int] = {}
    for number in range(len(groups)):
        chains = [other for other in above[number] if above[other] <= above[number]]
        result[number] = max(chains, key=lambda other: (len(above[other]), -other), default=-1)
    return result
