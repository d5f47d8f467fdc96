"""A file that a command runs: what is asked of its process, and what the command prints."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from symshare.errors import SymshareError, shown
from symshare_cli.terminal import width

__all__ = ["Between", "Program", "run_options"]


class Between(click.FloatRange):
    """A number in a range, which NaN is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, unless it is none or out of the range."""
        found = super().convert(value, param, ctx)
        if found != found:
            self.fail(f"{value!r} is no number", param, ctx)
        return found


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that runs a file and prints a report."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--timeout",
            default=60.0,
            show_default=True,
            type=Between(0, 1e6, min_open=True),
            help="Seconds after which the file's process is ended.",
        ),
        click.option(
            "--seed",
            default=0,
            show_default=True,
            type=click.IntRange(0, 2**32 - 1),
            help="Of all that is drawn at random.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Program:
    """A file to run: what a fault of it is called, how a file of its kind is come by, what mends one, and what writes one."""

    path: Path
    failure: type[SymshareError]
    give: str
    mend: str
    write: str
    answers: str = "symshare.nn.checking.process"
    """The module whose function `answer` runs it."""

    def check(self) -> None:
        """Refuse what is no file that can be read."""
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            raise self.failure(f"there is no file {shown(self.path)}\n  {self.write}") from None
        except OSError as error:
            raise self.failure(f"{shown(self.path)} cannot be read: {error.strerror}\n  {self.give}") from None
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
            raise self.failure(f"{shown(self.path)} is {what}\n  {self.give}")

    def report(self, asked: Mapping[str, Any], timeout: float, *, as_json: bool) -> None:
        """Print what its process finds out, with exit code 1 where a symmetry breaks.

        Raises the failure where it finds a fault, ends without an answer, or does not end at all.
        """
        found = self.answer(asked, timeout)
        click.echo(found["json" if as_json else "text"])
        if not found["ok"]:
            sys.exit(1)

    def answer(self, asked: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """What its process finds out, as `json`, as `text`, and whether all is `ok`; raises the failure."""
        from symshare_cli.isolation import answered  # what starts processes is not needed to start

        self.check()
        whole = {**asked, "file": str(self.path), "width": width()}
        return answered(self.path, self.failure, self.mend, self.answers, whole, timeout)
