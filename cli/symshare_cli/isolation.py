"""A file that is run in a process of its own, which is ended whatever the file does."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

import symshare
from symshare.errors import SymshareError, shown
from symshare_cli.terminal import width

__all__ = ["Between", "Program", "run_options"]

# The symshare that runs here, found by its own file: nothing in the current folder can take its place, nor that of a module
# of Python's.
START = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("symshare", sys.argv[1])
sys.modules["symshare"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from symshare.nn.checking.process import answer
answer(*sys.argv[2:])
"""


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
        self.check()
        found = self._answer({**asked, "file": str(self.path), "width": width()}, timeout)
        click.echo(found["json" if as_json else "text"])
        if not found["ok"]:
            sys.exit(1)

    def _answer(self, asked: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="symshare.") as name:
            folder = Path(name)
            (folder / "request").write_text(json.dumps(asked), encoding="utf-8")
            arguments = [str(symshare.__file__), str(folder)]
            said = folder / "said"
            with said.open("wb") as errors, _process(arguments, errors, _environment(self.path)) as process:
                try:
                    code = process.wait(timeout)
                except subprocess.TimeoutExpired:
                    cure = f"give it more, --timeout {2 * timeout:g}, or {self.mend}"
                    raise self.failure(f"{shown(self.path)} takes over {timeout:g} seconds\n  {cure}") from None
            try:
                answer = dict(json.loads((folder / "answer").read_text(encoding="utf-8")))
            except (OSError, ValueError):
                why = _reason(code, said)
                raise self.failure(f"{shown(self.path)} stops the process that runs it: {why}\n  {self.mend}") from None
        if "fault" in answer:
            raise self.failure(answer["fault"])
        return answer


def _reason(code: int, said: Path) -> str:
    """Why a process ended without an answer."""
    with said.open("rb") as stream:
        stream.seek(max(0, said.stat().st_size - 4096))
        lines = stream.read().decode("utf-8", errors="backslashreplace").strip().splitlines()
    if code < 0:
        with suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}" + (f", {shown(lines[-1], 120)}" if lines else "")


def _environment(file: Path) -> dict[str, str]:
    """The environment without what would put the current folder, or the file's, before Python's own modules."""
    listed = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    here = {Path.cwd(), file.resolve().parent}
    kept = [one for one in listed if Path(one).is_absolute() and Path(one).resolve() not in here]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(kept)}


@contextmanager
def _process(arguments: list[str], errors: Any, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended on leaving, with all that it has started, also where a signal ends this one.

    Should this one be killed outright, the other notices that nothing holds the pipe any longer.
    """
    with _signals_end(), _pipe() as held:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, *arguments, str(held)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            pass_fds=(held,),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def _pipe() -> Iterator[int]:
    """The reading end of a pipe that this process holds open."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def _signals_end() -> Iterator[None]:
    """Let signals that end this process raise SystemExit first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    heard = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]
    for number in heard:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)
