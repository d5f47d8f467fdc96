"""Copies of a process in which torch is loaded: each tells of itself alone, whatever became of those before it."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from tests.started import TORCH, Popen, run

SAYING = "import sys; print(sys.argv[1]); sys.exit(3)"
SLEEPING = "import time; time.sleep(60)"


def told(word):
    found = run(SAYING, word)
    return found.returncode, found.stdout, found.stderr


def test_a_copy_that_nobody_waited_for_does_not_answer_for_the_next():
    with tempfile.TemporaryFile() as out:
        left = Popen([sys.executable, "-c", SLEEPING], stdout=out, stderr=out, loaded=TORCH)
        with pytest.raises(subprocess.TimeoutExpired):
            left.wait(0.1)
        os.killpg(left.pid, signal.SIGKILL)
    assert told("first") == (3, "first\n", "")
    assert told("second") == (3, "second\n", "")
    assert left.wait() == -signal.SIGKILL


def test_a_run_that_is_interrupted_ends_its_copy():
    def stop(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(SLEEPING)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert told("next") == (3, "next\n", "")
