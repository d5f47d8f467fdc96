"""A file that is run in a process of its own, which is ended whatever the file does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import symshare
from symshare.errors import SymshareError, shown

__all__ = ["answered"]

# The symshare that runs here, found by its own file: nothing in the current folder can take its place, nor that of a module
# of Python's.
START = """
import importlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("symshare", sys.argv[1])
sys.modules["symshare"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
importlib.import_module(sys.argv[2]).answer(*sys.argv[3:])
"""


def answered(
    path: Path, failure: type[SymshareError], mend: str, answers: str, asked: Mapping[str, Any], timeout: float
) -> dict[str, Any]:
    """What a file's process, in which `answer` of the module `answers` runs, finds out.

    Raises the failure where it finds a fault, ends without an answer or not at all.
    """
    with tempfile.TemporaryDirectory(prefix="symshare.") as name:
        folder = Path(name)
        (folder / "request").write_text(json.dumps(asked), encoding="utf-8")
        arguments = [str(symshare.__file__), answers, str(folder)]
        said = folder / "said"
        with said.open("wb") as errors, _process(arguments, errors, _environment(path)) as process:
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                cure = f"give it more, --timeout {2 * timeout:g}, or {mend}"
                raise failure(f"{shown(path)} takes over {timeout:g} seconds\n  {cure}") from None
        try:
            answer = dict(json.loads((folder / "answer").read_text(encoding="utf-8")))
        except (OSError, ValueError):
            why = _reason(code, said)
            raise failure(f"{shown(path)} stops the process that runs it: {why}\n  {mend}") from None
    if "fault" in answer:
        raise failure(answer["fault"])
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
