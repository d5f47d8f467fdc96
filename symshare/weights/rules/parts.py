"""Operations that take tensors apart, put them in a row, or write into a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symshare.weights.rules.table import Dims, fix, joined, replaced, rule, without
from symshare.weights.terms import UNIT, Term, Uniform
from symshare.weights.values import Trace, Value

__all__ = ["at"]


def at(trace: Trace, dims: Dims, dim: int, place: int) -> tuple[Term, ...]:
    """The dimensions of a tensor at one place of one of them."""
    atoms = trace.atoms
    rest = without(dims, [dim])
    term = dims[dim]
    if isinstance(term, Uniform):
        return rest
    atoms.fix(term, "a place along it is taken")
    factors = atoms.factors(term)
    digits = place % atoms.size(term)
    for factor in reversed(factors):
        digits, digit = divmod(digits, atoms.size(factor))
        rest = tuple(atoms.at(one, factor, digit) for one in rest)
    return rest


@rule("select")
def _select(trace: Trace, shape: Any, *, self: Value, dim: int, index: int) -> Any:
    return at(trace, self.dims, dim, index)


@rule("unbind")
def _unbind(trace: Trace, shape: Any, *, self: Value, dim: int = 0) -> Any:
    return tuple(at(trace, self.dims, dim, place) for place in range(len(shape)))


@rule("split_with_sizes", "split", "chunk")
def _split(trace: Trace, shape: Any, *, self: Value, dim: int = 0, **rest: Any) -> Any:
    left, found = self.dims[dim], []
    for one in shape:
        part, left = trace.atoms.cut(left, one.shape[dim], "it is cut")
        found.append(replaced(self.dims, dim, part))
    return tuple(found)


@rule("slice", "narrow")
def _slice(
    trace: Trace,
    shape: Any,
    *,
    self: Value,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
    **rest: Any,
) -> Any:
    size = trace.atoms.size(self.dims[dim])
    places = range(size)[slice(start, rest.get("length", 0) + (start or 0) if "length" in rest else end, step)]
    if len(places) == size and step == 1:
        return self.dims
    if step != 1:
        trace.atoms.fix(self.dims[dim], "every second place or so along it is taken")
        return replaced(self.dims, dim, trace.atoms.new(len(places), "places along an axis"))
    _, right = trace.atoms.cut(self.dims[dim], places.start if len(places) else 0, "it is cut")
    middle, _ = trace.atoms.cut(right, len(places), "it is cut")
    return replaced(self.dims, dim, middle)


@rule("cat")
def _cat(trace: Trace, shape: Any, *, tensors: Sequence[Value], dim: int = 0) -> Any:
    whole = [one.dims for one in tensors if len(one.dims) == len(shape.shape)]
    place = dim % len(shape.shape)
    if _differ(trace, whole, place):
        along, *rest = _in_a_row(trace, whole)
        return replaced(rest, place, trace.atoms.product([along, rest[place]]))
    rest = list(joined(trace, *(replaced(dims, dim, UNIT) for dims in whole)))
    return replaced(rest, dim, trace.atoms.row([dims[dim] for dims in whole]))


@rule("stack")
def _stack(trace: Trace, shape: Any, *, tensors: Sequence[Value], dim: int = 0) -> Any:
    along, *rest = _in_a_row(trace, [one.dims for one in tensors])
    place = dim % (len(rest) + 1)
    return (*rest[:place], along, *rest[place:])


def _differ(trace: Trace, each: Sequence[Dims], dim: int) -> bool:
    """Whether tensors of one shape have axes of their own beside a dimension."""
    atoms = trace.atoms
    if len({tuple(map(atoms.size, dims)) for dims in each}) > 1:
        return False
    others = zip(*(without(dims, [dim]) for dims in each), strict=True)
    return any(len(set(map(atoms.resolved, terms))) > 1 for terms in others)


def _in_a_row(trace: Trace, each: Sequence[Dims]) -> list[Term]:
    """A new dimension along which tensors of one shape are, and theirs, which may have lists of their own at its places."""
    atoms = trace.atoms
    found = [along := atoms.new(len(each), "tensors in a row")]
    for terms in zip(*each, strict=True):
        if len(set(map(atoms.resolved, terms))) > 1:
            inner = atoms.new(atoms.size(terms[0]))
            for place, term in enumerate(terms):
                atoms.unify(atoms.at(inner, along, place), term)
            found.append(inner)
        else:
            found.append(terms[0])
    return found


@rule("select_scatter")
def _select_written(trace: Trace, shape: Any, *, self: Value, src: Value, dim: int, index: int) -> Any:
    term = self.dims[dim]
    if isinstance(term, Uniform):
        term = trace.atoms.new(term.size, "a place along it is written")
    trace.atoms.fix(term, "a place along it is written")
    rest = joined(trace, without(self.dims, [dim]), src.dims)
    place = dim % len(self.dims)
    return (*rest[:place], term, *rest[place:])


@rule("slice_scatter")
def _slice_written(
    trace: Trace,
    shape: Any,
    *,
    self: Value,
    src: Value,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Any:
    size = trace.atoms.size(self.dims[dim])
    places = range(size)[start:end:step]
    if step != 1:
        fix(trace, (self.dims[dim], src.dims[dim]), "every second place or so along it is written")
        whole = trace.atoms.new(size, "places along an axis")
        return replaced(joined(trace, replaced(self.dims, dim, UNIT), replaced(src.dims, dim, UNIT)), dim, whole)
    if len(places) == size:
        return joined(trace, tuple(Uniform(one) if one != 1 else UNIT for one in shape.shape), src.dims)
    left, rest = trace.atoms.cut(self.dims[dim], places.start, "it is written in parts")
    _, right = trace.atoms.cut(rest, len(places), "it is written in parts")
    others = joined(trace, replaced(self.dims, dim, UNIT), replaced(src.dims, dim, UNIT))
    return replaced(others, dim, trace.atoms.row([left, src.dims[dim], right]))
