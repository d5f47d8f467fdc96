"""How long specs of modules take on one core, beside the bars that were set; writes the section "Specs of modules".

specs.py          measures each module in a process of its own, and writes benchmarks/RESULTS.md
specs.py NAME     measures one, and prints seconds
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from math import log10

from results import ROOT, command_given, finished, write_section

sys.path.insert(0, str(ROOT))

WIDTH, HEADS, BLOCKS, LAYERS = 64, 4, 12, 25
BARS = {"MLP": 5, "transformer": 20}
NAMES = {
    "MLP": f"an MLP of {LAYERS} layers of {WIDTH}",
    "transformer": f"nn.TransformerEncoder, {BLOCKS} blocks of width {WIDTH}",
    "decoder": f"a GPT-like decoder, {BLOCKS} blocks of width {WIDTH}, 1,000 tokens",
    "MLP, scales": "that MLP, scales=True",
    "transformer, scales": "that transformer, scales=True",
}
RUNS = 3


def made(name: str) -> tuple[object, object]:
    import torch
    from torch import nn

    from tests.weights.nets import Decoder, Encoder

    torch.manual_seed(0)
    if name.startswith("MLP"):
        layers = [one for _ in range(LAYERS - 1) for one in (nn.Linear(WIDTH, WIDTH), nn.ReLU())]
        return nn.Sequential(*layers, nn.Linear(WIDTH, 10)), torch.randn(16, WIDTH)
    if name == "decoder":
        return Decoder(1_000, WIDTH, HEADS, 4 * WIDTH, BLOCKS, 16), torch.randint(1_000, (2, 16))
    return Encoder(WIDTH, HEADS, 4 * WIDTH, BLOCKS), torch.randn(2, 16, 3)


def measure(name: str) -> None:
    import torch

    from symshare.weights import spec

    torch.set_num_threads(1)
    find: Callable[..., object] = spec
    module, example = made(name)
    start = time.perf_counter()
    one = find(module, example, scales=name.endswith("scales"))
    print(json.dumps({"seconds": time.perf_counter() - start, "digits": log10(one.order)}))  # type: ignore[attr-defined]  # a Spec


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=NAMES)
    asked = parser.parse_args()
    if asked.name:
        measure(asked.name)
        return
    lines = ["| module | permutations | bar s | median s | least..most s | peak MiB |", "|---|---|---|---|---|---|"]
    for name, what in NAMES.items():
        print(f"{name} ..", file=sys.stderr)
        done = [finished([sys.executable, __file__, name]) for _ in range(RUNS)]
        found = [json.loads(one.output.strip().splitlines()[-1]) for one in done]
        seconds = sorted(one["seconds"] for one in found)
        peak = max(one.mebibytes for one in done)
        cells = [what, f"10^{found[0]['digits']:.0f}", str(BARS.get(name, "")), f"{seconds[RUNS // 2]:.1f}"]
        lines.append(f"| {' | '.join(cells)} | {seconds[0]:.1f}..{seconds[-1]:.1f} | {peak:.0f} |")
    text = (
        f"`symshare.weights.spec` with three random elements tried, one thread, median of {RUNS} processes, without the import "
        "of torch."
    )
    print(write_section("Specs of modules", command_given(), [text, "", *lines], packages=("symshare", "torch")))


if __name__ == "__main__":
    main()
