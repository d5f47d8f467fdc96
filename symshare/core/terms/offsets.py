"""Terms of cyclic axes without their offset tensors: one index for all at fixed distances of each other, and rolls of whole
tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symshare.core.terms.term import Term

__all__ = ["Untied", "untied"]


@dataclass(frozen=True, slots=True)
class Untied:
    """A term without its offset tensors, and how far each slot of each factor and of the output is from its index."""

    term: Term
    inner: tuple[tuple[int, ...], ...]
    outer: tuple[int, ...]


def untied(term: Term) -> Untied:
    """A term in which indices at fixed distances of each other are one index, and these distances for each slot.

    A factor is to be rolled by minus its distances first, the output by its distances last.

    >>> from symshare.core.bases.under_groups import terms_under_groups
    >>> from symshare.core.notation.reading import signature
    >>> found, _ = terms_under_groups(signature("t->", axes={"t": "C(4)"}), 2)
    >>> [(str(one.term), one.inner) for one in map(untied, found)]
    [('t,t->', ((0,), (0,))), ('t,t->', ((0,), (1,))), ('t,t->', ((0,), (2,)))]
    """
    tied = term.offsets()
    first = {index: tied[index][0] if index in tied else index for index in range(len(term.index_axes))}
    numbers: dict[int, int] = {}
    for indices in (*term.factor_indices, term.output_indices):
        for index in indices:
            numbers.setdefault(first[index], len(numbers))

    def moved(indices: Sequence[int]) -> tuple[int, ...]:
        return tuple(numbers[first[index]] for index in indices)

    def distances(indices: Sequence[int]) -> tuple[int, ...]:
        return tuple(tied[index][1] if index in tied else 0 for index in indices)

    plain = replace(
        term,
        output_indices=moved(term.output_indices),
        factor_indices=tuple(map(moved, term.factor_indices)),
        constants=tuple((one, moved(indices)) for one, indices in term.constants if not one.offsets),
    )
    return Untied(plain, tuple(map(distances, term.factor_indices)), distances(term.output_indices))
