"""The name of a group, as text and as a maker, and what is wrong with it."""

import re

import pytest

from symshare import NotationError
from symshare.core.groups.families import FAMILIES, ROWS
from symshare.core.groups.naming import maker, read_group


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("S", 5, "S(5)"),
        ("C", 8, "C(8)"),
        ("Z", 8, "C(8)"),
        ("O", 3, "O(3)"),
        ("Sp", 4, "Sp(4)"),
        ("U", 6, "U(3)"),
        ("SU", 4, "SU(2)"),
        ("Trivial", 2, "Trivial(2)"),
        ("Cube", 3, "Cube"),
        ("C( 4 )", None, "C(4)"),
        ("SO(1, 3)", 4, "SO(1,3)"),
    ],
)
def test_a_group_takes_its_number_from_the_size(name, size, expected):
    assert str(read_group(name, size=size)) == expected


# the name, the size of the axis, a piece of the problem, the place of the caret
MISTAKES = [
    ("Q", None, "names the group 'Q'", 0),
    ("Q8", 5, "names Q8, which does not follow from the size 5", 0),
    ("Q8(5)", None, "gives Q8 the numbers (5,)", 2),
    ("Q8(4)", 8, "has 4 values, but the axis has the size 8", 0),
    ("Q8(4,4)", None, "gives Q8 the numbers (4, 4)", 2),
    ("A(0)", None, "has the size zero", 2),
    ("Icosahedral(3)", None, "gives Icosahedral the numbers (3,)", 11),
    ("Lorentz(1,3)", None, "gives Lorentz the numbers (1, 3)", 7),
    ("s(3)", None, "names the group 's'", 0),
    ("SO3", None, "names the group 'SO3'", 0),
    (" S(3)", None, "names the group ' S'", 0),
    ("S", None, "names S without its numbers", 0),
    ("Grid", None, "names Grid without its numbers", 0),
    ("Grid", 9, "names Grid, which does not follow from the size 9", 0),
    ("SO+", 4, "names SO+, which does not follow from the size 4", 0),
    ("Scale", 3, "names Scale, which does not follow from the size 3", 0),
    ("Sp", 3, "names Sp, which does not follow from the size 3", 0),
    ("U", 5, "names U, which does not follow from the size 5", 0),
    ("S(3", None, "has a bracket that is not closed", 2),
    ("S(3)x", None, "has a bracket that is not closed", 4),
    ("S(", None, "has a bracket that is not closed", 1),
    ("S()", None, "gives S the numbers ()", 1),
    ("S(0)", None, "has the size zero", 2),
    ("S(-3)", None, "gives S the numbers (-3,)", 1),
    ("S(3,4)", None, "gives S the numbers (3, 4)", 1),
    ("S(x)", None, "has 'x' in its brackets", 2),
    ("S(3.0)", None, "has '3.0' in its brackets", 2),
    ("S(3))", None, "has '3)' in its brackets", 2),
    ("S(3,)", None, "has '' in its brackets", 4),
    ("S(+3)", None, "has '+3' in its brackets", 2),
    ("S(--3)", None, "has '--3' in its brackets", 2),
    ("S(٣)", None, "has '٣' in its brackets", 2),
    ("S(1e3)", None, "has '1e3' in its brackets", 2),
    ("S(__import__('os'))", None, "has \"__import__('os')\" in its brackets", 2),
    ("S(9999999999)", None, "has a size over 999,999,999", 2),
    ("S(100001)", None, "has an axis of 100,001 values, over 100,000", 0),
    ("Grid(317,4)", None, "has an axis of 100,489 values, over 100,000", 0),
    ("U(60000)", None, "has an axis of 120,000 values, over 100,000", 0),
    ("O(0)", None, "gives O the numbers (0,)", 1),
    ("O(1,2,3)", None, "gives O the numbers (1, 2, 3)", 1),
    ("O(3,0)", None, "gives O the numbers (3, 0)", 1),
    ("SO+(3)", None, "gives SO+ the numbers (3,)", 3),
    ("Sp(3)", None, "gives Sp the numbers (3,)", 2),
    ("Sp(0)", None, "gives Sp the numbers (0,)", 2),
    ("Lorentz(4)", None, "gives Lorentz the numbers (4,)", 7),
    ("Rubik(3)", None, "gives Rubik the numbers (3,)", 5),
    ("Cube(3)", None, "gives Cube the numbers (3,)", 4),
    ("Grid(3)", None, "gives Grid the numbers (3,)", 4),
    ("Grid(3,3)", None, "gives Grid the numbers (3, 3)", 4),
    ("Scale()", None, "gives Scale the numbers ()", 5),
    ("Scale(-100)", None, "gives Scale the numbers (-100,)", 5),
    ("PlaneC(0)", None, "gives PlaneC the numbers (0,)", 6),
    ("S(3)", 4, "has 3 values, but the axis has the size 4", 0),
    ("Lorentz", 3, "has 4 values, but the axis has the size 3", 0),
    ("PlaneD(8)", 8, "has 2 values, but the axis has the size 8", 0),
]


@pytest.mark.parametrize(("name", "size", "problem", "place"), MISTAKES)
def test_each_mistake_in_a_groups_name_has_an_error_of_its_own(name, size, problem, place):
    with pytest.raises(NotationError) as caught:
        read_group(name, size=size)
    error = caught.value
    assert error.problem.startswith(problem)
    assert error.cure
    lines = str(error).split("\n")
    assert len(lines) == 3
    assert problem in lines[0]
    assert lines[1] == "  " + name
    assert error.position == place
    assert lines[2].index("^") == 2 + place


@pytest.mark.parametrize("name", ["Q", "Foo(3)", "(3)", "3", "Dih(4)", "T(3)", ""])
def test_the_cure_lists_the_groups_and_says_where_others_come_from(name):
    with pytest.raises(NotationError) as caught:
        read_group(name)
    for row in ROWS:
        assert all(way in str(caught.value) for way in row.written), row.name
    assert str(caught.value).endswith(", dual(a); others: --generators FILE")


@pytest.mark.parametrize(
    ("name", "without"),
    [("E(3)", "O(3)"), ("SE(3)", "SO(3)"), ("E", "O(d)"), ("se(2)", "SO(2)"), ("SE(2", "SO(2)"), ("SE3", "SO(3)")],
)
def test_translations_are_taken_off_before(name, without):
    with pytest.raises(NotationError) as caught:
        read_group(name)
    assert caught.value.problem == f"names the group {name.partition('(')[0]!r}, which has translations"
    assert f"points: take differences to their mean, then {without}" in caught.value.cure
    assert "--generators FILE" in caught.value.cure
    assert len(str(caught.value).split("\n")) == 3


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("so(3)", "SO(3)"),
        ("SO3", "SO(3)"),
        ("so", "SO(d)"),
        (" O(1,2)", "O(1,2)"),
        ("q8", "Q8"),
        ("q8(4)", "Q8(4)"),
        ("a(5)", "A(5)"),
        ("A5", "A(5)"),
        ("icosahedral", "Icosahedral"),
        ("LORENTZ", "Lorentz"),
        ("so+(1,2)", "SO+(1,2)"),
        ("planec(5)", "PlaneC(5)"),
    ],
)
def test_a_name_that_is_nearly_one_is_recognised(name, meant):
    with pytest.raises(NotationError) as caught:
        read_group(name)
    assert caught.value.cure == f"did you mean {meant}?"


@pytest.mark.parametrize("inside", ["", "(0)", "(-1)", "(5)", "(1,2)", "(-1,2)", "(1,2,3,4)", "(9999999999)", "(x)"])
@pytest.mark.parametrize("name", [*sorted(FAMILIES), "E", "SE"])
def test_what_is_meant_can_be_written(name, inside):
    """Whatever the numbers: the cure names a group that there is, or a way to write one."""
    asked = (name if name in ("E", "SE") else name.swapcase()) + inside
    with pytest.raises(NotationError) as caught:
        read_group(asked)
    meant = re.search(r"(?:did you mean|then) ([^;?]+)", caught.value.cure)[1]
    ways = {way for row in ROWS for way in row.written}
    if meant not in ways:
        assert str(read_group(meant)).split("(")[-1] == asked.split("(")[-1]


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_size_is_asked_for_where_numbers_follow_from_one(name):
    def fits(size):
        try:
            return bool(read_group(name, size=size))
        except NotationError:
            return False

    try:
        read_group(name)
    except NotationError as error:
        assert ("give the axis a size" in error.cure) == any(map(fits, range(1, 30)))


def test_another_way_to_write_the_connected_part():
    assert read_group("SO(1,3)+") == read_group("SO+(1,3)")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_the_maker_of_a_family_is_found_by_its_name(name):
    assert maker(name.replace("+", "plus")) is not None
    assert maker(f"No{name}") is None
