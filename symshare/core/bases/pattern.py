"""The sharing pattern of a linear map: which entries of its matrix carry the same coefficient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

import numpy as np

from symshare.core.algebra.arrays import Array
from symshare.core.equations.ansatz import taylor
from symshare.core.equations.solution import solve
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature as as_signature
from symshare.core.notation.signature import Signature
from symshare.core.notation.sizes import witness_sizes
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.enumeration import terms
from symshare.core.terms.term import Term
from symshare.errors import SymshareError, TooLargeError, amount

__all__ = ["pattern_terms", "sharing_pattern"]

MOST_ENTRIES = 20_000_000
"""Entries of a pattern, eight bytes each; 19 million take 0.7 s and 0.2 GiB (`sharing_pattern("aa", sizes={"a": 66})`)."""


def sharing_pattern(
    signature: Signature | str,
    *,
    depends: Iterable[str] | str = (),
    axes: Mapping[str, str | AxisGroup] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Array:
    """The orbit of each coefficient of the linear map from one input to one output.

    An int array of shape (*output axes, *input axes), latent axes left out; equal numbers mean equal coefficients, numbered
    from 1 in the order of the terms. Axes without a size get the least one at which every orbit exists.

    Under other groups than the symmetric one they are numbered by their first coefficients, negative where the sign changes
    and 0 where they must vanish (`symshare.solve`). They are so too where a latent axis has dependents; then it is an axis
    of the array.

    Raises SymshareError for several inputs or outputs, TooLargeError above twenty million entries.

    >>> sharing_pattern("a", sizes={"a": 3}).tolist()
    [[1, 2, 2], [2, 1, 2], [2, 2, 1]]
    """
    signature = as_signature(signature, depends=depends, axes=axes, sizes=sizes)
    if signature.named_groups or signature.latent_parents:
        return solve(taylor(signature, 1, least=1)).pattern()
    numbered = list(enumerate(pattern_terms(signature), 1))
    lengths = dict(numbered[0][1].signature.sizes)
    outer, inner = numbered[0][1].signature.outputs[0].axes, numbered[0][1].signature.inputs[0].axes
    shape = [lengths[axis] for axis in outer + inner]
    if prod(shape) > MOST_ENTRIES:
        raise TooLargeError(
            f"the pattern has {amount(prod(shape))} entries, over {MOST_ENTRIES:,}\n  give smaller sizes"
        )
    pattern = np.zeros(shape, dtype=np.int64)
    for number, term in sorted(numbered, key=lambda pair: -len(pair[1].index_axes)):
        labels = [*term.output_indices, *term.factor_indices[0]]
        np.einsum(pattern, labels, list(dict.fromkeys(labels)))[...] = number
    return pattern


def pattern_terms(signature: Signature | str) -> tuple[Term, ...]:
    """The terms whose orbits `sharing_pattern` numbers, from 1; their signature has all sizes and no latent axes.

    Raises SymshareError for several inputs or outputs, and where it numbers them otherwise.

    >>> [str(term) for term in pattern_terms("aH")]
    ['a->a', 'a->b']
    """
    signature = as_signature(signature)
    if len(signature.inputs) > 1 or len(signature.outputs) > 1:
        raise SymshareError(
            f"the sharing pattern is drawn for one input and one output; {str(signature)!r} has more\n  name one of each"
        )
    if signature.named_groups or signature.latent_parents:
        raise SymshareError(
            f"the orbits of {str(signature)!r} are not numbered by terms\n"
            "  draw its solution: symshare.show.plot_solution(signature)"
        )
    outer, inner = signature.outputs[0].set_axes, signature.inputs[0].set_axes
    bare = Signature((Tensor(inner),), (Tensor(outer),))
    depends = list(signature.dependencies)
    lengths = {letter: size for letter, size in witness_sizes(signature, 1).items() if letter in signature.set_axes}
    if not outer + inner:
        raise SymshareError(
            f"{str(signature)!r} has no permuted axis, so that no entries share a coefficient\n"
            "  begin the names of permuted axes with a small letter"
        )
    return terms(as_signature(bare, depends=depends, sizes=lengths), 1)
