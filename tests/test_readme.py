"""The README: short, its code runs, its commands work, its links lead somewhere, its picture is of today."""

import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import face  # noqa: E402
from blocks import faults  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
WRITTEN = [
    one for one in re.findall(r"`(symshare [^`]*)`", README) if not re.search("[A-Z]{4}|spec.json|mymodel.py:Net", one)
]


def test_it_is_read_in_a_minute():
    assert len(README.splitlines()) <= 150


def test_its_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "```python" in README
    assert not list(faults(ROOT / "README.md"))


@pytest.mark.parametrize("command", WRITTEN)
def test_its_commands_work(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, shlex.split(command)[1:])
    assert done.exit_code == 0, done.output
    assert not (match := re.search(r"-o (\S+)", command)) or Path(match[1]).stat().st_size > 500


def test_it_has_commands():
    assert len(WRITTEN) >= 12


def test_its_links_lead_somewhere():
    links = [one for one in re.findall(r"\]\(([^)#]+)\)", README) if not one.startswith("http")]
    assert [one for one in links if not (ROOT / one).exists()] == []
    assert len(links) > 20


def test_its_picture_shows_what_is_derived_today():
    from html import unescape

    drawn = unescape((ROOT / "docs" / "face.svg").read_text(encoding="utf-8"))
    assert face.told() in drawn
    assert len(face.terms()) == len(face.COLOURS)
