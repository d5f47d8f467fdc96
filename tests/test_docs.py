"""The pages of the site: every block of code runs and prints what the page shows, and every link leads somewhere."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from symshare_cli.main import main

import symshare

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs"
sys.path.insert(0, str(FOLDER))

from blocks import LANGUAGES, PAGES, Block, blocks, commands, faults  # noqa: E402

from build import assemble  # noqa: E402


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


@pytest.mark.parametrize("line", ["symshare nothing", "symshare count --nothing", "symshare count -s a -k 1 more"])
def test_a_command_that_is_not_run_is_read(line, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"```sh\nls\n{line}\n```\n")
    with pytest.raises((KeyError, click.UsageError)):
        list(faults(page))


def test_a_console_block_is_commands_with_their_outputs():
    block = Block("console", "$ symshare a\nb\nc\n$ symshare d\n", 1, 0)
    assert commands(block) == [("symshare a", "b\nc\n"), ("symshare d", "")]


@pytest.fixture(scope="module")
def assembled(tmp_path_factory):
    return assemble(tmp_path_factory.mktemp("site"), drawn=False)


LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(#(?P<heading>[^)\s]*))?\)")


def links(path):
    """The links of a page within the site, without those in code, as a file and a heading in it."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for found in LINK.finditer(text):
        yield (path.parent / found["file"] if found["file"] else path).resolve(), found["heading"]


def headings(path):
    """The names by which a link finds the headings of a page."""
    for line in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-")


def test_every_link_within_the_site_leads_somewhere(assembled):
    dead, tried = [], 0
    for page in assembled.rglob("*.md"):
        for target, heading in links(page):
            tried += 1
            if not target.is_file() or (heading and heading not in headings(target)):
                dead.append((str(page.relative_to(assembled)), str(target), heading))
    assert not dead
    assert tried > 80


def test_every_page_is_in_the_table_of_contents(assembled):
    """And there is none that is not there: `notebooks/*` stands for all of them."""
    index = (assembled / "index.md").read_text(encoding="utf-8")
    named = {
        line.strip() for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL) for line in block.split()
    }
    pages = {
        str(page.relative_to(assembled).with_suffix(""))
        for kind in ("*.md", "*.rst")
        for page in assembled.rglob(kind)
        if page.name != "index.md"
    }
    assert named - {":hidden:", ":caption:", ":glob:", "notebooks/*"} >= pages
    assert pages >= {one for one in named if "/" in one and "*" not in one}


def test_every_notebook_is_a_page(assembled):
    own = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert own
    assert {path.name for path in (assembled / "notebooks").glob("*.ipynb")} == own


def test_no_page_names_a_place_of_one_machine(assembled):
    for page in [*PAGES, *assembled.rglob("*.rst")]:
        assert not re.search(r"/work/|/tmp/|/home/|/root/", page.read_text(encoding="utf-8")), page


def test_every_command_and_every_public_name_has_its_place(assembled):
    commands = (assembled / "reference" / "commands.md").read_text(encoding="utf-8")
    for command, found in main.commands.items():
        assert f"\n## {command}\n" in commands
        for option in found.params:
            assert option.opts[0] in commands
    for room in ("", ".nn", ".show", ".weights", ".polynomials"):
        page = (assembled / "reference" / "api" / f"symshare{room}.rst").read_text(encoding="utf-8")
        package = getattr(symshare, room.removeprefix(".")) if room else symshare
        for one in package.__all__:
            assert re.search(rf"^\.\. auto(class|function):: symshare{room}\.{one}$", page, re.MULTILINE), one


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as Sphinx builds it, with warnings as errors."""
    if not all(importlib.util.find_spec(name) for name in ("sphinx", "myst_nb", "furo")):
        pytest.skip("what builds the site is not installed: make docs does")
    out = tmp_path_factory.mktemp("built") / "docs"
    command = [sys.executable, str(FOLDER / "build.py"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_the_site_builds_and_asks_the_network_for_nothing(site):
    fetched = re.compile(
        r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(?:https?:)?//|<link[^>]*rel=["']?stylesheet[^>]*//"""
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not fetched.search(text), page
        assert "mathjax" not in text.lower(), page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import\s+url\(.?https?:|url\(.?https?:", style.read_text(encoding="utf-8")), style
    assert (site / "searchindex.js").stat().st_size > 10_000
