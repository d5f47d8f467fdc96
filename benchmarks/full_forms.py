"""The full forms of the experiments on a GPU: what they find, and how long those would take that nobody waited for.

full_forms.py           runs them side by side, a process for each seed, as far as there is time; writes the section
                        "Experiments on a GPU" of benchmarks/RESULTS.md; started again it goes on where it stopped
full_forms.py --pace    trains others for seconds, one alone at a time; writes the section "Experiments on a GPU: pace"
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from results import ROOT, command_given, write_section

from symshare.experiments.harness.checkpoints import read_state
from symshare.experiments.harness.jobs import Job, Setting
from symshare.experiments.harness.results import over_seeds, table_cells
from symshare.experiments.harness.training import Context

RUNS = (
    # one seed of each first
    *(("kinship", 0), ("cycles", 0), ("pinv", 0), ("arc", 0)),
    *(("cycles", 1), ("kinship", 1), ("cycles", 2), ("kinship", 2), ("arc", 1), ("arc", 2), ("arc", 3), ("arc", 4)),
)
"""Experiments and seeds: all that their full forms have, of those that take minutes."""
PACED = (
    *(("kinship", "EinNet"), ("kinship", "EinNet for relations"), ("pinv", "EinNet"), ("cycles", "4-cliques, order 5")),
    *(("arc", "4cd1b7b2"), ("sudoku", "9x9"), ("sudoku", "9x9 without boxes")),
    *(("spectrum", f"{net}, kmax {kmax}") for net in ("sets", "features", "circle") for kmax in (4, 64)),
    ("spectrum", "depth 4, width 256"),
)
"""Experiments, and trainings of theirs that take long."""
PACE_SECONDS = 2.0
STOPPED = 130
"""How an experiment ends that is told to."""
MOST_METRICS = 8
GRACE = 10.0
"""Seconds that a process has to end when it is told to."""


@dataclass
class Run:
    """One seed of an experiment, in a process of its own."""

    name: str
    seed: int
    out: Path
    device: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        return ["experiment", self.name, "--full", "--device", self.device, "--seed", str(self.seed), "--seeds", "1"]

    @property
    def record(self) -> Path:
        return self.out / f"{self.name}.json"

    def start(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "symshare_cli.main", *self.command, "--threads", "2"]
        with (self.out / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--out", str(self.out), "--resume"], stdout=log, stderr=log, cwd=ROOT
            )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def jobs(self) -> list[dict[str, Any]]:
        """What its finished jobs have found."""
        files = sorted((self.out / self.name).glob("*.json"))
        return [json.loads(one.read_text()) for one in files if one.stem != "configuration"]

    def state(self) -> str:
        """How far it came, where it has not ended."""
        if self.process is None and not self.out.is_dir():
            return "not begun"
        if self.process is not None and self.process.poll() not in (None, 0, STOPPED, -signal.SIGKILL):
            return "failed: " + " ".join((self.out / "log").read_text().splitlines()[-2:])[:300]
        said = [f"{one['name']} in {one['wall_s']:.0f} s" for one in self.jobs()]
        for path in sorted((self.out / self.name).glob("*.safetensors")):
            if not path.with_suffix(".json").exists() and (kept := read_state(path)) is not None:
                fitted = kept[1]["fitted"]
                said.append(f"{path.stem} {fitted['steps']:,} steps in {fitted['wall']:.0f} s")
        return ", ".join(said) or "begun"


def side_by_side(runs: list[Run], number: int, seconds: float) -> Iterator[Run]:
    """Run so many at a time, in turn, as long as there is time; each as it ends."""
    end = time.monotonic() + seconds
    waiting, at_work = [one for one in runs if not one.record.exists()], []
    while waiting or at_work:
        while waiting and len(at_work) < number and time.monotonic() < end:
            at_work.append(waiting.pop(0))
            at_work[-1].start()
            print(f"{at_work[-1].name}, seed {at_work[-1].seed} starts", file=sys.stderr, flush=True)
        if time.monotonic() > end:
            break
        time.sleep(0.2)
        for one in [one for one in at_work if not one.running()]:
            at_work.remove(one)
            yield one
    for one in at_work:
        one.process.send_signal(signal.SIGINT)
    end = time.monotonic() + GRACE
    for one in at_work:
        try:
            one.process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()


def found(name: str, runs: list[Run]) -> list[str]:
    """The table of an experiment over the seeds that ended, and how far the others came."""
    ended = [one for one in runs if one.record.exists()]
    lines = [f"### {name}", ""]
    if ended:
        records = [json.loads(one.record.read_text()) for one in ended]
        jobs = [job for record in records for job in record["jobs"]]
        module = importlib.import_module(f"symshare.experiments.{name}.experiment")
        report = module.report(Setting(full=True, seed=ended[0].seed, seeds=len(ended)), jobs)
        seeds = ", ".join(str(one.seed) for one in ended)
        wall = ", ".join(f"{record['wall_s']:.0f}" for record in records)
        command = f"symshare {' '.join([*ended[0].command[:5], '--seed', 'S', '--seeds', '1', '--threads', '2'])}"
        heads, *rows = (f"| {' | '.join(cells)} |" for cells in table_cells(report.columns, report.rows))
        lines += [
            f"`{command}` for S = {seeds}, in {wall} s.",
            "",
            heads,
            "|---" * len(report.columns) + "|",
            *rows,
            "",
        ]
        lines += ["| asked for | found | |", "|---|---|---|"] if report.bars else []
        for bar in (one.to_dict() for one in report.bars):
            value = "none" if bar["value"] is None else f"{bar['value']:.4g}"
            lines.append(f"| {bar['what']}: {bar['asked']} | {value} | {'yes' if bar['met'] else 'no'} |")
    stopped = [one for one in runs if not one.record.exists()]
    lines += [f"- seed {one.seed} not ended: {one.state()}" for one in stopped]
    jobs = [job for one in stopped for job in one.jobs()]
    for title in dict.fromkeys(job["name"] for job in jobs if "fitted" in job):
        mine = next(job for job in jobs if job["name"] == title)
        keys = [key for key, value in mine["metrics"].items() if isinstance(value, float)][:MOST_METRICS]
        number = sum(job["name"] == title for job in jobs)
        lines.append(
            f"- {title}, {number} of these: {', '.join(f'{key} {over_seeds(jobs, title, key)}' for key in keys)}"
        )
    return [*lines, ""]


def write(runs: list[Run], number: int, device: str) -> str:
    """The section of what is known so far."""
    lines = [
        f"Full forms, with all their steps, {number} processes side by side on one GPU and 2 threads each: a training takes"
        " longer than alone. The full forms of sudoku and spectrum take longer: see their pace.",
        "",
    ]
    for name in dict.fromkeys(one.name for one in runs):
        lines += found(name, [one for one in runs if one.name == name])
    packages = ("symshare", "torch", "numpy")
    return write_section("Experiments on a GPU", command_given(), lines, packages=packages, device=device)


class Enough(BaseException):
    """A training has been watched for long enough."""


@dataclass
class Watch:
    """When a training was how far."""

    marks: list[tuple[float, float]] = field(default_factory=list)
    text: str = ""

    def tell(self, share: float, text: str) -> None:
        self.marks.append((time.perf_counter(), share))
        self.text = text
        if self.marks[-1][0] - self.marks[0][0] > PACE_SECONDS and len(self.marks) > 1:
            raise Enough

    def whole(self) -> tuple[float, float]:
        """The share of the training that was watched, and the seconds of the whole; the first part warms up."""
        (start, first), (end, last) = self.marks[1 if len(self.marks) > 2 else 0], self.marks[-1]
        return last - first, (end - start) / (last - first)


def watched(job: Job, device: str) -> Watch:
    watch = Watch()
    torch.manual_seed(job.seed)
    with contextlib.suppress(Enough):
        job.work(Context(job.seed, torch.device(device), tell=watch.tell))
    return watch


def pace(device: str, seconds: float) -> str:
    """Train for a moment each, one after the other, and write what the whole would take."""
    lines = [
        f"Trainings of full forms, one seed, each alone on the GPU for {PACE_SECONDS:g} s or up to its first validation.",
        "",
        "| experiment | training | watched | s, whole |",
        "|---|---|---|---|",
    ]
    end = time.monotonic() + seconds
    for name, title in PACED:
        if time.monotonic() > end:
            lines.append(f"| {name} | {title} | not: over {seconds:g} s | |")
            continue
        module = importlib.import_module(f"symshare.experiments.{name}.experiment")
        if name == "sudoku":  # fewer boards are drawn sooner, and train at the same pace
            module.LARGE = replace(module.LARGE, numbers=(500, 200, 50))
        job = next(one for one in module.jobs(Setting(full=True, device=device)) if one.name == title)
        watch = watched(job, device)
        share, whole = watch.whole()
        lines.append(f"| {name} | {title} | {watch.text.split(', loss')[0]} ({share:.2%}) | {whole:.0f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return write_section(
        "Experiments on a GPU: pace", command_given(), lines, packages=("symshare", "torch", "numpy"), device=device
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=3600.0, help="begin and go on with nothing after these")
    parser.add_argument("--beside", type=int, default=5, help="processes side by side")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "full-forms")
    parser.add_argument("--pace", action="store_true")
    parser.add_argument("--only", choices=list(dict.fromkeys(name for name, _ in RUNS)), help="one experiment")
    given = parser.parse_args()
    if given.pace:
        print(pace(given.device, given.seconds))
        return
    runs = [
        Run(name, seed, given.out / f"{name}-{seed}", given.device) for name, seed in RUNS if given.only in (None, name)
    ]
    for one in side_by_side(runs, given.beside, given.seconds):
        print(
            f"{one.name}, seed {one.seed}: {'ended' if one.record.exists() else one.state()}",
            file=sys.stderr,
            flush=True,
        )
        write(runs, given.beside, given.device)
    print(write(runs, given.beside, given.device))


if __name__ == "__main__":
    main()
