"""The bars of exact null spaces: seconds of one solve and peak memory, each in three fresh processes.

nullspace.py            solves everything and writes the section "Null spaces" of benchmarks/RESULTS.md
nullspace.py --one ROW  solves for one row (the names: --list) and prints one JSON line
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from results import finished, write_section

RUNS = 3
TIMEOUT = 300
COMMAND = "python benchmarks/nullspace.py"


@dataclass(frozen=True)
class Bar:
    """What is solved (called, it gives the dimension), how long that may take, and how much memory it may use (MiB)."""

    unknowns: int
    how: str
    solve: Callable[[], int]
    seconds: float
    mebibytes: float | None = None


def ansatz(signature: str, solver: str | None = None, **axes: str) -> Callable[[], int]:
    """The dimension of the linear maps (invariants, where there is no output) under named groups."""

    def solved() -> int:
        from symshare.core.equations.ansatz import taylor
        from symshare.core.equations.solution import solve

        return solve(taylor(signature, 1, axes=axes, least=1), solver=solver).dimensions[0]

    return solved


def permuted(size: int, solver: str | None = None) -> Callable[[], int]:
    """The dimension of the linear maps of matrices that commute with the permutations of so many values."""

    def solved() -> int:
        from symshare.core.equations.ansatz import taylor
        from symshare.core.equations.solution import solve

        return solve(taylor("aa->aa", 1, sizes={"a": size}, least=1), solver=solver).dimensions[0]

    return solved


def conjugated(power: int) -> int:
    """so(3) by two elements of its Lie algebra in a random basis of integers: nothing of it permutes the entries."""
    import numpy as np

    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.solution import solve
    from symshare.core.groups.files import generators_from

    random = np.random.default_rng(0)
    lower, upper = random.integers(-1, 2, (3, 3)), random.integers(-1, 2, (3, 3))
    basis = (np.tril(lower, -1) + np.eye(3, dtype=int)) @ (np.triu(upper, 1) + np.eye(3, dtype=int))
    back = np.rint(np.linalg.inv(basis)).astype(int)
    turns = [[[0, -1, 0], [1, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, -1], [0, 1, 0]]]
    moved = [{"r": (basis @ np.array(turn) @ back).tolist(), "lie": True} for turn in turns]
    side = "r" * power
    return solve(taylor(f"{side}->{side}", 1, axes=generators_from({"generator": moved}), least=1)).dimensions[0]


def random_system(rows: int, unknowns: int, *, planted: bool = False) -> int:
    """Three numbers in random places of each row; `planted`: such that one vector of numbers 1 to 5 solves them all."""
    import numpy as np
    from scipy import sparse

    from symshare.core.algebra.elimination import null_space

    random = np.random.default_rng(0)
    places = np.array([random.choice(unknowns, 3, replace=False) for _ in range(rows)])
    values = random.choice([-3, -2, -1, 1, 2, 3], (rows, 3))
    if planted:
        here = random.integers(1, 6, unknowns)[places]
        last = -(values[:, :2] * here[:, :2]).sum(axis=1)
        values = np.column_stack([values[:, :2] * here[:, 2:], last])
    cells = (values.ravel().astype(np.int64), (np.repeat(np.arange(rows), 3), places.ravel()))
    matrix = sparse.csr_array(cells, shape=(rows, unknowns))
    matrix.eliminate_zeros()
    return len(null_space([{1: matrix}], unknowns))


def bars() -> dict[str, Bar]:
    gigabytes = 4096
    both = "chosen", "rational"
    found: dict[str, Bar] = {}
    for how in both:
        solver = None if how == "chosen" else how
        found |= {
            f"S(6) T2->T2, {how}": Bar(6**4, how, permuted(6, solver), 2),
            f"SO(3) T3->T3, {how}": Bar(3**6, how, ansatz("rrr->rrr", solver, r="SO(3)"), 2),
            f"Lorentz T2->T2, {how}": Bar(4**4, how, ansatz("rr->rr", solver, r="Lorentz"), 2),
            f"SO(3) T4->T4, {how}": Bar(3**8, how, ansatz("rrrr->rrrr", solver, r="SO(3)"), 60, gigabytes),
            f"SL(3) T4->T4, {how}": Bar(3**8, how, ansatz("rrrr->rrrr", solver, r="SL(3)"), 60, gigabytes),
            f"SO(20) invariants T3, {how}": Bar(20**3, how, ansatz("rrr->", solver, r="SO(20)"), 60, gigabytes),
        }
    rest = {
        "so(3) in a random basis, T4->T4": Bar(3**8, "chosen", lambda: conjugated(4), 60, gigabytes),
        "random, 7,500 rows of 3": Bar(8000, "null_space", lambda: random_system(7500, 8000), 60, gigabytes),
        "random, 4,000 rows of 3": Bar(8000, "null_space", lambda: random_system(4000, 8000), 60, gigabytes),
        "random, 5,000 rows of 3": Bar(8000, "null_space", lambda: random_system(5000, 8000), 60, gigabytes),
        "random with a solution, 12,000 rows of 3": Bar(
            8000, "null_space", lambda: random_system(12_000, 8000, planted=True), 60, gigabytes
        ),
        "S(20) T2->T2, orbits": Bar(20**4, "orbits", permuted(20, "orbits"), 0.1),
        "S(56) T2->T2, orbits": Bar(56**4, "orbits", permuted(56, "orbits"), 30, gigabytes),
    }
    return found | rest


def solve_one(name: str) -> dict[str, Any]:
    """One solve, the first of its process, after symshare is imported."""
    import symshare.core.algebra.elimination
    import symshare.core.equations.ansatz
    import symshare.core.equations.solution  # noqa: F401
    from symshare.errors import SymshareError

    bar = bars()[name]
    start = time.perf_counter()
    try:
        dimension, failure = bar.solve(), ""
    except SymshareError as error:
        dimension, failure = None, str(error).splitlines()[0]
    return {"dimension": dimension, "seconds": time.perf_counter() - start, "failure": failure}


def measure(name: str, bar: Bar) -> tuple[str, bool]:
    """A line of the table, and whether the bar was met."""
    found, peaks, failure = [], [], ""
    for _ in range(RUNS):
        done = finished([sys.executable, __file__, "--one", name], TIMEOUT)
        peaks.append(done.mebibytes)
        if done.code is None:
            failure = f"no answer within {TIMEOUT} s"
        elif done.code:
            failure = f"ended with {done.code}: {(done.errors.strip().splitlines() or [''])[-1]}"
        else:
            found.append(json.loads(done.output))
            failure = found[-1]["failure"]
        if failure:  # it fails the same way each time
            break
    seconds = [one["seconds"] for one in found]
    limit = f"<= {bar.seconds:g} s" + (f", {bar.mebibytes:,.0f} MiB" if bar.mebibytes else "")
    median = statistics.median(seconds) if seconds else None
    met = not failure and median is not None and median <= bar.seconds
    met = met and (bar.mebibytes is None or max(peaks) <= bar.mebibytes)
    dimension = f"fails: {failure}" if failure else f"{found[0]['dimension']:,}"
    spread = f"{min(seconds):.3f}..{max(seconds):.3f}" if len(seconds) > 1 else "one run"
    timed = "-" if median is None else f"{median:.3f}"
    cells = [name, f"{bar.unknowns:,}", dimension, limit, timed, spread, f"{max(peaks):.0f}", "yes" if met else "NO"]
    return f"| {' | '.join(cells)} |", met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--one", choices=list(bars()), metavar="ROW", help="solve for one row and print it")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(bars()))
        return
    if arguments.one:
        print(json.dumps(solve_one(arguments.one)))
        return
    lines = [
        "The first solve of a fresh process, import left out: median of three such. The peak is the whole process's.",
        "`chosen`: the solver that symshare chooses, which for a group that permutes entries (up to signs) first takes its"
        " orbits; `rational`: every equation is eliminated. T2 is V⊗V.",
        "",
        "| what | unknowns | dimension | bar | median s | least..most s | peak MiB | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    missed = []
    for name, bar in bars().items():
        print(f"{name} ..", file=sys.stderr)
        line, met = measure(name, bar)
        lines.append(line)
        if not met:
            missed.append(name)
    print(write_section("Null spaces", COMMAND, lines, packages=("symshare", "numpy", "scipy", "python-flint")))
    if missed:
        raise SystemExit(f"over the bar: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
