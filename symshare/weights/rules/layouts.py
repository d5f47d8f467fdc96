"""Operations that lay the same entries out anew, repeat them, or make a tensor like another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symshare.weights.rules.table import Dims, fix, joined, replaced, rule, tensors
from symshare.weights.terms import UNIT, Term, Uniform
from symshare.weights.values import Trace, Value

__all__ = ["reshaped"]

MISMATCH = "it is laid out in two ways that do not match"


@rule("view", "reshape", "_unsafe_view", "flatten", "unflatten", "_reshape_alias")
def _view(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    return reshaped(trace, self.dims, tuple(shape.shape))


def reshaped(trace: Trace, dims: Dims, sizes: Sequence[int]) -> tuple[Term, ...]:
    """The dimensions of a tensor laid out anew."""
    atoms = trace.atoms
    if 0 in sizes:
        return tuple(atoms.new(size, "it is empty") for size in sizes)
    left = [factor for term in dims for factor in atoms.factors(term)]
    found: list[Term] = []
    for size in sizes:
        taken: list[Term] = []
        while size > 1:
            first = left.pop(0)
            length = atoms.size(first)
            if length > size:
                halves = atoms.split(first, size)
                if halves is None:
                    why = "it is laid out in two ways that do not match"
                    fix(trace, dims, why)
                    return tuple(atoms.new(size, why) for size in sizes)
                left.insert(0, halves[1])
                first, length = halves[0], size
            elif size % length:
                why = "it is laid out in two ways that do not match"
                fix(trace, dims, why)
                return tuple(atoms.new(size, why) for size in sizes)
            taken.append(first)
            size //= length
        found.append(atoms.product(taken))
    return tuple(found)


@rule("permute")
def _permute(trace: Trace, shape: Any, *, self: Value, dims: Sequence[int]) -> Any:
    return tuple(self.dims[place] for place in dims)


@rule("transpose")
def _transpose(trace: Trace, shape: Any, *, self: Value, dim0: int, dim1: int) -> Any:
    dims = list(self.dims)
    dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
    return dims


@rule("t")
def _t(trace: Trace, shape: Any, *, self: Value) -> Any:
    return self.dims[::-1]


@rule("expand")
def _expand(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    dims = (*([UNIT] * (len(shape.shape) - len(self.dims))), *self.dims)
    return tuple(
        Uniform(size) if trace.atoms.size(term) == 1 and size > 1 else term
        for term, size in zip(dims, shape.shape, strict=True)
    )


@rule("repeat")
def _repeat(trace: Trace, shape: Any, *, self: Value, repeats: Sequence[int]) -> Any:
    dims = (*([UNIT] * (len(repeats) - len(self.dims))), *self.dims)
    return tuple(
        term if number == 1 else trace.atoms.product([Uniform(number), term])
        for term, number in zip(dims, repeats, strict=True)
    )


@rule("squeeze", "unsqueeze")
def _squeeze(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    return reshaped(trace, self.dims, tuple(shape.shape))


@rule(
    *("clone", "contiguous", "detach", "alias", "_to_copy", "dropout", "lift_fresh_copy", "lift_fresh", "to", "conj"),
    *("_conj", "resolve_conj", "resolve_neg", "_neg_view", "real", "imag"),
)
def _same(trace: Trace, shape: Any, **given: Any) -> Any:
    return next(iter(tensors(given))).dims


@rule("empty_like", "fill")
def _like(trace: Trace, shape: Any, **given: Any) -> Any:
    return tuple(Uniform(size) if size != 1 else UNIT for size in shape.shape)


@rule("copy", "expand_copy")
def _copied(trace: Trace, shape: Any, *, self: Value, src: Value, **rest: Any) -> Any:
    blank = tuple(Uniform(size) if size != 1 else UNIT for size in shape.shape)
    return joined(trace, blank, src.dims)


@rule("diagonal")
def _diagonal(trace: Trace, shape: Any, *, self: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    places = [dim1 % len(self.dims), dim2 % len(self.dims)]
    one, two = (self.dims[place] for place in places)
    rest = [term for place, term in enumerate(self.dims) if place not in places]
    if offset == 0 and trace.atoms.size(one) == trace.atoms.size(two):
        return (*rest, joined(trace, (one,), (two,))[0])
    why = "a part of a diagonal is taken"
    fix(trace, (one, two), why)
    return (*rest, trace.atoms.new(shape.shape[-1], why))


@rule("view_as_real")
def _as_real(trace: Trace, shape: Any, *, self: Value) -> Any:
    return (*self.dims, trace.atoms.new(2, "a real and an imaginary part"))


@rule("view_as_complex")
def _as_complex(trace: Trace, shape: Any, *, self: Value) -> Any:
    trace.atoms.fix(self.dims[-1], "a real and an imaginary part")
    return self.dims[:-1]


@rule("unfold")
def _windows(trace: Trace, shape: Any, *, self: Value, dimension: int, **rest: Any) -> Any:
    why = "windows along it are taken"
    place = dimension % max(1, len(self.dims))
    fix(trace, self.dims[place : place + 1], why)
    found = replaced(self.dims, place, trace.atoms.new(shape.shape[place], why)) if self.dims else ()
    return (*found, trace.atoms.new(shape.shape[-1], why))


@rule("diag_embed")
def _on_diagonal(trace: Trace, shape: Any, *, self: Value, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    why = "a diagonal is moved"
    found = list(self.dims[:-1])
    one = self.dims[-1]
    if offset:
        trace.atoms.fix(one, why)
    both = [one, one] if not offset else [trace.atoms.new(size, why) for size in (shape.shape[dim1], shape.shape[dim2])]
    for place, term in sorted(
        zip((dim1 % len(shape.shape), dim2 % len(shape.shape)), both, strict=True), key=lambda at: at[0]
    ):
        found.insert(place, term)
    return tuple(found)
