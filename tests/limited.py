"""Run a command with a limit on its time and memory, and see what it took: `limited([..])`, or this file as a program."""

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = 20
MEBIBYTES = 2048
MAIN = "from symshare_cli.main import main; main(prog_name='symshare')"


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code (negative: the signal that ended it), the seconds of processor time and the
    mebibytes it took, and what it wrote."""

    code: int
    seconds: float
    mebibytes: float
    out: str
    err: str


def limited(command, folder=None):
    """Run `python -c MAIN command..`, or with a text instead of a list that text as a program."""
    program = ["-c", command] if isinstance(command, str) else ["-c", MAIN, *command]
    # a small process in between: the memory of a child is counted from that of its parent
    text = subprocess.run(
        [sys.executable, __file__, sys.executable, *program], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    return Done(**json.loads(text))


def within_bounds(done):
    """Whether a command ended by itself, in time and memory."""
    return done.code >= 0 and done.seconds <= SECONDS and done.mebibytes <= MEBIBYTES


def _limits():
    # the processor's time, not the clock's: tests run side by side
    resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEBIBYTES << 20, 4 * MEBIBYTES << 20))


if __name__ == "__main__":
    ended = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False, preexec_fn=_limits)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = Done(
        ended.returncode,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        ended.stdout[-1_000_000:],
        ended.stderr[-1_000_000:],
    )
    print(json.dumps(done.__dict__))
