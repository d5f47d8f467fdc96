"""The weights of an axis that a call gives: read, checked, scaled to sum to one."""

import torch

from symshare.nn.runtime.means import _wide

# What follows travels with emitted files.


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


def _weights(measure: dict, axis: str, x, batch: tuple, *lengths: int) -> torch.Tensor:
    """The weights (..., *lengths) of an axis, at least of single precision; None where its
    entries all count alike."""
    if axis not in measure:
        return None  # type: ignore[return-value]  # or None, as the docstring says
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


def _proportions(weight: torch.Tensor | None) -> torch.Tensor | None:
    """Weights that add up to one along their axis, or are all zero."""
    if weight is None or weight.shape[-1] == 0:
        return weight
    peak = weight.amax(-1, keepdim=True)  # a sum of large weights may overflow
    weight = weight / torch.where(peak == 0, 1, peak)
    total = weight.sum(-1, keepdim=True)
    return weight / torch.where(total == 0, 1, total)
