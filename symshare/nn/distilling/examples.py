"""Examples of a map, pairs of inputs and outputs, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import torch

from symshare.core.notation.signature import Signature
from symshare.errors import SymshareError, shown
from symshare.nn.distilling.shapes import as_tensor, lengths

__all__ = ["Example", "read_examples"]

Example = tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]
"""Inputs (batch.., *axes) and outputs."""


def read_examples(source: Any, signature: Signature) -> list[Example]:
    """Pairs of tensors that fit a signature without channels.

    Raises SymshareError where there are none, or tensors do not fit, or have values that are no numbers.
    """
    if signature.latent_axes:
        raise SymshareError(f"{signature} has channels, and examples have none\n  leave out its latent axes")
    if isinstance(source, str) or not hasattr(source, "__iter__"):
        raise SymshareError(
            f"{shown(repr(source), 40)} is no network, no function and no list of examples\n  give [(x, y), ..]"
        )
    found = []
    for place, pair in enumerate(source):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise SymshareError(f"example {place} is no pair\n  give [(x, y), ..] or [((x, z), y), ..]")
        inputs, outputs = (
            _side(side, len(tensors), f"{what} of example {place}")
            for side, tensors, what in zip(
                pair, (signature.inputs, signature.outputs), ("input", "output"), strict=True
            )
        )
        _check(signature, inputs, outputs, place)
        found.append((inputs, outputs))
    if not found:
        raise SymshareError(
            f"no examples are not pairs of {len(signature.inputs)} inputs and {len(signature.outputs)} outputs\n"
            "  give [(x, y), ..] or [((x, z), y), ..]"
        )
    return found


def _side(side: Any, number: int, what: str) -> tuple[torch.Tensor, ...]:
    """The tensors of one side of a pair: several in a tuple or list, one by itself."""
    many = isinstance(side, tuple | list) and (number > 1 or (len(side) == 1 and hasattr(side[0], "shape")))
    listed: Sequence[Any] = side if many else [side]
    if len(listed) != number:
        raise SymshareError(
            f"there are {len(listed)} tensors for {number} as {what}\n  give ((x, z), y) for two inputs"
        )
    return tuple(as_tensor(one, what).cpu() for one in listed)


def _check(signature: Signature, inputs: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor], place: int) -> None:
    tensors, arrays = (*signature.inputs, *signature.outputs), (*inputs, *outputs)
    names = [f"{what} {at}" for what, side in (("input", inputs), ("output", outputs)) for at in range(len(side))]
    names = [f"{name} of example {place}" for name in names]
    lengths(tensors, arrays, names, dict(signature.sizes))
    batches = [tuple(one.shape[: one.dim() - len(tensor.axes)]) for one, tensor in zip(arrays, tensors, strict=True)]
    whole = [max(own) for own in zip_longest(*(batch[::-1] for batch in batches[: len(inputs)]), fillvalue=1)][::-1]
    if any(one not in (1, long) for batch in batches for one, long in zip(batch[::-1], whole[::-1], strict=False)):
        whole = [-1]
    for batch, name, one in zip(batches, names, arrays, strict=True):
        if name.startswith("output") and list(batch) != whole:
            told = f"the batches {', '.join(map(str, batches))} of example {place} do not fit each other"
            raise SymshareError(f"{told}\n  give inputs and outputs one number of values: (batch.., *axes)")
        if not torch.isfinite(one).all():
            raise SymshareError(f"{name} has values that are no numbers\n  leave out what has them")
