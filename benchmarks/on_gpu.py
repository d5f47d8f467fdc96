"""All that is measured on a GPU, within a time: compiled beforehand, timed alone, then tests and experiments side by side.

on_gpu.py    writes the sections "..on a GPU.." of benchmarks/RESULTS.md, and logs to build/on-gpu
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from results import ROOT

CACHE = {"TORCHINDUCTOR_COMPILE_THREADS": "1"}
"""Of processes that compile side by side; part of what their graphs are found by afterwards."""


@dataclass(frozen=True)
class Task:
    """A process with a log of its own."""

    name: str
    command: tuple[str, ...]
    seconds: float
    """After these it is ended."""


def python(name: str, script: str, *arguments: str, seconds: float) -> Task:
    return Task(name, (sys.executable, *script.split(), *arguments), seconds)


def done(tasks: Sequence[Task], out: Path, environment: dict[str, str]) -> None:
    """Run some at the same time, each for its seconds at most, and say how they ended."""
    start = time.monotonic()
    running = []
    for one in tasks:
        with (out / f"{one.name}.log").open("w") as log:
            process = subprocess.Popen(
                one.command, stdout=log, stderr=log, cwd=ROOT, env=environment, start_new_session=True
            )
        running.append((one, process))
    while running:
        time.sleep(0.1)
        for one, process in list(running):
            over = time.monotonic() - start
            if process.poll() is None and over > one.seconds:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.poll() is not None:
                running.remove((one, process))
                print(f"{one.name}: ended with {process.returncode} after {over:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=530.0, help="of all")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "on-gpu", help="folder for logs")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + given.seconds
    cores = os.cpu_count() or 1
    paths = os.pathsep.join([str(ROOT), str(ROOT / "cli"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | CACHE | {"PYTHONPATH": paths, "LAYERS_FILL": os.environ.get("LAYERS_FILL", "27")}
    device = ("--device", given.device)
    share = given.seconds / 530
    rehearsed = python("rehearsals", "benchmarks/layers.py", *device, "--rehearse", str(cores), seconds=85 * share)
    done([rehearsed, python("memory", "benchmarks/memory.py", *device, seconds=85 * share)], given.out, environment)
    layers = python("layers", "benchmarks/layers.py", *device, "--seconds", f"{125 * share:.0f}", seconds=150 * share)
    rewrites = python("rewrites", "benchmarks/rewrites.py", *device, seconds=30 * share)
    circular = python("circular", "benchmarks/circular.py", *device, seconds=45 * share)
    pace = python(
        "pace", "benchmarks/full_forms.py", "--pace", *device, "--seconds", f"{75 * share:.0f}", seconds=100 * share
    )
    for one in (layers, rewrites, circular, pace):  # timings, each alone
        done([one], given.out, environment)
    left = end - time.monotonic() - 25 * share
    pytest = "-m pytest -q -p no:cacheprovider tests/nn/test_devices.py"
    tests = python("tests", pytest, "-n", "3", "-k", "not compiled", seconds=left + 20 * share)
    compiled = python("tests-compiled", pytest, "-n", "8", "-k", "compiled", seconds=left + 20 * share)
    full = python(
        "experiments", "benchmarks/full_forms.py", *device, "--seconds", f"{left:.0f}", seconds=left + 20 * share
    )
    done([tests, compiled, full], given.out, environment)


if __name__ == "__main__":
    main()
