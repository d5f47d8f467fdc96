"""`symshare cheatsheet`."""

from __future__ import annotations

from pathlib import Path

import click

from symshare_cli.options import FILE
from symshare_cli.terminal import say, tell, width

__all__ = ["cheatsheet"]


@click.command()
@click.option("-o", "--output", type=FILE, help="The file to write: .svg, .pdf or .png, or .md for Markdown.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cheatsheet(output: Path | None, force: bool, as_json: bool) -> None:
    """Show twenty symmetries on a page: what data look like, and what to write.

    Of each it says how many terms there are, which products a deep network needs, and the name and paper that its layers
    are known by.
    """
    if output is not None:
        _write(output, force=force)
    if as_json:
        import json

        from symshare.show.known import KNOWN

        click.echo(json.dumps({"schema": 1, "symmetries": [one.to_dict() for one in KNOWN]}, indent=1))
    elif output is None:
        from symshare.show.cheatsheet import as_table

        say(as_table().text(width()))


def _write(path: Path, *, force: bool) -> None:
    """Write the page as what the file's ending says."""
    from symshare.codegen.files import check_free, write_text
    from symshare.errors import SymshareError, shown
    from symshare.show.pictures import KINDS, save

    kind = path.suffix.lower()
    if kind != ".md" and kind.removeprefix(".") not in KINDS:
        raise SymshareError(
            f"{shown(path.name)} is no picture, and no Markdown\n  name a file that ends in .svg, .pdf, .png or .md"
        )
    check_free(path, force=force)
    from symshare.show.cheatsheet import as_markdown, plot_cheatsheet

    if kind == ".md":
        write_text(path, as_markdown(), force=force)
    else:
        save(plot_cheatsheet(), path)
    tell(f"{shown(path)}: twenty symmetries on a page")
