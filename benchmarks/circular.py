"""Where a circular convolution by FFT overtakes the circulant matrix: forward and backward, one thread.

circular.py       measures and writes the section "Circular convolutions" of benchmarks/RESULTS.md
"""

from __future__ import annotations

import statistics
import sys
import time

import torch
from results import write_section

import symshare

LENGTHS = (4, 8, 12, 16, 24, 32, 64, 128, 256, 1024, 4096)
CHANNELS = (4, 16, 64)
MOST_KERNEL = 2**26


def seconds(layer: torch.nn.Module, x: torch.Tensor) -> float:
    """Median time of a forward and a backward pass."""

    def once() -> float:
        start = time.perf_counter()
        layer(x).square().sum().backward()
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
    torch.set_num_threads(1)
    lines = [
        "Forward and backward, median, one thread; the batch fills 65,536 numbers. The plan takes the FFT from length 16 on.",
        "",
        "| length | channels | batch | circulant, ms | FFT, ms | circulant / FFT |",
        "|---|---|---|---|---|---|",
    ]
    for length in LENGTHS:
        layers = {method: circular_layer(length, method) for method in ("direct", "fft")}
        for channels in CHANNELS:
            batch = max(1, 2**16 // (length * channels))
            x = torch.randn(batch, length, channels)
            times = {}
            for method, kind in layers.items():
                if method == "direct" and length * length * channels * channels > MOST_KERNEL:
                    continue
                times[method] = 1e3 * seconds(kind(channels, channels), x)
            direct = f"{times['direct']:.3g}" if "direct" in times else "too large"
            ratio = f"{times['direct'] / times['fft']:.2f}" if "direct" in times else ""
            lines.append(f"| {length} | {channels} | {batch} | {direct} | {times['fft']:.3g} | {ratio} |")
            print(lines[-1], file=sys.stderr)
    print(
        write_section("Circular convolutions", "python benchmarks/circular.py", lines, packages=("symshare", "torch"))
    )


if __name__ == "__main__":
    main()
