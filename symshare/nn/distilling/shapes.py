"""Whether tensors fit the axes that they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from symshare.core.notation.tensor import Tensor
from symshare.errors import SymshareError, shown

__all__ = ["as_tensor", "lengths"]


def as_tensor(one: Any, what: str) -> torch.Tensor:
    """Anything that torch takes for an array of real numbers, of a float type; SymshareError for other things.

    >>> as_tensor([1, 2], "x").dtype
    torch.float64
    """
    try:
        found = torch.as_tensor(one)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise SymshareError(f"{what} is {shown(repr(one), 40)}\n  give a tensor or an array of numbers") from problem
    if found.is_complex():
        raise SymshareError(f"{what} has complex numbers\n  give their real and imaginary parts, a tensor each")
    return found if found.is_floating_point() else found.double()


def lengths(
    tensors: Sequence[Tensor],
    arrays: Sequence[torch.Tensor],
    names: Sequence[str],
    known: Mapping[str, int],
    channels: int = 0,
) -> dict[str, int]:
    """The length of each axis of tensors (batch.., *axes, and so many more); SymshareError where they do not fit.

    >>> from symshare.core.notation.reading import signature
    >>> lengths(signature("ab,b").inputs, [torch.zeros(2, 3), torch.zeros(7, 3)], ("x", "y"), {})
    {'a': 2, 'b': 3}
    """
    found = dict(known)
    for tensor, one, name in zip(tensors, arrays, names, strict=True):
        number = len(tensor.axes)
        told = f"(batch.., {', '.join([*tensor.axes, *['channels'] * channels])})"
        if one.dim() < number + channels:
            raise SymshareError(f"{name} has the shape {tuple(one.shape)}\n  give it as {told}")
        inner = one.shape[: one.dim() - channels]
        for axis, length in zip(tensor.axes, inner[len(inner) - number :], strict=True):
            if found.setdefault(axis, length) != length:
                cure = f"give it as {told} with {axis} = {found[axis]}, as elsewhere"
                raise SymshareError(f"{name} has the shape {tuple(one.shape)}, {axis} = {length}\n  {cure}")
    return found
