"""Two runs into one folder, and what a kill leaves."""

import errno
import os
import signal
import stat
import subprocess
import sys

import pytest

from symshare.errors import ExperimentError
from symshare.experiments.harness import locking
from symshare.experiments.harness.jobs import Setting
from symshare.experiments.harness.locking import locked, sweep
from symshare.experiments.harness.running import run
from symshare.experiments.pinv import baselines, matrices

HOLD = """
import sys, time
from pathlib import Path
from symshare.experiments.harness import locking

if sys.argv[2] == "file":
    def refuse(handle, mode, real=locking.fcntl.flock, first=[1]):
        if first.pop() if first else False:
            raise OSError(9, "Bad file descriptor")
        real(handle, mode)
    locking.fcntl.flock = refuse
with locking.locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder():
    """What starts a process that holds the lock of a folder until it is killed."""
    started = []

    def start(folder, kind="folder"):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), kind], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout.readline() == "held\n", process.stderr.read()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_lock_is_refused_in_the_same_process_too(tmp_path):
    with locked(tmp_path / "one"):
        with pytest.raises(ExperimentError, match="another run is at work") as raised, locked(tmp_path / "one"):
            pytest.fail("both have it")
        assert "--out" in str(raised.value).splitlines()[1]
        with locked(tmp_path / "two"):
            pass
    with locked(tmp_path / "one"):
        pass


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_killed_process_holds_nothing(holder, tmp_path, kind, monkeypatch):
    """Also where the file system locks files only."""
    folder = tmp_path / "pinv"
    process = holder(folder, kind)
    if kind == "file":
        only_files(monkeypatch)
    with pytest.raises(ExperimentError, match=f"{folder} is locked: another run is at work"), locked(folder):
        pytest.fail("both have it")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with locked(folder):
        pass


def only_files(monkeypatch):
    """Locks of folders fail as on some network file systems."""
    real = locking.fcntl.flock

    def flock(handle, mode):
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EBADF, "Bad file descriptor")
        real(handle, mode)

    monkeypatch.setattr(locking.fcntl, "flock", flock)


def test_where_there_are_no_locks_a_run_goes_on_without(tmp_path, monkeypatch):
    def flock(handle, mode):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locking.fcntl, "flock", flock)
    with locked(tmp_path / "out"):
        (tmp_path / "out" / "x").write_text("mine")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


def test_an_empty_folder_is_not_left_and_one_with_something_is(tmp_path):
    with locked(tmp_path / "empty"):
        assert (tmp_path / "empty").is_dir()
    assert not (tmp_path / "empty").exists()
    with locked(tmp_path / "full"):
        (tmp_path / "full" / "x").write_text("mine")
    assert (tmp_path / "full" / "x").read_text() == "mine"


@pytest.fixture
def few(monkeypatch):
    """Few matrices, so that a run is short."""
    monkeypatch.setattr(matrices, "NUMBERS", {"train": 60, "validation": 10, "test": 10})
    monkeypatch.setattr(baselines, "GRID", ([2.0, 2.1], (0.0, 0.5), (1.0, 3.0)))


def test_two_runs_into_one_folder(holder, tmp_path, few):
    """The second is refused, also with --resume and --force, and changes nothing; another experiment is not hindered."""
    process = holder(tmp_path / "pinv")
    setting = Setting(seeds=1, options={"steps": 2})
    for how in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(ExperimentError, match="another run is at work"):
            run("pinv", setting, out=tmp_path, **how)
    assert list((tmp_path / "pinv").iterdir()) == []
    process.kill()
    process.wait()
    assert run("pinv", setting, out=tmp_path, resume=True)["rows"]


def test_what_a_kill_left_is_removed(tmp_path, few):
    setting = Setting(seeds=1, options={"steps": 2})
    run("pinv", setting, out=tmp_path)
    mine = [tmp_path / "pinv" / ".symsharerc", tmp_path / ".hidden", tmp_path / "pinv" / "x.symshare.1"]
    left = [tmp_path / "pinv" / ".symshare.abc123", tmp_path / ".symshare.xyz"]
    for path in mine + left:
        path.write_text("half a fi")
    (tmp_path / "pinv" / ".symshare.folder").mkdir()
    run("pinv", setting, out=tmp_path, resume=True)
    assert all(path.exists() for path in mine)
    assert not any(path.exists() for path in left)
    assert (tmp_path / "pinv" / ".symshare.folder").is_dir()


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".symshare.link").symlink_to(tmp_path / "mine")
    sweep(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
