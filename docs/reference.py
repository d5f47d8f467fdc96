"""What the code says of itself, as pages: the commands with their options, and the public names with their docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from symshare_cli.main import main as program

import symshare

ROOMS = {
    "symshare": "What is derived, counted, certified, planned and emitted.",
    "symshare.nn": "Layers and networks as torch modules, and checks of any module.",
    "symshare.show": "Pictures: sharing patterns, poolings as graphs.",
    "symshare.weights": "The symmetry of a module's weights, and networks that read networks.",
    "symshare.polynomials": "Polynomial networks written out, and what they can be.",
    "symshare.experiments": "Worked problems.",
}


def write(out: Path) -> None:
    """Write the pages of the commands and of the public names into the folder of the site."""
    (out / "reference" / "commands.md").write_text(_commands(), encoding="utf-8")
    folder = out / "reference" / "api"
    folder.mkdir()
    for room in ROOMS:
        (folder / f"{room}.rst").write_text(_room(room), encoding="utf-8")


def _commands() -> str:
    lines = ["# Commands", "", "Written from the program's own help: `symshare COMMAND --help` prints the same."]
    for name, command in sorted(program.commands.items()):
        context = click.Context(command, info_name=f"symshare {name}", max_content_width=100)
        usage = command.get_usage(context).removeprefix("Usage: ")
        lines += ["", f"## {name}", "", "```text", " ".join(usage.split()), "```", "", *_help(command.help or ""), ""]
        records = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
        lines += [
            "| option | |",
            "|---|---|",
            *(f"| `{_cell(one)}` | {_escaped(_cell(said))} |" for one, said in records),
        ]
    return "\n".join(lines) + "\n"


def _help(text: str) -> Iterator[str]:
    """Paragraphs as they are, those that click leaves unwrapped as blocks."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```text", *paragraph.split("\n")[1:], "```", "")
        else:
            yield from (_escaped(paragraph), "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _escaped(text: str) -> str:
    return re.sub(r"([<>*_$])", r"\\\1", text)


def names(room: str) -> list[str]:
    """The public names of a package."""
    package: Any = symshare if room == "symshare" else getattr(symshare, room.removeprefix("symshare."))
    return sorted(package.__all__, key=str.lower)


def _room(room: str) -> str:
    """One page: functions first, then what they give, then errors."""
    package: Any = symshare if room == "symshare" else getattr(symshare, room.removeprefix("symshare."))
    lines = [room, "=" * len(room), "", ROOMS[room], ""]
    for name in sorted(names(room), key=lambda one: (inspect.isclass(getattr(package, one)), one.lower())):
        kind = "autoclass" if inspect.isclass(getattr(package, name)) else "autofunction"
        lines += [
            name,
            "-" * len(name),
            "",
            f".. {kind}:: {room}.{name}",
            *["   :members:"] * (kind == "autoclass"),
            "",
        ]
    return "\n".join(lines) + "\n"
