"""symshare's layers beside hand-written ones: seconds of a forward and a backward pass.

LAYERS_FILL=24 in the environment makes batches a quarter as large as the usual 26, which fills about 1 GiB.

layers.py       measures, writes a section "Layers: .." of benchmarks/RESULTS.md for each contest, and draws layers.png
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from contests import OURS, REDUCED, Bar, Contest, contests
from layers_plot import Curves, draw
from results import ROOT, write_section
from timing import Setting, keep_memory, medians

PICTURE = ROOT / "benchmarks" / "layers.png"
QUICK_N, QUICK_CHANNELS, QUICK_BATCH = 128, (16, 64), 4


@dataclass(frozen=True)
class Row:
    """The seconds that the competitors needed at one size in a setting."""

    n: int
    channels: int
    batch: int
    needed: Mapping[str, float]
    where: Setting

    def ratio(self, opponent: str) -> float:
        """How many times as much an opponent needs."""
        return self.needed[opponent] / self.needed[OURS]


class Progress:
    """A line on stderr before each measurement: which it is, of how many."""

    def __init__(self, total: int) -> None:
        self.done, self.total = 0, total

    def next(self, what: str) -> None:
        self.done += 1
        print(f"{self.done}/{self.total} {what}", file=sys.stderr, flush=True)


Size = tuple[int, int, int]
"""n, channels and batch."""


def sizes(contest: Contest, quick: bool) -> list[Size]:
    """Where it is measured."""
    found = [(n, channels, contest.batch(n, channels)) for n, channels in contest.sizes]
    if quick:
        few = [one for one in found if one[0] <= QUICK_N and one[1] in QUICK_CHANNELS] or found[:1]
        return [(n, channels, min(batch, max(QUICK_BATCH, batch // 16))) for n, channels, batch in few]
    return [one for one in found if one[2]]


def timed(contest: Contest, n: int, channels: int, batch: int, where: Setting) -> dict[str, float]:
    """Median seconds of each competitor."""
    torch.set_num_threads(where.threads)
    competitors = {name: layer.to(where.device) for name, layer in contest.competitors(n, channels).items()}
    if where.compiled:
        torch.compiler.reset()
        competitors = {name: torch.compile(layer) for name, layer in competitors.items()}
    return medians(contest.runs(competitors, n, batch))


def measured(contest: Contest, settings: Sequence[Setting], quick: bool, progress: Progress) -> Iterator[Row]:
    """All rows of a contest."""
    for number, (n, channels, batch) in enumerate(found := sizes(contest, quick)):
        if channels not in [one[1] for one in found[:number]]:
            contest.check(n, channels)
        for where in settings:
            progress.next(f"{contest.name}, n = {n}, {channels} channels, batch {batch}, {where}")
            yield Row(n, channels, batch, timed(contest, n, channels, batch, where), where)


def table(head: str, unit: float, rows: Sequence[Row]) -> list[str]:
    """What symshare's layer needs and how many times as much each opponent."""
    names = list(rows[0].needed)[1:]
    lines = [
        f"| n | channels | batch | where | {head} | {' | '.join(f'{name} /' for name in names)} |",
        "|---" * (5 + len(names)) + "|",
    ]
    for row in rows:
        ratios = " | ".join(f"{row.ratio(name):.2f}" for name in names)
        lines.append(
            f"| {row.n} | {row.channels} | {row.batch} | {row.where} | {unit * row.needed[OURS]:.3g} | {ratios} |"
        )
    return lines


def judged(bar: Bar, rows: Sequence[Row], first: Setting) -> str | None:
    """The line of a bar; None where nothing was measured that it is about."""
    chosen = [
        row
        for row in rows
        if row.where == first and row.channels in bar.channels and (not bar.only_n or row.n in bar.only_n)
    ]
    if not chosen:
        return None
    ratios = [row.ratio(bar.opponent) for row in chosen]
    value = statistics.geometric_mean(ratios) if bar.geometric else min(ratios)
    at = f", n = {' and '.join(map(str, bar.only_n))}" if bar.only_n else ""
    at += f", {' and '.join(map(str, bar.channels))} channels" if bar.only_n and len(bar.channels) < 4 else ""
    mean = "in the geometric mean " if bar.geometric else ""
    return f"| {mean}at least {bar.ratio:.3g} x {bar.opponent}{at} | {value:.2f} | {met(value >= bar.ratio)} |"


def met(yes: bool) -> str:
    return "yes" if yes else "no"


def section(contest: Contest, rows: Sequence[Row], first: Setting, command: str) -> str:
    """Write what was measured of a contest into RESULTS.md."""
    bars = [line for bar in contest.bars if not bar.memory and (line := judged(bar, rows, first))]
    lines = [
        "A forward pass and the gradients by the input and all weights: median of at least nine, the layers in turn;"
        " with one thread the processor's seconds, with more those of the clock."
        " An opponent's number is its time over that of symshare's layer: above 1,"
        " symshare's is better.",
        "",
        *table("symshare, ms", 1e3, rows),
        *(["", "| bar | measured | met |", "|---|---|---|", *bars] if bars else []),
    ]
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    packages = ("symshare", "torch", "opt_einsum")
    return write_section(f"Layers: {contest.name}", command, lines, packages=packages, gpu=gpu)


def panels(found: Mapping[str, Sequence[Row]], first: Setting) -> dict[str, Curves]:
    """The ratios for the picture: of each contest those with about 64 channels."""
    titles = (
        "linear, beside the literal form",
        f"linear, beside {REDUCED}",
        "poolings, beside the literal form",
        "others",
    )
    drawn: dict[str, dict[str, dict[int, float]]] = {title: {} for title in titles}
    for name, rows in found.items():
        nearest = {
            n: min((row for row in rows if row.where == first and row.n == n), key=lambda row: abs(row.channels - 64))
            for n in dict.fromkeys(row.n for row in rows if row.where == first)
        }
        for opponent in list(rows[0].needed)[1:]:
            kind = 0 if opponent == "literal" else 1 if opponent == REDUCED else 3
            at = titles[2 if "pooling" in name else kind]
            label = name if kind < 3 else f"{name}, beside {opponent}"
            drawn[at][label] = {n: row.ratio(opponent) for n, row in nearest.items()}
    return drawn


def settings(threads: Sequence[int]) -> list[Setting]:
    """Threads of the CPU, and the GPU where there is one."""
    gpu = [Setting("cuda", 1, compiled) for compiled in (False, True)] if torch.cuda.is_available() else []
    return [*(Setting("cpu", number) for number in threads), *gpu]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few sizes, small batches")
    parser.add_argument("--only", choices=list(contests()), help="one contest, without the picture")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    chosen = [one for one in contests().values() if arguments.only in (None, one.name)]
    where = settings(arguments.threads)
    keep_memory()
    quick = arguments.quick
    progress = Progress(sum(len(sizes(one, quick)) * len(where) for one in chosen))
    fill = [f"LAYERS_FILL={os.environ['LAYERS_FILL']}"] if "LAYERS_FILL" in os.environ else []
    command = " ".join([*fill, shlex.join(["python", "benchmarks/layers.py", *sys.argv[1:]])])
    found, missed = {}, []
    for contest in chosen:
        found[contest.name] = list(measured(contest, where, quick, progress))
        text = section(contest, found[contest.name], where[0], command)
        print(text)
        missed += [contest.name] if "| no |" in text else []
    if not arguments.only:
        draw(panels(found, where[0]), PICTURE)
    if missed:
        raise SystemExit(f"under the bar: {', '.join(missed)}")


if __name__ == "__main__":
    main()
