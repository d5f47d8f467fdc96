"""What comes in by a name or a text and goes out on a terminal, and where nobody takes the output."""

import json
import os
import re
import signal
import subprocess
import sys
import unicodedata

import pytest
import torch
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare.errors import SymshareError

pytestmark = pytest.mark.usefixtures("copied")

COMMAND = [sys.executable, "-c", "from symshare_cli.main import main; main()"]

NASTY = {
    "colour": "\x1b[31m",
    "title": "\x1b]0;title\x07",
    "return": "\r",
    "backspace": "\b\b\b",
    "delete": "\x7f",
    "C1": "\x9b31m",
    "next line": "\x85",
    "line feed": "\n",
    "form feed": "\f",
    "tab": "\t",
    "override": "\u202e",
    "embedding": "\u202a",
    "isolate": "\u2066",
    "isolate ends": "\u2069",
    "mark": "\u200e",
    "other mark": "\u200f",
    "Arabic mark": "\u061c",
    "zero width": "\u200b",
    "joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order": "\ufeff",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "filler": "\u3164",
    "selector": "\ufe0f",
    "tag": "\U000e0041",
    "surrogate": "\udc9b",
}


def run(*arguments, code=2):
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == code, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def assert_harmless(text, most=8, longest=320):
    """Few short lines without anything that moves the cursor, hides, or turns the direction."""
    lines = text.removesuffix("\n").split("\n")
    assert len(lines) <= most, lines
    for line in lines:
        assert len(line) <= longest, line
        bad = [one for one in line if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
        assert not bad, (line, bad)
        assert not set(line) & set("\u3164\ufe0f")


def generators(folder, text):
    path = folder / "generators.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


def quoted(text):
    return json.dumps(text)


TEXTS = {
    # a text from outside, and the command that takes it
    "symmetry": lambda t, f: ["derive", "-s", f"a{t}b", "-k", "1"],
    "name of a tensor": lambda t, f: ["derive", "-s", f"x{t}:ab", "-k", "1"],
    "axis": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--axis", f"a{t}=C(3)"],
    "group": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--axis", f"a=C{t}(3)"],
    "dual": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--axis", f"a=dual({t})"],
    "no group": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--axis", t],
    "depends": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--depends", f"a->b{t}"],
    "depends on": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--depends", f"{t}->b"],
    "size": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--size", f"a={t}3"],
    "size of": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--size", f"{t}a=3"],
    "no size": lambda t, f: ["derive", "-s", "ab", "-k", "1", "--size", t],
    "order": lambda t, f: ["derive", "-s", "ab", "-k", f"1{t}"],
    "powers": lambda t, f: ["solve", "-s", "a->", f"--laurent={t}"],
    "solver": lambda t, f: ["solve", "-s", "a->", "-k", "1", "--solver", t],
    "only": lambda t, f: ["emit", "-s", "abH", "-k", "2", "--only", f"ab{t},ab->ab"],
    "channels": lambda t, f: ["plan", "-s", "abH", "--channels", f"in{t}=3"],
    "kind": lambda t, f: ["emit", "-s", "abH", "--kind", t],
    "term": lambda t, f: ["explain", f"ab{t},ab->ab", "-s", "abH"],
    "factors": lambda t, f: ["explain", "ab,ab->ab", "-s", "abH", "--factors", f"0,{t}"],
    "seed": lambda t, f: ["verify", f / "x.py", "--seed", t],
    "timeout": lambda t, f: ["verify", f / "x.py", "--timeout", t],
    "name in a file": lambda t, f: ["check", f"{f / 'x.py'}:{t}", "-s", "aH", "--example", "4,3"],
    "example": lambda t, f: ["check", f"{f / 'x.py'}:Layer", "-s", "aH", "--example", t],
    "type of an example": lambda t, f: ["check", f"{f / 'x.py'}:Layer", "-s", "aH", "--example", f"4,3:{t}"],
    "tolerance": lambda t, f: ["check", f"{f / 'x.py'}:Layer", "-s", "aH", "--example", "4,3", "--tolerance", t],
    "command": lambda t, f: [f"derive{t}"],
    "option": lambda t, f: ["derive", f"--{t}"],
    "value of a flag": lambda t, f: ["derive", f"--json={t}"],
    "argument": lambda t, f: ["derive", "-s", "ab", "-k", "1", t],
    "shell": lambda t, f: ["completion", t],
    "widths": lambda t, f: ["expand", "--degree", "2", "--widths", f"3,{t}3"],
    "degree": lambda t, f: ["variety", "--widths", "3,3", "--degree", f"{t}2"],
    "activation": lambda t, f: ["expand", "--widths", "3,3,3", "--activation", f"x^2+{t}"],
    "time": lambda t, f: ["variety", "--widths", "2,2", "--degree", "2", "-s", "a->a", "--groebner", t],
    "experiment": lambda t, f: ["experiment", f"pinv{t}"],
    "device": lambda t, f: ["experiment", "pinv", "--device", t, "--out", f / "out"],
    "symmetry of a task": lambda t, f: ["experiment", "arc", "--symmetry", f"abc{t}", "--out", f / "out"],
}
NO_NUMBERS = b"\x93NUMPY\x01\x00\x36\x00{'descr': '<U1', 'fortran_order': False, 'shape': (0,)}\n"


def aligned_by(data):
    """What aligns two files of weights by what is in a third."""
    weights = data.parent / "x.pt"
    torch.save({"w": torch.zeros(2)}, weights)
    return ["align", f"{weights}:Net", weights, weights, "--by", "activations", "--data", data]


FILES = {
    # the name of a file, which may lack
    "emit -o, no folder": lambda p: ["emit", "-s", "abH", "-o", p / "layer.py"],
    "emit -o, a folder": lambda p: (p.mkdir(), ["emit", "-s", "abH", "-o", p])[1],
    "emit -o, there": lambda p: (p.write_text(""), ["emit", "-s", "abH", "-o", p])[1],
    "emit -o, read-only": lambda p: (p.write_text(""), p.chmod(0o400), ["emit", "-s", "abH", "--force", "-o", p])[2],
    "emit -o, a loop": lambda p: (p.symlink_to(p.name), ["emit", "-s", "abH", "-o", p])[1],
    "emit -o, a pipe": lambda p: (os.mkfifo(p), ["emit", "-s", "abH", "-o", p])[1],
    "verify, none": lambda p: ["verify", p],
    "verify, a folder": lambda p: (p.mkdir(), ["verify", p])[1],
    "check, none": lambda p: ["check", f"{p}:Net", "-s", "aH", "--example", "4,3"],
    "check, a folder": lambda p: (p.mkdir(), ["check", f"{p}:Net", "-s", "aH", "--example", "4,3"])[1],
    "spec, none": lambda p: ["weightnet", p],
    "spec, a folder": lambda p: (p.mkdir(), ["weightnet", p])[1],
    "spec, no JSON": lambda p: (p.write_text("{"), ["weightnet", p])[1],
    "align, none": lambda p: ["align", p, p, "--spec", p],
    "align, a folder": lambda p: (p.mkdir(), ["align", p, p, "--spec", p])[1],
    "align, a pipe": lambda p: (os.mkfifo(p), ["align", p, p, "--spec", p])[1],
    "align, no weights": lambda p: (p.write_text("{"), ["align", p, p, "--spec", p])[1],
    "align, no archive": lambda p: (p.write_text("PK"), ["align", p, p, "--spec", p])[1],
    "align --data, none": lambda p: aligned_by(p),
    "align --data, a folder": lambda p: (p.mkdir(), aligned_by(p))[1],
    "align --data, a pipe": lambda p: (os.mkfifo(p), aligned_by(p))[1],
    "align --data, no arrays": lambda p: (p.write_text("{"), aligned_by(p))[1],
    "align --data, no archive": lambda p: (p.write_bytes(b"PK"), aligned_by(p))[1],
    "align --data, no numbers": lambda p: (p.write_bytes(NO_NUMBERS), aligned_by(p))[1],
    "align -o": lambda p: ["align", p, p, "--spec", p, "-o", p],
    "align -o, no folder": lambda p: ["align", p, p, "--spec", p, "-o", p / "x.pt"],
    "generators, none": lambda p: ["derive", "-s", "t->t", "-k", "1", "--generators", p],
    "generators, empty": lambda p: (p.write_text(""), ["derive", "-s", "t->t", "-k", "1", "--generators", p])[1],
    "generators, no TOML": lambda p: (p.write_text("["), ["derive", "-s", "t->t", "-k", "1", "--generators", p])[1],
    "generators of others": lambda p: (
        p.write_text('[[generator]]\nr = "(0 1)"\n'),
        ["derive", "-s", "t->t", "-k", "1", "--generators", p],
    )[1],
    "solve --plot": lambda p: ["solve", "-s", "a->", "-k", "1", "--plot", p],
    "solve --plot, no folder": lambda p: ["solve", "-s", "a->", "-k", "1", "--plot", p / "x.png"],
    "cheatsheet -o": lambda p: ["cheatsheet", "-o", p],
    "cheatsheet -o, no folder": lambda p: ["cheatsheet", "-o", p / "x.svg"],
    "cheatsheet -o, Markdown, no folder": lambda p: ["cheatsheet", "-o", p / "x.md"],
    "pools --plot": lambda p: ["pools", "-s", "ab", "-k", "2", "--plot", p],
    "--task, none": lambda p: ["experiment", "arc", "--task", p, "--symmetry", "abc"],
    "--task, a folder": lambda p: (p.mkdir(), ["experiment", "arc", "--task", p, "--symmetry", "abc"])[1],
    "--task, no JSON": lambda p: (p.write_text("{"), ["experiment", "arc", "--task", p, "--symmetry", "abc"])[1],
    "--task, no task": lambda p: (p.write_text("{}"), ["experiment", "arc", "--task", p, "--symmetry", "abc"])[1],
    "--task, no symmetry": lambda p: (
        p.write_text('{"train": [{"input": [[1]], "output": [[1]]}], "test": [{"input": [[1]]}]}'),
        ["experiment", "arc", "--task", p],
    )[1],
    "--data, none": lambda p: ["experiment", "kinship", "--data", p],
    "--data, no triples": lambda p: (p.mkdir(), ["experiment", "kinship", "--data", p])[1],
    "--out": lambda p: (p.write_text(""), ["experiment", "pinv", "--out", p])[1],
    "demo --out": lambda p: (p.write_text(""), ["demo", "--out", p])[1],
}


@pytest.mark.parametrize("kind", NASTY)
@pytest.mark.parametrize("place", TEXTS)
def test_texts_are_shown_escaped(tmp_path, monkeypatch, place, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text(symshare.emit(symshare.derive("a", 1)))
    done = run(*TEXTS[place](NASTY[kind], tmp_path))
    assert done.stdout == ""
    assert_harmless(done.stderr)


@pytest.mark.parametrize("kind", NASTY)
@pytest.mark.parametrize("place", FILES)
def test_names_of_files_are_shown_escaped(tmp_path, monkeypatch, place, kind):
    monkeypatch.chdir(tmp_path)
    done = run(*FILES[place](tmp_path / f"a{NASTY[kind]}b"))
    assert done.stdout == ""
    assert_harmless(done.stderr, most=3)


@pytest.mark.parametrize("content", ["x = 1", "x = (", "SIGNATURE = DEPENDS = SIZES = TERMS = Layer = 1 / 0"])
def test_names_are_shown_escaped_by_the_process_that_runs_a_file(tmp_path, content):
    path = tmp_path / "".join(NASTY.values())
    path.write_text(content)
    assert_harmless(run("verify", path).stderr, most=2)


@pytest.mark.parametrize("place", TEXTS)
def test_long_texts_are_cut(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text(symshare.emit(symshare.derive("a", 1)))
    for text in ("x" * 50_000, "\x1b" * 20_000, "é" * 20_000):
        done = run(*TEXTS[place](text, tmp_path))
        assert_harmless(done.stderr)


INSIDE = {
    "key": lambda t: f'{quoted(t)} = 1\n[[generator]]\nt = "(0 1)"',
    "axis": lambda t: f'[[generator]]\n{quoted("t" + t)} = "(0 1)"',
    "cycles": lambda t: f"[[generator]]\nt = {quoted('(0 1' + t + ')')}",
    "entry": lambda t: f'[[generator]]\nt = [[1, {quoted(t)}], [0, "1"]]',
    "number": lambda t: f"[[generator]]\nt = [[1, {quoted('1/2' + t)}], [0, 1]]",
    "image": lambda t: f"[[generator]]\nt = [1, {quoted(t)}]",
    "scale": lambda t: f"[[generator]]\nt = {{ scale = [{quoted(t)}] }}",
    "table": lambda t: f"[[generator]]\nt = {{ {quoted(t)} = 1 }}",
    "size": lambda t: f'[[generator]]\nt = "(0 1)"\n[sizes]\nt = {quoted(t)}',
    "size of": lambda t: f'[[generator]]\nt = "(0 1)"\n[sizes]\n{quoted("t" + t)} = 3',
    "first": lambda t: f'first = {quoted(t)}\n[[generator]]\nt = "(0 1)"',
    "lie": lambda t: f"[[generator]]\nlie = {quoted(t)}\nt = [[0, 1], [0, 0]]",
    "no TOML": lambda t: f"{t}{t}",
}


@pytest.mark.parametrize("kind", [kind for kind in NASTY if kind != "surrogate"])
@pytest.mark.parametrize("place", INSIDE)
def test_names_inside_files_of_generators_are_shown_escaped(tmp_path, place, kind):
    for text in (NASTY[kind], NASTY[kind] * 5_000):
        path = generators(tmp_path, INSIDE[place](text))
        done = CliRunner().invoke(main, ["derive", "-s", "t->t", "-k", "1", "--generators", str(path)])
        if done.exit_code == 0:  # white space is allowed between values, and in an empty file there is none
            assert NASTY[kind].isspace()
        else:
            assert isinstance(done.exception, SystemExit), done.exception
            assert_harmless(done.stderr, most=3)


@pytest.mark.parametrize("kind", NASTY)
def test_what_went_well_is_told_escaped_too(tmp_path, kind):
    path = tmp_path / f"a{NASTY[kind]} b"
    done = run("emit", "-s", "abH", "-o", path, code=0)
    assert_harmless(done.stderr, most=1)
    assert path.is_file()
    text = generators(tmp_path, '[[generator]]\nt = "(0 1)"\n[[generator]]\ng = "(0 1)"\n').read_text()
    file = tmp_path / f"g{NASTY[kind]}"
    file.write_text(text)
    done = run("derive", "-s", "t->t", "-k", "1", "--generators", file, code=0)
    assert_harmless(done.stderr, most=1)
    assert_harmless(done.stdout, most=30)


def test_every_error_of_ours_is_harmless_whoever_writes_it():
    for text in NASTY.values():
        found = str(SymshareError(f"the name {text}\n  {text * 1000}"))
        assert_harmless(found.replace("\n\n", "\n"), most=1003)


@pytest.mark.parametrize("name", ["é", "日本.py", "naïve file.py", "Ω-1.py"])
def test_names_in_other_languages_are_left_as_they_are(tmp_path, name):
    assert name in run("verify", tmp_path / name).stderr


def test_the_place_of_a_mistake_is_pointed_at_also_behind_escapes():
    done = run("derive", "-s", "a\x1b b", "-k", "1")
    _, text, pointer = done.stderr.splitlines()[:3]
    assert text == r"  a\x1b b"
    assert pointer.index("^") == text.index(r"\x1b")
    done = run("derive", "-s", "ab", "-k", "1", "--depends", "\u202e" * 30 + " ->b")
    _, text, pointer = done.stderr.splitlines()[:3]
    assert text[pointer.index("^") - 1 :].startswith("e ->b")


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["--version"], ["derive", "--help"], ["derive", "-s", "abH", "-k", "2"], ["completion", "zsh"]),
        *(["count", "-s", "ab", "-k", "5", "--json"], ["emit", "-s", "ab"], ["experiment", "list"]),
        *(["plan", "-s", "abH"], ["pools", "-s", "ab", "-k", "3"], ["explain", "ab,ab->ab", "-s", "ab"]),
        ["solve", "-s", "a->", "-k", "1"],
    ],
)
def test_output_that_cannot_be_written(arguments, tmp_path):
    """Full, closed, or without a reader: a line, an exit code, no traceback."""
    script = 'exec "$@" '
    said = {}
    for redirection in (">/dev/full", ">&-", "2>/dev/full", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>&1"):
        command = ["sh", "-c", script + redirection, "sh", *COMMAND, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        said[redirection] = (done.returncode, done.stderr)
        assert len(done.stderr.splitlines()) <= 2, done.stderr
    assert said[">/dev/full"][0] == said[">&-"][0] == 2
    assert said[">/dev/full"][1].startswith("output: No space left on device\n")
    assert said[">&-"][1].startswith("output: Bad file descriptor\n")
    assert said["2>/dev/full"] == said["2>&-"] == (0, "")
    assert {code for code, text in said.values() if not text} == {0, 2}


def test_a_reader_that_has_enough_ends_the_command_quietly():
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["derive", "-s", "abH", "-k", "3"], ["--help"], ["emit", "-s", "abH"]):
        done = subprocess.run([*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")
    os.close(writing)


def test_a_file_is_written_whole_where_the_streams_are_closed(tmp_path):
    """No file gets the number of a closed stream, and what is said there."""
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *COMMAND, "emit", "-s", "abH", "-o", str(tmp_path / "x.py")]
    assert subprocess.run(command, check=False).returncode == 0
    assert (tmp_path / "x.py").read_text() == symshare.emit(symshare.derive("abH", 1))


def test_output_in_an_encoding_that_lacks_a_character(tmp_path):
    path = tmp_path / "日.py"
    path.write_text(symshare.emit(symshare.derive("a", 1)))
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([*COMMAND, "verify", str(path)], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u65e5.py: a, " in done.stdout


def test_the_keyboard_stops_a_command_without_a_traceback():
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code = (
        heard
        + "import os\nfrom symshare.core.bases import derivation\n"
        + "derivation.derive = lambda *a, **b: os.kill(os.getpid(), signal.SIGINT)\n"
    )
    command = [sys.executable, "-c", code + COMMAND[2], "derive", "-s", "ab", "-k", "1"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "stopped\n")


SINGLE = [
    (["derive", "-s", "a->", "-k", "0", "--certify"], "1 term to order 0 (1)"),
    (["derive", "-s", "a->", "-k", "0", "--certify"], "total: 1 free coefficient of 1 "),
    (["derive", "-s", "a->", "-k", "0", "--certify"], "commute  rank  counted\n    0      1        1     1        1\n"),
    (["derive", "-s", "a->", "-k", "0", "--ordered"], "1 ordered term to order 0"),
    (["derive", "-s", "ab", "-k", "1", "--max-terms", "1"], "ask for order 0 (1 term)"),
    (["derive", "-s", "a->", "-k", "0", "--max-terms", "0"], "has 1 term, over the limit of 0"),
    (["solve", "-s", "a->", "-k", "0"], "1 free of 1 coefficient (1)"),
    (["solve", "-s", "a->", "-k", "1", "--size", "a=2", "--equations"], "\n1 equation\n"),
    (["pools", "-s", "a", "-k", "2"], "order 2: 1 of 4 terms"),
    (["emit", "-s", "H->H", "-k", "1", "-o", "two.py"], "2 terms of H->H"),
    (["emit", "-s", "a->a", "-k", "2", "--network", "einnet", "--depth", "1", "-o", "net.py"], "1 layer of a->a"),
    (["derive", "-s", "ar->", "-k", "2", "--axis", "r=O(2)", "--size", "r=3"], "has 2 values, but"),
]


@pytest.mark.parametrize(("arguments", "said"), SINGLE)
def test_one_thing_is_told_as_one(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, arguments)
    assert said in done.output
    assert not re.search(
        r"(?<![\d,.])1 (free |ordered )?(term|step|layer|equation|coefficient|parameter|value)s\b", done.output
    )
