"""Weights of pairs that a call gives: a mean is divided once, by the weights that its entries have together."""

import torch

from symshare.nn.runtime.means import _masked, _mean_over, _wide
from symshare.nn.runtime.measures import _weights

# What follows travels with emitted files.


def _pair_weights(
    measure: dict, name: str, x, batch: tuple, *lengths: int
) -> torch.Tensor:
    """The weights (..., *lengths, 1) of the pairs of a tensor; ones where none are given."""
    if name not in measure:
        return x.new_ones((*lengths, 1), dtype=_wide(x))
    return _weights(measure, name, x, batch, *lengths)[..., None]


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
