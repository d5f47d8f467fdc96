"""A layer of a network on points beside a plainly written EGNN layer: seconds of a forward and a backward pass, and memory.

points.py    measures, writes the section "Points" of benchmarks/RESULTS.md
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import torch
from results import command_given, write_section
from torch.utils.flop_counter import FlopCounterMode

from symshare.core.poolings.pools import pools
from symshare.nn.compiling import load
from symshare.pipeline import emit
from symshare.plans.network import network

WIDTHS, RANK, BATCH = (16, 64), 16, 100
"""The channels of both layers, those that each pooling of ours works on, and the batch."""
SIZES = (5, 100)
TEXT, AXES = "pos:arH,vel:arH,charge:aH->arH", {"r": "O(3)"}


class Plain(torch.nn.Module):
    """Satorras et al. 2021, equations 3 to 7, as they are written: all pairs, two perceptrons on each."""

    def __init__(self, width: int) -> None:
        super().__init__()
        silu = torch.nn.SiLU
        self.edge = torch.nn.Sequential(
            torch.nn.Linear(2 * width + 1, width), silu(), torch.nn.Linear(width, width), silu()
        )
        self.coordinate = torch.nn.Sequential(torch.nn.Linear(width, width), silu(), torch.nn.Linear(width, 1))
        self.node = torch.nn.Sequential(torch.nn.Linear(2 * width, width), silu(), torch.nn.Linear(width, width))

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map positions (batch, points, 3) and features (batch, points, width) to the same."""
        number = x.shape[1]
        gap = x[:, :, None] - x[:, None]
        pairs = h[:, :, None].expand(-1, -1, number, -1), h[:, None].expand(-1, number, -1, -1)
        message = self.edge(torch.cat([*pairs, gap.square().sum(-1, keepdim=True)], -1))
        moved = x + (gap * self.coordinate(message)).sum(2) / max(number - 1, 1)
        return moved, h + self.node(torch.cat([h, message.sum(2)], -1))


@dataclass(frozen=True)
class Row:
    """What one layer needed at one number of points."""

    width: int
    points: int
    name: str
    seconds: float
    flops: int
    kept: int


def measured(name: str, layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> Row:
    """Median seconds of a forward and a backward pass, and the bytes that the forward pass keeps for the backward one."""

    def step() -> None:
        for one in inputs:
            one.grad = None
        torch.stack([one.square().mean() for one in layer(*inputs)]).sum().backward()

    kept: dict[int, int] = {}

    def packed(one: torch.Tensor) -> torch.Tensor:
        kept[one.untyped_storage().data_ptr()] = one.untyped_storage().nbytes()
        return one

    with torch.autograd.graph.saved_tensors_hooks(packed, lambda one: one):
        step()
    with FlopCounterMode(display=False) as counter:
        step()
    taken = []
    while len(taken) < 5 or (sum(taken) < 1.5 and len(taken) < 200):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return Row(
        inputs[1].shape[-1], inputs[1].shape[1], name, median(taken), counter.get_total_flops(), sum(kept.values())
    )


def rows() -> list[Row]:
    """Both layers at both numbers of points, at equal widths, on one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = []
    for width in WIDTHS:
        source = emit(network(TEXT, 2, axes=AXES, width=width, pool_width=RANK, depth=1))
        ours = load(source).Pooling(width, width, rank=RANK)
        for points in SIZES:
            vectors = torch.randn(BATCH, points, 3, width, requires_grad=True)
            features = torch.randn(BATCH, points, width, requires_grad=True)
            one = torch.randn(BATCH, points, 3, requires_grad=True)
            found.append(measured("symshare", ours, (vectors, features)))
            found.append(measured("EGNN", Plain(width), (one, features)))
    return found


def timed(what: str, action: object) -> str:
    """The seconds that something takes."""
    start = time.perf_counter()
    action()  # type: ignore[operator]  # a function without arguments
    return f"| {what} | {time.perf_counter() - start:.2f} |"


def main() -> None:
    """Measure and write."""
    bars = [
        timed("`pools -s a,ar --axis 'r=O(3)' -k 5`", lambda: pools("a,ar", 5, axes=AXES)),
        timed(f"emission of a network on `{TEXT}`", lambda: emit(network(TEXT, 2, axes=AXES))),
    ]
    lines = [
        f"A pooling layer of order 2 on `ar` and `a` (so many channels of vectors and of scalars, products on {RANK}), and",
        "an EGNN layer as it is written (one vector for each point, so many features): batch 100, one thread, forward and",
        "backward.",
        "",
        "| channels | points | layer | seconds | operations | kept for the backward pass |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows():
        numbers = f"{row.seconds:.4f} | {row.flops / 1e6:,.1f} M | {row.kept / 2**20:.1f} MiB"
        lines.append(f"| {row.width} | {row.points} | {row.name} | {numbers} |")
    lines += ["", "| what | seconds |", "|---|---|", *bars]
    print(write_section("Points", command_given(), lines, packages=["torch"]))


if __name__ == "__main__":
    main()
