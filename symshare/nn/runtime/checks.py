"""Checks of an input: its shape, the lengths of its axes, its type."""

import torch

# What follows travels with emitted files.


def _check(name: str, x, axes: tuple, channels: int, sizes: dict, weight) -> None:
    """Refuse x unless it has shape (..., *axes, channels) and the type of a weight; an axis
    is a length, or a name whose length is the same in all tensors (`sizes` has them)."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} is a {type(x).__name__}, not a tensor")
    own, known = tuple(x.shape)[-1 - len(axes) :], set(sizes)
    fits = len(own) == len(axes) + 1 and own[-1] == channels
    for axis, length in zip(axes, own):
        wanted = sizes.setdefault(axis, length) if isinstance(axis, str) else axis
        fits = fits and length == wanted
    if not fits:
        shape = f"(..., {', '.join(map(str, (*axes, channels)))})"
        pairs = zip(axes, own) if len(own) == len(axes) + 1 else ()
        told = [f"{a} = {sizes[a]}" for a, n in pairs if a in known and sizes[a] != n]
        others = f"; inputs before it have {', '.join(told)}" if told else ""
        raise ValueError(f"{name} needs shape {shape}, not {tuple(x.shape)}{others}")
    if x.dtype != weight.dtype:
        castable = x.is_floating_point() and not x.is_meta
        if not (castable and torch.is_autocast_enabled(x.device.type)):
            raise TypeError(
                f"{name} is {x.dtype}, weights are {weight.dtype}: convert one"
            )
