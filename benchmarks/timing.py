"""Seconds and peak memory of layers that compete: a forward pass, and gradients by the input and all weights."""

from __future__ import annotations

import ctypes
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

LEAST_ROUNDS, MOST_ROUNDS = 9, 41
SECONDS, GPU_SECONDS = 3.0, 1.0
"""More rounds than the least only as long as they all take no more than this together."""


@dataclass(frozen=True)
class Setting:
    """Where layers run."""

    device: str
    threads: int
    compiled: bool = False

    def __str__(self) -> str:
        if self.device == "cpu":
            return f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return "CUDA, torch.compile" if self.compiled else "CUDA"


@dataclass(frozen=True)
class Run:
    """A layer, its input and the gradient of its output, channels first where the layer wants them so."""

    layer: nn.Module
    x: Tensor
    gradient: Tensor

    def results(self) -> list[Tensor]:
        """The output and the gradient by the input, channels last."""
        y = self.layer(self.x)
        y.backward(self.gradient)
        return [one.movedim(1, -1) if hasattr(self.layer, "channels_first") else one for one in (y, self.x.grad)]

    def forget(self) -> None:
        """Let go of the gradients of an earlier call."""
        self.x.grad = None
        self.layer.zero_grad(set_to_none=True)

    def seconds(self) -> float:
        """Of one call with its gradients: those of the processor where one thread runs, for others may use it too."""
        clock = time.process_time if torch.get_num_threads() == 1 and not self.x.is_cuda else time.perf_counter
        self.forget()
        wait(self.x)
        start = clock()
        self.layer(self.x).backward(self.gradient)
        wait(self.x)
        return clock() - start


def keep_memory() -> None:
    """Make glibc keep the memory that tensors free: else page faults, which depend on what ran before, decide."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        most_mapped, trim_threshold = -4, -1
        library.mallopt(most_mapped, 0)
        library.mallopt(trim_threshold, 2**31 - 1)


def run(layer: nn.Module, x: Tensor, gradient: Tensor) -> Run:
    """A layer with leaves of its own, its channels where it wants them."""
    if hasattr(layer, "channels_first"):
        x, gradient = x.movedim(-1, 1).contiguous(), gradient.movedim(-1, 1).contiguous()
    return Run(layer, x.detach().clone().requires_grad_(), gradient)


def medians(runs: Mapping[str, Run]) -> dict[str, float]:
    """Median seconds of each, all in turn, in the other direction every other round; after two that do not count."""
    names = list(runs)
    seconds = GPU_SECONDS if runs[names[0]].x.is_cuda else SECONDS
    found: dict[str, list[float]] = {name: [] for name in names}
    for name in names * 2:
        runs[name].seconds()
    start, done = time.perf_counter(), 0
    while done < LEAST_ROUNDS or (done < MOST_ROUNDS and time.perf_counter() - start < seconds):
        for name in names[:: 1 if done % 2 else -1]:
            found[name].append(runs[name].seconds())
        done += 1
    return {name: statistics.median(own) for name, own in found.items()}


def peak(one: Run) -> float:
    """MiB that a call and its gradients need beyond what is there before, at the highest point.

    On a CPU the sum of what torch asks for and gives back, which does not depend on what the process keeps.
    """
    one.seconds()
    if not one.x.is_cuda:
        one.forget()
    return peak_of(one.seconds, "cuda" if one.x.is_cuda else "cpu")


def peak_of(run: Callable[[], object], device: str) -> float:
    """The same of anything that may be called."""
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    with torch.profiler.profile(profile_memory=True) as profile:
        run()
    held, most = 0, 0
    for event in sorted(profile.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    return most / 2**20


def wait(x: Tensor) -> None:
    """Until a GPU is through with what it was told to do."""
    if x.is_cuda:
        torch.cuda.synchronize()
