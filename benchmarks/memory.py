"""The most memory that symshare's layers hold beside hand-written ones, in a forward and a backward pass.

memory.py                  measures and writes the section "Layers: memory" of benchmarks/RESULTS.md
memory.py --device cuda    the same on a GPU: section "Layers on a GPU: memory"
"""

from __future__ import annotations

import sys

from contests import OURS, contests
from results import command_given, device_asked, write_section
from timing import peak

NUMBERS = 2**23
"""The batch is such that the input has about as many numbers, 32 MiB."""


def main() -> None:
    device = device_asked(__doc__)
    head = "Layers: memory" if device == "cpu" else "Layers on a GPU: memory"
    chosen = [(one, *size) for one in contests().values() for size in one.memory]
    lines = [
        "The most that a call and its gradients (by the input and all weights) hold beyond the input and the weights, in"
        " multiples of the input. The batch makes the input 32 MiB.",
        "",
        "| layer | n | channels | symshare | beside it, and symshare over that | bar | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, (contest, n, channels) in enumerate(chosen, 1):
        print(f"{number}/{len(chosen)} {contest.name}, n = {n}, {channels} channels", file=sys.stderr, flush=True)
        batch = max(1, NUMBERS // (n ** len(contest.axes) * channels))
        runs = contest.runs(contest.competitors(n, channels, device=device), n, batch)
        found = {name: peak(one) / (one.x.numel() * 4 / 2**20) for name, one in runs.items()}
        others = ", ".join(
            f"{name} {held:.2f}: {found[OURS] / held:.2f}" for name, held in found.items() if name != OURS
        )
        bars = [bar for bar in contest.bars if bar.memory]
        said = "; ".join(f"at most {bar.ratio:g} of {bar.opponent}" for bar in bars)
        met = "; ".join("yes" if found[OURS] <= bar.ratio * found[bar.opponent] else "no" for bar in bars)
        lines.append(f"| {contest.name} | {n} | {channels} | {found[OURS]:.2f} | {others} | {said} | {met} |")
        text = write_section(head, command_given(), lines, packages=("symshare", "torch"), device=device)
    print(text)


if __name__ == "__main__":
    main()
