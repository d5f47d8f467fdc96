"""Means and sums over axes, weighed or not, in single precision at least."""

import torch

# What follows travels with emitted files.


def _peak(x: torch.Tensor, axes: int) -> torch.Tensor:
    """The largest absolute value over the last axes; zero where there is none."""
    flat = x.abs().flatten(-axes)
    return flat.amax(-1) if flat.shape[-1] else flat.sum(-1)


def _wide(x: torch.Tensor) -> torch.dtype:
    """The type to add and square in: half precision would overflow or lose digits."""
    return torch.promote_types(x.dtype, torch.float32)


def _placed(weight: torch.Tensor, axes: str, own: str) -> torch.Tensor:
    """Weights (..., *own) in the order of axes, with new ones of length one between."""
    if len(own) > 1:
        order = [own.index(axis) - len(own) for axis in axes if axis in own]
        weight = weight.movedim(order, [*range(-len(own), 0)])
    return weight[(..., *(slice(None) if axis in own else None for axis in axes))]


def _masked(x: torch.Tensor, axes: str, *measured: tuple) -> torch.Tensor:
    """x (..., *axes) with zero where a weight is zero."""
    for weight, own in measured:
        if weight is not None:
            x = torch.where(_placed(weight == 0, axes, own), 0, x)
    return x


def _mean(x, axes: str, weight, own: str, keep: bool = False) -> torch.Tensor:
    """The mean of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim, wide = axes.index(own[-1]) - len(axes), _wide(x)
    if weight is not None:
        weighed = x.to(wide) * _placed(weight.to(wide), axes, own)
        return weighed.sum(dim, keepdim=keep).to(x.dtype)
    mean = x.sum(dim, keepdim=keep, dtype=wide) / max(x.shape[dim], 1)
    return mean.to(x.dtype)


def _sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """The sum of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim, wide = axes.index(own[-1]) - len(axes), _wide(x)
    if weight is None:
        return x.sum(dim)
    return (x.to(wide) * _placed(weight.to(wide), axes, own)).sum(dim).to(x.dtype)


def _means(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes at once, with weights (..., *own)."""
    total, number = x.to(_wide(x)), 1
    if all(weight is None for weight, _ in measured):
        dims = [axes.index(own[-1]) - len(axes) for _, own in measured]
        for dim in dims:
            number = number * x.shape[dim]
        return (total.sum(dims) / max(number, 1)).to(x.dtype)
    for weight, own in reversed(measured):
        total, axes = _mean(total, axes, weight, own), axes.replace(own[-1], "")
    return total.to(x.dtype)


def _sums(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The sum of x (..., *axes) over several axes, with weights (..., *own)."""
    total = x.to(_wide(x))
    for weight, own in reversed(measured):
        total, axes = _sum(total, axes, weight, own), axes.replace(own[-1], "")
    return total.to(x.dtype)


def _mean_over(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes, which stay, of length one."""
    plain, number = [], 1
    for weight, own in reversed(measured):
        if weight is not None:
            x = _mean(x, axes, weight, own, keep=True)
        else:
            plain.append(axes.index(own[-1]) - len(axes))
            number = number * x.shape[plain[-1]]
    if not plain:
        return x
    total = x.sum(plain, keepdim=True, dtype=_wide(x))
    return (total / max(number, 1)).to(x.dtype)


def _centre(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes, channels) over several axes and its channels, which stay, of length one."""
    return _mean_over(x, axes, *measured).mean(-1, keepdim=True)
