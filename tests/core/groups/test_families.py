"""The table of groups as a whole: what its rows must agree on, and where it is shown."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from symshare_cli.main import main

import symshare
from symshare.core.groups.families import FAMILIES, OWN, ROWS
from symshare.core.groups.group import AxisGroup
from symshare.core.groups.naming import alone, read_group

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "groups.md").read_text(encoding="utf-8")
WITH_AXES = [name for name, one in main.commands.items() if any(option.name == "axes" for option in one.params)]
INSTEAD = {"n": "3", "d": "3", "k": "3", "2d": "4", "p,q": "1,2", "n,turns": "3,2"}


def readable(way):
    """A way to write a group with numbers instead of letters."""
    name, bracket, inside = way.removesuffix(")").partition("(")
    return f"{name}({INSTEAD.get(inside, inside)})" if bracket else name


WAYS = [(row, way) for row in ROWS for way in row.written]
OF_A_LENGTH = [(row, way) for row, way in WAYS if not (row.any_length and way == row.name)]
"""All but names alone that mean every length."""


def test_the_table_of_the_page_is_that_of_the_rows():
    _, _, *lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    expected = [f"| {', '.join(f'`{way}`' for way in row.written)} | {row.acts} |" for row in ROWS]
    assert lines[:-1] == expected
    assert lines[-1].startswith("| `dual(a)` |")


@pytest.mark.parametrize("command", WITH_AXES)
def test_the_help_names_every_way_to_write_a_group(command):
    said = re.sub(r"\s+", " ", CliRunner().invoke(main, [command, "--help"]).output)
    for _, way in WAYS:
        assert re.search(rf"[ ,]{re.escape(way)}[ ,]", said), way


def test_help_and_page_say_what_a_name_means_alone_that_may_have_numbers():
    both = [row for row in ROWS if row.alone and row.arguments] + [row for row in ROWS if row.any_length]
    assert len(alone()) == len(both) > 0
    said = re.sub(r"\s+", " ", CliRunner().invoke(main, ["derive", "--help"]).output)
    for row, sentence in zip(both, alone(), strict=True):
        assert all(way in sentence for way in row.written)
        assert sentence in said
        assert sentence in " ".join(PAGE.split())


def test_no_two_rows_have_one_name():
    names = [name for row in ROWS for name in (row.name, *row.also)]
    assert len(set(names)) == len(names) == len(FAMILIES)
    assert OWN.name == "" not in FAMILIES


@pytest.mark.parametrize(("row", "way"), OF_A_LENGTH, ids=[way for _, way in OF_A_LENGTH])
def test_every_way_to_write_a_group_is_read(row, way):
    group = read_group(readable(way))
    assert group.row is row
    assert row.allowed(group.numbers) or row.alone == group.numbers
    assert group.size == row.length(*group.numbers)
    assert all(one.size == group.size for one in (*group.elements, *group.algebra))
    assert read_group(str(group)) == group
    assert read_group(str(group), size=group.size) == group


@pytest.mark.parametrize(("row", "way"), OF_A_LENGTH, ids=[way for _, way in OF_A_LENGTH])
def test_a_name_alone_with_a_size_is_a_group_of_this_size_or_refused(row, way):
    size = read_group(readable(way)).size
    name = way.partition("(")[0]
    try:
        group = read_group(name, size=size)
    except symshare.NotationError as error:
        assert "does not follow from the size" in error.problem
        assert way in error.cure
    else:
        assert group.row is row
        assert group.size == size


@pytest.mark.parametrize(("row", "way"), OF_A_LENGTH, ids=[way for _, way in OF_A_LENGTH])
def test_every_maker_gives_what_its_name_gives(row, way):
    name, _, inside = readable(way).removesuffix(")").partition("(")
    made = getattr(symshare, name.replace("+", "plus"))(*map(int, inside.split(",") if inside else ()))
    assert made == read_group(readable(way))


def test_a_group_of_own_generators_has_the_empty_row():
    group = AxisGroup("mine", 3)
    assert group.row is OWN
    assert OWN.classes(*group.numbers) is None
    assert not OWN.permuted(2, *group.numbers)
    assert OWN.diagrams.written_out


@pytest.mark.parametrize("row", [row for row in ROWS if row.any_length], ids=lambda row: row.name)
def test_a_name_of_any_length_is_no_group_of_its_own(row):
    one = symshare.signature("rs->r", axes={"r": row.name, "s": "dual(r)"})
    assert (one.size("r"), one.groups, one.named_groups) == (None, (), {"r": row.name, "s": "dual(r)"})
    assert one.modulus("r") == row.modulus
    assert symshare.signature(one, sizes={"s": 3}).group("r") == read_group(f"{row.name}(3)")
    with pytest.raises(symshare.NotationError, match="without its number"):
        getattr(symshare, row.name)()
