"""symshare's layers beside hand-written ones: seconds of a forward and a backward pass.

LAYERS_FILL=24 in the environment makes batches a quarter as large as the usual 26, which fills about 1 GiB.

layers.py                  measures, writes a section "Layers: .." of benchmarks/RESULTS.md for each contest, draws layers.png
layers.py --device cuda    the same on a GPU, as they are and compiled: sections "Layers on a GPU: .."
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from multiprocessing import get_context

import torch
from contests import OURS, REDUCED, Bar, Contest, contests
from layers_plot import Curves, draw
from results import ROOT, command_given, write_section
from timing import Run, Setting, keep_memory, medians

PICTURE = ROOT / "benchmarks" / "layers.png"
LAUNCHES = " At a batch of four launches decide, not arithmetic; where a full batch takes hardly longer, they decide there too."
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


Size = tuple[int, int, int]
"""n, channels and batch."""


@dataclass(frozen=True)
class Meeting:
    """A contest at one size in a setting."""

    contest: Contest
    size: Size
    where: Setting

    def __str__(self) -> str:
        n, channels, batch = self.size
        return f"n = {n}, {channels} channels, batch {batch}, {self.where}"

    def runs(self) -> dict[str, Run]:
        """The layers with their inputs, after their values have been compared."""
        n, channels, batch = self.size
        torch.set_num_threads(self.where.threads)
        competitors = self.contest.competitors(n, channels, device=self.where.device)
        runs = self.contest.runs(competitors, n, batch)
        if self.where.compiled:
            torch.compiler.reset()
            # last, since a layer that was compiled for other inputs before is compiled for any size from then on
            runs = {name: replace(one, layer=torch.compile(one.layer)) for name, one in runs.items()}
        return runs

    def measured(self) -> Row:
        """The median seconds of each competitor."""
        return Row(*self.size, medians(self.runs()), self.where)


@dataclass
class Found:
    """What is known of a contest: its rows, and what was not measured and why."""

    rows: list[Row] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def sizes(contest: Contest, quick: bool) -> list[Size]:
    """Where it is measured on a CPU."""
    found = [(n, channels, contest.batch(n, channels)) for n, channels in contest.sizes]
    if quick:
        few = [one for one in found if one[0] <= QUICK_N and one[1] in QUICK_CHANNELS] or found[:1]
        return [(n, channels, min(batch, max(QUICK_BATCH, batch // 16))) for n, channels, batch in few]
    return [one for one in found if one[2]]


def planned(chosen: Sequence[Contest], device: str, threads: Sequence[int], quick: bool) -> list[Meeting]:
    """All that is to be measured, in turn.

    On a GPU everything as it is comes first; then with torch.compile the most channels at the small n, filled and with few.
    """
    if device == "cpu":
        places = [Setting("cpu", number) for number in threads]
        return [Meeting(one, size, where) for one in chosen for size in sizes(one, quick) for where in places]
    plain, compiled = (Setting(device, 1, yes) for yes in (False, True))
    found = [Meeting(one, size, plain) for one in chosen for size in one.on_gpu()]
    for few in (False, True):
        for one in chosen:
            *filled, small = one.on_gpu()
            size = small if few else next((size for size in filled if size[:2] == small[:2]), small)
            found.append(Meeting(one, size, compiled))
    return found


def measure(
    plan: Sequence[Meeting], seconds: float, done: Callable[[Contest, Found], None]
) -> dict[str, tuple[Contest, Found]]:
    """Measure what there is time for; `done` is called with what is known of a contest whenever that is more."""
    found = {one.contest.name: (one.contest, Found()) for one in plan}
    checked: set[tuple[str, int]] = set()
    end = time.monotonic() + seconds
    for number, one in enumerate(plan, 1):
        contest, mine = found[one.contest.name]
        if time.monotonic() > end:
            mine.left.append(f"{one}: over {seconds:g} s")
            continue
        print(f"{number}/{len(plan)} {contest.name}, {one}", file=sys.stderr, flush=True)
        try:
            if (contest.name, one.size[1]) not in checked:
                contest.check(*one.size[:2], one.where.device)
                checked.add((contest.name, one.size[1]))
            mine.rows.append(one.measured())
        except Exception as error:  # values, memory or a compiler: the others are measured all the same
            mine.left.append(f"{one}: {type(error).__name__}, {str(error).strip().splitlines()[0][:120]}")
        done(contest, mine)
    for contest, mine in found.values():
        done(contest, mine)
    return found


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


def section(contest: Contest, found: Found, first: Setting, command: str) -> str:
    """Write what was measured of a contest into RESULTS.md."""
    on_gpu = first.device != "cpu"
    clock = (
        "in single precision, on the clock, which starts and stops when the GPU has nothing left to do"
        if on_gpu
        else "with one thread the processor's seconds, with more those of the clock"
    )
    rows = sorted(found.rows, key=lambda row: (row.n, row.channels, -row.batch))
    bars = [line for bar in contest.bars if not (bar.memory or on_gpu) and (line := judged(bar, rows, first))]
    lines = [
        f"A forward pass and the gradients by the input and all weights: median of at least nine, the layers in turn; {clock}."
        " An opponent's number is its time over that of symshare's layer: above 1,"
        f" symshare's is better.{LAUNCHES if on_gpu else ''}",
        "",
        *(table("symshare, ms", 1e3, rows) if rows else []),
        *(["", "| bar | measured | met |", "|---|---|---|", *bars] if bars else []),
        *(["", "Not measured:", "", *(f"- {one}" for one in found.left)] if found.left else []),
    ]
    head = "Layers on a GPU" if on_gpu else "Layers"
    packages = ("symshare", "torch", "opt_einsum")
    return write_section(f"{head}: {contest.name}", command, lines, packages=packages, device=first.device)


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


def rehearse(name: str, device: str, place: int, competitor: str) -> None:
    """Compile one competitor of a meeting and run it once, so that torch keeps its graph for a process that measures."""
    meeting = planned([contests()[name]], device, (), False)[place]
    print(f"{name}, {meeting}: {competitor}", file=sys.stderr, flush=True)
    meeting.runs()[competitor].seconds()
    if device != "cpu":
        torch.cuda.empty_cache()  # others compile on the same GPU


def rehearsals(chosen: Sequence[Contest], device: str, processes: int) -> None:
    """Compile all that is compiled, so many at a time."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        found = {}
        for one in chosen:
            for place, meeting in enumerate(planned([one], device, (), False)):
                for name in (OURS, *one.opponents(meeting.size[0])) if meeting.where.compiled else ():
                    found[pool.submit(rehearse, one.name, device, place, name)] = f"{one.name}, {meeting}: {name}"
        for done in as_completed(found):
            if error := done.exception():
                print(f"{found[done]}: {error}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few sizes, small batches")
    parser.add_argument("--only", choices=list(contests()), help="one contest, without the picture")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--device", default="cpu", help="cpu, or a GPU such as cuda: sections of its own, no bars, no picture"
    )
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="measure no more after these, and say what is left"
    )
    parser.add_argument("--rehearse", type=int, metavar="PROCESSES", help="compile only, for torch to keep the graphs")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    chosen = [one for one in contests().values() if given.only in (None, one.name)]
    if given.rehearse:
        rehearsals(chosen, given.device, given.rehearse)
        return
    plan = planned(chosen, given.device, given.threads, given.quick)
    keep_memory()
    fill = [f"LAYERS_FILL={os.environ['LAYERS_FILL']}"] if "LAYERS_FILL" in os.environ else []
    command = " ".join([*fill, command_given()])
    first = plan[0].where
    texts: dict[str, str] = {}

    def done(contest: Contest, mine: Found) -> None:
        texts[contest.name] = section(contest, mine, first, command)

    found = measure(plan, given.seconds, done)
    print("\n".join(texts.values()))
    if not given.only and given.device == "cpu":
        draw(panels({name: mine.rows for name, (_, mine) in found.items()}, first), PICTURE)
    if missed := [name for name, text in texts.items() if "| no |" in text or "Not measured:" in text]:
        raise SystemExit(f"under the bar, or not measured whole: {', '.join(missed)}")


if __name__ == "__main__":
    main()
