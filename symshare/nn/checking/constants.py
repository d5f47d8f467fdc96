"""Numbers that a module keeps and that training does not change, such as tables of square roots in single precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch

from symshare.nn.checking.subject import drawn

__all__ = ["SINGLE", "nudged"]

SINGLE = torch.finfo(torch.float32).eps
"""The rounding of a number in single precision."""


@contextmanager
def nudged(module: torch.nn.Module, random: np.random.Generator) -> Iterator[bool]:
    """Let a module that runs in double precision have other constants, by half the rounding of single precision, where they
    are in single precision; whether there are some.

    Whole numbers, halves and all others of few digits are exact.

    >>> one = torch.nn.Module()
    >>> one.register_buffer("own", torch.tensor([3.0, 4.0]).sqrt().double())
    >>> with nudged(one, np.random.default_rng(0)) as some:
    ...     print(some, ((one.own**2 - torch.tensor([3.0, 4.0])).abs() > 1e-7).tolist())
    True [True, False]
    """
    kept: list[tuple[torch.Tensor, torch.Tensor]] = []
    try:
        for one in _constants(module):
            single = (one.float().double() == one) & (one.half().double() != one) & (one.round() != one)
            if bool(single.any()):
                signs = torch.from_numpy(random.choice([-0.5, 0.5], size=tuple(one.shape))).to(one.device)
                with suppress(RuntimeError):  # a tensor of inference mode stays as it is
                    old, one.data = one.data, one.data * (1 + SINGLE * signs * single)
                    kept.append((one, old))
        yield bool(kept)
    finally:
        for one, old in kept:
            one.data = old


def _constants(module: torch.nn.Module) -> list[torch.Tensor]:
    """Buffers, parameters that are not trained, and tensors that are neither; no statistics, which training changes."""
    changing = {id(one) for one in drawn(module)}
    found: list[Any] = [*module.buffers(), *module.parameters()]
    for one in module.modules():
        for value in vars(one).values():
            found += value if type(value) in (list, tuple) else value.values() if type(value) is dict else [value]
    tensors = {id(one): one for one in found if isinstance(one, torch.Tensor) and id(one) not in changing}
    return [one for one in tensors.values() if one.dtype == torch.float64 and one.layout == torch.strided]
