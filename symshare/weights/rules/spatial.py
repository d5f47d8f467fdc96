"""Convolutions, pooling, padding: places in space are fixed."""

from __future__ import annotations

from typing import Any

import torch

from symshare.weights.rules.table import fix, rule, sized, tensors
from symshare.weights.terms import Term
from symshare.weights.values import Trace, Value

__all__: list[str] = []

SPACE = "a spatial dimension"


@rule("convolution")
def _convolution(
    trace: Trace,
    shape: Any,
    *,
    input: Value,
    weight: Value,
    bias: Value | None,
    transposed: bool,
    groups: int,
    **rest: Any,
) -> Any:
    atoms = trace.atoms
    spatial = len(rest["stride"])
    image, kernel = input.dims[-spatial:], weight.dims[2:]
    fix(trace, image, "a spatial dimension")
    fix(trace, kernel, "a spatial dimension of a kernel")
    channels, first, second = input.dims[-spatial - 1], weight.dims[0], weight.dims[1]
    if groups == 1:
        ins, outs = (first, second) if transposed else (second, first)
        atoms.unify(channels, ins)
    else:
        halves = atoms.split(first, groups)
        wanted = atoms.split(channels, groups)
        if halves is None or wanted is None:
            fix(trace, (channels, first, second), "its groups do not fit")
            outs = atoms.new(shape.shape[-spatial - 1], "its groups do not fit")
        else:
            atoms.unify(halves[0], wanted[0])
            atoms.unify(wanted[1], halves[1] if transposed else second)
            outs = atoms.product([halves[0], second]) if transposed else first
    new = [atoms.new(size, "a spatial dimension") for size in shape.shape[-spatial:]]
    out = (*input.dims[: -spatial - 1], outs, *new)
    trace.see((*out, channels))
    if bias is not None:
        atoms.unify(outs, bias.dims[0])
    return out


@rule(
    *("max_pool2d_with_indices", "max_pool3d_with_indices", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d"),
    *("adaptive_max_pool2d", "adaptive_max_pool3d", "avg_pool2d", "avg_pool3d", "fractional_max_pool2d"),
    *("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "upsample_linear1d", "upsample_bilinear2d"),
    *("upsample_trilinear3d", "upsample_bicubic2d", "max_pool1d", "avg_pool1d", "adaptive_avg_pool1d"),
)
def _pooled(trace: Trace, shape: Any, **given: Any) -> Any:
    dims = next(iter(tensors(given))).dims
    shapes = [shape] if isinstance(shape, torch.Tensor) else list(shape)
    keys = ("kernel_size", "output_size", "scale_factors")
    many = max(len(given[key]) for key in keys if isinstance(given.get(key), (list, tuple)))
    fix(trace, dims[len(dims) - many :], SPACE)
    found = [sized(trace, dims, one, SPACE) for one in shapes]
    return found[0] if isinstance(shape, torch.Tensor) else tuple(found)


@rule(
    *("reflection_pad1d", "reflection_pad2d", "reflection_pad3d"),
    *("replication_pad1d", "replication_pad2d", "replication_pad3d"),
)
def _mirrored(trace: Trace, shape: Any, *, self: Value, padding: Any) -> Any:
    many = len(padding) // 2
    fix(trace, self.dims[len(self.dims) - many :], SPACE)
    return sized(trace, self.dims, shape, SPACE)


@rule("constant_pad_nd")
def _padded(trace: Trace, shape: Any, *, self: Value, pad: Any, **rest: Any) -> Any:
    """Along an axis that is padded the row of what was there and what comes to it."""
    found: list[Term] = list(self.dims)
    for number in range(len(pad) // 2):
        before, after = pad[2 * number : 2 * number + 2]
        place = len(found) - 1 - number
        if before < 0 or after < 0:
            trace.atoms.fix(found[place], "it is cut")
            found[place] = trace.atoms.new(shape.shape[place], "it is cut")
        elif before or after:
            row = [trace.atoms.new(before, "a padding"), found[place], trace.atoms.new(after, "a padding")]
            kept = [one for one, size in zip(row, (before, 1, after), strict=True) if size]
            found[place] = trace.atoms.row(kept)
    return tuple(found)


@rule("im2col")
def _patches(trace: Trace, shape: Any, *, self: Value, kernel_size: Any, **rest: Any) -> Any:
    fix(trace, self.dims[-2:], SPACE)
    kernel = [trace.atoms.new(size, SPACE) for size in kernel_size]
    places = trace.atoms.new(shape.shape[-1], SPACE)
    return (*self.dims[:-3], trace.atoms.product([self.dims[-3], *kernel]), places)


@rule("col2im")
def _folded(trace: Trace, shape: Any, *, self: Value, kernel_size: Any, **rest: Any) -> Any:
    fix(trace, self.dims[-1:], SPACE)
    halves = trace.atoms.split(self.dims[-2], shape.shape[-3])
    if halves is None:
        trace.atoms.fix(self.dims[-2], SPACE)
        channels = trace.atoms.new(shape.shape[-3], SPACE)
    else:
        channels, kernel = halves
        trace.atoms.fix(kernel, SPACE)
    return (*self.dims[:-2], channels, *(trace.atoms.new(size, SPACE) for size in shape.shape[-2:]))


@rule("grid_sampler_2d", "grid_sampler_3d")
def _sampled(trace: Trace, shape: Any, *, input: Value, grid: Value, **rest: Any) -> Any:
    fix(trace, (*input.dims[2:], grid.dims[-1]), SPACE)
    trace.atoms.unify(input.dims[0], grid.dims[0])
    return (*input.dims[:2], *grid.dims[1:-1])
