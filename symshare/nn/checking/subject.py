"""A module as it is tried: run so that nothing outside changes, moved as training would, its errors in a line."""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symshare.errors import CheckError, shown

__all__ = [
    "Subject",
    "draw_anew",
    "drawn",
    "place_of",
    "quiet",
    "reason",
    "said_of_mode",
]

TORCH, HERE = Path(torch.__file__).parent, Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A copy of a module, the name it goes by, its precision, and whether it needs derivatives to run."""

    module: torch.nn.Module
    name: str
    dtype: torch.dtype = torch.float64
    derivatives: bool = False

    def __call__(self, inputs: Sequence[torch.Tensor], lengths: Mapping[str, int]) -> Any:
        """What the module gives for some inputs, into which it may write."""
        usual = torch.get_default_dtype()
        torch.set_default_dtype(self.dtype)
        try:
            with torch.set_grad_enabled(self.derivatives):
                return self.module(*inputs, **lengths)
        finally:
            torch.set_default_dtype(usual)

    @property
    def eps(self) -> float:
        """The rounding of one number."""
        return float(torch.finfo(self.dtype).eps)


@contextmanager
def quiet(seed: int) -> Iterator[None]:
    """Whatever is drawn inside follows from a seed, and leaves all generators of random numbers as they were."""
    state, old = random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()  # type: ignore[no-untyped-call]  # torch gives no types
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(state)
            np.random.set_state(old)


def drawn(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    """What training changes: parameters, and the running statistics of normalisations."""
    yield from (one for one in module.parameters() if one.requires_grad and one.is_floating_point() and one.numel())
    for kept in module.modules():
        for name in ("running_mean", "running_var"):
            value = getattr(kept, name, None)
            if isinstance(value, torch.Tensor) and value.numel():
                yield value


@torch.no_grad()
def draw_anew(module: torch.nn.Module, strength: float = 0.3) -> None:
    """Move all that training changes, at random: the zeros and ones of a beginning hide much. What is positive stays so."""
    for value in drawn(module):
        noise = strength * torch.randn_like(value)
        spread = float(value.std(correction=0)) or float(value.abs().max()) or 1.0
        value.copy_(value * noise.exp() if bool((value > 0).all()) else value + spread * noise)


def said_of_mode(module: torch.nn.Module) -> str:
    """What a sentence says of evaluation mode; empty where the module is in it already."""
    training = [one for one in module.modules() if one.training]
    if not training:
        return ""
    kinds = sorted({type(one).__name__ for one in training if _acts_in_training(one)})
    return "run in evaluation mode" + (f": {', '.join(map(shown, kinds))} as after training" if kinds else "")


def _acts_in_training(module: torch.nn.Module) -> bool:
    drops = getattr(module, "dropout", getattr(module, "p", 0))
    statistics = getattr(module, "running_mean", None) is not None
    return statistics or (isinstance(drops, float) and drops > 0)


def reason(error: BaseException) -> str:
    """An error in one line."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # the file's own error may fail at that too
        lines = []
    text = shown(lines[0], 160) if lines else ""
    if isinstance(error, CheckError) and text:
        return text
    return f"{shown(type(error).__name__)}{': ' if text else ''}{text}"


def place_of(error: BaseException) -> str:
    """The line outside torch and this package in which an error arose, as `net.py line 3`; empty where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [one for one in frames if not {TORCH, HERE} & set(Path(one.filename).parents)]
    return f"{shown(Path(outside[-1].filename).name)} line {outside[-1].lineno}" if outside else ""
