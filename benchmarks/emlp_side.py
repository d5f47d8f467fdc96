"""The EMLP half of a side-by-side: what EMLP solves for, how long it takes, how many solutions it finds.

Run by the python of an environment that has `emlp` installed; it does not need symshare.

emlp_side.py CASE           solves one case and prints one JSON line
emlp_side.py --list         prints the names of the cases
emlp_side.py --dimensions   prints EMLP's dimension of every map of every group, each group in its own process
emlp_side.py --generators   prints the matrices that EMLP has for every group of --dimensions, as it defines them in
                            double precision; it solves with them in single precision
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

MOST_UNKNOWNS = 20_000
SECONDS_PER_MAP = 60
SECONDS_PER_GROUP = 120
SECONDS_TO_REPEAT = 60  # a case that took less is solved again, after jax has compiled
SINGULAR_VALUE_BOUND = 30_000_000  # EMLP's own: a constraint matrix with more entries is solved by iteration

NOTES = {
    "RubiksCube": "not the group of Rubik's cube: its six turns do not fit together and generate a group of order 24!^2 / 2",
    "Cube": "the six faces of a cube, permuted by its rotations",
    "ZksZnxZn": "its regular representation, on turns and places of a grid at once",
    "U": "complex matrices",
    "SU": "complex matrices",
}

MIXED_DUALITY = "T(2)->T(2): V⊗V -> V⊗V, solved as V⊗V⊗V*⊗V*"
MIXED_DUALITY_3 = "T(3)->T(3): V⊗V⊗V -> V⊗V⊗V, solved as V⊗V⊗V⊗V*⊗V*⊗V*"


@dataclass(frozen=True)
class Symmetry:
    """A group of EMLP, by the name of its class and the numbers it takes."""

    kind: str
    numbers: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind}({','.join(map(str, self.numbers))})" if self.numbers else self.kind


@dataclass(frozen=True)
class Case:
    """The equivariant linear maps from V^source to V^target."""

    symmetry: Symmetry
    source: int
    target: int
    note: str = ""


def cases() -> dict[str, Case]:
    found = [Case(Symmetry("S", (n,)), 2, 2) for n in (4, 6, 8, 10, 15)]
    found += [
        Case(Symmetry("S", (30,)), 1, 1),
        Case(Symmetry("SO", (4,)), 2, 2),
        Case(Symmetry("Lorentz"), 2, 2, MIXED_DUALITY),
        Case(Symmetry("Sp", (2,)), 2, 2, MIXED_DUALITY),
        Case(Symmetry("Sp", (1,)), 3, 3, MIXED_DUALITY_3),
        Case(Symmetry("Sp", (2,)), 3, 3, MIXED_DUALITY_3),
        Case(Symmetry("SO", (3,)), 3, 3),
    ]
    return {f"{case.symmetry.name} {power_name(case.source)}->{power_name(case.target)}": case for case in found}


def symmetries() -> dict[str, Symmetry]:
    found = [Symmetry(kind, (n,)) for kind in ("SO", "O", "SU", "U", "SL", "GL") for n in (2, 3, 4)]
    found += [Symmetry(kind, (k,)) for kind in ("C", "D") for k in (2, 3, 4, 8)]
    found += [Symmetry(kind, (n,)) for kind in ("S", "Z") for n in (2, 4, 6)]
    found += [Symmetry(kind) for kind in ("SO11p", "SO13p", "SO13", "O13")]
    found += [Symmetry("Sp", (n,)) for n in (1, 3)]
    found += [Symmetry("RubiksCube"), Symmetry("Cube")]
    found += [Symmetry("ZksZnxZn", (k, n)) for k in (2, 4) for n in (2, 3)]
    return {symmetry.name: symmetry for symmetry in found}


def power_name(power: int) -> str:
    return "V" if power == 1 else f"T{power}"


def build(symmetry: Symmetry) -> Any:
    import emlp.groups

    return getattr(emlp.groups, symmetry.kind)(*symmetry.numbers)


def maps_of(group: Any) -> dict[str, Any]:
    """The representations whose invariants are the maps asked for, the smallest first."""
    from emlp.reps import V

    vector = V(group)
    squared = vector * vector
    found = {
        "V->V": vector >> vector,
        "invariants T2": squared,
        "V->T2": vector >> squared,
        "T2->V": squared >> vector,
        "T2->T2": squared >> squared,
    }
    if not group.is_orthogonal:
        dual = vector.T
        mixed = dual * vector
        found |= {"V*->V*": dual >> dual, "V->V*": vector >> dual, "V*⊗V -> V*⊗V": mixed >> mixed}
    return dict(sorted(found.items(), key=lambda item: int(item[1].size())))


def reason(error: BaseException) -> str:
    """What an exception says, on one short line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200].rstrip(": ")


def count_nan(basis: Any) -> tuple[int, bool]:
    """How many solutions EMLP gave, and whether any entry of them is not a number."""
    import numpy as np

    entries = np.asarray(basis)
    return int(entries.shape[-1]), bool(np.isnan(entries).any())


def solve(name: str, case: Case) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "case": name,
        "unknowns": None,
        "dimension": None,
        "seconds": None,
        "cpu_seconds": None,
        "again_seconds": None,
        "status": "fails",
        "note": case.note,
    }

    def with_note(**changes: Any) -> dict[str, Any]:
        notes = [note for note in (case.note, changes.pop("note", "")) if note]
        return answer | changes | {"note": "; ".join(notes)}

    try:
        import numpy as np
        from emlp.reps import Rep, V

        np.random.seed(0)  # the iterative solver starts from numpy's global generator
        vector = V(build(case.symmetry))
        representation = vector**case.source >> vector**case.target
        answer["unknowns"] = int(representation.size())
        constraints = vector.G.num_constraints() * answer["unknowns"] ** 2
    except Exception as error:
        return with_note(note=f"while building: {reason(error)}")

    wall, cpu = time.perf_counter(), time.process_time()
    try:
        basis = np.asarray(representation.equivariant_basis())
    except Exception as error:
        failure = reason(error)
    else:
        failure = ""
    answer["seconds"] = round(time.perf_counter() - wall, 4)
    answer["cpu_seconds"] = round(time.process_time() - cpu, 4)
    if failure:
        return with_note(note=failure)

    if answer["seconds"] < SECONDS_TO_REPEAT:
        Rep.solcache.clear()
        wall = time.perf_counter()
        representation.equivariant_basis().block_until_ready()
        answer["again_seconds"] = round(time.perf_counter() - wall, 4)
    solver = "singular values" if constraints <= SINGULAR_VALUE_BOUND else "iterative"
    dimension, has_nan = count_nan(basis)
    if has_nan:
        bad = int(np.isnan(basis).sum())
        return with_note(status="nan", note=f"{solver}; {dimension} basis elements, {bad} of {basis.size} entries NaN")
    return with_note(status="ok", dimension=dimension, note=solver)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the main thread once so many seconds are over."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def dimension_of(representation: Any) -> int | str:
    from emlp.reps import Rep

    Rep.solcache.clear()  # every map on its own
    try:
        with at_most(SECONDS_PER_MAP):
            dimension, has_nan = count_nan(representation.equivariant_basis())
    except Exception as error:
        return f"fails: {reason(error)}"
    return f"fails: NaN in a basis of {dimension} elements" if has_nan else dimension


def print_group(symmetry: Symmetry) -> None:
    """One JSON line with the names of the maps, then one [name, value] line as each is known."""
    import numpy as np

    np.random.seed(0)
    maps = maps_of(build(symmetry))
    print(json.dumps(list(maps)), flush=True)
    for name, representation in maps.items():
        value = None if representation.size() > MOST_UNKNOWNS else dimension_of(representation)
        print(json.dumps([name, value]), flush=True)


def group_in_process(symmetry: Symmetry) -> dict[str, int | str | None] | str:
    command = [sys.executable, __file__, "--group", symmetry.name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_PER_GROUP, check=False)
    except subprocess.TimeoutExpired as error:
        printed = error.stdout or b""
        output = printed.decode() if isinstance(printed, bytes) else printed
        failure = f"fails: the group had no answer within {SECONDS_PER_GROUP} s"
    else:
        output = done.stdout
        last = (done.stderr.strip().splitlines() or [""])[-1]
        failure = f"fails: the process ended with {done.returncode}: {last}"[:200]
    whole = output[: output.rfind("\n") + 1]
    lines = [json.loads(line) for line in whole.splitlines()]
    if not lines:
        return failure
    names, *found = lines
    values: dict[str, int | str | None] = dict(found)
    unanswered = [name for name in names if name not in values]
    values |= dict.fromkeys(unanswered)  # the first of them was under way, the others were never tried
    if unanswered:
        values[unanswered[0]] = failure
    return values


def whole(value: float) -> int | float:
    """The integer that a float stands for (EMLP has cos(pi/2) = 6e-17), or the float."""
    nearest = round(value)
    return nearest if abs(value - nearest) < 1e-12 else value


def written(matrix: Any, size: int) -> list[list[int | float]] | dict[str, list[list[int | float]]]:
    """A matrix, lazy or not, as rows; a complex one as its real and imaginary part."""
    import numpy as np

    dense = np.asarray(matrix @ np.eye(size))
    if np.iscomplexobj(dense):
        return {"real": written(dense.real, size), "imag": written(dense.imag, size)}
    return [[whole(float(entry)) for entry in row] for row in dense]


def generators_of(symmetry: Symmetry) -> dict[str, Any]:
    group = build(symmetry)
    found: dict[str, Any] = {
        "size": int(group.d),
        "discrete": [written(one, group.d) for one in group.discrete_generators],
        "algebra": [written(one, group.d) for one in group.lie_algebra],
    }
    return found | ({"note": NOTES[symmetry.kind]} if symmetry.kind in NOTES else {})


def print_generators() -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    print(json.dumps({name: generators_of(symmetry) for name, symmetry in symmetries().items()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="?", choices=list(cases()), metavar="CASE", help="a name of --list")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--dimensions", action="store_true", help="print the dimensions for every group")
    parser.add_argument("--generators", action="store_true", help="print EMLP's matrices for every group")
    parser.add_argument("--group", choices=list(symmetries()), metavar="GROUP", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.list:
        print(json.dumps(list(cases()), ensure_ascii=False))
    elif arguments.generators:
        print_generators()
    elif arguments.group:
        print_group(symmetries()[arguments.group])
    elif arguments.dimensions:
        table = {name: group_in_process(symmetry) for name, symmetry in symmetries().items()}
        print(json.dumps(table, ensure_ascii=False, indent=2))
    elif arguments.case:
        print(json.dumps(solve(arguments.case, cases()[arguments.case]), ensure_ascii=False))
    else:
        parser.error("a CASE, --list, --dimensions or --generators is needed")


if __name__ == "__main__":
    main()
