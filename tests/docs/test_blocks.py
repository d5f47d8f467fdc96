"""The pages of the site: every block of code runs, and prints what the page shows."""

import click
import pytest
from blocks import LANGUAGES, Block, blocks, commands, faults

from tests.docs.conftest import FOLDER, PAGES


def name(path):
    return str(path.relative_to(FOLDER))


def runs(path):
    return any(
        block.language in ("python", "pycon", "console", "sh") for block in blocks(path.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("path", [path for path in PAGES if runs(path)], ids=name)
def test_the_blocks_of_a_page_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not list(faults(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_block_says_what_it_is(path):
    assert {block.language for block in blocks(path.read_text(encoding="utf-8"))} <= LANGUAGES


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```python\nx = 1\n```\n```pycon\n>>> x\n1\n```\n", ""),
        ("```{note}\nx\n```\n\n```python\nx = 1\n```\n```{note}\n```\n```pycon\n>>> x\n2\n```\n", "Expected"),
        ("```sh\nsymshare experiment sudoku  # hours\n```\n", ""),
        ("```python\nx = 1\n```\n```pycon\n>>> x\n2\n```\n", "Expected"),
        ("```console\n$ symshare count -s a -k 1\n```\n", "$ symshare count -s a -k 1"),
        ("```console\n$ symshare count -s a -k 1\n...\n```\n", ""),
        ("```console\n$ symshare count -s a -k 1\nnothing\n...\n```\n", "$ symshare count -s a -k 1"),
        (
            "```python\n# here.py\nx = 1\n```\n```pycon\n>>> import pathlib; pathlib.Path('here.py').exists()\nTrue\n```\n",
            "",
        ),
    ],
)
def test_what_is_not_as_a_page_has_it_is_found(text, fault, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(text)
    found = list(faults(page))
    assert bool(found) == bool(fault)
    assert all(fault in one for one in found)


@pytest.mark.parametrize("line", ["symshare verify --nothing x.py", "symshare experiment --seeds many pinv"])
def test_a_command_that_is_not_run_is_read(line, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"```sh\nls\n{line}\n```\n")
    with pytest.raises(click.UsageError):
        list(faults(page))


@pytest.mark.parametrize("line", ["symshare nothing", "symshare count --nothing", "symshare count -s 'a b' -k 1"])
def test_a_command_whose_output_is_not_shown_has_to_work(line, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"```sh\nls\n{line}\n```\n")
    (found,) = faults(page)
    assert line in found


def test_a_console_block_is_commands_with_their_outputs():
    block = Block("console", "$ symshare a\nb\nc\n$ symshare d\n", 1, 0)
    assert commands(block) == [("symshare a", "b\nc\n"), ("symshare d", "")]
