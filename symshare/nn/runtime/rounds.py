"""Values brought to size: between the rounds of a recurrent network, and before products of high order."""

import torch

from symshare.nn.runtime.means import _wide

# What follows travels with emitted files.


def _unit(x: torch.Tensor) -> torch.Tensor:
    """x over the root mean square of its channels, entry by entry."""
    wide = x.to(_wide(x))
    size = wide.square().mean(-1, keepdim=True)
    return (wide * torch.rsqrt(size + 1e-12)).to(x.dtype)


def _unit_over(x: torch.Tensor, places: tuple[int, ...]) -> torch.Tensor:
    """x over its root mean square over some places, the channels among them."""
    wide = x.to(_wide(x))
    size = wide.square().mean(places, keepdim=True)
    return (wide * torch.rsqrt(size + 1e-12)).to(x.dtype)


def _bounded(
    x: torch.Tensor, places: tuple[int, ...], signs: tuple = ()
) -> torch.Tensor:
    """x over the root of one and its mean square over some places, the channels among them;
    with signs the square of a metric along the first of them."""
    wide = x.to(_wide(x))
    square = wide.square()
    if signs:
        shape = [1] * x.dim()
        shape[places[0]] = len(signs)
        square = square * wide.new_tensor(signs).reshape(shape)
    size = square.mean(places, keepdim=True).abs()
    return (wide * torch.rsqrt(1 + size)).to(x.dtype)
