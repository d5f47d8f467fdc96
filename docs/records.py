"""The records of the experiments as a page: what was asked, what was reached, and the table of each, which a click sorts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
RESULTS = NOTEBOOKS / "results"
sys.path.insert(0, str(NOTEBOOKS))

from summary import records  # noqa: E402


def write(out: Path) -> None:
    """Write the page of the records, and their pictures beside it."""
    folder = out / "experiments" / "pictures"
    folder.mkdir(parents=True)
    kept = records()
    lines = [
        "# Records",
        "",
        "What the last run of each experiment measured. A click on a heading sorts a table; again turns it round. Times are",
        "of the machine named, and every number is printed by the command above its table.",
        "",
        "## What was asked",
        "",
        *_table(["experiment", "what", "measured", "asked", "reached"], [row for one in kept for row in _bars(one)]),
    ]
    for record in kept:
        name = record["experiment"]
        picture = RESULTS / f"{name}.png"
        lines += ["", f"## {name}", "", f"{_capital(record['question'])}. Symmetry: `{record['symmetry']}`.", ""]
        lines += ["```sh", f"symshare experiment {name}", "```", ""]
        lines += [
            f"{record['date']}, {record['wall_s'] / 60:.0f} minutes on {record['machine']}, the {record['form']} form.",
            "",
        ]
        lines += _table(record["columns"], record["rows"])
        lines += ["", *(f"- {_text(note)}" for note in record["notes"]), ""]
        if picture.exists():
            shutil.copy(picture, folder)
            lines += [f"![{record['question']}](pictures/{name}.png)"]
    (out / "experiments" / "records.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _bars(record: dict[str, Any]) -> list[list[Any]]:
    name = record["experiment"]
    return [
        [f"[{name}](#{name})", bar["what"], bar["value"], bar["asked"], "yes" if bar["met"] else "no"]
        for bar in record["bars"]
    ]


def _table(columns: list[str], rows: list[list[Any]]) -> list[str]:
    return [
        "| " + " | ".join(map(_text, columns)) + " |",
        "|" + "---|" * len(columns),
        *("| " + " | ".join(map(_text, row)) + " |" for row in rows),
    ]


def _text(value: Any) -> str:
    """A value as it may stand in a cell of Markdown."""
    if value is None:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if text.startswith("[") else "".join("\\" + one if one in r"\|*_<>$" else one for one in text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
