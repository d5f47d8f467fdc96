"""What an installation gives: a working command, the two packages, and no top-level module named `cli`."""

import email
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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
        "import sys, importlib.util\n"
        "sys.path = [p for p in sys.path if 'symshare' not in p]\n"
        "sys.meta_path = [f for f in sys.meta_path if 'editable' not in type(f).__module__ + getattr(f, '__module__', '')]\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import symshare\n"
        f"assert symshare.__file__.startswith({str(tmp_path)!r}), symshare.__file__\n"
        "from symshare_cli.main import main\n"
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
