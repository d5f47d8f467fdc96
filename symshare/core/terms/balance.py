"""Which diagrams axes with factors of their values allow: those on whose every index the slots balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from symshare.core.notation.forest import Slot
from symshare.core.notation.signature import Signature
from symshare.core.terms.canonical import Diagram
from symshare.errors import NotationError

if TYPE_CHECKING:
    from symshare.core.terms.reading import Written

__all__ = ["Balance", "balance", "check_balance", "imbalance"]

Layout = tuple[Slot, ...]


class Balance:
    """The weights of slots of an output and of kinds of factors, and how much of them further factors can make up for.

    A slot of an axis with factors weighs 1, one of its dual -1, on the output the opposite (see
    `symshare.core.groups.monomial`).
    """

    def __init__(self, signature: Signature, outer: Layout, layouts: Sequence[Layout]) -> None:
        self.outer = [(slot.axis, -slot.weight) for slot in outer]
        self.layouts = [[(slot.axis, slot.weight) for slot in layout] for layout in layouts]
        self.rules = signature.monomial
        self.most: list[dict[str, int]] = [{axis: 0 for axis, _ in self.rules}]
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
        return all(
            sum(rule.short(weight) for (letter, _), weight in weights.items() if letter == axis) <= left * most[axis]
            for axis, rule in self.rules
        )


def balance(signature: Signature, outer: Layout, layouts: Sequence[Layout]) -> Balance | None:
    """What the axes with factors of a signature allow; None where it has none."""
    return Balance(signature, outer, layouts) if signature.monomial else None


def imbalance(signature: Signature, placed: Iterable[tuple[int, Slot, int]]) -> tuple[int, str] | None:
    """The first index whose slots do not balance, and its axis; None where all do. Each slot has its index, and before it -1 if
    it is on the output, else 1.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("b,b->", axes={"b": "Scaled"})
    >>> (slot,) = one.slots(one.inputs[0])
    >>> imbalance(one, [(1, slot, 0), (1, slot, 0)]), imbalance(one, [(1, slot, 0), (-1, slot, 0)])
    ((0, 'b'), None)
    """
    weights: dict[tuple[int, str], int] = {}
    for side, slot, index in placed:
        weights[index, slot.axis] = weights.get((index, slot.axis), 0) + side * slot.weight
    rules = dict(signature.monomial)
    return next((key for key, own in weights.items() if key[1] in rules and not rules[key[1]].balances(own)), None)


def check_balance(text: str, signature: Signature, written: Written) -> None:
    """Raise NotationError where the slots of what a text says do not balance on some index, at its first place."""
    if not signature.monomial:
        return
    outer = signature.slots_at(signature.outputs[written.output], written.output_latents)
    placed = [(-1, *own) for own in zip(outer, written.output_indices, strict=True)]
    for number, latents, indices in zip(written.factors, written.factor_latents, written.factor_indices, strict=True):
        inner = signature.slots_at(signature.inputs[number], latents)
        placed += [(1, *own) for own in zip(inner, indices, strict=True)]
    found = imbalance(signature, placed)
    if found is not None:
        index, axis = found
        cure = f"an index is on {axis} and its duals an even number of times"
        if not signature.modulus(axis):
            cure = f"an index is on {axis} as often as on its dual; on the output each counts as the other"
        problem = f"does not commute with {axis}={signature.named_groups[axis]}"
        raise NotationError(text, written.places[index], problem, cure)
