"""Writing a file: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from symshare.errors import LayerFileError

__all__ = ["check_free", "write_bytes", "write_text"]


def write_text(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text with lines that end in a line feed, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"), force=force)


def write_bytes(path: Path, content: bytes, *, force: bool = False) -> None:
    """Write a file atomically; an existing one is kept, with LayerFileError, unless `force` is set.

    A link is followed to the file it names; what is no ordinary file (a folder, a device) is never replaced.
    """
    try:
        _write(path, path.resolve(), content, force)
    except OSError as error:
        cure = "name a file in a folder that you may write to"
        raise LayerFileError(f"{_short(path)} cannot be written: {error.strerror}\n  {cure}") from error


def check_free(path: Path, *, force: bool = False) -> None:
    """Raise LayerFileError where `write_text` would, before any work is done for it."""
    try:
        _check(path, path.resolve(), force)
    except OSError as error:
        raise LayerFileError(f"{_short(path)} cannot be written: {error.strerror}\n  name another file") from error


def _check(path: Path, target: Path, force: bool) -> None:
    if target.is_dir():
        raise LayerFileError(f"{path} is a folder\n  name a file in it")
    if not target.parent.is_dir():
        raise LayerFileError(
            f"{path} cannot be written: there is no folder {path.parent}\n  make it first, or name another"
        )
    if target.exists() and not target.is_file():
        raise LayerFileError(f"{path} is not an ordinary file\n  name another file")
    if target.exists() and not force:
        raise LayerFileError(f"{path} exists\n  it is kept; overwrite it with --force, or name another file")


def _write(path: Path, target: Path, content: bytes, force: bool) -> None:
    _check(path, target, force)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".symshare.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        if force:
            temporary.replace(target)
        else:
            _place(temporary, target, content)
    except FileExistsError as error:
        raise LayerFileError(f"{path} exists\n  it is kept; overwrite it with --force, or name another file") from error
    finally:
        temporary.unlink(missing_ok=True)


def _place(temporary: Path, target: Path, content: bytes) -> None:
    """Give a finished file its name unless the name is taken, also where the file system has no hard links."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        with target.open("xb") as stream:
            stream.write(content)


def _short(path: Path) -> str:
    return str(path) if len(str(path)) <= 80 else f"{str(path)[:77]}..."
