"""`symshare verify` of files that exit, print, hang, return something else, or lie among planted modules."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare

ROOT = Path(symshare.__file__).resolve().parent.parent
COMMAND = [sys.executable, "-c", "from symshare_cli.main import main; main()", "verify"]
"""As the installed command: the current folder is not on the path."""


def run(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def emitted():
    return symshare.emit(symshare.derive("abH", 1))


def at_import(code):
    return code + "\n" + emitted()


def in_forward(code):
    """A layer file whose layer does something more with its outputs y."""
    lines = ["", "", "class Layer(Layer):", "    def forward(self, *given, **named):"]
    lines += ["        y = super().forward(*given, **named)", f"        {code}", "        return y", ""]
    return emitted() + "\n".join(lines)


def run_of(path, text, *arguments):
    path.write_text(text)
    return run(path, *arguments)


def said(done, code=2):
    """The lines on stderr, which are few and printable."""
    assert done.exit_code == code, done.output
    lines = done.stderr.rstrip("\n").split("\n")
    assert len(lines) <= 3, done.stderr
    assert all(line.isprintable() and len(line) < 300 for line in lines)
    assert "Traceback" not in done.output
    return done.stderr


STOPS = [
    ("raise SystemExit(3)", "stops the process that runs it: SystemExit: 3"),
    ("import os; os._exit(0)", "stops the process that runs it: exit code 0"),
    ("import os; os._exit(2)", "stops the process that runs it: exit code 2"),
    ("import os; os.abort()", "stops the process that runs it: signal SIGABRT"),
    ("import os, signal; os.killpg(0, signal.SIGKILL)", "stops the process that runs it: signal SIGKILL"),
    ("import os; os.write(2, b'\\xff\\x1b[31m\\n'); os._exit(5)", r"exit code 5, \xff\x1b[31m"),
]


@pytest.mark.parametrize("place", [at_import, in_forward])
@pytest.mark.parametrize(("code", "what"), STOPS)
def test_a_file_that_ends_its_process_is_told(tmp_path, code, what, place):
    path = tmp_path / "layer.py"
    problem = said(run_of(path, place(code)))
    assert what.removeprefix("stops the process that runs it: ") in problem
    assert problem.startswith(f"LayerFileError: {path} ")


NOISE = [
    "print('{}')",
    "import os; os.write(1, b'\\xff\\xfe{\\n'); os.write(2, b'\\xff\\x80\\n')",
    'import atexit; atexit.register(print, \'{"fault": "no"}\')',
    "import atexit; atexit.register(lambda: 1 / 0)",
    "import atexit, os; atexit.register(os._exit, 9)",
    "import sys; sys.stdout = sys.stderr = None",
    "import sys; sys.stdout.close()",
    "import os; os.closerange(0, 3)",
    "import os; print('x' * 1_000_000)",
    "import atexit, time; atexit.register(time.sleep, 600)",
    "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()",
    "import warnings; warnings.warn('careful')",
]


@pytest.mark.parametrize("code", NOISE)
def test_what_a_file_prints_or_leaves_to_the_end_changes_nothing(tmp_path, code):
    path = tmp_path / "layer.py"
    path.write_text(at_import(code))
    done = run(path, "--json", "--timeout", 60)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ok"]
    assert done.stderr == ""


HANGS = [
    "while True: pass",
    "import time; time.sleep(600)",
    "import threading; threading.Event().wait()",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
    "import sys\nwhile True: sys.stdout.write('x' * 1000)",
]


@pytest.mark.parametrize("code", HANGS)
def test_a_file_that_hangs_is_ended_and_told(tmp_path, code):
    before = time.monotonic()
    problem = said(run_of(tmp_path / "layer.py", at_import(code), "--timeout", 3))
    assert "takes over 3 seconds\n  give it more, --timeout 6, or emit it anew" in problem
    assert time.monotonic() - before < 60


@pytest.mark.parametrize("given", ["0", "-1", "nan", "x", "", "1e9", "inf"])
def test_a_time_limit_is_a_positive_number(tmp_path, given):
    done = run_of(tmp_path / "layer.py", emitted(), f"--timeout={given}")
    assert done.exit_code == 2
    assert "timeout" in done.stderr


BREEDS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open({mark!r} + ".part", "w") as stream:
    stream.write(f"{{os.getpid()}} {{child.pid}}")
os.rename({mark!r} + ".part", {mark!r})
"""


def ended(pids, seconds=30.0):
    """Whether processes end in a while; a zombie has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("then", ["", "time.sleep(600)", "os._exit(3)", "raise ValueError", "sys.exit(1)"])
def test_children_of_the_file_are_ended_with_it(tmp_path, then):
    mark = tmp_path / "mark"
    code = BREEDS.format(mark=str(mark)) + then
    run_of(tmp_path / "layer.py", at_import(code), "--timeout", 5)
    assert ended([int(pid) for pid in mark.read_text().split()])


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9), (signal.SIGQUIT, -3)],
)
def test_the_file_ends_when_the_command_is_ended(tmp_path, number, code):
    path, mark, scratch = tmp_path / "layer.py", tmp_path / "mark", tmp_path / "scratch"
    scratch.mkdir()
    path.write_text(at_import(BREEDS.format(mark=str(mark)) + "time.sleep(600)"))
    # where tests run in the background, signals are ignored from the start
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    heard += "for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT): signal.signal(one, signal.SIG_DFL)\n"
    command = [sys.executable, "-c", heard + COMMAND[2], "verify", str(path)]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as asked:
        until = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.05)
        asked.send_signal(number)
        out, err = asked.communicate(timeout=60)
    assert asked.returncode == code
    assert out == ""
    assert "Traceback" not in err
    assert ended([int(pid) for pid in mark.read_text().split()])
    assert code < 0 or list(scratch.iterdir()) == []


PLANTED = [
    *("tomllib", "random", "torch", "json", "sitecustomize", "usercustomize", "numpy", "scipy", "click", "symshare"),
    *("ast", "inspect", "math", "threading", "subprocess", "tempfile", "importlib", "typing", "symshare_cli", "flint"),
]


@pytest.mark.parametrize("place", ["here", "beside", "here by PYTHONPATH"])
def test_no_module_of_the_current_folder_or_the_files_is_run(tmp_path, place):
    """Planted under the names of modules that are loaded, each would leave its mark."""
    folder, file, marks = tmp_path / "here", tmp_path / "there" / "layer.py", tmp_path / "marks"
    for one in (folder, file.parent, marks):
        one.mkdir()
    file.write_text(emitted())
    planted = file.parent if place == "beside" else folder
    for name in PLANTED:
        (planted / f"{name}.py").write_text(f"open({str(marks / name)!r}, 'w').close()\n")
    # the paths under which symshare is found here, and those that mean the current folder
    empty = ["", ".", ".."] if place == "here by PYTHONPATH" else []
    child = os.pathsep.join([str(ROOT), str(ROOT / "cli"), *empty])
    code = f"import sys, os; os.environ['PYTHONPATH'] = {child!r}; {COMMAND[2]}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "cli")])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "verify", str(file)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [one.name for one in marks.iterdir()] == []
    assert done.returncode == 0, done.stderr
    assert "abH, 5 terms, 65 parameters, holds" in " ".join(done.stdout.split())


def test_the_symshare_that_runs_is_the_one_that_verifies(tmp_path):
    """Without any path to it in the environment, and with another one on the path."""
    other = tmp_path / "other" / "symshare"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    path = tmp_path / "layer.py"
    path.write_text(emitted())
    paths = [str(ROOT), str(ROOT / "cli")]
    code = f"import sys, os; sys.path[:0] = {paths!r}; os.environ['PYTHONPATH'] = {str(other.parent)!r}; {COMMAND[2]}"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "verify", str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_help_says_that_the_file_is_run():
    assert "The file is run: only verify what you trust." in " ".join(run("--help").stdout.split())
    text = " ".join((ROOT / "docs" / "tutorial" / "command-line.md").read_text(encoding="utf-8").split())
    assert "`verify` runs the file: only verify what you trust" in text


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda folder: folder, "is a folder"),
        (lambda folder: Path("/dev/null"), "is no ordinary file"),
        (lambda folder: folder / "none.py", "there is no file"),
        (lambda folder: folder / ("x" * 300), "File name too long"),
        (lambda folder: (folder / "loop").symlink_to("loop") or folder / "loop", "Too many levels of symbolic links"),
        (lambda folder: (folder / "link").symlink_to("none") or folder / "link", "there is no file"),
        (lambda folder: os.mkfifo(folder / "pipe") or folder / "pipe", "is no ordinary file"),
        (lambda folder: folder / "none" / "x.py", "there is no file"),
        (lambda folder: f"{folder}/a\0b", "no file can have the name"),
    ],
)
def test_what_is_no_file_is_told(tmp_path, make, what):
    done = run(make(tmp_path))
    assert done.exit_code == 2
    assert what in done.stderr
    assert "Traceback" not in done.output
