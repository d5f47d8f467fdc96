"""What is said beside the output, and where nobody can hear it."""

from __future__ import annotations

import os
import sys

import click

__all__ = ["drop_unwritten", "tell"]


def tell(text: str, *, end: str = "\n") -> None:
    """Say something on stderr, if it can be said there: no command ends because a remark cannot be written."""
    try:
        click.echo(text + end, nl=False, err=True)
    except OSError:
        drop_unwritten()


def drop_unwritten() -> None:
    """Let go of text that cannot be written, or Python tries again at its end and complains."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
