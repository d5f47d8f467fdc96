"""Output and files that cannot be written, for every command: some lines, an exit code, no traceback, no half a file."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from symshare_cli.main import main

import symshare
from symshare.weights import spec
from tests.started import SYMSHARE, origin

ROOT = Path(symshare.__file__).resolve().parent.parent

MAIN = "from symshare_cli.main import main; main()"
COMMAND = [sys.executable, "-c", MAIN]

PRINTING = {
    # what each command prints, in every form
    "derive": ["derive", "-s", "abH", "-k", "2", "--certify"],
    "derive, much": ["derive", "-s", "abH", "-k", "4"],
    "derive --json": ["derive", "-s", "abH", "-k", "2", "--json"],
    "derive --latex": ["derive", "-s", "abH", "-k", "2", "--latex"],
    "derive --as-loops": ["derive", "-s", "abH", "-k", "2", "--as-loops"],
    "count": ["count", "-s", "ab", "-k", "5"],
    "count --json": ["count", "-s", "ab", "-k", "5", "--json"],
    "plan --json": ["plan", "-s", "abH", "--json"],
    "pools --json": ["pools", "-s", "ab", "-k", "3", "--json"],
    "explain --json": ["explain", "ab,ab->ab", "-s", "ab", "--json"],
    "solve --json": ["solve", "-s", "a->", "-k", "1", "--json"],
    "solve --equations": ["solve", "-s", "a->", "-k", "1", "--equations"],
    "verify": ["verify", "layer.py"],
    "verify --json": ["verify", "layer.py", "--json"],
    "check": ["check", "net.py:net", "-s", "aH", "--example", "4,3"],
    "check --json": ["check", "net.py:net", "-s", "aH", "--example", "4,3", "--json"],
    "spec": ["spec", "net.py:net", "--example", "2,3"],
    "spec --json": ["spec", "net.py:net", "--example", "2,3", "--json"],
    "align": ["align", "a.pt", "a.pt", "--spec", "spec.json"],
    "align --json": ["align", "a.pt", "a.pt", "--spec", "spec.json", "--json"],
    "weightnet": ["weightnet", "spec.json", "--out", "2"],
    "weightnet --json": ["weightnet", "spec.json", "--out", "2", "--json"],
    "expand": ["expand", "--widths", "2,2,2", "--degree", "2"],
    "expand --json": ["expand", "--widths", "2,2,2", "--degree", "2", "--json"],
    "expand --latex": ["expand", "--widths", "2,2,2", "--degree", "2", "--latex"],
    "variety --json": ["variety", "--widths", "2,2,2", "--degree", "2", "-s", "a->a", "--json"],
    "experiment list --json": ["experiment", "list", "--json"],
    "experiment --help": ["experiment", "--help"],
    "demo --help": ["demo", "--help"],
    "emit, a network": ["emit", "-s", "abH", "--network", "einnet", "-k", "2"],
    "cheatsheet": ["cheatsheet"],
    "cheatsheet --json": ["cheatsheet", "--json"],
    "completion bash": ["completion", "bash"],
    "completion fish": ["completion", "fish"],
}
SPEC = spec(torch.nn.Linear(30, 40), (torch.zeros(2, 30),)).to_json()
SAYING = {
    # what each command says on stderr beside its work
    "emit -o": ["emit", "-s", "abH", "--force", "-o", "said.py"],
    "weightnet -o": ["weightnet", "spec.json", "--force", "-o", "said.py"],
    "cheatsheet -o": ["cheatsheet", "--force", "-o", "said.md"],
    "align -o": ["align", "a.pt", "a.pt", "--spec", "spec.json", "--force", "-o", "said.safetensors"],
    "generators left out": ["derive", "-s", "t->t", "-k", "1", "--generators", "generators.toml"],
}
WRONG = {
    "usage": ["nonsense"],
    "notation": ["derive", "-s", "a b", "-k", "1"],
    "a file": ["verify", "missing.py"],
}
REDIRECTED = (
    ">/dev/full",
    ">&-",
    "2>/dev/full",
    "2>&-",
    ">&- 2>&-",
    "<&- >&- 2>&-",
    ">/dev/full 2>&1",
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "layer.py").write_text(symshare.emit(symshare.derive("abH", 1)))
    (tmp_path / "spec.json").write_text(SPEC)
    torch.save({"weight": torch.zeros(40, 30), "bias": torch.zeros(40)}, tmp_path / "a.pt")
    (tmp_path / "net.py").write_text("import torch\n\nnet = torch.nn.Linear(3, 4)\n")
    (tmp_path / "generators.toml").write_text('[[generator]]\nt = "(0 1)"\n[[generator]]\ng = "(0 1)"\n')
    return tmp_path


def by(what):
    """The command as it is started, and the channel by which it starts files of people's own in copies of a process."""
    if what not in ("verify", "check", "spec"):
        return COMMAND, ()
    number = origin(SYMSHARE)[0].fileno()
    code = f"import sys; sys.path.append({str(ROOT)!r}); from tests.started import through; through({number}); {MAIN}"
    return [sys.executable, "-c", code], (number,)


def run(arguments, folder, redirection=""):
    own, channel = by(arguments[0])
    command = ["sh", "-c", 'exec "$@" ' + redirection, "sh", *own, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, pass_fds=channel)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


def test_every_command_is_tried():
    tried = {arguments[0] for arguments in (PRINTING | SAYING).values()}
    assert tried == set(main.commands)


@pytest.mark.parametrize("what", PRINTING)
def test_output_that_cannot_be_written(what, folder):
    slow = PRINTING[what][0] in ("verify", "check", "spec", "weightnet", "align")  # it loads torch, twice
    tried = REDIRECTED[:2] if slow else REDIRECTED
    said = {redirection: run(PRINTING[what], folder, redirection) for redirection in tried}
    for redirection, done in said.items():
        assert done.returncode == (
            2 if ">/dev/full" in redirection.split("2>")[0] or ">&-" in redirection.split() else 0
        )
        assert len(done.stderr.splitlines()) <= 3
    assert said[">/dev/full"].stderr.startswith("output: No space left on device\n")
    assert said[">&-"].stderr.startswith("output: Bad file descriptor\n")


@pytest.mark.parametrize("what", PRINTING)
def test_a_reader_that_has_gone_ends_the_command_quietly(what, folder):
    reading, writing = os.pipe()
    os.close(reading)
    own, channel = by(PRINTING[what][0])
    command = [*own, *PRINTING[what]]
    for more in ({"stderr": subprocess.PIPE}, {"stderr": writing}):
        done = subprocess.run(command, stdout=writing, text=True, check=False, cwd=folder, pass_fds=channel, **more)
        assert (done.returncode, done.stderr or "") == (128 + signal.SIGPIPE, "")
    os.close(writing)


@pytest.mark.parametrize("what", SAYING)
def test_a_remark_that_cannot_be_written_ends_no_command(what, folder):
    plain = run(SAYING[what], folder)
    assert (plain.returncode, len(plain.stderr.splitlines())) == (0, 1)
    for redirection in ("2>/dev/full", "2>&-", "2>&1 >/dev/null"):
        done = run(SAYING[what], folder, redirection)
        assert done.returncode == 0, redirection
        if ">/dev/null" not in redirection:
            assert done.stdout == plain.stdout, redirection


@pytest.mark.parametrize("what", SAYING)
def test_a_remark_that_nobody_reads_ends_no_command(what, folder):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, *SAYING[what]], stderr=writing, stdout=subprocess.DEVNULL, check=False, cwd=folder)
    os.close(writing)
    assert done.returncode == 0


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("redirection", REDIRECTED)
def test_a_mistake_is_a_mistake_where_it_cannot_be_told(what, redirection, folder):
    done = run(WRONG[what], folder, redirection)
    assert (done.returncode, done.stdout) == (2, "")


FILES = {
    "layer": (["emit", "-s", "abH", "-o", "new.py"], "new.py"),
    "network on weights": (["weightnet", "spec.json", "-o", "new.py"], "new.py"),
    "weights": (["align", "a.pt", "a.pt", "--spec", "spec.json", "-o", "new.safetensors"], "new.safetensors"),
    "weights, torch's": (["align", "a.pt", "a.pt", "--spec", "spec.json", "-o", "new.pt"], "new.pt"),
    "network": (["emit", "-s", "abH", "-k", "2", "--network", "einnet", "-o", "new.py"], "new.py"),
    "over a layer": (["emit", "-s", "abH", "--force", "-o", "layer.py"], "layer.py"),
    "poolings, svg": (["pools", "-s", "ab", "-k", "2", "--plot", "new.svg"], "new.svg"),
    "poolings, png": (["pools", "-s", "ab", "-k", "2", "--plot", "new.png"], "new.png"),
    "poolings, pdf": (["pools", "-s", "ab", "-k", "2", "--plot", "new.pdf"], "new.pdf"),
    "cheat sheet, svg": (["cheatsheet", "-o", "new.svg"], "new.svg"),
    "cheat sheet, md": (["cheatsheet", "-o", "new.md"], "new.md"),
    "pattern": (["solve", "-s", "a->a", "-k", "1", "--plot", "new.png"], "new.png"),
    "demo": (["demo", "--out", "new"], "new"),
    "experiment": (["experiment", "cycles", "--steps", "1", "--seeds", "1", "--out", "new"], "new"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_finds_no_room_is_not_written_in_part(what, folder):
    """The system lets no file grow over two kilobytes, as on a disk that is full."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    arguments, name = FILES[what]
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    environment = {**os.environ, "MPLCONFIGDIR": str(folder.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", limited + COMMAND[2], *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    assert done.returncode == 2, done.stderr
    *_, first, second = done.stderr.splitlines()
    assert first.endswith(" cannot be written: File too large")
    assert name in first
    assert second == "  make room there, or name a file elsewhere"
    assert "Traceback" not in done.stderr
    left = [path for path in folder.rglob("*") if path.is_file() and path not in before]
    assert all(path.stat().st_size < 2000 and ".symshare" not in path.name for path in left), left
    assert before == {path: path.read_bytes() for path in before}
    assert resource.getrlimit(resource.RLIMIT_FSIZE) != (2000, 2000)


@pytest.mark.parametrize("what", [what for what in FILES if what != "over a layer"])
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder in which nothing can be made")
def test_a_folder_in_which_nothing_can_be_made_is_told(what, folder):
    arguments, name = FILES[what]
    given = [f"/proc/symshare_{one}" if one == name else one for one in arguments]
    done = run(given, folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert f"/proc/symshare_{name}" in done.stderr
