"""Circular convolutions."""

import torch

from symshare.nn.runtime.means import _wide

# What follows travels with emitted files.


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
