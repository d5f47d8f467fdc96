"""Writing a text file: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from symshare.errors import LayerFileError

__all__ = ["write_text"]


def write_text(path: Path, text: str, *, force: bool = False) -> None:
    """Write a file atomically; an existing one is kept, with LayerFileError, unless `force` is set."""
    if path.is_dir():
        raise LayerFileError(f"{path} is a folder\n  name a file in it: {path / 'layer.py'}")
    if not path.parent.is_dir():
        raise LayerFileError(
            f"{path} cannot be written: there is no folder {path.parent}\n  make it first, or name another"
        )
    if path.exists() and not force:
        raise LayerFileError(f"{path} exists\n  it is kept; overwrite it with --force, or name another file")
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise LayerFileError(
            f"{path} cannot be written: {error.strerror}\n  name a file in a folder of yours"
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        if force:
            Path(temporary).replace(path)
        else:
            os.link(temporary, path)
            Path(temporary).unlink()
    except FileExistsError as error:
        Path(temporary).unlink(missing_ok=True)
        raise LayerFileError(f"{path} exists\n  it is kept; overwrite it with --force, or name another file") from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
