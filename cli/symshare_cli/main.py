"""The `symshare` command."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

import symshare
from symshare.errors import SymshareError, shown
from symshare_cli.align import align
from symshare_cli.cheatsheet import cheatsheet
from symshare_cli.check import check
from symshare_cli.demo import demo
from symshare_cli.derive import count, derive
from symshare_cli.emit import emit
from symshare_cli.experiment import experiment
from symshare_cli.plan import plan
from symshare_cli.polynomials import expand, variety
from symshare_cli.pools import explain, pools
from symshare_cli.solve import solve
from symshare_cli.spec import spec
from symshare_cli.terminal import drop_unwritten, tell
from symshare_cli.verify import verify
from symshare_cli.weightnet import weightnet

SHELLS = "symshare_cli.completion"
"""The module that makes click know how the shells complete: loaded where one asks, by the variable `COMPLETE`."""
COMPLETE = "_SYMSHARE_COMPLETE"


class _Commands(click.Group):
    """A group that answers a user's mistake in a few lines on stderr, with exit code 2, and never with a traceback.

    Where nobody reads the output any longer (`| head -1`) it ends in silence, with the exit code of tools that a broken
    pipe ends; where the output cannot be written it says so.
    """

    def main(self, *given: Any, **named: Any) -> Any:
        if COMPLETE in os.environ:
            import_module(SHELLS)
        try:
            return super().main(*given, **named)
        except OSError as error:
            sys.exit(_unwritten(error))

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        _open_streams()
        with _answered():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with _answered():
            return super().invoke(ctx)


@contextmanager
def _answered() -> Iterator[None]:
    """Turn what may happen to a command into an exit code and some lines on stderr."""
    try:
        yield
    except SymshareError as error:
        tell(f"{type(error).__name__}: {error}")
        code = 2
    except click.UsageError as error:
        error.message = shown(error.message, 200)  # type: ignore[misc]  # nobody else has it yet
        raise
    except OSError as error:
        code = _unwritten(error)
    except KeyboardInterrupt:
        tell("stopped")
        code = 130
    else:
        return
    raise click.exceptions.Exit(code)


def _unwritten(error: OSError) -> int:
    """The exit code after an error of the system, which is told unless it is a reader that has gone."""
    drop_unwritten()
    if error.errno == errno.EPIPE:
        return 128 + 13  # as of a process that the signal SIGPIPE ends
    cure = "name a file that can be read and written" if error.filename else "send the output to where there is room"
    tell(f"{shown(error.filename or 'output')}: {error.strerror}\n  {cure}")
    return 2


def _open_streams() -> None:
    """Open the standard streams that were closed, or the next file that is opened gets their number, and their text.

    What is written to a closed stdout fails then as it does everywhere; what goes to a closed stderr is lost.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            if handle == number:
                setattr(sys, name, os.fdopen(handle, "r" if name == "stdin" else "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for outputs that do not take every character


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(symshare.__version__, prog_name="symshare")
def main() -> None:
    """Derive every polynomial map that respects a symmetry, and write it as a torch layer.

    \b
      symshare derive --symmetry abH --order 3
      symshare emit --symmetry abH -o layer.py
      symshare verify layer.py
      symshare check net.py:Net --symmetry aH --example 2,7,3
      symshare spec net.py:Net --example 2,3,32,32

    A symmetry has one letter per axis: lower-case axes are permuted, upper-case axes are latent (channels), a repeated
    letter is permuted jointly; 'ab,b->ab' has two inputs. Axes may be words, in parentheses: 'W1:(hidden in),b1:(hidden)'.
    Other groups: --axis 'r=O(3)', or --generators with a file.

    What is printed fits the terminal, or the columns that COLUMNS says; in a file or a pipe each row is one line.
    """


main.add_command(align)
main.add_command(cheatsheet)
main.add_command(check)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a shell's completion script.

    \b
      eval "$(symshare completion bash)"      in ~/.bashrc
      eval "$(symshare completion zsh)"       in ~/.zshrc
      symshare completion fish | source       in config.fish

    The Tab key then completes commands, options and their values, experiments, groups of axes, and files.
    """
    from click.shell_completion import get_completion_class

    import_module(SHELLS)
    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(ctx.find_root().command, {}, "symshare", COMPLETE).source())


main.add_command(count)
main.add_command(demo)
main.add_command(derive)
main.add_command(emit)
main.add_command(expand)
main.add_command(experiment)
main.add_command(explain)
main.add_command(plan)
main.add_command(pools)
main.add_command(solve)
main.add_command(spec)
main.add_command(variety)
main.add_command(verify)
main.add_command(weightnet)


if __name__ == "__main__":
    main(prog_name="symshare")
