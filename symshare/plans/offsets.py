"""Terms of cyclic axes that differ by their offsets only: together they are a circular convolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symshare.core.groups.family import Diagrams
from symshare.core.notation.signature import Signature
from symshare.core.terms.exchanges import exchanges
from symshare.core.terms.offsets import untied
from symshare.core.terms.term import Term

__all__ = ["Family", "families"]


@dataclass(frozen=True, slots=True)
class Family:
    """Terms that differ by their offsets only, all of them: one circular convolution over the cyclic axes."""

    members: tuple[int, ...]
    term: Term
    axes: tuple[str, ...]

    def text(self) -> str:
        """The family as an einsum string with a free offset on each convolved slot.

        >>> from symshare.core.notation.reading import signature
        >>> from symshare.core.terms.term import Term
        >>> one = signature("t", axes={"t": "C(8)"})
        >>> Family((0,), Term(one, 0, (0,), (0,), ((0,),), (), ((),)), ("t",)).text()
        't->t+o, o = 0..7'
        """
        term, names = self.term, self.term.names()
        tensors = [[names[index] for index in own] for own in (*term.factor_indices, term.output_indices)]
        cyclic = {names[term.index_axes.index(axis)]: axis for axis in self.axes}
        taken = {*names, *term.signature.set_axes, *term.signature.latent_axes, *term.signature.duals}
        offsets = iter([letter for letter in "opquvwijklmnabcdefghrstxyz" if letter not in taken])
        used: list[str] = []
        for place, own in enumerate(tensors):
            for name, axis in cyclic.items():
                if name in own and place != next(at for at, one in enumerate(tensors) if name in one):
                    offset = next(offsets)
                    own[own.index(name)] = f"{name}+{offset}"
                    used.append(f"{offset} = 0..{(term.signature.size(axis) or 1) - 1}")
        return ", ".join([term.spelled(tensors), *used])


def families(signature: Signature, terms: Sequence[Term], coefficients: str) -> dict[int, Family]:
    """For each term that belongs to a whole family of offsets, that family; other terms stay as they are, with shifts
    (rolls).

    A family is convolved where every factor and the output have at most one slot on each cyclic axis. Products are
    convolved with coefficients of a chosen rank only, and none is where weights lie along latent axes.
    """
    cyclic = {
        axis: group.size
        for axis, group in signature.groups
        if group.row.diagrams is Diagrams.OFFSETS and group.size > 1
    }
    if not cyclic or signature.indexed:
        return {}
    grouped: dict[Term, list[int]] = {}
    for number, term in enumerate(terms):
        if term.order and term.offsets():
            grouped.setdefault(_canonical(untied(term).term), []).append(number)
    for number, term in enumerate(terms):
        if term.order and not term.offsets() and _canonical(term) in grouped:
            grouped[_canonical(term)].append(number)
    found: dict[int, Family] = {}
    for term, members in grouped.items():
        axes = _convolved(term, cyclic)
        if axes and _whole(terms, term, members, axes, coefficients):
            family = Family(tuple(sorted(members)), term, axes)
            found |= dict.fromkeys(members, family)
    return found


def _canonical(term: Term) -> Term:
    return min(exchanges(term), key=lambda one: one.sort_key)


def _convolved(term: Term, cyclic: Mapping[str, int]) -> tuple[str, ...]:
    """The cyclic axes that more than one tensor of a term has, or none where a tensor has one twice."""
    sides = [tensor.set_axes for tensor in (*term.factor_tensors, term.output_tensor)]
    bases = [[term.signature.base(axis) for axis in axes] for axes in sides]
    if any(axes.count(axis) > 1 for axis in cyclic for axes in bases):
        return ()
    return tuple([axis for axis in cyclic if sum(axis in axes for axes in bases) > 1])


def _whole(terms: Sequence[Term], term: Term, members: Sequence[int], axes: Sequence[str], coefficients: str) -> bool:
    """Whether a family has all its offsets: with all exchanges of factors its members are as many as the offsets are."""
    if term.order > 1 and coefficients != "rank":
        return False
    number = len(exchanges(term))
    sides = [tensor.set_axes for tensor in (*term.factor_tensors, term.output_tensor)]
    for axis in axes:
        slots = sum(axis in map(term.signature.base, side) for side in sides)
        number *= (term.signature.size(axis) or 1) ** (slots - 1)
    return sum(len(exchanges(terms[member])) for member in members) == number
