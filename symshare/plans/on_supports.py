"""Networks with hidden types that have values on a support: which these are, and which terms they cannot reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

from symshare.core.bases.derivation import derive
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.core.terms.term import Term
from symshare.errors import SymshareError
from symshare.plans.choices import Choices
from symshare.plans.sparse import check_sparse, joined_axes, label, sparse_labels

__all__ = ["hidden_labels", "unreached"]


def hidden_labels(asked: Signature, inner: Signature, sparse: tuple[str, ...]) -> tuple[str, ...]:
    """What the hidden types with values on a support are called, where some tensors of a network have theirs on one.

    Tensors of the same axes share a hidden type, and so a support. Raises SymshareError for what no layer on supports can
    be, and where no hidden type has values on pairs.

    >>> from symshare.core.notation.reading import signature
    >>> asked = signature("edges:aaH,nodes:aH->aH")
    >>> hidden_labels(asked, signature("aa,a"), ("edges",))
    ('aa',)
    """
    known = {one.set_axes for one in (*asked.inputs, *asked.outputs)}
    more = tuple([one for one in inner.inputs if len(one.set_axes) > 1 and one.set_axes not in known])
    check_sparse(replace(asked, inputs=(*asked.inputs, *more)), Choices("pooling", sparse=sparse))
    labels = sparse_labels(replace(asked, inputs=(*asked.inputs, *more)), sparse)
    there = {one.set_axes for one in labels.values()}
    for one in (*asked.inputs, *asked.outputs):
        if one.set_axes in there and label(one) not in labels:
            other = next(name for name, tensor in labels.items() if tensor.set_axes == one.set_axes)
            raise SymshareError(
                f"{label(one)} is dense, and shares hidden values with {other}, which is sparse\n"
                "  make both sparse (--sparse), or neither"
            )
    found = tuple([joined_axes(one) for one in inner.inputs if one.set_axes in there])
    if not found:
        tensor = next(iter(labels.values()))
        missing = [axis for axis in tensor.set_axes if not any(axis in one.axes for one in asked.inputs)]
        cure = f"let it carry some: types=({joined_axes(tensor)!r},), or --types {joined_axes(tensor)}"
        cure = f"give it an input with axis {missing[0]}" if missing else cure
        raise SymshareError(f"no hidden type of {asked} has values on pairs\n  {cure}")
    return found


def _core(term: Term) -> set[int]:
    """The summed indices of a term that layers on a support with both directions of each pair cannot sum.

    An index is summed where it has one other index beside it, or two that a factor or the output joins: what comes of it is
    read on the support, and on other pairs nothing can be kept.

    >>> from symshare.core.notation.reading import signature
    >>> one = signature("aa")
    >>> [_core(Term.from_einsum(one, text)) for text in ("ab,bc->ac", "ab,bc,ca->aa", "ab,bc,cd->ad")]
    [set(), set(), {1, 2}]
    """
    joined = {
        frozenset(pair) for own in (*term.factor_indices, term.output_indices) for pair in combinations({*own}, 2)
    }
    left = set(term.summed_indices)
    while True:
        beside = {one: {other for pair in joined if one in pair for other in pair - {one}} for one in left}
        done = [one for one, near in beside.items() if len(near) < 2 or (len(near) == 2 and frozenset(near) in joined)]
        if not done:
            return left
        left.remove(done[0])
        joined = {pair for pair in joined if done[0] not in pair}


def unreached(inner: Signature, sparse: tuple[str, ...]) -> tuple[str, ...]:
    """The terms of order 3 that dense hidden types reach and those on a support do not, one for all directions of its pairs;
    of types with other axes their pairs alone.

    >>> from symshare.core.notation.reading import signature
    >>> unreached(signature("aa,a"), ("aa",)), unreached(signature("ab"), ("ab",)), unreached(signature("aab"), ("aab",))
    (('ab,bc,cd->ad',), ('ab,cb,cd->ad',), ('ab,bc,cd->ad',))
    """
    pairs = [Tensor(one.set_axes[:2]) for one in inner.inputs if joined_axes(one) in sparse]
    types = tuple(dict.fromkeys(pairs))
    letters = {axis for one in types for axis in one.set_axes}
    sizes = tuple([pair for pair in inner.sizes if pair[0] in letters])
    found: dict[frozenset[tuple[frozenset[int], str]], list[Term]] = {}
    for term in derive(replace(inner, inputs=types, outputs=types, sizes=sizes), 3):
        if term.order == 3 and {*_core(term)} == {*term.summed_indices} != set():
            found.setdefault(_outline(term), []).append(term)
    return tuple([min(own, key=lambda one: (-_chained(one), one)).to_einsum() for own in found.values()])


def _chained(term: Term) -> int:
    """How many factors begin where the one before them ends."""
    pairs = zip(term.factor_indices, term.factor_indices[1:], strict=False)
    return sum(one[-1] == other[0] for one, other in pairs) + (term.output_indices[0] == term.factor_indices[0][0])


def _outline(term: Term) -> frozenset[tuple[frozenset[int], str]]:
    """A term up to the directions of its pairs and the names of its indices."""
    return min(_outlines(term), key=lambda one: sorted((sorted(pair), what) for pair, what in one))


def _outlines(term: Term) -> Iterator[frozenset[tuple[frozenset[int], str]]]:
    axes = term.index_axes
    for order in permutations(range(len(axes))):
        factors = zip(term.factor_indices, term.factor_tensors, strict=True)
        own = [(frozenset(order[index] for index in one), "".join(sorted(what.set_axes))) for one, what in factors]
        out = (frozenset(order[index] for index in term.output_indices), "->")
        yield frozenset([*own, out])
