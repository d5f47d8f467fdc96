"""How many diagrams of each block an exchange of slots leaves as they are: of a tree of set axes, or under another group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import comb, prod
from typing import TYPE_CHECKING

from symshare.core.counting.partitions import Cycles, Partitions
from symshare.core.notation.forest import Bundle, opposite
from symshare.core.notation.signature import Signature
from symshare.errors import TooLargeError, UnknownCharactersError, amount

if TYPE_CHECKING:
    from symshare.core.groups.characters import Component

__all__ = ["Diagrams", "Solved", "block_components", "diagrams"]

MOST_DEALT = 200_000
"""Ways to deal cycles of factors to the values of a latent axis; those of order 20 take 3.5 s (`count -s Lh -k 20 --depends
'L->h' --size L=12`)."""

Solved = Callable[[tuple[str, ...], tuple[str, ...]], int]
"""The dimension of the equivariant maps from some slots to others, each given by its axis."""


def diagrams(signature: Signature, solved: Solved | None = None) -> dict[str, Diagrams]:
    """For each letter that depends on none, and each latent parent, the diagrams of its block; axes that move together
    share theirs.

    Raises UnknownCharactersError for a group whose characters are not known, unless `solved` gives the dimension of its
    invariant tensors.

    >>> from symshare.core.notation.reading import signature
    >>> found = diagrams(signature("abr", depends=["a->b"], axes={"r": "O(3)"}))
    >>> list(found), found["a"].fixed({((0, (("b", (0, ())),)), 1): 2}), found["r"].fixed({("r", 1): 4})
    (['r', 'a'], 3, 3)
    """
    # the other groups first: where these have no invariants, no partitions need to be counted
    found: dict[str, Diagrams] = {}
    axes, sizes, groups = signature.symmetric_axes, dict(signature.sizes), dict(signature.groups)
    moduli = {axis: own.modulus for axis, own in signature.monomial}
    moduli |= {axis: group.row.modulus for axis, group in signature.groups if group.row.partitioned}
    partitions = Partitions({axis: sizes.get(axis) for axis in (*axes, *groups)}, moduli)
    for block in signature.blocks:
        if all(groups[axis].row.partitioned and not groups[axis].tie for axis in block):
            weights = tuple((axis, -1 if groups[axis].of else 1) for axis in block)
            found |= dict.fromkeys(block, _Row(block[0], weights, partitions))
            continue
        parts = _components(signature, block)
        if parts is not None:
            found |= dict.fromkeys(block, _Invariants(parts))
        elif solved is not None:
            found |= dict.fromkeys(block, _Solved(solved))
        else:
            raise _unknown(signature, block)
    axes = tuple(sorted(axes, key=lambda axis: signature.modulus(axis) == 1))
    found |= {axis: _Tree(axis, partitions) for axis in axes if signature.parent(axis) is None}
    return found | {axis: _Lists(sizes[axis], partitions) for axis in signature.latent_parents}


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """A set axis with all that depends on it: its diagrams are nested set partitions."""

    letter: str
    partitions: Partitions

    def cycle(self, letter: str, bundle: Bundle, length: int) -> tuple[Bundle, int]:
        """What counts of a cycle of slots: what hangs on each, and the length; it is given negative on inputs."""
        return bundle if length < 0 or not self.partitions.moduli else opposite(bundle), abs(length)

    def fixed(self, cycles: Mapping[tuple[Bundle, int], int], value: int = -1) -> int:
        """The number of diagrams on some slots that a permutation of them leaves as they are; how many cycles of each kind."""
        return self.partitions.number(self.letter, cycles)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Axes of fixed length that move together, an axis and its duals: their diagrams are set partitions too."""

    letter: str
    weights: tuple[tuple[str, int], ...]
    partitions: Partitions

    def cycle(self, letter: str, bundle: Bundle, length: int) -> tuple[Bundle, int]:
        """What counts of a cycle of slots: what they weigh, and the length; it is given negative on inputs."""
        weight = dict(self.weights)[letter]
        return (weight if length < 0 else -weight, ()), abs(length)

    def fixed(self, cycles: Mapping[tuple[Bundle, int], int], value: int = -1) -> int:
        """The number of diagrams on some slots that a permutation of them leaves as they are; how many cycles of each kind."""
        return self.partitions.number(self.letter, cycles)


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """A latent axis with all that depends on it: slots are dealt to its values, and each value has diagrams of its own."""

    size: int
    partitions: Partitions
    known: dict[Cycles, int] = field(default_factory=dict)
    inside: dict[Cycles, int] = field(default_factory=dict)
    dealt: list[int] = field(default_factory=lambda: [0])

    def cycle(self, letter: str, bundle: Bundle, length: int) -> tuple[Bundle, int]:
        """What counts of a cycle of slots: what hangs on each, and the length; it is given negative on inputs."""
        return bundle if length < 0 or not self.partitions.moduli else opposite(bundle), abs(length)

    def fixed(self, cycles: Mapping[tuple[Bundle, int], int], value: int = -1) -> int:
        """The number of diagrams on some slots that a permutation of them leaves as they are: a cycle has one value, which may
        be given."""
        if value >= 0:
            return self.partitions.inside(tuple(cycles.items()))
        return self._number(tuple(sorted(cycles.items())))

    def _number(self, cycles: Cycles) -> int:
        """The diagrams of cycles that are dealt to the values in every way.

        Their exponential generating function is a power h = f^n of that of a single value, so h' f = n f' h, which gives each
        coefficient from those of fewer cycles.
        """
        if not cycles:
            return 1
        if cycles not in self.known:
            kinds = [kind for kind, _ in cycles]
            fewer = [cycles[0][1] - 1, *(many for _, many in cycles[1:])]
            self._charge(prod(many + 1 for many in fewer))
            rows = [[comb(many, taken) for taken in range(many + 1)] for many in fewer]
            total = 0
            for take in product(*(range(many + 1) for many in fewer)):
                left = [many - taken for many, taken in zip(fewer, take, strict=True)]
                first, rest = self._one(_kept(kinds, (take[0] + 1, *take[1:]))), self._number(_kept(kinds, left))
                more = self.size * first * rest
                if any(take):
                    left[0] += 1
                    more -= self._one(_kept(kinds, take)) * self._number(_kept(kinds, left))
                total += more * prod(row[taken] for row, taken in zip(rows, take, strict=True))
            self.known[cycles] = total
        return self.known[cycles]

    def _one(self, cycles: Cycles) -> int:
        """The diagrams of cycles that all have one value."""
        if cycles not in self.inside:
            self.inside[cycles] = self.partitions.inside(cycles)
        return self.inside[cycles]

    def _charge(self, number: int) -> None:
        self.dealt[0] += number
        if self.dealt[0] > MOST_DEALT:
            raise TooLargeError(
                f"cycles of factors are dealt to {self.size:,} values in {amount(self.dealt[0])} ways, over {MOST_DEALT:,}\n"
                "  ask for a lower order"
            )


def _kept(kinds: Sequence[tuple[Bundle, int]], numbers: Sequence[int]) -> Cycles:
    """Cycles of these kinds in these numbers, without those of which there are none."""
    return tuple([pair for pair in zip(kinds, numbers, strict=True) if pair[1]])


@dataclass(frozen=True, slots=True, eq=False)
class _Invariants:
    """Axes that move together under another group: its invariant tensors stand for diagrams."""

    parts: tuple[Component, ...]
    known: dict[tuple[tuple[tuple[str, int], int], ...], int] = field(default_factory=dict)

    def cycle(self, letter: str, bundle: Bundle, length: int) -> tuple[str, int]:
        """What counts of a cycle of slots: the letter, and the length, negative on inputs."""
        return letter, length

    def fixed(self, cycles: Mapping[tuple[str, int], int], value: int = -1) -> int:
        """The trace of a permutation of the slots on the equivariant maps; how many cycles of each kind."""
        key = tuple(sorted(cycles.items()))
        if key not in self.known:
            from symshare.core.groups.characters import mean

            self.known[key] = mean(self.parts, cycles)
        return self.known[key]


@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """Axes that move together under a group whose characters are not known: the dimension of its invariants is asked for,
    where no factors are exchanged."""

    dimension: Solved
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = field(default_factory=dict)

    def cycle(self, letter: str, bundle: Bundle, length: int) -> tuple[str, int]:
        """What counts of a cycle of slots: the letter, and the length, negative on inputs."""
        return letter, length

    def fixed(self, cycles: Mapping[tuple[str, int], int], value: int = -1) -> int:
        """The dimension of the equivariant maps from the slots of the inputs to those of the outputs."""
        listed = sorted(cycles.items())
        inner, outer = (
            tuple([one for (one, length), many in listed if length == way for _ in range(many)]) for way in (-1, 1)
        )
        key = inner, outer
        if key not in self.known:
            self.known[key] = self.dimension(*key)
        return self.known[key]


Diagrams = _Tree | _Row | _Lists | _Invariants | _Solved


def block_components(signature: Signature) -> dict[tuple[str, ...], tuple[Component, ...]]:
    """For each block of a signature the parts of its group; UnknownCharactersError where they are not known."""
    found = {}
    for block in signature.blocks:
        parts = _components(signature, block)
        if parts is None:
            raise _unknown(signature, block)
        found[block] = parts
    return found


def _components(signature: Signature, block: Sequence[str]) -> tuple[Component, ...] | None:
    from symshare.core.groups.characters import components  # set axes need none

    groups = dict(signature.groups)
    return components(tuple((letter, groups[letter]) for letter in block))


def _unknown(signature: Signature, block: Sequence[str]) -> UnknownCharactersError:
    named = ", ".join(f"{letter}={signature.group(letter)}" for letter in block)
    return UnknownCharactersError(
        f"the count of {signature} is not known from characters, for the group of {named}\n"
        "  the null space gives it: symshare solve, or symshare.solve(symshare.taylor(..))"
    )
