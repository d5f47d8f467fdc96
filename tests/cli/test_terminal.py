"""What is printed fits the terminal, nothing is cut, and in a file or a pipe every row is one line."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from symshare_cli import experiment, terminal
from symshare_cli.main import main

import symshare
import symshare.experiments.demo
from tests import zoo

SHOWN = {
    # commands that print texts and tables, each with long rows
    "cheatsheet": ["cheatsheet"],
    "derive": ["derive", "-s", "adj:aaH,w:abH->w:abH", "-k", "2", "--certify"],
    "derive, long terms": ["derive", "-s", "aabbH->H", "-k", "2"],
    "derive, long names": ["derive", "-s", f"{'x' * 70}:ab,{'y' * 70}:ab->{'z' * 70}:b", "-k", "1"],
    "derive, constants": ["derive", "-s", "rrH->H", "-k", "1", "--axis", "r=SU(2)", "--show-constants"],
    "derive, offsets": ["derive", "-s", "at->at", "-k", "2", "--axis", "t=C(4)", "--ordered"],
    "derive, sizes": ["derive", "-s", "abK->abK", "-k", "1", "--size", "K=2"],
    "derive, notes": ["derive", "-s", "rH->rH", "-k", "3", "--axis", "r=SO(2)"],
    "derive, dependencies": ["derive", "-s", "abcH->abH", "-k", "1", "--depends", "a->b", "--depends", "b->c"],
    "count": ["count", "-s", "ab->ab", "-k", "20"],
    "count, long numbers": ["count", "-s", "aabbccddeeffgg", "-k", "9"],
    "plan": ["plan", "-s", "aaH", "--size", "a=48", "--channels", "in=64,out=64"],
    "plan, polynomial": ["plan", "-s", "abH,bH->abH", "-k", "2"],
    "plan, pooling": ["plan", "-s", "abH", "-k", "3", "--kind", "pooling"],
    "plan, rotations": ["plan", "-s", "arH", "-k", "2", "--axis", "r=SO(3)"],
    "pools": ["pools", "-s", "abH", "-k", "5"],
    "pools, sizes": ["pools", "-s", "ab,bc->ab,bc", "-k", "3", "--size", "a=300,b=40,c=5000"],
    "pools, all": ["pools", "-s", "aa", "-k", "3", "--rule", "none"],
    "explain": ["explain", "ab,cb,cd,ad,ab,cb,eb,ed,af->af", "-s", "abH"],
    "explain, one": ["explain", "ab,cb,cd->ad", "-s", "abH"],
    "solve": ["solve", "-s", "tt->t", "-k", "1", "--axis", "t=C(5)", "--equations"],
    "solve, powers": ["solve", "-s", "a->", "--laurent=-2..2", "--axis", "a=Scale(1,1,1)"],
    "solve, floats": ["solve", "-s", "r->", "-k", "5", "--axis", "r=PlaneC(5)"],
    "solve, nothing": ["solve", "-s", "r->", "-k", "1", "--axis", "r=SO(3)"],
    "verify": ["verify", "a file with a rather long name of its own, and words in it.py"],
    "expand": ["expand", "--widths", "3,3,3", "--degree", "2", "--constant", "--form", "full"],
    "variety": ["variety", "--widths", "3,4,3", "--degree", "2", "-s", "a->a", "--equations"],
    "variety, bases": ["variety", "--widths", "2,2,2", "--degree", "2", "-s", "a->a", "--groebner", "60"],
    "experiment list": ["experiment", "list"],
    "list of experiments": ["experiment", "list"],
}


def printed(arguments, columns):
    done = CliRunner(env={"COLUMNS": columns}).invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / SHOWN["verify"][1]).write_text(symshare.emit(symshare.derive("abH", 1)))


def assert_fits(text, wide, columns):
    """No line is too long, and every character of the wide form is there."""
    assert max(map(len, text.splitlines())) <= columns
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert Counter("".join(text.split())) == Counter("".join(wide.split()))


@pytest.mark.parametrize("columns", [60, 41, 80])
@pytest.mark.parametrize("what", SHOWN)
def test_what_is_printed_fits_the_columns_there_are(what, columns):
    wide = printed(SHOWN[what], None)
    text = printed(SHOWN[what], str(columns))
    assert_fits(text, wide, columns)
    if max(map(len, wide.splitlines())) <= columns:
        assert text == wide


def test_there_is_something_to_fit():
    long = [what for what in SHOWN if max(map(len, printed(SHOWN[what], None).splitlines())) > 60]
    assert len(long) > len(SHOWN) // 2
    assert {SHOWN[what][0] for what in long} == set(main.commands) - {
        "emit",
        "completion",
        "demo",
        "check",
        "spec",
        "weightnet",
        "align",
    }


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_terms_of_every_family_fit(family):
    groups = zoo.axes(family)
    named = [f"--axis={letter}={group}" for letter, group in groups.items() if isinstance(group, str)]
    if len(named) < len(groups):
        pytest.skip("these generators come from a file")
    text = "raH,aH->arH" if len(groups) == 1 else "rasH,aH->arsH"
    arguments = ["derive", "-s", text, "-k", "1", *named]
    assert_fits(printed(arguments, "60"), printed(arguments, None), 60)


@pytest.mark.parametrize("text", (*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE))
def test_plans_of_every_shape_fit(text):
    depends = ["--depends=a->b"] * (text in (*zoo.NESTED, *zoo.TWICE)) + ["--depends=b->c"] * (text in zoo.TWICE)
    for arguments in (["derive", "-s", text, "-k", "1", *depends], ["plan", "-s", text, *depends]):
        assert_fits(printed(arguments, "60"), printed(arguments, None), 60)


@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_lists_below_latent_axes_fit(text, depends, sizes, order):
    options = [f"--depends={one}" for one in depends] + [f"--size={letter}={size}" for letter, size in sizes.items()]
    arguments = ["derive", "-s", text, "-k", str(min(order, 2)), *options]
    assert_fits(printed(arguments, "60"), printed(arguments, None), 60)


@pytest.mark.parametrize("name", ["", *sorted(main.commands)])
def test_help_fits(name):
    command = [sys.executable, "-m", "symshare_cli.main", *name.split(), "--help"]
    environment = {**os.environ, "COLUMNS": "60"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert max(map(len, done.stdout.splitlines())) <= 60


RECORD = {
    "experiment": "arc",
    "question": "solve four ARC puzzles from their demonstrations alone, and say of each how many seeds solve it",
    "form": "quick",
    "columns": [
        "task",
        "symmetry",
        "pruned: solved",
        "pruned: new",
        "all poolings: solved",
        "MLP: solved",
        "search, s",
    ],
    "rows": [
        ["4cd1b7b2", "abc", "5 of 5", "0.918 +- 0.072", "5 of 5", "0 of 5", 15.4],
        ["x", "", None, "", "", "", 1e-9],
    ],
    "bars": [
        {"what": "4cd1b7b2, share of seeds that solve the test", "value": 1.0, "asked": "at least 0.8", "met": True},
        {"what": "1a2e2828, seconds a seed, in the quick form", "value": None, "asked": "at most 10", "met": False},
    ],
    "notes": ["No test graph is a training graph in another order: what a graph is decides which part it is in.\nSo."],
    "wall_s": 166.0,
    "cpu_s": 47.0,
}


@pytest.mark.parametrize("columns", [60, 41])
def test_what_an_experiment_reports_fits(columns, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(experiment, "shown", lambda text, limit=80: str(text))
    experiment._show(RECORD, tmp_path / ("long" * 20))
    wide = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", str(columns))
    experiment._show(RECORD, tmp_path / ("long" * 20))
    assert_fits(capsys.readouterr().out, wide, columns)
    assert wide.splitlines()[2].split("  ")[0] == "task"


def test_what_the_demo_says_fits(monkeypatch):
    said = [
        "   women.py (all of order 1, and ab,cb,cd->ad), GELU, women_readout.py; 400 steps of AdamW",
        f"   {'row mean x column mean':24}  AUC 0.641 +- 0.092   log-loss 0.696",
        f"\nPictures: {'long/' * 30}patterns.png, {'long/' * 30}hidden_attendances.png",
    ]

    def run(out, *, seed, echo, tell):
        for text in said:
            echo(text)

    monkeypatch.setattr(symshare.experiments.demo, "run", run)
    assert printed(["demo"], None) == "\n".join(said) + "\n"
    assert_fits(printed(["demo"], "60"), printed(["demo"], None), 60)


class Screen:
    """A terminal of some columns that keeps what is written to it."""

    def __init__(self, columns):
        self.own, self.other = pty.openpty()
        fcntl.ioctl(self.other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def run(self, arguments, **streams):
        environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
        command = [sys.executable, "-m", "symshare_cli.main", *arguments]
        process = subprocess.Popen(command, env=environment, **streams)
        os.close(self.other)
        seen = b""
        while True:
            try:
                seen += (more := os.read(self.own, 65536))
            except OSError:
                break
            if not more:
                break
        assert process.wait() == 0
        return seen.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [60, 200])
def test_a_real_terminal_has_the_columns_that_it_has(columns):
    screen = Screen(columns)
    text = screen.run(SHOWN["pools"], stdout=screen.other, stderr=subprocess.DEVNULL)
    assert_fits(text, printed(SHOWN["pools"], None), columns)
    assert (max(map(len, text.splitlines())) > 60) == (columns == 200)


def test_a_pipe_has_no_width_although_a_terminal_is_near():
    screen = Screen(40)
    reading, writing = os.pipe()
    screen.run(SHOWN["experiment list"], stdout=writing, stderr=screen.other)
    os.close(writing)
    with os.fdopen(reading) as stream:
        assert stream.read() == printed(SHOWN["experiment list"], None)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        *(("60", 60), ("1", terminal.NARROWEST), ("999999", 999999), ("", terminal.WIDEST), ("0", terminal.WIDEST)),
        *(("-5", terminal.WIDEST), ("sixty", terminal.WIDEST), ("9" * 5000, terminal.WIDEST), ("٦٠", terminal.WIDEST)),
    ],
)
def test_columns_are_read_with_care(said, found, monkeypatch):
    monkeypatch.setenv("COLUMNS", said)
    with Path(os.devnull).open("w") as stream:
        assert terminal.width(stream) == found


@pytest.mark.parametrize("columns", [30, 60])
def test_progress_stays_on_one_line_and_says_that_it_is_cut(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))
    told = experiment._Told()
    told.live = True
    told(0.5, 90.0, "1 of 16: 4cd1b7b2 poolings, seed 0: held-out demonstration 2 of 3, loss 0.123456789")
    told.end()
    line = capsys.readouterr().err.removesuffix("\n").rpartition("\r")[2].removeprefix("\x1b[2K")
    assert len(line) == columns - 1
    assert line.endswith("...")
