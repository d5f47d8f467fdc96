"""Writing a file: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from symshare.errors import LayerFileError, shown

__all__ = ["check_free", "write_bytes", "write_text"]

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The errors of a disk, a share of it or a file that takes no more."""


def write_text(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text with lines that end in a line feed, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"), force=force)


def write_bytes(path: Path, content: bytes, *, force: bool = False) -> None:
    """Write a file atomically; an existing one is kept, with LayerFileError, unless `force` is set.

    A link is followed to the file it names. A file that is replaced passes on its mode; a read-only one, and what is no
    ordinary file (a folder, a device), is never replaced.
    """
    try:
        _write(path, content, force)
    except LayerFileError:
        raise
    except (OSError, ValueError) as error:
        full = isinstance(error, OSError) and error.errno in FULL
        cure = "make room there, or name a file elsewhere" if full else "name a file in a folder that you may write to"
        raise _refused(path, error, cure) from error


def check_free(path: Path, *, force: bool = False) -> None:
    """Raise LayerFileError where `write_text` would, before any work is done for it."""
    try:
        _check(path, force)
    except LayerFileError:
        raise
    except (OSError, ValueError) as error:
        raise _refused(path, error, "name another file") from error


def _refused(path: Path, error: OSError | ValueError, cure: str) -> LayerFileError:
    why = error.strerror if isinstance(error, OSError) else "no file can have this name"
    return LayerFileError(f"{shown(path)} cannot be written: {why}\n  {cure}")


def _check(path: Path, force: bool) -> tuple[Path, os.stat_result | None]:
    """The file that a path names, through its links, and what is known of it where it exists."""
    target = Path(os.path.realpath(path))
    try:
        status = target.stat()
    except FileNotFoundError:
        if not target.parent.is_dir():
            folder = target.parent if path.parent.is_dir() else path.parent  # of the file that a link names
            problem = f"{shown(path)} cannot be written: there is no folder {shown(folder)}"
            raise LayerFileError(f"{problem}\n  make it first, or name another") from None
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
        return target, None
    if stat.S_ISDIR(status.st_mode):
        raise LayerFileError(f"{shown(path)} is a folder\n  name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise LayerFileError(f"{shown(path)} is not an ordinary file\n  name another file")
    if not force:
        raise _exists(path)
    # the mode is asked first: for the superuser everything can be written
    if not status.st_mode & stat.S_IWUSR or not os.access(target, os.W_OK):
        raise LayerFileError(
            f"{shown(path)} is read-only\n  let it be written, chmod u+w {shown(path)}, or name another file"
        )
    return target, status


def _exists(path: Path) -> LayerFileError:
    return LayerFileError(f"{shown(path)} exists\n  it is kept; overwrite it with --force, or name another file")


def _write(path: Path, content: bytes, force: bool) -> None:
    target, before = _check(path, force)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".symshare.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        if before is None:
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
        else:
            with suppress(PermissionError):  # of a file of somebody else's
                os.chown(temporary, before.st_uid, before.st_gid)
            temporary.chmod(before.st_mode & 0o777)
        if force:
            temporary.replace(target)
        else:
            _place(temporary, target)
    except FileExistsError as error:
        raise _exists(path) from error
    finally:
        temporary.unlink(missing_ok=True)


def _place(temporary: Path, target: Path) -> None:
    """Give a finished file its name unless the name is taken, also where the file system has no hard links."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # no name is taken over unasked, and no half-written file ever bears it: reserve it, then put the whole file there
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            temporary.replace(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
