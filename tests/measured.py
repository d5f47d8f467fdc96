"""How far a compiled layer is from commuting with its group, by `symshare.nn.check`'s own measure: one run for each element."""

import torch

from symshare.nn.checking.check import TOLERANCE, examined
from symshare.nn.checking.measuring import Trial
from symshare.nn.checking.report import Report
from symshare.nn.checking.subject import Subject, quiet
from symshare.nn.checking.tensors import small_sizes, with_channels

__all__ = ["equivariance_errors", "random_inputs", "small_sizes"]


def equivariance_errors(layer, one, inputs, *, seed=0):
    """The largest relative error by the axes that move; inputs have shape (batch.., *set axes, channels)."""
    trial = Trial(Subject(layer, "layer"), with_channels(one), tuple(inputs))
    with quiet(seed):
        return examined(Report("layer", one, (), (), TOLERANCE), [trial], seed, []).errors


def random_inputs(layer, one, sizes, *, batch=2, seed=0):
    """Standard normal float64 inputs of a layer."""
    generator = torch.Generator().manual_seed(seed)
    channels = layer.in_channels
    each = channels if isinstance(channels, tuple) else (channels,) * len(one.inputs)
    return [
        torch.randn(
            (batch, *(sizes[letter] for letter in tensor.set_axes), int(number)),
            generator=generator,
            dtype=torch.float64,
        )
        for tensor, number in zip(one.stacked().inputs, each, strict=True)
    ]
