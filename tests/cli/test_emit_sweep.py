"""`symshare emit` for every family of groups x every option x kind: refused in words with a cure, or a file that verifies."""

import json

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
    given += [one for letter, size in sizes.items() if letter.isupper() for one in ("--size", f"{letter}={size}")]
    fixed = not order or text.startswith(("LMhm", "LhM"))
    for number, options in enumerate(LAYERS):
        if "--circular" in options or (len(text) > 9 and options[1] == "2" and "pooling" not in options):
            continue
        path = tmp_path / f"layer{number}.py"
        done = emitted(["-s", text, *given, *options, *REDUCTIONS[number % 2]], path)
        if done.exit_code:
            assert refused_in_words(done)
            assert fixed or {"pooling", "einnet"} & set(options), done.stderr
            continue
        errors = verify_file(path).errors
        assert max(errors.values(), default=0) < TOLERANCE, (options, errors)
