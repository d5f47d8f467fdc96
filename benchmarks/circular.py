"""Where a circular convolution by FFT overtakes the circulant matrix: forward and backward, one thread.

circular.py                  measures and writes the section "Circular convolutions" of benchmarks/RESULTS.md
circular.py --device cuda    the same on a GPU, with larger batches: section "Circular convolutions on a GPU"
"""

from __future__ import annotations

import statistics
import sys
import time

import torch
from results import command_given, device_asked, write_section
from timing import wait

import symshare

LENGTHS = (4, 8, 12, 16, 24, 32, 64, 128, 256, 1024, 4096)
CHANNELS = (4, 16, 64)
MOST_KERNEL = 2**26
ON_CPU, ON_GPU = 2**16, 2**24
"""How many numbers a batch fills."""


def seconds(layer: torch.nn.Module, x: torch.Tensor) -> float:
    """Median time of a forward and a backward pass."""

    def once() -> float:
        wait(x)
        start = time.perf_counter()
        layer(x).square().sum().backward()
        wait(x)
        return time.perf_counter() - start

    once()
    runs = []
    while len(runs) < 5 or (sum(runs) < 0.3 and len(runs) < 200):
        runs.append(once())
    return statistics.median(runs)


def circular_layer(length: int, method: str) -> type[torch.nn.Module]:
    """The linear layer of a cyclic axis, convolved by one method."""
    basis = symshare.derive("tH", 1, axes={"t": f"C({length})"})
    return symshare.nn.load(symshare.emit(basis, circular=method)).Layer


def main() -> None:
    device = device_asked(__doc__)
    name = "Circular convolutions" if device == "cpu" else "Circular convolutions on a GPU"
    numbers, where = (ON_CPU, "one thread") if device == "cpu" else (ON_GPU, "on the GPU")
    torch.set_num_threads(1)
    lines = [
        f"Forward and backward, median, {where}; the batch fills {numbers:,} numbers. The plan takes the FFT from length 16"
        " on.",
        "",
        "| length | channels | batch | circulant, ms | FFT, ms | circulant / FFT |",
        "|---|---|---|---|---|---|",
    ]
    for length in LENGTHS:
        layers = {method: circular_layer(length, method) for method in ("direct", "fft")}
        for channels in CHANNELS:
            batch = max(1, numbers // (length * channels))
            x = torch.randn(batch, length, channels, device=device)
            times = {}
            for method, kind in layers.items():
                if method == "direct" and length * length * channels * channels > MOST_KERNEL:
                    continue
                times[method] = 1e3 * seconds(kind(channels, channels).to(device), x)
            direct = f"{times['direct']:.3g}" if "direct" in times else "too large"
            ratio = f"{times['direct'] / times['fft']:.2f}" if "direct" in times else ""
            lines.append(f"| {length} | {channels} | {batch} | {direct} | {times['fft']:.3g} | {ratio} |")
            print(lines[-1], file=sys.stderr)
        text = write_section(name, command_given(), lines, packages=("symshare", "torch"), device=device)
    print(text)


if __name__ == "__main__":
    main()
