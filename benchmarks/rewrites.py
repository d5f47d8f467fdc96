"""What each rewrite of a plan gains: layers emitted after one rewrite more each time, forward and backward, side by side.

rewrites.py                  measures and writes the section "Rewrites" of benchmarks/RESULTS.md
rewrites.py --device cuda    the same on a GPU, with larger batches: section "Rewrites on a GPU"
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator

import torch
from results import command_given, device_asked, write_section
from timing import wait

import symshare
from symshare.plans.planning import REWRITES
from symshare.plans.steps import Plan

REPEATS = 9
ON_CPU, ON_GPU = 4, 256
"""The batch."""
CASES = (
    ("aaH, linear, n = 48, 64 channels", symshare.derive("aaH", 1), (48, 48, 64), {}),
    ("abH, order 2, n = 48, 32 channels, rank 8", symshare.derive("abH", 2), (48, 48, 32), {"rank": 8}),
    ("abH, pooling to order 3, n = 48, 64 channels, rank 16", symshare.pools("abH", 3), (48, 48, 64), {"rank": 16}),
    ("abH, pooling to order 3, n = 48, 64 channels, rank 64", symshare.pools("abH", 3), (48, 48, 64), {"rank": 64}),
    ("aaH, pooling to order 2, n = 64, 32 channels, rank 16", symshare.pools("aaH", 2), (64, 64, 32), {"rank": 16}),
)


def stages(source: symshare.Basis | symshare.PoolingSet, channels: dict[str, int] | None) -> Iterator[tuple[str, Plan]]:
    """The literal plan, and the plan after each rewrite, with its name."""
    made = symshare.plan(source, rewrites=False, channels=channels)
    yield "literal", made
    for rewrite in REWRITES:
        made = rewrite(made)
        yield rewrite.__name__, made


def timed(layers: list[torch.nn.Module], x: torch.Tensor) -> list[float]:
    """Median seconds of a forward and a backward pass of each layer, taken in turn."""
    runs: list[list[float]] = [[] for _ in layers]
    for _ in range(REPEATS + 1):
        for layer, own in zip(layers, runs, strict=True):
            wait(x)
            start = time.perf_counter()
            layer(x).sum().backward()
            wait(x)
            own.append(time.perf_counter() - start)
            x.grad = None
    return [statistics.median(own[1:]) for own in runs]


def main() -> None:
    device = device_asked(__doc__)
    name = "Rewrites" if device == "cpu" else "Rewrites on a GPU"
    batch, where = (ON_CPU, "one thread") if device == "cpu" else (ON_GPU, "on the GPU")
    torch.set_num_threads(1)
    lines = [
        "Each column has one rewrite more than the one before it: time of the literal plan over time with these rewrites,",
        f"forward and backward, {where}, batch {batch}, median of {REPEATS} in turn. The literal plan multiplies at full size,",
        "as the terms are written; benchmarks/layers.py measures against forms that also write out every term.",
        "",
        f"| layer | literal, ms | {' | '.join(rewrite.__name__ for rewrite in REWRITES)} |",
        f"|---|---|{'---|' * len(REWRITES)}",
    ]
    for number, (title, source, shape, options) in enumerate(CASES, 1):
        print(f"{number} of {len(CASES)}: {title}", file=sys.stderr)
        hints = {"in": shape[-1], "out": shape[-1], **options} if options else None
        made = list(stages(source, hints))
        layers = [symshare.nn.load(symshare.emit(plan)).Layer(shape[-1], shape[-1], **options) for _, plan in made]
        for layer in layers[1:]:
            layer.load_state_dict(layers[0].state_dict())
        x = torch.randn(batch, *shape, device=device, requires_grad=True)
        layers = [layer.to(device) for layer in layers]
        with torch.no_grad():
            expected = layers[0](x)
            if not all(torch.allclose(layer(x), expected, atol=1e-3) for layer in layers):
                raise ValueError(f"{title}: a rewrite changes values")
        first, *rest = timed(layers, x)
        lines.append(f"| {title} | {1e3 * first:.1f} | {' | '.join(f'{first / one:.2f}' for one in rest)} |")
        print(lines[-1], file=sys.stderr)
        text = write_section(name, command_given(), lines, packages=("symshare", "torch"), device=device)
    print(text)


if __name__ == "__main__":
    main()
