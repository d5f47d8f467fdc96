"""Inputs beside the same with entries that masks leave out."""

import torch


def padded(one, channels=2, more=2):
    """Inputs of a batch of two of a signature's first tensor; these among large entries; masks that leave the latter out; and
    the places of the first ones in an output's set axes."""
    axes = one.inputs[0].set_axes
    lengths = [3 + place for place in range(len(axes))]
    x = torch.randn(2, *lengths, channels, dtype=torch.float64)
    wide = torch.full((2, *(length + more for length in lengths), channels), 1e3, dtype=torch.float64)
    wide[(slice(None), *(slice(length) for length in lengths))] = x
    masks = {axis: torch.arange(length + more) < length for axis, length in zip(axes, lengths, strict=True)}
    kept = [slice(lengths[axes.index(axis)]) for axis in one.outputs[0].set_axes]
    return x, wide, masks, kept
