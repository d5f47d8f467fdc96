"""Whether terms commute with the generators of a group: exactly at random points modulo a prime, or in floating point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from symshare.core.actions.blocks import act, generators
from symshare.core.actions.modular import modular
from symshare.core.algebra.arrays import Array
from symshare.core.algebra.primes import PRIME
from symshare.core.bases.values import points, values
from symshare.core.notation.names import beside
from symshare.core.notation.signature import Signature
from symshare.core.terms.evaluation import evaluate
from symshare.core.terms.term import Term

__all__ = ["broken", "commutes_in_floats", "fits"]

ROUNDING = 1e-7
"""What may be left, of the size of the terms' values, where generators are floats."""


def broken(
    terms: Sequence[Term], signature: Signature, sizes: dict[str, int], ordered: bool, random: np.random.Generator
) -> Iterator[tuple[str, str]]:
    """The terms that do not commute with some generator, with the axes it moves."""
    if not terms:
        return
    # with channels a term may vanish where its factors are taken at one point, whatever it is
    apart = ordered or (bool(signature.groups) and signature.has_channels)
    here = points(signature, sizes, terms[0].order if apart else 1, 2, random)
    elements = list(generators(modular(signature), sizes))
    inputs = [signature.without_channels(tensor) for tensor in signature.inputs]
    moved = [
        [[act(one, tensor, array, PRIME) for tensor, array in zip(inputs, copy, strict=True)] for copy in here]
        for one in elements
    ]
    for term in terms:
        if not fits(term, signature, sizes):
            yield from ((term.to_einsum(), letter) for letter in signature.set_axes)
            continue
        output = signature.without_channels(term.output_tensor)
        value = values(term, here, sizes)
        found = dict.fromkeys(
            beside(one.axes)
            for one, there in zip(elements, moved, strict=True)
            if not np.array_equal(_moved_value(term, here, there, sizes, one.lie), act(one, output, value, PRIME))
        )
        yield from ((term.to_einsum(), axes) for axes in found)


def _moved_value(
    term: Term, here: list[list[Array]], moved: list[list[Array]], sizes: dict[str, int], lie: bool
) -> Array:
    """A term at moved points; for a Lie element its derivative towards them, one factor moved at a time."""
    if not lie:
        return values(term, moved, sizes)
    stays = [here[place % len(here)] for place in range(term.order)]
    total = np.zeros_like(values(term, here, sizes))
    for place in range(term.order):
        at = [*stays[:place], moved[place % len(moved)], *stays[place + 1 :]]
        total = (total + values(term, at, sizes)) % PRIME
    return total


def commutes_in_floats(term: Term, sizes: dict[str, int], *, apart: bool) -> bool:
    """The same for one term without latent axes and generators with floats, at one random point, up to rounding."""
    signature = term.signature
    random = np.random.default_rng(0)
    copies = [
        [random.normal(size=[sizes[letter] for letter in tensor.axes]) for tensor in signature.inputs]
        for _ in range(term.order if apart else 1)
    ]
    here = [copies[place % len(copies)][number] for place, number in enumerate(term.factors)]
    value = evaluate(term, *here, sizes=sizes).astype(float)
    for element in generators(signature, sizes):
        moved = [act(element, tensor, array) for tensor, array in zip(term.factor_tensors, here, strict=True)]
        if element.lie:
            found = np.zeros_like(value)
            for place in range(term.order):
                found = found + evaluate(term, *here[:place], moved[place], *here[place + 1 :], sizes=sizes)
        else:
            found = evaluate(term, *moved, sizes=sizes)
        expected = act(element, term.output_tensor, value)
        if np.abs(found - expected).max(initial=0.0) > ROUNDING * max(1.0, np.abs(value).max(initial=0.0)):
            return False
    return True


def fits(term: Term, signature: Signature, sizes: dict[str, int]) -> bool:
    """Whether a term's slots carry indices of their own axes, and constants fit these, so that it can be evaluated."""
    theirs = term.signature
    if [t.axes for t in theirs] != [t.axes for t in signature] or theirs.latent_axes != signature.latent_axes:
        return False
    axes = [
        (index, axis)
        for tensor, indices in (
            *zip(term.factor_tensors, term.factor_indices, strict=True),
            (term.output_tensor, term.output_indices),
        )
        for index, axis in zip(indices, map(signature.base, tensor.set_axes), strict=True)
    ]
    shapes_fit = all(
        constant.shape == tuple(sizes[dict(axes)[index]] for index in indices) for constant, indices in term.constants
    )
    return shapes_fit and len(set(axes)) == len({index for index, _ in axes})
