"""Small functions that a layer file brings along, where its lines call them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

__all__ = ["HELPERS", "helpers"]

HELPERS = {
    "_check": '''
def _check(name: str, x, axes: tuple, channels: int, sizes: dict, weight) -> None:
    """Refuse x unless it has shape (..., *axes, channels) and the type of a weight; an axis
    is a length, or a name whose length is the same in all tensors (`sizes` has them)."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} is a {type(x).__name__}, not a tensor")
    own = tuple(x.shape)[-1 - len(axes) :]
    fits = len(own) == len(axes) + 1 and own[-1] == channels
    for axis, length in zip(axes, own):
        wanted = sizes.setdefault(axis, length) if isinstance(axis, str) else axis
        fits = fits and length == wanted
    if not fits:
        shape = f"(..., {', '.join(map(str, (*axes, channels)))})"
        raise ValueError(f"{name} needs shape {shape}, not {tuple(x.shape)}")
    if x.dtype != weight.dtype:
        castable = x.is_floating_point() and not x.is_meta
        if not (castable and torch.is_autocast_enabled(x.device.type)):
            raise TypeError(
                f"{name} is {x.dtype}, weights are {weight.dtype}: convert one"
            )
''',
    "_measures": '''
def _measures(measure, *axes: str) -> dict:
    """The weights of axes by name: a dict, or the weights alone where one axis has some."""
    if measure is None:
        return {}
    if isinstance(measure, torch.Tensor) and len(axes) == 1:
        return {axes[0]: measure}
    if not isinstance(measure, dict):
        kind = type(measure).__name__
        raise TypeError(
            f"measure is a {kind}; give a dict of tensors for {', '.join(axes)}"
        )
    for key in measure:
        if key not in axes:
            raise ValueError(
                f"measure has {key!r}; an axis is one of {', '.join(axes)}"
            )
    return measure
''',
    "_weights": '''
def _weights(measure: dict, axis: str, x, batch: tuple, *lengths: int) -> torch.Tensor:
    """The weights (..., *lengths) of an axis, at least of single precision; None where its
    entries all count alike."""
    if axis not in measure:
        return None
    weight = measure[axis]
    if not isinstance(weight, torch.Tensor) or weight.is_complex():
        tensor = isinstance(weight, torch.Tensor)
        kind = weight.dtype if tensor else type(weight).__name__
        raise TypeError(f"measure of {axis} is {kind}; give a tensor of real numbers")
    outer, own = weight.shape[: -len(lengths)], weight.shape[-len(lengths) :]
    fits = [one == 1 or one == size for one, size in zip(outer[::-1], batch[::-1])]
    if own != lengths or len(outer) > len(batch) or not all(fits):
        shape = f"(..., {', '.join(map(str, lengths))})"
        shape += f" with ... as in the input, {tuple(batch)}" if own == lengths else ""
        raise ValueError(
            f"measure of {axis} needs shape {shape}, not {tuple(weight.shape)}"
        )
    if not weight.is_floating_point():
        weight = weight.to(_wide(x))
    return _sound(weight.to(torch.promote_types(weight.dtype, _wide(x))), axis)
''',
    "_sound": '''
def _sound(weight: torch.Tensor, axis: str) -> torch.Tensor:
    """Weights that are 0 or more and finite. Others are refused; where values cannot be
    looked at (in a graph, under torch.vmap, on another device) they become NaN."""
    good = (weight >= 0) & (weight < torch.inf)
    if weight.device.type == "cpu" and not torch.compiler.is_compiling():
        try:
            whole = bool(good.all())
        except RuntimeError:  # torch.vmap
            return torch.where(good, weight, torch.nan)
        if not whole:
            raise ValueError(
                f"measure of {axis} has weights that are negative or not finite"
            )
        return weight
    return torch.where(good, weight, torch.nan)
''',
    "_proportions": '''
def _proportions(weight: torch.Tensor | None) -> torch.Tensor | None:
    """Weights that add up to one along their axis, or are all zero."""
    if weight is None or weight.shape[-1] == 0:
        return weight
    peak = weight.amax(-1, keepdim=True)  # a sum of large weights may overflow
    weight = weight / torch.where(peak == 0, 1, peak)
    total = weight.sum(-1, keepdim=True)
    return weight / torch.where(total == 0, 1, total)
''',
    "_peak": '''
def _peak(x: torch.Tensor, axes: int) -> torch.Tensor:
    """The largest absolute value over the last axes; zero where there is none."""
    flat = x.abs().flatten(-axes)
    return flat.amax(-1) if flat.shape[-1] else flat.sum(-1)
''',
    "_wide": '''
def _wide(x: torch.Tensor) -> torch.dtype:
    """The type to add and square in: half precision would overflow or lose digits."""
    return torch.promote_types(x.dtype, torch.float32)
''',
    "_placed": '''
def _placed(weight: torch.Tensor, axes: str, own: str) -> torch.Tensor:
    """Weights (..., *own) in the order of axes, with new ones of length one between."""
    if len(own) > 1:
        order = [own.index(axis) - len(own) for axis in axes if axis in own]
        weight = weight.movedim(order, [*range(-len(own), 0)])
    return weight[(..., *(slice(None) if axis in own else None for axis in axes))]
''',
    "_masked": '''
def _masked(x: torch.Tensor, axes: str, *measured: tuple) -> torch.Tensor:
    """x (..., *axes) with zero where a weight is zero."""
    for weight, own in measured:
        if weight is not None:
            x = torch.where(_placed(weight == 0, axes, own), 0, x)
    return x
''',
    "_mean": '''
def _mean(x, axes: str, weight, own: str, keep: bool = False) -> torch.Tensor:
    """The mean of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim, wide = axes.index(own[-1]) - len(axes), _wide(x)
    if weight is not None:
        weighed = x.to(wide) * _placed(weight.to(wide), axes, own)
        return weighed.sum(dim, keepdim=keep).to(x.dtype)
    mean = x.sum(dim, keepdim=keep, dtype=wide) / max(x.shape[dim], 1)
    return mean.to(x.dtype)
''',
    "_sum": '''
def _sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """The sum of x (..., *axes) over the axis own[-1], with weights (..., *own)."""
    dim, wide = axes.index(own[-1]) - len(axes), _wide(x)
    if weight is None:
        return x.sum(dim)
    return (x.to(wide) * _placed(weight.to(wide), axes, own)).sum(dim).to(x.dtype)
''',
    "_means": '''
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
''',
    "_sums": '''
def _sums(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The sum of x (..., *axes) over several axes, with weights (..., *own)."""
    total = x.to(_wide(x))
    for weight, own in reversed(measured):
        total, axes = _sum(total, axes, weight, own), axes.replace(own[-1], "")
    return total.to(x.dtype)
''',
    "_mean_over": '''
def _mean_over(x, axes: str, *measured: tuple) -> torch.Tensor:
    """The mean of x (..., *axes) over several axes, which stay, of length one."""
    for weight, own in reversed(measured):
        x = _mean(x, axes, weight, own, keep=True)
    return x
''',
    "_one_scale": '''
def _one_scale(*inputs: tuple) -> tuple[torch.Tensor, ...]:
    """Tensors over the root of their mean squares, added up. Each comes with its axes and
    the weights of these, the channels last. The largest entry, which may be far from one,
    is divided by first."""
    peak, square, found = 0, 0, []
    for x, axes, *measured in inputs:
        seen = _masked(x, axes, *measured).to(_wide(x))
        peak = torch.maximum(_peak(seen, len(axes)), torch.as_tensor(peak).to(seen))
    peak = torch.where(peak > 0, peak, 1)
    for x, axes, *measured in inputs:
        wide = x.to(_wide(x)) / peak[(..., *[None] * len(axes))]
        mean = _mean_over(_masked(wide, axes, *measured).square(), axes, *measured)
        square = square + mean.mean(-1)[(..., *[0] * (len(axes) - 1))]
        found.append(wide)
    square = torch.where(square > 0, square, 1).rsqrt()
    return tuple(
        (wide * square[(..., *[None] * len(axes))]).to(x.dtype)
        for wide, (x, axes, *_) in zip(found, inputs)
    )
''',
    "_standard": '''
def _standard(
    x, axes: str, *measured: tuple, centred: str | None = None
) -> torch.Tensor:
    """x (..., *axes) over its root mean square, less its mean first (over the axes
    `centred` only, where these are given); zero where a weight is zero."""
    wide = x.to(_wide(x))
    along = [one for one in measured if centred is None or one[1][-1] in centred]
    wide = wide - _mean_over(wide, axes, *along) if along else wide
    wide = _masked(wide, axes, *measured)
    root = torch.rsqrt(_mean_over(wide.square(), axes, *measured) + 1e-5)
    return (wide * root).to(x.dtype)
''',
    "_weigh": '''
def _weigh(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), so that a sum over own[-1] is a mean."""
    if weight is None:
        return x / x.shape[axes.index(own[-1]) - len(axes)]
    return _weigh_sum(x, axes, weight, own)
''',
    "_weigh_sum": '''
def _weigh_sum(x, axes: str, weight, own: str) -> torch.Tensor:
    """x (..., *axes) times weights (..., *own), where there are any."""
    if weight is None:
        return x
    wide = _wide(x)
    return (x.to(wide) * _placed(weight.to(wide), axes, own)).to(x.dtype)
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
    "_convolve": '''
def _convolve(x, kernel, spec: str, dims: tuple, lengths: tuple) -> torch.Tensor:
    """The circular convolution of x over some axes with a kernel, whose first axes are the
    offsets, by FFT; `spec` says how the transforms are multiplied."""
    if x.numel() == 0:
        return torch.einsum(spec, x, kernel)
    wide = _wide(x)  # half precision has no FFT
    waves = torch.fft.rfftn(x.to(wide), dim=dims)
    kernel = torch.fft.rfftn(kernel.to(wide), dim=tuple(range(len(dims))))
    waves = torch.einsum(spec, waves, kernel)
    return torch.fft.irfftn(waves, s=lengths, dim=dims).to(x.dtype)
''',
    "_is_spec": '''
def _is_spec(given, spec: tuple[int, ...]) -> bool:
    """Whether the numbers in a state dict say that it is of this layer."""
    same = isinstance(given, torch.Tensor) and given.shape == (len(spec),)
    return same and not given.is_meta and given.tolist() == list(spec)
''',
    "_foreign": '''
def _foreign(given, said: str) -> str:
    """What to say of weights whose numbers are not those of a layer that is `said`."""
    found = given
    if isinstance(given, torch.Tensor) and not given.is_meta:
        found = given.tolist()
    return (
        f"these are the weights of another layer (spec {found}); this layer is {said}"
    )
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
    batches = [x.shape[: x.dim() - own] for x, own in inputs]
    for one in batches[1:]:
        for size, other in zip(one[::-1], batches[0][::-1]):
            if size != other and 1 not in (size, other):
                shapes = ", ".join(str(tuple(each)) for each in batches)
                raise ValueError(
                    f"inputs have batches that do not go together: {shapes}"
                )
    batch = torch.broadcast_shapes(*batches)
    return tuple(x.expand(*batch, *x.shape[x.dim() - own :]) for x, own in inputs)
''',
    "_unit": '''
def _unit(x: torch.Tensor) -> torch.Tensor:
    """x over the root mean square of its channels, entry by entry."""
    wide = x.to(_wide(x))
    size = wide.square().mean(-1, keepdim=True)
    return (wide * torch.rsqrt(size + 1e-12)).to(x.dtype)
''',
    "_per_tensor": '''
def _per_tensor(
    name: str, given: int | tuple[int, ...], number: int
) -> tuple[int, ...]:
    """One channel number for each tensor; a single int is meant for all."""
    found = tuple(given) if isinstance(given, (tuple, list)) else (given,) * number
    if len(found) != number:
        raise ValueError(f"{name}: {number} numbers are needed, not {len(found)}")
    return tuple(_number(name, one) for one in found)
''',
    "_number": '''
def _number(name: str, number) -> int:
    """A number of channels, layers, rounds or values of an axis: a whole one, 1 or more."""
    whole = number
    if not isinstance(number, int):
        try:
            whole = 0 if isinstance(number, torch.Tensor) else number.__index__()
        except (AttributeError, TypeError):
            whole = 0
    if isinstance(number, bool) or not 1 <= whole < 2**31:
        raise ValueError(f"{name}={number!r} is not a whole number, 1 or more")
    return whole
''',
}
"""The text of each function, and its name; those further up may call those further down."""


def helpers(lines: Iterable[str]) -> list[str]:
    """The functions that some lines use, and those that these use, each after two empty lines.

    >>> [line for line in helpers(["t = _rows(self.mix, 'a', 'b')"]) if line.startswith("def")]
    ['def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:']
    """
    wanted: set[str] = set()
    found = _used("\n".join(lines))
    while found:
        wanted |= found
        found = {other for name in found for other in _used(HELPERS[name])} - wanted
    return [
        line for name, body in HELPERS.items() if name in wanted for line in ("", "", *body.strip("\n").split("\n"))
    ]


def _used(text: str) -> set[str]:
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return HELPERS.keys() & names
