"""A row of the table of groups: all that is known of the groups of one name, in small values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symshare.core.algebra.matrices import Matrix
    from symshare.core.groups.spectra import Part

__all__ = ["Diagrams", "Family", "Form", "Numbers", "no_numbers", "nothing", "one_number", "two_numbers"]

Numbers = tuple[int, ...]
"""What stands in the brackets of a group's name."""


class Diagrams(Enum):
    """The kinds of spanning invariants that a family has on some slots of an axis."""

    PARTITIONS = "set partitions of the slots, of whose blocks the weights are balanced"
    OFFSETS = "distances between the slots"
    MATCHINGS = "perfect matchings of the slots by a bilinear form"
    DUAL_MATCHINGS = "matchings of slots with dual slots"
    PLACES = "the places of the tensor, one by one"
    POWERS = "real and imaginary parts of products of z = x + iy and its conjugate"
    REAL_POWERS = "real parts of such products"
    EQUATIONS = "a null space of the equations of the generators"

    @property
    def written_out(self) -> bool:
        """Whether each invariant is written out as a constant tensor, for want of diagrams."""
        return self in (Diagrams.POWERS, Diagrams.REAL_POWERS, Diagrams.EQUATIONS)


@dataclass(frozen=True, slots=True)
class Form:
    """An invariant bilinear form other than the plain scalar product; `sign` is -1 where it is antisymmetric."""

    name: str
    meaning: str
    matrix: Matrix
    sign: int


def one_number(numbers: Numbers) -> bool:
    """Whether there is one number, from 1 up."""
    return len(numbers) == 1 and numbers[0] > 0


def two_numbers(numbers: Numbers) -> bool:
    """Whether there are two numbers, from 1 up."""
    return len(numbers) == 2 and min(numbers) > 0


def no_numbers(numbers: Numbers) -> bool:
    """Whether there are no numbers."""
    return not numbers


def nothing(*numbers: int) -> Sequence[Matrix]:
    """No generators."""
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The groups of one name, a row of `symshare.core.groups.families`. A new group is a new row, and nothing else.

    Written: `name`, also `also`, with `arguments` in its brackets (each way to write them); which numbers are `allowed`, and
    what they mean, for an error; `acts` says in words what the group does, for a table. `length` is that of the axis.
    Without brackets the numbers follow from the axis' size by `of_size` where it fits, and are `alone` without a size;
    None: there must be a size.

    Made: `elements` generate it, with `algebra`, elements of its Lie algebra.

    Counted: `order` of a finite group, where a formula knows it; `classes` are its parts for means of characters, None where
    they are too many or not known (then the group is closed, if it is finite).

    Invariants: `diagrams` span them on so many slots as are `enough`, by the bilinear `form` (None: the scalar product),
    `levi_civita` tells whether that tensor is needed too. Of set partitions those count whose every block weighs 0 modulo
    `modulus` (see `symshare.core.groups.monomial`). Exchanges of slots permute the diagrams, without signs or relations,
    where `permuted`. `sets`: it is what acts on an axis that is given no group. `any_length`: named alone it acts on lists
    of every length. `complexification` names the group over the complex numbers of one that acts on C^d. `whole_turn`: the
    first generator turns the plane by a whole turn over this number, so that it has an image modulo a prime although it may
    have floats.

    All functions take the numbers one by one, `enough` and `permuted` after the number of slots.
    """

    name: str
    arguments: tuple[str, ...]
    acts: str
    elements: Callable[..., Sequence[Matrix]] = nothing
    algebra: Callable[..., Sequence[Matrix]] = nothing
    also: tuple[str, ...] = ()
    allowed: Callable[[Numbers], bool] = one_number
    meaning: str = "a size"
    length: Callable[..., int] = lambda size: size
    of_size: Callable[[int], Numbers] = lambda size: (size,)
    alone: Numbers | None = None
    order: Callable[..., int] | None = None
    classes: Callable[..., list[Part] | None] = lambda *numbers: None
    diagrams: Diagrams = Diagrams.EQUATIONS
    enough: Callable[..., bool] = lambda slots, *numbers: True
    form: Callable[..., Form | None] = lambda *numbers: None
    levi_civita: bool = False
    permuted: Callable[..., bool] = lambda slots, *numbers: False
    modulus: int = 1
    sets: bool = False
    any_length: bool = False
    complexification: str = ""
    whole_turn: Callable[..., int] = lambda *numbers: 0

    @property
    def partitioned(self) -> bool:
        """Whether balanced set partitions span the invariants on any number of slots."""
        return self.diagrams is Diagrams.PARTITIONS and (self.sets or self.any_length)

    @property
    def written(self) -> tuple[str, ...]:
        """Every way to write a group of the family.

        >>> from symshare.core.groups.families import FAMILIES
        >>> FAMILIES["O"].written, FAMILIES["Z"].written, FAMILIES["B"].written
        (('O(d)', 'O(p,q)'), ('C(n)', 'Z(n)'), ('B', 'B(n)'))
        """
        bare = (self.name,) if self.alone is not None or self.any_length else ()
        return bare + tuple(f"{name}({own})" for name in (self.name, *self.also) for own in self.arguments)

    def text(self, numbers: Numbers) -> str:
        """The name of one group.

        >>> from symshare.core.groups.families import FAMILIES
        >>> FAMILIES["O"].text((1, 3)), FAMILIES["Lorentz"].text((1, 3))
        ('O(1,3)', 'Lorentz')
        """
        return self.name if numbers == self.alone else f"{self.name}({','.join(map(str, numbers))})"
