"""`derive --show-constants`: constants are written out entry by entry, and what is written is invariant under the group."""

import json
import re
from itertools import product

import numpy as np
import pytest
import sympy
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare.core.terms.constant import MOST_ENTRIES, written_out
from tests import zoo
from tests.core.faces.test_table import Page

TEXTS = ("rr->", "rrr->", "r->", "rrrr->")


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def number(text):
    return float(sympy.sympify(text))


def tensor(written, shape):
    """The array that a cell says: rows with zeros, a rule of offsets, or places by value."""
    found = np.zeros(shape)
    if written.startswith("["):
        return np.array([[number(one) for one in row.split(",")] for row in written[1:-1].split(";")]).reshape(shape)
    if "modulo" in written:
        rule, size = re.fullmatch(r"1 at (\S+) modulo (\d+)", written).groups()
        moves = [int(one.partition("+")[2] or 0) for one in rule.split(",")]
        for start in range(int(size)):
            found[tuple((start + move) % int(size) for move in moves)] = 1
        return found
    for part in written.split("; "):
        value, places = part.split(" at ")
        for place in places.split(" "):
            found[tuple(map(int, place.split(",") if "," in place else place))] = number(value)
    return found


def moved(array, matrices):
    """The array with each index contracted with its matrix; None leaves an index alone."""
    for place, matrix in enumerate(matrices):
        if matrix is not None:
            array = np.moveaxis(np.tensordot(array, matrix.floats(), axes=(place, 0)), -1, place)
    return array


def cases():
    for family, text in product(zoo.FAMILIES, TEXTS):
        one = zoo.signature(text, family)
        if max((size for _, size in one.sizes), default=0) ** len(one.inputs[0].axes) < 3_000:
            yield f"{family} {text}", one


CASES = dict(cases())


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_invariant_under_every_generator(case):
    """T(g x, g y, ..) = T(x, y, ..) for group elements, and to first order for the Lie algebra, from the text alone."""
    one = CASES[case]
    basis = symshare.derive(one, 1)
    cells = written_out(basis.constants).rows
    letters_of = {
        constant: [term.index_axes[index] for index in indices]
        for term in basis
        for constant, indices in term.constants
    }
    assert len(cells) == len(basis.constants) == len(letters_of)
    for constant, (name, meaning, shape, written) in zip(basis.constants, cells, strict=True):
        assert (name, meaning) == (constant.name, constant.meaning)
        letters = letters_of[constant]
        array = tensor(written, tuple(map(int, shape.split("x"))))
        assert np.count_nonzero(array) == constant.number > 0
        groups = {letter: one.group(letter) for letter in letters}
        for elements in zip(*(groups[letter].elements for letter in letters), strict=True):
            assert np.allclose(moved(array, elements), array), written
        for algebra in zip(*(groups[letter].algebra for letter in letters), strict=True):
            lie = sum(
                moved(array, [one if at == place else None for at, one in enumerate(algebra)])
                for place in range(array.ndim)
            )
            assert np.allclose(lie, 0), written


FAMILIES = [family for family in zoo.FAMILIES if family != "generators"]


def options(family):
    text = zoo.of_family("rrr->" if family not in zoo.DUAL else "rr->", family)
    axes = [f"--axis={letter}={group}" for letter, group in zoo.FAMILIES[family].items() if letter in text]
    return ["-s", text, "-k", "1", *axes]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_option_prints_what_json_and_a_notebook_have(family):
    given = options(family)
    plain, shown, found = (
        run("derive", *given),
        run("derive", *given, "--show-constants"),
        run("derive", *given, "--json"),
    )
    assert (plain.exit_code, shown.exit_code, found.exit_code) == (0, 0, 0)
    assert shown.stdout.startswith(plain.stdout)
    basis = symshare.derive(given[1], 1, axes={one[7]: one[9:] for one in given[4:]})
    constants = {
        one["name"] + str(one["shape"]): one
        for term in json.loads(found.stdout)["terms"]
        for one in term.get("constants", [])
    }
    rows = written_out(basis.constants).rows
    assert len(rows) == len(constants)
    added = shown.stdout[len(plain.stdout) :]
    assert all(len(line) <= 60 for line in added.splitlines())
    if not rows:
        assert added == "\nno term has a constant tensor\n"
    page = Page(basis._repr_html_())
    for name, _, shape, written in rows:
        assert name.split(" ")[0] in added
        assert all(piece in added for piece in re.split(r"[ ,]", written))
        assert any(row[0] == name and row[3:] == [written] for row in page.rows)
        told = constants[name + str(list(map(int, shape.split("x"))))]
        entries = {tuple(entry[:-1]): number(str(entry[-1])) for entry in told["entries"]}
        array = tensor(written, tuple(told["shape"]))
        assert entries == {place: value for place, value in np.ndenumerate(array) if value}


def test_very_many_entries_are_bounded_with_their_number():
    """The Levi-Civita symbol of eight values has 8! nonzeros."""
    done = run("derive", "-s", "rrrrrrrr->", "--axis", "r=SO(8)", "-k", "1", "--show-constants")
    assert done.exit_code == 0
    assert f"{40_320 - MOST_ENTRIES:,} more" in done.stdout
    assert done.stdout.count("\n") < 400


def test_very_long_axes_are_given_by_a_rule():
    done = run("derive", "-s", "tH->tH", "--axis", "t=C(300)", "-k", "1", "--show-constants")
    assert done.exit_code == 0
    assert "1 at i,i+1" in done.stdout
    assert ".. 100 more" in done.stdout  # 300 tensors, of which 200 are shown


def test_beside_latex_constants_are_comments():
    done = run("derive", "-s", "rr->r", "--axis", "r=SO(3)", "-k", "1", "--show-constants", "--latex", "--certify")
    _, _, rest = done.stdout.partition("\\end{align*}\n")
    assert "1 at 012 120 201" in rest
    assert "certificate holds" in rest
    assert all(line.startswith("% ") for line in rest.splitlines())


def test_floats_are_shown_as_floats(tmp_path):
    """A seventh of a turn by floats: its invariants are solved for numerically, and say so."""
    from math import cos, pi, sin

    c, s = cos(2 * pi / 7), sin(2 * pi / 7)
    path = tmp_path / "turn.json"
    path.write_text(json.dumps({"generator": [{"r": [[c, -s], [s, c]]}]}))
    done = run("derive", "-s", "rr->", "--generators", str(path), "-k", "1", "--show-constants")
    assert done.exit_code == 0
    _, _, shown = done.stdout.partition("constant  meaning")
    entries = list(map(float, re.findall(r"-?0\.\d+", shown)))
    assert len(entries) == 8
    for one, two, three, four in (entries[:4], entries[4:]):
        assert np.allclose((one, two), (four, -three), atol=1e-5)  # x + y i commutes with turns
