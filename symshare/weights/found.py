"""The axes of a module's weights, as its trace shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import factorial, prod

from symshare.weights.atoms import Atom, Atoms
from symshare.weights.occurrences import Block, blocks, nested, settle
from symshare.weights.values import Trace

__all__ = ["Axis", "Found", "Part", "found_axes"]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a module's weights: a permuted one, or one that is fixed, with the reason.

    `parent` is the number of the axis for whose every value it has a list of its own, -1 where there is none.
    """

    size: int
    parent: int = -1
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a parameter or buffer: where it starts, how long it is, and what is laid out along its dimensions.

    `layout` has the lengths that its dimensions fall into, `order` brings those that make an axis together, and `axes`
    numbers the axes of the result, each so many of the lengths as `joined` says.
    """

    name: str
    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    layout: tuple[int, ...]
    order: tuple[int, ...]
    joined: tuple[int, ...]
    axes: tuple[int, ...]
    parents: tuple[int, ...]
    """For each axis the number of that slot of the part that it depends on, -1 where there is none."""


@dataclass(frozen=True, slots=True)
class Found:
    """All axes, and the parts of all parameters and buffers."""

    axes: tuple[Axis, ...]
    parts: tuple[Part, ...]

    @property
    def order(self) -> int:
        """The number of permutations."""
        return prod(
            factorial(axis.size) ** prod(self.axes[above].size for above in self.above(number))
            for number, axis in enumerate(self.axes)
            if not axis.fixed
        )

    def above(self, number: int) -> tuple[int, ...]:
        """All that an axis depends on, the root first."""
        parent = self.axes[number].parent
        return () if parent < 0 else (*self.above(parent), parent)


def found_axes(trace: Trace) -> Found:
    """The axes of a trace's parameters."""
    atoms = trace.atoms
    settle(trace)
    everything = [block for dims in trace.tensors for block in blocks(atoms, dims)]
    below = nested(everything)
    own = {name: list(blocks(atoms, dims)) for name, dims in trace.parameters.items()}
    listed = [
        atom for parts in own.values() for part in parts for factors in part.dims for atom in factors
    ]
    atoms_in_order = list(dict.fromkeys(listed))
    groups = _together(atoms, atoms_in_order, below)
    number_of = {atom: number for number, group in enumerate(groups) for atom in group}
    parents = _parents(atoms, groups, below)
    axes = tuple(
        Axis(prod(map(atoms.size, group)), parents[number], atoms.why_fixed(group[0]))
        for number, group in enumerate(groups)
    )
    parts = tuple(
        _part(name, block, groups, number_of, axes, atoms) for name, found in own.items() for block in found
    )
    return Found(axes, parts)


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


def _parents(
    atoms: Atoms, groups: Sequence[tuple[Atom, ...]], below: Mapping[Atom, set[Atom]]
) -> dict[int, int]:
    """The axis that each depends on: of those possible the one that itself depends on most."""
    above = {
        number: {
            other
            for other, two in enumerate(groups)
            if other != number and not atoms.why_fixed(group[0]) and all(b in below[a] for a in group for b in two)
        }
        for number, group in enumerate(groups)
    }
    found: dict[int, int] = {}
    for number in range(len(groups)):
        chains = [other for other in above[number] if above[other] <= above[number]]
        found[number] = max(chains, key=lambda other: (len(above[other]), -other), default=-1)
    return found


def _part(
    name: str,
    block: Block,
    groups: Sequence[tuple[Atom, ...]],
    number_of: Mapping[Atom, int],
    axes: Sequence[Axis],
    atoms: Atoms,
) -> Part:
    flat = [(dim, atom) for dim, factors in enumerate(block.dims) for atom in factors]
    slots: list[list[int]] = []
    numbers: list[int] = []
    used: set[int] = set()
    for place, (dim, atom) in enumerate(flat):
        if place in used:
            continue
        group = groups[number_of[atom]]
        members = [place]
        if len(group) > 1:
            free = [other for other in range(len(flat)) if other not in used]
            members = [
                next((one for one in free if flat[one] == (dim, wanted)), None)
                or next(one for one in free if flat[one][1] == wanted)
                for wanted in group
            ]
        used |= set(members)
        slots.append(members)
        numbers.append(number_of[atom])
    homes = [{flat[place][0] for place in members} for members in slots]
    parents = tuple(_parent_slot(slot, numbers, homes, axes) for slot in range(len(slots)))
    return Part(
        name,
        block.starts,
        block.sizes,
        tuple(atoms.size(atom) for _, atom in flat),
        tuple(place for members in slots for place in members),
        tuple(map(len, slots)),
        tuple(numbers),
        parents,
    )


def _parent_slot(slot: int, numbers: Sequence[int], homes: Sequence[set[int]], axes: Sequence[Axis]) -> int:
    parent = axes[numbers[slot]].parent
    if parent < 0:
        return -1
    holders = [place for place, number in enumerate(numbers) if number == parent]
    near = [place for place in holders if homes[place] & homes[slot]]
    return (near or holders)[0]
