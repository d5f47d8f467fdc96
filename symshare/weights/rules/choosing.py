"""Operations that choose or write places by numbers: tables, indices, gathering and scattering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from symshare.errors import SpecError
from symshare.weights.rules.table import fix, joined, replaced, rule, sized
from symshare.weights.terms import UNIT, Term
from symshare.weights.values import Trace, Value

__all__: list[str] = []

CHOSEN = "its rows are chosen by numbers"
PLACES = "places along it are chosen by numbers"


@rule("embedding")
def _embedding(trace: Trace, shape: Any, *, weight: Value, indices: Value, padding_idx: int = -1, **rest: Any) -> Any:
    if indices.labels >= 0 and trace.permuted[0]:
        known = trace.labels.setdefault(indices.labels, weight.dims[0])
        if trace.atoms.size(known) == trace.atoms.size(weight.dims[0]) and padding_idx < 0:
            trace.atoms.unify(known, weight.dims[0])
        else:
            fix(trace, (known, weight.dims[0]), CHOSEN)
    else:
        trace.atoms.fix(weight.dims[0], CHOSEN)
    trace.see((*indices.dims, weight.dims[0]))
    return (*indices.dims, *weight.dims[1:])


@rule("_embedding_bag", "_embedding_bag_forward_only")
def _bags(trace: Trace, shapes: Any, *, weight: Value, indices: Value, **rest: Any) -> Any:
    fix(trace, (weight.dims[0], *indices.dims), CHOSEN)
    bags = [[trace.atoms.new(size, "bags") for size in one.shape] for one in shapes]
    bags[0][1] = weight.dims[1]
    trace.see((*bags[0][:1], *indices.dims, weight.dims[1]))
    return tuple(map(tuple, bags))


@rule("index", "index_put")
def _indexed(trace: Trace, shape: Any, *, self: Value, indices: Sequence[Value | None], **rest: Any) -> Any:
    """Dimensions with an index give way to those of the indices: in their place, or in front if they stand apart."""
    masks = [one for one in indices if one is not None and one.dtype in (torch.bool, torch.uint8)]
    if "values" in rest and masks and not rest["values"].dims and len(indices) == 1:
        return joined(trace, self.dims, (*masks[0].dims, *[UNIT] * (len(self.dims) - len(masks[0].dims))))
    indices = [one for given in indices for one in _plain(trace, given)]
    indexed = [place for place, one in enumerate(indices) if one is not None]
    fix(trace, [self.dims[place] for place in indexed], PLACES)
    chosen = joined(trace, *(one.dims for one in indices if one is not None)) if indexed else ()
    kept = [term for place, term in enumerate(self.dims) if place not in indexed]
    first = indexed[0] if indexed and indexed == list(range(indexed[0], indexed[-1] + 1)) else 0
    found = (*kept[:first], *chosen, *kept[first:])
    if "values" not in rest:
        return found
    written = joined(trace, found, rest["values"].dims)
    after = iter(written[:first] + written[first + len(chosen) :])
    fresh = [trace.atoms.new(size, PLACES) for size in shape.shape]
    return tuple(fresh[place] if place in indexed else next(after) for place in range(len(self.dims)))


def _plain(trace: Trace, index: Value | None) -> list[Value | None]:
    """An index of truth values as those of numbers that it stands for."""
    if index is None or index.dtype not in (torch.bool, torch.uint8):
        return [index]
    fix(trace, index.dims, PLACES)
    if index.constant is None:
        raise SpecError("places are chosen by truth values")
    places = index.constant.nonzero()
    dims = (trace.atoms.new(places.shape[0], PLACES),)
    return [Value(dims) for _ in range(places.shape[1])]


@rule("index_select")
def _selected(trace: Trace, shape: Any, *, self: Value, dim: int, index: Value) -> Any:
    trace.atoms.fix(self.dims[dim], PLACES)
    return replaced(self.dims, dim, index.dims[0] if index.dims else UNIT)


@rule("gather")
def _gathered(trace: Trace, shape: Any, *, self: Value, dim: int, index: Value, **rest: Any) -> Any:
    if not self.dims:
        return index.dims
    fix(trace, (self.dims[dim],), PLACES)
    found = list(index.dims)
    for place, (one, two) in enumerate(zip(self.dims, index.dims, strict=True)):
        if place != dim % len(self.dims):
            found[place] = _common(trace, one, two)
    return tuple(found)


def _common(trace: Trace, one: Term, two: Term) -> Term:
    """Two dimensions of which one may be the beginning of the other."""
    if trace.atoms.size(one) == trace.atoms.size(two):
        return joined(trace, (one,), (two,))[0]
    fix(trace, (one, two), PLACES)
    return two


@rule("scatter", "scatter_add", "scatter_reduce")
def _scattered(trace: Trace, shape: Any, *, self: Value, dim: int, index: Value, src: Any = None, **rest: Any) -> Any:
    found = list(sized(trace, self.dims, shape, PLACES))
    if not found:
        return ()
    found[dim] = trace.atoms.new(shape.shape[dim], PLACES)
    fix(trace, (self.dims[dim], index.dims[dim]), PLACES)
    given = [index.dims, *([src.dims] if isinstance(src, Value) else [])]
    for dims in given:
        for place, term in enumerate(dims):
            if place != dim % len(dims):
                found[place] = _common(trace, term, found[place])
    if isinstance(src, Value):
        fix(trace, (src.dims[dim],), PLACES)
    return tuple(found)


@rule("index_add", "index_copy", "index_fill")
def _written(trace: Trace, shape: Any, *, self: Value, dim: int, index: Value, **rest: Any) -> Any:
    source = rest.get("source")
    fix(trace, (self.dims[dim],), PLACES)
    found = replaced(self.dims, dim, trace.atoms.new(shape.shape[dim], PLACES))
    if isinstance(source, Value):
        fix(trace, (source.dims[dim],), PLACES)
        found = joined(trace, found, replaced(source.dims, dim, UNIT))
    return found


@rule("masked_scatter")
def _masked(trace: Trace, shape: Any, *, self: Value, mask: Value, source: Value) -> Any:
    fix(trace, (*self.dims, *mask.dims, *source.dims), PLACES)
    return tuple(trace.atoms.new(size, PLACES) for size in shape.shape)
