"""How far a layer is from commuting with its group, measured on random input."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch

from symshare.core.actions.blocks import act
from symshare.core.actions.random import random_elements
from symshare.core.notation.names import beside
from symshare.core.notation.signature import Signature
from symshare.core.notation.tensor import Tensor
from symshare.errors import LayerFileError, plural, shown

__all__ = ["equivariance_errors", "random_inputs", "scale_error", "small_sizes"]


def equivariance_errors(
    layer: torch.nn.Module,
    signature: Signature,
    inputs: list[torch.Tensor],
    *,
    seed: int = 0,
) -> dict[str, float]:
    """For each axis the largest abs(f(g x) - g f(x)) over the largest abs(f(x)), g a random element of its group
    (the worst of three for other groups than the symmetric one).

    `inputs` has one tensor (batch.., *set axes, channels) per input of the signature. A dependent axis is relabelled on
    its own below each value of its parent. Axes that move together stand in one text, `ab` for an axis and its dual (words
    one space apart).
    Raises LayerFileError where the outputs are not those of the signature, in number, type or shape.

    >>> import symshare
    >>> one = symshare.signature("ab")
    >>> layer = symshare.nn.compile(symshare.derive(one, 1), 2, 3, dtype=torch.float64)
    >>> errors = equivariance_errors(layer, one, random_inputs(layer, one, small_sizes(one)))
    >>> sorted(errors), max(errors.values()) < 1e-12
    (['a', 'b'], True)
    """
    random = np.random.default_rng(seed)
    stacked = signature.stacked()
    ins = [Tensor((*tensor.set_axes, "C")) for tensor in stacked.inputs]
    outs = [Tensor((*tensor.set_axes, "C")) for tensor in stacked.outputs]
    sizes = dict(signature.sizes) | small_sizes(signature)
    for tensor, given in zip(stacked.inputs, inputs, strict=True):
        axes = tensor.set_axes
        sizes |= dict(zip(axes, given.shape[given.dim() - 1 - len(axes) : -1], strict=True))
    here = _run(layer, signature, inputs, sizes)
    scale = max(max(float(np.abs(array).max(initial=0.0)) for array in here), 1e-300)
    errors: dict[str, float] = {}
    for element in random_elements(signature, sizes, random):
        there = [
            torch.from_numpy(act(element, tensor, given.detach().cpu().numpy())).to(given)
            for tensor, given in zip(ins, inputs, strict=True)
        ]
        expected = [act(element, tensor, array) for tensor, array in zip(outs, here, strict=True)]
        found = _run(layer, signature, there, sizes)
        largest = [float(np.abs(one - two).max(initial=0.0)) for one, two in zip(found, expected, strict=True)]
        error = float(np.max(largest)) / scale
        name = beside(element.axes)
        errors[name] = error if np.isnan(error) else max(errors.get(name, 0.0), error)
    return errors


def scale_error(layer: torch.nn.Module, signature: Signature, inputs: list[torch.Tensor]) -> float:
    """The largest abs(f(3 x) - f(x)) over the largest abs(f(x))."""
    sizes = dict(signature.sizes) | small_sizes(signature)
    here, there = _run(layer, signature, inputs, sizes), _run(layer, signature, [3 * one for one in inputs], sizes)
    scale = max(max(float(np.abs(array).max(initial=0.0)) for array in here), 1e-300)
    return max(float(np.abs(one - two).max(initial=0.0)) for one, two in zip(here, there, strict=True)) / scale


def small_sizes(signature: Signature) -> dict[str, int]:
    """A small size for each axis, all different unless the signature has a smaller one or a group fixes it."""
    fixed = dict(signature.sizes)
    groups = dict(signature.groups)
    found = {
        letter: groups[letter].size if letter in groups else min(3 + place, fixed.get(letter, 3 + place))
        for place, letter in enumerate(signature.set_axes)
    }
    return found | {letter: fixed[letter] for letter in signature.latent_parents}


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
        for tensor, number in zip(signature.stacked().inputs, each, strict=True)
    ]


def _run(
    layer: torch.nn.Module, signature: Signature, inputs: list[torch.Tensor], sizes: dict[str, int]
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.floating]]]:
    """The layer's outputs as arrays; axes that no input has are passed by keyword."""
    present = {letter for tensor in signature.inputs for letter in tensor.set_axes}
    missing = [letter for letter in signature.symmetric_axes if letter not in present]
    keywords = [
        name
        for name, parameter in inspect.signature(layer.forward).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    with torch.no_grad():
        result = layer(*inputs, **{name: sizes[letter] for name, letter in zip(keywords, missing, strict=False)})
    outputs = result if isinstance(result, tuple) else (result,)
    _check_outputs(layer, outputs, signature, inputs, sizes)
    return [one.detach().cpu().numpy() for one in outputs]


def _check_outputs(
    layer: torch.nn.Module,
    outputs: tuple[Any, ...],
    signature: Signature,
    inputs: list[torch.Tensor],
    sizes: dict[str, int],
) -> None:
    """What a layer returns against its signature: the number of tensors, their type, and their shapes."""
    if len(outputs) != len(signature.outputs):
        given = plural(len(outputs), "output")
        raise LayerFileError(f"it returns {given}, where {str(signature)!r} has {len(signature.outputs)}\n  mend it")
    channels = getattr(layer, "out_channels", None)
    each = channels if isinstance(channels, tuple) else (channels,) * len(outputs)
    signature = signature.stacked()
    batches = (
        one.shape[: one.dim() - 1 - len(tensor.set_axes)] for one, tensor in zip(inputs, signature.inputs, strict=True)
    )
    batch = tuple(torch.broadcast_shapes(*batches))  # type: ignore[no-untyped-call]  # torch gives no types
    for place, (one, tensor, number) in enumerate(zip(outputs, signature.outputs, each, strict=True)):
        which = f"output {place}" if len(outputs) > 1 else "its output"
        if not isinstance(one, torch.Tensor):
            raise LayerFileError(f"{which} is of type {shown(type(one).__name__)}\n  return a tensor")
        last = one.shape[-1:] if number is None else (number,)
        wanted = (*batch, *(sizes[letter] for letter in tensor.set_axes), *last)
        if tuple(one.shape) != wanted:
            raise LayerFileError(f"{which} has the shape {tuple(one.shape)}, not {wanted}\n  mend it")
        if inputs and one.dtype != inputs[0].dtype:
            raise LayerFileError(f"{which} is of type {one.dtype}, not {inputs[0].dtype}\n  mend it")
