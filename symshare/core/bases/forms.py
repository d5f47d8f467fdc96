"""Forms: terms that differ by the values of latent parents only, as one. A layer has a step for each, and weights for every
choice of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from symshare.core.bases.basis import Basis
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.terms.stacked import members, stacked
from symshare.core.terms.term import Term
from symshare.errors import SymshareError

__all__ = ["check_values", "gathered", "small_stack", "unfolded"]


def gathered(basis: Basis, terms: Sequence[Term]) -> tuple[Basis, tuple[Term, ...]]:
    """A basis on the stacked signature, and its forms of some terms; as they are where no latent axis has dependents.

    A form has weights for every choice of values. Terms of a whole basis miss a value only where they depend on others (on
    short axes, or under a group), so that its weight is one too many.

    Raises SymshareError where terms were chosen and a form has not all its values.

    >>> from symshare.core.bases.derivation import derive
    >>> basis = derive("Lh", 1, depends=["L->h"], sizes={"L": 3})
    >>> len(basis), [str(form) for form in gathered(basis, basis.terms)[1]]
    (15, ['->Lh', 'Lh->Lh', 'Lh->Mi'])
    """
    if not basis.signature.latent_parents or basis.signature.indexed:
        return basis, tuple(terms)
    found: dict[Term, list[Term]] = {}
    for term in terms:
        found.setdefault(stacked(term, ordered=basis.ordered), []).append(term)
    listed = Counter(term.order for term in basis)
    whole = {order for order, number in enumerate(basis.totals or ()) if listed[order] == number}
    for form, own in found.items():
        if form.order not in whole:
            _check_whole(basis, form, own)
    forms = tuple(sorted(found))
    numbers = Counter(form.order for form in forms)
    totals = tuple(numbers[order] if order in whole else -1 for order in range(basis.order + 1))
    return replace(basis, signature=basis.signature.stacked(), terms=forms, totals=totals), forms


def _check_whole(basis: Basis, form: Term, own: Sequence[Term]) -> None:
    """Refuse a form of which some term is left out, other than those that depend on others as they have more indices on a
    list than it has values."""
    signature = basis.signature
    present = set(own)
    for one in members(form, own[0]):
        term = one if basis.ordered or one.constants else one.canonical()
        if term not in present and _is_free(term):
            latents = ", ".join(signature.latent_parents)
            raise SymshareError(
                f"{own[0]} is chosen without {term}, and a layer has weights for every value of {latents}\n"
                f"  name all values at once: symshare.derive(signature.stacked(), {basis.order}).only({str(form)!r})"
            )


def _is_free(term: Term) -> bool:
    """Whether a term has no more different indices on any list than the list has values."""
    signature = term.signature
    lists: dict[tuple[str, int], set[int]] = {}
    tensors = [
        *zip(term.factor_tensors, term.factor_latents, term.factor_indices, strict=True),
        (term.output_tensor, term.output_latents, term.output_indices),
    ]
    for tensor, values, indices in tensors:
        for slot, index in zip(signature.slots_at(tensor, values), indices, strict=True):
            above = indices[slot.parent] if slot.parent >= 0 else slot.parent
            lists.setdefault((slot.axis, above), set()).add(index)
    return all(len(own) <= (signature.size(letter) or len(own)) for (letter, _), own in lists.items())


def small_stack(signature: Signature, order: int) -> Signature:
    """A signature with fewer values of its latent parents, whose terms up to an order have every form.

    One value shows every form, with equal values on all its indices; not so under a group, where exchanges of factors at
    equal values may cancel, and on lists so short that other indices have to be at other values.
    """
    plain = signature.unstacked()
    latent = tuple(pair for pair in plain.sizes if pair[0] in plain.latent_axes)
    enough = witness_sizes(replace(plain, sizes=latent, groups=()), order)
    lists = [pair for pair in plain.sizes if set(plain.ancestors(pair[0])) & set(plain.latent_parents)]
    short = any(size < enough[letter] for letter, size in lists)
    most = order + 1 if plain.groups or short else 1
    fewer = {letter: min(size, most) if letter in plain.latent_parents else size for letter, size in plain.sizes}
    return replace(plain, sizes=tuple(sorted(fewer.items())))


def unfolded(basis: Basis, signature: Signature) -> Basis:
    """The forms of a whole basis (that of `small_stack`) as terms of a stacked signature."""
    found, forms = gathered(basis, basis.terms)
    return replace(found, signature=signature, terms=tuple(replace(form, signature=signature) for form in forms))


def check_values(signature: Signature, what: str) -> None:
    """Raise SymshareError for a stacked signature, whose terms are forms, where terms with values are wanted.

    >>> from symshare.core.notation.reading import signature
    >>> check_values(signature("ab"), "a certificate")
    """
    if signature.indexed:
        raise SymshareError(
            f"{what} is of terms, and those of {str(signature)!r} are forms, one for many values\n"
            "  derive terms: symshare.derive(signature.unstacked(), order)"
        )
