"""Weights of pairs that a call gives: a mean is divided once, by the weights that its entries have together."""

import torch

from symshare.nn.runtime.means import _masked, _mean_over, _peak, _wide
from symshare.nn.runtime.measures import _weights

# What follows travels with emitted files.


def _pair_weights(
    measure: dict, name: str, x, batch: tuple, *lengths: int
) -> torch.Tensor:
    """The weights (..., *lengths, 1) of the pairs of a tensor; ones where none are given."""
    if name not in measure:
        return x.new_ones((*lengths, 1), dtype=_wide(x))
    return _weights(measure, name, x, batch, *lengths)[..., None]


def _repeated(weight: torch.Tensor, *lengths: int) -> torch.Tensor:
    """Weights (..., rows, columns, 1) of pairs along more axes, (..., rows, columns, *lengths, 1)."""
    new = weight[(..., *[None] * len(lengths), slice(None))]
    return new.expand(*weight.shape[:-1], *lengths, 1)


def _own_pairs(weight: torch.Tensor) -> torch.Tensor:
    """The weights of pairs of a value with itself."""
    return weight.diagonal(dim1=-3, dim2=-2).mT


def _kept(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x with zero where a weight is zero."""
    return torch.where(weight == 0, 0, x)


def _by(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x times weights."""
    return (x.to(_wide(x)) * weight).to(x.dtype)


def _over(x: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    """x over the weight that its entries have together; 0 where that is 0."""
    return (x.to(_wide(x)) / torch.where(total == 0, 1, total)).to(x.dtype)


def _standard_by(x, weight, axes: str, *measured: tuple) -> torch.Tensor:
    """x (..., *axes) less its mean, over its root mean square, with weights of its entries
    besides those of the axes; zero where a weight is zero."""
    wide, weight = x.to(_wide(x)), weight.to(_wide(x))
    whole = _mean_over(weight, axes, *measured)
    whole = torch.where(whole == 0, 1, whole)
    wide = wide - _mean_over(wide * weight, axes, *measured) / whole
    wide = _masked(torch.where(weight == 0, 0, wide), axes, *measured)
    square = _mean_over(wide.square() * weight, axes, *measured) / whole
    return (wide * torch.rsqrt(square + 1e-5)).to(x.dtype)


def _one_scale_by(*inputs: tuple) -> tuple[torch.Tensor, ...]:
    """Tensors over the root of their mean squares, added up, as `_one_scale` has them; each with
    the weights of its pairs, or None, before its axes and the weights of these."""
    kept, peaks = [], []
    for x, pairs, axes, *measured in inputs:
        kept.append(_masked(x if pairs is None else _kept(x, pairs), axes, *measured))
        peaks.append(_peak(kept[-1].to(_wide(x)), len(axes)))
    peak = peaks[0]
    for one in peaks[1:]:
        peak = torch.maximum(peak, one)
    peak = torch.where(peak > 0, peak, 1)
    square = torch.zeros_like(peak)
    for one, (_, pairs, axes, *measured) in zip(kept, inputs):
        part = (one.to(peak.dtype) / peak[(..., *[None] * len(axes))]).square()
        if pairs is not None:
            whole = _mean_over(pairs.to(peak.dtype), axes, *measured)
            part = part * pairs / torch.where(whole == 0, 1, whole)
        mean = _mean_over(part, axes, *measured).mean(-1)
        square = square + mean.reshape(mean.shape[: mean.dim() - len(axes) + 1])
    root = peak * torch.where(square > 0, square, 1).sqrt()
    return tuple(
        (x.to(peak.dtype) / root[(..., *[None] * len(axes))]).to(x.dtype)
        for x, _, axes, *_ in inputs
    )
