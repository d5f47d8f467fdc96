"""The first values of a matrix."""

import torch

from symshare.nn.runtime.means import _wide

# What follows travels with emitted files.


@torch.no_grad()
def _fill(weight, variance: float, *factors, entries: tuple = (), like=None) -> None:
    """Draw a matrix whose product with values of variance one has this variance.

    The values are products of `factors`, drawn here. Factors that meet on the same of
    the `entries` are orthogonal, as far as there are channels, so that their product
    has no mean; of a single channel an odd power has the sign of `like`, its first.
    """
    torch.nn.init.normal_(weight)
    flat = weight.view(-1, weight.shape[-1])
    wide = flat.to(_wide(flat))  # in half precision a square may be 0
    squares = wide.square()
    if factors:
        entries = entries or tuple(range(len(factors)))
        drawn, gram = [], 1  # type: ignore[var-annotated]  # a list of tensors
        for place, factor in enumerate(factors):
            columns = torch.nn.init.normal_(factor).view(-1, factor.shape[-1])
            met = [one for at, one in enumerate(drawn) if entries[at] == entries[place]]
            for other in met if len(met) < len(columns) else ():
                columns -= other * (other * columns).sum(0)
            columns /= columns.norm(dim=0)
            drawn.append(columns)
            gram = gram * (columns.mT @ columns)  # type: ignore[assignment]  # a number, then a tensor
        flat.copy_(gram @ flat)
        wide = flat.to(wide.dtype)
        squares = wide * (gram.to(wide.dtype) @ wide)  # type: ignore[attr-defined]  # a tensor by now
        for one in set(entries):
            variance = variance / _moment(entries.count(one), len(drawn[one]))
    weight *= (variance / squares.sum(0)).sqrt()
    if like is not None and len(like) == 1:
        weight *= torch.sign(torch.stack(drawn).prod(0) @ weight) * torch.sign(like)


@torch.no_grad()
def _fill_each(weight, variance: float, *factors, entries: tuple = ()) -> None:
    """Draw a matrix for each value of latent axes, (values.., rows, columns), such that its
    product with values of variance one, or with those of `factors`, has this variance."""
    entries = entries or tuple(range(len(factors)))
    for one in factors:
        torch.nn.init.normal_(one)
        one /= one.norm(dim=-2, keepdim=True)
    for one in set(entries):
        channels = factors[entries.index(one)].shape[-2]
        variance = variance / _moment(entries.count(one), channels)
    torch.nn.init.normal_(weight)
    squares = weight.to(_wide(weight)).square()  # in half precision they may be 0
    weight *= (variance / squares.sum(-2, keepdim=True)).sqrt()


def _moment(alike: int, channels: int) -> int:
    """The variance of a product of normal values where there are too few channels for
    all of them to be independent: four times it for odd powers, which keep a mean."""
    if (alike, channels) == (2, 1):
        return 2
    surplus = range(1, alike - channels + 1)
    moment = 4 if surplus else 1
    for one in surplus:
        moment *= 2 * one + 1
    return moment
