"""Small functions that a layer file brings along, where its lines call them."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["HELPERS", "helpers"]

HELPERS = {
    "_weights": '''
def _weights(measure: dict, axis: str, x, batch: tuple, *lengths: int) -> torch.Tensor:
    """The weights (..., *lengths) of an axis; None where its entries all count alike."""
    if measure is None or axis not in measure:
        return None
    weight = measure[axis]
    outer, own = weight.shape[: -len(lengths)], weight.shape[-len(lengths) :]
    fits = [one == 1 or one == size for one, size in zip(outer[::-1], batch[::-1])]
    if own != lengths or len(outer) > len(batch) or not all(fits):
        shape = f"(..., {', '.join(map(str, lengths))})"
        shape += f" with ... as in the input, {tuple(batch)}" if own == lengths else ""
        raise ValueError(f"measure of {axis} needs shape {shape}, not {weight.shape}")
    return weight.to(torch.promote_types(x.dtype, torch.float32))
''',
    "_proportions": '''
def _proportions(weight: torch.Tensor | None) -> torch.Tensor | None:
    """Weights that add up to one along their axis."""
    if weight is None:
        return None
    total = weight.sum(-1, keepdim=True)
    return weight / torch.where(total == 0, 1, total)
''',
    "_placed": '''
def _placed(weight: torch.Tensor, x: torch.Tensor, axes: str, own: str) -> torch.Tensor:
    """Weights (..., *own) with new axes of length one, to go with x (..., *axes)."""
    places = [slice(None) if axis in own else None for axis in axes]
    return weight.to(x.dtype)[(..., *places)]
''',
    "_masked": '''
def _masked(x: torch.Tensor, axes: str, *measured: tuple) -> torch.Tensor:
    """x (..., *axes) with zero where a weight is zero."""
    for weight, own in measured:
        if weight is not None:
            x = torch.where(_placed(weight, x, axes, own) == 0, 0, x)
    return x
''',
    "_mean": '''
def _mean(x, axes: str, weight, own: str, keep: bool = False) -> torch.Tensor:
    """The mean of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim = axes.index(own[-1]) - len(axes)
    if weight is not None:
        return (x * _placed(weight, x, axes, own)).sum(dim, keepdim=keep)
    if x.dtype.itemsize < 4:  # a sum of half precision may overflow
        return x.mean(dim, keepdim=keep)
    return x.sum(dim, keepdim=keep) / x.shape[dim]
''',
    "_sum": '''
def _sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """The sum of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim = axes.index(own[-1]) - len(axes)
    return (x if weight is None else x * _placed(weight, x, axes, own)).sum(dim)
''',
    "_means": '''
def _means(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes at once, with weights (..., *own)."""
    dims = tuple(axes.index(own[-1]) - len(axes) for _, own in measured)
    if all(weight is None for weight, _ in measured):
        return x.mean(dims)
    for weight, own in reversed(measured):
        x, axes = _mean(x, axes, weight, own), axes.replace(own[-1], "")
    return x
''',
    "_sums": '''
def _sums(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The sum of x (..., *axes) over several axes, with weights (..., *own)."""
    for weight, own in reversed(measured):
        x, axes = _sum(x, axes, weight, own), axes.replace(own[-1], "")
    return x
''',
    "_mean_over": '''
def _mean_over(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes, which stay, of length one."""
    for weight, own in reversed(measured):
        x = _mean(x, axes, weight, own, keep=True)
    return x
''',
    "_standard": '''
def _standard(x, axes: str, *measured: tuple) -> torch.Tensor:
    """x (..., *axes) less its mean, over its root mean square."""
    x = x - _mean_over(x, axes, *measured)
    return x * torch.rsqrt(_mean_over(x.square(), axes, *measured) + 1e-5)
''',
    "_weigh": '''
def _weigh(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), so that a sum over own[-1] is a mean."""
    if weight is None:
        return x / x.shape[axes.index(own[-1]) - len(axes)]
    return x * _placed(weight, x, axes, own)
''',
    "_weigh_sum": '''
def _weigh_sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), where there are any."""
    return x if weight is None else x * _placed(weight, x, axes, own)
''',
    "_rows": '''
def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices one below the other, for values that stand side by side."""
    return torch.cat([weights[key] for key in keys])
''',
    "_columns": '''
def _columns(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:
    """Matrices side by side, for the same value."""
    return torch.cat([weights[key] for key in keys], -1)
''',
    "_stack": '''
def _stack(*values: torch.Tensor) -> torch.Tensor:
    """The channels of several values, one behind the other."""
    return torch.cat(values, -1)
''',
    "_to_front": '''
def _to_front(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (..., channels) @ weight with the new channels in front, (channels, ...)."""
    front = weight.mT @ x.reshape(-1, x.shape[-1]).mT
    return front.reshape(weight.shape[-1], *x.shape[:-1])
''',
    "_to_back": '''
def _to_back(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (channels, ...) with its channels last, @ weight."""
    back = x.reshape(x.shape[0], -1).mT @ weight
    return back.reshape(*x.shape[1:], weight.shape[-1])
''',
    "_fill": '''
@torch.no_grad()
def _fill(weight, variance: float, *factors, entries: tuple = (), like=None) -> None:
    """Draw a matrix whose product with values of variance one has this variance.

    The values are products of `factors`, drawn here. Factors that meet on the same of
    the `entries` are orthogonal, as far as there are channels, so that their product
    has no mean; of a single channel an odd power has the sign of `like`, its first.
    """
    torch.nn.init.normal_(weight)
    flat = weight.view(-1, weight.shape[-1])
    squares = flat.square()
    if factors:
        entries = entries or tuple(range(len(factors)))
        drawn, gram = [], 1
        for place, factor in enumerate(factors):
            columns = torch.nn.init.normal_(factor).view(-1, factor.shape[-1])
            met = [one for at, one in enumerate(drawn) if entries[at] == entries[place]]
            for other in met if len(met) < len(columns) else ():
                columns -= other * (other * columns).sum(0)
            columns /= columns.norm(dim=0)
            drawn.append(columns)
            gram = gram * (columns.mT @ columns)
        flat.copy_(gram @ flat)
        squares = flat * (gram @ flat)
        for one in set(entries):
            variance = variance / _moment(entries.count(one), len(drawn[one]))
    weight *= (variance / squares.sum(0)).sqrt()
    if like is not None and len(like) == 1:
        weight *= torch.sign(torch.stack(drawn).prod(0) @ weight) * torch.sign(like)
''',
    "_moment": '''
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
''',
    "_constant": '''
def _constant(
    shape: tuple[int, ...], entries: tuple[tuple[float, ...], ...]
) -> torch.Tensor:
    """A tensor from rows of a place and the value there."""
    rows = torch.tensor(entries, dtype=torch.float64)
    full = torch.zeros(shape, dtype=torch.float64)
    full[tuple(rows[:, :-1].long().T)] = rows[:, -1]
    return full
''',
    "_same_batch": '''
def _same_batch(*inputs: tuple[torch.Tensor, int]) -> tuple[torch.Tensor, ...]:
    """Tensors, each with its number of own axes, their leading axes made the same."""
    batch = torch.broadcast_shapes(*[x.shape[: x.dim() - own] for x, own in inputs])
    return tuple(x.expand(*batch, *x.shape[x.dim() - own :]) for x, own in inputs)
''',
    "_unit": '''
def _unit(x: torch.Tensor) -> torch.Tensor:
    """x over the root mean square of its channels, entry by entry."""
    size = x.square().mean(-1, keepdim=True)
    return x * torch.rsqrt(size + torch.finfo(x.dtype).eps)
''',
    "_per_tensor": '''
def _per_tensor(channels: int | tuple[int, ...], number: int) -> tuple[int, ...]:
    """One channel number for each tensor; a single int is meant for all."""
    found = (channels,) * number if isinstance(channels, int) else tuple(channels)
    if len(found) != number:
        raise ValueError(f"{number} channel numbers are needed, not {len(found)}")
    return found
''',
}
"""The text of each function, and its name; those further up may call those further down."""


def helpers(lines: Iterable[str]) -> list[str]:
    """The functions that some lines call, and those that these call, each after two empty lines.

    >>> [line for line in helpers(["t = _rows(self.mix, 'a', 'b')"]) if line.startswith("def")]
    ['def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:']
    """
    text = "\n".join(lines)
    wanted: list[str] = []
    frontier = [name for name in HELPERS if f"{name}(" in text]
    while frontier:
        name = frontier.pop(0)
        if name not in wanted:
            wanted.append(name)
            frontier += [other for other in HELPERS if other != name and f"{other}(" in HELPERS[name]]
    found: list[str] = []
    for name, body in HELPERS.items():
        if name in wanted:
            found += ["", "", *body.strip("\n").split("\n")]
    return found
