"""Permutations with factors: each value of an axis of any length is permuted, and multiplied by a number of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Monomial", "balanced"]


@dataclass(frozen=True, slots=True)
class Monomial:
    """What acts on an axis of any length whose values are permuted and multiplied, each by a factor of its own.

    Its invariant tensors are the set partitions of the slots of which every block is balanced: a slot of the axis weighs 1,
    one of its dual -1, on an output the opposite, and a block weighs 0 modulo `modulus`. It is 2 for signs, and 0 for
    positive scales, where the weight itself is 0: the factors of one value then cancel whatever they are, and a block with
    another weight carries a factor that is not 1 for some element.

    >>> Monomial("B", 2).factor, Monomial("Scaled", 0).factor
    (-1, Fraction(2, 1))
    """

    name: str
    modulus: int

    def __str__(self) -> str:
        return self.name

    def balances(self, weight: int) -> bool:
        """Whether slots of this weight may have one index.

        >>> [Monomial("B", 2).balances(weight) for weight in (0, 1, -2)], Monomial("Scaled", 0).balances(-2)
        ([True, False, True], False)
        """
        return not self.short(weight)

    def short(self, weight: int) -> int:
        """How many slots more an index needs at least whose slots have this weight."""
        return weight % self.modulus if self.modulus else abs(weight)

    @property
    def factor(self) -> int | Fraction:
        """A factor of one value that generates, with permutations, a group that has the same invariants."""
        return -1 if self.modulus else Fraction(2)

    @property
    def orthogonal(self) -> bool:
        """Whether the factors keep the length of vectors."""
        return self.modulus == 2

    @property
    def keeps_ones(self) -> bool:
        """Whether the vector (1, .., 1) stays as it is: factors change it."""
        return False


def balanced(weights: Iterable[int], modulus: int) -> bool:
    """Whether every weight is 0 modulo a number, or 0 where that is 0.

    >>> balanced([2, 0, -4], 2), balanced([2, -2], 0), balanced([5], 1)
    (True, False, True)
    """
    return not any(weight % modulus if modulus else weight for weight in weights)
