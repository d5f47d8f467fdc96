"""Processes that start as copies of one in which torch is loaded already: `run(..)`, or `Popen` for one that starts others.

Loading torch takes longer than what most tests then do. Each copy has its own folder, environment, arguments and open files,
and ends as Python does. Tests of how a process starts, of what is on its path and of what it loads start a real one.
"""

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace

TORCH = "import torch"
SYMSHARE = """
import torch
import symshare.nn.checking.process, symshare.weights.process, symshare.weights.aligning.process
from symshare.weights import spec
spec(torch.nn.Linear(2, 2), torch.zeros(1, 2))  # what torch loads when it is first asked for a graph
"""
TRACED = """
import numpy, torch
one, x = torch.nn.Linear(2, 2), torch.zeros(1, 2)
torch.compile(one, fullgraph=True, dynamic=True, backend="aot_eager")(x)
torch.export.export(one, (x,))
"""
ABOVE = 200
"""Open files are put above this number first, so that none takes the place of another."""


@cache
def origin(loaded):
    """The process that is copied: the channel to it, and itself."""
    ours, its = socket.socketpair()
    command = [sys.executable, "-P", __file__, str(its.fileno()), loaded]
    process = subprocess.Popen(command, pass_fds=(its.fileno(),), stdin=subprocess.DEVNULL, start_new_session=True)
    its.close()
    return ours, process


def through(number):
    """Let the command, in this process, start files of people's own by the channel that it was given under a number."""
    from symshare_cli import isolation

    channel = socket.socket(fileno=number)
    isolation.subprocess = own(lambda *given, **named: Popen(*given, **named, channel=channel))


def own(popen):
    """What stands for the module `subprocess` where files of people's own are run."""
    return SimpleNamespace(Popen=popen, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired)


class Popen:
    """A process as `subprocess.Popen` has it: `python [-P] -c code arguments..` or a file's, one at a time."""

    def __init__(self, command, *, stdin=None, stdout, stderr, env=None, cwd=None, pass_fds=(), **named):
        _, *flags, _, code = command[: (place := command.index("-c")) + 2]
        asked = {
            "code": code,
            "arguments": command[place + 2 :],
            "path": [] if "-P" in flags else [""],
            "environment": dict(os.environ if env is None else env),
            "folder": str(cwd or Path.cwd()),
            "files": [0, 1, 2, *pass_fds],
        }
        channel = named.get("channel") or origin(named.get("loaded", SYMSHARE))[0]
        with Path(os.devnull).open("r+b") as nothing:
            files = [nothing if one in (None, subprocess.DEVNULL) else one for one in (stdin, stdout, stderr)]
            numbers = [one if isinstance(one, int) else one.fileno() for one in (*files, *pass_fds)]
            # answers come by a pipe of its own: what became of one copy is never taken for another's
            reading, writing = os.pipe()
            self._answers = os.fdopen(reading, "rb", buffering=0)
            socket.send_fds(channel, [json.dumps(asked).encode() + b"\n"], [*numbers, writing])
            os.close(writing)
        self.returncode, self.pid = None, self._said()

    def _said(self):
        line = self._answers.readline()
        assert line, "the process that is copied has ended"
        return int(line)

    def wait(self, timeout=None):
        if self.returncode is None:
            if not select.select([self._answers], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a copy", timeout)
            self.returncode = self._said()
        return self.returncode


def run(code, *arguments, loaded=TORCH, env=None, cwd=None):
    """What `python -c code arguments..` gives, as `subprocess.run` tells it."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        copy = Popen(command, stdout=out, stderr=err, env=env, cwd=cwd, loaded=loaded)
        try:
            ended = copy.wait()
        except BaseException:
            os.killpg(copy.pid, signal.SIGKILL)
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, ended, out.read(), err.read())


def _serve(channel):
    """Start one copy after another, and tell its number and how it ended; in a copy, return what it is to do."""
    while True:
        text, files = b"", []
        while not text.endswith(b"\n"):
            part, more, *_ = socket.recv_fds(channel, 1 << 20, 16)
            if not part:
                return None
            text, files = text + part, files + more
        asked, answers = json.loads(text), files.pop()
        if (copy := os.fork()) == 0:
            channel.close()
            return _become(asked, files, answers)
        for one in files:
            os.close(one)
        ended = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
        with suppress(BrokenPipeError):  # nobody may be left to hear it
            os.write(answers, b"%d\n" % ended)
        os.close(answers)


def _become(asked, files, answers):
    os.setsid()
    os.write(answers, b"%d\n" % os.getpid())
    os.close(answers)
    above = [fcntl.fcntl(one, fcntl.F_DUPFD, ABOVE) for one in files]
    for one in files:
        os.close(one)
    for one, number in zip(above, asked["files"], strict=True):
        os.dup2(one, number)
        os.close(one)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["-c", *asked["arguments"]]
    sys.path[:0] = asked["path"]
    return asked["code"]


if __name__ == "__main__":
    exec(sys.argv[2], {"__name__": "loaded"})  # noqa: S102
    to_do = _serve(socket.socket(fileno=int(sys.argv[1])))
    if to_do is not None:
        exec(to_do, {"__name__": "__main__"})  # noqa: S102
