"""What may be given as samples of states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from symshare.errors import SpecError, shown

__all__ = ["check_samples"]

CURE = "give a list of state dicts: features([net.state_dict()])"


def check_samples(samples: object) -> None:
    """Refuse what is no list of state dicts, or of several of them each.

    >>> check_samples([{"0.weight": torch.zeros(2, 3)}])
    """
    if isinstance(samples, Mapping) or not isinstance(samples, Sequence) or isinstance(samples, str):
        what = "a state dict by itself" if isinstance(samples, Mapping) else f"of type {type(samples).__name__}"
        raise SpecError(f"the samples are {what}\n  {CURE}")
    if not samples:
        raise SpecError(f"there are no states\n  {CURE}")
    for sample in samples:
        several = sample if isinstance(sample, Sequence) and not isinstance(sample, str) else (sample,)
        for state in several:
            _check_state(state)


def _check_state(state: object) -> None:
    if not isinstance(state, Mapping):
        raise SpecError(f"a sample is of type {type(state).__name__}\n  {CURE}")
    for name, one in state.items():
        if not isinstance(one, torch.Tensor):
            raise SpecError(f"{shown(str(name))} is of type {type(one).__name__}, no tensor\n  {CURE}")
