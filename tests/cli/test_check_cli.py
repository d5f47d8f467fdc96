"""`symshare check` of files of people's own: what they find, and whatever else such files do."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare

ROOT = Path(symshare.__file__).resolve().parent.parent
NET = """
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = torch.nn.Linear(3, 4)

    def forward(self, x):
        return self.mix(x).mean(-2)


class Broken(Net):
    def forward(self, x):
        h = self.mix(x)
        h = h.cumsum(-3)
        return h.mean(-2)


class Words(torch.nn.Module):
    def __init__(self, many=7):
        super().__init__()
        self.embed = torch.nn.Embedding(many, 4)

    def forward(self, tokens):
        return self.embed(tokens).sum(-2)


class Kinds(torch.nn.Module):
    def forward(self, kinds):
        return torch.nn.functional.one_hot(kinds, 2).double().sum(-2)


class Pair(torch.nn.Module):
    def forward(self, adjacency, nodes):
        return adjacency @ nodes


class Scaled(torch.nn.Module):
    def forward(self, x, scale):
        return x * scale[..., None, None]


class Needs(torch.nn.Module):
    def __init__(self, width):
        super().__init__()


class Fails(torch.nn.Module):
    def __init__(self):
        raise ValueError("no width")


def make():
    return Net()


def number():
    return 3


class Zoo:
    net = Net()
    cls = Broken


net = Net()
width = 3
"""
ABH = ("-s", "abH->aH", "--example", "2,7,5,3")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(NET)
    return path


def run(*arguments, columns="60"):
    return CliRunner(env={"COLUMNS": columns}).invoke(main, ["check", *map(str, arguments)])


def told(done):
    """The lines of a mistake on stderr, at most three, each printable."""
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    lines = done.stderr.rstrip("\n").split("\n")
    assert len(lines) <= 3, done.stderr
    assert all(line.isprintable() and len(line) < 310 for line in lines)
    assert "Traceback" not in done.output
    return " ".join(map(str.strip, lines))


@pytest.mark.parametrize("name", ["Net", "make", "net", "Zoo.net"])
@pytest.mark.usefixtures("copied")
def test_a_module_a_class_and_a_function_that_makes_one(file, name):
    done = run(f"{file}:{name}", *ABH)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"net.py:{name}: abH->aH, holds\n")
    assert max(map(len, done.stdout.splitlines())) <= 60


@pytest.mark.parametrize("name", ["Broken", "Zoo.cls"])
@pytest.mark.usefixtures("copied")
def test_what_breaks_has_exit_code_one_and_a_place(file, name):
    done = run(f"{file}:{name}", *ABH)
    assert done.exit_code == 1, done.output
    assert "BREAKS under a" in done.stdout
    assert "begins in Broken itself, after mix\n  by cumsum\n  net.py line 17: h = h.cumsum(-3)" in done.stdout


@pytest.mark.usefixtures("copied")
def test_in_a_pipe_a_note_is_one_line(file):
    text = (
        NET
        + "\n\nclass Fixed(Net):\n    def forward(self, x):\n        return self.mix(x.view(-1, 7, 5, 3)).mean(-2)\n"
    )
    file.write_text(text)
    done = CliRunner().invoke(main, ["check", f"{file}:Fixed", *ABH])
    assert done.exit_code == 0, done.output
    assert any(
        line.startswith("- a = 7: fixed size; 6 stops Fixed: RuntimeError: ") for line in done.stdout.splitlines()
    )
    assert max(map(len, run(f"{file}:Fixed", *ABH).stdout.splitlines())) <= 60


@pytest.mark.usefixtures("copied")
def test_json(file):
    done = run(f"{file}:Broken", *ABH, "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert not found["ok"]
    assert found["module"] == "net.py:Broken"
    assert found["signature"] == "abH->aH"
    assert found["errors"]["b"] < 1e-12 < 1e-3 < found["errors"]["a"]
    assert found["fault"]["operation"] == "cumsum"
    assert found["fault"]["line"] == "net.py line 17"
    assert {row["axes"] for row in found["rows"] if not row["ok"]} == {"a"}
    assert len(found["trials"]) == 4


EXAMPLES = [
    (["Words", "-s", "a->H", "--example", "2,16:int64"], 0),
    (["Words", "-s", "a->H", "--example", "2,16:long"], 0),
    (["Words", "-s", "a->H", "--example", "16:torch.int32:3"], 0),
    (["Kinds", "-s", "a->H", "--example", "2,16:int64"], 0),
    (["Pair", "-s", "aa,aH->aH", "--example", "2,6,6", "--example", "2,6,3"], 0),
    (["Pair", "-s", "ab,bH->aH", "--example", "2,6,4", "--example", "2,4,3"], 0),
    (["Pair", "-s", "ar,rH->aH", "--axis", "r=O(3)", "--example", "2,6,3", "--example", "2,3,3"], 0),
    (["Pair", "-s", "ar,aH->aH", "--axis", "r=O(3)", "--example", "3,3", "--example", "3,2"], 1),
    (["Scaled", "-s", "aH,->aH", "--example", "5,3", "--example", "()"], 0),
    (["Net", "-s", "abH->aH", "--depends", "a->b", "--example", "2,4,5,3:float64"], 0),
    (["Broken", "-s", "abH->aH", "--depends", "a->b", "--example", "2,4,5,3"], 1),
    (["Net", "-s", "atH->aH", "--axis", "t=C(5)", "--example", "2,4,5,3"], 0),
    (["Broken", "-s", "abH->aH", "--example", "2,7,5,3", "--tolerance", "0.5"], 1),
    (["Net", "-s", "abH->aH", "--size", "a=7", "--size", "H=3", "--example", "2,7,5,3", "--as-given"], 2),
    (["Net", "-s", "abH->aK", "--size", "a=7", "--size", "H=3", "--example", "2,7,5,3", "--as-given"], 0),
]


@pytest.mark.parametrize("case", range(len(EXAMPLES)))
@pytest.mark.usefixtures("copied")
def test_examples_of_inputs(file, case):
    (name, *arguments), code = EXAMPLES[case]
    done = run(f"{file}:{name}", *arguments)
    assert done.exit_code == code, done.output


@pytest.mark.usefixtures("copied")
def test_generators_of_ones_own(file, tmp_path):
    path = tmp_path / "turn.toml"
    path.write_text('[[generator]]\nb = "(0 1 2 3 4)"\n[[generator]]\nb = [0, 2, 1, 3, 4]\n')
    assert run(f"{file}:Net", *ABH, "--generators", path).exit_code == 0
    path.write_text("[[generator]]\nb = [[1, 1], [0, 1]]\n")
    done = run(f"{file}:Net", "-s", "abH->aH", "--example", "2,7,2,3", "--generators", path)
    assert done.exit_code == 1
    assert "BREAKS under b" in done.stdout


WRONG = [
    (["net.py"], "'net.py' names no module in a file"),
    (["net.py:"], "names no module in a file"),
    ([":Net"], "names no module in a file"),
    (["net.py:3"], "names no module in a file"),
    (["net.py:Net..x"], "names no module in a file"),
    (["net.py:Nett"], "net.py has no Nett name what it has: Broken, Fails, Kinds, Needs, Net"),
    (["net.py:Zoo.nothing"], "net.py has no Zoo.nothing"),
    (["net.py:width"], "net.py:width is of type int"),
    (["net.py:torch"], "net.py:torch is of type module"),
    (["net.py:number"], "net.py:number makes something of type int"),
    (["net.py:Zoo"], "net.py:Zoo makes something of type Zoo"),
    (["net.py:Needs"], "net.py:Needs needs arguments: TypeError: missing a required argument: 'width'"),
    (["net.py:Fails"], "net.py:Fails makes no module: ValueError: no width"),
    (["none.py:Net"], "there is no file none.py"),
    ([".:Net"], ". is a folder"),
    (["net.txt:Net"], "net.txt is not a Python file"),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
@pytest.mark.usefixtures("copied")
def test_names_that_are_wrong(file, monkeypatch, case):
    monkeypatch.chdir(file.parent)
    Path("net.txt").write_text(NET)
    arguments, said = WRONG[case]
    assert said in told(run(*arguments, *ABH))


SHAPES = [
    ([], "there is no example of an input for 'abH->aH'"),
    ([], "--example 2,4,5,6"),
    (["2,x"], "'2,x' is not a shape"),
    ([""], "is not a shape"),
    (["2,-7,5,3"], "is not a shape"),
    (["2;7"], "is not a shape"),
    (["2,7,5,3:what"], "has no type of torch's after the shape"),
    (["2,7,5,3:int64:0"], "is not what numbers are below"),
    (["2,7,5,3:int64:x"], "is not what numbers are below"),
    (["2,7,5,3:int64:3:4"], "is not what numbers are below"),
    (["999999999,999999999"], "has over 100,000,000 values"),
    (["5,3"], "too few dimensions for 'abH'"),
    (["2,7,5,3", "2"], "2 inputs given, where 'abH->aH' has 1"),
    (["2,7,5,4"], "Net does not run: RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
    (["2,7,5,3:int64"], "Net does not run: RuntimeError"),
]


@pytest.mark.parametrize("case", range(len(SHAPES)))
@pytest.mark.usefixtures("copied")
def test_shapes_that_are_wrong(file, case):
    texts, said = SHAPES[case]
    given = [word for text in texts for word in ("--example", text)]
    assert said in told(run(f"{file}:Net", "-s", "abH->aH", *given))


@pytest.mark.usefixtures("copied")
def test_outputs_of_another_shape(file):
    assert "its output has the shape (2, 7, 4), not (2, 7, 5, H)" in told(
        run(f"{file}:Net", "-s", "abH", "--example", "2,7,5,3")
    )


@pytest.mark.parametrize("value", ["0", "-1", "nan", "2", "x"])
def test_tolerances(file, value):
    assert run(f"{file}:Net", *ABH, "--tolerance", value).exit_code == 2


STOPS = [
    ("raise SystemExit(3)", "stops the process that runs it: SystemExit: 3"),
    ("import sys; sys.exit()", "stops the process that runs it: SystemExit"),
    ("raise KeyboardInterrupt", "does not run: KeyboardInterrupt"),
    ("import os; os._exit(0)", "stops the process that runs it: exit code 0"),
    ("import os; os.abort()", "signal SIGABRT"),
    ("import os, signal; os.killpg(0, signal.SIGKILL)", "signal SIGKILL"),
    ("raise ValueError('one\\ntwo\\x1b[31m')", "does not run: ValueError: one"),
    ("input()", "does not run: EOFError"),
    ("import layers", "does not run: ModuleNotFoundError: No module named 'layers'"),
    ("def f(:", "does not run: SyntaxError"),
    ("f = lambda: f(); f()", "does not run: RecursionError"),
    ("import time; time.sleep(600)", "takes over 3 seconds"),
    ("while True: pass", "takes over 3 seconds"),
]


@pytest.mark.parametrize(("code", "said"), STOPS)
def test_a_file_that_stops_or_hangs_is_told(tmp_path, code, said):
    path = tmp_path / "net.py"
    path.write_text(code + "\n" + NET)
    (tmp_path / "layers.py").write_text("")
    before = time.monotonic()
    timeout = ["--timeout", "3"] if "over 3" in said else []
    assert said in told(run(f"{path}:Net", *ABH, *timeout))
    assert time.monotonic() - before < 60


@pytest.mark.parametrize(
    "code", ["raise SystemExit(3)", "raise KeyboardInterrupt", "import os; os._exit(3)", "exit(1)"]
)
def test_a_module_that_stops_the_process_is_told(tmp_path, code):
    path = tmp_path / "net.py"
    path.write_text(NET + f"\n\nclass Stops(Net):\n    def forward(self, x):\n        {code}\n")
    said = told(run(f"{path}:Stops", *ABH))
    assert "stops the process that runs it" in said


NOISE = [
    "print('{}'); print('x' * 100_000)",
    "import os; os.write(1, b'\\xff{\\n'); os.write(2, b'\\xff\\n')",
    "import atexit, os; atexit.register(os._exit, 9)",
    "import sys; sys.stdout = sys.stderr = None",
    "import os; os.closerange(0, 3)",
    "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()",
    "import os\nif os.fork() == 0:\n    import time; time.sleep(600)",
    "import os; os.fork()",
    "import torch; torch.set_default_dtype(torch.float64)",
    "import torch; torch.set_grad_enabled(False)",
    "import torch, random; torch.manual_seed(3); random.seed(3)",
    "assert __name__ != '__main__'",
    "from dataclasses import dataclass\n@dataclass\nclass D:\n    x: 'int' = 3\nD()",
]


@pytest.mark.parametrize("code", NOISE)
def test_what_a_file_does_beside_changes_nothing(tmp_path, code):
    path = tmp_path / "net.py"
    path.write_text(code + "\n" + NET)
    done = run(f"{path}:Net", *ABH, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ok"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    "name", ["random.py", "torch.py", "json.py", "a:b.py", "é.py", "a b.py", "symshare.py", "x.y.py"]
)
def test_files_with_odd_names(tmp_path, name):
    """Named like a module of Python's, or with a colon, which parts a file from a name in it."""
    path = tmp_path / name
    path.write_text("import random, json\n" + NET)
    done = run(f"{path}:Net", *ABH)
    assert done.exit_code == 0, done.output


PLANTED = ("tomllib", "random", "torch", "json", "numpy", "click", "symshare", "sitecustomize", "typing", "layers")


@pytest.mark.parametrize("place", ["here", "beside", "here by PYTHONPATH"])
def test_neither_the_current_folder_nor_that_of_the_file_is_on_the_path(tmp_path, place):
    folder, file, marks = tmp_path / "here", tmp_path / "there" / "net.py", tmp_path / "marks"
    for one in (folder, file.parent, marks):
        one.mkdir()
    file.write_text(NET)
    planted = file.parent if place == "beside" else folder
    for name in PLANTED:
        (planted / f"{name}.py").write_text(f"open({str(marks / name)!r}, 'w').close()\n")
    paths = [str(ROOT), str(ROOT / "cli"), *(["", ".", str(folder)] if place == "here by PYTHONPATH" else [])]
    code = (
        f"import os; os.environ['PYTHONPATH'] = {os.pathsep.join(paths)!r}; from symshare_cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "check", f"{file}:Net", *ABH],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "cli")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert [one.name for one in marks.iterdir()] == []
    assert done.returncode == 0, done.stderr


def test_help_says_how_the_file_is_run():
    said = " ".join(run("--help").stdout.split())
    assert "The file is run: only check what you trust." in said
    assert "without the current folder and that of the file on the path" in said
    assert "Exit code 0 where it holds, 1 where it breaks, 2 where it cannot be checked" in said
