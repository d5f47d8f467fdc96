"""One run at a time in a folder: a lock that ends with its process however that ends, and the removal of what a kill left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from symshare.errors import ExperimentError, shown

__all__ = ["locked", "sweep"]


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Make a folder and hold its lock; ExperimentError where another run holds it, or the folder cannot be made.

    With `wait` the end of the other is waited for: for what takes a moment only. A folder that is still empty in the end is
    removed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExperimentError(f"{shown(folder)} cannot be made: {error.strerror}\n  give another --out") from None
    handle = _locked(folder, wait)
    if handle is None:
        raise ExperimentError(
            f"{shown(folder)} is locked: another run is at work there\n  wait for its end, or give another --out"
        )
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove half-written files that killed processes left, for whoever holds the lock of the folder."""
    for path in folder.glob(".symshare.*"):
        if path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _locked(folder: Path, wait: bool) -> int | None:
        """An open file that is locked, or None where it is taken."""
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT)
        try:
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            os.close(handle)
            return None
        return handle

else:
    import fcntl

    def _locked(folder: Path, wait: bool) -> int | None:
        """The open folder itself, so that nothing is left behind by a kill; None where it is taken."""
        mode = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, mode)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:  # some network file systems lock only files that are open for writing
            os.close(handle)
            return _locked_file(folder, mode)
        return handle

    def _locked_file(folder: Path, mode: int) -> int | None:
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, mode)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:  # there are no locks at all: rather none than no run
            (folder / ".lock").unlink(missing_ok=True)
        return handle
