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
    letters: str

    def text(self) -> str:
        """The family as an einsum string with a free offset on each convolved slot.

        >>> from symshare.core.notation.reading import signature
        >>> from symshare.core.terms.term import Term
        >>> one = signature("t", axes={"t": "C(8)"})
        >>> Family((0,), Term(one, 0, (0,), (0,), ((0,),), (), ((),)), "t").text()
        't->t+o, o = 0..7'
        """
        term = self.term
        left, right = term.to_einsum().split("->")
        pieces = left.split(",")
        names = {letter: term.names()[term.index_letters.index(letter)] for letter in self.letters}
        taken = {letter for axes in (left, right) for letter in axes}
        offsets = iter([letter for letter in "opquvwijklmnabcdefghrstxyz" if letter not in taken])
        shown = []
        used: list[str] = []
        last = len(pieces) if any(name in right for name in names.values()) else len(pieces) - 1
        for place, piece in enumerate([*pieces, right]):
            moved = piece
            for letter, name in names.items() if piece[:1] != "[" else ():
                first = next(at for at, one in enumerate([*pieces, right]) if name in one and one[:1] != "[")
                if name in piece and place != first and place <= last:
                    offset = next(offsets)
                    moved = moved.replace(name, f"{name}+{offset}")
                    used.append(f"{offset} = 0..{(term.signature.size(letter) or 1) - 1}")
            shown.append(moved)
        return ", ".join([",".join(shown[:-1]) + "->" + shown[-1], *used])


def families(signature: Signature, terms: Sequence[Term], coefficients: str) -> dict[int, Family]:
    """For each term that belongs to a whole family of offsets, that family; other terms stay as they are, with shifts
    (rolls).

    A family is convolved where every factor and the output have at most one slot on each cyclic axis. Products are
    convolved with coefficients of a chosen rank only, and none is where weights lie along latent axes.
    """
    cyclic = {
        letter: group.size
        for letter, group in signature.groups
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
        letters = _convolved(term, cyclic)
        if letters and _whole(terms, term, members, letters, coefficients):
            family = Family(tuple(sorted(members)), term, letters)
            found |= dict.fromkeys(members, family)
    return found


def _canonical(term: Term) -> Term:
    return min(exchanges(term), key=lambda one: one.sort_key)


def _convolved(term: Term, cyclic: Mapping[str, int]) -> str:
    """The cyclic letters that more than one tensor of a term has, or none where a tensor has one twice."""
    sides = [tensor.set_axes for tensor in (*term.factor_tensors, term.output_tensor)]
    bases = [[term.signature.base(letter) for letter in axes] for axes in sides]
    if any(axes.count(letter) > 1 for letter in cyclic for axes in bases):
        return ""
    return "".join(letter for letter in cyclic if sum(letter in axes for axes in bases) > 1)


def _whole(terms: Sequence[Term], term: Term, members: Sequence[int], letters: str, coefficients: str) -> bool:
    """Whether a family has all its offsets: with all exchanges of factors its members are as many as the offsets are."""
    if term.order > 1 and coefficients != "rank":
        return False
    number = len(exchanges(term))
    sides = [tensor.set_axes for tensor in (*term.factor_tensors, term.output_tensor)]
    for letter in letters:
        slots = sum(letter in map(term.signature.base, axes) for axes in sides)
        number *= (term.signature.size(letter) or 1) ** (slots - 1)
    return sum(len(exchanges(terms[member])) for member in members) == number
