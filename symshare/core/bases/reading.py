"""Reading a term of any group back from its text, its constant tensors among those that its basis is made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import factorial, prod
from typing import TYPE_CHECKING

from symshare.core.groups.family import Diagrams
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.names import beside
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.balance import check_balance
from symshare.core.terms.channels import read_either
from symshare.core.terms.exchanges import Kind, Orbits, numbered
from symshare.core.terms.pieces import indices_of
from symshare.core.terms.reading import Bracket, Written, ambiguous
from symshare.core.terms.stacked import bound
from symshare.core.terms.term import Term, without_brackets
from symshare.errors import NotationError, SymshareError, TooLargeError, plural

if TYPE_CHECKING:
    from symshare.core.terms.constant import Constant

__all__ = ["as_term", "least", "term"]

MOST_EXCHANGES = 50_000


def term(
    signature: Signature | str,
    text: str,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
    factors: Sequence[int] | None = None,
    output: int | None = None,
    ordered: bool = False,
) -> Term:
    """Read a term of a signature with any groups; the inverse of `str(term)`.

    Takes what `symshare.signature` takes, and a text as `derive` prints it, with channels or without: `ab,cb->ac`; offsets on
    cyclic axes, `t,t+2->t`; values picked on latent axes, `a0->a1`; constant tensors in brackets, `ar,as,[rst]->at`, with
    their name where the group has several, `r,[T1 sr]->s`. Such a name is that of the basis with the same factors and output,
    whose constants are made for it again. Where several tensors have as many axes as a piece of the text, its name tells
    (`W:ab->V:ab`), or `factors` and `output` give the numbers from 0, or else the letters, if one choice alone is printed with
    these. The result is the one that derive lists among the exchanges of equal factors, unless `ordered` keeps them as written.

    Raises NotationError where the text is no term, does not commute with the group, or may be several terms, and
    TooLargeError where its constants or the exchanges of its factors are too many.

    >>> term("ar", "ar,as,[rst]->at", axes={"r": "SO(3)"})
    Term('ar,as,[rst]->at')
    >>> term("tH", "t+3->t", axes={"t": "C(4)"})
    Term('tH->t+1H')
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    bare, written = _read(signature, text, factors, output)
    check_balance(text, bare.signature, written)
    bare = replace(bare, signature=signature)
    _check_form(text, bare, written)
    if not signature.groups:
        if written.brackets:
            cure = "constant tensors come with other groups than the symmetric one: leave it out"
            raise NotationError(text, written.brackets[0].position, "has a constant tensor", cure)
        return bare if ordered else bare.canonical()
    kinds: list[Kind] = list(zip(bare.factors, bare.factor_latents, strict=True))
    order = range(len(kinds)) if ordered else sorted(range(len(kinds)), key=kinds.__getitem__)
    kinds = [kinds[place] for place in order]
    exchanged = not ordered and len(set(kinds)) < len(kinds)
    found = numbered(
        *(signature, bare.output, kinds, [bare.factor_indices[place] for place in order], bare.output_indices),
        [*bare.constants, *_constants(text, bare, written.brackets, kinds, exchanged=exchanged)],
        bare.output_latents,
    )
    _check_commutes(text, found, bare, written, exchanged=exchanged)
    return least(found) if exchanged else found


def as_term(
    one: Term | str,
    symmetry: Signature | str | None,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Term:
    """A Term of a symmetry as it is, or the one that a text names, its factors as they are written.

    Raises SymshareError for a text without a symmetry, and for a Term of another one.

    >>> as_term("ab,cb->ab", "abH")
    Term('abH,cbH->abH')
    """
    if symmetry is None:
        raise SymshareError(
            f"{one!r} is not a Term, and has no symmetry beside it\n  write whose term it is: symmetry='ab'"
        )
    signature = as_signature(symmetry, depends=depends, axes=axes, sizes=sizes)
    if not isinstance(one, Term):
        return term(signature, one, ordered=True)
    if one.signature != signature:
        raise SymshareError(
            f"{one} is a term of {str(one.signature)!r}, not of {str(signature)!r} with the options beside it\n"
            "  leave out the symmetry: a Term has its own"
        )
    return one


def _read(signature: Signature, text: str, factors: Sequence[int] | None, output: int | None) -> tuple[Term, Written]:
    """A term with the factors as they are written, without the constant tensors in brackets, and what the text says.

    Of several tensors that a text fits those are taken with which the term would be written with these letters; raises
    NotationError where these are none or more than one.
    """
    shown, found = read_either(signature, text, factors, output, _cyclic(signature))
    listed = [(without_brackets(shown, one), one) for one in found]
    if len(listed) > 1:
        wanted = indices_of(text)
        alike = [pair for pair in listed if pair[0].to_einsum().removeprefix("()") == wanted.removeprefix("()")]
        if len(alike) != 1:
            raise _undecided(text, shown, [one for _, one in alike or listed])
        listed = alike
    return listed[0]


def _check_form(text: str, term: Term, written: Written) -> None:
    """Refuse one index for the values of latent parents that no shared index of their lists makes equal: those of a form are
    free."""
    holders = bound(term) if term.signature.indexed else {}
    first: dict[int, tuple[int, str]] = {}
    tensors = [*zip(term.factor_tensors, term.factor_indices, strict=True), (term.output_tensor, term.output_indices)]
    for place, (tensor, indices) in enumerate(tensors):
        for letter, index in zip(tensor.set_axes, indices, strict=True):
            if letter in tensor.indexed and first.setdefault(index, holders[place, letter]) != holders[place, letter]:
                problem = f"has an index of {letter!r} on lists that share none"
                cure = "a layer has weights for all pairs of values: write another letter, 'Lh->Mi'"
                raise NotationError(text, written.places[index], problem, cure)


def _undecided(text: str, signature: Signature, found: Sequence[Written]) -> NotationError:
    """The error for a text that may be terms of different tensors, at the first place where they differ."""
    left, _, right = text.partition("->")
    pieces = [piece for piece in left.split(",") if piece[:1] != "["]
    for place, piece in enumerate(pieces if found[0].factors else []):
        if len({one.factors[place] for one in found}) > 1:
            position = sum(len(one) + 1 for one in pieces[:place])
            return ambiguous(text, piece, position, signature.inputs, words=signature.words)
    return ambiguous(text, right, len(left) + 2, signature.outputs, words=signature.words)


def _cyclic(signature: Signature) -> tuple[str, ...]:
    """The axes whose slots are tied by offsets."""
    if not signature.groups:
        return ()
    from symshare.core.bases.invariants import diagrams_of

    named = [tuple(pair for pair in signature.groups if pair[0] in block) for block in signature.blocks]
    return tuple(axis for one in named if diagrams_of(one, 1) is Diagrams.OFFSETS for axis, _ in one)


def _constants(
    text: str, bare: Term, brackets: Sequence[Bracket], kinds: Sequence[Kind], *, exchanged: bool
) -> list[tuple[Constant, tuple[int, ...]]]:
    """The constant tensors that the brackets of a text name."""
    from symshare.core.bases.candidates import constants_of

    signature = bare.signature
    found = []
    for bracket in brackets:
        slots = [_first_slot(bare, leg) for leg in bracket.legs]
        legs = tuple(axis for axis, _ in slots)
        block = next((block for block in signature.blocks if set(legs) <= set(block)), None)
        if block is None:
            cure = "the indices of a constant tensor are of axes that move together, under a group that is not S"
            raise NotationError(text, bracket.position, f"has a constant tensor on the axes {beside(legs)!r}", cure)
        listed = constants_of(signature, bare.output, kinds, block, tuple(slots), exchanged=exchanged)
        alike = [one for one in listed if bracket.name in ("", one.name)]
        if len(alike) != 1:
            written = text[bracket.position : text.index("]", bracket.position) + 1]
            names = ", ".join(one.name for one in listed[:8]) + (", .." if len(listed) > 8 else "")
            there = names or "no constant tensor with these indices"
            raise NotationError(
                *(text, bracket.position, f"has {written!r}, where {signature.group(block[0])} has {there}"),
                f"name one: '[{listed[0].name} {written.strip('[]').removeprefix(bracket.name).lstrip()}]'"
                if listed
                else "leave it out",
            )
        found.append((alike[0], bracket.legs))
    return found


def _first_slot(term: Term, index: int) -> tuple[str, bool]:
    """The axis of the first slot of an index, and whether it is on the output."""
    inner = zip(term.factor_tensors, term.factor_indices, strict=True)
    slots = [
        *(
            (number, letter, False)
            for tensor, own in inner
            for number, letter in zip(own, tensor.set_axes, strict=True)
        ),
        *(
            (number, letter, True)
            for number, letter in zip(term.output_indices, term.output_tensor.set_axes, strict=True)
        ),
    ]
    return next((letter, outer) for number, letter, outer in slots if number == index)


def _check_commutes(text: str, term: Term, bare: Term, written: Written, *, exchanged: bool) -> None:
    """Refuse a term that does not commute with the group of some block: each is checked with the axes of the block alone."""
    import numpy as np

    from symshare.core.bases.commuting import broken, commutes_in_floats
    from symshare.core.bases.symmetric import commutes_alone

    signature = term.signature
    kinds = list(zip(term.factors, term.factor_latents, strict=True))
    # tensors made for products of equal factors commute where these are one point, as they are used
    apart = not (exchanged and commutes_alone(signature, term.output, kinds))
    for block in signature.blocks:
        places = [place for place, letter in zip(written.places, _letters(bare), strict=True) if letter in block]
        small = _of_block(term, block)
        sizes = dict(small.signature.sizes)
        if not places:
            continue
        if _exact(small):
            fails = any(broken([small], small.signature, sizes, apart, np.random.default_rng(0)))
        else:
            fails = not commutes_in_floats(small, sizes, apart=apart)
        if fails:
            group = f"{beside(block)}={signature.group(block[0])}"
            raise NotationError(text, places[0], f"does not commute with {group}", "name a term that derive lists")


def _letters(term: Term) -> list[str]:
    """The axis of the first slot of each index."""
    return [_first_slot(term, index)[0] for index in range(len(term.index_axes))]


def _exact(term: Term) -> bool:
    from symshare.core.actions.modular import modular

    try:
        modular(term.signature)
    except SymshareError:
        return False
    return all(constant.exact for constant, _ in term.constants)


def _of_block(term: Term, block: Sequence[str]) -> Term:
    """What a term does on the axes of one block: the invariant tensor that it has there."""
    signature = term.signature

    def stripped(tensor: Tensor) -> Tensor:
        return Tensor(tuple([axis for axis in tensor.axes if axis in block]))

    def kept(tensor: Tensor, indices: Sequence[int]) -> list[int]:
        return [index for letter, index in zip(tensor.set_axes, indices, strict=True) if letter in block]

    small = Signature(
        tuple(map(stripped, signature.inputs)),
        tuple(map(stripped, signature.outputs)),
        sizes=tuple(pair for pair in signature.sizes if pair[0] in block),
        groups=tuple(pair for pair in signature.groups if pair[0] in block),
    )
    inner = [kept(*pair) for pair in zip(term.factor_tensors, term.factor_indices, strict=True)]
    outer = kept(term.output_tensor, term.output_indices)
    own = {*outer, *(index for indices in inner for index in indices)}
    constants = [(one, legs) for one, legs in term.constants if own.issuperset(legs)]
    return numbered(small, term.output, [(number, ()) for number in term.factors], inner, outer, constants)


def least(term: Term) -> Term:
    """The term that derive lists among the exchanges of equal factors."""
    if not term.constants:
        return term.canonical()
    kinds = list(zip(term.factors, term.factor_latents, strict=True))
    number = prod(factorial(kinds.count(kind)) for kind in set(kinds))
    if number > MOST_EXCHANGES:
        raise TooLargeError(
            f"{term} has {plural(number, 'exchange')} of equal factors, over {MOST_EXCHANGES:,}\n"
            "  keep them as they are written: ordered=True"
        )
    return Orbits().least(term)[0]
