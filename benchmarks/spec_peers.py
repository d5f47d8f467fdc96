"""Specs beside `rebasin` and `torch-pruning`, on the modules of tests/weights: what each takes for a symmetry.

spec_peers.py --peers PYTHON   runs all three, PYTHON being that of an environment which has `rebasin` and `torch-pruning`, and
                               writes the section "Symmetries of weights" of benchmarks/RESULTS.md
spec_peers.py                  runs symshare alone and writes no file
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from math import log10
from pathlib import Path
from typing import Any

from results import ROOT, finished, write_section

sys.path.insert(0, str(ROOT))

SIDE = Path(__file__).with_name("peers_side.py")
COMMAND = "python benchmarks/spec_peers.py --peers PYTHON"
PEERS = ("rebasin", "torch-pruning")
VERSIONS = """
from importlib.metadata import version
print(*(f"{one} {version(one)}" for one in ("rebasin", "torch-pruning")), sep=", ")
"""
TIMEOUT = 300
WRONG = 1e-3
"""A change of outputs in float32, relative to them, that is no rounding."""


def ours(name: str) -> dict[str, Any]:
    import torch

    from symshare.weights import spec
    from tests.weights.expected import CASES

    torch.manual_seed(0)
    case = CASES[name]
    module, inputs = case.make().double(), case.inputs()
    start = time.perf_counter()
    one = spec(module, inputs)
    seconds = time.perf_counter() - start
    return {"digits": log10(one.order), "change": one.verify(module, inputs, redraw=True).error, "seconds": seconds}


def theirs(python: str, package: str, name: str) -> dict[str, Any]:
    done = finished([python, str(SIDE), package, name], TIMEOUT)
    lines = done.output.strip().splitlines()
    if done.code or not lines:
        return {"fails": f"takes over {TIMEOUT} s" if done.code is None else done.errors.strip().splitlines()[-1][:60]}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def cell(found: dict[str, Any]) -> str:
    if "fails" in found:
        return f"fails: {found['fails'].replace('|', ' ')}"
    if found["digits"] == 0:
        return "nothing"
    said = f"10^{found['digits']:.1f}"
    return f"{said}, **changes outputs by {found['change']:.0e}**" if not found["change"] < WRONG else said


def table(python: str | None) -> Iterator[str]:
    from tests.weights.expected import CASES

    yield "| module | symshare | " + " | ".join(PEERS) + " | symshare, error | s |"
    yield "|" + "---|" * (4 + len(PEERS))
    for name in CASES:
        print(f"{name} ..", file=sys.stderr)
        mine = ours(name)
        cells = [cell(theirs(python, package, name)) if python else "" for package in PEERS]
        yield f"| {name} | {cell(mine)} | {' | '.join(cells)} | {mine['change']:.0e} | {mine['seconds']:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", metavar="PYTHON", help="the Python of an environment with rebasin and torch-pruning")
    asked = parser.parse_args()
    lines = list(table(asked.peers))
    print(*lines, sep="\n")
    if asked.peers:
        what = (
            "The number of permutations that each takes for symmetries of a module's weights, and how far a random one of "
            "them (for torch-pruning, the exchange of the first channel of each of its groups with the second, and with the "
            "last) changes the outputs, one run, "
            "float32 for the peers and float64 for symshare. rebasin leaves the statistics of normalisations to be reckoned "
            "anew, so they are those of a new module there."
        )
        others = finished([asked.peers, "-c", VERSIONS]).output.strip()
        write_section(
            "Symmetries of weights", COMMAND, [what, "", *lines], packages=("symshare", "torch"), others=others
        )


if __name__ == "__main__":
    main()
