"""What a plan and the text of a layer take, from a basis that is at hand; beside another checkout where one is named.

emitting.py                   measures and writes the section "Planning and emitting" of benchmarks/RESULTS.md
emitting.py --beside FOLDER   the same with a checkout of an earlier state beside it, in turns
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from results import ROOT, write_section

CASES = (
    ("abH", 1, {}),
    ("aaH", 2, {}),
    ("arH", 3, {"r": "SO(3)"}),
    ("tH,ttH->tH", 1, {"t": "C(8)"}),
    ("W1:ab,b1:b,W2:bc,b2:c->W1:ab,b1:b,W2:bc,b2:c", 1, {}),
)
ROUNDS = 5
MEASURE = """
import json, sys, time
import symshare
found = []
for text, order, axes in json.loads(sys.argv[1]):
    basis = symshare.derive(text, order, axes=axes)
    def least(verb, given):
        times = []
        for _ in range(7):
            start = time.process_time()
            made = verb(given)
            times.append(time.process_time() - start)
        return min(times), made
    planned, plan = least(symshare.plan, basis)
    emitted, source = least(symshare.emit, plan)
    found.append((planned, emitted, source.count(chr(10))))
print(json.dumps(found))
"""


def measured(folder: Path) -> list[list[float]]:
    """CPU seconds of plan and emit, the least of seven in one process, and the lines of the file, for each case."""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", MEASURE, json.dumps(CASES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=folder)
    found: list[list[float]] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="what planning and emitting take")
    parser.add_argument("--beside", type=Path, help="a checkout of an earlier state")
    beside = parser.parse_args().beside
    folders = [ROOT] if beside is None else [ROOT, beside]
    runs = [[measured(folder) for folder in folders] for _ in range(ROUNDS)]
    heading = "| signature | order | lines | plan, ms | emit, ms |"
    lines = [
        f"CPU time from a basis that is at hand: the least of seven in a process, the median of {ROUNDS} processes.",
        "",
        heading + (" emit before, ms | now / before |" if beside else ""),
        "|---|---|---|---|---|" + ("---|---|" if beside else ""),
    ]
    for number, (text, order, axes) in enumerate(CASES):
        named = f"`{text}`" + "".join(f", {letter} under {group}" for letter, group in axes.items())
        planned, emitted = (1e3 * median(run[0][number][what] for run in runs) for what in (0, 1))
        row = f"| {named} | {order} | {int(runs[0][0][number][2]):,} | {planned:.1f} | {emitted:.1f} |"
        if beside:
            before = 1e3 * median(run[1][number][1] for run in runs)
            row += f" {before:.1f} | {emitted / before:.2f} |"
        lines.append(row)
    print(write_section("Planning and emitting", "python benchmarks/emitting.py", lines, packages=("symshare",)))


if __name__ == "__main__":
    main()
