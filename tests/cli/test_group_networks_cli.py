"""Poolings and networks under groups from the command line."""

import json
import shlex

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

pytestmark = pytest.mark.usefixtures("copied")

POINTS = ("-s", "pos:arH,charge:aH->pos:arH", "--axis", "r=O(3)")


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_poolings_are_listed_with_what_proves_them():
    done = run("pools", "-s", "a,ar", "--axis", "r=O(3)", "-k", "3")
    assert done.exit_code == 0, done.stderr
    assert "a,ar, r=O(3): the smallest set complete to order 3" in done.stdout
    assert "order 2: 3\n" in done.stdout and "order 3: 1\n" in done.stdout
    assert "By diagrams, for every length of the axes" in done.stdout
    done = run("pools", "-s", "ar", "--types", "a", "--axis", "r=SO(3)", "-k", "2")
    assert "order 2: 4\n" in done.stdout and "By exact rank" not in done.stdout
    assert "Chosen by exact rank at r=SO(3)" in done.stdout


def test_poolings_under_generators(tmp_path):
    path = tmp_path / "turn.toml"
    path.write_text('[[generator]]\nr = [["1/2", "-sqrt(3)/2"], ["sqrt(3)/2", "1/2"]]\n')
    done = run("pools", "-s", "ar,a", "--generators", str(path), "-k", "2", "--json")
    found = json.loads(done.stdout)
    assert found["counts"][1] > 0 and "exact rank" in found["notes"][0] and found["axes"]
    done = run(
        "emit", "-s", "arH->arH", "--generators", str(path), "--network", "einnet", "-o", str(tmp_path / "net.py")
    )
    assert done.exit_code == 0, done.stderr
    assert "holds" in run("verify", str(tmp_path / "net.py")).stdout


def test_terms_are_explained():
    done = run("explain", "ar,ar,bs->as", "-s", "ar", "--types", "a", "--axis", "r=O(3)")
    assert done.stdout.splitlines()[0] == "ar,ar,bs->as, from irreducible poolings"


def test_a_network_is_written_and_verified(tmp_path):
    path = tmp_path / "points.py"
    words = (
        "--network",
        "einnet",
        "--width",
        "a=16",
        "--width",
        "ar=8",
        "--centre",
        "pos",
        "--types",
        "arr",
        "--depth",
        "2",
    )
    done = run("emit", *POINTS, *words, "-o", str(path))
    assert done.exit_code == 0, done.stderr
    text = path.read_text()
    assert "--centre pos" in text and "--types arr" in text and "--width a=16" in text
    assert "to order 2" in done.stderr
    found = run("verify", str(path))
    assert found.exit_code == 0 and "translation" in found.stdout
    path.write_text(text.replace("return found + centre", "return found + 2 * centre"))
    assert "translation" in run("verify", str(path)).stdout.splitlines()[0]


def test_networks_that_carry_more_types_hold(tmp_path):
    """Items that stand there twice are not what they were in tensors with a diagonal: carried ones count too."""
    path = tmp_path / "more.py"
    words = ("-k", "1", "--network", "einnet", "--types", "aa,aar", "--depth", "1", "--width", "4", "--pool-width", "2")
    assert run("emit", *POINTS, *words, "-o", str(path)).exit_code == 0
    done = run("verify", str(path))
    assert done.exit_code == 0, done.stdout
    assert 'TYPES = ("aa,aar",)' in path.read_text()


def test_scalars_have_a_width(tmp_path):
    path = tmp_path / "turned.py"
    words = ("--network", "einnet", "--width", "r=3", "--width", "()=5", "--depth", "1")
    assert run("emit", "-s", "rH->rH", "--axis", "r=O(3)", *words, "-o", str(path)).exit_code == 0
    assert "width: int | tuple[int, ...] = (3, 5)" in path.read_text()
    (line,) = [line for line in path.read_text().splitlines() if line.startswith("  symshare emit")]
    assert run(*shlex.split(line)[1:]).stdout == path.read_text()


def test_the_command_in_a_file_writes_it_again(tmp_path):
    words = ("--network", "einnet", "--width", "ar=8", "--centre", "pos", "--depth", "2", "--order", "3")
    text = run("emit", *POINTS, *words).stdout
    (line,) = [line for line in text.splitlines() if line.startswith("  symshare emit")]
    assert run(*shlex.split(line)[1:]).stdout == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("emit", *POINTS, "--width", "3"), "--width is for a network; add --network einnet"),
        (("emit", *POINTS, "--centre", "pos"), "--centre is for a network"),
        (("emit", *POINTS, "--types", "a"), "--types is for a network"),
        (("emit", *POINTS, "--depth", "4"), "--depth is for a network"),
        (("emit", *POINTS, "--pool-width", "3"), "--pool-width is for a network"),
        (("emit", *POINTS, "--network", "einnet", "--width", "ar=3", "--width", "ar=4"), "gives 'ar' a second width"),
        (("emit", *POINTS, "--network", "einnet", "--width", "=4"), "'' is no hidden type"),
        (("emit", *POINTS, "--network", "einnet", "--types", "a->ar"), "has an arrow"),
        (("pools", "-s", "ar", "--axis", "r=O(3)", "-k", "2", "--types", "a->ar"), "has an arrow"),
        (("emit", *POINTS, "--network", "einnet", "--width", "ar=x"), "is not the width of a type"),
        (("emit", *POINTS, "--network", "einnet", "--width", "0"), "is not the width of a type"),
        (("emit", *POINTS, "--network", "einnet", "--width", "3", "--width", "4"), "is not the width of a type"),
        (("emit", *POINTS, "--network", "einnet", "--width", "b=4"), "is no hidden type"),
        (("emit", *POINTS, "--network", "einnet", "--centre", "vel"), "is no input that could be centred"),
        (("emit", *POINTS, "--network", "einnet", "--types", "q"), "which no tensor has"),
        (("pools", "-s", "ar", "--axis", "r=B", "-k", "2"), "give the axis its length"),
        (("pools", "-s", "ar", "--axis", "r=O(3)", "-k", "2", "--rule", "article"), "is for permuted axes"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, said):
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 5
