"""The code blocks of the pages, which all run: `tests/docs` compares, `python docs/blocks.py` writes anew.

A page is one story: its blocks share their names and an empty folder. Python runs as it stands, with `>>>` as a doctest;
`$ symshare ..` is the command itself, in 80 columns, `...` for lines left out; a block whose first line is `# name.ext` is
a file of that name. What commands in `sh` print is not shown; those that train, or start a process, are only read there.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FOLDER = Path(__file__).parent
PAGES = sorted(FOLDER.rglob("*.md"))
COLUMNS = "80"
LANGUAGES = {"python", "pycon", "console", "toml", "json", "sh", "text", "bibtex"}
"""What a block may be; those of `json`, `text` and `bibtex` are none to run."""
LONG = {"experiment", "verify", "check", "spec"}
"""Commands that train, or run a file in a process of its own."""

_FENCE = re.compile(r"^```(?P<language>\w*|\{[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# (?P<name>[\w-]+\.(py|toml|json))\b")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page, with the line that its text begins at and its place in the page."""

    language: str
    text: str
    line: int
    start: int

    @property
    def file(self) -> str | None:
        """The name of the file that the block is."""
        found = _NAME.match(self.text)
        return found["name"] if found else None


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page's text, directives left out."""
    return [
        Block(one["language"], one["text"], page.count("\n", 0, one.start("text")) + 1, one.start("text"))
        for one in _FENCE.finditer(page)
        if not one["language"].startswith("{")
    ]


def faults(path: Path) -> Iterator[str]:
    """Run a page in the current folder, which is empty; what is not as the page has it."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.language == "console":
            for command, shown in commands(block):
                if not _alike(found := printed(command), shown):
                    yield f"{path.name}, line {block.line}: $ {command}\n{found}"
        else:
            yield from _run(block, path, names)


def _run(block: Block, path: Path, names: dict[str, Any]) -> Iterator[str]:
    """Run a block that shows no commands' outputs: what is wrong with it."""
    if block.file:
        Path(block.file).write_text(block.text, encoding="utf-8")
    elif block.language == "python":
        with redirect_stdout(StringIO()):
            exec(compile("\n" * (block.line - 1) + block.text, str(path), "exec"), names)  # noqa: S102
    elif block.language == "pycon":
        yield from _doctest(block, path, names)
    elif block.language == "sh":
        for line in block.text.splitlines():
            yield from _unshown(line) if line.startswith("symshare ") else ()


def commands(block: Block) -> list[tuple[str, str]]:
    """Each command of a console block, with what the page shows below it."""
    assert block.text.startswith("$ "), f"line {block.line}: begin with a command"
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


def _unshown(line: str) -> Iterator[str]:
    """Run a command, or read it: what is wrong with it, in either case."""
    from click.testing import CliRunner
    from symshare_cli.main import main

    _, name, *arguments = shlex.split(line, comments=True)
    if name in LONG:
        main.commands[name].make_context(name, arguments)
    elif (done := CliRunner().invoke(main, [name, *arguments])).exit_code:
        yield f"$ {line}\n{done.output}"


def printed(command: str) -> str:
    """What a command prints, on stdout and stderr, in a terminal."""
    from click.testing import CliRunner
    from symshare_cli.main import main

    name, *arguments = shlex.split(command, comments=True)
    assert name == "symshare", f"$ {command}: pages run symshare and nothing else"
    return CliRunner(env={"COLUMNS": COLUMNS}).invoke(main, arguments, catch_exceptions=False).output


def _alike(found: str, shown: str) -> bool:
    """Whether a page shows what is printed, all but the digits of rounding errors."""
    pieces = re.split(r"^\.\.\.\n", _masked(shown), flags=re.MULTILINE)
    return re.fullmatch(".*\n".join(map(re.escape, pieces)), _masked(found), re.DOTALL) is not None


def _masked(text: str) -> str:
    return re.sub(r"\d\.\de[-+]\d\d +\d*", "#", text.rstrip() + "\n")


def _doctest(block: Block, path: Path, names: dict[str, Any]) -> Iterator[str]:
    test = doctest.DocTestParser().get_doctest(block.text, names, path.name, str(path), block.line - 1)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    if said:
        yield "".join(said)


def rewrite(path: Path) -> None:
    """Write what commands print into a page, where it is not shown in part; the current folder is empty."""
    page = path.read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    pieces, end = [], 0
    for block in blocks(page):
        text = block.text
        if block.language == "console":
            text = "\n".join(_shown_anew(command, shown) for command, shown in commands(block)).rstrip() + "\n"
        else:
            list(_run(block, path, names))
        pieces += [page[end : block.start], text]
        end = block.start + len(block.text)
    path.write_text("".join([*pieces, page[end:]]), encoding="utf-8")


def _shown_anew(command: str, shown: str) -> str:
    found = printed(command)
    return f"$ {command}\n{shown if _alike(found, shown) else found}".rstrip() + "\n"


def main() -> None:
    """Rewrite the pages that are named, or all."""
    for path in map(Path.resolve, map(Path, sys.argv[1:])) if sys.argv[1:] else PAGES:
        print(os.path.relpath(path), file=sys.stderr)
        with TemporaryDirectory() as folder, chdir(folder):
            rewrite(path)


if __name__ == "__main__":
    main()
