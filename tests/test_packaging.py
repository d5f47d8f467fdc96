"""What an installation gives: a working command, the two packages, and no top-level module named `cli`."""

import email
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_two_packages_and_no_cli(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"symshare", "symshare_cli"}
    assert "symshare/py.typed" in names
    assert {name for name in names if name.startswith("symshare/nn/runtime/")} == {
        f"symshare/nn/runtime/{path.name}" for path in (ROOT / "symshare" / "nn" / "runtime").glob("*.py")
    }
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    with zipfile.ZipFile(wheel) as archive:
        assert "symshare = symshare_cli.main:main" in archive.read(entry).decode()
        metadata = email.message_from_bytes(archive.read(next(n for n in names if n.endswith("/METADATA"))))
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"


def test_the_wheel_runs_from_a_folder_of_its_own(wheel, tmp_path):
    """The unpacked wheel alone on the path answers the command; `cli` is not importable."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import pathlib, sys\n"
        f"sources = {[str(ROOT), str(ROOT / 'cli')]!r}\n"
        "sys.path = [one for one in sys.path if str(pathlib.Path(one).resolve()) not in sources]\n"
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in type(f).__module__ + getattr(f, '__module__', '')]\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import symshare\n"
        f"assert symshare.__file__.startswith({str(tmp_path)!r}), symshare.__file__\n"
        "from symshare_cli.main import main\n"
        "layer = symshare.emit(symshare.derive('ab', 1))\n"
        "assert 'def _check(' in layer and '\\ndef _number(' in layer\n"
        "main(['count', '-s', 'ab', '-k', '3'], standalone_mode=False)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "87"


def test_the_console_script_is_installed():
    script = Path(sys.executable).with_name("symshare")
    if not script.exists():
        pytest.skip("run from an environment where symshare is not installed")
    done = subprocess.run([str(script), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("symshare, version ")


def test_the_command_is_a_module_too():
    done = subprocess.run(
        [sys.executable, "-m", "symshare_cli.main", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("symshare, version ")


RECORDING = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
for one in "$0" "$@"; do printf '%s\\n' "$one"; done >> "$RECORD" && echo "---" >> "$RECORD"
"""
"""A python that writes down how it is called, and makes environments of itself."""


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize(
    "goal", ["demo", "lint", "test", "golden", "bench", "experiments", "notebooks", "docs", "clean"]
)
@pytest.mark.parametrize(
    "folders",
    [
        {},
        {"VENV": "an environment"},
        {"VENV": "{here}/the environment", "DEMO": "{here}/my demo", "EMLP": "its python"},
    ],
)
def test_make_works_in_folders_with_spaces(tmp_path, goal, folders):
    """Every command gets whole names, whichever of its folders has a space in its name."""
    clone = tmp_path / "x  y" / "symshare"
    clone.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, clone)
    python, record = clone / "a python", tmp_path / "record"
    python.write_text(RECORDING)
    python.chmod(0o755)
    given = {name: value.format(here=clone) for name, value in folders.items()}
    command = ["make", goal, "PYTHON=./a python", *(f"{name}={value}" for name, value in given.items())]
    outer = {"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "PYTHON", "VENV", "DEMO", "EMLP", "EXPERIMENTS"}
    environment = {key: value for key, value in os.environ.items() if key not in outer} | {"RECORD": str(record)}
    for _ in range(2):  # the second time the environment is there
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, shlex.join(command) + done.stderr
    if goal == "clean":
        return
    calls = [call.strip().split("\n") for call in record.read_text().split("---\n") if call]
    made = Path(given.get("VENV", ".venv"))
    assert sum(call[1:3] == ["-m", "venv"] for call in calls) == 1
    assert ["./a python", "-m", "venv", str(made)] in calls
    assert {call[0] for call in calls} == {"./a python", f"{made}/bin/python"}
    if goal == "demo":
        out = given.get("DEMO", "build/demo")
        assert [*calls[-1][1:]] == ["-m", "symshare_cli.main", "demo", "--out", out]
        assert [*calls[-2][1:]] == ["-m", "symshare_cli.main", "verify", f"{out}/layer.py"]
        assert (clone / out).is_dir()
    if goal == "bench" and "EMLP" in given:
        assert any(call[-2:] == ["--emlp", "its python"] for call in calls)
