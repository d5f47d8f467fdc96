"""`symshare emit` for every family of groups x every option x kind: refused in words with a cure, or a file that verifies."""

import json
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

from symshare.nn.checking.layer_files import verify_file
from tests import zoo

TOLERANCE = 1e-10
NORMS = ([], ["--normalise-scale"], ["--normalise-factors"])
LAYERS = [
    *(["-k", "1", *norm] for norm in NORMS[:2]),
    *(["-k", "2", *norm] for norm in NORMS),
    *(["-k", "2", "--coefficients", "full", *norm] for norm in NORMS),
    *(["-k", "1", "--circular", how] for how in ("fft", "direct")),
    ["-k", "2", "--kind", "pooling", "--normalise-factors"],
    ["-k", "2", "--network", "einnet", "--depth", "1", "--width", "4"],
]
REDUCTIONS = (["--reduce", "mean"], ["--reduce", "sum"])
"""Each option meets both: by the parity of its place and of that of the family or text."""
TEXTS = ("arH->arH", "rH,H->rH,H")
GROUPS = [family for family in zoo.FAMILIES if family != "two"]


def emitted(arguments, path):
    """The exit code and what is said; never a traceback."""
    done = CliRunner().invoke(main, ["emit", *arguments, "-o", str(path)])
    assert done.exit_code in (0, 2), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def refused_in_words(done):
    *_, cure = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(done.stderr.strip().splitlines()) <= 5
    assert "Traceback" not in done.stderr
    return cure


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("family", GROUPS)
def test_every_family(family, text, tmp_path):
    if family == "generators":
        (tmp_path / "own.json").write_text(json.dumps(zoo.CUSTOM))
        axes = ["--generators", str(tmp_path / "own.json")]
    else:
        axes = ["--axis", f"r={zoo.FAMILIES[family]['r']}"]
    for number, options in enumerate(LAYERS, GROUPS.index(family)):
        path = tmp_path / f"layer{number}.py"
        done = emitted(["-s", text, *axes, *options, *REDUCTIONS[number % 2]], path)
        if done.exit_code:
            assert refused_in_words(done)
            stretched = family in zoo.STRETCHING and any("normalise" in one for one in options)
            stretched = stretched and ("has a norm that" in done.stderr or "norm of an input is not" in done.stderr)
            assert stretched or {"pooling", "einnet"} & set(options), done.stderr
            continue
        errors = verify_file(path).errors
        assert set(errors) == {
            *(letter for letter in "ar" if letter in text),
            *(["scale"] if "--normalise-scale" in options else []),
        }
        assert max(errors.values()) < TOLERANCE, (options, errors)


@pytest.mark.parametrize("text", (*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE))
def test_set_axes_and_dependencies(text, tmp_path):
    depends = ["--depends", "a->b"] if text in zoo.NESTED or text in zoo.TWICE else []
    depends += ["--depends", "b->c"] if text in zoo.TWICE else []
    long = len(text.replace("H", "")) > 9
    for number, options in enumerate(LAYERS, (*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE).index(text)):
        if "--circular" in options or (long and options[1] == "2" and "pooling" not in options):
            continue
        path = tmp_path / f"layer{number}.py"
        done = emitted(["-s", text, *depends, *options, *REDUCTIONS[number % 2]], path)
        if done.exit_code:
            assert refused_in_words(done)
            assert {"pooling", "einnet"} & set(options), done.stderr
            continue
        errors = verify_file(path).errors
        assert max(errors.values(), default=0) < TOLERANCE, (options, errors)


@pytest.mark.parametrize(("text", "depends", "sizes", "order"), zoo.STACKED)
def test_lists_below_latent_axes(text, depends, sizes, order, tmp_path):
    """Poolings and networks of lists are refused, and channels whose number is fixed; all else verifies."""
    given = [one for depend in depends for one in ("--depends", depend)]
    given += [one for axis, size in zoo.latent_sizes(sizes).items() for one in ("--size", f"{axis}={size}")]
    fixed = not order or not zoo.has_free_channels(depends, sizes)
    long = len(text) > (40 if "(" in text else 9)
    for number, options in enumerate(LAYERS):
        if "--circular" in options or (long and options[1] == "2" and "pooling" not in options):
            continue
        path = tmp_path / f"layer{number}.py"
        done = emitted(["-s", text, *given, *options, *REDUCTIONS[number % 2]], path)
        if done.exit_code:
            assert refused_in_words(done)
            assert fixed or {"pooling", "einnet"} & set(options), done.stderr
            continue
        errors = verify_file(path).errors
        assert max(errors.values(), default=0) < TOLERANCE, (options, errors)


@pytest.mark.parametrize("text", (*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE, *TEXTS))
def test_words_are_emitted_as_letters_are(text, tmp_path):
    """Refused alike, or files that verify, as ruff formats them, and that say the command that makes them again."""
    below = text in zoo.NESTED or text in zoo.TWICE
    options = [["--depends", "a->b"]] * below + [["--depends", "b->c"]] * (text in zoo.TWICE)
    options += [["--axis", "r=SO(3)"]] * ("r" in text)
    number = (*zoo.PLAIN, *zoo.NESTED, *zoo.TWICE, *TEXTS).index(text)
    for how in (LAYERS[number % 3], LAYERS[3 + number % 5], LAYERS[10 + number % 2]):
        if len(text.replace("H", "")) > 9 and how[1] == "2" and "pooling" not in how:
            continue
        said = [(option, value, _worded(value)) for option, value in options]
        plain, worded = ([word for option, *values in said for word in (option, values[form])] for form in (0, 1))
        plain = emitted(["-s", text, *plain, *how], tmp_path / "plain.py")
        done = emitted(["-s", zoo.worded(text), *worded, *how], tmp_path / "words.py")
        assert done.exit_code == plain.exit_code, done.stderr
        if done.exit_code:
            assert refused_in_words(done)
            continue
        errors = [verify_file(tmp_path / name).errors for name in ("plain.py", "words.py")]
        assert len(errors[0]) == len(errors[1])
        assert max(errors[1].values(), default=0) < TOLERANCE
        source = (tmp_path / "words.py").read_text()
        ruff = [sys.executable, "-m", "ruff"]
        for check in (["check", "--isolated"], ["format", "--isolated", "--check"]):
            assert subprocess.run([*ruff, *check, str(tmp_path / "words.py")], capture_output=True).returncode == 0
        made = source.split("Made by:")[1].split('"""')[0].strip()
        if made.startswith("symshare"):
            again = emitted([*shlex.split(made)[2:]], tmp_path / "again.py")
            assert again.exit_code == 0, again.stderr
            assert (tmp_path / "again.py").read_text() == source
        for name in ("plain.py", "words.py", "again.py"):
            (tmp_path / name).unlink(missing_ok=True)


def _worded(value):
    left, mark, right = value.partition("->" if "->" in value else "=")
    return zoo.WORDS[left] + mark + (zoo.WORDS[right] if mark == "->" else right)
