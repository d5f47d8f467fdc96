"""Sums, extremes and their places, and what runs along a dimension in order."""

from __future__ import annotations

from typing import Any

import torch

from symshare.weights.rules.table import elementwise, fix, rule, sized, without
from symshare.weights.values import Trace, Value

__all__: list[str] = []

PLACES = "places along it are used as values"
ORDER = "the order along it matters"


@rule(
    *("sum", "nansum", "mean", "amax", "amin", "any", "all", "prod", "var", "std", "logsumexp", "linalg_vector_norm"),
    *("count_nonzero", "norm"),
)
def _reduced(trace: Trace, shape: Any, *, self: Value, dim: Any = None, keepdim: bool = False, **rest: Any) -> Any:
    places = range(len(self.dims)) if dim is None or dim == [] else [dim] if isinstance(dim, int) else dim
    return without(self.dims, list(places), keepdim)


@rule("var_mean", "std_mean", "aminmax")
def _reduced_twice(trace: Trace, shape: Any, **given: Any) -> Any:
    return (_reduced(trace, shape, **given),) * 2


@rule("max", "min", "median", "mode", "nanmedian")
def _extreme(
    trace: Trace, shape: Any, *, self: Value, dim: int | None = None, keepdim: bool = False, **rest: Any
) -> Any:
    if "other" in rest:
        return elementwise(trace, shape, self=self, **rest)
    if dim is None:
        return ()
    if 1 in trace.used:
        fix(trace, self.dims[dim : dim + 1 or None], PLACES)
    return (without(self.dims, [dim], keepdim),) * 2


@rule("argmax", "argmin")
def _places(trace: Trace, shape: Any, *, self: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is None:
        fix(trace, self.dims, PLACES)
        return without(self.dims, range(len(self.dims)), keepdim)
    fix(trace, self.dims[dim : dim + 1 or None], PLACES)
    return without(self.dims, [dim], keepdim)


@rule("sort", "topk", "kthvalue")
def _sorted(trace: Trace, shapes: Any, *, self: Value, dim: int = -1, keepdim: bool = False, **rest: Any) -> Any:
    """Values in order: what they were in is forgotten, unless their places are used."""
    if not self.dims:
        return (), ()
    if 1 in trace.used:
        fix(trace, self.dims[dim : dim + 1 or None], PLACES)
    trace.see(without(self.dims, [dim]))
    if len(shapes[0].shape) < len(self.dims):
        return (without(self.dims, [dim]),) * 2
    places = trace.atoms.new(shapes[0].shape[dim], ORDER)
    found = list(self.dims)
    found[dim] = places
    return tuple(found), tuple(found)


@rule("flip", "roll", "cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")
def _in_order(trace: Trace, shape: Any, *, self: Value, dims: Any = None, dim: Any = None, **rest: Any) -> Any:
    given = dims if dims is not None else dim
    places = [given] if isinstance(given, int) else list(given or range(len(self.dims)))
    for place in places:
        fix(trace, self.dims[place : place + 1 or None], ORDER)
    return self.dims if isinstance(shape, torch.Tensor) else (self.dims,) * len(shape)


@rule("tril", "triu", "rot90", "trapezoid")
def _of_matrices(trace: Trace, shape: Any, *, self: Value, **rest: Any) -> Any:
    fix(trace, self.dims[-2:], ORDER)
    return sized(trace, self.dims, shape, ORDER)


@rule("_fft_r2c", "_fft_c2r", "_fft_c2c")
def _transformed(trace: Trace, shape: Any, *, self: Value, dim: Any, **rest: Any) -> Any:
    for place in dim:
        fix(trace, (self.dims[place],), "it is Fourier transformed")
    return sized(trace, self.dims, shape, "it is Fourier transformed")
