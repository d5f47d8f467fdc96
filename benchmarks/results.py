"""RESULTS.md, of which every benchmark rewrites its own section, and processes measured by themselves."""

from __future__ import annotations

import argparse
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE = ROOT / "benchmarks" / "RESULTS.md"
HEAD = "# Results\n\nEach section is written by the command it names, and by no other.\n"


@dataclass(frozen=True)
class Finished:
    """What a process printed, how it ended (`code` is None where it was stopped), its wall seconds and peak memory."""

    output: str
    errors: str
    code: int | None
    seconds: float
    mebibytes: float


def finished(command: Sequence[str], timeout: float | None = None) -> Finished:
    """Run a process to its end, or for `timeout` seconds at most."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, cwd=ROOT)
        stopped = False
        while True:
            number, status, usage = os.wait4(process.pid, os.WNOHANG if timeout is not None else 0)
            seconds = time.perf_counter() - start
            if number:
                break
            if timeout is not None and seconds > timeout and not stopped:
                process.kill()
                stopped = True
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        code = None if stopped else process.returncode
        return Finished(output.read(), errors.read(), code, seconds, usage.ru_maxrss / 1024)


def device_asked(about: str | None) -> str:
    """The device that the command line of a benchmark with no other option asks for."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", help="cpu, or a GPU such as cuda, which has sections of its own")
    return str(parser.parse_args().device)


def command_given() -> str:
    """The command line of this process, as a section names it."""
    return shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])


def write_section(
    name: str,
    command: str,
    lines: Iterable[str],
    *,
    packages: Sequence[str] = (),
    others: str = "",
    device: str = "cpu",
) -> str:
    """Put the section `## name` into RESULTS.md, in the place of the one of that name; the text of the section.

    Below the name come the command, the date, the machine and versions: of `packages`, and what `others` says.
    """
    gpu = "no GPU"
    if device != "cpu":
        import torch

        gpu = torch.cuda.get_device_name(device)
    versions = [f"{one} {version(one)}" for one in packages] + ([others] if others else [])
    section = "\n".join(
        [
            f"## {name}",
            "",
            f"Command: `{command}`. {date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
            f" {gpu}, Python {platform.python_version()}, {', '.join(versions)}.",
            "",
            *lines,
            "",
        ]
    )
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else HEAD
    head, *found = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    mine = [at for at, one in enumerate(found) if one.split("\n", 1)[0] == f"## {name}"]
    if mine:
        found[mine[0]] = section
    else:
        found.append(section)
    FILE.write_text("\n".join(one.rstrip("\n") + "\n" for one in [head, *found]), encoding="utf-8")
    return section
