"""The tasks of `symshare experiment emlp` with EMLP itself beside: test errors by the number of examples, and build times.

emlp_tasks.py --emlp PYTHON [--seconds 40] [--sizes 100,1000,10000]

PYTHON is that of an environment which has `emlp`; it trains for so many seconds after it is built and compiled. symshare trains
its quick form. Writes the section "Tasks of EMLP" of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from results import finished, write_section

from symshare.experiments.emlp import experiment as emlp
from symshare.experiments.emlp.nets import Derived, Polynomial
from symshare.experiments.emlp.tasks import SIZES, TASKS, Examples, Task
from symshare.experiments.harness.training import Context

SIDE = Path(__file__).with_name("emlp_tasks_side.py")


def flat(task: Task, given: Examples) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and outputs (examples, numbers), in EMLP's order: one vector after the other."""
    parts = []
    for one in given.inputs:
        vectors = one.transpose(1, 2) if one.ndim == 3 and task.channels[0] > 1 else one
        parts.append(vectors.flatten(1))
    return torch.cat(parts, -1).numpy(), given.wanted.flatten(1).numpy()


def beside(python: str, name: str, size: int, seconds: float) -> dict[str, float]:
    """What EMLP finds."""
    task = TASKS[name]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.npz"
        arrays = {}
        for kind in ("train", "validation", "test"):
            given = task.examples(kind, number=size if kind == "train" else None)
            arrays[f"{kind}_x"], arrays[f"{kind}_y"] = flat(task, given)
        np.savez(file, **arrays)
        found = finished([python, str(SIDE), str(file), name, str(seconds)], timeout=seconds + 600)
    if found.code != 0:
        raise SystemExit(f"EMLP failed on {name}, {size}: {found.errors[-500:]}")
    answer: dict[str, float] = json.loads(found.output.strip().splitlines()[-1])
    return answer


def ours(name: str, size: int) -> dict[str, float]:
    """What the derived network finds, and the seconds to derive and compile it and to solve and train it."""
    start = time.perf_counter()
    Derived(TASKS[name], Polynomial(TASKS[name], 4), 1.0)
    built = time.perf_counter() - start
    steps, _, rate = emlp.NETS["derived"]
    start = time.perf_counter()
    found = emlp._trained("derived", name, size, steps, rate, Context(0, torch.device("cpu")))
    return {"test": found["metrics"]["error"], "built": built, "seconds": time.perf_counter() - start}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emlp", required=True, help="the python of an environment with emlp")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    asked = parser.parse_args()
    rows = []
    for name in TASKS:
        for size in map(int, asked.sizes.split(",")):
            mine, other = ours(name, size), beside(asked.emlp, name, size, asked.seconds)
            cells = [name, f"{size:,}", f"{mine['test']:.3g}", f"{other['test']:.3g}"]
            cells += [
                f"{mine['built']:.1f}",
                f"{mine['seconds']:.1f}",
                f"{other['built']:.1f}",
                f"{other['compiled']:.1f}",
            ]
            rows.append([*cells, f"{asked.seconds:g}", f"{other['steps']:,.0f}"])
            print(*rows[-1], flush=True)
    heads = ("task", "examples", "symshare MSE", "EMLP MSE", "built s", "solved and trained s")
    heads += ("EMLP built s", "EMLP compiled s", "EMLP trained s", "EMLP steps")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    told = (
        "Mean squared errors on 5,000 test examples, the same for both; each keeps the step with its best validation."
    )
    command = f"python benchmarks/emlp_tasks.py --emlp PYTHON --seconds {asked.seconds:g} --sizes {asked.sizes}"
    write_section("Tasks of EMLP", command, [told, "", *lines], packages=("symshare", "torch", "numpy"))


if __name__ == "__main__":
    main()
