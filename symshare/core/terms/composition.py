"""Putting terms into terms: the product of diagrams."""

from __future__ import annotations

from collections.abc import Sequence

from symshare.core.algebra.polynomial import Powers, powers_of
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["compose", "network_term"]

Tensors = Sequence[tuple[int, Sequence[int]]]
"""Tensors of a diagram: which one, and the index on each of its slots."""


def compose(outer: Term, *inners: Term) -> tuple[Term, Powers]:
    """The term that `outer` makes of the values of `inners`, one per factor, and the sizes that multiply it.

    Slots that meet carry the same index. An index that ends up on no factor and not on the output is a sum of ones: it
    leaves the length of its axis, so the composition is the term times n_a^p for each pair (a, p) that comes back. The
    factors stay in order. (Partition monoids compose so: Halverson and Ram, Partition algebras, 2005.)

    Raises SymshareError where an inner term does not give what the outer one takes.

    >>> from symshare.core.notation.reading import signature
    >>> row = Term.from_einsum(signature("ab"), "ab->ac")
    >>> compose(row, row)
    (Term('ab->ac'), (('b', 1),))
    """
    if [inner.output for inner in inners] != list(outer.factors):
        given = ", ".join(str(inner) for inner in inners)
        raise SymshareError(
            f"{outer} takes inputs {list(outer.factors)}\n  it cannot be applied to {given or 'nothing'}"
        )
    glued = _Glue(len(outer.index_axes))
    starts = []
    for inner, taken in zip(inners, outer.factor_indices, strict=True):
        starts.append(glued.add(len(inner.index_axes)))
        for theirs, ours in zip(inner.output_indices, taken, strict=True):
            glued.join(starts[-1] + theirs, ours)
    factors = [
        (number, [glued.find(start + index) for index in indices])
        for inner, start in zip(inners, starts, strict=True)
        for number, indices in zip(inner.factors, inner.factor_indices, strict=True)
    ]
    output = [glued.find(index) for index in outer.output_indices]
    kept = {index for _, indices in factors for index in indices} | set(output)
    letters = [*outer.index_axes, *(letter for inner in inners for letter in inner.index_axes)]
    lost = [letters[index] for index in range(len(letters)) if glued.find(index) == index and index not in kept]
    return network_term(outer, (outer.output, output), factors), powers_of(lost)


def network_term(like: Term, output: tuple[int, Sequence[int]], factors: Tensors) -> Term:
    """The term with these tensors; indices are any numbers, the factors keep their order."""
    names: dict[int, int] = {}
    for _, indices in (*factors, output):
        for index in indices:
            names.setdefault(index, len(names))
    return Term(
        like.signature,
        output[0],
        tuple([number for number, _ in factors]),
        tuple([names[index] for index in output[1]]),
        tuple([tuple([names[index] for index in indices]) for _, indices in factors]),
        (),
        tuple([()] * len(factors)),
    )


class _Glue:
    """Indices, some of them the same."""

    __slots__ = ("above",)

    def __init__(self, number: int) -> None:
        self.above = list(range(number))

    def add(self, number: int) -> int:
        """Take more indices in, and say where they start."""
        start = len(self.above)
        self.above += range(start, start + number)
        return start

    def find(self, index: int) -> int:
        while self.above[index] != index:
            self.above[index] = self.above[self.above[index]]
            index = self.above[index]
        return index

    def join(self, one: int, other: int) -> None:
        one, other = self.find(one), self.find(other)
        if one != other:
            self.above[max(one, other)] = min(one, other)
