"""Which diagrams axes with factors of their values allow: those on whose every index the slots balance."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.core.groups.monomial import balanced
from symshare.core.notation.forest import Slot
from symshare.core.notation.signature import Signature
from symshare.core.terms.canonical import Diagram

__all__ = ["Balance", "balance", "unbalanced"]

Layout = tuple[Slot, ...]


class Balance:
    """The weights of slots of an output and of kinds of factors, and how much of them further factors can make up for.

    A slot of an axis with factors weighs 1, one of its dual -1, on the output the opposite (see
    `symshare.core.groups.monomial`).
    """

    def __init__(self, signature: Signature, outer: Layout, layouts: Sequence[Layout]) -> None:
        self.outer = [(slot.axis, -slot.weight) for slot in outer]
        self.layouts = [[(slot.axis, slot.weight) for slot in layout] for layout in layouts]
        self.moduli = {axis: own.modulus for axis, own in signature.monomial}
        self.most: list[dict[str, int]] = [dict.fromkeys(self.moduli, 0)]
        for layout in reversed(self.layouts):
            most = {axis: max(many, [own for own, _ in layout].count(axis)) for axis, many in self.most[0].items()}
            self.most.insert(0, most)

    def allows(self, diagram: Diagram, left: int = 0, first: int = 0) -> bool:
        """Whether every index balances, or may do so with so many factors more, of the `first` kind or later ones.

        >>> from symshare.core.notation.reading import signature
        >>> one = signature("b->b", axes={"b": "Scaled"})
        >>> slots = one.slots(one.inputs[0])
        >>> rule = Balance(one, slots, [slots])
        >>> rule.allows(((0,), ((0, (0,)),))), rule.allows(((0,), ((0, (1,)),))), rule.allows(((0,), ()), 1)
        (True, False, True)
        """
        output, factors = diagram
        weights: dict[tuple[str, int], int] = {}
        for (axis, weight), node in zip(self.outer, output, strict=True):
            weights[axis, node] = weights.get((axis, node), 0) + weight
        for kind, nodes in factors:
            for (axis, weight), node in zip(self.layouts[kind], nodes, strict=True):
                weights[axis, node] = weights.get((axis, node), 0) + weight
        most = self.most[first]
        for axis, modulus in self.moduli.items():
            own = [weight for (letter, _), weight in weights.items() if letter == axis]
            if not left:
                if not balanced(own, modulus):
                    return False
            elif sum(weight % modulus if modulus else abs(weight) for weight in own) > left * most[axis]:
                return False
        return True


def balance(signature: Signature, outer: Layout, layouts: Sequence[Layout]) -> Balance | None:
    """What the axes with factors of a signature allow; None where it has none."""
    return Balance(signature, outer, layouts) if signature.monomial else None


def unbalanced(
    signature: Signature, outer: tuple[Layout, Sequence[int]], factors: Sequence[tuple[Layout, Sequence[int]]]
) -> tuple[int, str] | None:
    """An index whose slots do not balance, with its axis; None where all do.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("b,b->", axes={"b": "Scaled"})
    >>> unbalanced(one, ((), ()), [(one.slots(one.inputs[0]), (0,))] * 2)
    (0, 'b')
    """
    weights: dict[tuple[int, str], int] = {}
    for side, (layout, indices) in ((-1, outer), *((1, factor) for factor in factors)):
        for slot, index in zip(layout, indices, strict=True):
            weights[index, slot.axis] = weights.get((index, slot.axis), 0) + side * slot.weight
    return next((key for key, own in weights.items() if not balanced([own], signature.modulus(key[1]))), None)
