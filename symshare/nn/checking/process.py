"""The process in which `symshare check` and `symshare verify` run a file; its answer goes into another file."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symshare.core.faces.noun import Noun
from symshare.core.groups.files import generators_from
from symshare.core.groups.group import AxisGroup
from symshare.core.notation.reading import signature
from symshare.errors import SymshareError, shown
from symshare.nn.checking.layer_files import verify_file
from symshare.nn.checking.program import check_program
from symshare.nn.checking.subject import reason

__all__ = ["answer", "told"]


def answer(folder: str, held: str) -> None:
    """Do what the file `request` in a folder asks, as `told` does."""
    told(folder, held, _report)


def told(folder: str, held: str, found: Callable[[dict[str, Any]], tuple[Noun, bool]]) -> None:
    """Write what is found of the request in a folder, or the fault, to the file `answer` in it, and end the process.

    `found` gives what there is to show, and whether all is well. `held` is the number of a pipe that the asking process
    holds: when that one is gone, this one ends.
    """
    threading.Thread(target=_end_with, args=(int(held),), daemon=True).start()
    asked = json.loads((Path(folder) / "request").read_text(encoding="utf-8"))
    try:
        noun, ok = found(asked)
        said: dict[str, Any] = {"json": noun.to_json(), "text": _text(noun, asked["width"]), "ok": ok}
    except SymshareError as fault:
        said = {"fault": str(fault)}
    except BaseException as error:
        said = {"fault": f"{shown(Path(asked['file']))} stops the process that runs it: {reason(error)}\n  mend it"}
    part = Path(folder) / f"answer.{os.getpid()}"  # the file may have made this process two
    part.write_text(json.dumps(said), encoding="utf-8")
    part.replace(Path(folder) / "answer")
    os._exit(0)  # at once, whatever the file wants to be done at the end


def _report(asked: dict[str, Any]) -> tuple[Noun, bool]:
    path = Path(asked["file"])
    if "symmetry" not in asked:
        report = verify_file(path, **asked["options"])
        return report, report.ok
    axes: dict[str, str | AxisGroup] = dict(asked["axes"])
    if asked["generators"]:
        axes |= generators_from(asked["generators"])
    one = signature(asked["symmetry"], depends=asked["depends"], axes=axes, sizes=asked["sizes"])
    report = check_program(path, asked["name"], one, asked["examples"], **asked["options"])
    return report, report.ok


def _text(noun: Noun, width: int) -> str:
    """A noun in so many columns."""
    return "\n\n".join(table.text(width) for table in noun.tables())


def _end_with(held: int) -> None:
    """Wait for the end of a pipe, then end this process and all that it has started."""
    os.read(held, 1)
    os.killpg(0, signal.SIGKILL)
