"""Terms that differ by the values of latent parents only, as one form with an index on each of these axes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from symshare.core.notation.names import is_latent, is_moved
from symshare.core.terms.exchanges import Orbits, numbered
from symshare.core.terms.term import Term

__all__ = ["bound", "members", "stacked"]


def stacked(term: Term, *, ordered: bool = False) -> Term:
    """A term with an index in place of each value of a latent parent, on the stacked signature (`Signature.stacked`).

    Where an index of a dependent axis is shared the value is shared too; other values are free, whatever they are. So the
    terms of one form are those for each choice of values of its indices on latent axes.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("Lh", depends=["L->h"], sizes={"L": 2})
    >>> [str(stacked(Term.from_einsum(one, text))) for text in ("0h->0h", "0h->0i", "1h->0i")]
    ['Lh->Lh', 'Lh->Mi', 'Lh->Mi']
    """
    signature = term.signature
    holders = bound(term)
    tensors = [*zip(term.factor_tensors, term.factor_indices, strict=True), (term.output_tensor, term.output_indices)]
    labels: list[list[object]] = []
    for place, (tensor, indices) in enumerate(tensors):
        left = iter(indices)
        own = [axis for axis in tensor.axes if is_moved(axis) or axis in signature.latent_parents]
        labels.append([next(left) if is_moved(axis) else holders[place, axis] for axis in own])
    picked = [
        tuple(
            value
            for letter, value in zip(signature.sized_latents(tensor), values, strict=True)
            if letter not in signature.latent_parents
        )
        for (tensor, _), values in zip(tensors, (*term.factor_latents, term.output_latents), strict=True)
    ]
    kinds = list(zip(term.factors, picked[:-1], strict=True))
    constants = [(constant, list(legs)) for constant, legs in term.constants]
    made = numbered(signature.stacked(), term.output, kinds, labels[:-1], labels[-1], constants, picked[-1])
    if ordered:
        return made
    return Orbits().least(made)[0] if made.constants else made.canonical()


def bound(term: Term) -> dict[tuple[int, str], tuple[int, str]]:
    """For each latent parent of each tensor (factors first, by place) the first that has its value for sure: they share an
    index of a dependent axis, directly or through others."""
    signature = term.signature
    tensors = [*zip(term.factor_tensors, term.factor_indices, strict=True), (term.output_tensor, term.output_indices)]
    found = {
        (place, letter): (place, letter)
        for place, (tensor, _) in enumerate(tensors)
        for letter in tensor.axes
        if letter in signature.latent_parents
    }
    holder: dict[int, tuple[int, str]] = {}
    for place, (tensor, indices) in enumerate(tensors):
        moved = [(axis, index) for axis, index in zip(tensor.set_axes, indices, strict=True) if is_moved(axis)]
        for axis, index in moved:
            above = signature.parent(axis)
            if (place, above) in found and above is not None:
                first, own = found[holder.setdefault(index, (place, above))], found[place, above]
                found = {one: min(first, own) if root in (first, own) else root for one, root in found.items()}
    return found


def members(form: Term, term: Term) -> Iterator[Term]:
    """Every term of a form, once for each choice of values, on the signature of one of them."""
    signature = term.signature
    axes = form.index_axes
    latent = [index for index, axis in enumerate(axes) if is_latent(axis)]
    for values in product(*(range(signature.size(axes[index]) or 1) for index in latent)):
        value = dict(zip(latent, values, strict=True))
        tensors = [
            *zip(form.factor_tensors, form.factor_indices, strict=True),
            (form.output_tensor, form.output_indices),
        ]
        others = iter([*form.factor_latents, form.output_latents])
        picked, rest = [], []
        for tensor, indices in tensors:
            on, free = dict(zip(tensor.set_axes, indices, strict=False)), iter(next(others))
            sized = [axis for axis in tensor.axes if is_latent(axis) and signature.size(axis) is not None]
            picked.append(tuple(value[on[axis]] if axis in tensor.indexed else next(free) for axis in sized))
            rest.append([i for axis, i in zip(tensor.set_axes, indices, strict=True) if is_moved(axis)])
        kinds = list(zip(form.factors, picked[:-1], strict=True))
        constants = [(constant, list(legs)) for constant, legs in form.constants]
        yield numbered(signature, form.output, kinds, rest[:-1], rest[-1], constants, picked[-1])
