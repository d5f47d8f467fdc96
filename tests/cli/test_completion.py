"""The Tab key: what is offered, and what real shells make of it."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

import click
import pytest
from click.shell_completion import ShellComplete, get_completion_class
from symshare_cli.completion import words_of
from symshare_cli.main import main

import symshare
from symshare.core.groups.families import ROWS
from symshare.experiments.catalogue import CATALOGUE

BREAKS = " \t\n\"'><=;|&(:"


def offered(*arguments):
    """The values that complete the last argument."""
    found = ShellComplete(main, {}, "symshare", "_SYMSHARE_COMPLETE").get_completions(
        list(arguments[:-1]), arguments[-1]
    )
    return [item.value for item in found]


def told(shell, line, monkeypatch, **more):
    """What a shell is told for a line."""
    for name, value in {"COMP_WORDS": line, "COMP_WORDBREAKS": BREAKS, **more}.items():
        monkeypatch.setenv(name, value)
    return get_completion_class(shell)(main, {}, "symshare", "_SYMSHARE_COMPLETE").complete().split("\n")


def choices(command):
    for option in command.params:
        if isinstance(option.type, click.Choice):
            yield option, list(option.type.choices)


def commands():
    return sorted(main.commands.items())


def test_commands_and_options_are_offered():
    assert offered("") == sorted(main.commands)
    assert offered("der") == ["derive"]
    assert "--as-loops" in offered("derive", "--as")


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_choice_is_offered(name, command):
    """Kinds, reductions, rules, solvers, shells, .."""
    for option, values in choices(command):
        before = [name] + [option.opts[-1]] * isinstance(option, click.Option)
        assert offered(*before, "") == values
        assert offered(*before, values[-1][:2]) == [one for one in values if one.startswith(values[-1][:2])]
        if isinstance(option, click.Option):
            assert offered(name, f"{option.opts[-1]}={values[0][:1]}")[0] == values[0]


def test_there_are_choices():
    assert {tuple(values) for _, command in commands() for _, values in choices(command)} >= {
        ("linear", "polynomial", "pooling"),
        ("mean", "sum"),
        ("irreducible", "article", "none"),
        ("bash", "zsh", "fish"),
    }


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_name_of_a_file_is_left_to_the_shell(name, command, monkeypatch):
    for option in command.params:
        if isinstance(option.type, click.Path):
            before = f"{name} {option.opts[-1]} " if isinstance(option, click.Option) else f"{name} "
            assert told("bash", f"symshare {before}", monkeypatch) == ["file,"]
            assert told("zsh", f"symshare {before}x", monkeypatch) == ["file", "x", "_"]
            assert told("fish", f"symshare {before}x", monkeypatch) == ["file,,x"]


def test_experiments_are_offered():
    assert offered("experiment", "") == ["list", *CATALOGUE]
    assert offered("experiment", "s") == ["sudoku", "spectrum", "sharing", "siren"]
    assert offered("experiment", "--seed", "3", "p") == ["pinv", "points"]


def test_axes_of_the_symmetry_are_offered():
    assert offered("derive", "-s", "adj:arH,v:bH->W:br", "--axis", "") == ["a=", "r=", "b="]
    assert offered("derive", "-s", "abH", "--axis", "b") == ["b="]
    assert offered("derive", "--axis", "") == []


@pytest.mark.parametrize("command", ["derive", "count", "solve", "emit", "plan", "pools", "explain"])
def test_groups_of_an_axis_are_offered_and_taken(command):
    found = offered(command, "-s", "rrH->rH", "--axis", "r=")
    for text in found:
        letter, _, group = text.partition("=")
        if "Rubik" not in group:
            assert symshare.signature("rrH->rH", axes={letter: group}).size("r")
    names = {re.split(r"[=(]", text)[1] for text in found}
    assert names == {name for row in ROWS for name in (row.name, *row.also)}
    assert offered(command, "-s", "rrH->rH", "--axis", "r=SO") == ["r=SO(3)", "r=SO(1,3)", "r=SO+(1,3)"]


@pytest.mark.parametrize("size", range(1, 9))
def test_groups_fit_the_size_that_is_given(size):
    found = offered("derive", "-s", "ar", "--size", f"r={size}", "--axis", "r=")
    assert f"r=S({size})" in found
    assert ("r=Q8" in found) == (size == 8)
    assert ("r=Lorentz" in found) == (size == 4)
    assert ("r=O(1,3)" in found) == (size == 4)
    for text in found:
        if "dual" not in text:
            assert symshare.signature("ar", axes={"r": text[2:]}).size("r") == size


def test_a_bracket_is_closed_and_duals_are_offered():
    assert offered("derive", "--axis", "r=SO(11") == ["r=SO(11)"]
    assert offered("derive", "--axis", "r=SO(1,1") == ["r=SO(1,1)"]
    assert offered("derive", "--axis", "r=Scale(1,2,3") == ["r=Scale(1,2,3)"]
    assert offered("derive", "-s", "rs->r", "--axis", "s=du") == ["s=dual(r)"]


def test_axes_with_words_for_names_are_offered_too():
    named = ("derive", "-s", "adj:(node in Heads),v:(up1 Heads)->W:(up1 in)", "--axis")
    assert offered(*named, "") == ["node=", "in=", "up1="]
    assert offered(*named, "up") == ["up1="]
    assert offered(*named, "in=SO(3") == ["in=SO(3)"]
    assert offered(*named, "in=du") == ["in=dual(node)", "in=dual(up1)"]
    assert offered("derive", "-s", "(up1)", "--size", "up1=4", "--axis", "up1=Lor") == ["up1=Lorentz"]


@pytest.mark.parametrize("text", ["nonsense", "r=nonsense", "r==", "1=", "\x1b=", "r=(", "r=SO()"])
def test_what_nothing_completes_is_left(text):
    assert offered("derive", "-s", "ar", "--axis", text) == []
    assert offered("derive", "-s", "->,:::", "--size", "=,", "--axis", text) == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("a b", ["a", "b"]),
        ("a  b ", ["a", "b", ""]),
        ("", [""]),
        ("a 'b c", ["a", "b c"]),
        ("a 'b'\"c d\"e\\ f", ["a", "bc de f"]),
        ('a "b\\"c', ["a", 'b"c']),
        ("a 'b\\c", ["a", "b\\c"]),
        ("a b\\", ["a", "b"]),
        ("a 'b' ", ["a", "b", ""]),
        ("a '", ["a", ""]),
        ("a ''", ["a", ""]),
        ("a '' b", ["a", "", "b"]),
    ],
)
def test_a_line_is_read_as_a_shell_reads_it(line, wanted):
    assert [word.text for word in words_of(line)] == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        # unquoted: what follows the last sign at which bash parts words, with what it would read otherwise escaped
        ("--axis r=SO", "plain,SO\\(3\\)"),
        ("--axis r=SO\\(", "plain,SO\\(3\\)"),
        ("--axis=r=SO", "plain,SO\\(3\\)"),
        # quoted: the word itself
        ("--axis 'r=SO", "plain,r=SO(3)"),
        ("--axis 'r=SO(", "plain,r=SO(3)"),
        ('--axis "r=SO(3', "plain,r=SO(3)"),
        ("--axis r='SO(", "plain,SO(3)"),
        ("--axis='r=SO", "plain,r=SO(3)"),
        ("--axis ", "open,r="),
        ("--axis '", "open,r="),
        ("--axi", "plain,--axis"),
    ],
)
def test_bash_gets_what_it_puts_in_place(line, wanted, monkeypatch):
    assert told("bash", f"symshare derive -s rH --size r=3 {line}", monkeypatch)[0] == wanted


def test_scripts_that_click_has_written_are_answered(monkeypatch):
    assert told("bash", "symshare der", monkeypatch, COMP_CWORD="1") == ["plain,derive"]
    assert told("zsh", "symshare emit --kind", monkeypatch, COMP_CWORD="3")[1] == "linear"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("line", [None, "", "symshare", "symshare derive --order x --size nonsense --axis '", "'"])
def test_nothing_is_said_where_nothing_can_be(shell, line):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COMP_")}
    environment |= {"_SYMSHARE_COMPLETE": f"{shell}_complete"} | ({} if line is None else {"COMP_WORDS": line})
    done = subprocess.run(
        [sys.executable, "-m", "symshare_cli.main"], env=environment, capture_output=True, check=False
    )
    assert done.stderr == b""
    assert b"Traceback" not in done.stdout


@pytest.mark.parametrize("line", ["derive -s arH --axis r=", "experiment ", "emit --kind "])
def test_completion_loads_nothing_heavy(line):
    code = "from symshare_cli.main import main; main(prog_name='symshare', standalone_mode=False)"
    code = f"import atexit, sys; atexit.register(lambda: print([one for one in {HEAVY} if one in sys.modules])); {code}"
    environment = {**os.environ, "_SYMSHARE_COMPLETE": "bash_complete", "COMP_WORDS": f"symshare {line}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(done.stdout.splitlines()) > 3


HEAVY = ("torch", "sympy", "matplotlib", "networkx", "scipy", "numpy", "rich")

# Stands for the command in a real shell: it answers the shell, and writes down what it is called with.
STAND_IN = """#!/bin/sh
"exec" "{python}" "$0" "$@"
import json, os, sys
if "_SYMSHARE_COMPLETE" in os.environ:
    sys.path[:0] = {path!r}
    from symshare_cli.main import main
    main(prog_name="symshare")
with open({said!r}, "w") as file:
    json.dump(sys.argv[1:], file)
"""
START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(symshare completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -Uz compinit; compinit -u -D; eval "$(symshare completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "symshare completion fish | source"),
}


class Shell:
    """A shell in a terminal of its own."""

    def __init__(self, name, folder):
        command, start = START[name]
        said = folder / "said"
        (folder / "bin").mkdir()
        stand_in = folder / "bin" / "symshare"
        stand_in.write_text(STAND_IN.format(python=sys.executable, path=sys.path, said=str(said)))
        stand_in.chmod(0o755)
        script = subprocess.run([sys.executable, "-m", "symshare_cli.main", "completion", name], capture_output=True)
        (folder / "script").write_bytes(script.stdout)
        start = start.replace(f"symshare completion {name}", f"cat {folder}/script")
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "TERM": "dumb", "HOME": str(folder)}
        environment |= {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder), "COLUMNS": "200"}
        self.said, self.seen = said, b""
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)  # noqa: S606  # what is tested
        self.type(start + "\r")
        self.type(f"echo 'rea''dy' > {folder}/ready\r")
        self.until((folder / "ready").exists)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def until(self, done, seconds=40):
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, self.seen[-4000:]
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.seen += os.read(self.terminal, 65536)

    def called(self, line):
        """What the command is called with where the Tab key is pressed in the line."""
        self.said.unlink(missing_ok=True)
        self.type(f"{line}\t")
        self.type("\r")
        self.until(lambda: self.said.exists() and self.said.stat().st_size)
        return json.loads(self.said.read_text())

    def end(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


@pytest.fixture(scope="module", params=START)
def shell(request, tmp_path_factory):
    if shutil.which(request.param) is None:
        pytest.skip(f"there is no {request.param} here")
    made = Shell(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.end()


LINES = [
    ("symshare der", ["derive"]),
    ("symshare experiment sud", ["experiment", "sudoku"]),
    ("symshare emit --kind poo", ["emit", "--kind", "pooling"]),
    ("symshare emit --kind=poo", ["emit", "--kind=pooling"]),
    ("symshare emit --reduce s", ["emit", "--reduce", "sum"]),
    ("symshare derive --size r=3 --axis r=SL", ["derive", "--size", "r=3", "--axis", "r=SL(3)"]),
    ("symshare derive --size r=3 --axis r=SL\\(", ["derive", "--size", "r=3", "--axis", "r=SL(3)"]),
    ("symshare derive --size r=3 --axis 'r=SL", ["derive", "--size", "r=3", "--axis", "r=SL(3)"]),
    ("symshare derive --size r=3 --axis 'r=SL(", ["derive", "--size", "r=3", "--axis", "r=SL(3)"]),
    ('symshare derive --size r=3 --axis "r=SL(3', ["derive", "--size", "r=3", "--axis", "r=SL(3)"]),
    ("symshare derive --size r=3 --axis=r=SL", ["derive", "--size", "r=3", "--axis=r=SL(3)"]),
    ("symshare derive --axis r=Loren", ["derive", "--axis", "r=Lorentz"]),
    ("symshare derive -s arH --axis r", ["derive", "-s", "arH", "--axis", "r="]),
    ("symshare derive --axis 'r=SO(1,7", ["derive", "--axis", "r=SO(1,7)"]),
    ("symshare verify scri", ["verify", "script"]),
    ("symshare derive --generators scri", ["derive", "--generators", "script"]),
    ("symshare emit --output=scri", ["emit", "--output=script"]),
]


@pytest.mark.parametrize(("line", "wanted"), LINES)
def test_a_real_shell_completes(shell, line, wanted):
    assert shell.called(line) == wanted
