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


def _bounded(x: torch.Tensor, places: tuple[int, ...]) -> torch.Tensor:
    """x over the root of one and its mean square over some places, the channels among
    them."""
    wide = x.to(_wide(x))
    size = wide.square().mean(places, keepdim=True)
    return (wide * torch.rsqrt(1 + size)).to(x.dtype)


def _bounded_by(x: torch.Tensor, *forms: tuple) -> torch.Tensor:
    """x over a size that the group keeps and that grows as x does: the fourth root of one
    and the mean square of the products of every two channels by forms, each along a place
    (None: the scalar product)."""
    places, number = [place for place, _ in forms], len(forms)
    ends = list(range(-1 - number, -1))
    wide = x.to(_wide(x))
    peak = wide.detach().abs().amax((*places, -1), keepdim=True).clamp(min=1)
    one = other = wide / peak  # products of large ones may overflow
    for place, form in forms:
        if form:
            moved = other.movedim(place, -2)
            other = (moved.new_tensor(form) @ moved).movedim(-2, place)
    flat = [each.movedim(places, ends).flatten(ends[0], -2) for each in (one, other)]
    products = (flat[0].mT @ flat[1]).to(wide.dtype)
    size = products.square().mean((-2, -1))[(..., *[None] * (number + 1))]
    size = peak.pow(-4) + size.movedim(ends, places)
    return (one * size.pow(-0.25)).to(x.dtype)
