"""EMLP and symshare side by side: how long each takes for the same maps, and how many it finds.

beside_emlp.py --emlp PYTHON   solves with both, PYTHON being that of an environment which has `emlp`, and writes the
                               sections "Beside EMLP" and "Dimensions beside EMLP's" of benchmarks/RESULTS.md
beside_emlp.py                 solves with symshare alone and writes no file

(A file named emlp.py beside emlp_side.py would hide EMLP from it.)
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emlp_side import Case, Symmetry, cases, symmetries
from results import FILE, finished, write_section

if TYPE_CHECKING:
    from symshare.core.groups.group import AxisGroup

SIDE = Path(__file__).with_name("emlp_side.py")
COMMAND = "python benchmarks/beside_emlp.py --emlp PYTHON"
PACKAGES = ("symshare", "numpy", "scipy", "python-flint")
TIMEOUT = 300
RUNS = 5
ROUNDS = 2
MOST_TO_REPEAT = 60
MOST_PERMUTED = 6_000_000
MOST_MIXED = 20_000

MAPS = {
    "V->V": ("a->a", 1),
    "invariants T2": ("a->aa", 0),
    "V->T2": ("a->aa", 1),
    "T2->V": ("aa->a", 1),
    "T2->T2": ("aa->aa", 1),
    "V*->V*": ("b->b", 1),
    "V->V*": ("a->b", 1),
    "V*⊗V -> V*⊗V": ("ba->ba", 1),
}
"""Each map as a signature, b dual to a, with its degree; invariants are the constant maps."""


def our_name(symmetry: Symmetry) -> str:
    """symshare's name of the group in the same representation, "" where it has none."""
    numbers = symmetry.numbers
    names = {
        "C": "PlaneC({})",
        "D": "PlaneD({})",
        "Z": "C({})",
        "U": "GL({})",
        "SU": "SL({})",
        "SO11p": "SO+(1,1)",
        "SO13p": "SO+(1,3)",
        "SO13": "SO(1,3)",
        "O13": "O(1,3)",
        "Lorentz": "Lorentz",
        "Sp": f"Sp({2 * numbers[0]})" if numbers else "",
        "Cube": "",
        "RubiksCube": "",
        "ZksZnxZn": "",
    }
    return names.get(symmetry.kind, symmetry.kind + "({})").format(*numbers)


def solve_case(case: Case) -> dict[str, Any]:
    """Times of the ansatz and its solution: the first, and the median of five more with every cache emptied."""
    start = time.perf_counter()
    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.solution import solve

    imported = time.perf_counter() - start
    signature = "a" * case.source + "->" + "a" * case.target
    name = our_name(case.symmetry)
    given: dict[str, Any] = {"sizes": {"a": case.symmetry.numbers[0]}} if case.symmetry.kind == "S" else {}
    given = given or {"axes": {"a": name}}
    seconds, found = [], None
    for _ in range(RUNS + 1):
        for one in gc.get_objects():
            if isinstance(one, functools._lru_cache_wrapper) and str(one.__module__).startswith("symshare"):
                one.cache_clear()
        start = time.perf_counter()
        found = solve(taylor(signature, 1, least=1, **given))
        seconds.append(time.perf_counter() - start)
    assert found is not None  # noqa: S101
    return {
        "unknowns": found.ansatz.unknowns[0],
        "dimension": found.dimensions[0],
        "method": found.method,
        "first": seconds[0],
        "again": statistics.median(seconds[1:]),
        "import": imported,
    }


def case_lines(emlp: str | None, chosen: Sequence[str] = ()) -> Iterator[str]:
    """The table of cases: EMLP and symshare in turn, each in a fresh process; rows not chosen stay as they were."""
    yield (
        "| maps | unknowns | dimension: EMLP | symshare | first solve, s: EMLP | symshare | ratio"
        " | again, s: EMLP | symshare | ratio | import of symshare, s | peak MiB: EMLP | symshare | rounds |"
    )
    yield "|" + "---|" * 14
    text = FILE.read_text(encoding="utf-8") if chosen else ""
    kept = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}
    for name in cases():
        if chosen and name not in chosen:
            yield kept[name]
            continue
        print(f"{name} ..", file=sys.stderr)
        theirs: dict[str, Any] = {}
        their_peak = None
        rounds = []
        for _ in range(ROUNDS):
            if emlp:
                theirs, their_peak = solve_theirs(emlp, name)
            done = finished([sys.executable, __file__, "--ours", name])
            if done.code:
                raise SystemExit(done.errors)
            ours = json.loads(done.output) | {"peak": done.mebibytes}
            rounds.append((theirs, their_peak, ours))
            if not theirs.get("seconds") or theirs["seconds"] > MOST_TO_REPEAT:
                break
        theirs, their_peak, ours = rounds[0]
        theirs |= {one: least(rounds, 0, one) for one in ("seconds", "again_seconds")}
        ours |= {one: least(rounds, 2, one) for one in ("first", "again", "import")}
        first, again = theirs.get("seconds"), theirs.get("again_seconds")
        their_dimension = theirs.get("dimension")
        if emlp and their_dimension is None:
            their_dimension = f"gives up: {theirs.get('note', '')}"
        cells = [
            name,
            f"{ours['unknowns']:,}",
            shown(their_dimension),
            f"{ours['dimension']} ({ours['method']})",
            shown(first, ".2f"),
            f"{ours['first']:.4f}",
            ratio(first, ours["first"]),
            shown(again, ".2f"),
            f"{ours['again']:.4f}",
            ratio(again, ours["again"]),
            f"{ours['import']:.2f}",
            shown(their_peak, ".0f"),
            f"{ours['peak']:.0f}",
            str(len(rounds)),
        ]
        yield f"| {' | '.join(cells)} |"


def solve_theirs(emlp: str, name: str) -> tuple[dict[str, Any], float]:
    """What EMLP's process printed for a case, and its peak memory."""
    done = finished([emlp, str(SIDE), name], TIMEOUT)
    if done.code == 0:
        return json.loads(done.output), done.mebibytes
    stopped = f"no answer within {TIMEOUT} s" if done.code is None else f"ended with {done.code}"
    return {"note": stopped}, done.mebibytes


def least(rounds: Sequence[tuple[Any, ...]], side: int, key: str) -> float | None:
    """The least time of one side over the rounds: others may use the machine."""
    found = [one[side][key] for one in rounds if one[side].get(key) is not None]
    return min(found) if found else None


def shown(value: Any, form: str = "") -> str:
    return "-" if value is None else format(value, form)


def ratio(theirs: float | None, ours: float) -> str:
    return "-" if theirs is None else f"{theirs / ours:,.0f}"


def read(matrix: Any) -> list[list[Any]]:
    """A matrix that emlp_side.py printed as symshare reads it; fractions of small numbers and i are exact."""
    if isinstance(matrix, Mapping):
        pairs = zip(matrix["real"], matrix["imag"], strict=True)
        return [[complex_entry(a, b) for a, b in zip(real, imag, strict=True)] for real, imag in pairs]
    return [[exact_entry(entry) for entry in row] for row in matrix]


def exact_entry(value: float) -> int | str | float:
    if isinstance(value, int):
        return value
    near = Fraction(value).limit_denominator(12)
    return str(near) if abs(near - Fraction(value)) < 1e-12 else value


def complex_entry(real: float, imag: float) -> int | str | float:
    if not imag:
        return exact_entry(real)
    return f"({exact_entry(real)}) + ({exact_entry(imag)})*i"


def group_of(printed: Mapping[str, Any]) -> AxisGroup:
    from symshare.core.groups.files import generators_from

    listed: list[dict[str, Any]] = [{"a": read(one)} for one in printed["discrete"]]
    listed += [{"a": read(one), "lie": True} for one in printed["algebra"]]
    return generators_from({"generator": listed})["a"]


def dimensions(group: AxisGroup) -> tuple[dict[str, int], set[str]]:
    """The dimension of every map that is not too large, and the methods by which they were found."""
    from symshare.core.equations.ansatz import taylor
    from symshare.core.equations.solution import solve
    from symshare.core.groups.group import dual

    found, methods = {}, set()
    for name, (signature, degree) in MAPS.items():
        letters = signature.replace("->", "")
        unknowns = group.size ** (len(letters) if degree else len(letters) - 1)
        if unknowns > (MOST_PERMUTED if group.permutes else MOST_MIXED):
            continue
        other = dual(group, "a")
        axes = {"a": group, "b": other} if "a" in letters else {"b": replace(other, of="")}
        own = {letter: one for letter, one in axes.items() if letter in letters}
        solution = solve(taylor(signature, degree, least=degree, axes=own))
        found[name] = solution.dimensions[0]
        methods.add(solution.method)
    return found, methods


def compared(theirs: Any, ours: int | None) -> str:
    """One cell: a number where both agree, else EMLP's and ours."""
    if isinstance(theirs, int):
        return f"{theirs:,}" if theirs == ours else f"**{theirs:,} ≠ {shown(ours)}**"
    return ("- / " if theirs is None else "gives up / ") + ("-" if ours is None else f"{ours:,}")


def dimension_lines(table: Mapping[str, Any], generators: Mapping[str, Any]) -> Iterator[str]:
    """The table of dimensions: EMLP's, and symshare's from EMLP's own matrices and from its own group of that name."""
    from symshare.core.groups.naming import read_group

    yield f"| group | {' | '.join(MAPS)} | equal | solver | symshare's own group | remark |"
    yield "|" + "---|" * (len(MAPS) + 5)
    total = same = 0
    for name, symmetry in symmetries().items():
        print(f"{name} ..", file=sys.stderr)
        ours, methods = dimensions(group_of(generators[name]))
        theirs = table[name] if isinstance(table[name], dict) else {}
        asked = [one for one in MAPS if one in theirs]
        known = [one for one in asked if isinstance(theirs[one], int)]
        agree = sum(theirs[one] == ours.get(one) for one in known)
        total, same = total + len(known), same + agree
        own_name = our_name(symmetry)
        remark = generators[name].get("note", "")
        own = "none in this representation"
        if own_name:
            differing = {one: value for one, value in dimensions(read_group(own_name))[0].items() if ours[one] != value}
            listed = ", ".join(f"{one}: {value:,}" for one, value in differing.items() if one in asked)
            own = f"{own_name}: {listed or 'the same'}"
        if symmetry.kind in ("U", "SU"):
            remark += f"; complex dimensions. {own_name}: its complexification"
        cells = [compared(theirs[one], ours.get(one)) if one in asked else "" for one in MAPS]
        verdict = "yes" if agree == len(known) else "**no**"
        verdict += f" ({agree} of {len(known)})" if agree != len(asked) else ""
        yield f"| {name} | {' | '.join(cells)} | {verdict} | {', '.join(sorted(methods))} | {own} | {remark} |"
    yield ""
    yield f"Of {total} dimensions that EMLP gives, {same} are equal to symshare's."


def our_lines() -> Iterator[str]:
    """symshare's dimensions of its own groups."""
    from symshare.core.groups.naming import read_group

    for symmetry in symmetries().values():
        if our_name(symmetry):
            yield f"{our_name(symmetry)}: {json.dumps(dimensions(read_group(our_name(symmetry)))[0], ensure_ascii=False)}"


def printed(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emlp", metavar="PYTHON", help="the python of an environment that has emlp")
    parser.add_argument("--stored", type=Path, metavar="FILE", help="what emlp_side.py --dimensions printed before")
    parser.add_argument("--only", choices=["cases", "dimensions"], help="one of the two tables")
    parser.add_argument(
        "--cases", nargs="+", choices=list(cases()), default=[], metavar="CASE", help="these rows alone"
    )
    parser.add_argument("--ours", choices=list(cases()), metavar="CASE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        print(json.dumps(solve_case(cases()[arguments.ours])))
        return
    if not arguments.emlp:
        for line in [*case_lines(None), *our_lines()]:
            print(line)
        return
    say = "from importlib.metadata import version; print(', '.join(f'{n} {version(n)}' for n in ('emlp', 'jax', 'numpy')))"
    others = f"EMLP's environment: {printed([arguments.emlp, '-c', say]).strip()}"
    if arguments.only != "dimensions":
        about = [
            "Each line: EMLP, then symshare, each in a fresh process that imports first and then solves, for so many rounds;"
            " the least time of them, for others use this machine too. First solve: EMLP compiles, symshare imports what it"
            " needs. Again: once more with the caches of solutions emptied (EMLP where the first took less than a minute;"
            f" symshare the median of {RUNS}, ansatz and solve). Ratio: EMLP's seconds over symshare's. symshare"
            " takes two or three generators of a group by name, EMLP all that it defines (n - 1 transpositions for S(n)).",
            "",
            *case_lines(arguments.emlp, arguments.cases),
        ]
        print(write_section("Beside EMLP", COMMAND, about, packages=PACKAGES, others=others))
    if arguments.only != "cases":
        side = [arguments.emlp, str(SIDE)]
        stored = arguments.stored
        text = stored.read_text(encoding="utf-8") if stored else printed([*side, "--dimensions"])
        generators = json.loads(printed([*side, "--generators"]))
        about = [
            "symshare solves with EMLP's own matrices: exactly where they are integers, fractions or have i in them,"
            " numerically where they are floats. A single number: both agree. `- / n`: EMLP was not asked (over 20,000"
            " unknowns); `gives up / n`: it had no answer within 60 s (120 s for a group). symshare's own group is its exact"
            " group of that name, where it has one in this representation; where it differs, its dimensions are given."
            + (" EMLP's dimensions are from an earlier run of emlp_side.py --dimensions." if stored else ""),
            "",
            *dimension_lines(json.loads(text), generators),
        ]
        command = COMMAND + (" --only dimensions --stored FILE" if stored else "")
        print(write_section("Dimensions beside EMLP's", command, about, packages=PACKAGES, others=others))


if __name__ == "__main__":
    main()
