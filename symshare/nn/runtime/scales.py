"""Values divided by their root mean square."""

import torch

from symshare.nn.runtime.means import _masked, _mean_over, _means, _peak, _sums, _wide

# What follows travels with emitted files.


def _one_scale(*inputs: tuple) -> tuple[torch.Tensor, ...]:
    """Tensors over the root of their mean squares, added up. Each comes with its axes and
    the weights of these, the channels last. The largest entry, which may be far from one,
    is divided by first."""
    peaks = [
        _peak(_masked(x, axes, *measured).to(_wide(x)), len(axes))
        for x, axes, *measured in inputs
    ]
    peak, square, found = peaks[0], 0, []
    for one in peaks[1:]:
        peak = torch.maximum(peak, one)
    peak = torch.where(peak > 0, peak, 1)
    for x, axes, *measured in inputs:
        wide = x.to(_wide(x)) / peak[(..., *[None] * len(axes))]
        mean = _mean_over(_masked(wide, axes, *measured).square(), axes, *measured)
        square = square + mean.mean(-1)[(..., *[0] * (len(axes) - 1))]  # type: ignore[assignment, index]  # a number, then a tensor; indices
        found.append(wide)
    square = torch.where(square > 0, square, 1).rsqrt()  # type: ignore[call-overload]  # a tensor by now
    return tuple(
        (wide * square[(..., *[None] * len(axes))]).to(x.dtype)
        for wide, (x, axes, *_) in zip(found, inputs)
    )


def _standard(
    x, axes: str, *measured: tuple, centred: str | None = None
) -> torch.Tensor:
    """x (..., *axes) over its root mean square, less its mean first (over the axes
    `centred` only, where these are given); zero where a weight is zero."""
    wide = x.to(_wide(x))
    along = [one for one in measured if centred is None or one[1][-1] in centred]
    if along:  # the sign is put on the smaller of the two
        wide = wide + -_mean_over(wide, axes, *along)
    wide = _masked(wide, axes, *measured)
    root = torch.rsqrt(_mean_over(wide.square(), axes, *measured) + 1e-5)
    return (wide * root).to(x.dtype)


def _norm(*inputs: tuple, mean: bool) -> torch.Tensor:
    """The root of the sum of the squares of tensors, or of their mean squares, added up;
    one where all are zero. Each comes with its axes and the weights of these, the channels,
    which are averaged, last."""
    peaks = [
        _peak(_masked(x, axes, *measured).to(_wide(x)), len(axes))
        for x, axes, *measured in inputs
    ]
    peak = peaks[0]
    for one in peaks[1:]:
        peak = torch.maximum(peak, one)
    peak = torch.where(peak > 0, peak, 1)
    square = torch.zeros_like(peak)
    for x, axes, *measured in inputs:
        wide = x.to(_wide(x)) / peak[(..., *[None] * len(axes))]
        wide = _masked(wide, axes, *measured).square().mean(-1)
        add_up = _means if mean else _sums
        square = square + (add_up(wide, axes[:-1], *measured) if measured else wide)
    return peak * torch.where(square > 0, square, 1).sqrt()


def _scaled(x: torch.Tensor, size: torch.Tensor, power: int) -> torch.Tensor:
    """x (batch.., *axes, channels) times a power of a size (batch..)."""
    factor = size.pow(abs(power))[(..., *[None] * (x.dim() - size.dim()))]
    wide = x.to(_wide(x))  # one over a very small size would be no number
    return (wide / factor if power < 0 else wide * factor).to(x.dtype)


def _all_scaled(values: tuple, size: torch.Tensor, power: int) -> tuple:
    """The same of several tensors."""
    return tuple(_scaled(one, size, power) for one in values)
