"""The `symshare` command."""

from __future__ import annotations

import errno
from typing import Any

import click

import symshare
from symshare.errors import SymshareError
from symshare_cli.demo import demo
from symshare_cli.derive import count, derive
from symshare_cli.emit import emit, verify
from symshare_cli.experiment import experiment
from symshare_cli.plan import plan
from symshare_cli.pools import explain, pools
from symshare_cli.solve import solve


class _Commands(click.Group):
    """A group that answers a user's mistake in a few lines on stderr, with exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SymshareError as error:
            click.echo(f"{type(error).__name__}: {error}", err=True)
            ctx.exit(2)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            click.echo(
                f"{error.filename or 'output'}: {error.strerror}\n  name a file that can be read and written", err=True
            )
            ctx.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(symshare.__version__, prog_name="symshare")
def main() -> None:
    """Derive every polynomial map that respects a symmetry, and write it as a torch layer.

    \b
      symshare derive --symmetry abH --order 3
      symshare emit --symmetry abH -o layer.py
      symshare verify layer.py

    A symmetry has one letter per axis: lower-case axes are permuted, upper-case axes are latent (channels), a repeated
    letter is permuted jointly; 'ab,b->ab' has two inputs. Other groups: --axis 'r=O(3)', or --generators with a file.
    """


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a shell's completion script.

    Load it with eval "$(symshare completion bash)".
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(main, {}, "symshare", "_SYMSHARE_COMPLETE").source())


main.add_command(count)
main.add_command(demo)
main.add_command(derive)
main.add_command(emit)
main.add_command(experiment)
main.add_command(explain)
main.add_command(plan)
main.add_command(pools)
main.add_command(solve)
main.add_command(verify)


if __name__ == "__main__":
    main(prog_name="symshare")
