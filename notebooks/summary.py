"""Write what notebooks/results holds into the README, between its two marks; `make experiments` calls it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from symshare.codegen.files import write_text
from symshare.experiments.catalogue import CATALOGUE

FOLDER = Path(__file__).parent
README = FOLDER.parent / "README.md"
MARKS = ("<!-- experiments: written by make experiments -->\n", "<!-- end of experiments -->\n")


def table(records: list[dict[str, Any]]) -> str:
    """One row for each experiment: what it asks, and the first thing that was measured. The site has all of it."""
    lines = ["| experiment | | measured | asked | |", "|---|---|---|---|---|"]
    for record in records:
        bar = record["bars"][0]
        value = "none" if bar["value"] is None else f"{bar['value']:.4g}"
        name = f"[{record['experiment']}](notebooks/results/{record['experiment']}.png)"
        told = f"{record['question']}: {bar['what']}"
        lines.append(f"| {name} | {told} | {value} | {bar['asked']} | {'yes' if bar['met'] else 'no'} |")
    return "\n".join(lines) + "\n"


def records() -> list[dict[str, Any]]:
    """The records of the experiments that were run, in the order of the catalogue."""
    paths = [FOLDER / "results" / f"{name}.json" for name in CATALOGUE]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def main() -> None:
    text = README.read_text(encoding="utf-8")
    if any(text.count(mark) != 1 for mark in MARKS) or text.index(MARKS[0]) > text.index(MARKS[1]):
        sys.exit(f"README.md needs these two lines, each once and in this order:\n{''.join(MARKS)}")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    write_text(README, before + MARKS[0] + "\n" + table(records()) + "\n" + MARKS[1] + after, force=True)


if __name__ == "__main__":
    main()
