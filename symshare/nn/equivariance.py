"""How far a layer is from commuting with its group, measured on random input."""

from __future__ import annotations

import inspect

import numpy as np
import torch

from symshare.core.relabelling import random_relabelling, relabel
from symshare.core.signature import Signature, Tensor

__all__ = ["equivariance_errors", "random_inputs", "small_sizes"]


def equivariance_errors(
    layer: torch.nn.Module,
    signature: Signature,
    inputs: list[torch.Tensor],
    *,
    seed: int = 0,
) -> dict[str, float]:
    """For each set axis the largest abs(f(g x) - g f(x)) over the largest abs(f(x)), g a random relabelling of it.

    `inputs` has one tensor (batch.., *set axes, channels) per input of the signature. A dependent axis is relabelled on
    its own below each value of its parent.

    >>> import symshare
    >>> one = symshare.signature("ab")
    >>> layer = symshare.nn.compile(symshare.derive(one, 1), 2, 3, dtype=torch.float64)
    >>> errors = equivariance_errors(layer, one, random_inputs(layer, one, small_sizes(one)))
    >>> sorted(errors), max(errors.values()) < 1e-12
    (['a', 'b'], True)
    """
    random = np.random.default_rng(seed)
    ins = [Tensor(tensor.set_axes + "C") for tensor in signature.inputs]
    outs = [Tensor(tensor.set_axes + "C") for tensor in signature.outputs]
    sizes = dict(signature.sizes) | small_sizes(signature)
    for tensor, given in zip(signature.inputs, inputs, strict=True):
        axes = tensor.set_axes
        sizes |= dict(zip(axes, given.shape[given.dim() - 1 - len(axes) : -1], strict=True))
    here = _run(layer, signature, inputs, sizes)
    scale = max(max(float(np.abs(array).max(initial=0.0)) for array in here), 1e-300)
    errors = {}
    for letter in signature.letters:
        moved = random_relabelling(signature, sizes, random, letter)
        there = [
            torch.from_numpy(relabel(signature, tensor, given.detach().cpu().numpy(), moved)).to(given)
            for tensor, given in zip(ins, inputs, strict=True)
        ]
        expected = [relabel(signature, tensor, array, moved) for tensor, array in zip(outs, here, strict=True)]
        found = _run(layer, signature, there, sizes)
        largest = [float(np.abs(one - two).max(initial=0.0)) for one, two in zip(found, expected, strict=True)]
        errors[letter] = float(np.max(largest)) / scale
    return errors


def small_sizes(signature: Signature) -> dict[str, int]:
    """A small size for each set axis, all different unless the signature has a smaller one."""
    fixed = dict(signature.sizes)
    return {letter: min(3 + place, fixed.get(letter, 3 + place)) for place, letter in enumerate(signature.letters)}


def random_inputs(
    layer: torch.nn.Module, signature: Signature, sizes: dict[str, int], *, batch: int = 2, seed: int = 0
) -> list[torch.Tensor]:
    """Standard normal float64 inputs of a layer, on the CPU."""
    generator = torch.Generator().manual_seed(seed)
    channels = layer.in_channels
    each = channels if isinstance(channels, tuple) else (channels,) * len(signature.inputs)
    return [
        torch.randn(
            (batch, *(sizes[letter] for letter in tensor.set_axes), int(number)),
            generator=generator,
            dtype=torch.float64,
        )
        for tensor, number in zip(signature.inputs, each, strict=True)
    ]


def _run(
    layer: torch.nn.Module, signature: Signature, inputs: list[torch.Tensor], sizes: dict[str, int]
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.floating]]]:
    """The layer's outputs as arrays; axes that no input has are passed by keyword."""
    present = {letter for tensor in signature.inputs for letter in tensor.set_axes}
    missing = [letter for letter in signature.letters if letter not in present]
    keywords = [
        name
        for name, parameter in inspect.signature(layer.forward).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    with torch.no_grad():
        result = layer(*inputs, **{name: sizes[letter] for name, letter in zip(keywords, missing, strict=False)})
    return [one.detach().cpu().numpy() for one in (result if isinstance(result, tuple) else (result,))]
