"""A row of the table of groups: its small values."""

import pytest

from symshare.core.groups.families import ROWS
from symshare.core.groups.family import Diagrams, Family, no_numbers, nothing, one_number, two_numbers
from symshare.core.groups.group import made


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), (True, False, False)),
        ((1,), (False, True, False)),
        ((0,), (False, False, False)),
        ((-2,), (False, False, False)),
        ((1, 3), (False, False, True)),
        ((1, 0), (False, False, False)),
        ((1, 2, 3), (False, False, False)),
    ],
)
def test_how_many_numbers(numbers, expected):
    assert (no_numbers(numbers), one_number(numbers), two_numbers(numbers)) == expected


def test_a_row_without_more_is_a_group_of_which_nothing_is_known():
    row = Family("New", ("n",), "nothing yet")
    group = made(row, (5,))
    assert (str(group), group.size, group.elements, group.algebra) == ("New(5)", 5, (), ())
    assert row.diagrams is Diagrams.EQUATIONS
    assert row.classes(5) is row.form(5) is row.order is row.alone is None
    assert not (row.levi_civita or row.permuted(2, 5) or row.sets or row.complexification or row.whole_turn(5))
    assert nothing(1, 2) == ()


def test_the_name_alone_stands_for_its_numbers():
    row = Family("New", ("n", "p,q"), "", also=("Neu",), alone=(2,))
    assert row.written == ("New", "New(n)", "New(p,q)", "Neu(n)", "Neu(p,q)")
    assert [row.text(numbers) for numbers in ((2,), (3,), (1, 2))] == ["New", "New(3)", "New(1,2)"]


def test_one_family_acts_on_axes_without_a_group():
    assert [row.name for row in ROWS if row.sets] == ["S"]


def test_what_is_written_out():
    assert {one for one in Diagrams if one.written_out} == {
        Diagrams.POWERS,
        Diagrams.REAL_POWERS,
        Diagrams.EQUATIONS,
    }
