"""`symshare verify`: checks a layer file in a separate process, which is ended whatever the file does."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

import symshare
from symshare.errors import LayerFileError, plural, shown
from symshare_cli.options import FILE
from symshare_cli.terminal import say

__all__ = ["verify"]

TOLERANCE = 1e-10
"""The largest equivariance error, in float64, that counts as rounding; chosen, not measured."""

# The symshare that runs here, found by its own file: nothing in the current folder can take its place, nor that of a module
# of Python's.
START = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("symshare", sys.argv[1])
sys.modules["symshare"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from symshare.nn.verify import answer
answer(*sys.argv[2:])
"""


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="Of weights, inputs and relabellings.",
)
@click.option(
    "--timeout",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 1e6, min_open=True),
    help="Seconds after which the file's process is ended.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path, seed: int, timeout: float, as_json: bool) -> None:
    """Measure a layer file's equivariance.

    The file is run: only verify what you trust. It runs in a process of its own, in float64, with unequal numbers of
    channels (1, 2, 3, 5 in turn); the worst error is given for each axis. Exit code 1 where one is above 1e-10 of the
    largest output.
    """
    if timeout != timeout:
        raise click.UsageError("--timeout nan is no time; give seconds: --timeout 60")
    _check_file(file)
    result = _measured(file, seed, timeout)
    errors = result["errors"]
    result["tolerance"] = TOLERANCE
    result["ok"] = all(error <= TOLERANCE for error in errors.values())
    if as_json:
        result["errors"] = {letter: error if error == error else None for letter, error in errors.items()}
        click.echo(json.dumps(result, indent=2, allow_nan=False))
    else:
        say(*_lines(file, result))
    if not result["ok"]:
        sys.exit(1)


def _check_file(file: Path) -> None:
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        cure = f"write one: symshare emit --symmetry abH -o {shown(file)}"
        raise LayerFileError(f"there is no file {shown(file)}\n  {cure}") from None
    except OSError as error:
        raise LayerFileError(
            f"{shown(file)} cannot be read: {error.strerror}\n  give a file that 'symshare emit' wrote"
        ) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise LayerFileError(f"{shown(file)} is {what}\n  give a file that 'symshare emit' wrote")


def _lines(file: Path, result: dict[str, Any]) -> list[str]:
    numbers = f"{plural(result['terms'], 'term')}, {plural(result['parameters'], 'parameter')}"
    lines = [f"{shown(file)}: {result['signature']}, {numbers}"]
    for name, error in result["errors"].items():
        lines.append(
            f"  {_what(name, result['sizes'])}: equivariance error {error:.1e}  {'ok' if error <= TOLERANCE else 'FAILS'}"
        )
    sizes = ", ".join(f"{letter} = {size}" for letter, size in result["sizes"].items())
    lines.append(
        f"  (float64, channels 1, 2, 3, 5, {sizes}; relative to the largest output)"
        if sizes
        else "  (no axis is permuted)"
    )
    return lines


def _what(name: str, sizes: dict[str, int]) -> str:
    """What an error is of: an axis, axes that move together, or the scale of the inputs."""
    if name in sizes:
        return f"axis {name}"
    if name in ("scale", "scale of the inputs"):
        return name
    return f"axes {', '.join(name.split(' ') if ' ' in name else name)}"


def _measured(file: Path, seed: int, timeout: float) -> dict[str, Any]:
    """What the file's process finds out; LayerFileError where it finds a fault, ends without an answer or not at all."""
    with tempfile.TemporaryDirectory(prefix="symshare.") as folder:
        found, said = Path(folder) / "answer", Path(folder) / "said"
        arguments = [str(symshare.__file__), str(file), str(seed), str(found)]
        with said.open("wb") as errors, _process(arguments, errors, _environment(file)) as process:
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                cure = f"give it more, --timeout {2 * timeout:g}, or emit it anew"
                raise LayerFileError(f"{shown(file)} takes over {timeout:g} seconds\n  {cure}") from None
        try:
            answer = json.loads(found.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise LayerFileError(
                f"{shown(file)} stops the process that runs it: {_reason(code, said)}\n  emit it anew"
            ) from None
    if "fault" in answer:
        raise LayerFileError(answer["fault"])
    return dict(answer)


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
