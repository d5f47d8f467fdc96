"""Products: factors weighed before they are summed, and channels times matrices of coefficients."""

import torch

from symshare.nn.runtime.means import _placed, _wide

# What follows travels with emitted files.


def _weigh(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), so that a sum over own[-1] is a mean."""
    if weight is None:
        return x / x.shape[axes.index(own[-1]) - len(axes)]
    return _weigh_sum(x, axes, weight, own)


def _weigh_sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), where there are any."""
    if weight is None:
        return x
    wide = _wide(x)
    return (x.to(wide) * _placed(weight.to(wide), axes, own)).to(x.dtype)


def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices one below the other, for values that stand side by side."""
    return torch.cat([weights[key] for key in keys])


def _rows_each(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices for each value of latent axes, (values.., rows, columns), one below the other."""
    return torch.cat([weights[key] for key in keys], -2)


def _columns(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices side by side, for the same value."""
    return torch.cat([weights[key] for key in keys], -1)


def _stack(*values: torch.Tensor) -> torch.Tensor:
    """The channels of several values, one behind the other."""
    return torch.cat(values, -1)


def _to_front(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (..., channels) @ weight with the new channels in front, (channels, ...)."""
    front = weight.mT @ x.reshape(-1, x.shape[-1]).mT
    return front.reshape(weight.shape[-1], *x.shape[:-1])


def _to_back(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (channels, ...) with its channels last, @ weight."""
    back = x.reshape(x.shape[0], -1).mT @ weight
    return back.reshape(*x.shape[1:], weight.shape[-1])
