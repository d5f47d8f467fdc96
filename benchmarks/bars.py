"""The bars of speed: whole processes, median of five after one warm-up, wall seconds and peak memory.

make bench        runs everything and writes the section "The command line" of benchmarks/RESULTS.md
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from results import ROOT, write_section

RUNS = 5


@dataclass(frozen=True)
class Bar:
    """A command, how long it may take, and how much memory it may use (MiB)."""

    name: str
    command: list[str]
    seconds: float
    mebibytes: float | None = None
    runs: int = RUNS


def bars() -> list[Bar]:
    script = str(Path(sys.executable).with_name("symshare"))
    enumerate_ = "import symshare; assert len(symshare.terms({!r}, {})) == {}"
    return [
        Bar("symshare --help", [script, "--help"], 0.25),
        Bar("symshare derive --symmetry abH --order 3", [script, "derive", "--symmetry", "abH", "--order", "3"], 0.6),
        Bar("terms of ab->ab, order 7 (13,620)", [sys.executable, "-c", enumerate_.format("ab->ab", 7, 13620)], 5),
        Bar("symshare derive --symmetry ab --order 7 (18,485 listed)", [script, "derive", "-s", "ab", "-k", "7"], 5),
        Bar(
            "terms of aa->aa, order 5 (52,505)", [sys.executable, "-c", enumerate_.format("aa->aa", 5, 52505)], 60, 2048
        ),
        Bar("symshare count --symmetry 'ab->ab' --order 20", [script, "count", "-s", "ab->ab", "-k", "20"], 2),
        *(
            Bar(
                f"symshare pools --symmetry {text} --order {order}",
                [script, "pools", "-s", text, "-k", str(order)],
                limit,
            )
            for text, order, limit in [("ab", 7, 10), ("aa", 7, 10), ("abc", 4, 30), ("ab", 9, 300), ("aa", 10, 300)]
        ),
        Bar(
            "symshare explain 'ab,cb,cd,ad->ad' --symmetry abH",
            [script, "explain", "ab,cb,cd,ad->ad", "--symmetry", "abH"],
            0.6,
        ),
        Bar(
            "symshare demo (make demo after installation)",
            [script, "demo", "--out", str(ROOT / "build" / "bench")],
            60,
            runs=3,
        ),
    ]


def measure(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident memory in MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    lines = ["| what | bar | median s | least..most s | peak MiB |", "|---|---|---|---|---|"]
    missed = []
    for bar in bars():
        print(f"{bar.name} ..", file=sys.stderr)
        measure(bar.command)
        runs = [measure(bar.command) for _ in range(bar.runs)]
        seconds = [one for one, _ in runs]
        median, peak = statistics.median(seconds), max(one for _, one in runs)
        limit = f"<= {bar.seconds:g} s" + (f", {bar.mebibytes:,.0f} MiB" if bar.mebibytes else "")
        lines.append(f"| {bar.name} | {limit} | {median:.2f} | {min(seconds):.2f}..{max(seconds):.2f} | {peak:.0f} |")
        if median > bar.seconds or (bar.mebibytes and peak > bar.mebibytes):
            missed.append(bar.name)
    about = "Whole processes, median of five runs (the demo: three) after one that is not counted."
    packages = ("symshare", "numpy", "torch", "click")
    print(write_section("The command line", "make bench", [about, "", *lines], packages=packages))
    if missed:
        raise SystemExit(f"over the bar: {', '.join(missed)}")


if __name__ == "__main__":
    main()
