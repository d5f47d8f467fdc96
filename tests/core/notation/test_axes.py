"""What is said of axes beside a signature: dependencies, groups, duals and sizes, read or refused with the place."""

from itertools import permutations, product

import numpy as np
import pytest

from symshare import NotationError, signature
from symshare.core.groups.naming import read_group
from symshare.core.notation.axes import as_dict, listed, read_dependencies, read_groups, read_sizes
from tests.core.notation.mistakes import check_mistake

DEPENDENCY_MISTAKES = [
    ("ab", ["a-b"], "is a dependency without an arrow", 0),
    ("ab", [""], "is an empty dependency", None),
    ("ab", ["a -> b"], "has a space in it", 1),
    ("abc", ["a->bc"], "does not have one letter on each side", 3),
    ("abc", ["ab->c"], "does not have one letter on each side", 0),
    ("ab", ["a->c"], "names 'c', an unknown axis", 3),
    ("ab", ["z->b"], "names 'z', an unknown axis", 0),
    ("abH", ["a->H"], "names 'H', a latent axis", 3),
    ("abH", ["H->b"], "names 'H', a latent axis", 0),
    ("ab", ["a->1"], "names '1', which is not an axis", 3),
    ("ab", ["a->a"], "makes 'a' depend on itself", 3),
    ("ab", ["a->b", "b->a"], "closes a circle of dependencies", 0),
    ("abc", ["a->b", "b->c", "c->a"], "closes a circle of dependencies", 0),
    ("abc", ["a->c", "b->c"], "gives 'c' a second parent", 0),
    ("W:ab,v:bc->a", ["a->b"], "has 'b' without 'a' in the tensor 'bc'", 7),
    ("ab->b", ["a->b"], "has 'b' without 'a' in the tensor 'b'", 4),
    ("ab", [3], "is not a dependency", 0),
    ("ab", 3, "is not a list of dependencies", 0),
]


@pytest.mark.parametrize(("text", "depends", "problem", "place"), DEPENDENCY_MISTAKES)
def test_each_mistake_in_a_dependency_has_an_error_of_its_own(text, depends, problem, place):
    with pytest.raises(NotationError) as caught:
        signature(text, depends=depends)
    check_mistake(caught.value, problem, place)


@pytest.mark.parametrize(("text", "depends"), [("ab", ["a-"]), ("ab-", [])])
def test_an_arrow_that_a_shell_has_taken_is_to_be_quoted(text, depends):
    with pytest.raises(NotationError, match="in quotes, as a shell takes a bare > for itself"):
        signature(text, depends=depends)


SIZE_MISTAKES = [
    ({"c": 3}, "gives a size to 'c', an unknown axis", 0),
    ({"a": 0}, "has the size zero", 2),
    ({"a": -1}, "has a negative size", 2),
    ({"a": 2.5}, "is not a size", 2),
    ({"a": "3"}, "is not a size", 2),
    ({"a": True}, "is not a size", 2),
    ({"a": None}, "is not a size", 2),
]


@pytest.mark.parametrize(("sizes", "problem", "place"), SIZE_MISTAKES)
def test_each_mistake_in_a_size_has_an_error_of_its_own(sizes, problem, place):
    with pytest.raises(NotationError) as caught:
        signature("ab", sizes=sizes)
    check_mistake(caught.value, problem, place)


@pytest.mark.parametrize(
    ("axes", "sizes", "problem", "place"),
    [
        ({"a": "Q"}, None, "names the group 'Q'", 2),
        ({"c": "S"}, None, "names 'c', an unknown axis", 0),
        ({"H": "S"}, None, "gives the latent axis 'H' a group", 0),
        ({"a": "S(3)"}, {"a": 4}, "has 3 values, but the axis has the size 4", 2),
        ({"a": "S(0)"}, None, "has the size zero", 4),
        ({"a": "S(99999999999999)"}, None, "has a size over 999,999,999", 4),
        ({"a": 3}, None, "is not a group", 2),
    ],
)
def test_each_mistake_in_a_group_has_an_error_of_its_own(axes, sizes, problem, place):
    with pytest.raises(NotationError) as caught:
        signature("abH", axes=axes, sizes=sizes)
    check_mistake(caught.value, problem, place)


@pytest.mark.parametrize("name", ["sizes", "axes"])
@pytest.mark.parametrize("value", ["a=3", ["a", 3], 3])
def test_sizes_and_groups_are_mappings(name, value):
    with pytest.raises(NotationError, match=f"is not a mapping from axes to {name}"):
        signature("ab", **{name: value})


def is_forest(parent_of):
    """Whether every way up ends."""
    reached = set(parent_of)
    for _ in range(len(parent_of)):
        reached = {parent_of[letter] for letter in reached if parent_of[letter]}
    return not reached


@pytest.mark.parametrize("number", range(1, 5))
def test_the_dependencies_that_are_taken_are_the_rooted_forests(number):
    """Every choice of a parent, or none, for each letter: (n + 1)^(n - 1) of them are forests (Cayley 1889)."""
    letters = "abcd"[:number]
    taken = 0
    for parents in product([None, *letters], repeat=number):
        parent_of = dict(zip(letters, parents, strict=True))
        texts = [f"{parent}->{child}" for child, parent in parent_of.items() if parent]
        try:
            found = read_dependencies(texts, set(letters))
        except NotationError as error:
            assert "closes a circle" in str(error) or "depend on itself" in str(error)
            assert not is_forest(parent_of)
        else:
            taken += 1
            assert is_forest(parent_of)
            assert found == tuple(sorted((parent, child) for child, parent in parent_of.items() if parent))
            assert read_dependencies(",".join(texts[::-1]) if texts else (), set(letters)) == found
    assert taken == (number + 1) ** (number - 1)


def test_dependencies_are_listed_one_by_one():
    assert listed("a->b,b->c") == listed(["a->b", "b->c"]) == listed(("a->b,b->c",)) == ["a->b", "b->c"]
    assert listed(()) == []
    with pytest.raises(NotationError, match=r"write depends=\['a->b'\]"):
        listed(5)


@pytest.mark.parametrize("size", [1, 7, np.int64(7), np.uint8(3)])
def test_a_size_of_any_whole_kind_becomes_an_int(size):
    found = read_sizes({"b": 2, "a": size}, {"a", "b"})
    assert found == (("a", int(size)), ("b", 2))
    assert type(found[0][1]) is int


def test_a_group_fixes_the_size_of_its_axis_and_the_symmetric_group_is_none():
    axes = {"t": "C(8)", "a": "S(5)", "b": "S", "r": "O", "s": read_group("SO(3)")}
    for order in permutations(axes):
        moved = read_groups({letter: axes[letter] for letter in order}, set("abrst"), {"r": 4, "b": 2})
        fixed, groups = moved.sizes, moved.groups
        assert fixed == {"t": 8, "a": 5, "r": 4, "s": 3}
        assert [(letter, str(group)) for letter, group in groups] == [("r", "O(4)"), ("s", "SO(3)"), ("t", "C(8)")]


@pytest.mark.parametrize("base", ["GL(3)", "S(3)", "Sp(4)"])
def test_a_dual_has_the_size_of_its_axis_wherever_it_stands(base):
    """Of a symmetric group too, which is then kept: the pair moves together."""
    for axes in ({"r": base, "s": "dual(r)"}, {"s": "dual(r)", "r": base}):
        moved = read_groups(axes, {"r", "s"}, {})
        fixed, groups = moved.sizes, moved.groups
        assert fixed["r"] == fixed["s"] == int(base[-2])
        assert [(letter, group.of) for letter, group in groups] == [("r", ""), ("s", "r")]


def test_nothing_is_an_empty_mapping():
    assert as_dict(None, "sizes", "sizes={'a': 3}") == as_dict({}, "sizes", "sizes={'a': 3}") == {}
    with pytest.raises(NotationError, match=r"^'\[\]' is not a mapping from axes to sizes") as caught:
        as_dict([], "sizes", "sizes={'a': 3}")
    assert str(caught.value).endswith("write sizes={'a': 3}")


def test_a_child_without_its_parent_is_pointed_at_in_every_tensor():
    for before in ("", "W:ab,", "ab,v:"):
        for after in (",a", "->ab"):
            text = f"{before}cb{after}"
            with pytest.raises(NotationError, match="has 'b' without 'a' in the tensor 'cb'") as caught:
                signature(text, depends=["a->b"])
            assert caught.value.position == len(before) + 1
            assert "needs 'a' too: 'acb'" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "axes", "depends", "written", "problem", "place"),
    [
        ("rab", {"r": "dual(x)"}, (), "r=dual(x)", "is the dual of 'x', which is no other axis", 7),
        ("rab", {"r": "dual(r)"}, (), "r=dual(r)", "is the dual of 'r', which is no other axis", 7),
        ("rab", {"r": "dual()"}, (), "r=dual()", "does not name one axis", 2),
        ("rab", {"r": "dual(ab)"}, (), "r=dual(ab)", "does not name one axis", 2),
        ("rab", {"r": "dual(a"}, (), "r=dual(a", "does not name one axis", 2),
        ("rab", {"r": "dual(a)", "b": "O(3)"}, (), "r=dual(a)", "is the dual of 'a', a set axis", 7),
        ("ra", {"a": "S", "r": "dual(a)"}, (), "r=dual(a)", "is the dual of 'a', a set axis", 7),
        (
            "rab",
            {"a": "GL(2)", "b": "dual(a)", "r": "dual(b)"},
            (),
            "r=dual(b)",
            "is the dual of 'b', itself a dual",
            7,
        ),
        ("ar", {"r": "O(3)"}, "a->r", "a->r", "has the axis 'r' with group O(3)", 3),
        ("ar", {"a": "C(3)"}, "a->r", "a->r", "has the axis 'a' with group C(3)", 0),
        ("ra", {"r": "GL(2)", "a": "dual(r)"}, "r->a", "r->a", "has the axis 'r' with group GL(2)", 0),
    ],
)
def test_duals_and_children_are_of_axes_that_have_them(text, axes, depends, written, problem, place):
    with pytest.raises(NotationError) as caught:
        signature(text, axes=axes, depends=depends)
    assert caught.value.text == written
    assert caught.value.problem == problem
    check_mistake(caught.value, problem, place)
